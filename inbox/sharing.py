"""What one person's screen shares with another's: whoever sees the same channels reads the same rows.

After every event each open browser asks for the list again, all at once: one of them lets it be read and rendered. What is kept
goes by the stamps of the channels (core.events), their names, the minute, the language, and the next term that passes. It lives in
the process, for a minute at most, and is only used by requests that change nothing.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.utils.translation import get_language

from accounts.models import User
from accounts.requests import UserRequest
from channels.visible import visible_channels
from core.events import stamps_of
from core.kept import Kept
from inbox.listing import next_term

EVERYONE = "everyone"  # hears of what belongs to no channel: the matrix, people's names
Value = TypeVar("Value")
_kept = Kept[Any](600)  # parts of pages, up to some 100 kB each


class Sharing:
    """What one request shares: `sharing` gives it. Of a request that shares nothing, everything is read."""

    def __init__(self, seen: Hashable, user: User) -> None:
        self._seen = seen
        if seen is not None:
            # Terms that pass make rows late and move them to other views; nobody writes anything at that moment.
            term = _kept.get((seen, "term"), lambda: next_term(user), until=lambda at: at or float("inf"))
            self._seen = (seen, term, get_language())

    def get(self, key: Hashable, read: Callable[[], Value]) -> Value:
        """What `read` gives, or gave somebody who sees the same. `key` holds everything else that it depends on."""
        if self._seen is None:
            return read()
        value: Value = _kept.get((self._seen, key), read)
        return value


def sharing(request: UserRequest) -> Sharing:
    """One per request, whose stamps hold for all of it."""
    found = getattr(request, "_sharing", None)
    if found is None:
        found = request._sharing = Sharing(_seen_by(request), request.user)  # type: ignore[attr-defined]
    return found


def _seen_by(request: UserRequest) -> Hashable:
    """Equal for people who see the same, until something changes; None when nothing may be shared."""
    # Who changes something reads it back as it is now.
    if request.method != "GET":
        return None
    channels = visible_channels(request.user)
    stamps = stamps_of([EVERYONE, *(f"channel-{channel.pk}" for channel in channels)])
    if stamps is None:
        return None
    return stamps, tuple((each.pk, each.name, each.state, each.closed_at) for each in channels)
