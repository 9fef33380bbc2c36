"""Times on the wall on ordinary days and on the nights when the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from calendar_app.moments import Moment, day_bounds, moment_of, on_the_wall


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("on", "at", "is_second", "expected"),
    [
        (date(2026, 1, 15), time(10, 0), False, Moment(utc(2026, 1, 15, 9, 0))),
        (date(2026, 7, 15), time(10, 0), False, Moment(utc(2026, 7, 15, 8, 0))),
        # 02:30 does not exist on these nights: it becomes 03:30.
        (date(2026, 3, 29), time(2, 30), False, Moment(utc(2026, 3, 29, 1, 30), is_moved=True)),
        (date(2026, 3, 29), time(2, 30), True, Moment(utc(2026, 3, 29, 1, 30), is_moved=True)),
        (date(2027, 3, 28), time(2, 30), False, Moment(utc(2027, 3, 28, 1, 30), is_moved=True)),
        (date(2026, 3, 29), time(3, 0), False, Moment(utc(2026, 3, 29, 1, 0))),
        # 02:30 comes twice on these.
        (date(2026, 10, 25), time(2, 30), False, Moment(utc(2026, 10, 25, 0, 30), is_twice=True)),
        (date(2026, 10, 25), time(2, 30), True, Moment(utc(2026, 10, 25, 1, 30), is_twice=True)),
        (date(2027, 10, 31), time(2, 30), False, Moment(utc(2027, 10, 31, 0, 30), is_twice=True)),
        (date(2026, 10, 25), time(3, 0), False, Moment(utc(2026, 10, 25, 2, 0))),
    ],
)
def test_a_time_on_the_wall_is_a_moment(on: date, at: time, is_second: bool, expected: Moment) -> None:
    assert moment_of(on, at, is_second=is_second) == expected
    if not expected.is_moved:
        assert on_the_wall(expected.at).time() == at


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 25), 24)])
def test_a_day_has_as_many_hours_as_it_has(on: date, hours: int) -> None:
    begin, end = day_bounds(on)

    assert end - begin == timedelta(hours=hours)
