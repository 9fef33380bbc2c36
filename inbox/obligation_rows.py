"""Obligations and what the list knows of them, written in bulk."""

from collections.abc import Iterable, Sequence

from core.sql import bulk
from inbox.models import Conversation, Obligation


def insert_obligations(obligations: Sequence[Obligation]) -> Sequence[Obligation]:
    """In one statement, as everything of a batch; sets their primary keys."""
    stored = bulk(
        """INSERT INTO inbox_obligation (conversation_id, message_id, kind, state, rule_id, calendar_version_id, team_id, amount, unit,
               started_at, due_at, waive_reason, explanation, decision)
           SELECT c0, c1, c2, 'open', c3, c4, c5, c6, c7, c8, c9, '', c10, c11
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint, c2 text, c3 bigint, c4 bigint, c5 bigint, c6 int, c7 text,
               c8 timestamptz, c9 timestamptz, c10 jsonb, c11 jsonb)
           RETURNING id, message_id, kind""",
        [
            (
                o.conversation_id, o.message_id, str(o.kind), o.rule_id, o.calendar_version_id, o.team_id, o.amount, str(o.unit),
                o.started_at, o.due_at, o.explanation, o.decision,
            )
            for o in obligations
        ],
    )  # fmt: skip
    by_promise = {(message, kind): pk for pk, message, kind in stored}
    for obligation in obligations:
        obligation.pk = by_promise[obligation.message_id, str(obligation.kind)]
    return obligations


def save_obligations(obligations: Iterable[Obligation]) -> None:
    bulk(
        """UPDATE inbox_obligation o SET state = c1, due_at = c2, paused_at = c3, ended_at = c4, breached_at = c5, answer_id = c6,
               waive_reason = c7
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 text, c2 timestamptz, c3 timestamptz, c4 timestamptz, c5 timestamptz,
               c6 bigint, c7 text)
           WHERE o.id = c0""",
        [
            (o.pk, str(o.state), o.due_at, o.paused_at, o.ended_at, o.breached_at, o.answer_id, str(o.waive_reason))
            for o in obligations
        ],
    )


def keep_verdicts(judged: Sequence[tuple[Conversation, int | None, int | None]]) -> None:
    rows = []
    for conversation, subject, team in judged:
        if (conversation.subject_id, conversation.team_id) != (subject, team):
            rows.append((conversation.pk, subject, team))
    bulk(
        """UPDATE inbox_conversation c SET subject_id = COALESCE(c.subject_id, c1), team_id = COALESCE(c.team_id, c2)
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint, c2 bigint) WHERE c.id = c0""",
        rows,
    )
