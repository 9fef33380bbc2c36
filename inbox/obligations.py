"""Terms: opened by the resident's message, met by the answer, paused while the ball is in the resident's court, waived
with a reason.

`follow` is the only thing that moves them. It looks at where conversations stand and brings their obligations in step, in a
fixed number of statements for any number of conversations; running it again changes nothing. Whoever changes a
conversation's turn or status calls it in the same transaction. Deadlines are computed once, with the matrix and the
opening hours that were in force when the message was written, and never move by themselves.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.db.models.functions import Left
from django.utils import timezone

from channels.messages import Direction
from core.events import publish_on_commit
from core.sql import bulk
from inbox.ledger import keep_promises
from inbox.models import Conversation, Message, Obligation, ObligationKind, ObligationState, Status, WaiveReason
from inbox.models.obligations import ACTIVE
from inbox.obligation_rows import insert_obligations, keep_verdicts, save_obligations
from inbox.routing import teams_by_channel
from inbox.verdicts import MatrixOfBatch, Opening, Verdict, judge
from responsematrix.subjects import MAXIMUM_TEXT
from responsematrix.worktime import Term, Unit, WorktimeError, add_working_time, working_time_between

logger = structlog.get_logger(__name__)

OWED = (Status.OPEN, Status.SNOOZED)
WAIVED_BY_RESOLVING = {
    "thanks": WaiveReason.THANKS,
    "not_for_us": WaiveReason.NOT_FOR_US,
    "spam": WaiveReason.SPAM,
}
# What a term takes from the message that it begins with.
BEGINNING = (
    "message_id", "rule_id", "calendar_version_id", "team_id", "amount", "unit", "started_at", "due_at", "explanation", "decision"
)  # fmt: skip


@dataclass(slots=True)
class _Standing:
    """A conversation and what is owed in it."""

    conversation: Conversation
    response: Obligation | None = None
    resolution: Obligation | None = None


def follow(conversations: Collection[int], *, now: datetime | None = None) -> None:
    """Bring the obligations of these conversations in step. Inside a transaction; locks the conversations in their order."""
    if not conversations:
        return
    now = now or timezone.now()
    standings = _standings(conversations)
    changed: dict[int, Obligation] = {}
    answered = _answers([s.response for s in standings.values() if s.response and _has_passed(s)])
    for standing in standings.values():
        if standing.response and _settle_response(standing, answered.get(standing.response.pk), now):
            changed[standing.response.pk] = standing.response
            standing.response = None
    save_obligations(changed.values())  # what ended makes room for what begins
    moved = set(changed)
    changed.clear()
    _open_responses([s for s in standings.values() if _owes_response(s)], changed)
    for standing in standings.values():
        if standing.resolution and _settle_resolution(standing, now):
            changed[standing.resolution.pk] = standing.resolution
    save_obligations(changed.values())
    keep_promises(moved | changed.keys())
    _keep_next_due(standings)


def _standings(conversations: Collection[int]) -> dict[int, _Standing]:
    rows = (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "subject")
        .only(
            "channel__platform", "channel__connected_at", "subject__code", "is_subject_chosen", "audience", "urgency", "kind",
            "visibility", "status", "resolve_reason", "team", "awaiting_since", "last_outbound_at", "next_due_at",
        )
        .filter(pk__in=list(conversations))
        .order_by("pk")
    )  # fmt: skip
    standings = {row.pk: _Standing(row) for row in rows}
    active = Obligation.objects.select_related("message", "calendar_version__calendar").filter(
        conversation__in=list(standings), state__in=ACTIVE
    )
    for obligation in active.defer("message__text", "decision", "explanation"):
        standing = standings[obligation.conversation_id]
        if obligation.kind == ObligationKind.RESOLUTION:
            standing.resolution = obligation
        else:
            standing.response = obligation
    return standings


# -- the answer ----------------------------------------------------------------------------------------------------------


def _has_passed(standing: _Standing) -> bool:
    """The resident no longer waits for the answer to the message that opened the turn."""
    assert standing.response is not None
    waiting = standing.conversation.awaiting_since
    return waiting is None or waiting > standing.response.started_at


@dataclass(frozen=True, slots=True)
class _Answer:
    message: int | None  # None: it is on its way, or was given outside
    at: datetime | None
    is_under_way: bool


def _answers(obligations: Sequence[Obligation]) -> dict[int, _Answer]:
    """For each obligation our first word after it began that really left, also one that was given
    in private; and whether one is on its way. An answer that waits in the queue keeps no promise, and what Balie sent
    before the question was here (by the order of keys: clocks differ) answers another one."""
    if not obligations:
        return {}
    found = bulk(
        """SELECT o.id, sent.id, sent.at, EXISTS (
               SELECT 1 FROM inbox_message m JOIN channels_delivery d ON d.id = m.delivery_id
               WHERE (m.conversation_id = o.c1 OR m.answered_id = o.c1) AND NOT m.is_automatic AND m.id > o.c3
                 AND d.state IN ('draft', 'awaiting_approval', 'queued', 'claimed', 'sending', 'unknown'))
           FROM (SELECT c0 AS id, c1, c2, c3
                 FROM json_to_recordset(%s) AS r(c0 bigint, c1 bigint, c2 timestamptz, c3 bigint)) o
           LEFT JOIN LATERAL (
               SELECT m.id, COALESCE(d.finished_at, m.sent_at) AS at
               FROM inbox_message m LEFT JOIN channels_delivery d ON d.id = m.delivery_id
               WHERE (m.conversation_id = o.c1 OR m.answered_id = o.c1)
                 AND m.direction = 'out' AND NOT m.is_automatic AND (d.id IS NULL OR d.state = 'sent')
                 AND COALESCE(d.finished_at, m.sent_at) >= o.c2 AND (m.sent_by_id IS NULL OR m.id > o.c3)
               ORDER BY 2, 1 LIMIT 1) sent ON true""",
        [(o.pk, o.conversation_id, o.started_at, o.message_id) for o in obligations],
    )
    return {pk: _Answer(message, at, under_way) for pk, message, at, under_way in found}


def _settle_response(standing: _Standing, answer: _Answer | None, now: datetime) -> bool:
    """End the response that runs, if it ended. True when it changed."""
    obligation, conversation = standing.response, standing.conversation
    assert obligation is not None
    if answer is not None and answer.message is not None:
        assert answer.at is not None
        _end(obligation, ObligationState.MET, answer.at)
        obligation.answer_id = answer.message
        return True
    if obligation.message.deleted_at is not None:
        # Taken back: platforms refuse an answer to what is no longer there.
        return _waive(obligation, WaiveReason.DELETED, now)
    if answer is None or answer.is_under_way:
        return False
    if conversation.status == Status.RESOLVED and conversation.resolve_reason != "elsewhere":
        return _waive(obligation, WAIVED_BY_RESOLVING.get(conversation.resolve_reason, WaiveReason.OTHER), now)
    if conversation.awaiting_since is None:
        # Somebody handed the turn over without a message: answered by phone, or elsewhere.
        _end(obligation, ObligationState.MET, now)
        return True
    return False


def _end(obligation: Obligation, state: str, at: datetime) -> None:
    obligation.state, obligation.ended_at, obligation.paused_at = state, at, None
    if state == ObligationState.MET:
        # An answer that was given in time may be heard of late: then nothing was breached after all.
        obligation.breached_at = obligation.due_at if at > obligation.due_at else None


def _waive(obligation: Obligation, reason: str, at: datetime) -> bool:
    obligation.waive_reason = reason
    _end(obligation, ObligationState.WAIVED, at)
    return True


# -- a new turn ----------------------------------------------------------------------------------------------------------


def _owes_response(standing: _Standing) -> bool:
    """A term is to begin, or began too late: a message that is older than the one it began with came in after it."""
    conversation, known = standing.conversation, standing.response
    waiting = conversation.awaiting_since
    if waiting is None or conversation.status not in OWED or (known and known.started_at <= waiting):
        return False
    # What was there before us is backfilled, without deadlines.
    return waiting >= conversation.channel.connected_at


def _openings(conversations: Iterable[Conversation]) -> dict[int, Opening]:
    """Of each conversation the first message of the resident that is not answered and still there."""
    wanted = [conversation.pk for conversation in conversations]
    if not wanted:
        return {}
    messages = Message.objects.filter(
        conversation=OuterRef("pk"), direction=Direction.IN, deleted_at=None, sent_at__gte=OuterRef("awaiting_since")
    ).order_by("sent_at", "pk")
    first = Conversation.objects.filter(pk__in=wanted).values_list(Subquery(messages.values("pk")[:1]), flat=True)
    found = Message.objects.filter(pk__in=first).values_list(
        "pk", "conversation", "kind", "sent_at", Left("text", MAXIMUM_TEXT)
    )
    return {row[1]: Opening(*row) for row in found}


def _open_responses(standings: Sequence[_Standing], changed: dict[int, Obligation]) -> None:
    moments = [s.conversation.awaiting_since for s in standings if s.conversation.awaiting_since]
    if not moments or (matrix := MatrixOfBatch(moments)).is_empty:
        return
    openings = _openings(standing.conversation for standing in standings)
    # A conversation that was put away by mistake and taken up again goes on with the terms it had.
    earlier: dict[int, list[Obligation]] = {}
    for obligation in Obligation.objects.filter(
        message__in=[opening.pk for opening in openings.values()]
    ).select_related("calendar_version__calendar"):
        earlier.setdefault(obligation.message_id, []).append(obligation)
    made: list[Obligation] = []
    judged: list[tuple[Conversation, int | None, int | None]] = []
    teams = teams_by_channel()
    for standing in standings:
        conversation = standing.conversation
        opening = openings.get(conversation.pk)
        if opening is None:
            continue
        if (known := earlier.get(opening.pk)) and standing.response is None:
            changed |= _take_up_again(standing, known)
            continue
        promises = matrix.at(opening.sent_at)
        if promises is None:
            continue
        verdict = judge(promises, conversation, opening, subjects=matrix.subjects)
        if standing.response is not None:
            if not known and opening.sent_at < standing.response.started_at:
                _begin_earlier(standing, verdict, opening)
            continue
        team = verdict.outcome.owner_team if verdict.outcome else promises.default_team
        if team not in teams.get(conversation.channel_id, ()):
            team = None  # who can not see the channel can not answer there
        judged.append((conversation, verdict.subject_id, conversation.team_id or team))
        owed = verdict.obligations(conversation, opening, is_first=conversation.last_outbound_at is None)
        # One conclusion is owed at a time: it goes on, also when the message that it began with was taken back.
        made += [each for each in owed if each.kind != ObligationKind.RESOLUTION or standing.resolution is None]
    by_conversation = {standing.conversation.pk: standing for standing in standings}
    for obligation in insert_obligations(made):
        standing = by_conversation[obligation.conversation_id]
        if obligation.kind == ObligationKind.RESOLUTION:
            standing.resolution = obligation
        else:
            standing.response = obligation
    keep_verdicts(judged)


def _begin_earlier(standing: _Standing, verdict: Verdict, opening: Opening) -> None:
    """Messages came in another order than they were written: the terms run from the first one, not from the first to come."""
    assert standing.response is not None
    late, is_first = standing.response.message_id, standing.response.kind == ObligationKind.FIRST_RESPONSE
    fresh = {str(each.kind): each for each in verdict.obligations(standing.conversation, opening, is_first=is_first)}
    for running in (standing.response, standing.resolution):
        if running is not None and running.message_id == late and (new := fresh.get(running.kind)):
            for name in BEGINNING:
                setattr(running, name, getattr(new, name))
            # The sweeps look at it again.
            running.breached_at, running.escalate_at = None, timezone.now()
            running.save(update_fields=[*BEGINNING, "breached_at", "escalate_at"])


def _take_up_again(standing: _Standing, known: Sequence[Obligation]) -> dict[int, Obligation]:
    """The terms of a message that waits again run on. Returns those that changed."""
    again: dict[int, Obligation] = {}
    for obligation in known:
        if obligation.kind != ObligationKind.RESOLUTION:
            standing.response = obligation
        elif standing.resolution is None:
            standing.resolution = obligation
        else:
            continue
        obligation.state, obligation.ended_at, obligation.answer_id = ObligationState.OPEN, None, None
        obligation.waive_reason = ""
        again[obligation.pk] = obligation
    return again


# -- the conclusion ------------------------------------------------------------------------------------------------------


def _settle_resolution(standing: _Standing, now: datetime) -> bool:
    """The term of the conclusion stands still while the resident is to speak. True when it changed."""
    obligation, conversation = standing.resolution, standing.conversation
    assert obligation is not None
    if conversation.status == Status.RESOLVED:
        if reason := WAIVED_BY_RESOLVING.get(conversation.resolve_reason):
            return _waive(obligation, reason, now)
        _end(obligation, ObligationState.MET, now)
        return True
    is_ours = conversation.awaiting_since is not None or conversation.status == Status.OPEN
    if is_ours and obligation.state == ObligationState.PAUSED:
        assert obligation.paused_at is not None
        resumed_at = conversation.awaiting_since or now
        obligation.due_at = _later(obligation, obligation.paused_at, resumed_at)
        obligation.state, obligation.paused_at = ObligationState.OPEN, None
        return True
    if not is_ours and obligation.state == ObligationState.OPEN:
        obligation.state, obligation.paused_at = ObligationState.PAUSED, now
        return True
    return False


def _later(obligation: Obligation, paused_at: datetime, resumed_at: datetime) -> datetime:
    """What was left of the term when it was paused, counted from when it goes on. A term that had passed does not come back."""
    if resumed_at <= paused_at or paused_at >= obligation.due_at:
        return obligation.due_at
    if obligation.unit in (Unit.CLOCK_HOURS, Unit.CLOCK_MINUTES):
        return obligation.due_at + (resumed_at - paused_at)
    schedule = obligation.calendar_version.to_schedule()
    left = working_time_between(paused_at, obligation.due_at, schedule)
    minutes = max(1, -(-left // timedelta(minutes=1)))
    try:
        return max(obligation.due_at, add_working_time(resumed_at, Term(minutes, Unit.WORKING_MINUTES), schedule))
    except WorktimeError as error:
        logger.warning("obligation.not_resumed", obligation=obligation.pk, error=str(error))
        return obligation.due_at


# -- keeping -------------------------------------------------------------------------------------------------------------


def _keep_next_due(standings: dict[int, _Standing]) -> None:
    """The list sorts by it: the first of what is owed."""
    rows = []
    for pk, standing in standings.items():
        running = [
            obligation.due_at
            for obligation in (standing.response, standing.resolution)
            if obligation is not None and obligation.state == ObligationState.OPEN
        ]
        next_due_at = min(running, default=None)
        if next_due_at != standing.conversation.next_due_at:
            rows.append((pk, next_due_at))
    bulk(
        """UPDATE inbox_conversation c SET next_due_at = c1
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 timestamptz) WHERE c.id = c0""",
        rows,
    )


def mark_breached() -> int:
    """Terms that passed unanswered are marked, once, and every open screen hears it. Returns how many."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE inbox_obligation o SET breached_at = o.due_at FROM inbox_conversation c
               WHERE o.id IN (SELECT id FROM inbox_obligation WHERE state = 'open' AND breached_at IS NULL AND due_at <= now()
                              ORDER BY due_at LIMIT 1000 FOR UPDATE SKIP LOCKED)
                 AND c.id = o.conversation_id
               RETURNING c.channel_id, c.id"""
        )
        passed: dict[int, set[str]] = {}
        for channel, conversation in cursor.fetchall():
            passed.setdefault(channel, set()).add(f"conversation-{conversation}")
        for channel, names in passed.items():
            publish_on_commit(f"channel-{channel}", "list", *(names if len(names) <= 50 else ["conversations"]))
    return sum(len(names) for names in passed.values())
