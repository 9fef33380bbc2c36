"""The calendar as it was rendered a moment ago, kept for everybody who sees the same.

Whoever has the calendar open asks for it again with every change, all at once: one of them lets it be made. What is kept goes by
the stamp of the last change (core.events), by the minute, and by all that makes one person see something else than another: the
channels, what they may do, the language. Who sees posts of their own on channels that they do not see (any more) shares nothing.
Nothing is kept anywhere but in the process, and nothing longer than a minute.
"""

from collections.abc import Callable, Hashable

from django.db.models import Exists, OuterRef
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from accounts.models import User
from calendar_app.asked import Asked
from calendar_app.models import Post, PostKind, PostTarget
from calendar_app.moments import day_bounds
from calendar_app.permissions import may_plan, may_read_calendar
from channels.visible import visible_channel_ids
from core.events import stamps_of
from core.kept import Kept

_kept = Kept[SafeString](64)  # frames; a full month is some 150 kB


def frame_of(user: User, asked: Asked, make: Callable[[], SafeString]) -> SafeString:
    """What `make` renders, or what it rendered for somebody who sees the same. At most one query of its own."""
    # The drawer has forms, and the list no end.
    stamps = None if asked.has_ideas or asked.view == "list" else stamps_of(["calendar"])
    if stamps is None:
        return make()
    return _kept.get((stamps, get_language(), asked, _eyes_of(user, asked)), make)


def _eyes_of(user: User, asked: Asked) -> Hashable:
    """Equal for people to whom the calendar is the same."""
    channels = tuple(sorted(visible_channel_ids(user)))
    is_known = may_plan(user)  # then everybody can choose this name in the filter
    is_alone = not is_known or (not user.is_administrator and _owns_what_is_hidden(user, asked, channels))
    return channels, is_known, may_read_calendar(user), user.is_administrator, user.pk if is_alone else None


def _owns_what_is_hidden(user: User, asked: Asked, channels: tuple[int, ...]) -> bool:
    targets = PostTarget.objects.filter(post=OuterRef("pk"))
    own = Post.objects.filter(
        owner=user,
        kind=PostKind.POST,
        planned_at__gte=day_bounds(asked.first)[0],
        planned_at__lt=day_bounds(asked.until)[0],
    )
    return own.filter(Exists(targets)).exclude(Exists(targets.filter(channel__in=channels))).exists()
