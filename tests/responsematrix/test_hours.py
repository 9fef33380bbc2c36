"""Opening hours: windows per weekday, dated exceptions, and holidays that pre-fill the table."""

from datetime import date

import pytest

from responsematrix.calendars import read_schedule, write_exceptions, write_weekly
from responsematrix.holidays_nl import LiberationDay
from responsematrix.hours import (
    HoursRefused,
    copy_calendar,
    create_calendar,
    new_hours_draft,
    prefill_holidays,
    remove_exception,
    set_exception,
    set_weekday,
)
from responsematrix.models import CalendarVersion
from responsematrix.worktime import BadSchedule
from tests.responsematrix.conftest import OFFICE, WEEK
from tests.responsematrix.golden import SCHEDULES


@pytest.fixture
def hours(manager) -> CalendarVersion:
    return create_calendar(name="Balie", weekly=WEEK, by=manager)


@pytest.mark.django_db
def test_a_weekday_gets_several_windows(hours, manager):
    changed = set_weekday(version=hours, weekday=3, windows=[(1080, 1200), (510, 750)], by=manager)

    assert changed.to_schedule().windows_on(date(2026, 3, 5)) == ((510, 750), (1080, 1200))


@pytest.mark.django_db
@pytest.mark.parametrize("windows", [[(510, 500)], [(510, 750), (700, 800)], [(0, 1441)], [(-5, 60)]])
def test_windows_that_can_not_be_are_refused(hours, manager, windows):
    with pytest.raises(HoursRefused):
        set_weekday(version=hours, weekday=0, windows=windows, by=manager)
    with pytest.raises(HoursRefused):
        set_exception(version=hours, on=date(2026, 12, 24), windows=windows, by=manager)


@pytest.mark.django_db
def test_a_date_is_closed_shortened_opened_and_ordinary_again(hours, manager):
    for on, windows in ((date(2026, 4, 27), ()), (date(2026, 12, 24), [(510, 900)]), (date(2026, 12, 13), OFFICE)):
        set_exception(version=hours, on=on, windows=windows, name="Bijzonder", by=manager)
    hours.refresh_from_db()
    schedule = hours.to_schedule()

    assert schedule.windows_on(date(2026, 4, 27)) == ()
    assert schedule.windows_on(date(2026, 12, 24)) == ((510, 900),)
    assert schedule.windows_on(date(2026, 12, 13)) == OFFICE

    remove_exception(version=hours, on=date(2026, 4, 27), by=manager)
    hours.refresh_from_db()
    assert hours.to_schedule().windows_on(date(2026, 4, 27)) == OFFICE


@pytest.mark.django_db
def test_holidays_fill_the_table_and_leave_what_stands_there(hours, manager):
    set_exception(version=hours, on=date(2026, 4, 6), windows=OFFICE, name="Gewoon open", by=manager)

    added = prefill_holidays(version=hours, years=[2026], by=manager, liberation_day=LiberationDay.ALWAYS)

    hours.refresh_from_db()
    names = {day: found.name for day, found in hours.to_schedule().exceptions.items()}
    assert names[date(2026, 4, 6)] == "Gewoon open"
    assert names[date(2026, 5, 5)] == "Bevrijdingsdag"
    assert date(2026, 4, 6) not in added
    assert date(2026, 4, 3) not in added  # Good Friday, not asked for
    assert prefill_holidays(version=hours, years=[2026], by=manager, liberation_day=LiberationDay.ALWAYS) == []


@pytest.mark.django_db
def test_a_copy_begins_with_the_same_hours_and_goes_its_own_way(calendar, manager):
    copy = copy_calendar(calendar=calendar, name="Markt", by=manager)
    set_weekday(version=copy, weekday=5, windows=OFFICE, by=manager)

    copy.refresh_from_db()
    original = CalendarVersion.objects.get(calendar=calendar)
    assert copy.weekly[:5] == original.weekly[:5]
    assert (copy.weekly[5], original.weekly[5]) == ([[510, 1020]], [])


@pytest.mark.django_db
def test_a_new_draft_begins_with_what_is_in_force(calendar, manager):
    draft = new_hours_draft(calendar=calendar, by=manager)

    assert (draft.number, draft.weekly) == (2, calendar.versions.get(number=1).weekly)


@pytest.mark.parametrize("name", list(SCHEDULES))
def test_stored_hours_are_the_same_hours(name):
    schedule = SCHEDULES[name]

    assert read_schedule(write_weekly(schedule), write_exceptions(schedule.exceptions)) == schedule


@pytest.mark.parametrize(
    ("weekly", "exceptions"),
    [
        (None, []),
        ([[]] * 6, []),
        ([["acht"]] * 7, []),
        ([[[1, 2, 3]]] * 7, []),
        ([[]] * 7, [{"on": "2026-02-30", "name": "", "windows": []}]),
        ([[]] * 7, [{"on": "2026-03-01"}]),
        ([[]] * 7, [{"on": "2026-03-01", "name": "", "windows": []}] * 2),
        ([[]] * 7, [{"on": "2026-03-01", "name": "", "windows": [[9, 8]]}]),
        ([[]] * 7, "maandag"),
        ([[]] * 7, [{}] * 2_000),
    ],
)
def test_stored_hours_that_are_spoilt_say_so(weekly, exceptions):
    with pytest.raises(BadSchedule):
        read_schedule(weekly, exceptions)
