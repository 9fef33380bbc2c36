"""Days that matter, against dates that were looked up by hand."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.days_nl import (
    ELECTIONS,
    LAST_YEAR,
    REGIONS,
    SCHOOL_HOLIDAYS,
    SUNDAY,
    WEDNESDAY,
    days_of,
    days_within,
    honours_day,
    kings_day,
    prefilled_of,
)
from calendar_app.models import EventKind

GOLDEN = {
    "Eerste paasdag": ("2026-04-05", "2027-03-28", "2028-04-16"),
    "Tweede paasdag": ("2026-04-06", "2027-03-29", "2028-04-17"),
    "Koningsdag": ("2026-04-27", "2027-04-27", "2028-04-27"),
    "Bevrijdingsdag": ("2026-05-05", "2027-05-05", "2028-05-05"),
    "Hemelvaartsdag": ("2026-05-14", "2027-05-06", "2028-05-25"),
    "Eerste pinksterdag": ("2026-05-24", "2027-05-16", "2028-06-04"),
    "Tweede kerstdag": ("2026-12-26", "2027-12-26", "2028-12-26"),
    "Nationale Holocaustherdenking": ("2026-01-25", "2027-01-31", "2028-01-30"),
    "Nationale Herdenking (Dodenherdenking)": ("2026-05-04", "2027-05-04", "2028-05-04"),
    "Herdenking van het slavernijverleden en Keti Koti": ("2026-07-01", "2027-07-01", "2028-07-01"),
    "Lintjesregen": ("2026-04-24", "2027-04-26", "2028-04-26"),
    "Nederlandse Veteranendag": ("2026-06-27", "2027-06-26", "2028-06-24"),
    "Prinsjesdag": ("2026-09-15", "2027-09-21", "2028-09-19"),
    "Safer Internet Day": ("2026-02-10", "2027-02-09", "2028-02-08"),
    "Controlebericht NL-Alert (juni)": ("2026-06-01", "2027-06-07", "2028-06-05"),
    "Controlebericht NL-Alert (december)": ("2026-12-07", "2027-12-06", "2028-12-04"),
    "Zomertijd gaat in": ("2026-03-29", "2027-03-28", "2028-03-26"),
    "Wintertijd gaat in": ("2026-10-25", "2027-10-31", "2028-10-29"),
    "Dag van de digitale toegankelijkheid (GAAD)": ("2026-05-21", "2027-05-20", "2028-05-18"),
    "Landelijke Opschoondag": ("2026-03-21", "2027-03-20", "2028-03-18"),
    "Nationale Boomfeestdag": ("2026-11-11", "2027-11-10", "2028-11-08"),
    "Moederdag": ("2026-05-10", "2027-05-09", "2028-05-14"),
    "Vaderdag": ("2026-06-21", "2027-06-20", "2028-06-18"),
    "Burendag": ("2026-09-26", "2027-09-25", "2028-09-23"),
    "Paarse Vrijdag": ("2026-12-11", "2027-12-10", "2028-12-08"),
    "Goede Vrijdag": ("2026-04-03", "2027-03-26", "2028-04-14"),
    "Landelijke intocht van Sinterklaas": ("2026-11-14", "2027-11-13", "2028-11-18"),
}


@pytest.mark.parametrize("title", GOLDEN)
def test_it_falls_on_the_day_that_was_looked_up(title: str) -> None:
    found = tuple(day.on.isoformat() for year in (2026, 2027, 2028) for day in days_of(year) if day.title == title)

    assert found == GOLDEN[title]


def test_good_friday_is_a_day_that_matters_and_no_day_off() -> None:
    assert [day.kind for day in days_of(2026) if day.title == "Goede Vrijdag"] == [EventKind.AWARENESS]
    assert "Goede vrijdag" not in {day.title for day in days_of(2026) if day.kind == EventKind.HOLIDAY}


def test_liberation_day_is_there_also_in_years_in_which_people_work() -> None:
    assert all(any(day.title == "Bevrijdingsdag" for day in days_of(year)) for year in range(2026, 2037))


def test_kings_day_moves_off_a_sunday_and_the_honours_off_a_weekend() -> None:
    assert kings_day(2025) == date(2025, 4, 26)
    assert honours_day(2025) == date(2025, 4, 25)
    assert all(kings_day(year).weekday() != SUNDAY and honours_day(year).weekday() < 5 for year in range(2020, 2080))


def test_two_on_one_date_are_two_lines() -> None:
    assert {day.title for day in days_of(2016) if day.on == date(2016, 5, 5)} == {"Bevrijdingsdag", "Hemelvaartsdag"}


def test_there_are_about_forty_awareness_days_of_a_known_kind_each() -> None:
    days = days_of(2027)

    assert len({day.title for day in days if day.kind == EventKind.AWARENESS}) >= 40
    assert {day.kind for day in days} <= set(EventKind.values)
    assert all(day.is_sensitive for day in days if day.kind == EventKind.COMMEMORATION)


@given(year=st.integers(1900, 2300))
def test_any_year_can_be_asked(year: int) -> None:
    days = days_of(year)

    assert all(day.on.year == year for day in days)
    assert list(days) == sorted(days, key=lambda day: day.on)
    assert bool(days) == (2000 <= year <= LAST_YEAR)


def test_a_stretch_over_new_year_has_both_ends() -> None:
    found = {day.on: day.title for day in days_within(date(2026, 12, 31), date(2027, 1, 1))}

    assert found == {date(2026, 12, 31): "Oudejaarsdag", date(2027, 1, 1): "Nieuwjaarsdag"}


def test_the_tables_hold_whole_holidays_and_elections_on_wednesdays() -> None:
    assert all(on.weekday() == WEDNESDAY for _key, _title, on in ELECTIONS)
    for _key, _title, dates in SCHOOL_HOLIDAYS:
        assert set(dates) == set(REGIONS)
        assert all(first.weekday() == 5 and last.weekday() == SUNDAY for first, last in dates.values())


def test_the_weeks_before_an_election_end_the_day_before_it() -> None:
    found = {each.key: each for each in prefilled_of("noord")}
    period, day = found["election-period:staten-2027"], found["election:staten-2027"]

    assert (period.last + timedelta(days=1), day.first) == (day.first, date(2027, 3, 17))
    assert period.first == date(2027, 2, 3)
    assert all(each.region in ("", "noord") for each in found.values())
