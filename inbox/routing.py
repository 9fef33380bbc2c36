"""Who gets a conversation."""

from channels.models import ChannelTeam


def teams_by_channel() -> dict[int, set[int]]:
    """Which teams see which channel: whoever can not see a channel can not answer there."""
    found: dict[int, set[int]] = {}
    for channel, team in ChannelTeam.objects.values_list("channel", "team"):
        found.setdefault(channel, set()).add(team)
    return found
