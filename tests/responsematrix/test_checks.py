"""What is wrong with a matrix is found, named and, when it would break a promise, refused."""

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responsematrix.checks import Code, Finding, Known, Severity, Space, check, check_row, errors
from responsematrix.expectations import fill_in, text_for, unknown_names
from responsematrix.matching import COLUMNS, Facts, decide
from responsematrix.rows import Row
from responsematrix.wording import WORDS, words_for_finding

SPACE = Space(
    kinds=("mention", "direct_message"),
    platforms=("twitter", "linkedin"),
    subjects=("waste", "roads"),
    audiences=("resident", "press"),
    urgencies=("normal", "crisis"),
)
KNOWN = Known(space=SPACE, teams={1, 2}, calendars={7}, answer_channels={"same", "phone"})
STEPS = ((50, "assignee"), (75, "lead"), (100, "backup"))


def row(place: int = 1, **values: Any) -> Row:
    return Row(**{"key": place, "place": place, "owner_team": 1, "first_response": (4, "working_hours"), **values})


def codes(found: list[Finding]) -> list[Code]:
    return [finding.code for finding in found]


@pytest.mark.parametrize(
    ("values", "code", "column"),
    [
        ({"subject": "moon"}, Code.UNKNOWN_VALUE, "subject"),
        ({"kind": "letter"}, Code.UNKNOWN_VALUE, "kind"),
        ({"answer_channel": "pigeon"}, Code.UNKNOWN_VALUE, "answer_channel"),
        ({"owner_team": None}, Code.NO_OWNER, "owner_team"),
        ({"owner_team": 9}, Code.UNKNOWN_TEAM, "owner_team"),
        ({"backup_team": 9}, Code.UNKNOWN_TEAM, "backup_team"),
        ({"backup_team": 1}, Code.BACKUP_IS_OWNER, "backup_team"),
        ({"calendar": 9}, Code.UNKNOWN_CALENDAR, "calendar"),
        ({"first_response": (0, "working_hours")}, Code.TERM_NOT_POSITIVE, "first_response"),
        ({"next_response": (-4, "working_days")}, Code.TERM_NOT_POSITIVE, "next_response"),
        ({"resolution": (1_000_000, "working_days")}, Code.TERM_ABSURD, "resolution"),
        ({"first_response": (4, "moons")}, Code.UNKNOWN_UNIT, "first_response"),
        ({"resolution": (3, "working_hours")}, Code.RESOLUTION_FIRST, "resolution"),
        ({"steps": ((0, "lead"),)}, Code.STEP_PERCENT, "steps"),
        ({"steps": ((101, "lead"),)}, Code.STEP_PERCENT, "steps"),
        ({"steps": ((50, "mayor"),)}, Code.STEP_UNKNOWN, "steps"),
        ({"steps": ((75, "assignee"), (50, "lead"))}, Code.STEP_ORDER, "steps"),
        ({"steps": ((50, "assignee"), (60, "lead"), (70, "assignee"))}, Code.STEP_LOOP, "steps"),
        ({"steps": ((50, "lead"), (60, "lead"))}, Code.STEP_LOOP, "steps"),
        ({"steps": STEPS}, Code.STEP_NO_BACKUP, "steps"),
        ({"steps": tuple((n, "lead") for n in range(1, 9))}, Code.TOO_MANY_STEPS, "steps"),
        ({"expectations": {("public", "nl"): "x" * 1_001}}, Code.TEXT_TOO_LONG, "expectation_public_nl"),
        ({"expectations": {("private", "en"): "{0.__class__}"}}, Code.TEXT_UNKNOWN_NAME, "expectation_private_en"),
    ],
)
def test_a_row_that_can_not_be_kept_is_refused_with_its_cell(values, code, column):
    found = errors(check_row(row(**values), KNOWN))

    assert (code, column) in [(finding.code, finding.column) for finding in found]
    assert all(finding.key == 1 and finding.place == 1 for finding in found)


def test_a_good_row_passes():
    good = row(
        subject="waste",
        kind="mention",
        backup_team=2,
        next_response=(1, "working_days"),
        resolution=(5, "working_days"),
        answer_channel="phone",
        calendar=7,
        steps=STEPS,
        expectations={("public", "nl"): "U hoort voor {uiterlijk} van {team}."},
    )

    assert check_row(good, KNOWN) == []


def test_a_row_without_any_term_is_marked_but_not_refused():
    found = check_row(row(first_response=None), KNOWN)

    assert [(finding.code, finding.severity) for finding in found] == [(Code.NO_PROMISE, Severity.WARNING)]


def test_rules_that_contradict_are_refused_and_name_each_other():
    found = errors(check([row(1), row(2, subject="waste"), row(3, subject="waste", owner_team=2)], KNOWN))

    assert [(finding.code, finding.place, finding.others) for finding in found] == [(Code.CONTRADICTION, 3, (2,))]


def test_the_same_rule_twice_is_refused_too():
    found = errors(check([row(1), row(2)], KNOWN))

    assert codes(found) == [Code.DOUBLE]


def test_a_rule_for_everything_leaves_no_gap():
    assert Code.GAP not in codes(check([row(1)], KNOWN))


def test_a_gap_is_told_in_one_sentence_however_many_cells_it_has():
    covering = [row(1, platform="twitter"), row(2, platform="linkedin", kind="mention")]

    gaps = [finding for finding in check(covering, KNOWN) if finding.code is Code.GAP]

    assert len(gaps) == 1
    assert gaps[0].severity is Severity.WARNING
    assert words_for_finding(gaps[0]) == "Geen regel voor soort privébericht, platform LinkedIn."


def test_a_matrix_for_one_subject_lacks_the_others_and_the_unknown_one():
    gaps = [finding for finding in check([row(1, subject="waste")], KNOWN) if finding.code is Code.GAP]

    assert [words_for_finding(gap, subjects={"roads": "Wegwerk"}) for gap in gaps] == [
        "Geen regel voor onderwerp onbekend of Wegwerk."
    ]


CONDITIONS = st.fixed_dictionaries({column: st.sampled_from(("", *SPACE.values(column)[-2:])) for column in COLUMNS})


@settings(deadline=None, max_examples=60)
@given(st.lists(CONDITIONS, min_size=1, max_size=6))
def test_gaps_are_exactly_where_no_rule_fits(conditions):
    rows = [row(place, **one) for place, one in enumerate(conditions, 1)]
    regions = [finding.region for finding in check(rows, KNOWN) if finding.code is Code.GAP]

    for cell in product(*(SPACE.values(column) for column in COLUMNS)):
        lacking = (
            decide(Facts(**dict(zip(COLUMNS, cell, strict=True))), [one.to_condition() for one in rows]).rule is None
        )
        inside = [all(not v or c in v for c, v in zip(cell, region, strict=True)) for region in regions]
        assert sum(inside) == lacking  # each cell in one region at most


def test_a_rule_that_never_wins_is_marked():
    rows = [row(1), row(2, kind="mention", subject="waste")]
    rows += [row(3 + n, kind=kind, subject="roads") for n, kind in enumerate(SPACE.kinds)]

    found = check([*rows, row(9, subject="roads")], KNOWN)

    assert [(finding.code, finding.place) for finding in found if finding.code is Code.NEVER_WINS] == [
        (Code.NEVER_WINS, 9)
    ]


def test_an_overlap_says_who_wins_and_why():
    found = check([row(1), row(2, subject="waste"), row(3, kind="direct_message"), row(4, urgency="crisis")], KNOWN)
    overlaps = {finding.place: words_for_finding(finding) for finding in found if finding.code is Code.OVERLAP}

    assert overlaps == {
        2: "Overlapt met regel 3; daar wint deze, omdat hij onderwerp noemt.",
        4: "Overlapt met regels 2, 3; daar wint deze, omdat hij urgentie noemt.",
    }


def test_findings_are_the_same_whatever_the_order_of_reading():
    rows = [row(1), row(2, subject="waste"), row(3, kind="mention"), row(4, subject="waste", owner_team=2)]

    assert check(rows, KNOWN) == check(rows[::-1], KNOWN)


def test_an_empty_and_an_endless_table_are_refused():
    assert codes(errors(check([], KNOWN))) == [Code.NO_ROWS]
    assert codes(errors(check([row(n) for n in range(1, 600)], KNOWN))) == [Code.TOO_MANY_ROWS]


@pytest.mark.parametrize("code", [code for code in Code if code not in (Code.GAP, Code.OVERLAP)])
def test_every_finding_has_words(code):
    finding = Finding(code=code, detail="lead", others=(2,))

    assert set(WORDS) == set(Code) - {Code.GAP, Code.OVERLAP}
    assert "%(" not in words_for_finding(finding)


def test_what_passes_the_checks_becomes_a_rule():
    made = row(2, subject="waste", backup_team=2, steps=STEPS, expectations={("public", "nl"): ""}).to_rule()

    assert (made.key, made.position, made.subject) == (2, 2, "waste")
    assert [step.percent for step in made.outcome.steps] == [50, 75, 100]
    assert made.outcome.expectations == {}
    with pytest.raises(ValueError, match="no owner"):
        replace(row(), owner_team=None).to_rule()


def test_an_expectation_is_filled_in_once_and_only_with_our_names():
    values = {"team": "{uiterlijk}", "uiterlijk": "dinsdag 7 april 11:40"}

    assert fill_in("Team {team} antwoordt voor {uiterlijk}. {x} {{7*7}}", values) == (
        "Team {uiterlijk} antwoordt voor dinsdag 7 april 11:40. {x} {{7*7}}"
    )
    assert unknown_names("{team} {x} {0.__class__} {x} ${jndi:a}") == ["x", "0.__class__", "jndi:a"]


@pytest.mark.parametrize(
    ("visibility", "language", "expected"),
    [
        ("public", "nl", "Dag"),
        ("public", "en", "Hello"),
        ("public", "tr", "Dag"),
        ("private", "en", "Hoi"),
        ("x", "nl", ""),
    ],
)
def test_an_expectation_falls_back_on_dutch_never_on_the_other_audience(visibility, language, expected):
    texts = {("public", "nl"): "Dag", ("public", "en"): "Hello", ("private", "nl"): "Hoi"}

    assert text_for(texts, visibility=visibility, language=language) == expected
