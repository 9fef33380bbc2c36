"""Who may do what, and the trail of who did it."""

import pytest
import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.urls import reverse

from accounts.audit import record
from accounts.models import AuditEvent, Membership, Role, User
from accounts.permissions import may_answer, may_manage_channels, may_share_views, shared_with
from channels.models import Channel
from channels.visible import visible_channel_ids
from tests.factories import ChannelFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


def again(user: User) -> User:
    """The same person in a next request: nothing is remembered."""
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(
    ("role", "answers", "manages", "shares"),
    [
        (Role.AGENT, True, False, False),
        (Role.EDITOR, True, False, False),
        (Role.APPROVER, True, False, False),
        (Role.MANAGER, True, False, True),
        (Role.ADMINISTRATOR, True, True, True),
    ],
)
def test_each_role_may_do_what_is_written(team, role, answers, manages, shares):
    person = UserFactory(teams=[team], teams__role=role)

    assert (may_answer(person), may_manage_channels(person), may_share_views(person)) == (answers, manages, shares)


def test_who_is_in_no_team_or_was_deactivated_may_nothing(team):
    nobody, gone = UserFactory(), UserFactory(teams=[team], teams__role=Role.ADMINISTRATOR, is_active=False)

    for person in (nobody, gone):
        assert not may_answer(person)
        assert not may_manage_channels(person)
        assert not may_share_views(person)
        assert shared_with(person) is None
        assert person.team_ids == []


def test_a_right_in_one_team_is_no_right_in_another(team):
    person = UserFactory(teams=[team])
    managed = TeamFactory()
    Membership.objects.create(user=person, team=managed, role=Role.MANAGER)

    assert shared_with(again(person)) == managed


def test_somebody_sees_the_channels_of_the_own_teams_and_an_administrator_all(team, agent, administrator, outsider):
    ours, theirs, closed = (
        ChannelFactory(teams=[team]),
        ChannelFactory(),
        ChannelFactory(teams=[team], closed_at="2026-01-01T00:00Z"),
    )

    assert set(visible_channel_ids(agent)) == {ours.pk, closed.pk}
    assert set(visible_channel_ids(administrator)) == {ours.pk, theirs.pk, closed.pk}
    assert visible_channel_ids(outsider) == []
    assert set(Channel.objects.visible_to(UserFactory(is_superuser=True))) == {ours, theirs, closed}
    assert not Channel.objects.visible_to(UserFactory(is_superuser=True, is_active=False)).exists()


def test_a_person_has_one_role_per_team_and_only_known_ones(team, agent):
    for role in (Role.MANAGER, "baas"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(user=agent if role != "baas" else UserFactory(), team=team, role=role)


def test_somebody_without_a_full_name_is_called_by_the_name_of_the_account():
    assert UserFactory(first_name="", last_name="", username="kees").display_name == "kees"
    assert UserFactory(first_name="Kees", last_name="Bakker").display_name == "Kees Bakker"


# -- the trail -------------------------------------------------------------------------------------------------------------------------


def test_the_trail_says_who_did_what_to_which_and_in_which_request(agent, team):
    with structlog.contextvars.bound_contextvars(request_id="abc123"):
        record("team.renamed", team, by=agent, before="x")
    record("team.checked", team, by=None, result="failed")

    first, second = AuditEvent.objects.order_by("pk")
    assert (first.actor, first.action, first.object_type, first.object_id) == (
        agent,
        "team.renamed",
        "accounts.team",
        str(team.pk),
    )
    assert (first.origin, first.data, first.result) == ("abc123", {"before": "x"}, "ok")
    assert (second.actor, second.origin, second.result) == (None, "", "failed")


def test_what_was_recorded_can_not_be_changed_or_taken_away(agent, team):
    event = record("team.renamed", team, by=agent)

    for change in (
        lambda: AuditEvent.objects.update(action="niets"),
        lambda: AuditEvent.objects.all().delete(),
        lambda: event.save(),
        lambda: event.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert AuditEvent.objects.get().action == "team.renamed"


def test_what_is_rolled_back_leaves_no_trail(agent, team):
    with transaction.atomic():
        record("team.renamed", team, by=agent)
        transaction.set_rollback(True)

    assert AuditEvent.objects.count() == 0


def test_somebody_in_the_trail_is_not_deleted(agent, team):
    record("team.renamed", team, by=agent)

    with pytest.raises(IntegrityError):
        agent.delete()


# -- the admin -------------------------------------------------------------------------------------------------------------------------


def test_staff_neither_deletes_people_nor_touches_the_trail_or_credentials(client, agent, channel):
    event = record("team.renamed", agent, by=agent)
    staff = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(staff)

    for name, obj in (("accounts_user", agent), ("accounts_auditevent", event), ("channels_channel", channel)):
        assert client.post(reverse(f"admin:{name}_delete", args=[obj.pk]), {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:accounts_auditevent_add")).status_code == 403
    assert client.post(reverse("admin:accounts_auditevent_change", args=[event.pk]), {"action": "x"}).status_code == 403
    page = client.get(reverse("admin:channels_channel_change", args=[channel.pk])).content.decode()
    assert "geheim" not in page
    assert "encrypted_credentials" not in page
    assert User.objects.filter(pk=agent.pk).exists()
