"""What was promised in a conversation, wherever its page shows that."""

from typing import Any

from django import template

from inbox.forms import PromiseForm
from inbox.models import Conversation, Promise
from inbox.promises import propose

register = template.Library()


@register.inclusion_tag("inbox/_promises.html")
def promises(conversation: Conversation, may_answer: bool, error: str = "") -> dict[str, Any]:
    """The ledger of `conversation`, newest first, and the new promise that Balie proposes. One query where nothing is owed."""
    ledger = Promise.objects.filter(obligation__conversation=conversation).select_related(
        "made_by", "message__delivery"
    )
    return {
        "conversation": conversation,
        "ledger": list(ledger.defer("text", "message__text", "message__delivery__text").order_by("-pk")[:20]),
        "proposal": propose(conversation) if may_answer else None,
        "key": PromiseForm.new_key(),
        "may_answer": may_answer,
        "error": error,
    }
