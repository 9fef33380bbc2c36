"""What if: the same traffic under two matrices, counted in one pass."""

import itertools
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responsematrix.matching import Facts, Matcher, MatchRule, Outcome
from responsematrix.simulation import SAMPLE, Scenario, Turn, compare, simulate
from responsematrix.worktime import Schedule, Term, Unit
from tests.responsematrix.golden import SCHEDULES

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)  # 9:00 at home
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WASTE, ROADS = (
    Facts(kind="mention", platform="twitter", subject="waste"),
    Facts(kind="mention", platform="twitter", subject="roads"),
)
OFFICE, DESK = 1, 2


def hours(amount: int) -> Term:
    return Term(amount, Unit.WORKING_HOURS)


def rule(key: int, team: int, first: Term | None, following: Term | None = None, **conditions: Any) -> MatchRule:
    outcome = Outcome(
        owner_team=team, first_response=first, next_response=following, calendar=conditions.pop("calendar", None)
    )
    return MatchRule(key=key, position=key, outcome=outcome, **conditions)


def scenario(*rules: MatchRule, default_team: int | None = None, office: Schedule = SCHEDULES["kantoor"]) -> Scenario:
    return Scenario(Matcher(rules), {OFFICE: office, DESK: SCHEDULES["balie"]}, OFFICE, default_team)


def turn(key: int, facts: Facts = WASTE, *, after_hours: float | None = 3, is_first: bool = True) -> Turn:
    answered = None if after_hours is None else MONDAY + timedelta(hours=after_hours)
    return Turn(key, MONDAY, answered, facts, is_first)


def test_on_time_late_waiting_and_unpromised_are_counted_per_team_and_subject():
    traffic = [
        turn(1, after_hours=4),  # exactly at the deadline
        turn(2, after_hours=4.01),
        turn(3, after_hours=None),  # never answered, long due
        turn(4, ROADS),
    ]

    side = simulate(traffic, scenario(rule(1, 10, hours(4), subject="waste"), default_team=30), now=NOW)

    waste = side.by_team[10]
    assert (waste.total, waste.on_time, waste.late, waste.waiting) == (3, 1, 2, 0)
    assert waste.percent_on_time == pytest.approx(100 / 3)
    assert (side.by_subject["roads"].unpromised, side.by_team[30].total, side.gaps) == (1, 1, 1)
    assert side.by_team[30].percent_on_time is None
    assert side.by_rule == {1: 3}


def test_what_is_not_yet_due_is_waiting():
    side = simulate([turn(1, after_hours=None)], scenario(rule(1, 10, hours(4))), now=MONDAY + timedelta(hours=1))

    assert (side.overall.waiting, side.overall.percent_on_time) == (1, None)


def test_a_next_answer_has_its_own_term_or_that_of_the_first():
    own = scenario(rule(1, 10, hours(4), hours(1)))
    shared = scenario(rule(1, 10, hours(4)))

    assert simulate([turn(1, is_first=False)], own, now=NOW).overall.late == 1
    assert simulate([turn(1, is_first=False)], shared, now=NOW).overall.on_time == 1


def test_before_and_after_say_what_gets_better_and_worse_and_who_gets_the_work():
    before = scenario(rule(1, 10, hours(4)))
    after = scenario(rule(1, 10, hours(2)), rule(2, 20, hours(8), subject="roads"))
    traffic = [turn(1), turn(2, ROADS, after_hours=5), turn(3, after_hours=1)]

    result = compare(traffic, before, after, now=NOW)

    assert (result.judged, result.changed) == (3, 3)
    assert (result.better, result.worse, result.moved) == (1, 1, 1)
    assert (result.due_earlier, result.due_later) == (2, 1)
    assert result.before.overall.percent_on_time == pytest.approx(200 / 3)
    assert {change.key: (change.before.verdict, change.after.verdict) for change in result.changes} == {
        1: ("on_time", "late"),
        2: ("late", "on_time"),
        3: ("on_time", "on_time"),
    }


def test_other_hours_are_a_scenario_too():
    rules = [rule(1, 10, hours(6), calendar=DESK)]

    result = compare([turn(1, after_hours=6.5)], scenario(rule(1, 10, hours(6))), scenario(*rules), now=NOW)

    # With a closed lunch hour six hours of work last seven.
    assert (result.before.overall.late, result.after.overall.on_time) == (1, 1)


def test_hours_that_are_never_open_promise_nothing():
    side = simulate([turn(1)], scenario(rule(1, 10, hours(4)), office=Schedule(((),) * 7)), now=NOW)

    assert (side.never_due, side.overall.unpromised) == (1, 1)


def test_nothing_changes_between_a_matrix_and_itself():
    same = scenario(rule(1, 10, hours(4)))

    assert compare([turn(n) for n in range(50)], same, same, now=NOW).changed == 0


def test_it_can_be_stopped_and_says_how_far_it_came():
    seen: list[int] = []

    def stop_at_twenty(judged: int) -> bool:
        seen.append(judged)
        return judged < 20

    same = scenario(rule(1, 10, hours(4)))
    result = compare((turn(n) for n in itertools.count()), same, same, now=NOW, on_progress=stop_at_twenty, every=10)

    assert (seen, result.judged) == ([10, 20], 20)


def test_the_sample_of_changes_is_small_fair_and_the_same_each_time():
    before, after = scenario(rule(1, 10, hours(4))), scenario(rule(1, 20, hours(4)))
    results = [compare((turn(n) for n in range(2_000)), before, after, now=NOW) for _ in range(2)]

    assert results[0].changed == 2_000
    assert len(results[0].changes) == SAMPLE
    assert results[0].changes == results[1].changes
    assert max(change.key for change in results[0].changes) > 1_500


def test_memory_does_not_grow_with_the_traffic():
    before, after = scenario(rule(1, 10, hours(4))), scenario(rule(1, 20, hours(4)))

    def traffic(count: int) -> Iterator[Turn]:
        return (turn(n) for n in range(count))

    compare(traffic(1_000), before, after, now=NOW)  # schedules are worked out once
    tracemalloc.start()
    compare(traffic(1_000), before, after, now=NOW)
    _now, small = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    compare(traffic(20_000), before, after, now=NOW)
    _now, large = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert large < 1.5 * small + 100_000
