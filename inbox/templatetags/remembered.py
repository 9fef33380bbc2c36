"""Rows of the list and bubbles of a conversation, remembered: a live screen asks for the same ones over and over.

The key holds every value that was read of the row and of all that hangs on it, so what changed is never shown as it was; and
the minute, because rows say "5 min"; and whether the deadline has passed. Nothing is kept anywhere but in the process, and nothing longer than a minute.
"""

from collections.abc import Hashable
from typing import Any

from django import template
from django.db.models import Model
from django.template.context import Context
from django.template.loader import get_template
from django.utils import timezone
from django.utils.translation import get_language

from core.kept import Kept
from inbox.models import Conversation, Message

register = template.Library()

_kept = Kept[str](4_000)  # a template's own output, safe as it is


@register.simple_tag(takes_context=True)
def list_row(context: Context, row: Conversation) -> str:
    query, is_open, is_mine = context["filter"].query, row.pk == context.get("open_pk"), row.pk in context["mine"]
    hangs_on_it = [_read(other) for other in (row.identity, row.assignee, row.channel, row.subject)]
    # The one thing that changes within a minute by itself: its deadline passes.
    is_late = row.next_due_at is not None and row.next_due_at <= timezone.now()
    key = ("row", query, is_open, is_mine, is_late, _read(row), *hangs_on_it)
    return _remembered(key, "inbox/_row.html", {"row": row, "query": query, "is_open": is_open, "is_mine": is_mine})


@register.simple_tag(takes_context=True)
def bubble(context: Context, message: Message) -> str:
    conversation, may_answer = context["conversation"], bool(context.get("may_answer"))
    channel = conversation.channel
    hangs_on_it = [_read(other) for other in (message.author, message.sent_by, message.delivery)]
    lists = [tuple(_read(one) for one in many.all()) for many in (message.attachments, message.versions)]
    place = (conversation.visibility, channel.platform, channel.name, may_answer)
    key = ("bubble", place, _read(message), *hangs_on_it, *lists)
    return _remembered(
        key, "inbox/_message.html", {"message": message, "conversation": conversation, "may_answer": may_answer}
    )


def _read(thing: Model | None) -> Hashable:
    """Every value that the database gave for it, annotations included."""
    if thing is None:
        return None
    return tuple(_hashable(value) for name, value in thing.__dict__.items() if name[0] != "_")


def _hashable(value: Any) -> Hashable:
    if isinstance(value, dict):
        return tuple(sorted((key, _hashable(part)) for key, part in value.items()))
    if isinstance(value, list):
        return tuple(_hashable(part) for part in value)
    return value if isinstance(value, Hashable) else repr(value)


def _remembered(key: Hashable, name: str, context: dict[str, Any]) -> str:
    return _kept.get((get_language(), key), lambda: get_template(name).render(context))
