"""Last month's results for the public page: computed by the clock, kept in a row, never at a visitor's request.

Shape, overall and per platform: {"due": n, "on_time": n, "answered": n, "median_minutes": n | None}. `due` are answers that
were given or whose term passed; what was waived or still runs counts for nothing. The median is over what was answered, in
minutes that we were open (by the opening hours each term was computed with).
"""

from array import array
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from inbox.models import Obligation, ObligationState
from inbox.models.obligations import RESPONSES
from monitoring.models import ServiceMonth
from responsematrix.models import CalendarVersion
from responsematrix.worktime import Schedule, working_time_between

FRESH = timedelta(hours=20)  # what still ran may have been answered since


@dataclass(slots=True)
class _Tally:
    due: int = 0
    on_time: int = 0
    minutes: "array[float]" = field(default_factory=lambda: array("f"))

    def to_json(self) -> dict[str, Any]:
        middle = round(median(self.minutes)) if self.minutes else None
        return {"due": self.due, "on_time": self.on_time, "answered": len(self.minutes), "median_minutes": middle}


def month_before(day: date) -> date:
    """The first day of the month before that of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def refresh_figures(*, now: datetime | None = None) -> bool:
    """Last month is counted again when that was long ago. True when it was."""
    now = now or timezone.now()
    first_on = month_before(timezone.localdate(now))
    if ServiceMonth.objects.filter(first_on=first_on, computed_at__gt=now - FRESH).exists():
        return False
    figures = count_month(first_on)
    ServiceMonth.objects.update_or_create(first_on=first_on, defaults={"figures": figures, "computed_at": now})
    return True


def count_month(first_on: date) -> dict[str, Any]:
    """One pass over the month's obligations to answer; holds four bytes for each that was answered."""
    start, end = _moment(first_on), _moment((first_on + timedelta(days=32)).replace(day=1))
    known: dict[int, Schedule] = {}
    overall, platforms = _Tally(), dict[str, _Tally]()
    rows = (
        Obligation.objects.filter(kind__in=RESPONSES, started_at__gte=start, started_at__lt=end)
        .filter(Q(state=ObligationState.MET) | Q(breached_at__isnull=False))
        .exclude(state=ObligationState.WAIVED)
        .values_list(
            "conversation__channel__platform", "calendar_version", "state", "started_at", "ended_at", "breached_at"
        )
    )
    for platform, calendar, state, started_at, ended_at, breached_at in rows.iterator(chunk_size=2_000):
        for tally in (overall, platforms.setdefault(platform, _Tally())):
            tally.due += 1
            tally.on_time += breached_at is None
        if state == ObligationState.MET and ended_at is not None:
            if calendar not in known:
                known[calendar] = CalendarVersion.objects.select_related("calendar").get(pk=calendar).to_schedule()
            minutes = max(working_time_between(started_at, ended_at, known[calendar]) / timedelta(minutes=1), 0.0)
            overall.minutes.append(minutes)
            platforms[platform].minutes.append(minutes)
    return {"all": overall.to_json(), "platforms": {name: tally.to_json() for name, tally in platforms.items()}}


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
