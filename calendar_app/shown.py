"""What the calendar shows of posts: few columns, few queries, the same number of them however many posts there are."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from calendar_app.asked import Asked
from calendar_app.models import Campaign, Post, PostKind, PostTarget, PublishedPost, TargetState
from calendar_app.models.posts import STARTED
from calendar_app.moments import day_bounds, on_the_wall
from calendar_app.permissions import PLANS
from calendar_app.signs import SIGNS
from channels.models import Channel
from core.templatetags.ui import date_format

# In which order the states of one post are told: what needs somebody comes first.
ORDER = ("failed", "unknown", "missed", "changes_asked", "in_review", "publishing", "draft", "approved", "scheduled",
         "published", "cancelled", "deleted")  # fmt: skip
MOST_OUTSIDE = 200
WORDS = 160
PAGE = 50


@dataclass(slots=True)
class Group:
    """Channels of a post that are equally far."""

    state: str
    sign: str
    words: str
    platforms: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)  # of those channels

    @property
    def spoken(self) -> str:
        return f"{', '.join(self.names)}: {self.words}" if self.names else self.words


@dataclass(slots=True)
class Chip:
    """A post, as small as it is shown. `can_move` when nothing of it has left."""

    pk: int
    at: datetime | None  # on the wall, in Amsterdam
    words: str
    groups: list[Group]
    campaign: Campaign | None
    can_move: bool
    address: str
    is_idea: bool = False
    owner: str = ""

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M}" if self.at else ""


@dataclass(slots=True)
class Outside:
    """What stands on our page and was not made here."""

    pk: int
    at: datetime
    words: str
    platform: str
    channel: str
    address: str

    @property
    def clock(self) -> str:
        return f"{self.at:%H:%M}"


@dataclass(slots=True)
class Around:
    """What is known before a single post is: the choices of the filter, and how keys are called."""

    channels: dict[int, Channel]
    campaigns: dict[int, Campaign]
    people: list[User]
    platforms: dict[int, str] = field(default_factory=dict)  # of those channels, as they are called

    @property
    def open_campaigns(self) -> list[Campaign]:
        return [each for each in self.campaigns.values() if each.archived_at is None]


def around(user: User) -> Around:
    """Three queries."""
    channels = (
        Channel.objects.visible_to(user)
        .only("pk", "platform", "name", "handle", "closed_at")
        .order_by("platform", "pk")
    )
    makers = User.objects.filter(is_active=True).filter(
        Q(memberships__role__in=[*PLANS, Role.ADMINISTRATOR]) | Q(pk=user.pk)
    )
    people = makers.only("pk", "username", "first_name", "last_name").distinct()
    return Around(
        {each.pk: each for each in channels},
        {each.pk: each for each in Campaign.objects.visible_to(user)},
        sorted(people, key=lambda each: each.display_name.casefold()),
        {each.pk: each.get_platform_display() for each in channels},
    )


def posts_of(user: User, asked: Asked) -> QuerySet[Post]:
    """Posts that this person may see and that pass the filter, planned or not."""
    posts = Post.objects.visible_to(user).filter(kind=PostKind.POST, removed_at=None)
    if asked.campaign:
        posts = posts.filter(campaign=asked.campaign)
    if asked.owner:
        posts = posts.filter(owner=asked.owner)
    if asked.channel or asked.state:
        targets = PostTarget.objects.visible_to(user).filter(post=OuterRef("pk"))
        if asked.channel:
            targets = targets.filter(channel=asked.channel)
        if asked.state:
            targets = targets.filter(state=asked.state)
        posts = posts.filter(Exists(targets))
    return posts


def planned_in(posts: QuerySet[Post], first: date, until: date) -> list[tuple[int, datetime]]:
    """(key, moment on the wall) of what is planned from `first` up to `until`, in order. One query."""
    rows = posts.filter(planned_at__gte=day_bounds(first)[0], planned_at__lt=day_bounds(until)[0])
    return [(pk, on_the_wall(at)) for pk, at in rows.order_by("planned_at", "pk").values_list("pk", "planned_at") if at]


def chips_of(keys: Sequence[int], user: User, known: Around, *, with_owner: bool = False) -> dict[int, Chip]:
    """Two queries, however many: the words, and how far each channel is."""
    names = {each.pk: each.display_name for each in known.people} if with_owner else {}
    rows = Post.objects.filter(pk__in=keys).values_list(
        "pk", "kind", "title", Left("text", WORDS), "planned_at", "campaign_id", "owner_id"
    )
    states: dict[int, list[tuple[str, int, datetime | None]]] = defaultdict(list)
    started: set[int] = set()
    targets = PostTarget.objects.filter(post__in=keys).order_by("pk")
    for post, state, channel, own_moment in targets.values_list("post_id", "state", "channel_id", "own_moment"):
        if state in STARTED:
            started.add(post)
        if channel in known.channels:
            states[post].append((state, channel, own_moment))
    labels = state_labels()
    address = _address()
    return {
        pk: Chip(
            pk=pk,
            at=on_the_wall(at) if at else None,
            words=title or " ".join(text.split()) or _("Nog geen tekst"),
            groups=_groups(states.get(pk, ()), known, labels),
            campaign=known.campaigns.get(campaign) if campaign else None,
            can_move=pk not in started,
            address=f"{address}{pk}",
            is_idea=kind == PostKind.IDEA,
            owner=names.get(owner, ""),
        )
        for pk, kind, title, text, at, campaign, owner in rows
    }


def _address() -> str:
    """Of the page of a post, without its number: worked out once, not per post."""
    return reverse("post", args=[0]).removesuffix("0")


def state_labels() -> dict[str, str]:
    """States in words, in the language of now: looked up once, not per post."""
    return {each.value: str(each.label) for each in TargetState} | {"none": _("nog geen kanaal")}


def _groups(targets: Iterable[tuple[str, int, datetime | None]], known: Around, labels: dict[str, str]) -> list[Group]:
    found: dict[tuple[str, datetime | None], Group] = {}
    for state, channel, own_moment in targets:
        group = found.get((state, own_moment))
        if group is None:
            words = labels[state]
            if own_moment:  # this channel goes out at another time than the post
                words = f"{words} {date_format(on_the_wall(own_moment), 'j F H:i')}"
            group = found[state, own_moment] = Group(state, SIGNS[state], words)
        group.platforms.append(known.channels[channel].platform)
        group.names.append(known.platforms[channel])
    if not found:
        return [Group("none", SIGNS["none"], labels["none"])]
    return (
        sorted(found.values(), key=lambda group: ORDER.index(group.state)) if len(found) > 1 else list(found.values())
    )


def outside_in(user: User, asked: Asked, known: Around, first: date, until: date) -> dict[date, list[Outside]]:
    """Posts on our pages that were made elsewhere, by day; left out where the filter is about what we plan. One query."""
    if asked.state or asked.campaign or asked.owner:
        return {}
    found = PublishedPost.objects.filter(
        channel__in=[asked.channel] if asked.channel in known.channels else list(known.channels),
        target=None,
        deleted_at=None,
        posted_at__gte=day_bounds(first)[0],
        posted_at__lt=day_bounds(until)[0],
    )
    rows = found.order_by("posted_at").values_list("pk", "posted_at", Left("text", WORDS), "channel_id", "permalink")
    days: dict[date, list[Outside]] = defaultdict(list)
    for pk, at, text, channel, address in rows[:MOST_OUTSIDE]:
        where = known.channels[channel]
        wall = on_the_wall(at)
        days[wall.date()].append(
            Outside(pk, wall, " ".join(text.split()), where.platform, known.platforms[channel], address)
        )
    return days


def ideas_of(user: User) -> QuerySet[Post]:
    """Ideas, and posts without a moment of which nothing has left: newest first."""
    left = PostTarget.objects.filter(post=OuterRef("pk"), state__in=STARTED)
    waiting = Post.objects.visible_to(user).filter(
        kind__in=[PostKind.IDEA, PostKind.POST], planned_at=None, removed_at=None
    )
    return waiting.exclude(Exists(left)).order_by("-updated_at", "-pk")


# -- The list, page by page ------------------------------------------------------------------------------------------------------


def cursor_of(pk: int, at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}-{pk}"


def _read_cursor(text: str) -> tuple[datetime, int] | None:
    moment, _dash, key = text.partition("-")
    try:
        at = datetime.strptime(moment, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None
    return (at, int(key)) if key.isascii() and key.isdigit() and len(key) < 19 else None


@dataclass(slots=True)
class Page:
    """`earlier` and `later` are cursors; empty when there is nothing there."""

    rows: list[tuple[int, datetime]]
    earlier: str = ""
    later: str = ""


def page_of(posts: QuerySet[Post], asked: Asked) -> Page:
    """A page of the list: from `on`, or from where the page beside it ended. At most two queries."""
    before, after = _read_cursor(asked.before), _read_cursor(asked.after)
    if before:
        at, pk = before
        found = _before(posts, at, pk)
    else:
        at, pk = after or (day_bounds(asked.on)[0], 0)
        found = posts.filter(planned_at__gte=at).exclude(planned_at=at, pk__lte=pk).order_by("planned_at", "pk")
    rows = [(key, moment) for key, moment in found.values_list("pk", "planned_at")[: PAGE + 1] if moment]
    has_more = len(rows) > PAGE
    rows = rows[:PAGE]
    if before:
        rows.reverse()
    page = Page([(key, on_the_wall(moment)) for key, moment in rows])
    start = cursor_of(rows[0][0], rows[0][1]) if rows else cursor_of(pk, at)
    end = cursor_of(rows[-1][0], rows[-1][1]) if rows else ""
    if before:
        page.earlier, page.later = (start if has_more else ""), end
    else:
        first_at, first_pk = (rows[0][1], rows[0][0]) if rows else (at, pk)
        page.earlier = start if list(_before(posts, first_at, first_pk).values_list("pk")[:1]) else ""
        page.later = end if has_more else ""
    return page


def _before(posts: QuerySet[Post], at: datetime, pk: int) -> QuerySet[Post]:
    """The nearest first. In words that an index of moments can answer."""
    return posts.filter(planned_at__lte=at).exclude(planned_at=at, pk__gte=pk).order_by("-planned_at", "-pk")
