"""Working time: when is something due, and how much open time lies between two moments. Pure functions, no Django.

A `Schedule` says when we are open, a `Term` how long something may take. Moments go in aware (any zone) and come out
aware in UTC. All arithmetic is done in real time (microseconds of UTC), so a window through a change of the clock
counts the minutes that really pass.

Clock readings and the change of the clock: a reading that occurs twice (25 October 2026, 02:30) means the first of the
two; one that does not occur (29 March 2026, 02:30) means the moment of the change, here 03:00.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

AMSTERDAM = "Europe/Amsterdam"
DAY = 1_440  # minutes
# Further ahead than this nothing is looked for: a term that needs longer can not be meant.
HORIZON_YEARS = 12
FIRST_YEAR, LAST_YEAR = 1990, 2200

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000

Window = tuple[int, int]  # minutes since local midnight, [opens, closes), up to 1440


class WorktimeError(ValueError):
    """Nothing can be computed with what was given; the text says why, for developers."""


class BadSchedule(WorktimeError):
    """Windows that overlap, end before they begin or leave the day; an unknown time zone."""


class AbsurdTerm(WorktimeError):
    """A term of zero, negative, or longer than a year."""


class NoOpenTime(WorktimeError):
    """The schedule has not enough open time within the horizon: the term would never be due."""


class Unit(StrEnum):
    WORKING_MINUTES = "working_minutes"
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    CLOCK_HOURS = "clock_hours"
    CLOCK_MINUTES = "clock_minutes"


# A year, in each unit: what is longer is a slip of the finger.
MAXIMUM: Mapping[Unit, int] = MappingProxyType(
    {
        Unit.WORKING_MINUTES: 366 * DAY,
        Unit.WORKING_HOURS: 366 * 24,
        Unit.WORKING_DAYS: 366,
        Unit.CALENDAR_DAYS: 366,
        Unit.CLOCK_HOURS: 366 * 24,
        Unit.CLOCK_MINUTES: 366 * DAY,
    }
)
_MINUTES_IN = {
    Unit.WORKING_MINUTES: 1,
    Unit.WORKING_HOURS: 60,
    Unit.CLOCK_MINUTES: 1,
    Unit.CLOCK_HOURS: 60,
}


@dataclass(frozen=True, slots=True)
class Term:
    """How long something may take: `Term(4, Unit.WORKING_HOURS)`. Raises AbsurdTerm unless 1 ≤ amount ≤ about a year."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        object.__setattr__(self, "unit", Unit(self.unit))
        if isinstance(self.amount, bool) or not isinstance(self.amount, int):
            raise AbsurdTerm(f"{self.amount!r} is not a whole number")
        if not 1 <= self.amount <= MAXIMUM[self.unit]:
            raise AbsurdTerm(f"{self.amount} {self.unit} is not between 1 and {MAXIMUM[self.unit]}")

    @property
    def is_clock(self) -> bool:
        """Runs around the clock, whatever the opening hours."""
        return self.unit in (Unit.CLOCK_HOURS, Unit.CLOCK_MINUTES)


@dataclass(frozen=True, slots=True)
class Exceptional:
    """One date that differs from its weekday: closed (no windows) or other windows. `name` tells why ("Koningsdag")."""

    windows: tuple[Window, ...] = ()
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "windows", tidy_windows(self.windows))


@dataclass(frozen=True)
class Schedule:
    """When we are open. `weekly` has seven entries, Monday first; `exceptions` replace the weekday of their date.

    Raises BadSchedule. Two schedules with the same content are equal. What is computed per year is kept on the object,
    so keep the object.
    """

    weekly: tuple[tuple[Window, ...], ...]
    exceptions: Mapping[date, Exceptional] = field(default_factory=dict, hash=False)
    time_zone: str = AMSTERDAM
    _years: "dict[int, _Year]" = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise BadSchedule(f"a week has seven days, not {len(self.weekly)}")
        object.__setattr__(self, "weekly", tuple(tidy_windows(day) for day in self.weekly))
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))
        try:
            ZoneInfo(self.time_zone)
        except (ValueError, KeyError, OSError) as error:
            raise BadSchedule(f"unknown time zone {self.time_zone!r}") from error

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def windows_on(self, day: date) -> tuple[Window, ...]:
        """The windows of one local date, in order; empty when closed."""
        found = self.exceptions.get(day)
        return found.windows if found is not None else self.weekly[day.weekday()]

    def is_open(self, moment: datetime) -> bool:
        """Open at `moment` (a closing moment itself is closed: windows are half-open)."""
        at, year = _locate(moment, self)
        place = bisect_right(year.opens, at) - 1
        return place >= 0 and at < year.closes[place]

    def next_open(self, moment: datetime) -> datetime:
        """`moment` itself when open, else the next opening. Raises NoOpenTime."""
        if self.is_open(moment):
            return moment.astimezone(UTC)
        at, year = _locate(moment, self)
        for found in _years_from(year, self):
            place = bisect_left(found.opens, at)
            if place < len(found.opens):
                return _moment(found.opens[place])
        raise NoOpenTime(f"no opening within {HORIZON_YEARS} years")


def tidy_windows(windows: Iterable[Window]) -> tuple[Window, ...]:
    """In order. Raises BadSchedule when one is empty, leaves the day or overlaps another; touching is allowed."""
    ordered = tuple(sorted((int(opens), int(closes)) for opens, closes in windows))
    for opens, closes in ordered:
        if not 0 <= opens < closes <= DAY:
            raise BadSchedule(f"a window from minute {opens} to {closes} does not fit in a day")
    for (_, closes), (opens, _end) in pairwise(ordered):
        if opens < closes:
            raise BadSchedule(f"two windows overlap at minute {opens}")
    return ordered


def add_working_time(start: datetime, term: Term, schedule: Schedule) -> datetime:
    """The moment at which something received at `start` is due.

    - working minutes, hours: that many open minutes later; may be exactly a closing moment, never in closed time;
    - working days: the last closing of the Nth open day after the local day of receipt (which itself does not count);
    - calendar days: the last closing of the first open day on or after the date of receipt + N;
    - clock hours, minutes: plain elapsed time, closed or not.

    Raises NoOpenTime when the schedule never has that much open time.
    """
    at, year = _locate(start, schedule)
    if term.is_clock:
        return _moment(at + term.amount * _MINUTES_IN[term.unit] * _MINUTE)
    if term.unit in _MINUTES_IN:
        return _after_open(at, year, term.amount * _MINUTES_IN[term.unit] * _MINUTE, schedule)
    received = start.astimezone(schedule.zone).date().toordinal()
    if term.unit is Unit.WORKING_DAYS:
        return _closing(year, lambda found: bisect_right(found.days, received), term.amount - 1, schedule)
    wanted = received + term.amount
    return _closing(year, lambda found: bisect_left(found.days, wanted), 0, schedule)


def working_time_between(a: datetime, b: datetime, schedule: Schedule) -> timedelta:
    """Open time between two moments: zero when all of it is closed, negative when `b` lies before `a`."""
    if b < a:
        return -working_time_between(b, a, schedule)
    (start, first), (end, last) = _locate(a, schedule), _locate(b, schedule)
    total = last.open_before(end) - first.open_before(start)
    for number in range(first.number, last.number):
        total += _year(number, schedule).total
    return timedelta(microseconds=total)


def moment_at_share(start: datetime, due: datetime, percent: int, schedule: Schedule) -> datetime:
    """When `percent` (0 to 100) of the open time between `start` and `due` has passed: for warnings before a breach.

    A term that passes wholly in closed time (around the clock, at night) is divided by the clock.
    """
    if not 0 <= percent <= 100:
        raise AbsurdTerm(f"{percent} percent")
    if percent == 100:
        return due.astimezone(UTC)
    open_time = working_time_between(start, due, schedule)
    if open_time <= timedelta(0):
        return start.astimezone(UTC) + (due - start) * percent / 100
    share = open_time // _MICROSECOND * percent // 100
    if share == 0:
        return start.astimezone(UTC)
    at, year = _locate(start, schedule)
    return _after_open(at, year, share, schedule)


@dataclass(frozen=True, slots=True)
class _Year:
    """All open time of one local year, in microseconds of UTC since 1970, ready for bisection."""

    number: int
    opens: list[int]
    closes: list[int]
    before: list[int]  # open time of the year before each window
    until: list[int]  # open time of the year up to the end of each window
    days: list[int]  # ordinals of the open days
    closings: list[int]  # the last closing of each open day

    @property
    def total(self) -> int:
        return self.until[-1] if self.until else 0

    def open_before(self, at: int) -> int:
        place = bisect_right(self.opens, at) - 1
        if place < 0:
            return 0
        return self.before[place] + min(at, self.closes[place]) - self.opens[place]


def _year(number: int, schedule: Schedule) -> _Year:
    found = schedule._years.get(number)
    if found is None:
        found = schedule._years[number] = _build_year(number, schedule)
    return found


def _build_year(number: int, schedule: Schedule) -> _Year:
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise NoOpenTime(f"the year {number} is out of reach")
    zone = schedule.zone
    opens: list[int] = []
    closes: list[int] = []
    days: list[int] = []
    closings: list[int] = []
    day, midnight = date(number, 1, 1), _at(date(number, 1, 1), 0, zone)
    while day.year == number:
        next_midnight = _at(day, DAY, zone)
        is_plain = next_midnight - midnight == DAY * _MINUTE  # the clock does not change: no need to ask the zone
        for start, end in schedule.windows_on(day):
            opening = midnight + start * _MINUTE if is_plain else _at(day, start, zone)
            closing = midnight + end * _MINUTE if is_plain else _at(day, end, zone)
            if opening >= closing:  # wholly in the hour that does not exist
                continue
            opens.append(opening)
            closes.append(closing)
            if days and days[-1] == day.toordinal():
                closings[-1] = closing
            else:
                days.append(day.toordinal())
                closings.append(closing)
        day, midnight = day + timedelta(days=1), next_midnight
    until = list(accumulate(closing - opening for opening, closing in zip(opens, closes, strict=True)))
    before = [0, *until[:-1]] if until else []
    return _Year(number, opens, closes, before, until, days, closings)


def _at(day: date, minute: int, zone: ZoneInfo) -> int:
    """Microseconds of UTC at which the clock of `zone` reads `minute` on `day` (1440: the next midnight)."""
    reading = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001 (made aware below)
    first = reading.replace(tzinfo=zone)
    moment = first.astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == reading:
        return _micros(moment)
    # The reading does not occur: look for the change, between what it would be by the new and by the old offset.
    low, high = reading.replace(tzinfo=zone, fold=1).astimezone(UTC), moment
    offset = low.astimezone(zone).utcoffset()
    while high - low > _MICROSECOND:
        middle = low + (high - low) / 2
        if middle.astimezone(zone).utcoffset() == offset:
            low = middle
        else:
            high = middle
    return _micros(high)


def _locate(moment: datetime, schedule: Schedule) -> tuple[int, _Year]:
    if moment.tzinfo is None:
        raise WorktimeError("a moment needs a time zone")
    return _micros(moment), _year(moment.astimezone(schedule.zone).year, schedule)


def _micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _moment(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _years_from(year: _Year, schedule: Schedule) -> Iterable[_Year]:
    yield year
    for number in range(year.number + 1, min(year.number + HORIZON_YEARS, LAST_YEAR) + 1):
        yield _year(number, schedule)


def _after_open(at: int, year: _Year, amount: int, schedule: Schedule) -> datetime:
    """`amount` (> 0) microseconds of open time after `at`, which lies in `year`."""
    wanted = year.open_before(at) + amount
    for found in _years_from(year, schedule):
        if wanted <= found.total:
            place = bisect_left(found.until, wanted)
            return _moment(found.opens[place] + wanted - found.before[place])
        wanted -= found.total
    raise NoOpenTime(f"not enough open time within {HORIZON_YEARS} years")


def _closing(year: _Year, first: Callable[[_Year], int], skip: int, schedule: Schedule) -> datetime:
    """The last closing of an open day: `first` finds where to begin in a year, `skip` more open days are passed."""
    for found in _years_from(year, schedule):
        place = first(found) + skip
        if place < len(found.days):
            return _moment(found.closings[place])
        skip = place - len(found.days)
    raise NoOpenTime(f"not enough open days within {HORIZON_YEARS} years")
