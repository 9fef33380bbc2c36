"""What state a channel is in, why, and until when; and what its platform says is left of its limits."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from channels import errors
from channels.connectors.base import Connector
from channels.encryption import CredentialsUnreadable
from channels.messages import AccountStatus, Budget
from channels.models import Channel, ChannelState, RateBudget
from channels.registry import CONNECTORS, account_of, build_connector, connector_for
from channels.wording import Explanation, explain, explain_error
from core.events import publish_on_commit

logger = structlog.get_logger(__name__)

# In these states nothing is sent: the queue waits, nothing is lost.
BLOCKS_SENDING = frozenset({ChannelState.REAUTHORISE, ChannelState.STOPPED, ChannelState.OFF})
EXPIRY_WARNING = timedelta(days=7)
RENEW_BEFORE = timedelta(minutes=30)


@transaction.atomic
def set_state(
    channel: Channel,
    state: str,
    *,
    reason: str = "",
    code: str = "",
    until: datetime | None = None,
    by: User | None = None,
) -> None:
    """Move `channel` to `state`; `until` ends a temporary state. `reason` is the technical one with a `code` of
    channels.wording, or without a code a sentence for staff. Same state again is quiet."""
    known = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    if (known.state, known.state_code, known.state_reason, known.state_until) == (state, code, reason[:300], until):
        return
    if by is None and known.state == ChannelState.OFF:
        return  # only a person switches a channel on again
    Channel.objects.filter(pk=channel.pk).update(
        state=state, state_code=code, state_reason=reason[:300], state_until=until
    )
    channel.state, channel.state_code, channel.state_reason, channel.state_until = state, code, reason[:300], until
    if known.state != state:
        record("channel.state", channel, by=by, before=known.state, after=state)
    publish_on_commit(f"channel-{channel.pk}", "channels", f"channel-{channel.pk}")


def note_error(channel: Channel, error: errors.ConnectorError, *, by: User | None = None) -> None:
    """Let a failure of the platform show on the channel, if it concerns the whole channel. One that is off stays off."""
    if channel.state == ChannelState.OFF:
        return  # a test of its connection must not switch it on
    until = None
    match error:
        case errors.StoppedByPlatform():
            state = ChannelState.STOPPED
        case errors.OutOfCredit():
            state, until = ChannelState.LIMITED, timezone.now() + timedelta(hours=6)
        case errors.RateLimited():
            state, until = ChannelState.LIMITED, retry_at(error)
        case errors.ChannelError():
            state = ChannelState.REAUTHORISE
        case _:
            return
    set_state(channel, state, code=error.code[:40], reason=str(error), until=until, by=by)


def note_success(channel: Channel) -> None:
    """A call worked: what was temporary is over. A channel that a person switched off stays off."""
    if channel.state in (ChannelState.OK, ChannelState.EXPIRING, ChannelState.OFF):
        return
    if channel.state == ChannelState.LIMITED and channel.state_until and channel.state_until > timezone.now():
        return
    _rest(channel)


def _rest(channel: Channel) -> None:
    """The state of a channel that works: in order, or with a warning that the access will end."""
    ends = access_ends_at(channel)
    if ends is None or ends - timezone.now() >= EXPIRY_WARNING:
        set_state(channel, ChannelState.OK)
    else:
        set_state(
            channel, ChannelState.EXPIRING, code="expiring", reason=f"Ends at {ends:%Y-%m-%d %H:%M %Z}.", until=ends
        )


def access_ends_at(channel: Channel) -> datetime | None:
    """When a person has to connect the channel again; None when never, or when nobody can know.

    A token that we renew ourselves ends with the right to renew it: when the refresh token ends (LinkedIn: 365 days, using
    it does not extend that), and at once when there is none."""
    expires = channel.token_expires_at
    if expires is None or not CONNECTORS[channel.platform].capabilities.refreshes_tokens:
        return expires
    try:
        credentials = channel.get_credentials()
    except CredentialsUnreadable:
        return None  # said by whoever needs them
    if not credentials.get("refresh_token"):
        return expires
    return _moment(credentials, "refresh_expires_at")


def retry_at(error: errors.RateLimited, *, default: timedelta = timedelta(minutes=15)) -> datetime:
    """When to try again. A reset in the past (a wrong clock) or absurdly far away is not believed."""
    now = timezone.now()
    until = error.until or now + (error.retry_after if error.retry_after is not None else default)
    return min(max(until, now + timedelta(seconds=1)), now + timedelta(hours=25))


def store_budgets(channel: Channel, budgets: Iterable[Budget]) -> None:
    """Keep what the platform last said. Told again with the next call: what goes wrong here never costs the answer that
    it came with."""
    rows = {
        b.name[:60]: RateBudget(
            channel=channel,
            name=b.name[:60],
            limit=b.limit,
            remaining=b.remaining,
            reset_at=b.reset_at,
            updated_at=timezone.now(),
        )
        for b in budgets
    }
    if not rows:
        return
    try:
        with transaction.atomic():
            # By name: two workers that were told of the same limits in another order do not wait crosswise.
            RateBudget.objects.bulk_create(
                [rows[name] for name in sorted(rows)],
                update_conflicts=True,
                unique_fields=["channel", "name"],
                update_fields=["limit", "remaining", "reset_at", "updated_at"],
            )
    except DatabaseError:
        logger.exception("channel.budgets_not_stored", channel=channel.pk)


@transaction.atomic
def refresh_credentials(channel: Channel, *, rejected_token: str) -> bool:
    """Renew the access token that was rejected. Two workers at once make one refresh: the row is locked, and who finds
    another token than the rejected one already there uses that. False when a person has to connect the channel again."""
    # Not for the key: answers are accepted meanwhile.
    locked = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    credentials = locked.get_credentials()
    if credentials.get("access_token") != rejected_token:
        return True
    connector = connector_for(locked)
    if not connector.capabilities.refreshes_tokens:
        return False
    try:
        renewed = connector.refresh()
    except errors.ConnectorError:
        return False
    if renewed.get("access_token", "") in ("", rejected_token):
        return False  # nothing new came of it
    locked.set_credentials(renewed)
    locked.token_expires_at = _moment(renewed, "expires_at") or locked.token_expires_at
    locked.save(update_fields=["encrypted_credentials", "token_expires_at"])
    record("channel.tokens_refreshed", locked, by=None)
    return True


def renew_if_expiring(channel: Channel) -> None:
    """Renew the tokens some time before they end, where that needs no person; warn on the channel where it does."""
    expires = channel.token_expires_at
    if expires is None:
        return
    if CONNECTORS[channel.platform].capabilities.refreshes_tokens and expires - timezone.now() < RENEW_BEFORE:
        try:
            refresh_credentials(channel, rejected_token=channel.get_credentials().get("access_token", ""))
        except CredentialsUnreadable as error:
            # This one waits for a person, the others go on.
            note_error(channel, errors.Misconfigured(str(error), code=error.code))
        channel.refresh_from_db()
    if channel.state in (ChannelState.OK, ChannelState.EXPIRING):
        _rest(channel)


def _moment(credentials: dict[str, str], name: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(credentials.get(name, ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def check_channel(channel: Channel, *, by: User | None = None) -> Explanation | None:
    """Ask the platform who we are; stores the answer. Returns None when all is well, else what is the matter."""
    for is_last in (False, True):
        try:
            connector = connector_for(channel)
            status = connector.check()
        except errors.ConnectorError as error:
            if isinstance(error, errors.CredentialsRejected) and not is_last:
                token = channel.get_credentials().get("access_token", "")
                if refresh_credentials(channel, rejected_token=token):
                    channel.refresh_from_db()
                    continue
            note_error(channel, error, by=by)
            return explain_error(error, platform=channel.platform)
        except CredentialsUnreadable as error:
            note_error(channel, errors.Misconfigured(str(error), code=error.code), by=by)
            return explain(error.code, str(error), platform=channel.platform)
        return _store_status(channel, connector, status)
    return None


def _store_status(channel: Channel, connector: Connector, status: AccountStatus) -> Explanation | None:
    """Returns why these credentials are not this channel's; None when they are."""
    if status.external_id and status.external_id != channel.external_id:
        other = status.name or status.external_id
        reason = _("De gegevens horen bij een ander account (%(other)s).") % {"other": other}
        set_state(channel, ChannelState.REAUTHORISE, reason=reason)
        return Explanation(reason)
    channel.name, channel.handle = status.name or channel.name, status.handle or channel.handle
    channel.token_expires_at = status.expires_at or channel.token_expires_at
    Channel.objects.filter(pk=channel.pk).update(
        name=channel.name, handle=channel.handle, token_expires_at=channel.token_expires_at
    )
    store_budgets(channel, connector.budgets.values())
    _rest(channel)  # quiet where a person switched it off
    return None


@transaction.atomic
def connect(
    *, platform: str, credentials: dict[str, str], by: User | None, settings_: dict[str, object] | None = None
) -> Channel:
    """Connect (or connect again) the account that `credentials` belong to, proved by a call to the platform.

    Raises ConnectorError when the platform does not accept them; then nothing is stored."""
    draft = Channel(platform=platform, external_id=credentials.get("account_id", ""), settings=settings_ or {})
    status = build_connector(platform, account_of(draft, credentials=credentials)).check()
    channel, created = Channel.objects.get_or_create(
        platform=platform,
        external_id=status.external_id or credentials["account_id"],
        defaults={
            "name": status.name or credentials["account_id"],
            "handle": status.handle,
            "settings": settings_ or {},
            "next_poll_at": timezone.now(),
        },
    )
    try:
        channel.get_credentials()
    except CredentialsUnreadable:
        channel.encrypted_credentials = b""  # their key is gone; these were just proved
    channel.set_credentials(credentials)
    channel.name, channel.handle = status.name or channel.name, status.handle or channel.handle
    channel.settings = {**channel.settings, **(settings_ or {})}
    channel.token_expires_at = status.expires_at
    channel.closed_at = None
    channel.next_poll_at = timezone.now()
    channel.state, channel.state_until = ChannelState.OK, None
    channel.state_code = channel.state_reason = ""
    channel.save()
    _rest(channel)
    record("channel.connected" if created else "channel.reconnected", channel, by=by)
    publish_on_commit(f"channel-{channel.pk}", "channels", f"channel-{channel.pk}")
    return channel


def end_expired_states() -> int:
    """Channels whose temporary limit is over are open again. Returns how many."""
    ended = 0
    for channel in Channel.objects.filter(state=ChannelState.LIMITED, state_until__lte=Now()):
        _rest(channel)
        ended += 1
    return ended


def poll_interval() -> timedelta:
    return timedelta(seconds=settings.POLL_SECONDS)
