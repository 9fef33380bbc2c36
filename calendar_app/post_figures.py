"""How our posts do, over time: often while they are young, less often later, not at all after a month."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calendar_app.gone import SURE_AFTER, note_missing, note_there
from calendar_app.models import Measurement, PublishedPost
from calendar_app.models.published import PublishedQuerySet
from calendar_app.page_reading import asking, claim, due_channels, ended, failed
from channels import errors
from channels.messages import PostFigures
from channels.models import Channel
from core.events import publish_on_commit

BATCH, MOST_BATCHES = 100, 5
MEASURE_EVERY = timedelta(minutes=1)  # the soonest that a channel is asked again
# How old a post is, and how old its figures may be then. What is older is counted no more.
RHYTHM = (
    (timedelta(hours=1), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=15)),
    (timedelta(days=2), timedelta(hours=1)),
    (timedelta(days=30), timedelta(days=1)),
)
FIGURES = ("reach", "reactions", "comments", "shares")


def stale(now: datetime | None = None) -> PublishedQuerySet:
    """Posts whose figures are too old for their age."""
    now = now or timezone.now()
    due = Q(measured_at=None)
    for age, every in RHYTHM:
        due |= Q(posted_at__gt=now - age, measured_at__lte=now - every)
    waits = Q(missing_since__gt=now - SURE_AFTER)
    return PublishedPost.objects.there().filter(due).exclude(waits)


def due_for_measuring() -> list[int]:
    """Channels with posts whose figures are too old."""
    waiting = set(stale().values_list("channel", flat=True).distinct())
    return [pk for pk in due_channels("next_measure_at", "measures_posts") if pk in waiting]


def measure_due() -> int:
    """Measure everything that is due, channel by channel. Returns how many posts have new figures."""
    return sum(measure_channel(pk) or 0 for pk in due_for_measuring())


def measure_channel(pk: int) -> int | None:
    """The figures of channel `pk` that are too old, at most 500. None when it was not ours to do. Raises nothing that a platform
    can cause."""
    channel = claim(pk, "next_measure_at")
    if channel is None:
        return None
    measured = 0
    try:
        for _batch in range(MOST_BATCHES):
            posts = list(stale().filter(channel=channel).order_by("-posted_at")[:BATCH])
            if not posts:
                break
            measured += _measure(channel, posts)
    except errors.ConnectorError as error:
        failed(channel, "next_measure_at", error)
        return measured
    ended(channel, "next_measure_at", MEASURE_EVERY)
    return measured


def _measure(channel: Channel, posts: Sequence[PublishedPost]) -> int:
    ids = [post.external_id for post in posts]
    found = asking(channel, lambda connector: connector.measure_posts(ids))
    there = [post for post in posts if post.external_id in found]
    store_figures(there, found)
    note_there(there)
    note_missing([post for post in posts if post.external_id not in found])
    return len(there)


def store_figures(posts: Iterable[PublishedPost], figures: Mapping[str, PostFigures]) -> None:
    """The newest figures with their posts, and one point more on the line of each."""
    now = timezone.now()
    rows, points = [], []
    for post in posts:
        told = {name: getattr(figures[post.external_id], name) for name in FIGURES}
        if any(value is not None for value in told.values()):
            points.append(Measurement(post=post, at=now, **told))
        for name, value in told.items():
            if value is not None:
                setattr(post, name, value)
        post.measured_at = now
        rows.append(post)
    if not rows:
        return
    with transaction.atomic():
        rows.sort(key=lambda post: post.pk)
        PublishedPost.objects.bulk_update(rows, [*FIGURES, "measured_at"])
        Measurement.objects.bulk_create(points, ignore_conflicts=True)
        publish_on_commit("calendar", "published", *(f"published-{post.pk}" for post in rows))
