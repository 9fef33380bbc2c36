"""Answering: one message per composer key, and what became of it."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from channels.messages import Direction, Kind, SendMode, Visibility
from channels.models import SEEN_BY_PERSON, Delivery, DeliveryState
from channels.registry import CONNECTORS
from core.events import publish_on_commit
from core.tasks import enqueue_on_commit
from inbox.ledger import follow_message
from inbox.models import Conversation, Draft, Message, Notification, Obligation, ResolveReason, Status
from inbox.models.obligations import ACTIVE, RESPONSES
from inbox.obligations import follow
from inbox.reply_options import newest_inbound, reply_options
from inbox.sanitise import clean, first_line, web_address
from inbox.turns import last_word, unanswered_since


class ReplyBlocked(Exception):
    """This answer can not be sent; str() says why, for staff. `code` is one of ReplyOption.code, or "empty", "too_long"."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


@transaction.atomic
def send_reply(
    *,
    conversation: Conversation,
    text: str,
    mode: SendMode,
    by: User,
    key: UUID,
    in_reply_to: Message | None = None,
) -> Message:
    """Queue `text` for delivery. `key` comes from the composer: the same key twice is the same message.

    A private answer to a public message goes into its own (linked) private conversation. Raises ReplyBlocked."""
    # Two submits of one composer wait for each other here; the second finds the first one's message.
    locked = _lock(conversation.pk, *_private_homes(conversation, mode, in_reply_to))[conversation.pk]
    known = Message.objects.select_related("conversation").filter(delivery__key=key).first()
    if known is not None:
        if known.sent_by_id != by.pk or locked.pk not in (known.conversation_id, known.answered_id):
            raise ReplyBlocked(
                _("Dit antwoord hoort bij een ander gesprek. Open het gesprek opnieuw."), code="foreign_key"
            )
        return known
    text = clean(text.replace("\r\n", "\n").strip(), 100_000)
    option = next((o for o in reply_options(locked, target=in_reply_to) if o.mode == mode), None)
    if option is None:
        raise ReplyBlocked(_("Zo kan op dit kanaal niet geantwoord worden."), code="unsupported")
    if not option.allowed:
        raise ReplyBlocked(option.reason, code=option.code)
    if not text:
        raise ReplyBlocked(_("Schrijf eerst een antwoord."), code="empty")
    length = CONNECTORS[locked.channel.platform].count_text(text, private=option.is_private)
    if option.max_length and length > option.max_length:
        raise ReplyBlocked(
            _("Het antwoord is te lang: %(length)d van %(limit)d tekens.")
            % {"length": length, "limit": option.max_length},
            code="too_long",
        )
    target = option.target
    assert target is not None
    home = locked if option.is_private == locked.is_private else _private_conversation(locked, target)
    delivery = Delivery.objects.create(
        key=key,
        channel=locked.channel,
        mode=mode,
        text=text,
        thread_id=home.thread_id,
        in_reply_to="" if mode == SendMode.DIRECT_MESSAGE else target.external_id or "",
        root_id=locked.root.external_id if locked.root else "",
        recipient_id=target.author.external_id if target.author else "",
        last_inbound_at=target.sent_at,
        not_before=timezone.now(),
    )
    message = Message.objects.create(
        conversation=home,
        channel=locked.channel,
        direction=Direction.OUT,
        kind=Kind.DIRECT_MESSAGE if option.is_private else Kind.REPLY,
        visibility=Visibility.PRIVATE if option.is_private else Visibility.PUBLIC,
        sent_by=by,
        text=text,
        in_reply_to=delivery.in_reply_to,
        sent_at=timezone.now(),
        key=key,
        delivery=delivery,
        answered=None if home.pk == locked.pk else locked,
    )
    for answered in {locked.pk: locked, home.pk: home}.values():
        _hand_turn_to_resident(answered, message, by=by)
    follow({locked.pk, home.pk})
    Draft.objects.filter(user=by, conversation=locked, mode=mode).delete()
    record("reply.queued", message, by=by, conversation=locked.pk, mode=str(mode))
    enqueue_delivery(delivery)
    publish_on_commit(f"channel-{locked.channel_id}", "list", f"conversation-{locked.pk}", f"conversation-{home.pk}")
    return message


def _lock(*pks: int) -> dict[int, Conversation]:
    """Always in the order of their keys, as a batch that comes in does: two never wait for each other crosswise."""
    rows = (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "identity", "root")
        .filter(pk__in=pks)
        .order_by("pk")
    )
    return {row.pk: row for row in rows}


def _private_homes(conversation: Conversation, mode: SendMode, target: Message | None) -> list[int]:
    """Where a private answer to what was said in public may go, as far as it is there already: locked together."""
    if mode == SendMode.REPLY or conversation.is_private:
        return []
    target = target or newest_inbound(conversation)
    person = (target.author_id if target else None) or conversation.identity_id
    named = Q(thread_id=f"private-reply:{target.external_id}"[:300]) if target else Q(pk=None)
    homes = Conversation.objects.filter(
        named | Q(identity=person, identity__isnull=False), channel=conversation.channel
    )
    return list(homes.filter(visibility=Visibility.PRIVATE).values_list("pk", flat=True))


def _private_conversation(public: Conversation, target: Message) -> Conversation:
    """The private conversation with the author of `target`, linked to the public one it was started from."""
    person = target.author or public.identity
    known = (
        Conversation.objects.filter(
            channel=public.channel, visibility=Visibility.PRIVATE, identity=person, identity__isnull=False
        )
        .order_by("-last_message_at")
        .first()
    )
    if known is not None:
        known = _lock(known.pk)[known.pk]
        known.origin = known.origin or public
        return known
    # The platform tells the thread's own id only when it took the message: until then it is named after the comment.
    home, _created = Conversation.objects.get_or_create(
        channel=public.channel,
        thread_id=f"private-reply:{target.external_id}"[:300],
        defaults={
            "kind": Kind.DIRECT_MESSAGE,
            "visibility": Visibility.PRIVATE,
            "contact": person.contact if person else None,
            "identity": person,
            "origin": public,
            "status": Status.WAITING,
            "last_message_at": timezone.now(),
            "team": public.team,
            "assignee": public.assignee,
        },
    )
    return _lock(home.pk)[home.pk]


def _hand_turn_to_resident(conversation: Conversation, message: Message, *, by: User, is_new: bool = True) -> None:
    conversation.last_outbound_at = max(message.sent_at, conversation.last_outbound_at or message.sent_at)
    conversation.awaiting_since = None
    conversation.unread_count = 0
    if conversation.assignee is None:
        conversation.assignee, conversation.assigned_at = by, timezone.now()
    if conversation.status != Status.RESOLVED:
        conversation.status, conversation.snoozed_until = Status.WAITING, None
    if is_new and conversation.pk == message.conversation_id:
        conversation.preview, conversation.is_preview_ours = first_line(message.text), True
        conversation.last_message_at = message.sent_at
        conversation.message_count += 1
    conversation.save()


def enqueue_delivery(delivery: Delivery) -> None:
    from inbox.tasks import deliver_reply  # tasks call this module

    enqueue_on_commit(deliver_reply, delivery.pk)


def record_outcome(delivery: Delivery) -> None:
    """Keep the message in step with its delivery; runs in the transaction that commits the outcome."""
    if delivery.state not in (DeliveryState.SENT, DeliveryState.FAILED):
        # Under way: nothing changes but what is shown of it.
        shown = Message.objects.filter(delivery=delivery).values_list("conversation", flat=True)
        if names := [f"conversation-{pk}" for pk in shown]:
            publish_on_commit(f"channel-{delivery.channel_id}", "list", "deliveries", *names)
        return
    places = Message.objects.filter(delivery=delivery).values_list(
        "conversation", "answered", "conversation__thread_id"
    )
    place = places.first()
    if place is None:
        return
    home_pk, answered_pk, thread = place
    real = _real_thread(delivery, thread)
    existing = Conversation.objects.filter(channel=delivery.channel_id, thread_id=real).values_list("pk", flat=True)
    locked = _lock(home_pk, *filter(None, [answered_pk]), *(existing if real else ()))
    message = Message.objects.select_for_update(of=("self",), no_key=True).get(delivery=delivery)
    home = locked[home_pk]
    if delivery.state == DeliveryState.SENT:
        _absorb_copy(message, delivery)
        message.external_id = delivery.external_id
        message.permalink = web_address(delivery.permalink) or message.permalink
        message.save(update_fields=["external_id", "permalink"])
        if real:
            home = _move_to_thread(home, real)
    else:
        for conversation in {home_pk: home, answered_pk or home_pk: locked[answered_pk or home_pk]}.values():
            _return_turn(conversation)
        record("reply.failed", message, by=None, result="failed", code=delivery.error_code)
    if message.is_automatic:
        follow_message(message)
    follow({home.pk, answered_pk or home.pk})
    names = ["list", "deliveries", f"conversation-{home.pk}", f"conversation-{home_pk}"]
    if answered_pk:
        names.append(f"conversation-{answered_pk}")
    publish_on_commit(f"channel-{delivery.channel_id}", *names)


def _real_thread(delivery: Delivery, thread_id: str) -> str:
    """The platform's own thread of a private answer, where ours was named after the comment; empty when nothing moves."""
    is_provisional = thread_id.startswith("private-reply:") and delivery.receipt_thread_id != thread_id
    return delivery.receipt_thread_id if is_provisional and delivery.state == DeliveryState.SENT else ""


def _absorb_copy(message: Message, delivery: Delivery) -> None:
    """The same message may have come in by poll or webhook a moment before its receipt: then that copy goes."""
    copy = (
        Message.objects.filter(channel_id=delivery.channel_id, external_id=delivery.external_id)
        .exclude(pk=message.pk)
        .first()
    )
    if copy is not None:
        conversation_id = copy.conversation_id
        Obligation.objects.filter(answer=copy).update(answer=message)
        copy.delete()
        Conversation.objects.filter(pk=conversation_id, message_count__gt=0).update(
            message_count=F("message_count") - 1
        )


def _move_to_thread(conversation: Conversation, thread_id: str) -> Conversation:
    """A private answer now has its real thread: take its id, or join the conversation that already has it. `conversation`
    is locked."""
    mine = Conversation.objects.filter(pk=conversation.pk)
    # Its echo may be coming in at this very moment and make the conversation: then that one is joined.
    with suppress(IntegrityError), transaction.atomic():
        if not Conversation.objects.filter(channel=conversation.channel_id, thread_id=thread_id).exists():
            mine.update(thread_id=thread_id)
            return conversation
    existing = Conversation.objects.select_for_update(of=("self",), no_key=True).get(
        channel=conversation.channel_id, thread_id=thread_id
    )
    moved = Message.objects.filter(conversation=conversation)
    newest = moved.order_by("-sent_at").first()
    count = moved.update(conversation=existing)
    existing.message_count += count
    existing.origin_id = existing.origin_id or conversation.origin_id
    if newest and newest.sent_at >= existing.last_message_at:
        existing.last_message_at, existing.preview, existing.is_preview_ours = (
            newest.sent_at,
            first_line(newest.text),
            newest.is_ours,
        )
    existing.save()
    Draft.objects.filter(conversation=conversation).delete()
    Notification.objects.filter(conversation=conversation).delete()
    Conversation.objects.filter(origin=conversation).update(origin=existing)
    conversation.delete()
    return existing


def _return_turn(conversation: Conversation) -> None:
    """Our answer did not arrive: the resident still waits, so the conversation is ours again, also when it was put away
    because of that answer. `conversation` is locked. What somebody resolved with a reason needed no answer."""
    values: dict[str, Any] = {"last_outbound_at": last_word(conversation)}
    since = _turn_began(conversation)
    if since and not conversation.resolve_reason:
        values |= {"status": Status.OPEN, "snoozed_until": None, "awaiting_since": since}
    Conversation.objects.filter(pk=conversation.pk).update(**values, updated_at=Now())


def _turn_began(conversation: Conversation) -> datetime | None:
    """Since when the resident waits for what was to be answered. The term that still runs knows it best: what somebody
    said needed no answer has none."""
    running = conversation.obligations.filter(state__in=ACTIVE, kind__in=RESPONSES, message__deleted_at=None)
    started_at = running.values_list("started_at", flat=True).first() or unanswered_since(conversation)
    return min(filter(None, [conversation.awaiting_since, started_at]), default=None)


@transaction.atomic
def retry_failed(*, message: Message, by: User) -> Message:
    """Send a message again that certainly was not sent. Raises ReplyBlocked for any other state."""
    delivery = Delivery.objects.select_for_update(no_key=True).get(message=message)
    if delivery.state != DeliveryState.FAILED:
        raise ReplyBlocked(_("Alleen een bericht dat niet verzonden is kan opnieuw."), code="not_failed")
    if message.is_automatic:
        raise ReplyBlocked(_("Dit moment is niet meer actueel. Doe een nieuwe toezegging."), code="promise")
    delivery.state, delivery.attempts, delivery.not_before = DeliveryState.QUEUED, 0, timezone.now()
    delivery.error = delivery.error_code = ""
    delivery.finished_at = None
    delivery.save()
    answered = _lock(message.conversation_id, *filter(None, [message.answered_id]))
    for conversation in answered.values():
        # What the resident wrote after it is not answered by it.
        newer = unanswered_since(conversation)
        if newer is None or conversation.awaiting_since is None:
            _hand_turn_to_resident(conversation, message, by=by, is_new=False)
        else:
            Conversation.objects.filter(pk=conversation.pk).update(
                awaiting_since=max(newer, conversation.awaiting_since),
                last_outbound_at=last_word(conversation),
                updated_at=Now(),
            )
    follow(answered)
    record("reply.retried", message, by=by)
    enqueue_delivery(delivery)
    publish_on_commit(f"channel-{delivery.channel_id}", "list", "deliveries", f"conversation-{message.conversation_id}")
    return message


@transaction.atomic
def settle_unknown(*, message: Message, was_sent: bool, by: User) -> Message:
    """A person looked at the platform: it is there (sent), or it is not (failed, and may be sent again)."""
    delivery = Delivery.objects.select_for_update(no_key=True).get(message=message)
    if delivery.state != DeliveryState.UNKNOWN:
        raise ReplyBlocked(_("De uitkomst van dit bericht is al bekend."), code="not_unknown")
    delivery.finished_at = timezone.now()
    if was_sent:
        # The proof is a person's word: recorded as such, without a platform id of its own.
        delivery.state, delivery.external_id = (
            DeliveryState.SENT,
            delivery.external_id or f"{SEEN_BY_PERSON}{delivery.pk}",
        )
        delivery.error = delivery.error_code = ""
    else:
        delivery.state, delivery.error_code = DeliveryState.FAILED, "not_sent"
        delivery.error = "Somebody saw that it is not there."
    delivery.save()
    record("reply.settled", message, by=by, was_sent=was_sent)
    record_outcome(delivery)
    return message


@transaction.atomic
def answered_elsewhere(*, conversation: Conversation, text: str, by: User, key: UUID | None = None) -> Conversation:
    """The platform refuses our answer here and a colleague gave it on the platform itself: kept as text of ours, not sent.

    The same composer `key` twice is the same message."""
    from inbox.lifecycle import resolve  # lifecycle knows nothing of replies

    locked = _lock(conversation.pk)[conversation.pk]
    key = key or uuid4()
    if text.strip() and not Message.objects.filter(conversation=locked, key=key).exists():
        message = Message.objects.create(
            conversation=conversation,
            channel_id=conversation.channel_id,
            direction=Direction.OUT,
            kind=Kind.REPLY,
            visibility=conversation.visibility,
            sent_by=by,
            text=clean(text.strip(), 100_000),
            sent_at=timezone.now(),
            key=key,
        )
        record("reply.elsewhere", message, by=by, conversation=conversation.pk)
        Draft.objects.filter(user=by, conversation=conversation).delete()
        _hand_turn_to_resident(locked, message, by=by)
        follow({locked.pk})
        conversation.refresh_from_db()
    return resolve(conversation=conversation, by=by, reason=ResolveReason.ELSEWHERE)


def sent_states(messages: Sequence[Message]) -> dict[int, str]:
    """The delivery state of each of our own messages, by message id; "elsewhere" when it was not made by Balie."""
    return {m.pk: m.delivery.state if m.delivery else "elsewhere" for m in messages if m.is_ours}
