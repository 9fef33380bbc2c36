"""Being there or not, and how a team shares out its work."""

from datetime import time

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role, Team, User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
WHOLE = {
    "is_available": "on", "out_of_office_from": "2026-12-21", "out_of_office_until": "2027-01-01", "shift_end": "time",
    "shift_ends_at": "17:00",
}  # fmt: skip


@pytest.fixture
def signed_in(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def test_what_was_filled_in_is_kept_shown_and_written_down(signed_in: Client, agent: User) -> None:
    page = signed_in.post(reverse("availability"), WHOLE, follow=True).content.decode()

    agent.refresh_from_db()
    assert (agent.is_available, agent.shift_end, agent.shift_ends_at) == (True, "time", time(17))
    assert 'value="2026-12-21"' in page
    assert AuditEvent.objects.get(action="user.availability").actor == agent


@pytest.mark.parametrize(
    "wrong", [{"out_of_office_until": "2026-12-01"}, {"out_of_office_until": ""}, {"shift_ends_at": ""}]
)
def test_what_can_not_be_is_refused_with_the_reason_beside_the_field(signed_in: Client, agent: User, wrong) -> None:
    response = signed_in.post(reverse("availability"), WHOLE | wrong)

    assert (response.status_code, response.content.decode().count('_error">')) == (422, 1)
    agent.refresh_from_db()
    assert agent.out_of_office_from is None


def test_away_for_a_moment_is_one_click_and_back(signed_in: Client, agent: User) -> None:
    response = signed_in.post(reverse("availability"), {"only": "1", "next": "/channels"})
    assert response.headers["Location"] == "/channels"
    assert "Weer beschikbaar" in signed_in.get(reverse("profile")).content.decode()

    signed_in.post(reverse("availability"), {"only": "1", "is_available": "1", "next": "https://elders.example"})
    agent.refresh_from_db()
    assert agent.is_available
    assert AuditEvent.objects.filter(action="user.availability").count() == 2


@pytest.mark.parametrize(
    "values", [{"out_of_office_from": "2026-12-21"}, {"shift_end": "time"}, {"shift_end": "nonsense"}]
)
def test_the_database_refuses_half_an_absence(agent: User, values) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=agent.pk).update(**values)


ROUTING = {"routing": "round_robin", "max_load": "7", "lease_minutes": "90"}


def test_who_leads_a_team_decides_how_it_shares_out(client: Client, team: Team) -> None:
    client.force_login(UserFactory(teams=[team], teams__role=Role.MANAGER))
    assert "Verdeling bewaren" in client.get(reverse("profile")).content.decode()

    client.post(reverse("team_routing", args=[team.pk]), ROUTING)

    team.refresh_from_db()
    assert (team.routing, team.max_load, team.lease_minutes) == ("round_robin", 7, 90)
    assert AuditEvent.objects.filter(action="team.routing").count() == 1
    assert client.post(reverse("team_routing", args=[team.pk]), ROUTING | {"max_load": "0"}).status_code == 422


def test_nobody_else_does(signed_in: Client, client: Client, team: Team, outsider: User) -> None:
    assert "Verdeling bewaren" not in signed_in.get(reverse("profile")).content.decode()
    assert signed_in.post(reverse("team_routing", args=[team.pk]), ROUTING).status_code == 403
    client.force_login(outsider)
    assert client.post(reverse("team_routing", args=[team.pk]), ROUTING).status_code == 404
