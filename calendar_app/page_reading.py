"""When our own page on a channel is read, by whom, and what happens when that fails. The moments stand in `PageReading`."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from calendar_app.models import PageReading
from channels import errors
from channels.connectors.base import Connector
from channels.encryption import CredentialsUnreadable
from channels.models import Channel, ChannelQuerySet, ChannelState, RateBudget
from channels.registry import CONNECTORS, connector_for
from channels.state import note_error, refresh_credentials, retry_at, store_budgets

logger = structlog.get_logger(__name__)

T = TypeVar("T")
LEASE = timedelta(minutes=3)
# Limits that say nothing about reading our own posts.
OTHER_BUDGETS = frozenset({"mentions", "search", "me", "dm_read", "dm_write", "media", "post_write", "post_delete"})


def _readable() -> ChannelQuerySet:
    """Channels whose page may be read now; one that only lost the right to send is read where that works."""
    closed = [ChannelState.OFF, ChannelState.STOPPED]
    return Channel.objects.open().exclude(state__in=closed).exclude(state=ChannelState.LIMITED, state_until__gt=Now())


def due_channels(moment: str, flag: str) -> list[int]:
    """Channels that can do what `flag` of their capabilities says, and whose `moment` is there."""
    able = [name for name, kind in CONNECTORS.items() if getattr(kind.capabilities, flag)]
    channels = [channel for channel in _readable() if channel.platform in able]
    known = set(PageReading.objects.filter(channel__in=channels).values_list("channel", flat=True))
    PageReading.objects.bulk_create(
        [PageReading(channel=channel) for channel in channels if channel.pk not in known], ignore_conflicts=True
    )
    due = PageReading.objects.filter(Q(**{f"{moment}__lte": Now()}), channel__in=channels)
    return list(due.order_by(moment).values_list("channel", flat=True))


def claim(pk: int, moment: str) -> Channel | None:
    """The channel when the reading is ours to do: one statement decides."""
    row = PageReading.objects.filter(Q(**{f"{moment}__lte": Now()}), channel=pk)
    if not row.update(**{moment: Now() + LEASE}):
        return None
    channel = Channel.objects.get(pk=pk)
    held = _held_until(channel)
    if held is not None:
        PageReading.objects.filter(channel=pk).update(**{moment: held})
        return None
    return channel


def _held_until(channel: Channel) -> datetime | None:
    """A fifth of a limit stays for looking up what was sent; figures are never in a hurry."""
    now = timezone.now()
    budgets = RateBudget.objects.filter(channel=channel, reset_at__gt=now).exclude(name__in=OTHER_BUDGETS)
    resets = [each.reset_at for each in budgets if each.reset_at and each.remaining * 5 <= each.limit]
    return min(max(resets), now + timedelta(hours=1)) if resets else None


def asking(channel: Channel, call: Callable[[Connector], T]) -> T:
    """What the platform answers; a token that it refuses is renewed once. Raises ConnectorError."""
    for is_last in (False, True):
        try:
            token = channel.get_credentials().get("access_token", "")
            connector = connector_for(channel)
        except CredentialsUnreadable as error:
            raise errors.Misconfigured(str(error), code=error.code) from error
        try:
            return call(connector)
        except errors.CredentialsRejected:
            if is_last or not refresh_credentials(channel, rejected_token=token):
                raise
            channel.refresh_from_db()
        finally:
            store_budgets(channel, connector.budgets.values())
    raise AssertionError("unreachable")


def ended(channel: Channel, moment: str, every: timedelta) -> None:
    """It worked. What the page itself has trouble with is over when the page was read."""
    is_page = moment == "next_sync_at"
    read = {"synced_at": Now(), "failures": 0, "error_code": "", "error": ""} if is_page else {}
    PageReading.objects.filter(channel=channel).update(**{moment: Now() + every}, **read)


def failed(channel: Channel, moment: str, error: errors.ConnectorError) -> None:
    """Back off, the longer the more often it fails; what concerns the whole channel is said there."""
    logger.warning("own_posts.failed", channel=channel.pk, code=error.code, error=str(error)[:200])
    row = PageReading.objects.get(channel=channel)
    wait = min(every_sync() * 2 ** min(row.failures, 6), timedelta(hours=1))
    until = timezone.now() + wait
    if isinstance(error, errors.RateLimited):
        until = retry_at(error)  # reading less says nothing of sending: the channel stays open
    elif isinstance(error, errors.ChannelError):
        note_error(channel, error)
    PageReading.objects.filter(channel=channel).update(
        **{moment: until}, failures=row.failures + 1, error_code=error.code[:40], error=str(error)[:300]
    )


def every_sync() -> timedelta:
    return timedelta(seconds=settings.OWN_POSTS_SECONDS)
