"""An event of our own, as people add, change and remove it: in the sheet with htmx, on a page without."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role, Team, User
from calendar_app.models import CalendarEvent, Subscription
from tests.core.routes import HX
from tests.factories import UserFactory

MARKET = {"title": "Kerstmarkt", "kind": "market", "starts_on": "2026-12-08", "ends_on": "2026-12-08"}
EVENING = {"begins": "20:00", "ends": "22:00"}


@pytest.fixture
def editor(team: Team, client: Client) -> User:
    editor = UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)
    client.force_login(editor)
    return editor


def test_it_begins_on_the_day_that_was_asked_for(client: Client, editor: User) -> None:
    sheet = client.get(reverse("calendar_event_add"), {"on": "2026-12-08"}, headers=HX).content.decode()
    page = client.get(reverse("calendar_event_add"), {"on": "nonsense"}).content.decode()

    assert sheet.count('value="2026-12-08"') == 2
    assert sheet.lstrip().startswith('<div id="event">')
    assert "<main" in page
    assert "hx-post" not in page.partition('id="event"')[2].partition("</form>")[0]


def test_whole_days_or_times_of_the_clock_here(client: Client, editor: User) -> None:
    assert client.post(reverse("calendar_event_add"), MARKET, headers=HX).status_code == 204
    response = client.post(reverse("calendar_event_add"), MARKET | EVENING | {"title": "Raad"})

    days, times = CalendarEvent.objects.order_by("pk")
    assert (days.starts_at, days.starts_on) == (None, date(2026, 12, 8))
    assert times.starts_at == datetime(2026, 12, 8, 19, tzinfo=UTC)
    assert response.headers["Location"] == f"{reverse('calendar')}?view=day&on=2026-12-08"
    again = client.get(reverse("calendar_event", args=[times.pk]), headers=HX).content.decode()
    assert 'value="20:00"' in again


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""},
        {"kind": "party"},
        {"ends_on": "2026-12-07"},
        {"starts_on": "morgen"},
        {"ends_on": "2099-01-01"},
        {"begins": "20:00"},
        {"begins": "20:00", "ends": "19:00"},
        {"title": "x" * 201},
    ],
)
def test_what_can_not_be_comes_back_with_what_was_typed(client: Client, editor: User, wrong: dict[str, str]) -> None:
    response = client.post(reverse("calendar_event_add"), MARKET | {"place": "Dorpsplein"} | wrong, headers=HX)

    assert response.status_code == 422
    assert "Dorpsplein" in response.content.decode()
    assert not CalendarEvent.objects.exists()


def test_changing_and_removing(client: Client, editor: User) -> None:
    client.post(reverse("calendar_event_add"), MARKET)
    event = CalendarEvent.objects.get()

    client.post(reverse("calendar_event", args=[event.pk]), MARKET | {"title": "<b>Markt</b>"}, headers=HX)
    assert "&lt;b&gt;Markt" in client.get(reverse("calendar"), {"view": "day", "on": "2026-12-08"}).content.decode()
    assert client.post(reverse("calendar_event_remove", args=[event.pk]), headers=HX).status_code == 204
    assert client.post(reverse("calendar_event_remove", args=[event.pk]), headers=HX).status_code == 404


def test_who_only_answers_residents_reads(client: Client, editor: User, agent: User) -> None:
    client.post(reverse("calendar_event_add"), MARKET)
    event = CalendarEvent.objects.get()
    client.force_login(agent)

    html = client.get(reverse("calendar_event", args=[event.pk]), headers=HX).content.decode()
    assert "Kerstmarkt" in html
    assert "<form" not in html
    assert client.post(reverse("calendar_event", args=[event.pk]), MARKET).status_code == 403
    client.force_login(UserFactory())
    assert client.get(reverse("calendar_event", args=[event.pk])).status_code == 404


def test_of_a_calendar_that_we_follow_nothing_is_changed(client: Client, editor: User) -> None:
    followed = Subscription.objects.create(name="Theater", url="https://theater.example", created_by=editor)
    on = date(2026, 12, 8)
    event = CalendarEvent.objects.create(title="Hamlet", starts_on=on, ends_on=on, subscription=followed, uid="1")

    assert "<form" not in client.get(reverse("calendar_event", args=[event.pk]), headers=HX).content.decode()
    assert client.post(reverse("calendar_event", args=[event.pk]), MARKET, headers=HX).status_code == 422
    assert client.post(reverse("calendar_event_remove", args=[event.pk]), headers=HX).status_code == 422
    event.refresh_from_db()
    assert event.title == "Hamlet"


def test_the_prefill_asks_a_region(client: Client, editor: User) -> None:
    assert client.post(reverse("calendar_prefill"), {"region": "oost"}).status_code == 422
    response = client.post(reverse("calendar_prefill"), {"region": "zuid"}, follow=True)

    assert "9 periodes toegevoegd." in response.content.decode()
    assert CalendarEvent.objects.filter(kind="school_holiday").count() == 5
