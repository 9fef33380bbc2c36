"""What was promised in a conversation, wherever its page shows that."""

from typing import Any

from django import template
from django.template.context import Context

from inbox.forms import PromiseForm
from inbox.models import Conversation, Promise
from inbox.promises import Proposal, propose
from inbox.sharing import Sharing

register = template.Library()


@register.inclusion_tag("inbox/_promises.html", takes_context=True)
def promises(context: Context, conversation: Conversation, may_answer: bool) -> dict[str, Any]:
    return ledger_context(conversation, may_answer, sharing=context["sharing"])


def ledger_context(
    conversation: Conversation, may_answer: bool, *, sharing: Sharing, error: str = ""
) -> dict[str, Any]:
    """The ledger of `conversation`, newest first, and the new promise that Balie proposes. One query where nothing is owed."""

    def read() -> tuple[list[Promise], Proposal | None]:
        ledger = Promise.objects.filter(obligation__conversation=conversation).select_related(
            "made_by", "message__delivery"
        )
        entries = ledger.defer("text", "message__text", "message__delivery__text").order_by("-pk")[:20]
        return list(entries), propose(conversation) if may_answer else None

    entries, proposal = sharing.get(("promises", conversation.pk, may_answer), read)
    return {
        "conversation": conversation,
        "ledger": entries,
        "proposal": proposal,
        "key": PromiseForm.new_key(),
        "may_answer": may_answer,
        "error": error,
    }
