"""What an editor may have overlooked. Shown beside a post; nothing here ever stops it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from accounts.models import User
from calendar_app.content import pictures_of, targets_of
from calendar_app.events import Shown, days_between
from calendar_app.models import EventKind, Post, PostKind, PostPicture, PostTarget, TargetState
from calendar_app.moments import on_the_wall
from channels.models import Channel
from core.templatetags.ui import spoken_moment

NEAR_DAYS = 60  # how far another post with the same words or the same picture counts
ALIKE = 90.0  # of 100: from here two texts are nearly the same
SHORTEST = 20  # characters; what is shorter is alike only when it is the same
LONGEST = 2_000  # characters that are compared
MOST = 400  # posts that are compared with, the nearest first
NIGHT = (22, 7)  # from and until this hour nobody reads the reactions
GONE = (TargetState.CANCELLED, TargetState.DELETED)
_TELLING = (EventKind.COMMEMORATION, EventKind.ELECTION, EventKind.HOLIDAY, EventKind.SCHOOL_HOLIDAY)


@dataclass(frozen=True, slots=True)
class Warned:
    """`code`: clash, duplicate, picture, commemoration, election, holiday, school_holiday, quiet. `text` is for the person."""

    code: str
    text: str


def warnings_of(post: Post, *, user: User | None = None) -> list[Warned]:
    """As `user` may know it, else as its owner may: nothing is said about channels that this person does not see.

    A fixed number of queries, whatever stands on the calendar."""
    if post.removed_at or post.kind == PostKind.TEMPLATE:
        return []
    viewer = user or post.owner
    seen = set(Channel.objects.visible_to(viewer).values_list("pk", flat=True))
    targets = [each for each in targets_of(post) if each.channel_id in seen and each.state not in GONE]
    around = _around(post, [each.channel_id for each in targets])
    found = [*_clashes(post, targets, around), *_duplicates(targets, around), *_pictures(post, targets)]
    if post.planned_at:
        on = on_the_wall(post.planned_at)
        found += _days(days_between(viewer, on.date(), on.date()).get(on.date(), []))
        found += _quiet(on)
    return found


# -- other posts -------------------------------------------------------------------------------------------------------


def _around(post: Post, channels: Sequence[int]) -> list[PostTarget]:
    """What stands on the same channels in those weeks, the nearest first."""
    middle = post.planned_at or timezone.now()
    window = (middle - timedelta(days=NEAR_DAYS), middle + timedelta(days=NEAR_DAYS))
    others = PostTarget.objects.filter(
        Q(post__planned_at__range=window) | Q(own_moment__range=window) | Q(published_at__range=window),
        channel__in=channels,
        post__removed_at=None,
    )
    others = others.exclude(post=post.pk).exclude(state__in=GONE).select_related("post").order_by("-pk")[: 4 * MOST]
    return sorted(others, key=lambda each: abs(_moment(each) - middle))[:MOST]


def _moment(target: PostTarget) -> datetime:
    at = target.published_at or target.moment
    assert at is not None  # the query asks for one of them
    return at


def _clashes(post: Post, targets: Iterable[PostTarget], around: Iterable[PostTarget]) -> Iterator[Warned]:
    """One line per channel, about the nearest."""
    if post.planned_at is None:
        return
    near = timedelta(minutes=settings.CALENDAR_CLASH_MINUTES)
    for target in targets:
        for other in around:
            if other.channel_id == target.channel_id and abs(_moment(other) - post.planned_at) < near:
                text = _("%(channel)s: kort hiervoor of hierna staat al een bericht (%(at)s).")
                yield Warned("clash", text % {"channel": target.channel, "at": spoken_moment(_moment(other))})
                break


def _duplicates(targets: Iterable[PostTarget], around: Sequence[PostTarget]) -> Iterator[Warned]:
    for target in targets:
        text = _plain(target)
        others = [each for each in around if each.channel_id == target.channel_id]
        if not text or not others:
            continue
        is_short = len(text) < SHORTEST
        best = process.extractOne(
            text, [_plain(each) for each in others], scorer=fuzz.ratio, score_cutoff=100.0 if is_short else ALIKE
        )
        if best is None:
            continue
        words = {"channel": target.channel, "at": spoken_moment(_moment(others[best[2]]))}
        if best[1] >= 100:
            yield Warned("duplicate", _("%(channel)s: dezelfde tekst staat er ook op %(at)s.") % words)
        else:
            yield Warned("duplicate", _("%(channel)s: bijna dezelfde tekst staat er ook op %(at)s.") % words)


def _plain(target: PostTarget) -> str:
    text = target.text if target.has_own_text else target.post.text
    return " ".join(text[: 2 * LONGEST].casefold().split())[:LONGEST]


def _pictures(post: Post, targets: Iterable[PostTarget]) -> Iterator[Warned]:
    """A picture that was shown on one of the same channels in those weeks."""
    channels = {target.channel_id for target in targets}
    shown = {picture.item_id: picture.item.name for target in targets for picture in pictures_of(target)}
    middle = post.planned_at or timezone.now()
    window = (middle - timedelta(days=NEAR_DAYS), middle + timedelta(days=NEAR_DAYS))
    used = PostPicture.objects.filter(
        Q(target__channel__in=channels)
        | Q(target=None, post__targets__channel__in=channels, post__targets__has_own_pictures=False),
        item__in=shown,
        post__planned_at__range=window,
        post__removed_at=None,
    ).exclude(post=post.pk)
    found = dict(used.order_by("post__planned_at").values_list("item", "post__planned_at")[:MOST])
    for item, at in found.items():
        assert at is not None  # the query asks for it
        words = {"name": shown[item], "at": spoken_moment(at)}
        yield Warned("picture", _("De foto “%(name)s” staat ook bij een bericht van %(at)s.") % words)


# -- the day -----------------------------------------------------------------------------------------------------------


def _days(lines: Iterable[Shown]) -> Iterator[Warned]:
    texts = {
        EventKind.COMMEMORATION: _("Op die dag is de %(title)s. Past dit bericht daarbij?"),
        EventKind.ELECTION: _("%(title)s: is dit bericht neutraal genoeg?"),
        EventKind.HOLIDAY: _("Op die dag is het %(title)s: misschien leest niemand de reacties."),
        EventKind.SCHOOL_HOLIDAY: _("Op die dag is het %(title)s: een deel van de inwoners is weg."),
    }
    for line in lines:
        if line.kind in _TELLING:
            yield Warned(line.kind, texts[EventKind(line.kind)] % {"title": line.title})


def _quiet(on: datetime) -> Iterator[Warned]:
    """Nights and weekends: posts may go out, but reactions wait."""
    if on.hour >= NIGHT[0] or on.hour < NIGHT[1]:
        yield Warned("quiet", _("Dit gaat ’s nachts uit: reacties wachten tot de ochtend."))
    elif is_weekend(on.date()):
        yield Warned("quiet", _("Dit gaat in het weekend uit: misschien leest niemand de reacties."))


def is_weekend(on: date) -> bool:
    return on.weekday() >= 5
