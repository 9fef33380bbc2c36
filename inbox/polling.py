"""Reading what is new at a platform: one channel at a time, resumable, and one failing channel never stops another."""

import random
from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from channels import errors
from channels.encryption import CredentialsUnreadable
from channels.messages import Change
from channels.models import Channel, ChannelState, RawEvent, RawState
from channels.registry import CONNECTORS, connector_for
from channels.state import note_error, note_success, poll_interval, refresh_credentials, retry_at, store_budgets
from core.events import publish_on_commit
from inbox.batch import Batch
from inbox.ingest import Ingested, ingest, ingest_new, store_raw
from inbox.models import Message

logger = structlog.get_logger(__name__)

LEASE = timedelta(seconds=settings.POLL_LEASE_SECONDS)
MAX_PAGES = 40  # a handful of requests each; what is left over is read in the next run


def due_channels() -> list[int]:
    return list(
        Channel.objects.due_for_polling(timezone.now())
        .filter(Q(poll_lease_until=None) | Q(poll_lease_until__lte=Now()))
        .values_list("pk", flat=True)
    )


def poll(pk: int, *, force: bool = False) -> Ingested | None:
    """Read channel `pk` to the end, if it is due and nobody else reads it. None when it was not ours to read.

    Raises nothing that a platform can cause: that is kept on the channel and decides when it is read again."""
    is_free = Q(poll_lease_until=None) | Q(poll_lease_until__lte=Now())
    due = Q() if force else Q(next_poll_at__lte=Now())
    if not Channel.objects.filter(is_free, due, pk=pk, closed_at=None).update(poll_lease_until=Now() + LEASE):
        return None
    channel = Channel.objects.get(pk=pk)
    total = Ingested()
    try:
        # What an earlier run kept and did not finish comes first.
        _add(total, ingest_new(channel))
        _read(channel, total)
    except errors.ConnectorError as error:
        _after_failure(channel, error)
    except CredentialsUnreadable as error:
        _after_failure(channel, errors.Misconfigured(str(error), code=error.code))
    else:
        now = timezone.now()
        Channel.objects.filter(pk=pk).update(
            polled_at=now,
            next_poll_at=now + poll_interval(),
            poll_failures=0,
            poll_error_code="",
            poll_error="",
            poll_lease_until=None,
        )
        channel.refresh_from_db()
        note_success(channel)
    finally:
        Channel.objects.filter(pk=pk).update(poll_lease_until=None)
        publish_on_commit(f"channel-{pk}", f"channel-{pk}")
    return total


def _read(channel: Channel, total: Ingested) -> None:
    has_refreshed = False
    for _page in range(MAX_PAGES):
        token = channel.get_credentials().get("access_token", "")
        connector = connector_for(channel)
        try:
            page = connector.poll(channel.poll_cursor)
        except errors.CredentialsRejected:
            if has_refreshed or not refresh_credentials(channel, rejected_token=token):
                raise
            has_refreshed = True
            channel.refresh_from_db()
            continue
        except errors.ConnectorError:
            raise
        except Exception as error:
            # A bug of ours: it backs off and shows on the channel like any failure, instead of at every tick again.
            logger.exception("poll.crashed", channel=channel.pk)
            raise errors.PayloadError(f"internal: {type(error).__name__}", reason="internal") from error
        finally:
            store_budgets(channel, connector.budgets.values())
        ids = store_raw(channel, page.items, source="poll")
        _add(total, ingest(channel, ids, cursor=page.cursor))
        channel.poll_cursor = dict(page.cursor)
        Channel.objects.filter(pk=channel.pk).update(poll_lease_until=Now() + LEASE)
        if not page.more:
            return


def _add(total: Ingested, done: Ingested) -> None:
    total.messages += done.messages
    total.failed += done.failed
    total.ignored += done.ignored
    total.conversations |= done.conversations


def _after_failure(channel: Channel, error: errors.ConnectorError) -> None:
    """Back off, the longer the more often it fails, and say on the channel what is the matter."""
    logger.warning("poll.failed", channel=channel.pk, code=error.code, error=str(error)[:200])
    failures = channel.poll_failures + 1
    if isinstance(error, errors.RateLimited):
        # Reading less says nothing of sending: the channel stays open for answers.
        next_at = retry_at(error)
    else:
        base = poll_interval().total_seconds()
        next_at = timezone.now() + timedelta(
            seconds=min(base * 2 ** min(failures, 10), 3600) * random.uniform(0.8, 1.2)
        )
        if isinstance(error, errors.ChannelError):
            next_at = max(next_at, timezone.now() + timedelta(minutes=5))
            note_error(channel, error)
    Channel.objects.filter(pk=channel.pk).update(
        poll_failures=failures,
        poll_error_code=error.code[:40],
        poll_error=str(error)[:300],
        next_poll_at=next_at,
        poll_lease_until=None,
    )


def recheck(pk: int) -> int:
    """Ask again about what residents said lately: what was deleted there is blanked here. Returns how many changed."""
    channel = Channel.objects.get(pk=pk)
    if not CONNECTORS[channel.platform].capabilities.rechecks or channel.state in (
        ChannelState.OFF,
        ChannelState.STOPPED,
    ):
        return 0
    since = timezone.now() - timedelta(days=settings.BACKFILL_DAYS)
    recent = Message.objects.filter(
        channel=channel, direction="in", deleted_at=None, sent_at__gte=since, external_id__isnull=False
    ).exclude(kind="direct_message")
    ids = [
        external_id
        for external_id in recent.order_by("-sent_at").values_list("external_id", flat=True)[:100]
        if external_id
    ]
    if not ids:
        return 0
    try:
        connector = connector_for(channel)
    except CredentialsUnreadable:
        logger.warning("recheck.failed", channel=pk, code="credentials_unreadable")
        return 0
    try:
        changes = [change for change in connector.recheck(ids) if change.change != Change.CREATED]
    except errors.ConnectorError as error:
        logger.warning("recheck.failed", channel=pk, code=error.code)
        return 0
    finally:
        store_budgets(channel, connector.budgets.values())
    return Batch(channel).run(changes)


def unprocessed() -> list[int]:
    """Channels that have raw events which nobody has understood yet."""
    waiting = Channel.objects.filter(pk__in=RawEvent.objects.filter(state=RawState.NEW).values("channel"))
    return list(waiting.values_list("pk", flat=True))
