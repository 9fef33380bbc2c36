"""When posts on a channel did best, from its own history: a hint, with how much it rests on."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.utils import timezone

from calendar_app.models import PublishedPost
from calendar_app.moments import on_the_wall
from channels.models import Channel
from responsematrix.choices import WEEKDAYS

BLOCK = 3  # hours
NEEDED = 20  # fewer posts than this say nothing
NEEDED_IN_BLOCK = 3
SHOWN = 3
REACH_BACK = timedelta(days=365)
GROWN = timedelta(days=2)  # younger posts have not had their likes yet
MOST = 2_000


@dataclass(frozen=True, slots=True)
class Block:
    """`weekday` 0 is Monday; hours on the wall from `start` up to `end`. `typical` is the median of reactions."""

    weekday: int
    start: int
    typical: float
    posts: int

    @property
    def end(self) -> int:
        return self.start + BLOCK

    @property
    def day(self) -> str:
        return str(WEEKDAYS[self.weekday])


@dataclass(frozen=True, slots=True)
class BestTimes:
    """`blocks`, the best first; empty when too little is known. `looked_at` posts, of which `typical` is the median."""

    looked_at: int
    needed: int
    typical: float
    blocks: Sequence[Block]

    @property
    def is_enough(self) -> bool:
        return self.looked_at >= self.needed


def best_times(channel: Channel, *, now: datetime | None = None) -> BestTimes:
    """The blocks of a weekday and three hours in which posts got more reactions than they usually do. One query."""
    now = now or timezone.now()
    posts = PublishedPost.objects.filter(
        channel=channel, reactions__isnull=False, posted_at__gt=now - REACH_BACK, posted_at__lt=now - GROWN
    )
    rows = list(posts.order_by("-posted_at").values_list("posted_at", "reactions")[:MOST])
    typical = median(reactions or 0 for _at, reactions in rows) if rows else 0.0
    if len(rows) < NEEDED:
        return BestTimes(len(rows), NEEDED, typical, ())
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for at, reactions in rows:
        wall = on_the_wall(at)
        found[wall.weekday(), wall.hour // BLOCK * BLOCK].append(reactions or 0)
    blocks = [
        Block(weekday, start, median(values), len(values))
        for (weekday, start), values in found.items()
        if len(values) >= NEEDED_IN_BLOCK and median(values) > typical
    ]
    blocks.sort(key=lambda block: (-block.typical, -block.posts, block.weekday, block.start))
    return BestTimes(len(rows), NEEDED, typical, blocks[:SHOWN])
