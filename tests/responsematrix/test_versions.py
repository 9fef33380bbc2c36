"""Draft, approved by somebody else, active from a moment; and then it never changes, whoever tries."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from responsematrix.checks import Code
from responsematrix.editing import add_rule, delete_rule, edit_rule, new_draft
from responsematrix.hours import create_calendar, new_hours_draft, set_weekday
from responsematrix.models import CalendarVersion, Matrix, MatrixVersion, Rule, State, Subject
from responsematrix.refusals import NotADraft, NotReady, NotTheirOwn, WrongMoment
from responsematrix.versions import activate, approve, discard, find_problems, reopen, withdraw
from tests.factories import UserFactory
from tests.responsematrix.conftest import OFFICE, WEEK

pytestmark = pytest.mark.django_db


def soon():
    return timezone.now() + timedelta(days=7)


def test_a_version_is_approved_by_somebody_else_and_becomes_active(draft, colleague):
    approve(version=draft, by=colleague)
    active = activate(version=draft, from_at=soon(), by=colleague)

    assert (active.state, active.approved_by, active.is_in_force) == (State.ACTIVE, colleague, False)
    assert list(AuditEvent.objects.filter(action__startswith="matrix.").values_list("action", flat=True)) == [
        "matrix.created",
        "matrix.approved",
        "matrix.activated",
    ]


def test_nobody_approves_their_own_version(draft, manager):
    with pytest.raises(NotTheirOwn):
        approve(version=draft, by=manager)

    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_nobody_approves_what_they_changed_in_anothers_version(draft, colleague):
    edit_rule(rule=draft.rules.first(), by=colleague, first_response_amount=8)

    with pytest.raises(NotTheirOwn):
        approve(version=draft, by=colleague)


def test_the_database_refuses_a_version_approved_by_its_author_or_an_editor(draft, manager, colleague):
    edit_rule(rule=draft.rules.first(), by=colleague, first_response_amount=8)
    stamp = {"state": State.APPROVED, "approved_at": timezone.now()}

    for somebody in (manager, colleague):
        with pytest.raises(DatabaseError), transaction.atomic():
            MatrixVersion.objects.filter(pk=draft.pk).update(approved_by=somebody, **stamp)
    with pytest.raises(IntegrityError), transaction.atomic():
        MatrixVersion.objects.filter(pk=draft.pk).update(approved_by=None, **stamp)


def test_a_table_with_errors_is_not_approved_and_says_which(draft, team, colleague):
    add_rule(
        version=draft,
        by=None,
        owner_team=team,
        kind="direct_message",
        resolution_amount=1,
        resolution_unit="working_days",
    )

    with pytest.raises(NotReady) as caught:
        approve(version=draft, by=colleague)

    assert [finding.code for finding in caught.value.findings] == [Code.CONTRADICTION]


def test_gaps_do_not_stop_a_version(draft, colleague):
    delete_rule(rule=draft.rules.first(), by=draft.author)
    assert Code.GAP in {finding.code for finding in find_problems(draft)}

    assert approve(version=draft, by=colleague).state == State.APPROVED


def test_approving_twice_says_that_it_is_done(draft, colleague):
    approve(version=draft, by=colleague)

    with pytest.raises(NotADraft):
        approve(version=draft, by=colleague)


def test_a_change_after_approval_needs_a_draft_and_a_new_approval(draft, manager, colleague):
    approve(version=draft, by=colleague)
    with pytest.raises(NotADraft):
        edit_rule(rule=draft.rules.first(), by=manager, first_response_amount=8)

    reopen(version=draft, by=manager)
    edit_rule(rule=draft.rules.first(), by=manager, first_response_amount=8)

    with pytest.raises(NotADraft):
        activate(version=draft, from_at=soon(), by=manager)


@pytest.mark.parametrize(
    "change",
    [
        lambda version: version.rules.update(first_response_amount=99),
        lambda version: version.rules.all().delete(),
        lambda version: Rule.objects.create(version=version, position=9, owner_team=version.rules.first().owner_team),
        lambda version: MatrixVersion.objects.filter(pk=version.pk).update(note="toch anders"),
        lambda version: MatrixVersion.objects.filter(pk=version.pk).update(active_from=soon()),
        lambda version: MatrixVersion.objects.filter(pk=version.pk).update(
            state=State.DRAFT, approved_by=None, approved_at=None, active_from=None
        ),
        lambda version: version.delete(),
        lambda version: CalendarVersion.objects.update(weekly=[[]] * 7),
        lambda version: CalendarVersion.objects.all().delete(),
    ],
    ids=["rule", "rules gone", "rule added", "note", "moment", "draft again", "gone", "hours", "hours gone"],
)
def test_the_database_refuses_to_change_what_is_in_force(active, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(active)

    active.refresh_from_db()
    assert (active.state, active.rules.count()) == (State.ACTIVE, 2)


def test_the_database_refuses_a_version_that_skips_a_state(matrix, manager, colleague):
    with pytest.raises(DatabaseError), transaction.atomic():
        MatrixVersion.objects.create(
            matrix=matrix,
            number=9,
            state=State.APPROVED,
            author=manager,
            approved_by=colleague,
            approved_at=timezone.now(),
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        matrix.versions.update(
            state=State.ACTIVE, approved_by=colleague, approved_at=timezone.now(), active_from=timezone.now()
        )


def test_a_version_to_come_is_withdrawn_and_one_in_force_is_not(active, manager, colleague):
    coming = new_draft(matrix=active.matrix, by=manager)
    approve(version=coming, by=colleague)
    activate(version=coming, from_at=soon(), by=colleague)

    assert withdraw(version=coming, by=manager).state == State.APPROVED

    with pytest.raises(WrongMoment):
        withdraw(version=active, by=manager)


def test_the_past_can_not_be_chosen_once_there_is_an_active_version(active, manager, colleague):
    later = new_draft(matrix=active.matrix, by=manager)
    approve(version=later, by=colleague)

    with pytest.raises(WrongMoment):
        activate(version=later, from_at=timezone.now() - timedelta(hours=1), by=colleague)

    assert activate(version=later, from_at=timezone.now(), by=colleague).is_in_force


def test_two_versions_can_not_begin_at_the_same_moment(active, manager, colleague):
    moment = soon()
    first, second = (new_draft(matrix=active.matrix, by=manager) for _ in range(2))
    for version in (first, second):
        approve(version=version, by=colleague)
    activate(version=first, from_at=moment, by=colleague)

    with pytest.raises(WrongMoment):
        activate(version=second, from_at=moment, by=colleague)


def test_a_matrix_waits_for_its_opening_hours(draft, team, manager, colleague):
    other = create_calendar(name="Avondbalie", weekly=WEEK, by=manager)
    edit_rule(rule=draft.rules.first(), by=manager, calendar=other.calendar)
    approve(version=draft, by=colleague)

    with pytest.raises(NotReady, match="Avondbalie"):
        activate(version=draft, from_at=soon(), by=colleague)


def test_the_only_hours_of_a_matrix_are_not_withdrawn(draft, team, manager, colleague):
    other = create_calendar(name="Avondbalie", weekly=WEEK, by=manager)
    approve(version=other, by=colleague)
    activate(version=other, from_at=soon(), by=colleague)
    edit_rule(rule=draft.rules.first(), by=manager, calendar=other.calendar)
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=soon(), by=colleague)

    with pytest.raises(NotReady):
        withdraw(version=other, by=manager)

    withdraw(version=draft, by=manager)
    assert withdraw(version=other, by=manager).state == State.APPROVED


def test_opening_hours_without_an_opening_are_not_approved(manager, colleague):
    closed = create_calendar(name="Dicht", by=manager)

    with pytest.raises(NotReady):
        approve(version=closed, by=colleague)


def test_opening_hours_go_the_same_way(calendar, manager, colleague):
    draft = new_hours_draft(calendar=calendar, by=manager)
    set_weekday(version=draft, weekday=3, windows=[*OFFICE, (1080, 1200)], by=manager)
    with pytest.raises(NotTheirOwn):
        approve(version=draft, by=manager)

    approve(version=draft, by=colleague)
    activate(version=draft, from_at=soon(), by=colleague)

    assert [version.number for version in calendar.versions.filter(state=State.ACTIVE)] == [2, 1]
    with pytest.raises(NotADraft):
        set_weekday(version=draft, weekday=3, windows=OFFICE, by=manager)


def test_a_draft_can_be_thrown_away_and_nothing_else(active, manager):
    draft = new_draft(matrix=active.matrix, by=manager)
    assert (draft.number, draft.based_on, draft.rules.count()) == (2, active, 2)

    discard(version=draft, by=manager)

    assert not Rule.objects.filter(version_id=draft.pk).exists()
    with pytest.raises(NotADraft):
        discard(version=active, by=manager)


def test_there_is_one_main_matrix(matrix, calendar):
    with pytest.raises(IntegrityError), transaction.atomic():
        Matrix.objects.create(name="Nog een", calendar=calendar, is_main=True)


@pytest.mark.parametrize(
    "values",
    [
        {"first_response_amount": 0, "first_response_unit": "working_hours"},
        {"first_response_amount": 4, "first_response_unit": ""},
        {"first_response_amount": None, "first_response_unit": "working_hours"},
        {"resolution_amount": 1_000_000, "resolution_unit": "working_days"},
        {"kind": "letter"},
        {"answer_channel": "pigeon"},
    ],
)
def test_the_database_refuses_half_terms_and_unknown_values(draft, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        draft.rules.update(**values)


def test_who_sees_what(active, manager, agent, outsider, administrator):
    coming = new_draft(matrix=active.matrix, by=manager)
    nobody = UserFactory(username="los")

    for user in (manager, administrator):
        assert set(MatrixVersion.objects.visible_to(user)) == {active, coming}
    # What we promise is known to everybody who works here; what is being prepared is not.
    for user in (agent, outsider):
        assert set(MatrixVersion.objects.visible_to(user)) == {active}
        assert {rule.version_id for rule in Rule.objects.visible_to(user)} == {active.pk}
        assert Subject.objects.visible_to(user).count() == 2
    assert not MatrixVersion.objects.visible_to(nobody).exists()
    assert not Subject.objects.visible_to(nobody).exists()
    assert not Rule.objects.visible_to(nobody).exists()


def test_the_migration_can_be_undone_and_done_again():
    from importlib import import_module

    migration = import_module("responsematrix.migrations.0002_versions_immutable")

    with connection.cursor() as cursor:
        cursor.execute(migration.BACKWARD)
        cursor.execute(migration.FORWARD)
