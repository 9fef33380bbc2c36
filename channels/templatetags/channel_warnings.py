"""The line under the top bar: channels that need a person."""

from typing import Any

from django import template

from accounts.models import User
from channels.models import ChannelState
from channels.visible import visible_channels

register = template.Library()
# A channel that somebody switched off, or whose limit ends by itself, is no warning on every page.
NEEDS_A_PERSON = (ChannelState.REAUTHORISE, ChannelState.STOPPED, ChannelState.EXPIRING)


@register.inclusion_tag("channels/_warnings.html")
def channel_warnings(user: User) -> dict[str, Any]:
    """Channels of `user` that must be connected again, are stopped or will expire."""
    found = [each for each in visible_channels(user) if each.closed_at is None and each.state in NEEDS_A_PERSON]
    return {"channels": found}
