"""The hint when to publish, for wherever a moment is chosen: {% besttime channel %}."""

from typing import Any

from django import template

from calendar_app.besttime import best_times
from channels.models import Channel

register = template.Library()


@register.inclusion_tag("calendar/_besttime.html")
def besttime(channel: Channel) -> dict[str, Any]:
    """One query."""
    return {"channel": channel, "hint": best_times(channel)}
