"""Telling a resident when they hear from us: said once, kept in the ledger, and renewed by a person before it is broken.

Such a message hands no turn and meets no term: the resident still waits for the answer itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from channels.messages import Direction, Kind, SendMode, Visibility
from channels.models import Delivery
from channels.registry import CONNECTORS
from core.events import publish_on_commit
from inbox.languages import language_of
from inbox.models import Conversation, Message, Obligation, ObligationState, Promise, PromiseState
from inbox.models.obligations import RESPONSES
from inbox.replies import ReplyBlocked, enqueue_delivery
from inbox.reply_options import ReplyOption, reply_options
from responsematrix.explain import words_for_moment
from responsematrix.in_force import hours_at
from responsematrix.worktime import Schedule, Term, Unit, WorktimeError, add_working_time, moment_at_share

logger = structlog.get_logger(__name__)

# From this share of the term on, a new promise is proposed.
IN_DANGER = 75
LONGEST = timedelta(days=60)
_STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A promise that can still be kept, ready to be sent."""

    obligation: Obligation
    promised_for: datetime
    text: str
    language: str
    option: ReplyOption
    current: Promise | None  # what it replaces
    until: datetime  # what will not be kept, or was not
    has_passed: bool


def lock_conversation(pk: int) -> Conversation:
    """Two that would tell the resident something wait for each other here."""
    return (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "identity", "root", "subject")
        .get(pk=pk)
    )


def option_for(conversation: Conversation, message: Message) -> ReplyOption | None:
    """How the resident is told: there where they asked."""
    mode = SendMode.DIRECT_MESSAGE if conversation.is_private else SendMode.REPLY
    return next((each for each in reply_options(conversation, target=message) if each.mode == mode), None)


def names_for(conversation: Conversation, obligation: Obligation, until: datetime, language: str) -> dict[str, str]:
    """What stands for the names in braces of an expectation text, in the resident's language."""
    zone = ZoneInfo(obligation.calendar_version.calendar.time_zone)
    subject = conversation.subject
    with translation.override(language):
        named = (
            (subject.name_en if language == "en" and subject.name_en else subject.name) if subject else _("uw vraag")
        )
        received = obligation.started_at.astimezone(zone)
        return {
            "team": obligation.team.name,
            "uiterlijk": words_for_moment(until.astimezone(zone), since=received),
            "onderwerp": named,
            "gemeente": settings.MUNICIPALITY,
        }


def tell(
    *, conversation: Conversation, obligation: Obligation, option: ReplyOption, text: str, until: datetime, by: User | None,
    key: UUID,
) -> Promise:  # fmt: skip
    """Queue the message and write the promise down. Inside a transaction that holds the conversation; `by` None is Balie."""
    now = timezone.now()
    target = option.target
    assert target is not None
    delivery = Delivery.objects.create(
        key=key,
        channel=conversation.channel,
        mode=option.mode,
        text=text,
        thread_id=conversation.thread_id,
        in_reply_to="" if option.mode == SendMode.DIRECT_MESSAGE else target.external_id or "",
        root_id=conversation.root.external_id if conversation.root else "",
        recipient_id=target.author.external_id if target.author else "",
        last_inbound_at=target.sent_at,
        not_before=now,
    )
    message = Message.objects.create(
        conversation=conversation,
        channel=conversation.channel,
        direction=Direction.OUT,
        kind=Kind.DIRECT_MESSAGE if option.is_private else Kind.REPLY,
        visibility=Visibility.PRIVATE if option.is_private else Visibility.PUBLIC,
        sent_by=by,
        text=text,
        in_reply_to=delivery.in_reply_to,
        sent_at=now,
        key=key,
        delivery=delivery,
        is_automatic=True,
    )
    # The list goes on showing what is to be answered: the resident's own words.
    Conversation.objects.filter(pk=conversation.pk).update(message_count=F("message_count") + 1, updated_at=Now())
    Promise.objects.filter(obligation=obligation, state=PromiseState.OPEN).update(
        state=PromiseState.SUPERSEDED, ended_at=now
    )
    promise = Promise.objects.create(
        obligation=obligation, message=message, promised_for=until, text=text, made_by=by, made_at=now
    )
    record("promise.made", promise, by=by, conversation=conversation.pk, promised_for=until.isoformat())
    enqueue_delivery(delivery)
    publish_on_commit(f"channel-{conversation.channel_id}", "list", f"conversation-{conversation.pk}")
    return promise


def propose(conversation: Conversation) -> Proposal | None:
    """A new promise, when the present one is in danger or the term passed; None when nothing needs saying, or can be said.
    Needs `channel`, `identity`, `root` and `subject` of `conversation`."""
    obligation = _running(conversation)
    if obligation is None:
        return None
    now = timezone.now()
    promises = list(obligation.promises.filter(state=PromiseState.OPEN))
    current = promises[0] if promises else None
    began, until = (current.made_at, current.promised_for) if current else (obligation.started_at, obligation.due_at)
    try:
        schedule = obligation.calendar_version.to_schedule()
        if now < until and now < moment_at_share(began, until, IN_DANGER, schedule):
            return None
        term = Term(obligation.amount, Unit(obligation.unit))
        promised_for = next_reachable(term, _hours_of(obligation, now), now=now, after=until)
    except WorktimeError as error:
        logger.warning("promise.not_computed", obligation=obligation.pk, error=str(error))
        return None
    option = option_for(conversation, obligation.message)
    if option is None or not option.allowed:
        return None
    language = language_of(obligation.message)
    text = words_for(conversation, obligation, promised_for, language)
    return Proposal(obligation, promised_for, text, language, option, current, until, has_passed=until <= now)


def _running(conversation: Conversation) -> Obligation | None:
    if conversation.next_due_at is None or conversation.awaiting_since is None:
        return None
    return (
        Obligation.objects.filter(conversation=conversation, kind__in=RESPONSES, state=ObligationState.OPEN)
        .select_related("message__author", "team", "calendar_version__calendar")
        .first()
    )


def next_reachable(term: Term, schedule: Schedule, *, now: datetime, after: datetime) -> datetime:
    """`term` again, counted from now, and later than what was promised (`after`). Raises WorktimeError."""
    found = add_working_time(now, term, schedule)
    if found <= after:
        found = add_working_time(after, term, schedule)
    if term.is_clock:
        # Around the clock was the rule; that somebody is there to keep it this time is what matters now.
        found = schedule.next_open(found)
    past = found.timestamp() % _STEP.total_seconds()
    return found + timedelta(seconds=_STEP.total_seconds() - past) if past else found


def _hours_of(obligation: Obligation, now: datetime) -> Schedule:
    """Of the same calendar, as they are today."""
    version = obligation.calendar_version
    hours = hours_at(now, version.calendar_id)
    return hours.schedule if hours else version.to_schedule()


def words_for(conversation: Conversation, obligation: Obligation, until: datetime, language: str) -> str:
    names = names_for(conversation, obligation, until, language)
    with translation.override(language):
        return (
            _(
                "Ons antwoord kost meer tijd dan we dachten. Team %(team)s antwoordt u uiterlijk %(uiterlijk)s. "
                "Onze excuses voor het wachten."
            )
            % names
        )


@transaction.atomic
def send_new_promise(*, conversation: Conversation, promised_for: datetime, by: User, key: UUID) -> Promise:
    """Tell the resident a new moment; it replaces the promise that runs. The same `key` twice is the same promise.
    Raises ReplyBlocked, also when somebody answered meanwhile."""
    locked = lock_conversation(conversation.pk)
    known = Promise.objects.filter(message__key=key, obligation__conversation=locked).first()
    if known is not None:
        return known
    obligation = _running(locked)
    if obligation is None:
        raise ReplyBlocked(_("Hier loopt geen termijn meer: er is al geantwoord."), code="answered")
    current = obligation.promises.filter(state=PromiseState.OPEN).first()
    now = timezone.now()
    earliest = max(now, current.promised_for if current else obligation.started_at)
    if not earliest < promised_for <= now + LONGEST:
        raise ReplyBlocked(_("Dit moment kan niet meer beloofd worden. Open het gesprek opnieuw."), code="moment")
    option = option_for(locked, obligation.message)
    if option is None or not option.allowed:
        raise ReplyBlocked(
            option.reason if option else _("Zo kan op dit kanaal niet geantwoord worden."), code="refused"
        )
    text = words_for(locked, obligation, promised_for, language_of(obligation.message))
    if (
        option.max_length
        and CONNECTORS[locked.channel.platform].count_text(text, private=option.is_private) > option.max_length
    ):
        raise ReplyBlocked(_("De tekst is te lang voor dit platform."), code="too_long")
    return tell(
        conversation=locked, obligation=obligation, option=option, text=text, until=promised_for, by=by, key=key
    )
