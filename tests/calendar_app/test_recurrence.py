"""On which days a post comes back, and what that is called."""

from datetime import date, timedelta

import pytest
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calendar_app.recurrence import Repeat, days_of_rule
from calendar_app.repeat_form import RepeatForm, choices_for


def days(repeat: Repeat, starts_on: date, last: date) -> list[str]:
    return [each.isoformat() for each in days_of_rule(repeat.rule, starts_on=starts_on, first=starts_on, last=last)]


def test_the_last_day_of_a_short_month_stands_in() -> None:
    assert days(Repeat("monthly", day=31), date(2027, 1, 31), date(2027, 6, 30)) == [
        "2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30",
    ]  # fmt: skip
    assert days(Repeat("monthly", day=30), date(2028, 1, 30), date(2028, 3, 31)) == [
        "2028-01-30", "2028-02-29", "2028-03-30",
    ]  # fmt: skip
    assert days(Repeat("monthly", day=15), date(2027, 1, 15), date(2027, 2, 28)) == ["2027-01-15", "2027-02-15"]


def test_a_leap_day_comes_back_every_year() -> None:
    assert days(Repeat("yearly", day=29, month=2), date(2028, 2, 29), date(2032, 12, 31)) == [
        "2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29",
    ]  # fmt: skip


def test_weekdays_of_a_week_and_of_a_month() -> None:
    assert days(Repeat("weekly", weekdays=(0, 3)), date(2026, 12, 7), date(2026, 12, 20)) == [
        "2026-12-07", "2026-12-10", "2026-12-14", "2026-12-17",
    ]  # fmt: skip
    assert days(Repeat("weekday", weekdays=(1,), nth=1), date(2026, 12, 1), date(2027, 2, 28)) == [
        "2026-12-01", "2027-01-05", "2027-02-02",
    ]  # fmt: skip
    assert days(Repeat("weekday", weekdays=(4,), nth=-1), date(2026, 12, 25), date(2027, 2, 28)) == [
        "2026-12-25", "2027-01-29", "2027-02-26",
    ]  # fmt: skip


def test_the_first_one_counts_whether_the_rule_says_so_or_not() -> None:
    assert days(Repeat("weekly", weekdays=(0,)), date(2026, 12, 9), date(2026, 12, 15)) == ["2026-12-09", "2026-12-14"]


def test_a_window_that_begins_later_holds_only_what_is_in_it() -> None:
    found = days_of_rule("FREQ=DAILY", starts_on=date(2020, 1, 1), first=date(2026, 12, 1), last=date(2026, 12, 3))

    assert [each.day for each in found] == [1, 2, 3]


REPEATS = st.one_of(
    st.just(Repeat("daily")),
    st.lists(st.integers(0, 6), min_size=1, unique=True).map(
        lambda each: Repeat("weekly", weekdays=tuple(sorted(each)))
    ),
    st.integers(1, 31).map(lambda day: Repeat("monthly", day=day)),
    st.builds(
        lambda day, nth: Repeat("weekday", weekdays=(day,), nth=nth),
        st.integers(0, 6),
        st.sampled_from([1, 2, 3, 4, -1]),
    ),
    st.dates(date(2028, 1, 1), date(2028, 12, 31)).map(lambda on: Repeat("yearly", day=on.day, month=on.month)),
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine
@given(repeat=REPEATS, starts_on=st.dates(date(2000, 1, 1), date(2090, 1, 1)), window=st.integers(0, 800))
def test_any_rule_is_read_back_and_gives_each_day_once(repeat: Repeat, starts_on: date, window: int) -> None:
    last = starts_on + timedelta(days=window)
    found = days_of_rule(repeat.rule, starts_on=starts_on, first=starts_on, last=last)

    assert Repeat.read(repeat.rule) == repeat
    assert found == sorted(set(found))
    assert found[0] == starts_on
    assert found[-1] <= last
    if repeat.kind == "monthly":
        months = {(each.year, each.month) for each in found[1:]}
        assert len(found[1:]) in (len(months), len(months) + 1)
    assert repeat.words


@given(st.text(max_size=80))
def test_other_rules_are_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        Repeat.read(rule)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY\nRRULE:FREQ=SECONDLY", "FREQ=WEEKLY;BYDAY=",
        "FREQ=MONTHLY;BYMONTHDAY=32", "FREQ=YEARLY;BYMONTH=13;BYMONTHDAY=1", "FREQ=MONTHLY;BYDAY=5MO",
    ],
)  # fmt: skip
def test_what_people_can_not_choose_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="FREQ"):
        Repeat.read(rule)


@given(on=st.dates(date(2026, 1, 1), date(2032, 12, 31)))
def test_every_choice_for_a_day_holds_that_day(on: date) -> None:
    for how, _words in choices_for(on):
        form = RepeatForm({"how": how, "weekdays": [str(on.weekday())]}, on=on)
        assert form.is_valid(), form.errors
        if how == "last" and (on + timedelta(days=7)).month == on.month:
            continue  # that day itself is not the last one of its month
        rule = days_of_rule(form.rule, starts_on=on - timedelta(days=1), first=on, last=on)
        assert rule == [on], how


def test_a_week_needs_a_day() -> None:
    form = RepeatForm({"how": "weekly"}, on=date(2026, 12, 8))

    assert not form.is_valid()
    assert "weekdays" in form.errors


@pytest.mark.parametrize(
    ("repeat", "dutch", "english"),
    [
        (Repeat("daily"), "elke dag", "every day"),
        (Repeat("weekly", weekdays=(0, 2, 4)), "elke week op maandag, woensdag en vrijdag", "every week on monday, wednesday and friday"),
        (Repeat("monthly", day=1), "elke maand op dag 1", "every month on day 1"),
        (Repeat("weekday", weekdays=(1,), nth=1), "elke maand op de eerste dinsdag", "every month on the first tuesday"),
        (Repeat("yearly", day=5, month=12), "elk jaar op 5 december", "every year on 5 december"),
    ],
)  # fmt: skip
def test_it_is_said_in_words(repeat: Repeat, dutch: str, english: str) -> None:
    assert repeat.words == dutch
    with translation.override("en"):
        assert repeat.words == english
