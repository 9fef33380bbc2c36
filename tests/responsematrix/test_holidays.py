"""The pre-fill of dated exceptions: a proposal, in which two days are a choice."""

from datetime import date

import pytest

from responsematrix.holidays_nl import LiberationDay, public_holidays
from tests.responsematrix.golden import CLOSED


def test_it_agrees_with_the_almanac():
    found = public_holidays(range(2024, 2029))

    known = {day: exception.name for day, exception in CLOSED.items()}
    assert {day: found[day].name for day in known} == known
    assert all(found[day].windows == () for day in found)


@pytest.mark.parametrize(("year", "day"), [(2025, 26), (2026, 27), (2014, 26), (2031, 26)])
def test_kings_day_moves_off_sunday(year, day):
    april = [day for day, found in public_holidays([year]).items() if found.name == "Koningsdag"]

    assert april == [date(year, 4, day)]


def test_good_friday_is_a_choice():
    day = date(2026, 4, 3)

    assert day not in public_holidays([2026])
    assert public_holidays([2026], good_friday=True)[day].name == "Goede vrijdag"


@pytest.mark.parametrize(
    ("choice", "closed"),
    [(LiberationDay.NEVER, []), (LiberationDay.LUSTRUM, [2025, 2030]), (LiberationDay.ALWAYS, list(range(2025, 2031)))],
)
def test_liberation_day_is_a_choice(choice, closed):
    found = public_holidays(range(2025, 2031), liberation_day=choice)

    assert [year for year in range(2025, 2031) if date(year, 5, 5) in found] == closed


def test_two_holidays_on_one_date_share_it():
    together = public_holidays([2016], liberation_day=LiberationDay.ALWAYS)[date(2016, 5, 5)]
    alone = public_holidays([2016])[date(2016, 5, 5)]

    assert set(together.name.split(", ")) == {"Bevrijdingsdag", "Hemelvaartsdag"}
    assert alone.name == "Hemelvaartsdag"


@pytest.mark.parametrize("years", [range(2000, 2100), [1500], [9999]])
def test_an_absurd_number_of_years_is_refused(years):
    with pytest.raises(ValueError, match="years"):
        public_holidays(years)


def test_no_years_is_nothing():
    assert public_holidays([]) == {}
