"""The table changes one row at a time, only in a draft, and what can not be kept is refused with its cell."""

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from responsematrix.checks import Code
from responsematrix.editing import (
    add_rule,
    delete_rule,
    edit_rule,
    move_rule,
    new_draft,
    reorder_rules,
    replace_rules,
)
from responsematrix.models import MatrixVersion, Rule, Subject
from responsematrix.refusals import NotADraft, RowRefused
from responsematrix.rows import Row
from responsematrix.subject_list import SubjectRefused, create_subject, edit_subject, retire_subject
from responsematrix.versions import activate, approve

pytestmark = pytest.mark.django_db


def table(version: MatrixVersion) -> list[tuple[int, str]]:
    return [(rule.position, rule.kind) for rule in version.rules.all()]


def test_a_row_is_changed_and_the_trail_says_what(draft, manager, backup):
    rule = draft.rules.first()

    changed = edit_rule(
        rule=rule, by=manager, backup_team=backup, first_response_amount=8, expectation_public_nl="Voor {uiterlijk}."
    )

    assert (changed.backup_team, changed.first_response_amount) == (backup, 8)
    trail = AuditEvent.objects.get(action="rule.edited")
    assert trail.actor == manager
    assert trail.data["changed"] == {
        "backup_team": [None, backup.pk],
        "first_response_amount": [4, 8],
        "expectation_public_nl": [0, 17],  # how long, not what it says
    }


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"first_response_amount": 0}, Code.TERM_NOT_POSITIVE),
        ({"first_response_amount": -4}, Code.TERM_NOT_POSITIVE),
        ({"first_response_amount": 1_000_000}, Code.TERM_ABSURD),
        ({"first_response_unit": "moons"}, Code.UNKNOWN_UNIT),
        ({"owner_team": None}, Code.NO_OWNER),
        ({"kind": "letter"}, Code.UNKNOWN_VALUE),
        ({"steps": [[50, "assignee"], [60, "assignee"]]}, Code.STEP_LOOP),
        ({"expectation_public_nl": "{wachtwoord}"}, Code.TEXT_UNKNOWN_NAME),
    ],
)
def test_what_can_not_be_kept_is_refused_and_nothing_changes(draft, manager, values, code):
    rule = draft.rules.first()

    with pytest.raises(RowRefused) as caught:
        edit_rule(rule=rule, by=manager, **values)

    assert [finding.code for finding in caught.value.findings] == [code]
    assert str(caught.value)
    rule.refresh_from_db()
    assert (rule.first_response_amount, rule.owner_team_id is None) == (4, False)


def test_the_backup_is_another_team(draft, manager, team):
    with pytest.raises(RowRefused) as caught:
        edit_rule(rule=draft.rules.first(), by=manager, backup_team=team)

    assert caught.value.findings[0].code is Code.BACKUP_IS_OWNER


def test_a_field_that_is_not_on_the_table_can_not_be_set(draft, manager):
    with pytest.raises(TypeError):
        edit_rule(rule=draft.rules.first(), by=manager, version=draft)


def test_taking_the_amount_away_takes_the_unit_along(draft, manager):
    changed = edit_rule(rule=draft.rules.first(), by=manager, first_response_amount=None)

    assert changed.first_response_unit == ""


def test_rows_are_added_moved_and_deleted(draft, manager, team):
    third = add_rule(version=draft, by=manager, owner_team=team, kind="mention", position=1)
    assert table(draft) == [(1, "mention"), (2, ""), (3, "direct_message")]

    move_rule(rule=third, position=99, by=manager)
    assert table(draft) == [(1, ""), (2, "direct_message"), (3, "mention")]

    reorder_rules(version=draft, order=[rule.pk for rule in draft.rules.order_by("-position")], by=manager)
    assert table(draft) == [(1, "mention"), (2, "direct_message"), (3, "")]

    delete_rule(rule=draft.rules.get(position=2), by=manager)
    assert table(draft) == [(1, "mention"), (2, "")]


def test_an_order_of_another_table_is_refused(draft, manager):
    with pytest.raises(ValueError, match="veranderd"):
        reorder_rules(version=draft, order=[1, 2, 3], by=manager)


def test_a_new_draft_begins_with_what_is_in_force(active, manager):
    first, second = (new_draft(matrix=active.matrix, by=manager) for _ in range(2))
    edit_rule(rule=first.rules.first(), by=manager, first_response_amount=8)

    assert (first.number, second.number) == (2, 3)
    assert active.rules.first().first_response_amount == 4
    assert second.rules.first().first_response_amount == 4


def test_an_active_table_takes_no_edits(active, manager, team):
    with pytest.raises(NotADraft):
        edit_rule(rule=active.rules.first(), by=manager, first_response_amount=8)
    with pytest.raises(NotADraft):
        add_rule(version=active, by=manager, owner_team=team)
    with pytest.raises(NotADraft):
        delete_rule(rule=active.rules.first(), by=manager)
    with pytest.raises(NotADraft):
        move_rule(rule=active.rules.first(), position=2, by=manager)


def test_a_whole_table_is_replaced_or_nothing_is(draft, manager, team, backup):
    good = Row(key=2, place=1, owner_team=backup.pk, subject="waste", resolution=(5, "working_days"))
    wrong = Row(key=3, place=2, owner_team=backup.pk, first_response=(0, "working_days"))

    with pytest.raises(RowRefused):
        replace_rules(version=draft, rows=[good, wrong], by=manager)
    assert len(table(draft)) == 2

    assert replace_rules(version=draft, rows=[good], by=manager) == 1
    rule = Rule.objects.select_related("subject").get(version=draft)
    assert rule.to_row() == Row(
        key=rule.pk, place=1, owner_team=backup.pk, subject="waste", resolution=(5, "working_days")
    )


def test_screens_hear_of_a_change(draft, manager, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        edit_rule(rule=draft.rules.first(), by=manager, first_response_amount=8)

    assert len(callbacks) == 1


def test_a_subject_gets_a_code_for_good(manager, team):
    subject = create_subject(name="Sociaal domein", by=manager, keywords="bijstand, uitkering")

    assert subject.code == "sociaal-domein"
    with pytest.raises(SubjectRefused):
        create_subject(name="Sociaal domein", by=manager)
    with pytest.raises(TypeError):
        edit_subject(subject=subject, by=manager, code="anders")


@pytest.mark.parametrize(
    "values", [{"query": "(afval"}, {"query": "NOT afval"}, {"keywords": "de, het"}, {"query": "a " * 9_000}]
)
def test_words_that_can_not_be_used_are_refused(matrix, manager, values):
    subject = Subject.objects.get(code="waste")

    with pytest.raises(SubjectRefused):
        edit_subject(subject=subject, by=manager, **values)

    subject.refresh_from_db()
    assert subject.keywords == "afval, container"


def test_a_subject_is_not_retired_while_rules_name_it(draft, manager, colleague, team):
    waste, roads = Subject.objects.get(code="waste"), Subject.objects.get(code="roads")
    add_rule(version=draft, by=manager, owner_team=team, subject=waste)
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=timezone.now(), by=colleague)

    with pytest.raises(SubjectRefused):
        retire_subject(subject=waste, by=manager)
    assert retire_subject(subject=roads, by=manager).retired_at


def test_a_draft_with_a_retired_subject_is_not_approved(draft, manager, team):
    roads = retire_subject(subject=Subject.objects.get(code="roads"), by=manager)

    with pytest.raises(RowRefused):
        add_rule(version=draft, by=manager, owner_team=team, subject=roads)
