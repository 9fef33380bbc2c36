"""Which channels somebody sees, read once per request: lists, badges, filters and warnings share them."""

from accounts.models import User
from channels.models import Channel


def visible_channels(user: User) -> list[Channel]:
    """Every channel of `user`'s teams, closed ones included (their conversations stay). One query per request: the user
    object lives as long. Credentials and cursors are left out."""
    if not hasattr(user, "_visible_channels"):
        found = Channel.objects.visible_to(user).defer("encrypted_credentials", "poll_cursor")
        user._visible_channels = list(found)  # type: ignore[attr-defined]
    channels: list[Channel] = user._visible_channels  # type: ignore[attr-defined]
    return channels


def visible_channel_ids(user: User) -> list[int]:
    return [channel.pk for channel in visible_channels(user)]
