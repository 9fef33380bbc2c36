"""Whose conversation it is: of two who want it one gets it, and the other is told who."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Team, User
from channels.models import ChannelTeam
from inbox.assignment import NotAssigned, assign, claim, release
from inbox.models import Conversation, Notification, NotificationKind
from inbox.threads import get_thread
from tests.factories import TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def colleague(team: Team) -> User:
    return UserFactory(username="mehmet", first_name="Mehmet", last_name="Yılmaz", teams=[team])


def activity(conversation: Conversation, user: User) -> list[str]:
    days = get_thread(Conversation.objects.select_related("channel").get(pk=conversation.pk), user).days
    return [entry.text for day in days for entry in day.entries if hasattr(entry, "is_activity")]


def test_what_is_nobodys_is_claimed_with_a_lease(conversation, team, agent):
    Conversation.objects.update(team=team)

    claim(conversation=conversation, by=agent)

    assert conversation.assignee == agent
    assert conversation.lease_until - conversation.assigned_at == timedelta(minutes=team.lease_minutes)
    assert activity(conversation, agent) == ["Sanne de Vries " + agent.last_name.split()[-1] + " nam dit op zich"]


def test_who_comes_second_is_told_who_was_first(conversation, agent, colleague):
    claim(conversation=conversation, by=colleague)

    with pytest.raises(NotAssigned, match="Mehmet Yılmaz was eerder"):
        claim(conversation=conversation, by=agent)


def test_claiming_twice_is_claiming_once(conversation, agent):
    for _time in range(2):
        claim(conversation=conversation, by=agent)

    assert AuditEvent.objects.filter(action="conversation.claimed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_exactly_one_wins(conversation, team):
    people = [UserFactory(teams=[team]) for _number in range(10)]
    barrier = threading.Barrier(10)

    def work(person: User) -> str:
        barrier.wait(20)
        try:
            claim(conversation=conversation, by=person)
        except NotAssigned as told:
            return str(told)
        finally:
            connection.close()
        return "won"

    with ThreadPoolExecutor(10) as pool:
        outcomes = list(pool.map(work, people))

    winner = Conversation.objects.get().assignee
    assert outcomes.count("won") == 1
    assert all(winner.display_name in outcome for outcome in outcomes if outcome != "won")
    assert AuditEvent.objects.filter(action="conversation.claimed").count() == 1


def test_taking_over_tells_the_loser_and_needs_to_know_who_that_is(conversation, agent, colleague):
    claim(conversation=conversation, by=colleague)

    claim(conversation=conversation, by=agent, instead_of=colleague.pk)

    assert conversation.assignee == agent
    told = Notification.objects.get()
    assert (told.user, told.kind, told.actor) == (colleague, NotificationKind.TAKEN_OVER, agent)
    assert activity(conversation, agent)[-1].endswith("nam dit over van Mehmet Yılmaz")
    with pytest.raises(NotAssigned):
        claim(conversation=conversation, by=UserFactory(), instead_of=colleague.pk)


def test_only_who_has_it_lets_it_go(conversation, agent, colleague):
    claim(conversation=conversation, by=colleague)
    with pytest.raises(NotAssigned):
        release(conversation=conversation, by=agent)

    release(conversation=conversation, by=colleague)

    assert (conversation.assignee, conversation.lease_until) == (None, None)


def test_a_colleague_who_gets_it_hears_of_it(conversation, agent, colleague):
    assign(conversation=conversation, by=agent, to=colleague, instead_of=None)

    assert conversation.assignee == colleague
    assert Notification.objects.get().user == colleague
    assert activity(conversation, agent)[-1].endswith("wees dit toe aan Mehmet Yılmaz")


def test_a_team_gets_it_in_its_queue(conversation, channel, agent, colleague):
    waste = TeamFactory(name="Afval")
    ChannelTeam.objects.create(channel=channel, team=waste)
    claim(conversation=conversation, by=colleague)

    assign(conversation=conversation, by=agent, team=waste, instead_of=colleague.pk)

    assert (conversation.assignee, conversation.team) == (None, waste)
    assert activity(conversation, agent)[-1].endswith("wees dit toe aan team Afval")


def test_nobody_gets_what_they_can_not_see(conversation, agent, outsider):
    with pytest.raises(NotAssigned):
        assign(conversation=conversation, by=agent, to=outsider, instead_of=None)
    with pytest.raises(NotAssigned):
        assign(conversation=conversation, by=agent, team=outsider.teams.get(), instead_of=None)
    with pytest.raises(NotAssigned):
        assign(conversation=conversation, by=agent, to=UserFactory(is_active=False), instead_of=None)


def test_who_had_an_old_screen_does_not_take_it_from_somebody_else(conversation, agent, colleague):
    claim(conversation=conversation, by=colleague)

    with pytest.raises(NotAssigned, match="intussen van Mehmet"):
        assign(conversation=conversation, by=agent, to=agent, instead_of=None)


def test_the_database_knows_no_lease_of_nobody(conversation):
    with pytest.raises(IntegrityError), transaction.atomic():
        Conversation.objects.update(lease_until=timezone.now())


# -- buttons ---------------------------------------------------------------------------------------------------------------


def test_the_button_claims_and_then_lets_go(signed_in: Client, conversation, agent):
    page = signed_in.get(reverse("conversation", args=[conversation.pk]), headers=HX).content.decode()
    assert 'data-key="i"' in page

    header = signed_in.post(reverse("claim", args=[conversation.pk]), headers=HX)

    assert (header.status_code, "Loslaten" in header.content.decode()) == (200, True)
    assert "Ik neem dit" in signed_in.post(reverse("release", args=[conversation.pk]), headers=HX).content.decode()


def test_the_button_of_who_was_too_late_names_the_winner(signed_in: Client, conversation, colleague):
    claim(conversation=conversation, by=colleague)

    header = signed_in.post(reverse("claim", args=[conversation.pk]), headers=HX)

    assert (header.status_code, "Mehmet Yılmaz was eerder" in header.content.decode()) == (422, True)
    assert "Overnemen" in header.content.decode()


def test_the_menu_lists_who_can_see_the_channel(signed_in: Client, conversation, colleague, outsider):
    menu = signed_in.get(reverse("receivers", args=[conversation.pk]), headers=HX).content.decode()

    assert f'value="user-{colleague.pk}"' in menu
    assert f'value="user-{outsider.pk}"' not in menu
    assert "Elders" not in menu


def test_the_menu_assigns(signed_in: Client, conversation, colleague):
    url = reverse("assign", args=[conversation.pk])

    signed_in.post(url, {"to": f"user-{colleague.pk}", "instead_of": ""}, headers=HX)

    conversation.refresh_from_db()
    assert conversation.assignee == colleague
    assert signed_in.post(url, {"to": "user-999999", "instead_of": ""}, headers=HX).status_code == 404
    assert signed_in.post(url, {"to": "user-1e9"}, headers=HX).status_code == 422


def test_an_outsider_claims_and_assigns_nothing(foreign: Client, conversation, outsider):
    for name in ("claim", "release", "assign"):
        assert foreign.post(reverse(name, args=[conversation.pk]), {"to": f"user-{outsider.pk}"}).status_code == 404
    conversation.refresh_from_db()
    assert conversation.assignee is None
