"""Saved views: a filter under a name, one's own or the team's, and never more than a filter."""

import pytest
from django.http import QueryDict
from django.urls import reverse

from accounts.models import AuditEvent, Role
from inbox.listing import Filter
from inbox.models import SavedView
from tests.factories import TeamFactory, UserFactory
from tests.hostile import QUERIES, SCRIPTS, Page

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}


def save(client, **values):
    return client.post(reverse("save_view"), {"name": "Ongelezen", "query": "unread=1"} | values, headers=HX)


def delete(client, view: SavedView):
    return client.post(reverse("delete_view", args=[view.pk]), {"query": "unread=1"}, headers=HX)


def signed_in_as(client, user):
    other = client.__class__()
    other.force_login(user)
    return other


def test_a_view_is_kept_and_stands_in_the_list(signed_in, agent):
    response = save(signed_in, query="view=waiting&kind=comment&unread=1")

    view = SavedView.objects.get()
    assert (response.status_code, view.owner, view.team) == (200, agent, None)
    assert Filter.of(QueryDict(view.query).dict()) == Filter(view="waiting", kind="comment", unread=True)
    assert response.content.decode().startswith('<nav id="views"')
    assert f"?{view.query.replace('&', '&amp;')}" in signed_in.get(reverse("inbox")).content.decode()
    assert AuditEvent.objects.filter(action="view.saved", actor=agent).count() == 1


@pytest.mark.parametrize("value", QUERIES, ids=range(len(QUERIES)))
def test_only_what_the_list_knows_is_kept(signed_in, value):
    hostile = QueryDict(mutable=True)
    hostile.update({"view": value, "sort": value, "assignee__password": value, "__proto__": value, "kind": "comment"})

    assert save(signed_in, query=hostile.urlencode()).status_code in (200, 422)
    assert save(signed_in, name="rauw", query=value).status_code in (200, 422)
    for view in SavedView.objects.all():
        assert set(QueryDict(view.query)) <= {"kind", "q"}


@pytest.mark.parametrize("typed", ["يونس " * 16, "😀" * 80, "é" * 80], ids=["arabic", "emoji", "accents"])
def test_every_filter_that_can_be_chosen_can_be_kept(signed_in, typed):
    query = Filter(q=typed, view="unassigned", sort="waiting", kind="direct_message", visibility="private").query

    assert save(signed_in, query=query).status_code == 200
    assert SavedView.objects.get().query == Filter.of(QueryDict(query).dict()).query


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\x00b"])
def test_a_view_without_a_proper_name_is_refused_with_the_reason(signed_in, name):
    response = save(signed_in, name=name)

    assert (response.status_code, SavedView.objects.count()) == (422, 0)
    assert "Geef de weergave een naam van hooguit 60 tekens." in response.content.decode()


def test_a_name_that_is_taken_is_refused_with_the_reason(signed_in, client, team):
    save(signed_in)
    response = save(signed_in, name=" Ongelezen ")

    assert (response.status_code, SavedView.objects.count()) == (422, 1)
    assert "Er is al een weergave met deze naam." in response.content.decode()
    assert save(signed_in_as(client, UserFactory(teams=[team]))).status_code == 200, "names are one's own"


@pytest.mark.parametrize("hostile", SCRIPTS[:6], ids=range(6))
def test_the_name_of_a_view_is_text(signed_in, hostile):
    shown = save(signed_in, name=hostile[:60]).content.decode()
    refused = save(signed_in, name=hostile[:60]).content.decode()

    for page in (shown, refused):
        assert Page(page).dangers == []
        assert hostile[:60] in Page(page).text


@pytest.mark.parametrize(
    ("role", "is_shared"), [(Role.MANAGER, True), (Role.ADMINISTRATOR, True), (Role.AGENT, False), (Role.EDITOR, False)]
)
def test_who_manages_a_team_shares_a_view_with_it(client, team, agent, role, is_shared):
    manager = UserFactory(teams=[team], teams__role=role)
    save(signed_in_as(client, manager), shared="1", team=TeamFactory().pk, owner=agent.pk)

    view = SavedView.objects.get()
    assert (view.owner, view.team) == (manager, team if is_shared else None)
    assert SavedView.objects.visible_to(agent).exists() is is_shared


def test_a_view_is_shared_with_the_team_that_one_manages(client, team):
    """Somebody is an agent in one team and a manager in another."""
    person = UserFactory(teams=[team])
    managed = TeamFactory()
    person.memberships.create(team=managed, role=Role.MANAGER)
    save(signed_in_as(client, person), shared="1")

    assert SavedView.objects.get().team == managed


def test_views_of_others_are_not_seen(client, outsider, agent, team):
    save(signed_in_as(client, agent))
    SavedView.objects.create(name="Van het team", owner=agent, team=team, query="")

    assert not SavedView.objects.visible_to(outsider).exists()
    assert "Van het team" not in signed_in_as(client, outsider).get(reverse("inbox")).content.decode()


def test_only_its_owner_throws_a_view_away(client, signed_in, agent, team, outsider):
    view = SavedView.objects.create(name="Van het team", owner=agent, team=team, query="")
    for other in (outsider, UserFactory(teams=[team], teams__role=Role.MANAGER)):
        assert delete(signed_in_as(client, other), view).status_code == 404
    assert signed_in.get(reverse("delete_view", args=[view.pk])).status_code == 405

    response = delete(signed_in, view)
    assert (response.status_code, SavedView.objects.count()) == (200, 0)
    assert delete(signed_in, view).status_code == 404
    assert AuditEvent.objects.filter(action="view.deleted", actor=agent).count() == 1
