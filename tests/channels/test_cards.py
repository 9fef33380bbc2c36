"""Channel cards: who sees them, what they count, and who may act."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Team, User
from channels.cards import channel_cards
from channels.models import Channel, RateBudget, RawEvent
from tests.factories import ChannelFactory, DeliveryFactory
from tests.scripted import ScriptedConnector


def page(client: Client, user: User) -> str:
    client.force_login(user)
    return client.get(reverse("channels")).content.decode()


def test_a_card_tells_state_reason_queue_and_what_was_not_understood(
    client: Client, agent: User, channel: Channel
) -> None:
    Channel.objects.update(state="reauthorise", state_reason="Het wachtwoord is gewijzigd.")
    for state in ("queued", "queued", "claimed", "unknown", "failed", "cancelled"):
        DeliveryFactory(channel=channel, state=state)
    RawEvent.objects.create(
        channel=channel, platform="facebook", event_id="1", source="poll", body="{}", state="failed"
    )
    RateBudget.objects.create(channel=channel, name="page calls", limit=200, remaining=12)
    (card,) = channel_cards(agent)
    assert (card.queued, card.unknown, card.failed, card.quarantined) == (3, 1, 1, 1)
    shown = page(client, agent)
    for words in ("opnieuw koppelen", "Het wachtwoord is gewijzigd.", "nog 12 van 200"):
        assert words in shown
    assert "geheim" not in shown, "credentials are never shown"


def test_an_outsider_sees_no_card_and_finds_no_door(client: Client, outsider: User, channel: Channel) -> None:
    assert f"channel-{channel.pk}" not in page(client, outsider)
    assert client.get(reverse("channel_card", args=[channel.pk])).status_code == 404
    for name in ("channel_check", "channel_pause", "channel_resume"):
        assert client.post(reverse(name, args=[channel.pk])).status_code == 404
    channel.refresh_from_db()
    assert channel.state == "ok"


def test_an_agent_sees_the_card_and_may_not_manage_the_channel(client: Client, agent: User, channel: Channel) -> None:
    shown = page(client, agent)
    assert f'id="channel-{channel.pk}"' in shown
    assert reverse("channel_pause", args=[channel.pk]) not in shown
    for name in ("channel_check", "channel_pause", "channel_resume"):
        assert client.post(reverse(name, args=[channel.pk])).status_code == 403
    channel.refresh_from_db()
    assert channel.state == "ok"


def test_an_administrator_switches_a_channel_off_and_on(
    client: Client, administrator: User, channel: Channel, scripted: type[ScriptedConnector]
) -> None:
    client.force_login(administrator)
    fragment = client.post(reverse("channel_pause", args=[channel.pk]), headers={"HX-Request": "true"})
    assert "Weer aanzetten" in fragment.content.decode()
    channel.refresh_from_db()
    assert (channel.state, channel.state_reason) == ("off", f"Uitgezet door {administrator.display_name}")
    assert AuditEvent.objects.filter(action="channel.state", actor=administrator).count() == 1
    client.post(reverse("channel_resume", args=[channel.pk]), headers={"HX-Request": "true"})
    channel.refresh_from_db()
    assert channel.state == "ok"


def test_without_scripts_the_same_buttons_lead_back_to_the_cards(
    client: Client, administrator: User, channel: Channel
) -> None:
    client.force_login(administrator)
    response = client.post(reverse("channel_pause", args=[channel.pk]))
    assert response.headers["Location"] == reverse("channels")


def test_nothing_changes_by_following_a_link(client: Client, administrator: User, channel: Channel) -> None:
    client.force_login(administrator)
    for name in ("channel_check", "channel_pause", "channel_resume"):
        assert client.get(reverse(name, args=[channel.pk])).status_code == 405


def test_a_channel_that_is_not_read_any_more_says_so(agent: User, channel: Channel) -> None:
    Channel.objects.update(next_poll_at=timezone.now() - timedelta(hours=1))
    assert channel_cards(agent)[0].is_overdue
    Channel.objects.update(state="off")
    assert not channel_cards(agent)[0].is_overdue


def test_more_channels_take_no_more_queries(
    agent: User, team: Team, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _number in range(5):
        DeliveryFactory(channel=ChannelFactory(teams=[team]))
    assert agent.team_ids == [team.pk]
    with django_assert_num_queries(4):
        assert len(channel_cards(agent)) == 5


@pytest.mark.parametrize(
    ("state", "is_told"), [("reauthorise", True), ("stopped", True), ("ok", False), ("off", False)]
)
def test_a_channel_that_needs_a_person_is_told_on_every_page_to_those_who_see_it(
    client: Client, agent: User, outsider: User, channel: Channel, state: str, is_told: bool
) -> None:
    Channel.objects.update(state=state)
    client.force_login(agent)
    assert (f"#channel-{channel.pk}" in client.get(reverse("profile")).content.decode()) is is_told
    assert (f"#channel-{channel.pk}" in client.get(reverse("channel_warnings")).content.decode()) is is_told
    client.force_login(outsider)
    assert f"#channel-{channel.pk}" not in client.get(reverse("channel_warnings")).content.decode()
