"""What holds for every schedule and every moment, the four nights on which the clock changes among them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from responsematrix.worktime import (
    AbsurdTerm,
    BadSchedule,
    Exceptional,
    NoOpenTime,
    Schedule,
    Term,
    Unit,
    WorktimeError,
    add_working_time,
    moment_at_share,
    working_time_between,
)
from tests.responsematrix.golden import SCHEDULES

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
CHANGES = (date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31))
OFFICE = SCHEDULES["kantoor"]
# Between two and three o'clock a reading may occur twice or not at all: the slow count below reads the clock, so there
# the edges of windows stay out of that hour. The golden table covers them.
EDGES = st.integers(0, 1440).filter(lambda minute: not 120 < minute < 180)


@st.composite
def windows(draw, least: int = 0) -> tuple[tuple[int, int], ...]:
    count = draw(st.integers(least, 3))
    edges = sorted(draw(st.sets(EDGES, min_size=2 * count, max_size=2 * count)))
    return tuple(zip(edges[::2], edges[1::2], strict=True))


@st.composite
def schedules(draw) -> Schedule:
    week = [draw(windows(least=1)), *[draw(windows()) for _ in range(6)]]
    # Less than ten minutes a week would not hold the longest of our terms within the horizon.
    assume(sum(closes - opens for day in week for opens, closes in day) >= 10)
    days = st.one_of(st.sampled_from(CHANGES), st.dates(date(2026, 1, 1), date(2027, 12, 31)))
    exceptions = draw(st.dictionaries(days, windows().map(Exceptional), max_size=5))
    return Schedule(tuple(draw(st.permutations(week))), exceptions)


def around(day: date) -> st.SearchStrategy[datetime]:
    midnight = datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).astimezone(UTC)
    return st.integers(-2 * 86_400, 2 * 86_400).map(lambda seconds: midnight + timedelta(seconds=seconds))


MOMENTS = st.one_of(
    *[around(day) for day in CHANGES],
    st.integers(0, 730 * 86_400).map(lambda seconds: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
)
MINUTES = st.integers(1, 6_000)
TERMS = st.one_of(
    st.builds(Term, MINUTES, st.just(Unit.WORKING_MINUTES)),
    st.builds(Term, st.integers(1, 100), st.just(Unit.WORKING_HOURS)),
    st.builds(Term, st.integers(1, 40), st.sampled_from([Unit.WORKING_DAYS, Unit.CALENDAR_DAYS])),
    st.builds(Term, st.integers(1, 100), st.sampled_from([Unit.CLOCK_HOURS, Unit.CLOCK_MINUTES])),
)
often = settings(deadline=None, max_examples=100)


def minutes(amount: int) -> Term:
    return Term(amount, Unit.WORKING_MINUTES)


def count_slowly(start: datetime, end: datetime, schedule: Schedule) -> int:
    """Open minutes by looking at the clock every minute."""
    counted = 0
    while start < end:
        local = start.astimezone(schedule.zone)
        reading = local.hour * 60 + local.minute
        counted += any(opens <= reading < closes for opens, closes in schedule.windows_on(local.date()))
        start += timedelta(minutes=1)
    return counted


@settings(deadline=None, max_examples=60)
@given(schedules(), st.sampled_from(CHANGES).flatmap(around), st.integers(1, 2_000))
def test_it_agrees_with_somebody_who_looks_at_the_clock_every_minute(schedule, start, length):
    start = start.replace(second=0)
    end = start + timedelta(minutes=length)

    assert working_time_between(start, end, schedule) == timedelta(minutes=count_slowly(start, end, schedule))


@often
@given(schedules(), MOMENTS, TERMS, TERMS)
def test_a_longer_term_of_the_same_unit_is_never_due_earlier(schedule, start, one, other):
    assume(one.unit is other.unit and one.amount <= other.amount)

    assert add_working_time(start, one, schedule) <= add_working_time(start, other, schedule)


@often
@given(schedules(), MOMENTS, st.integers(0, 500_000), TERMS)
def test_what_came_later_is_never_due_earlier(schedule, start, seconds, term):
    later = start + timedelta(seconds=seconds)

    assert add_working_time(start, term, schedule) <= add_working_time(later, term, schedule)


@often
@given(schedules(), MOMENTS, MINUTES, MINUTES)
def test_two_terms_after_each_other_are_as_long_as_their_sum(schedule, start, one, other):
    in_steps = add_working_time(add_working_time(start, minutes(one), schedule), minutes(other), schedule)

    assert in_steps == add_working_time(start, minutes(one + other), schedule)


@often
@given(schedules(), MOMENTS, MINUTES)
def test_between_is_the_inverse_of_adding(schedule, start, amount):
    due = add_working_time(start, minutes(amount), schedule)

    assert working_time_between(start, due, schedule) == timedelta(minutes=amount)


@often
@given(schedules(), MOMENTS, MOMENTS, MOMENTS)
def test_the_time_between_adds_up_and_has_a_sign(schedule, a, b, c):
    whole = working_time_between(a, c, schedule)

    assert whole == working_time_between(a, b, schedule) + working_time_between(b, c, schedule)
    assert working_time_between(c, a, schedule) == -whole


@often
@given(schedules(), MOMENTS, TERMS)
def test_nothing_but_a_clock_term_is_due_in_closed_time(schedule, start, term):
    due = add_working_time(start, term, schedule)

    assert due > start
    # Open until the very moment, or open at it.
    assert term.is_clock or schedule.is_open(due - timedelta(microseconds=1)) or schedule.is_open(due)


@often
@given(schedules(), MOMENTS, st.integers(1, 200), st.booleans())
def test_a_clock_term_is_elapsed_time(schedule, start, amount, in_hours):
    term = Term(amount, Unit.CLOCK_HOURS if in_hours else Unit.CLOCK_MINUTES)

    assert add_working_time(start, term, schedule) - start == timedelta(minutes=amount * (60 if in_hours else 1))


@often
@given(schedules(), MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(schedule, moment):
    found = schedule.next_open(moment)

    assert schedule.is_open(found)
    assert working_time_between(moment, found, schedule) == timedelta(0)


@often
@given(schedules(), MOMENTS, TERMS, st.integers(0, 100), st.integers(0, 100))
def test_shares_of_a_term_lie_in_order_within_it(schedule, start, term, one, other):
    due = add_working_time(start, term, schedule)
    first, second = (moment_at_share(start, due, percent, schedule) for percent in sorted([one, other]))

    assert start <= first <= second <= due


@given(MOMENTS, TERMS)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), Term(1, Unit.WORKING_HOURS))
def test_the_zone_in_which_a_moment_is_written_does_not_matter(start, term):
    schedule = SCHEDULES["nacht"]
    expected = add_working_time(start, term, schedule)

    for zone in (AMSTERDAM, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")):
        assert add_working_time(start.astimezone(zone), term, schedule) == expected
    assert expected.tzinfo is UTC


@pytest.mark.parametrize("amount", [0, -1, 1_000_000, True, 1.5, "4"])
@pytest.mark.parametrize("unit", list(Unit))
def test_an_absurd_term_is_refused(amount, unit):
    with pytest.raises(AbsurdTerm):
        Term(amount, unit)


@pytest.mark.parametrize(
    "week",
    [
        [((600, 540),)],
        [((600, 600),)],
        [((-1, 60),)],
        [((0, 1441),)],
        [((0, 600), (599, 700))],
        [],
    ],
    ids=["ends before it begins", "empty", "before midnight", "past midnight", "overlapping", "no seven days"],
)
def test_a_schedule_that_can_not_be_is_refused(week):
    with pytest.raises(BadSchedule):
        Schedule(tuple(week * 7))


def test_an_unknown_time_zone_is_refused():
    with pytest.raises(BadSchedule):
        Schedule(OFFICE.weekly, time_zone="Europa/Lutjebroek")


@pytest.mark.parametrize("unit", [Unit.WORKING_MINUTES, Unit.WORKING_DAYS, Unit.CALENDAR_DAYS])
def test_a_schedule_that_is_never_open_says_so(unit):
    never = Schedule(((),) * 7)

    with pytest.raises(NoOpenTime):
        add_working_time(datetime(2026, 3, 2, tzinfo=UTC), Term(1, unit), never)
    with pytest.raises(NoOpenTime):
        never.next_open(datetime(2026, 3, 2, tzinfo=UTC))


def test_a_term_beyond_the_horizon_says_so():
    one_minute_a_week = Schedule((((600, 601),), *[()] * 6))

    with pytest.raises(NoOpenTime):
        add_working_time(datetime(2026, 3, 2, tzinfo=UTC), Term(1_000, Unit.WORKING_MINUTES), one_minute_a_week)


def test_a_moment_without_a_zone_is_refused():
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001 (that is the point)

    with pytest.raises(WorktimeError):
        add_working_time(naive, Term(1, Unit.CLOCK_HOURS), OFFICE)


def test_a_term_at_night_is_shared_out_by_the_clock():
    evening = datetime(2026, 3, 2, 20, tzinfo=AMSTERDAM)
    due = add_working_time(evening, Term(4, Unit.CLOCK_HOURS), OFFICE)

    assert moment_at_share(evening, due, 50, OFFICE) == datetime(2026, 3, 2, 22, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(("percent", "reading"), [(0, (16, 0)), (25, (17, 0)), (50, (9, 30)), (100, (11, 30))])
def test_a_share_of_a_term_is_counted_in_open_time(percent, reading):
    monday = datetime(2026, 3, 2, 16, tzinfo=AMSTERDAM)
    due = add_working_time(monday, Term(4, Unit.WORKING_HOURS), OFFICE)

    found = moment_at_share(monday, due, percent, OFFICE).astimezone(AMSTERDAM)

    assert (found.hour, found.minute) == reading


@pytest.mark.parametrize("percent", [-1, 101])
def test_more_than_the_whole_is_no_share(percent):
    with pytest.raises(AbsurdTerm):
        moment_at_share(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC), percent, OFFICE)


@pytest.mark.parametrize(
    ("hour", "minute", "is_open"), [(8, 29, False), (8, 30, True), (16, 59, True), (17, 0, False), (17, 1, False)]
)
def test_the_closing_moment_itself_is_closed(hour, minute, is_open):
    assert OFFICE.is_open(datetime(2026, 3, 2, hour, minute, tzinfo=AMSTERDAM)) is is_open


def test_windows_that_touch_count_as_one():
    split = Schedule((((510, 720), (720, 1020)),) * 5 + ((), ()))
    whole = Schedule((((510, 1020),),) * 5 + ((), ()))
    start = datetime(2026, 3, 2, 11, tzinfo=AMSTERDAM)

    assert add_working_time(start, minutes(90), split) == add_working_time(start, minutes(90), whole)


def test_schedules_with_the_same_content_are_equal():
    again = Schedule(OFFICE.weekly, dict(OFFICE.exceptions))

    assert again == OFFICE
    assert hash(again) == hash(OFFICE)
