"""Campaigns: made, changed, put away, and what is counted of them."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Role, Team, User
from calendar_app.campaigns import CampaignRefused, add_campaign, change_campaign
from calendar_app.models import Campaign, PublishedPost
from channels.models import Channel
from tests.calendar_app.made import make_post, schedule
from tests.factories import ChannelFactory, UserFactory

HX = {"HX-Request": "true"}


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.EDITOR)


@pytest.fixture
def approver(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.APPROVER)


def typed(**more: Any) -> dict[str, Any]:
    return {"name": "Winterklaar", "hue": "3", "starts_on": "2026-11-15", "ends_on": "2026-12-24", **more}


def test_a_campaign_is_made_and_its_code_follows_from_its_name(client: Client, editor: User) -> None:
    client.force_login(editor)
    response = client.post(reverse("campaign_add"), typed(name="Samen afval scheiden!"), headers=HX)
    made = Campaign.objects.get()
    assert response.headers["HX-Redirect"] == reverse("campaign", args=[made.pk])
    assert (made.code, made.hue, made.starts_on, made.ends_on) == (
        "samen-afval-scheiden", 3, date(2026, 11, 15), date(2026, 12, 24),
    )  # fmt: skip
    assert AuditEvent.objects.filter(action="campaign.added", object_id=str(made.pk), actor=editor).exists()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"name": ""}, "verplicht"), ({"name": "winterKLAAR"}, "al een campagne"), ({"name": "x" * 81}, "80"), ({"hue": "8"}, "8"),
     ({"ends_on": "2026-11-14"}, "De laatste dag ligt voor de eerste."), ({"starts_on": "gisteren"}, "datum")],
)  # fmt: skip
def test_what_is_wrong_is_said_in_the_form_and_nothing_is_kept(
    client: Client, editor: User, wrong: dict[str, str], words: str
) -> None:
    Campaign.objects.create(name="Winterklaar", code="winterklaar")
    client.force_login(editor)
    response = client.post(reverse("campaign_add"), typed(**{"name": "Nieuw", **wrong}), headers=HX)
    assert response.status_code == 422
    form = response.content.decode()
    assert form.startswith('<form id="campaign_form"')
    assert words in form
    assert Campaign.objects.count() == 1


def test_the_code_stays_when_the_name_changes(client: Client, editor: User) -> None:
    campaign = add_campaign(by=editor, name="Winterklaar")
    client.force_login(editor)
    client.post(reverse("campaign_edit", args=[campaign.pk]), typed(name="Zomerklaar", ends_on=""), headers=HX)
    campaign.refresh_from_db()
    assert (campaign.name, campaign.code, campaign.ends_on) == ("Zomerklaar", "winterklaar", None)
    assert add_campaign(by=editor, name="Winterklaar").code == "winterklaar-2"
    assert add_campaign(by=editor, name="🎄").code == "campagne"


def test_two_at_once_with_one_name(editor: User) -> None:
    first, second = add_campaign(by=editor, name="Een"), add_campaign(by=editor, name="Twee")
    with pytest.raises(CampaignRefused, match="al een campagne"):
        change_campaign(campaign=second, by=editor, name="Een")
    assert set(Campaign.objects.values_list("name", flat=True)) == {"Een", "Twee"}
    assert first.pk != second.pk


def test_what_is_put_away_leaves_the_list_and_comes_back(client: Client, channel: Channel, editor: User) -> None:
    campaign = add_campaign(by=editor, name="Winterklaar")
    post = make_post(channel, owner=editor, campaign=campaign)
    client.force_login(editor)
    url = reverse("campaign_archive", args=[campaign.pk])
    for _twice in range(2):
        assert client.post(url).status_code == 302
    assert "Winterklaar" not in client.get(reverse("campaigns")).content.decode()
    assert "Winterklaar" in client.get(reverse("campaigns") + "?archived=1").content.decode()
    assert AuditEvent.objects.filter(action="campaign.archived").count() == 1
    post.refresh_from_db()
    assert post.campaign == campaign
    client.post(url, {"back": "1"})
    assert "Winterklaar" in client.get(reverse("campaigns")).content.decode()


def test_its_page_counts_what_one_may_see(
    client: Client, team: Team, channel: Channel, editor: User, approver: User, outsider: User
) -> None:
    campaign = add_campaign(by=editor, name="Winterklaar")
    sent = schedule(make_post(channel, owner=editor, text="Al geplaatst", campaign=campaign), approver=approver)
    sent.targets.update(state="published", published_at=timezone.now())
    soon = timezone.now() + timedelta(days=2)
    schedule(make_post(channel, owner=editor, text="Komt nog", campaign=campaign), approver=approver, at=soon)
    make_post(channel, owner=editor, text="Geen deel ervan")
    elsewhere = ChannelFactory(platform="linkedin", teams=list(outsider.teams.all()))
    make_post(elsewhere, owner=outsider, text="Van een ander", campaign=campaign)
    for number, where in enumerate([channel, elsewhere]):
        target = sent.targets.get() if where == channel else None
        PublishedPost.objects.create(
            channel=where, external_id=f"{number}", root_id=f"{number}", target=target, text="x", posted_at=timezone.now(),
            reach=1200, reactions=34,
        )  # fmt: skip
    client.force_login(editor)
    page = client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "Al geplaatst" in page
    assert "Komt nog" in page
    assert "Geen deel ervan" not in page
    assert "Van een ander" not in page
    totals = page[page.index('class="totals"') : page.index('class="lines"')]
    shown = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<dt>.*?</dd>", totals)]
    assert shown == ["Berichten 2", "ingepland 1", "geplaatst 1", "Bereik 1.200", "Reacties en likes 34"]
    listed = client.get(reverse("campaigns")).content.decode()
    assert re.findall(r'<td class="number"[^>]*>(\d+)</td>', listed) == ["2", "1"]


def test_agents_read_and_who_has_no_team_sees_nothing(client: Client, agent: User, editor: User) -> None:
    campaign = add_campaign(by=editor, name="Winterklaar")
    client.force_login(agent)
    page = client.get(reverse("campaign", args=[campaign.pk])).content.decode()
    assert "campaign-edit" not in page
    assert client.post(reverse("campaign_edit", args=[campaign.pk]), typed()).status_code == 403
    assert client.post(reverse("campaign_add"), typed()).status_code == 403
    assert client.post(reverse("campaign_archive", args=[campaign.pk])).status_code == 403
    client.force_login(UserFactory())
    assert "Winterklaar" not in client.get(reverse("campaigns")).content.decode()
    for name in ("campaign", "campaign_edit"):
        assert client.get(reverse(name, args=[campaign.pk])).status_code == 404
    assert client.get(reverse("campaign_add")).status_code == 404


def test_the_number_of_queries_is_the_same_for_one_and_for_many(
    client: Client, channel: Channel, editor: User, approver: User
) -> None:
    client.force_login(editor)
    campaign = add_campaign(by=editor, name="Winterklaar")

    def fill(number: int) -> tuple[int, int]:
        for n in range(number):
            schedule(make_post(channel, owner=editor, campaign=campaign), approver=approver)
            make_post(channel, owner=editor, campaign=add_campaign(by=editor, name=f"Campagne {number} {n}"))
        counts = []
        for url in (reverse("campaign", args=[campaign.pk]), reverse("campaigns")):
            client.get(url)
            with CaptureQueriesContext(connection) as captured:
                client.get(url)
            counts.append(len(captured))
        return counts[0], counts[1]

    assert fill(1) == fill(12)
