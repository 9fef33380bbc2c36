"""What is kept in the process goes with the minute, at its own moment, or when there is too much of it."""

from datetime import UTC, datetime, timedelta

import time_machine

from core.kept import Kept

NOON = datetime(2026, 11, 25, 12, 0, 5, tzinfo=UTC)


def test_it_is_made_once_per_key() -> None:
    kept = Kept[list[int]](10)

    first = kept.get("a", lambda: [1])

    assert kept.get("a", lambda: [2]) is first
    assert kept.get("b", lambda: [3]) == [3]
    assert len(kept) == 2


def test_nothing_lives_longer_than_the_minute_of_the_clock() -> None:
    kept = Kept[int](10)
    with time_machine.travel(NOON, tick=False):
        kept.get("a", lambda: 1)
    with time_machine.travel(NOON + timedelta(seconds=54), tick=False):
        assert kept.get("a", lambda: 2) == 1
    with time_machine.travel(NOON + timedelta(seconds=55), tick=False):
        assert kept.get("a", lambda: 3) == 3


def test_what_ends_by_itself_is_made_anew_from_that_moment() -> None:
    kept = Kept[int](10)
    ends = NOON + timedelta(seconds=20)
    with time_machine.travel(NOON, tick=False):
        kept.get("a", lambda: 1, until=lambda _value: ends.timestamp())
    with time_machine.travel(ends - timedelta(milliseconds=1), tick=False):
        assert kept.get("a", lambda: 2) == 1
    with time_machine.travel(ends, tick=False):
        assert kept.get("a", lambda: 3) == 3


def test_it_never_grows_beyond_its_measure() -> None:
    kept = Kept[int](3)

    for number in range(50):
        kept.get(number, lambda: 0)

    assert len(kept) <= 4
