"""From raw events to conversations: understood one by one, written in bulk, all or nothing per batch.

Idempotent: the same events again change nothing. One batch is one transaction that also moves the poll cursor and marks
the raw events, so a crash anywhere leaves either all of it or nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db.models.functions import Now
from django.utils import timezone

from channels import errors
from channels.messages import Account, ChannelNotice, Event, InboundMessage, RawItem, StatusUpdate
from channels.models import Channel, ChannelState, RawEvent, RawState
from channels.registry import CONNECTORS, account_of
from channels.state import set_state
from core.events import publish_on_commit
from core.sql import bulk
from inbox.batch import Batch
from inbox.sanitise import clean

logger = structlog.get_logger(__name__)

BATCH = 500
# What one poisonous event can raise. A database that is away is none of these: then the whole batch waits.
POISON = (
    errors.ConnectorError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    DataError,
    IntegrityError,
)


@dataclass(slots=True)
class Ingested:
    """What one batch did; `conversations` are the ids that changed."""

    messages: int = 0
    failed: int = 0
    ignored: int = 0
    conversations: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Understood:
    pk: int
    events: list[Event]
    state: str
    reason: str = ""
    error: str = ""


def to_text(payload: Any) -> str:
    """JSON as pure ASCII: NUL and lone surrogates stay escaped, so that PostgreSQL takes every body."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":"))


def store_raw(channel: Channel, items: Sequence[RawItem], *, source: str) -> list[int]:
    """Keep `items` as they came, before anything is understood. Returns the ids of those that were new."""
    if not items:
        return []
    stored = bulk(
        """INSERT INTO channels_rawevent (channel_id, platform, event_id, source, body, received_at, state, reason, error, attempts)
           SELECT %s, %s, c0, %s, c1, now(), 'new', '', '', 0
           FROM json_to_recordset(%s) AS t(c0 text, c1 text)
           ON CONFLICT (platform, channel_id, event_id) DO NOTHING RETURNING id""",
        [(item.event_id[:300], to_text(item.payload)) for item in items],
        channel.pk,
        channel.platform,
        source,
    )
    return [row[0] for row in stored]


def ingest_new(channel: Channel) -> Ingested:
    """Everything of `channel` that was kept and not yet understood, batch by batch."""
    total = Ingested()
    while True:
        ids = list(
            RawEvent.objects.filter(channel=channel, state=RawState.NEW)
            .order_by("pk")
            .values_list("pk", flat=True)[:BATCH]
        )
        if not ids:
            return total
        done = ingest(channel, ids)
        total.messages += done.messages
        total.failed += done.failed
        total.ignored += done.ignored
        total.conversations |= done.conversations


def ingest(channel: Channel, raw_ids: Sequence[int], *, cursor: Mapping[str, Any] | None = None) -> Ingested:
    """Understand and store these raw events of `channel`; `cursor` moves in the same transaction.

    A batch that fails as a whole is tried again one by one, so that one poisonous event never stops the others."""
    try:
        return _ingest(channel, raw_ids, cursor)
    except POISON:
        logger.exception("ingest.batch_failed", channel=channel.pk, size=len(raw_ids))
    total = Ingested()
    for pk in raw_ids:
        try:
            done = _ingest(channel, [pk], None)
        except POISON as error:
            logger.exception("ingest.event_failed", raw_event=pk)
            RawEvent.objects.filter(pk=pk).update(
                state=RawState.FAILED,
                reason="internal",
                error=f"{type(error).__name__}: {error}"[:500],
                processed_at=Now(),
            )
            total.failed += 1
        else:
            total.messages += done.messages
            total.failed += done.failed
            total.ignored += done.ignored
            total.conversations |= done.conversations
    if cursor is not None:
        Channel.objects.filter(pk=channel.pk).update(poll_cursor=cursor)
    return total


@transaction.atomic
def _ingest(channel: Channel, raw_ids: Sequence[int], cursor: Mapping[str, Any] | None) -> Ingested:
    result = Ingested()
    if raw_ids:
        batch = Batch(channel)
        batch.lock()
        raws = list(
            RawEvent.objects.filter(pk__in=raw_ids)
            .exclude(state=RawState.PROCESSED)
            .order_by("pk")
            .values_list("pk", "body")
        )
        account = account_of(channel, credentials={})
        understood = [_understand(pk, body, channel.platform, account) for pk, body in raws]
        events = [event for item in understood for event in item.events]
        result.messages = batch.apply(
            [event for event in events if isinstance(event, InboundMessage)],
            [event for event in events if isinstance(event, StatusUpdate)],
        )
        result.conversations = batch.touched
        result.failed = sum(item.state == RawState.FAILED for item in understood)
        result.ignored = sum(item.state == RawState.IGNORED for item in understood)
        _mark(understood)
        for event in events:
            if isinstance(event, ChannelNotice):
                _heed(channel, event)
        if events:
            Channel.objects.filter(pk=channel.pk).update(last_event_at=Now())
    if cursor is not None:
        Channel.objects.filter(pk=channel.pk).update(poll_cursor=cursor)
    if result.conversations:
        names = [f"conversation-{pk}" for pk in sorted(result.conversations)]
        # A storm is told as one change of the list: a browser refetches once anyway.
        publish_on_commit(f"channel-{channel.pk}", "list", *(names if len(names) <= 50 else ["conversations"]))
    if result.failed:
        publish_on_commit(f"channel-{channel.pk}", "channels", f"channel-{channel.pk}")
    return result


def _understand(pk: int, body: str, platform: str, account: Account) -> _Understood:
    try:
        events = CONNECTORS[platform].parse(json.loads(body), account)
    except errors.Refused as refusal:
        return _Understood(pk, [], RawState.IGNORED, reason=refusal.reason[:60])
    except errors.PayloadError as error:
        return _Understood(pk, [], RawState.FAILED, reason=error.reason[:60], error=str(error)[:500])
    except Exception as error:
        # The parser's own bug: the body is kept and replayed after a fix; the rest of the batch goes on.
        logger.exception("ingest.parser_crashed", raw_event=pk)
        return _Understood(pk, [], RawState.FAILED, reason="internal", error=f"{type(error).__name__}: {error}"[:500])
    return _Understood(pk, events, RawState.PROCESSED)


def _mark(understood: Sequence[_Understood]) -> None:
    bulk(
        """UPDATE channels_rawevent r SET state = c1, reason = c2, error = c3, attempts = r.attempts + 1, processed_at = now()
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 text, c2 text, c3 text) WHERE r.id = c0""",
        [(item.pk, str(item.state), item.reason, clean(item.error, 500)) for item in understood],
    )


def _heed(channel: Channel, notice: ChannelNotice) -> None:
    state = ChannelState.REAUTHORISE if notice.code == "revoked" else ChannelState.STOPPED
    set_state(channel, state, code=notice.code[:40], reason=notice.detail)


def keep_unroutable(platform: str, event_id: str, body: str, *, reason: str, channel: Channel | None = None) -> None:
    """A body whose signature is right and that still can not be handed to a channel: kept, visible, replayable."""
    RawEvent.objects.bulk_create(
        [
            RawEvent(
                channel=channel,
                platform=platform,
                event_id=event_id[:300],
                source="webhook",
                body=body,
                state=RawState.FAILED,
                reason=reason[:60],
                error=reason[:500],
                processed_at=timezone.now(),
            )
        ],
        ignore_conflicts=True,
    )
