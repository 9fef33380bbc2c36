"""The expectation message: right after a question opened a term, its writer is told by when an answer comes.

Off until an administrator switches it on, per channel and per kind (public, private). The term is the queue: the sweep
finds those of which it is not decided yet, so nothing is lost with a worker or a broker; what was decided is kept on the
term, with the reason.
"""

from datetime import timedelta
from uuid import uuid4

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.audit import record
from channels.expectations import setting_for
from channels.messages import Direction, SendMode
from channels.models import Channel, Delivery, DeliveryState
from channels.registry import CONNECTORS
from channels.state import BLOCKS_SENDING
from core.events import publish_on_commit
from inbox.languages import language_of
from inbox.ledger import keep_promises
from inbox.models import Conversation, Expectation, Message, Obligation, ObligationState, PromiseState
from inbox.models.conversations import VISIBILITY_LABELS
from inbox.models.obligations import RESPONSES
from inbox.promises import lock_conversation, names_for, option_for, tell
from inbox.reply_options import ReplyOption
from responsematrix.expectations import fill_in

logger = structlog.get_logger(__name__)

# Later than this it would come as a surprise, not as a greeting.
FRESH = timedelta(minutes=10)
WINDOW = timedelta(hours=24)
# What waited this long in the queue (a channel that was away) is not said any more.
STALE = timedelta(hours=1)
NOT_SENT = (DeliveryState.FAILED, DeliveryState.CANCELLED)


def send_expectations(*, limit: int = 200) -> int:
    """Decide for every term that just began whether its resident is told, and queue the message. Returns how many were."""
    _withdraw_stale()
    told = 0
    for pk, conversation in _undecided(limit):
        try:
            told += _decide(pk, conversation)
        except Exception:
            # One that can not be told never keeps the others from it; it is looked at again while it is fresh.
            logger.exception("expectation.failed", obligation=pk)
    return told


def _undecided(limit: int) -> list[tuple[int, int]]:
    switched_on = Q()
    for visibility in VISIBILITY_LABELS:
        channels = Channel.objects.open().filter(**{f"settings__{setting_for(visibility)}": True})
        ids = list(channels.exclude(state__in=BLOCKS_SENDING).values_list("pk", flat=True))
        if ids:
            switched_on |= Q(conversation__channel__in=ids, conversation__visibility=visibility)
    if not switched_on:
        return []
    fresh = Obligation.objects.filter(
        switched_on,
        kind__in=RESPONSES,
        state=ObligationState.OPEN,
        expectation="",
        started_at__gte=timezone.now() - FRESH,
    )
    return list(fresh.order_by("started_at", "pk").values_list("pk", "conversation")[:limit])


@transaction.atomic
def _decide(pk: int, conversation_pk: int) -> bool:
    conversation = lock_conversation(conversation_pk)
    obligation = (
        Obligation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("message__author", "rule", "team", "calendar_version__calendar")
        .get(pk=pk)
    )
    now = timezone.now()
    if obligation.expectation or obligation.state != ObligationState.OPEN or obligation.due_at <= now:
        return False
    option = option_for(conversation, obligation.message)
    if option is not None and option.code == "channel_state":
        return False  # it may be over in a minute
    text = _text(conversation, obligation)
    why_not = _why_not(conversation, obligation, option, text)
    if why_not is None:
        assert option is not None
        tell(
            conversation=conversation, obligation=obligation, option=option, text=text, until=obligation.due_at, by=None,
            key=uuid4(),
        )  # fmt: skip
    obligation.expectation = why_not or Expectation.SENT
    obligation.save(update_fields=["expectation"])
    return why_not is None


def _text(conversation: Conversation, obligation: Obligation) -> str:
    language = language_of(obligation.message)
    text: str = getattr(obligation.rule, f"expectation_{conversation.visibility}_{language}").strip()
    return fill_in(text, names_for(conversation, obligation, obligation.due_at, language)) if text else ""


def _why_not(
    conversation: Conversation, obligation: Obligation, option: ReplyOption | None, text: str
) -> Expectation | None:
    if _is_ours(conversation, obligation.message):
        return Expectation.OWN
    if _is_answered(conversation, obligation):
        return Expectation.ANSWERED
    if not text:
        return Expectation.NO_TEXT
    if _was_told(conversation):
        return Expectation.WINDOW
    if option is None or not option.allowed or not _is_surely_allowed(conversation, obligation.message, option):
        return Expectation.REFUSED
    length = CONNECTORS[conversation.channel.platform].count_text(text, private=option.is_private)
    return Expectation.TOO_LONG if option.max_length and length > option.max_length else None


def _is_ours(conversation: Conversation, message: Message) -> bool:
    """Another account of ours speaks: two that answer each other by themselves would never stop."""
    if message.direction == Direction.OUT or message.is_automatic:
        return True
    author = message.author.external_id if message.author else ""
    return bool(author) and Channel.objects.filter(platform=conversation.channel.platform, external_id=author).exists()


def _is_answered(conversation: Conversation, obligation: Obligation) -> bool:
    if conversation.awaiting_since is None or conversation.awaiting_since > obligation.started_at:
        return True
    ours = Message.objects.filter(
        Q(conversation=conversation) | Q(answered=conversation),
        direction=Direction.OUT,
        is_automatic=False,
        sent_at__gte=obligation.started_at,
    )
    return ours.exclude(delivery__state__in=NOT_SENT).exists()


def _was_told(conversation: Conversation) -> bool:
    told = Message.objects.filter(
        conversation=conversation, is_automatic=True, sent_by=None, sent_at__gte=timezone.now() - WINDOW
    )
    return told.exclude(delivery__state__in=NOT_SENT).exists()


def _is_surely_allowed(conversation: Conversation, message: Message, option: ReplyOption) -> bool:
    """A person may try where nobody knows whether the platform takes it; what goes by itself may not."""
    needs_summons = CONNECTORS[conversation.channel.platform].capabilities.needs_summons
    is_free = conversation.channel.settings.get("access_tier", "self-serve") == "enterprise"
    return option.mode != SendMode.REPLY or not needs_summons or is_free or message.is_summons is True


def _withdraw_stale() -> None:
    """What still waits in the queue while the answer was given, or while it has become too late to say, does not go."""
    waiting = Delivery.objects.filter(
        ~Q(message__promise__state=PromiseState.OPEN)
        | Q(message__conversation__awaiting_since=None)
        | Q(message__promise__made_by=None, created_at__lt=timezone.now() - STALE),
        state=DeliveryState.QUEUED,
        message__is_automatic=True,
        message__promise__isnull=False,
    )
    found = list(waiting.values_list("pk", "message__promise__obligation", "channel", "message__conversation")[:200])
    for pk, obligation, channel, conversation in found:
        # Each by itself: who holds two of them never waits for a batch that holds them the other way round.
        with transaction.atomic():
            # One table in the condition: a worker that claimed it meanwhile keeps it.
            withdrawn = Delivery.objects.filter(pk=pk, state=DeliveryState.QUEUED).update(
                state=DeliveryState.CANCELLED, finished_at=timezone.now()
            )
            if withdrawn:
                keep_promises([obligation])
                record("promise.withdrawn", Delivery(pk=pk), by=None, conversation=conversation)
                publish_on_commit(f"channel-{channel}", f"conversation-{conversation}")
