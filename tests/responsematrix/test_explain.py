"""A deadline and a decision in words, made from data that can be stored."""

import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from responsematrix.explain import (
    HOLIDAYS,
    QUERY_PROBLEMS,
    deadline_steps,
    decision_steps,
    words_for_deadline,
    words_for_decision,
    words_for_query,
    words_for_term,
)
from responsematrix.holidays_nl import LiberationDay, public_holidays
from responsematrix.matching import Facts, MatchRule, Outcome, decide
from responsematrix.subjects import BadQuery, Problem, Recognition
from responsematrix.worktime import Exceptional, Schedule, Term, Unit
from tests.responsematrix.golden import LATE_DESK, OFFICE, SCHEDULES

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
HOURS, DAYS = Unit.WORKING_HOURS, Unit.WORKING_DAYS


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("start", "term", "name", "expected"),
    [
        (
            "2026-04-03 16:10",
            Term(4, HOURS),
            "kantoor",
            "ontvangen vrijdag 3 april 16:10; 4 werkuren; open 8:30–17:00; maandag is Tweede paasdag; "
            "uiterlijk dinsdag 7 april 11:40",
        ),
        (
            "2026-03-05 09:00",
            Term(1, DAYS),
            "balie",
            "ontvangen donderdag 5 maart 9:00; 1 werkdag; open do 8:30–12:30 en 13:30–20:00 | vr 8:30–12:30 en 13:30–17:00; "
            "uiterlijk vrijdag 6 maart 17:00",
        ),
        (
            "2026-04-03 16:10",
            Term(4, Unit.CLOCK_HOURS),
            "kantoor",
            "ontvangen vrijdag 3 april 16:10; 4 uur, dag en nacht; uiterlijk vrijdag 3 april 20:10",
        ),
        (
            "2026-12-31 16:00",
            Term(2, HOURS),
            "kantoor",
            "ontvangen donderdag 31 december 16:00; 2 werkuren; open 8:30–17:00; vrijdag is Nieuwjaarsdag; "
            "uiterlijk maandag 4 januari 2027 9:30",
        ),
        (
            "2026-12-23 16:00",
            Term(1, DAYS),
            "kort",
            "ontvangen woensdag 23 december 16:00; 1 werkdag; open 8:30–17:00; donderdag is Kerstavond: open 8:30–15:00; "
            "uiterlijk donderdag 24 december 15:00",
        ),
        (
            "2026-12-12 10:00",
            Term(1, HOURS),
            "koopzondag",
            "ontvangen zaterdag 12 december 10:00; 1 werkuur; zondag open 12:00–17:00; uiterlijk zondag 13 december 13:00",
        ),
        (
            "2026-03-28 12:00",
            Term(1, DAYS),
            "continu",
            "ontvangen zaterdag 28 maart 12:00; 1 werkdag; dag en nacht open; zondag gaat de klok vooruit; "
            "uiterlijk maandag 30 maart 0:00",
        ),
        (
            "2026-10-24 23:00",
            Term(6, HOURS),
            "nacht",
            "ontvangen zaterdag 24 oktober 23:00; 6 werkuren; open za 0:00–4:00 en 18:00–24:00 | zo 0:00–4:00; "
            "zondag gaat de klok terug; uiterlijk zondag 25 oktober 4:00",
        ),
    ],
)
def test_a_deadline_explains_itself(start, term, name, expected):
    steps = deadline_steps(at(start), term, SCHEDULES[name])

    assert words_for_deadline(steps, language="nl") == expected
    assert words_for_deadline(json.loads(json.dumps(steps)), language="nl") == expected


def test_a_deadline_explains_itself_in_the_language_of_the_reader():
    steps = deadline_steps(at("2026-04-03 16:10"), Term(4, HOURS), SCHEDULES["kantoor"])

    received, term, hours, holiday, due = words_for_deadline(steps, language="en").split("; ")
    assert (received, term, hours) == ("received Friday 3 April 16:10", "4 working hours", "open 8:30–17:00")
    assert holiday == "Monday is Easter Monday"
    assert due.endswith("Tuesday 7 April 11:40")
    assert words_for_deadline(steps, language="nl").startswith("ontvangen vrijdag 3 april 16:10; 4 werkuren; open")


def test_a_day_further_than_a_week_is_named_by_its_date():
    steps = deadline_steps(at("2026-03-30 10:00"), Term(14, Unit.CALENDAR_DAYS), SCHEDULES["kantoor"])

    assert "maandag 6 april is Tweede paasdag" in words_for_deadline(steps, language="nl")


def test_a_closed_day_without_a_name_and_a_holiday_on_a_closed_day():
    exceptions = {date(2026, 3, 3): Exceptional(), date(2026, 3, 7): Exceptional(name="Feest")}
    steps = deadline_steps(at("2026-03-02 16:00"), Term(5, DAYS), Schedule((OFFICE,) * 5 + ((), ()), exceptions))

    words = words_for_deadline(steps, language="nl")

    assert "dinsdag gesloten" in words
    assert "Feest" not in words


def test_a_long_term_names_a_dozen_days_and_counts_the_rest():
    steps = deadline_steps(at("2025-01-02 10:00"), Term(366, Unit.CALENDAR_DAYS), SCHEDULES["zaterdag"])
    many = {date(2026, 3, day): Exceptional(LATE_DESK) for day in range(1, 30)}
    crowded = deadline_steps(at("2026-03-02 10:00"), Term(20, DAYS), Schedule((OFFICE,) * 5 + ((), ()), many))

    assert len(json.dumps(steps)) < 3_000
    assert "nog 9 afwijkende dagen" in words_for_deadline(crowded, language="nl")


@pytest.mark.parametrize("unit", list(Unit))
def test_one_and_many_of_each_unit(unit):
    one, many = words_for_term(1, unit), words_for_term(12, unit)

    assert one.startswith("1 ")
    assert many.startswith("12 ")


def test_every_name_that_is_pre_filled_has_a_translation_of_its_own():
    found = public_holidays(range(2020, 2036), good_friday=True, liberation_day=LiberationDay.ALWAYS)

    assert {name for day in found.values() for name in day.name.split(", ")} == set(HOLIDAYS)


def rule(key: int, **conditions: str) -> MatchRule:
    return MatchRule(key=key, position=key, outcome=Outcome(owner_team=1), **conditions)


def test_a_decision_explains_itself():
    facts = Facts(kind="direct_message", platform="facebook", subject="waste", audience="resident")
    rules = [rule(1, subject="waste"), rule(2, subject="waste", kind="direct_message"), rule(3), rule(4)]

    steps = decision_steps(decide(facts, rules), recognition=Recognition("waste", ("afvalbak", "vol")))

    assert words_for_decision(json.loads(json.dumps(steps)), subjects={"waste": "Afval"}, language="nl") == [
        "Onderwerp Afval, herkend aan: afvalbak, vol.",
        "Regel 2 geldt: onderwerp Afval, soort privébericht.",
        "Regel 1 past ook, maar zegt niets over soort.",
        "Regel 3 past ook, maar zegt niets over onderwerp.",
        "Regel 4 past ook, maar zegt niets over onderwerp.",
    ]


def test_a_gap_an_equal_rule_and_a_rule_for_everything_explain_themselves():
    facts = Facts(kind="mention", platform="twitter")

    assert words_for_decision(decision_steps(decide(facts, [])), language="nl") == [
        "Geen enkele regel past: hier heeft de matrix een gat."
    ]
    assert words_for_decision(decision_steps(decide(facts, [rule(1), rule(2)])), language="nl") == [
        "Regel 1 geldt: die is voor alles wat overblijft.",
        "Regel 2 past ook, maar staat lager in de tabel.",
    ]


@pytest.mark.parametrize("problem", list(Problem))
def test_every_problem_of_a_query_has_words(problem):
    assert set(QUERY_PROBLEMS) == set(Problem)
    assert len(words_for_query(BadQuery(problem, detail="&"))) > 10
