"""One conversation as its page shows it: messages, activity and context, in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils import timezone

from accounts.models import AuditEvent, User
from channels.models import DeliveryState
from channels.visible import visible_channel_ids
from inbox.activity import ACTIVITY, sentences
from inbox.models import Attachment, Conversation, Message, MessageVersion
from inbox.reply_options import ReplyOption, reply_options

SHOWN = 100
ALL = 5_000  # what "earlier messages" shows at most
CUT = 4_000  # characters of one message that are shown at once
RELATED = 8


@dataclass(frozen=True, slots=True)
class Activity:
    """A line between the messages: what somebody did with the conversation."""

    pk: int
    at: datetime
    text: str
    is_activity: bool = True


@dataclass(slots=True)
class Day:
    on: date
    entries: list[Message | Activity] = field(default_factory=list)


@dataclass(slots=True)
class Thread:
    conversation: Conversation
    days: list[Day]
    options: list[ReplyOption]
    origin: Conversation | None  # the public conversation that this private one was started from
    private: list[Conversation]  # the private ones that were started from this one
    history: list[Conversation]
    has_earlier: bool
    newest_inbound_pk: int

    @property
    def modes(self) -> str:
        """How this may be answered, in one word: a composer that shows another one is out of date."""
        return modes_of(self.options)


def modes_of(options: Iterable[ReplyOption]) -> str:
    return " ".join(f"{option.mode}={option.code or 'ok'}" for option in options)


def shown_messages(conversation: Conversation) -> "QuerySet[Message]":
    """Messages with what their bubbles show. `shown` holds the first CUT + 1 characters: a long text stays in the database."""
    return (
        conversation.messages.select_related("author", "sent_by", "delivery")
        .defer("text", "delivery__text")
        .annotate(shown=Left("text", CUT + 1))
        .prefetch_related(
            Prefetch("attachments", queryset=Attachment.objects.order_by("pk")),
            Prefetch("versions", queryset=MessageVersion.objects.order_by("replaced_at", "pk")),
        )
    )


def get_thread(conversation: Conversation, user: User, *, everything: bool = False) -> Thread:
    """Needs channel, identity, root and assignee of `conversation` selected. Five queries, however long the thread is."""
    found = list(shown_messages(conversation).order_by("-sent_at", "-pk")[: ALL if everything else SHOWN + 1])
    has_earlier = not everything and len(found) > SHOWN
    messages = list(reversed(found[:SHOWN] if has_earlier else found))
    newest = next((message for message in reversed(messages) if not message.is_ours), None)
    related = _related(conversation, user)
    origin = next((other for other in related if other.pk == conversation.origin_id), None)
    private = [other for other in related if other.origin_id == conversation.pk]
    activity = _activity(conversation, messages[0].sent_at if has_earlier else None)
    return Thread(
        conversation=conversation,
        days=_days([*messages, *activity]),
        # What was taken back is not what is answered: then the one before it is looked up.
        options=reply_options(conversation, target=newest if newest and not newest.deleted_at else None),
        origin=origin,
        private=private,
        history=[other for other in related if other is not origin and other not in private][:RELATED],
        has_earlier=has_earlier,
        newest_inbound_pk=newest.pk if newest else 0,
    )


def _related(conversation: Conversation, user: User) -> list[Conversation]:
    """What hangs together with this one, then other conversations of the same person, newest first."""
    visible = Conversation.objects.filter(channel__in=visible_channel_ids(user)).exclude(pk=conversation.pk)
    # Each part from its own index: asked for together they are looked for among all conversations of the channels.
    found = visible.filter(origin=conversation).order_by("-last_message_at").values("pk")[: RELATED * 2]
    if conversation.origin_id:
        found = found.union(visible.filter(pk=conversation.origin_id).values("pk"))
    if conversation.contact_id:
        same_person = visible.filter(contact=conversation.contact_id).order_by("-last_message_at").values("pk")
        found = found.union(same_person[: RELATED * 2])
    newest = Message.objects.filter(conversation=OuterRef("pk")).order_by("-sent_at", "-pk")
    return list(
        Conversation.objects.filter(pk__in=[row["pk"] for row in found])
        .select_related("channel")
        # What did not arrive must not read as said: a link to it tells.
        .annotate(newest_delivery=Subquery(newest.values("delivery__state")[:1]))
        .only(
            "channel__platform", "channel__name", "origin", "visibility", "status", "preview", "is_preview_ours", "last_message_at"
        )
        .order_by("-last_message_at", "-pk")[: RELATED * 2]
    )  # fmt: skip


def _activity(conversation: Conversation, since: datetime | None) -> list[Activity]:
    events = AuditEvent.objects.filter(
        object_type="inbox.conversation", object_id=str(conversation.pk), action__in=list(ACTIVITY)
    ).select_related("actor")
    if since:
        events = events.filter(at__gte=since)
    found = list(events.order_by("-pk")[:50])
    return [Activity(event.pk, event.at, said) for event, said in zip(found, sentences(found), strict=True)]


def _days(entries: Iterable[Message | Activity]) -> list[Day]:
    """Grouped by the day as it is in the Netherlands."""
    days: list[Day] = []
    for entry in sorted(entries, key=lambda e: e.at if isinstance(e, Activity) else e.sent_at):
        moment = entry.at if isinstance(entry, Activity) else entry.sent_at
        on = timezone.localtime(moment).date()
        if not days or days[-1].on != on:
            days.append(Day(on))
        days[-1].entries.append(entry)
    return days


def troubled_messages(user: User) -> list[Message]:
    """Our messages whose outcome is unknown or that were not sent, by channel, newest first."""
    troubled = [DeliveryState.UNKNOWN, DeliveryState.FAILED]
    return list(
        Message.objects.filter(delivery__channel__in=visible_channel_ids(user), delivery__state__in=troubled)
        .select_related("delivery", "conversation__identity", "channel", "sent_by")
        .order_by("channel__platform", "channel", "-pk")[:200]
    )
