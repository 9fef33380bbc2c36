"""Whose turn it is, and what the list shows: a conversation's own figures, kept in step with its messages.

The figures are computed inside the UPDATE from the row itself, so that an agent's click in between is never undone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, Self

from django.db.models import Max, Min, Q

from channels.messages import Direction, InboundMessage
from channels.models import DeliveryState
from core.sql import bulk
from inbox.models import Conversation, Message
from inbox.sanitise import first_line


class TimelineRow(Protocol):
    direction: str
    sent_at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Turns:
    """What a number of new messages mean for their conversation."""

    count: int
    last_at: datetime
    preview: str
    is_ours: bool
    last_in: datetime | None
    last_out: datetime | None
    first_in: datetime | None  # the first word of the resident that our own words here did not answer
    unanswered: int
    incoming: int
    earliest_in: datetime | None

    @classmethod
    def of(cls, rows: "Sequence[TimelineRow]") -> Self:
        ordered = sorted(rows, key=lambda row: row.sent_at)
        newest = ordered[-1]
        incoming = [row.sent_at for row in ordered if row.direction == Direction.IN]
        outgoing = [row.sent_at for row in ordered if row.direction == Direction.OUT]
        last_out = outgoing[-1] if outgoing else None
        unanswered = [at for at in incoming if last_out is None or at > last_out]
        return cls(
            count=len(ordered),
            last_at=newest.sent_at,
            preview=first_line(newest.text),
            is_ours=newest.direction == Direction.OUT,
            last_in=incoming[-1] if incoming else None,
            last_out=last_out,
            first_in=unanswered[0] if unanswered else None,
            unanswered=len(unanswered),
            incoming=len(incoming),
            earliest_in=incoming[0] if incoming else None,
        )


@dataclass(frozen=True, slots=True)
class NewConversation:
    pk: int
    channel_id: int
    first: InboundMessage
    identity: int | None
    contact: int | None
    root: int | None
    turns: Turns


def insert_conversations(conversations: Sequence[NewConversation]) -> None:
    rows = [
        (
            c.pk, c.channel_id, c.first.thread_id[:300], str(c.first.kind), str(c.first.visibility), c.contact, c.identity, c.root,
            "open" if c.turns.first_in else "waiting", c.turns.preview, c.turns.is_ours, c.turns.count, c.turns.unanswered,
            c.turns.last_at, c.turns.last_in, c.turns.last_out, c.turns.first_in,
        )
        for c in conversations
    ]  # fmt: skip
    bulk(
        """INSERT INTO inbox_conversation (id, channel_id, thread_id, kind, visibility, contact_id, identity_id, root_id, status,
               resolve_reason, preview, is_preview_ours, message_count, unread_count, last_message_at, last_inbound_at,
               last_outbound_at, awaiting_since, created_at, updated_at)
           SELECT c0, c1, c2, c3, c4, c5, c6, c7, c8, '', c9, c10, c11, c12, c13, c14, c15, c16, now(), now()
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint, c2 text, c3 text, c4 text, c5 bigint, c6 bigint, c7 bigint, c8 text,
               c9 text, c10 boolean, c11 int, c12 int, c13 timestamptz, c14 timestamptz, c15 timestamptz, c16 timestamptz)""",
        rows,
    )


# Our last word, counting this batch; the resident's first word after it, among what was known and what is new: the batch
# may be older than what was there. Who waits already, goes on waiting until a new word of ours: the words that were there
# did not answer it (they failed, or crossed it).
_LAST_OUT = "GREATEST(c.last_outbound_at, t.last_out)"
_FIRST_AFTER = f"""(SELECT min(m.sent_at) FROM inbox_message m WHERE m.conversation_id = c.id AND m.direction = 'in'
                     AND m.deleted_at IS NULL AND m.sent_at > {_LAST_OUT})"""  # noqa: S608  built from a constant
_AWAITING = f"""LEAST(
    CASE WHEN c.awaiting_since IS NULL THEN NULL
         WHEN t.last_out IS NULL OR c.awaiting_since > t.last_out THEN c.awaiting_since
         ELSE {_FIRST_AFTER} END,
    CASE WHEN {_LAST_OUT} IS NULL OR t.first_in > {_LAST_OUT} THEN t.first_in
         WHEN t.last_in > {_LAST_OUT} THEN {_FIRST_AFTER} END)"""
# A new word of the resident reopens, whatever the conversation was; a word of ours hands the turn to the resident.
_REOPENS = f"(t.incoming > 0 AND t.last_in > COALESCE({_LAST_OUT}, '-infinity'))"
_ANSWERS = f"(t.last_out IS NOT NULL AND c.status = 'open' AND {_AWAITING} IS NULL)"
_UPDATE = f"""
    UPDATE inbox_conversation c SET
        message_count = c.message_count + t.n,
        unread_count = CASE WHEN t.last_out >= COALESCE(c.last_inbound_at, '-infinity') THEN t.unanswered
                            WHEN {_REOPENS} THEN c.unread_count + t.unanswered ELSE c.unread_count END,
        preview = CASE WHEN t.last_at >= c.last_message_at THEN t.preview ELSE c.preview END,
        is_preview_ours = CASE WHEN t.last_at >= c.last_message_at THEN t.ours ELSE c.is_preview_ours END,
        last_message_at = GREATEST(c.last_message_at, t.last_at),
        last_inbound_at = GREATEST(c.last_inbound_at, t.last_in),
        last_outbound_at = {_LAST_OUT},
        awaiting_since = {_AWAITING},
        status = CASE WHEN {_REOPENS} THEN 'open' WHEN {_ANSWERS} THEN 'waiting' ELSE c.status END,
        snoozed_until = CASE WHEN {_REOPENS} THEN NULL ELSE c.snoozed_until END,
        resolve_reason = CASE WHEN {_REOPENS} THEN '' ELSE c.resolve_reason END,
        updated_at = now()
    FROM (SELECT c0 AS id, c1 AS n, c2 AS unanswered, c3 AS incoming, c4 AS preview, c5 AS ours, c6 AS last_at, c7 AS last_in,
                 c8 AS last_out, c9 AS first_in
          FROM json_to_recordset(%s) AS r(c0 bigint, c1 int, c2 int, c3 int, c4 text, c5 boolean, c6 timestamptz, c7 timestamptz,
                                          c8 timestamptz, c9 timestamptz)) AS t
    WHERE c.id = t.id"""  # noqa: S608  built from the constants above, never from input


def update_conversations(turns: Mapping[int, Turns]) -> None:
    """Bring conversations up to date with new messages, which are stored already, in one statement."""
    # Always in the order of their ids: two batches never wait for each other crosswise.
    rows = [
        (pk, t.count, t.unanswered, t.incoming, t.preview, t.is_ours, t.last_at, t.last_in, t.last_out, t.first_in)
        for pk, t in sorted(turns.items())
    ]
    bulk(_UPDATE, rows)


def reopen_crossed(turns: Mapping[int, Turns]) -> None:
    """The resident wrote while we did: dated before our answer, arrived after it. Nobody had seen it, so it waits. What
    was answered on the platform itself was seen there."""
    rows = [(pk, t.incoming, t.earliest_in) for pk, t in sorted(turns.items()) if t.earliest_in]
    bulk(
        """UPDATE inbox_conversation c SET status = 'open', snoozed_until = NULL, resolve_reason = '', awaiting_since = c2,
               unread_count = c.unread_count + c1, updated_at = now()
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 int, c2 timestamptz)
           WHERE c.id = c0 AND c.awaiting_since IS NULL AND EXISTS (
               SELECT 1 FROM inbox_message m WHERE (m.conversation_id = c.id OR m.answered_id = c.id) AND m.direction = 'out'
                 AND m.sent_by_id IS NOT NULL AND NOT m.is_automatic AND m.sent_at >= c2)""",
        rows,
    )


def last_word(conversation: Conversation) -> datetime | None:
    """When we spoke last, in what arrived or is on its way."""
    arrived = Q(delivery=None) | ~Q(delivery__state__in=[DeliveryState.FAILED, DeliveryState.CANCELLED])
    ours = Q(conversation=conversation) | Q(answered=conversation)
    spoken = Message.objects.filter(arrived, ours, direction=Direction.OUT, is_automatic=False)
    at: datetime | None = spoken.aggregate(at=Max("sent_at"))["at"]
    return at


def unanswered_since(conversation: Conversation) -> datetime | None:
    """The resident's first word after our last one that arrived (or is on its way); None when the turn is theirs."""
    last_out = last_word(conversation)
    inbound = conversation.messages.filter(direction=Direction.IN, deleted_at=None)
    if last_out:
        inbound = inbound.filter(sent_at__gt=last_out)
    since: datetime | None = inbound.aggregate(at=Min("sent_at"))["at"]
    return since


def refresh_previews(cursor: Any, conversations: Collection[int]) -> None:
    """After an edit or a deletion the list shows what the newest message says now."""
    cursor.execute(
        """UPDATE inbox_conversation c SET preview = left(regexp_replace(m.text, '\\s+', ' ', 'g'), 200), updated_at = now()
           FROM unnest(%s::bigint[]) AS t(id),
                LATERAL (SELECT left(text, 600) AS text FROM inbox_message
                         WHERE conversation_id = t.id AND NOT is_automatic
                         ORDER BY sent_at DESC, id DESC LIMIT 1) m
           WHERE c.id = t.id""",
        [sorted(conversations)],
    )
