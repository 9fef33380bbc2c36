"""Past traffic as turns: a resident's first unanswered word, and our answer to it. Streamed, so memory stays flat.

Turns are made of messages, as they are judged when they come in (`inbox.obligations`): what Balie says by itself and what
never left answers nothing; an answer in private answers the public word; what the resident took back is not owed. A turn
that somebody ended without a message (a thank-you, spam, a phone call) has no moment of answer, and is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from inbox.models import Conversation, Status
from responsematrix.choices import Audience, Urgency
from responsematrix.matching import Facts
from responsematrix.simulation import Turn
from responsematrix.subjects import MAXIMUM_TEXT, Recogniser

CHUNK = 1_000  # conversations at a time

_SAID = """
    SELECT m.conversation_id AS conversation, COALESCE(d.finished_at, m.sent_at) AS at, m.id, m.direction = 'out', m.kind
    FROM inbox_message m LEFT JOIN channels_delivery d ON d.id = m.delivery_id
    WHERE m.conversation_id = ANY(%(ids)s) AND NOT m.is_automatic AND (d.id IS NULL OR d.state = 'sent')
      AND (m.direction = 'out' OR m.deleted_at IS NULL)
    UNION ALL
    SELECT m.answered_id, COALESCE(d.finished_at, m.sent_at), m.id, true, m.kind
    FROM inbox_message m LEFT JOIN channels_delivery d ON d.id = m.delivery_id
    WHERE m.answered_id = ANY(%(ids)s) AND m.conversation_id <> m.answered_id AND m.direction = 'out'
      AND NOT m.is_automatic AND (d.id IS NULL OR d.state = 'sent')
    ORDER BY 1, 2, 3"""
_TEXTS = "SELECT id, left(text, %(most)s) FROM inbox_message WHERE id = ANY(%(ids)s)"

Said = tuple[int, datetime, int, bool, str]  # conversation, at, message, is ours, kind


@dataclass(frozen=True, slots=True)
class Period:
    """From `start_at` up to, not including, `end_at`."""

    start_at: datetime
    end_at: datetime


@dataclass(slots=True)
class _Opened:
    """A turn before it is known what it is about."""

    message: int
    kind: str
    at: datetime
    is_first: bool
    answered_at: datetime | None = None


def conversations_of(user: User, period: Period) -> QuerySet[Conversation]:
    """What `user` may see and what may hold a turn of `period`."""
    return Conversation.objects.visible_to(user).filter(last_message_at__gte=period.start_at)


def turns_of(
    conversations: QuerySet[Conversation],
    period: Period,
    recogniser: Recogniser,
    *,
    on_progress: Callable[[int], object] = lambda done: None,
) -> Iterator[Turn]:
    """Every turn that began in `period`, per conversation in the order of time; `key` is the message that opened it.

    `on_progress` hears after every chunk how many conversations were read; what it raises ends the stream.
    """
    rows = conversations.order_by("pk").only(
        "status", "awaiting_since", "visibility", "audience", "urgency", "is_subject_chosen", "subject__code", "channel__platform"
    ).select_related("subject", "channel")  # fmt: skip
    done = 0
    chunk: list[Conversation] = []
    for row in rows.iterator(chunk_size=CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from _turns(chunk, period, recogniser)
            done += CHUNK
            chunk = []
            on_progress(done)
    yield from _turns(chunk, period, recogniser)
    on_progress(done + len(chunk))


def _turns(chunk: Sequence[Conversation], period: Period, recogniser: Recogniser) -> Iterator[Turn]:
    known = {conversation.pk: conversation for conversation in chunk}
    opened = {
        pk: found
        for pk, said in groupby(_said(list(known)), key=lambda row: row[0])
        if (found := _opened(known[pk], said, period))
    }
    texts = _texts([turn.message for pk, turns in opened.items() if _needs_words(known[pk]) for turn in turns])
    for pk, turns in opened.items():
        conversation = known[pk]
        subject = conversation.subject.code if conversation.subject else ""
        for turn in turns:
            if not subject and turn.message in texts:
                best = recogniser.recognise(texts[turn.message])
                subject = best[0].subject if best else ""
            facts = Facts(
                kind=turn.kind,
                platform=conversation.channel.platform,
                subject=subject,
                audience=conversation.audience or Audience.RESIDENT,
                urgency=conversation.urgency or Urgency.NORMAL,
                visibility=conversation.visibility,
            )
            yield Turn(turn.message, turn.at, turn.answered_at, facts, turn.is_first)


def _opened(conversation: Conversation, said: Iterator[Said], period: Period) -> list[_Opened]:
    found: list[_Opened] = []
    waiting: _Opened | None = None
    has_answered = False
    for _pk, at, message, is_ours, kind in said:
        if not is_ours:
            waiting = waiting or _Opened(message, kind, at, is_first=not has_answered)
            continue
        has_answered = True
        if waiting is not None:
            waiting.answered_at = at
            found.append(waiting)
            waiting = None
    is_owed = conversation.awaiting_since is not None and conversation.status != Status.RESOLVED
    if waiting is not None and is_owed:
        found.append(waiting)
    return [turn for turn in found if period.start_at <= turn.at < period.end_at]


def _needs_words(conversation: Conversation) -> bool:
    """What a person chose, or an earlier message gave, stays."""
    return conversation.subject is None and not conversation.is_subject_chosen


def _said(conversations: list[int]) -> list[Said]:
    if not conversations:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SAID, {"ids": conversations})
        said: list[Said] = cursor.fetchall()
        return said


def _texts(messages: list[int]) -> dict[int, str]:
    if not messages:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, {"ids": messages, "most": MAXIMUM_TEXT})
        return dict(cursor.fetchall())
