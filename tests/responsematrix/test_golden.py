"""The table of deadlines computed by hand."""

from datetime import datetime, timedelta

import pytest

from responsematrix.worktime import Schedule, Term, Unit, add_working_time, working_time_between
from tests.responsematrix.golden import CASES, SCHEDULES

WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")
UNITS = {
    "werkminuten": Unit.WORKING_MINUTES,
    "werkuren": Unit.WORKING_HOURS,
    "werkdagen": Unit.WORKING_DAYS,
    "kalenderdagen": Unit.CALENDAR_DAYS,
    "klokuren": Unit.CLOCK_HOURS,
    "klokminuten": Unit.CLOCK_MINUTES,
}
MINUTES = {Unit.WORKING_MINUTES: 1, Unit.WORKING_HOURS: 60}


def moment(text: str, schedule: Schedule) -> datetime:
    weekday, reading = text.strip().split(" ", 1)
    fold = int(reading.endswith("b"))
    found = datetime.fromisoformat(reading.removesuffix("b")).replace(tzinfo=schedule.zone, fold=fold)
    assert WEEKDAYS[found.weekday()] == weekday, f"{text} is no {weekday}"
    return found


def test_the_table_is_long_enough_and_knows_every_unit():
    units = {line.split("|")[1].split()[1] for line in CASES}

    assert len(CASES) >= 60
    assert units == set(UNITS)


@pytest.mark.parametrize("line", CASES)
def test_a_deadline_computed_by_hand(line):
    received, term_text, name, due, _why = (part.strip() for part in line.split("|"))
    schedule = SCHEDULES[name]
    amount, unit = term_text.split()
    term = Term(int(amount), UNITS[unit])

    found = add_working_time(moment(received, schedule), term, schedule)

    expected = moment(due, schedule)
    # Compared as moments: two readings of one zone would be compared by their clock faces.
    assert found.timestamp() == expected.timestamp(), found.astimezone(schedule.zone)
    if term.unit in MINUTES:
        spent = working_time_between(moment(received, schedule), found, schedule)
        assert spent == timedelta(minutes=term.amount * MINUTES[term.unit])
