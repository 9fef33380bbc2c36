"""Days and times on the wall, and the moments that they are: Europe/Amsterdam, two nights a year of which differ.

On the last Sunday of March the clock skips 02:00 to 03:00: what is planned in there moves an hour, to 03:30. On the last
Sunday of October that hour comes twice: the first one counts unless the second is asked for.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` in UTC. `is_moved`: that time does not exist on that day. `is_twice`: it exists twice."""

    at: datetime
    is_moved: bool = False
    is_twice: bool = False


def moment_of(on: date, at: time, *, is_second: bool = False) -> Moment:
    """The moment at which clocks in Amsterdam show `at` on `on`."""
    wall = datetime.combine(on, at.replace(tzinfo=None, fold=int(is_second)), AMSTERDAM)
    first, second = wall.replace(fold=0).utcoffset(), wall.replace(fold=1).utcoffset()
    assert first is not None
    assert second is not None
    if first == second:
        return Moment(wall.astimezone(UTC))
    if first < second:  # the hour that is skipped: as long after midnight as if the clock had not been moved
        return Moment(wall.replace(fold=0).astimezone(UTC), is_moved=True)
    return Moment(wall.astimezone(UTC), is_twice=True)


def on_the_wall(at: datetime) -> datetime:
    """What clocks in Amsterdam show at that moment."""
    return at.astimezone(AMSTERDAM)


def day_bounds(on: date) -> tuple[datetime, datetime]:
    """From midnight up to the next midnight: 23, 24 or 25 hours."""
    return moment_of(on, time()).at, moment_of(on + timedelta(days=1), time()).at
