"""Month, week, day and list: which posts stand where, with what happens around them."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from calendar_app.asked import Asked
from calendar_app.events import Shown, days_between
from calendar_app.models import Campaign
from calendar_app.shown import Around, Chip, Outside, chips_of, outside_in, page_of, planned_in, posts_of
from core.templatetags.ui import date_format

MOST_PER_DAY = 4  # in a month; what is more is one click away
MOST_PER_HOUR = 4
MOST_QUIET = 3
MOST_ON_A_DAY = 200
WORKING = (7, 21)  # the hours that always stand in a week


@dataclass(slots=True)
class Band:
    """A day of a campaign's period. Its name is told where it begins, and again on every Monday."""

    campaign: Campaign
    is_first: bool
    is_last: bool
    is_named: bool


@dataclass(slots=True)
class Day:
    on: date
    is_today: bool
    is_past: bool
    iso: str
    words: str  # "woensdag 25 november"
    link: str  # to the day by itself
    is_beside: bool = False  # of the month before or after
    chips: list[Chip] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    events: list[Shown] = field(default_factory=list)
    bands: list[Band | None] = field(default_factory=list)
    more: int = 0  # posts that are not shown here
    more_quiet: int = 0

    @property
    def signs(self) -> str:
        """Its classes."""
        signs = (("today", self.is_today), ("past", self.is_past), ("beside", self.is_beside))
        return "day" + "".join(f" day--{name}" for name, holds in signs if holds)

    @property
    def number(self) -> str:
        return str(self.on.day)

    @property
    def count(self) -> str:
        """How many posts, in words that need no more work; empty when there are none."""
        return str(number) if (number := len(self.chips) + self.more) else ""


@dataclass(slots=True)
class Week:
    number: int
    link: str
    days: list[Day]


@dataclass(slots=True)
class Cell:
    day: Day
    chips: list[Chip] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    more: int = 0


@dataclass(slots=True)
class Hour:
    hour: int
    cells: list[Cell]
    is_now: bool = False

    @property
    def clock(self) -> str:
        return f"{self.hour:02}:00"


def month_of(user: User, asked: Asked, known: Around) -> dict[str, Any]:
    """Weeks of days; of each day the first posts and how many more there are."""
    planned = _by_day(planned_in(posts_of(user, asked), asked.first, asked.until))
    shown = {on: rows if len(rows) == MOST_PER_DAY + 1 else rows[:MOST_PER_DAY] for on, rows in planned.items()}
    chips = chips_of([pk for rows in shown.values() for pk, _at in rows], user, known)
    days = _days(user, asked, known)
    for day in days:
        rows = shown.get(day.on, ())
        day.chips = [chips[pk] for pk, _at in rows if pk in chips]
        day.more = len(planned.get(day.on, ())) - len(rows)
        day.is_beside = day.on.month != asked.on.month
    _put_bands(days, [each for each in known.open_campaigns if not asked.campaign or each.pk == asked.campaign])
    weeks = [
        Week(days[n].on.isocalendar().week, asked.but(view="week", on=days[n].on), days[n : n + 7])
        for n in range(0, len(days), 7)
    ]
    return {"weeks": weeks, "heads": [day.on for day in days[:7]]}


def hours_of(user: User, asked: Asked, known: Around) -> dict[str, Any]:
    """A week or a day, by the hour: rows of hours, columns of days."""
    is_day = asked.view == "day"
    planned = planned_in(posts_of(user, asked), asked.first, asked.until)
    cells: dict[tuple[date, int], list[tuple[int, datetime]]] = defaultdict(list)
    for pk, at in planned:
        cells[at.date(), at.hour].append((pk, at))
    most = MOST_ON_A_DAY if is_day else MOST_PER_HOUR
    shown = {place: rows if len(rows) == most + 1 else rows[:most] for place, rows in cells.items()}
    chips = chips_of([pk for rows in shown.values() for pk, _at in rows], user, known, with_owner=is_day)
    days = _days(user, asked, known, most_quiet=20)
    now = timezone.localtime()
    taken = [at.hour for _pk, at in planned] + [each.at.hour for day in days for each in day.outside]
    hours = range(min([WORKING[0], *taken]), max([WORKING[1], *taken]) + 1)
    rows = [
        Hour(
            hour,
            [
                Cell(
                    day,
                    [chips[pk] for pk, _at in shown.get((day.on, hour), ()) if pk in chips],
                    [each for each in day.outside if each.at.hour == hour],
                    len(cells.get((day.on, hour), ())) - len(shown.get((day.on, hour), ())),
                )
                for day in days
            ],
            is_now=hour == now.hour and any(day.is_today for day in days),
        )
        for hour in hours
    ]
    for day in days:
        day.chips = [chip for row in rows for cell in row.cells if cell.day is day for chip in cell.chips]
        day.more = sum(cell.more for row in rows for cell in row.cells if cell.day is day)
    return {"hours": rows, "days": days, "has_events": any(day.events or day.more_quiet for day in days)}


def list_of(user: User, asked: Asked, known: Around) -> dict[str, Any]:
    """One page of posts by day, in order of their moments; days between them with only events stay out."""
    page = page_of(posts_of(user, asked), asked)
    chips = chips_of([pk for pk, _at in page.rows], user, known, with_owner=True)
    planned = _by_day(page.rows)
    events = days_between(user, min(planned), max(planned)) if planned else {}
    today = timezone.localdate()
    days = [
        replace(
            _day(asked, on, today),
            chips=[chips[pk] for pk, _at in rows if pk in chips],
            events=events.get(on, []),
        )
        for on, rows in planned.items()
    ]
    return {
        "days": days,
        "page": page,
        "earlier": asked.but(before=page.earlier),
        "later": asked.but(after=page.later),
    }


FRAMES = {"month": month_of, "week": hours_of, "day": hours_of, "list": list_of}


def _by_day(rows: list[tuple[int, datetime]]) -> dict[date, list[tuple[int, datetime]]]:
    days: dict[date, list[tuple[int, datetime]]] = defaultdict(list)
    for pk, at in rows:
        days[at.date()].append((pk, at))
    return days


def _days(user: User, asked: Asked, known: Around, *, most_quiet: int = MOST_QUIET) -> list[Day]:
    """With what happens on them, and what was posted elsewhere."""
    outside = outside_in(user, asked, known, asked.first, asked.until)
    events = days_between(user, asked.first, asked.until - timedelta(days=1))
    today = timezone.localdate()
    days = []
    for on in asked.days:
        lines, posts = events.get(on, []), outside.get(on, [])
        kept = lines[:most_quiet]
        room = max(most_quiet - len(kept), 1) if posts else 0
        hidden = len(lines) - len(kept) + max(len(posts) - room, 0)
        days.append(replace(_day(asked, on, today), events=kept, outside=posts[:room], more_quiet=hidden))
    return days


def _day(asked: Asked, on: date, today: date) -> Day:
    iso = on.isoformat()
    return Day(on, on == today, on < today, iso, date_format(on, "l j F"), asked.but(view="day", on=on))


def _put_bands(days: list[Day], campaigns: list[Campaign]) -> None:
    """Each campaign with a period keeps its line through a week, so that the band is one."""
    for start in range(0, len(days), 7):
        week = days[start : start + 7]
        lanes: list[list[Campaign | None]] = []
        for each in sorted(campaigns, key=lambda one: (one.starts_on or date.min, one.pk)):
            if each.starts_on is None or each.ends_on is None:
                continue
            spans = [bool(each.starts_on <= day.on <= each.ends_on) for day in week]
            if not any(spans):
                continue
            lane = next(
                (one for one in lanes if not any(taken and new for taken, new in zip(one, spans, strict=True))), None
            )
            if lane is None:
                lane = [None] * len(week)
                lanes.append(lane)
            for number, is_there in enumerate(spans):
                if is_there:
                    lane[number] = each
        for number, day in enumerate(week):
            for lane in lanes:
                at = lane[number]
                is_first = at is not None and at.starts_on == day.on
                day.bands.append(
                    Band(at, is_first, at.ends_on == day.on, is_first or number == 0) if at is not None else None
                )
