"""What is in force at a moment; old messages keep the rules and the hours of their own time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from responsematrix.editing import add_rule, edit_matrix, edit_rule, new_draft
from responsematrix.hours import create_calendar, new_hours_draft, set_weekday
from responsematrix.in_force import at, compile_version, current_recogniser, hours_at, main_matrix
from responsematrix.matching import Facts
from responsematrix.models import Matrix, Subject
from responsematrix.simulation import Turn, compare
from responsematrix.subject_list import edit_subject, retire_subject
from responsematrix.versions import activate, approve
from responsematrix.worktime import Term, Unit
from tests.responsematrix.conftest import LONG_AGO, WEEK

pytestmark = pytest.mark.django_db

MESSAGE = Facts(kind="direct_message", platform="facebook", subject="waste")


def test_the_version_of_the_moment_decides(active, manager, colleague, team):
    later = new_draft(matrix=active.matrix, by=manager)
    edit_rule(rule=later.rules.get(kind="direct_message"), by=manager, first_response_amount=1)
    approve(version=later, by=colleague)
    tomorrow = timezone.now() + timedelta(days=1)
    activate(version=later, from_at=tomorrow, by=colleague)

    amounts = [
        at(moment).decide(MESSAGE).outcome.first_response.amount
        for moment in (active.active_from, timezone.now(), tomorrow - timedelta(seconds=1), tomorrow)
    ]

    assert amounts == [4, 4, 4, 1]
    assert at(active.active_from - timedelta(seconds=1)) is None


def test_without_a_matrix_nothing_is_in_force(db):
    assert at(timezone.now()) is None
    assert main_matrix() is None


def test_a_deadline_knows_its_rule_and_versions_and_explains_itself(active):
    now_in_force = at(timezone.now())
    rule = now_in_force.decide(MESSAGE).rule

    deadline = now_in_force.deadline(LONG_AGO, Term(4, Unit.WORKING_HOURS), rule)

    assert deadline.due_at - LONG_AGO == timedelta(hours=11, minutes=30)  # from 1:00 to 12:30 at home
    assert (deadline.rule, deadline.matrix_version) == (rule.key, active.pk)
    assert deadline.calendar_version == active.matrix.calendar.versions.get().pk
    assert [step["step"] for step in deadline.steps] == ["received", "term", "hours", "due"]


def test_a_rule_may_have_hours_of_its_own(draft, manager, colleague):
    desk = create_calendar(name="Avondbalie", weekly=[((600, 1200),)] * 7, by=manager)
    approve(version=desk, by=colleague)
    activate(version=desk, from_at=LONG_AGO, by=colleague)
    edit_rule(rule=draft.rules.get(kind="direct_message"), by=manager, calendar=desk.calendar)
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=LONG_AGO, by=colleague)

    found = at(timezone.now())

    assert found.hours_for(found.decide(MESSAGE).rule).version == desk.pk
    assert found.hours_for(None).calendar == draft.matrix.calendar_id


def test_new_hours_hold_from_their_moment_and_the_oldest_before_all(active, calendar, manager, colleague):
    evening = new_hours_draft(calendar=calendar, by=manager)
    set_weekday(version=evening, weekday=3, windows=[(510, 1200)], by=manager)
    approve(version=evening, by=colleague)
    tomorrow = timezone.now() + timedelta(days=1)
    activate(version=evening, from_at=tomorrow, by=colleague)

    numbers = [
        hours_at(moment, calendar.pk).version == evening.pk
        for moment in (LONG_AGO - timedelta(days=400), timezone.now(), tomorrow, tomorrow + timedelta(days=400))
    ]

    assert numbers == [False, False, True, True]


def test_a_draft_can_be_tried_with_other_hours(active, calendar, manager):
    trial = new_draft(matrix=active.matrix, by=manager)
    edit_rule(rule=trial.rules.get(kind="direct_message"), by=manager, first_response_amount=1)
    longer = new_hours_draft(calendar=calendar, by=manager)
    set_weekday(version=longer, weekday=5, windows=[(510, 1020)], by=manager)
    longer.refresh_from_db()

    compiled = compile_version(trial, timezone.now(), instead={calendar.pk: longer})

    assert compiled.decide(MESSAGE).outcome.first_response.amount == 1
    assert compiled.hours[calendar.pk].version == longer.pk
    assert at(timezone.now()).hours[calendar.pk].version != longer.pk


def test_a_draft_is_read_again_after_every_change(draft, manager):
    before = compile_version(draft, timezone.now())
    edit_rule(rule=draft.rules.get(kind="direct_message"), by=manager, first_response_amount=1)

    amounts = [
        one.decide(MESSAGE).outcome.first_response.amount for one in (before, compile_version(draft, timezone.now()))
    ]

    assert amounts == [4, 1]


def test_a_matrix_without_hours_is_not_in_force(manager):
    closed = create_calendar(name="Later", weekly=WEEK, by=manager)
    matrix = Matrix.objects.create(name="Proef", calendar=closed.calendar)
    version = new_draft(matrix=matrix, by=manager)

    assert compile_version(version, timezone.now()) is None


def test_subjects_are_recognised_by_their_newest_words(active, manager):
    waste = Subject.objects.get(code="waste")
    assert [found.subject for found in at(timezone.now()).recognise("Mijn container is vol")] == ["waste"]

    edit_subject(subject=waste, by=manager, keywords="vuilnis")
    assert current_recogniser().recognise("Mijn container is vol") == []
    assert current_recogniser().recognise("Vuilnis!")[0].words == ("Vuilnis",)

    retire_subject(subject=waste, by=manager)
    assert current_recogniser().recognise("Vuilnis!") == []


def test_looking_up_costs_a_fixed_number_of_queries(active, manager, django_assert_num_queries):
    at(timezone.now())

    with django_assert_num_queries(3):  # the version, its hours, and whether the words of subjects changed
        at(timezone.now())


def test_what_no_rule_fits_goes_to_the_default_team(active, backup, manager):
    edit_matrix(matrix=active.matrix, by=manager, name="Wat wij beloven", default_team=backup)

    assert at(timezone.now()).default_team == backup.pk
    assert main_matrix().name == "Wat wij beloven"


def test_a_draft_is_compared_with_what_is_in_force_on_past_traffic(active, manager):
    trial = new_draft(matrix=active.matrix, by=manager)
    edit_rule(rule=trial.rules.get(kind="direct_message"), by=manager, first_response_amount=1)
    answered = LONG_AGO + timedelta(hours=10)  # 11:00 at home, two and a half hours after opening
    before, after = at(timezone.now()), compile_version(trial, timezone.now())

    result = compare([Turn(1, LONG_AGO, answered, MESSAGE)], before.to_scenario(), after.to_scenario())

    assert (result.judged, result.worse) == (1, 1)


def test_adding_a_rule_to_a_draft_does_not_touch_what_is_in_force(active, manager, team):
    later = new_draft(matrix=active.matrix, by=manager)
    add_rule(version=later, by=manager, owner_team=team, platform="facebook", kind="direct_message")

    assert len(at(timezone.now()).matcher.rules) == 2
