"""Month, week, day and list: what stands where, for whom, and with how few queries."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, Team, User
from calendar_app.asked import Asked
from calendar_app.models import CalendarEvent, Campaign, Post, PostKind, PostTarget, PublishedPost
from calendar_app.shown import PAGE
from channels.models import Channel
from tests.calendar_app.made import make_post, schedule
from tests.factories import ChannelFactory, UserFactory

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 25, 11, 0, tzinfo=AMSTERDAM)


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.EDITOR, first_name="Lotte", last_name="Visser")


@pytest.fixture
def approver(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.APPROVER)


def at(day: int, hour: int = 10, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=AMSTERDAM)


def show(client: Client, query: str = "") -> str:
    response: HttpResponse = client.get(reverse("calendar") + query)
    assert response.status_code == 200
    return response.content.decode()


def cell(page: str, day: str) -> str:
    """What stands in the month on that day."""
    found = re.search(rf'<td [^>]*data-day="{day}">(.*?)</td>', page, re.S)
    assert found, day
    return found[1]


# -- where things stand ----------------------------------------------------------------------------------------------------------


def test_a_post_stands_on_its_day_by_the_clock_in_amsterdam(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    make_post(channel, owner=editor, text="Laat op de avond", planned_at=at(26, 0, 30).astimezone(UTC))

    page = show(client)
    assert "Laat op de avond" in cell(page, "2026-11-26")
    assert "00:30" in cell(page, "2026-11-26")
    assert "Laat op de avond" not in cell(page, "2026-11-25")


def test_the_month_begins_on_monday_and_tells_the_weeks(client: Client, editor: User) -> None:
    client.force_login(editor)
    page = show(client, "?on=2027-01-15")
    days = re.findall(r'data-day="([\d-]+)"', page)
    assert (days[0], days[-1], len(days)) == ("2026-12-28", "2027-01-31", 35)
    assert re.findall(r"Week </span>(\d+)<", page) == ["53", "1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("on", "days"),
    [(date(2026, 2, 1), 35), (date(2027, 2, 1), 28), (date(2026, 8, 31), 42), (date(2026, 3, 29), 42)],
)
def test_a_month_is_whole_weeks(on: date, days: int) -> None:
    asked = Asked.of({"on": on.isoformat()})
    assert (len(asked.days), asked.first.weekday(), asked.days[-1].weekday()) == (days, 0, 6)
    assert on in asked.days


def test_a_week_stands_by_the_hour_also_in_the_night(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    make_post(channel, owner=editor, text="Heel vroeg", planned_at=at(26, 4, 15))
    page = show(client, "?view=week")
    assert re.findall(r'scope="row">(\d\d):00<', page)[0] == "04"
    found = re.search(r'data-day="2026-11-26" data-hour="4">(.*?)</td>', page, re.S)
    assert found
    assert "Heel vroeg" in found[1]
    assert "04:15" in found[1]


def test_a_day_with_many_posts_says_how_many_more_there_are(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    for minute in range(9):
        make_post(channel, owner=editor, text=f"Bericht {minute}", planned_at=at(27, 9, minute))
    in_month = cell(show(client), "2026-11-27")
    assert in_month.count("planned__link") == 4
    assert "+5 berichten" in in_month
    assert "view=day&amp;on=2026-11-27" in in_month
    assert show(client, "?view=day&on=2026-11-27").count("planned__link") == 9


def test_each_channel_tells_how_far_it_is_in_words(
    client: Client, team: Team, channel: Channel, editor: User, approver: User
) -> None:
    client.force_login(editor)
    other = ChannelFactory(platform="linkedin", teams=[team])
    post = schedule(make_post(channel, other, owner=editor), approver=approver, at=at(28))
    PostTarget.objects.filter(post=post, channel=other).update(state="failed")
    found = cell(show(client), "2026-11-28")
    assert "Facebook: ingepland." in found
    assert "LinkedIn: niet geplaatst." in found
    # What needs somebody comes first.
    assert found.index("LinkedIn: niet geplaatst.") < found.index("Facebook: ingepland.")


def test_a_channel_that_goes_out_at_another_time_says_when(
    client: Client, team: Team, channel: Channel, editor: User, approver: User
) -> None:
    client.force_login(editor)
    other = ChannelFactory(platform="linkedin", teams=[team])
    post = schedule(make_post(channel, other, owner=editor), approver=approver, at=at(28))
    PostTarget.objects.filter(post=post, channel=other).update(own_moment=at(30, 16, 20))
    found = cell(show(client), "2026-11-28")
    assert "Facebook: ingepland." in found
    assert "LinkedIn: ingepland 30 november 16:20." in found


def test_what_else_happens_stands_under_the_posts(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    make_post(channel, owner=editor, text="Ons bericht", planned_at=at(26))
    day = date(2026, 11, 26)
    CalendarEvent.objects.create(kind="council", title="Raad over de begroting", starts_on=day, ends_on=day)
    PublishedPost.objects.create(
        channel=channel, external_id="1", root_id="1", text="Vanaf de telefoon geplaatst", posted_at=at(24, 15)
    )
    page = show(client)
    found = cell(page, "2026-11-26")
    assert found.index("Ons bericht") < found.index("Raad over de begroting")
    assert "niet via Balie geplaatst" in cell(page, "2026-11-24")
    assert "Vanaf de telefoon geplaatst" in cell(page, "2026-11-24")
    assert "Vanaf de telefoon geplaatst" in show(client, "?view=week")
    assert "Vanaf de telefoon geplaatst" not in show(client, "?state=draft")


def test_the_period_of_a_campaign_is_one_band_with_its_name_once_a_week(client: Client, editor: User) -> None:
    client.force_login(editor)
    Campaign.objects.create(
        name="Winterklaar", code="w", hue=3, starts_on=date(2026, 11, 12), ends_on=date(2026, 11, 17)
    )
    page = show(client)
    assert page.count('class="band hue--3') == 6
    assert page.count('band__name">Winterklaar') == 2  # on Thursday when it begins, and on Monday
    assert "band--first" in cell(page, "2026-11-12")
    assert "band--last" in cell(page, "2026-11-17")


def test_who_has_no_team_is_told_why_nothing_is_shown(client: Client, channel: Channel, editor: User) -> None:
    make_post(channel, owner=editor, text="Ons bericht", planned_at=at(26))
    client.force_login(UserFactory())
    page = show(client)
    assert "U zit nog in geen team" in page
    assert "Ons bericht" not in page


# -- for whom --------------------------------------------------------------------------------------------------------------------


def test_posts_and_channels_of_another_team_are_not_shown(
    client: Client, channel: Channel, editor: User, outsider: User, team: Team
) -> None:
    elsewhere = ChannelFactory(platform="twitter", name="Elders", teams=list(outsider.teams.all()))
    make_post(elsewhere, owner=outsider, text="Van een ander", planned_at=at(26))
    make_post(channel, elsewhere, owner=editor, text="Van ons samen", planned_at=at(27))
    PublishedPost.objects.create(
        channel=elsewhere, external_id="1", root_id="1", text="Elders geplaatst", posted_at=at(24)
    )
    client.force_login(editor)
    for view in ("month", "week", "list", "day"):
        page = show(client, f"?view={view}&on=2026-11-2{7 if view == 'day' else 3}")
        assert "Van een ander" not in page
        assert "Elders" not in page
        assert "Van ons samen" in page
        assert "Facebook: concept" in page or "Facebook:</span>" in page
        assert "X (Twitter): concept" not in page


def test_only_who_plans_moves_and_only_what_has_not_left(
    client: Client, channel: Channel, editor: User, approver: User, agent: User
) -> None:
    here = schedule(make_post(channel, owner=editor), approver=approver, at=at(26))
    gone = schedule(make_post(channel, owner=editor), approver=approver, at=at(24))
    PostTarget.objects.filter(post=gone).update(state="published", published_at=at(24))
    client.force_login(editor)
    assert re.findall(r'data-move="(\d+)"', show(client)) == [str(here.pk)]
    client.force_login(agent)
    assert "data-move=" not in show(client)
    assert f'id="planned-{here.pk}"' in show(client)


# -- filters, all in the address -------------------------------------------------------------------------------------------------


def test_a_filter_narrows_and_can_be_taken_away_again(
    client: Client, team: Team, channel: Channel, editor: User, approver: User
) -> None:
    client.force_login(editor)
    other = ChannelFactory(platform="linkedin", teams=[team])
    campaign = Campaign.objects.create(name="Winterklaar", code="w", hue=1)
    make_post(channel, owner=editor, text="Eerste", planned_at=at(26), campaign=campaign)
    schedule(make_post(other, owner=approver, text="Tweede"), approver=editor, at=at(27))

    for query, expected in [
        (f"?channel={channel.pk}", "Eerste"), (f"?channel={other.pk}", "Tweede"), ("?state=draft", "Eerste"),
        ("?state=scheduled", "Tweede"), (f"?campaign={campaign.pk}", "Eerste"), (f"?owner={approver.pk}", "Tweede"),
    ]:  # fmt: skip
        page = show(client, query)
        left = {"Eerste", "Tweede"} - {expected}
        assert expected in page, query
        assert not any(f'planned__words">{word}' in page for word in left), query
        assert "Filters wissen" in page
    # One channel and a state are about the same target.
    both = show(client, f"?channel={channel.pk}&state=scheduled&campaign={campaign.pk}")
    assert "planned__words" not in both
    assert f"?state=scheduled&amp;campaign={campaign.pk}" in both  # without the channel
    assert f"?channel={channel.pk}&amp;campaign={campaign.pk}" in both  # without the state


@pytest.mark.parametrize(
    "query",
    ["?on=2026-13-45", "?on=0001-01-01", "?on=9999-12-31", "?view=year", "?channel=abc", "?channel=99999999999999999999",
     "?state=%00", "?after=zzz", "?before=20261125T100000.000000-abc&view=list", "?campaign=-1", "?owner=1e9"],
)  # fmt: skip
def test_an_address_that_makes_no_sense_still_opens(client: Client, editor: User, query: str) -> None:
    client.force_login(editor)
    assert 'id="calendar"' in show(client, query)


def test_the_address_gives_the_same_again() -> None:
    asked = Asked.of({"view": "week", "on": "2026-12-01", "channel": "3", "state": "failed", "ideas": "1"})
    assert asked.query == "view=week&on=2026-12-01&channel=3&state=failed&ideas=1"
    assert asked.but(view="month") == "?on=2026-12-01&channel=3&state=failed&ideas=1"
    assert asked.but(on=None, channel=None, state="", has_ideas=False) == "?view=week"
    assert asked.beside(1) == "?view=week&on=2026-12-08&channel=3&state=failed&ideas=1"
    assert Asked.of({"on": "2026-01-31"}).beside(1) == "?on=2026-02-01"
    assert Asked.of({"on": "2026-01-31"}).beside(-1) == "?on=2025-12-01"
    assert Asked.of({"on": "2100-12-31"}).beside(1) == "?on=2100-12-31"


def test_htmx_gets_the_part_and_going_back_the_page(client: Client, editor: User) -> None:
    client.force_login(editor)
    url = reverse("calendar") + "?view=week&state=&channel="
    part = client.get(url, headers={"HX-Request": "true", "HX-Boosted": "true"})
    assert part.content.decode().startswith('<div id="calendar"')
    assert part.headers["HX-Push-Url"] == reverse("calendar") + "?view=week"
    back = client.get(url, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert back.content.decode().startswith("<!doctype html>")


# -- the list, page by page ------------------------------------------------------------------------------------------------------


def test_the_list_goes_on_and_back_without_losing_or_repeating(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    made = [
        make_post(channel, owner=editor, text=f"n{n}", planned_at=at(26) + timedelta(minutes=n // 3)).pk
        for n in range(2 * PAGE + 7)
    ]
    seen: list[int] = []
    page = show(client, "?view=list")
    while True:
        seen += [int(pk) for pk in re.findall(r'class="listed[^>]*id="planned-(\d+)"', page)]
        later = re.search(r'href="\?([^"]*after=[^"]*)"', page)
        if later is None:
            break
        page = show(client, "?" + later[1].replace("&amp;", "&"))
    assert seen == made
    earlier = re.search(r'href="\?([^"]*before=[^"]*)"', page)
    assert earlier
    page = show(client, "?" + earlier[1].replace("&amp;", "&"))
    assert [int(pk) for pk in re.findall(r'class="listed[^>]*id="planned-(\d+)"', page)] == made[PAGE : 2 * PAGE]
    # Behind the last one there is a way back.
    assert "before=" in show(client, "?view=list&on=2027-06-01")


# -- ideas -----------------------------------------------------------------------------------------------------------------------


def test_the_drawer_holds_ideas_and_posts_without_a_moment(
    client: Client, channel: Channel, editor: User, approver: User
) -> None:
    client.force_login(editor)
    make_post(owner=editor, text="Een los idee", kind=PostKind.IDEA)
    make_post(channel, owner=editor, text="Nog zonder datum")
    make_post(channel, owner=editor, text="Een sjabloon", kind=PostKind.TEMPLATE)
    make_post(channel, owner=editor, text="Weggegooid", removed_at=NOW)
    gone = schedule(make_post(channel, owner=editor, text="Al geplaatst"), approver=approver)
    PostTarget.objects.filter(post=gone).update(state="published", published_at=NOW)
    Post.objects.filter(pk=gone.pk).update(planned_at=None)
    drawer = client.get(reverse("calendar_ideas")).content.decode()
    assert re.findall(r'planned__words">([^<]+)<', drawer) == ["Nog zonder datum", "Een los idee"]
    assert "Een los idee" in show(client, "?ideas=1")
    assert "Een los idee" not in show(client)


def test_an_idea_is_one_field(client: Client, editor: User, agent: User) -> None:
    client.force_login(editor)
    url, htmx = reverse("calendar_ideas"), {"HX-Request": "true"}
    refused = client.post(url, {"text": "  "}, headers=htmx)
    assert (refused.status_code, Post.objects.count()) == (422, 0)
    assert client.post(url, {"text": "x" * 501}, headers=htmx).status_code == 422
    kept = client.post(url, {"text": "Iets over laadpalen 🔌"}, headers=htmx)
    assert "Iets over laadpalen 🔌" in kept.content.decode()
    idea = Post.objects.get()
    assert (idea.kind, idea.text, idea.owner, idea.planned_at) == ("idea", "Iets over laadpalen 🔌", editor, None)
    client.force_login(agent)
    assert client.post(url, {"text": "Van mij"}, headers=htmx).status_code == 403
    assert Post.objects.count() == 1


# -- queries ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", ["month", "week", "day", "list"])
def test_the_number_of_queries_does_not_grow_with_the_posts(
    client: Client, team: Team, channel: Channel, editor: User, approver: User, view: str
) -> None:
    client.force_login(editor)
    campaign = Campaign.objects.create(
        name="Winterklaar", code="w", starts_on=date(2026, 11, 20), ends_on=date(2026, 12, 3)
    )

    def fill(number: int) -> int:
        others = [ChannelFactory(platform="linkedin", teams=[team]) for _each in range(2)]
        for n in range(number):
            post = make_post(
                channel, *others, owner=UserFactory(teams=[team]), campaign=campaign, planned_at=at(25, 8 + n % 9, n)
            )
            schedule(post, approver=approver, at=at(25, 8 + n % 9, n))
            make_post(owner=editor, text=f"Idee {n}", kind=PostKind.IDEA)
            day = date(2026, 11, 25)
            CalendarEvent.objects.create(kind="market", title=f"Markt {n}", starts_on=day, ends_on=day)
            PublishedPost.objects.create(
                channel=channel, external_id=f"{number}-{n}", root_id=f"{n}", text="Elders", posted_at=at(25, 9, n)
            )
        show(client, f"?view={view}&ideas=1")  # what is remembered of before
        with CaptureQueriesContext(connection) as captured:
            show(client, f"?view={view}&ideas=1&channel={channel.pk}")
        return len(captured)

    few = fill(1)
    assert fill(30) == few
    assert few <= 24
