"""Changing opening hours: windows per weekday and dated exceptions, only in a draft; holidays pre-fill the table."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from responsematrix.calendars import MAXIMUM_EXCEPTIONS, MAXIMUM_NAME, read_schedule, write_exceptions, write_weekly
from responsematrix.holidays_nl import LiberationDay, public_holidays
from responsematrix.models import Calendar, CalendarVersion, State
from responsematrix.refusals import Refused
from responsematrix.versions import lock_draft, next_number, tell
from responsematrix.worktime import AMSTERDAM, BadSchedule, Exceptional, Schedule, Window

CLOSED_WEEK: tuple[tuple[Window, ...], ...] = ((),) * 7


class HoursRefused(Refused):
    """Windows that overlap or leave the day, too many exceptions, an unknown time zone."""


@transaction.atomic
def create_calendar(
    *,
    name: str,
    by: User | None,
    weekly: Sequence[Sequence[Window]] = CLOSED_WEEK,
    exceptions: dict[date, Exceptional] | None = None,
    time_zone: str = AMSTERDAM,
) -> CalendarVersion:
    """A calendar and its first draft, which is returned. Raises HoursRefused."""
    schedule = _schedule(weekly, exceptions or {}, time_zone)
    calendar = Calendar.objects.create(name=name, time_zone=time_zone)
    draft = CalendarVersion.objects.create(
        calendar=calendar,
        number=1,
        author=by,
        weekly=write_weekly(schedule),
        exceptions=write_exceptions(schedule.exceptions),
    )
    record("calendar.created", calendar, by=by, name=name)
    tell()
    return draft


@transaction.atomic
def new_hours_draft(
    *, calendar: Calendar, by: User, based_on: CalendarVersion | None = None, note: str = ""
) -> CalendarVersion:
    """A draft with the hours of `based_on`, else of the version that became active last, else of the newest."""
    Calendar.objects.select_for_update(no_key=True).get(pk=calendar.pk)
    source = based_on or _source(calendar)
    draft = CalendarVersion.objects.create(
        calendar=calendar,
        number=next_number(CalendarVersion, calendar=calendar),
        author=by,
        note=note[:300],
        based_on=source if source and not source.is_draft else None,
        weekly=source.weekly if source else [[] for _day in range(7)],
        exceptions=source.exceptions if source else [],
    )
    record("calendar.draft_begun", draft, by=by, number=draft.number)
    tell()
    return draft


@transaction.atomic
def copy_calendar(*, calendar: Calendar, name: str, by: User) -> CalendarVersion:
    """Another calendar that begins with the same hours, as a draft."""
    source = _source(calendar)
    copied = Calendar.objects.create(name=name, time_zone=calendar.time_zone)
    draft = CalendarVersion.objects.create(
        calendar=copied,
        number=1,
        author=by,
        weekly=source.weekly if source else [[] for _day in range(7)],
        exceptions=source.exceptions if source else [],
    )
    record("calendar.copied", copied, by=by, name=name, source=calendar.pk)
    tell()
    return draft


@transaction.atomic
def set_weekday(*, version: CalendarVersion, weekday: int, windows: Iterable[Window], by: User) -> CalendarVersion:
    """The windows of one weekday (0 is Monday); none is closed. Raises NotADraft, HoursRefused."""
    draft = lock_draft(version, by=by)
    weekly = [[(opens, closes) for opens, closes in day] for day in draft.weekly]
    weekly[weekday] = [(opens, closes) for opens, closes in windows]
    return _save(draft, weekly, _exceptions(draft), by, weekday=weekday)


@transaction.atomic
def set_exception(
    *, version: CalendarVersion, on: date, by: User, windows: Iterable[Window] = (), name: str = ""
) -> CalendarVersion:
    """One date closed (no windows) or with other windows; replaces what stood there. Raises NotADraft, HoursRefused."""
    draft = lock_draft(version, by=by)
    try:
        exceptional = Exceptional(tuple(windows), name.strip()[:MAXIMUM_NAME])
    except BadSchedule as error:
        raise HoursRefused(_("Deze tijden overlappen of passen niet in een dag.")) from error
    return _save(draft, draft.weekly, _exceptions(draft) | {on: exceptional}, by, on=on.isoformat())


@transaction.atomic
def remove_exception(*, version: CalendarVersion, on: date, by: User) -> CalendarVersion:
    draft = lock_draft(version, by=by)
    kept = {day: exceptional for day, exceptional in _exceptions(draft).items() if day != on}
    return _save(draft, draft.weekly, kept, by, on=on.isoformat())


@transaction.atomic
def prefill_holidays(
    *,
    version: CalendarVersion,
    years: Iterable[int],
    by: User | None,
    good_friday: bool = False,
    liberation_day: LiberationDay = LiberationDay.LUSTRUM,
) -> list[date]:
    """Public holidays as closed days; what stands in the table already stays as it is. Returns the dates that were added.

    Raises NotADraft, and ValueError for absurd years.
    """
    draft = lock_draft(version, by=by)
    known = _exceptions(draft)
    found = public_holidays(years, good_friday=good_friday, liberation_day=liberation_day)
    added = [day for day in found if day not in known]
    if added:
        _save(draft, draft.weekly, found | known, by, added=len(added))
    return added


def _save(
    draft: CalendarVersion,
    weekly: Sequence[Sequence[Sequence[int]]],
    exceptions: dict[date, Exceptional],
    by: User | None,
    **what: Any,
) -> CalendarVersion:
    windows = [[(opens, closes) for opens, closes in day] for day in weekly]
    schedule = _schedule(windows, exceptions, draft.calendar.time_zone)
    draft.weekly, draft.exceptions = write_weekly(schedule), write_exceptions(schedule.exceptions)
    draft.save(update_fields=["weekly", "exceptions"])
    record("calendar.edited", draft, by=by, number=draft.number, **what)
    tell()
    return draft


def _schedule(weekly: Sequence[Sequence[Window]], exceptions: dict[date, Exceptional], time_zone: str) -> Schedule:
    if len(exceptions) > MAXIMUM_EXCEPTIONS:
        raise HoursRefused(_("Te veel afwijkende dagen: hoogstens %(count)d.") % {"count": MAXIMUM_EXCEPTIONS})
    try:
        return Schedule(tuple(tuple(day) for day in weekly), exceptions, time_zone)
    except BadSchedule as error:
        raise HoursRefused(_("Deze tijden overlappen of passen niet in een dag.")) from error


def _exceptions(version: CalendarVersion) -> dict[date, Exceptional]:
    return dict(read_schedule(version.weekly, version.exceptions).exceptions)


def _source(calendar: Calendar) -> CalendarVersion | None:
    versions = CalendarVersion.objects.filter(calendar=calendar)
    return versions.filter(state=State.ACTIVE).order_by("-active_from").first() or versions.first()
