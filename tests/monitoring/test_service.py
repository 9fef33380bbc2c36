"""What everybody may read: opening hours, terms and results, as a page and as JSON."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from openapi_schema_validator import OAS30Validator

from accounts.models import Team, User
from channels.models import Channel
from inbox.models import Obligation
from monitoring.models import ServiceMonth
from monitoring.openapi import description
from monitoring.service_figures import count_month, month_before, refresh_figures
from monitoring.service_page import ENOUGH, service_now
from responsematrix.editing import add_rule, new_draft
from responsematrix.hours import new_hours_draft, set_exception
from responsematrix.models import Calendar, MatrixVersion, Subject
from responsematrix.versions import activate, approve
from tests.factories import ConversationFactory, MessageFactory

PAGES = ("/service", "/service?lang=en", "/en/service", "/api/v1/service", "/api/v1/openapi.json")
OCTOBER = datetime(2026, 10, 12, 7, tzinfo=UTC)  # a Monday, nine o'clock at home

Owed = Callable[..., Obligation]


@pytest.fixture
def owed(channel: Channel, active: MatrixVersion, team: Team) -> Owed:
    """An obligation of four working hours, begun in October."""
    rule, hours = active.rules.get(), active.matrix.calendar.versions.get()

    def make(
        *, answered_after: float | None = 1, late: bool = False, started_at: datetime = OCTOBER, **values: Any
    ) -> Obligation:
        conversation = ConversationFactory(channel=channel, last_message_at=started_at)
        due = started_at + timedelta(hours=4)
        ended = None if answered_after is None else started_at + timedelta(hours=answered_after)
        return Obligation.objects.create(
            conversation=conversation, message=MessageFactory(conversation=conversation), rule=rule,
            calendar_version=hours, team=team, amount=4, unit="working_hours", started_at=started_at, due_at=due,
            ended_at=ended, breached_at=due if late else None,
            **({"state": "open" if ended is None else "met", "kind": "first_response"} | values),
        )  # fmt: skip

    return make


@pytest.fixture
def november() -> Any:
    with time_machine.travel(datetime(2026, 11, 25, 12, tzinfo=UTC), tick=False):
        yield


# -- the doors -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_nobody_signs_in_and_nothing_is_remembered(client: Client, address: str) -> None:
    response = client.get(address)

    assert response.status_code == 200
    assert not response.cookies
    assert response.headers["Cache-Control"].startswith("public, max-age=")
    assert "Vary" not in response.headers
    assert "csrf" not in response.content.decode().lower()


@pytest.mark.parametrize("address", PAGES[:3])
def test_it_is_the_same_for_who_is_signed_in_and_for_each_browser(
    client: Client, agent: User, active: MatrixVersion, address: str
) -> None:
    shown = client.get(address).content
    client.force_login(agent)

    assert client.get(address, headers={"Accept-Language": "en", "Cookie": "django_language=en"}).content == shown


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_who_has_it_already_is_told_so(client: Client, address: str) -> None:
    first = client.get(address)

    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.django_db
def test_each_language_has_its_own_address(client: Client) -> None:
    dutch, english = client.get("/service"), client.get("/en/service")

    assert (dutch.headers["Content-Language"], english.headers["Content-Language"]) == ("nl", "en")
    assert '<html lang="nl"' in dutch.content.decode()
    assert "What you can expect of us" in english.content.decode()
    assert client.get("/service?lang=en").content == english.content
    assert client.get("/service?lang=xx").content == dutch.content


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES[:3])
def test_it_asks_no_other_host_for_anything(client: Client, address: str) -> None:
    shown = client.get(address).content.decode()

    assert 'src="http' not in shown
    assert "<script" not in shown
    assert "style=" not in shown


@pytest.mark.django_db
def test_without_a_matrix_it_says_so_kindly(client: Client) -> None:
    assert "Onze afspraken komen eraan" in client.get("/service").content.decode()
    assert client.get("/api/v1/service").json()["responsmatrix"] is None


def test_the_number_of_questions_does_not_grow(
    client: Client,
    active: MatrixVersion,
    channel: Channel,
    owed: Owed,
    november: None,
    django_assert_max_num_queries: Any,
) -> None:
    for _each in range(12):
        owed()
    refresh_figures()
    client.get("/service")

    with django_assert_max_num_queries(16):
        client.get("/service")


# -- what it says --------------------------------------------------------------------------------------------------------


def test_hours_are_those_of_the_matrix_with_what_is_coming(
    active: MatrixVersion, calendar: Calendar, manager: User, colleague: User, november: None, client: Client
) -> None:
    draft = new_hours_draft(calendar=calendar, by=manager)
    for on, name in (
        (date(2026, 12, 25), "Eerste kerstdag"),
        (date(2026, 12, 26), "Tweede kerstdag"),
        (date(2027, 3, 1), "Later"),
    ):
        set_exception(version=draft, on=on, name=name, by=manager)
    set_exception(version=draft, on=date(2026, 12, 24), windows=[(510, 780)], by=manager)
    draft.refresh_from_db()
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=datetime(2026, 11, 25, 12, tzinfo=UTC), by=colleague)

    (hours,) = service_now().hours

    assert [(run.name, run.words) for run in hours.runs] == [
        ("maandag tot en met vrijdag", "8:30–17:00"), ("zaterdag tot en met zondag", "gesloten"),
    ]  # fmt: skip
    # The second day of Christmas is a Saturday this year: closed anyway.
    assert [(day.label, day.name, day.words) for day in hours.special] == [
        ("donderdag 24 december", "", "8:30–13:00"), ("vrijdag 25 december", "Eerste kerstdag", "gesloten"),
    ]  # fmt: skip
    assert "Christmas Day" in client.get("/en/service").content.decode()


def test_kinds_that_are_answered_alike_are_told_together(
    active: MatrixVersion, channel: Channel, roads: Team, manager: User, colleague: User
) -> None:
    assert [(p.what, p.words, p.team) for p in service_now().channels[0].promises] == [
        ("elk bericht", "4 werkuren", "Webcare")
    ]
    draft = new_draft(matrix=active.matrix, by=manager)
    term = {"first_response_amount": 1, "first_response_unit": "working_hours"}
    add_rule(version=draft, by=manager, owner_team=roads, kind="direct_message", **term)
    add_rule(version=draft, by=manager, owner_team=roads, audience="press", **term)
    add_rule(version=draft, by=manager, owner_team=roads, subject=Subject.objects.get(code="roads"), **term)
    draft.refresh_from_db()
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=datetime.now(UTC), by=colleague)

    found = service_now()

    assert [(p.what, p.words, p.team) for p in found.channels[0].promises] == [
        ("openbaar bericht", "4 werkuren", "Webcare"), ("privébericht", "1 werkuur", "Openbare ruimte"),
    ]  # fmt: skip
    assert [(p.what, p.words) for p in found.subjects] == [("Weg", "1 werkuur")]


def test_a_channel_that_is_off_or_closed_is_not_offered(active: MatrixVersion, channel: Channel) -> None:
    channel.state = "off"
    channel.save()

    assert service_now().channels == []


def test_a_version_that_is_still_to_come_is_not_told(
    active: MatrixVersion, draft: MatrixVersion, channel: Channel, manager: User, colleague: User
) -> None:
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=datetime.now(UTC) + timedelta(days=1), by=colleague)

    assert service_now().version == active.number


# -- results -------------------------------------------------------------------------------------------------------------


def test_results_count_what_was_answered_or_passed(owed: Owed, november: None) -> None:
    owed(answered_after=1)
    owed(answered_after=3)
    owed(answered_after=26, late=True)  # nine hours and a half of it were open
    owed(answered_after=None, late=True)
    owed(answered_after=None)
    owed(answered_after=2, state="waived", waive_reason="thanks")
    owed(answered_after=2, started_at=datetime(2026, 9, 30, 21, tzinfo=UTC))  # the last evening of September
    owed(answered_after=2, kind="resolution")

    figures = count_month(date(2026, 10, 1))

    assert figures["all"] == {"due": 4, "on_time": 2, "answered": 3, "median_minutes": 180}
    assert figures["platforms"] == {"facebook": figures["all"]}


def test_few_say_nothing_and_many_say_it_rounded_down(owed: Owed, november: None, client: Client) -> None:
    for _each in range(ENOUGH - 1):
        owed()
    refresh_figures()
    shown = client.get("/service").content.decode()
    assert "te weinig om er iets over te zeggen" in shown
    assert "%" not in shown.split('id="results"')[1]
    assert client.get("/api/v1/service").json()["resultaten"]["percentageOpTijd"] is None

    for _each in range(ENOUGH):
        owed()
    owed(late=True, answered_after=5)
    ServiceMonth.objects.all().delete()
    refresh_figures()

    assert client.get("/api/v1/service").json()["resultaten"]["percentageOpTijd"] == 95.0
    assert "95 %" in client.get("/service").content.decode()
    assert service_now().overall.median_words == "1 uur"  # type: ignore[union-attr]


def test_results_are_counted_by_the_clock_and_not_by_visitors(owed: Owed, november: None, client: Client) -> None:
    owed()
    client.get("/service")
    assert not ServiceMonth.objects.exists()
    assert service_now().overall is None

    assert refresh_figures()
    owed()
    assert not refresh_figures(), "once a day is enough"
    assert ServiceMonth.objects.get().figures["all"]["due"] == 1
    assert refresh_figures(now=datetime(2026, 11, 26, 12, tzinfo=UTC))
    assert ServiceMonth.objects.get().figures["all"]["due"] == 2


@pytest.mark.parametrize(("day", "before"), [("2026-01-31", "2025-12-01"), ("2028-03-31", "2028-02-01")])
def test_the_month_before(day: str, before: str) -> None:
    assert month_before(date.fromisoformat(day)) == date.fromisoformat(before)


# -- JSON ----------------------------------------------------------------------------------------------------------------


def test_the_json_is_as_it_is_described(owed: Owed, november: None, client: Client) -> None:
    for _each in range(ENOUGH):
        owed()
    refresh_figures()
    schema = json.loads(json.dumps(description()["components"]["schemas"]).replace("#/components/schemas/", "#/$defs/"))

    for language in ("nl", "en"):
        found = client.get("/api/v1/service", {"taal": language}).json()
        OAS30Validator(schema["Service"] | {"$defs": schema}).validate(found)
    assert found["kanalen"][0]["termijnen"][0] == {
        "soort": "every message", "team": "Webcare",
        "termijn": {"aantal": 4, "eenheid": "werkuren", "omschrijving": "4 working hours"},
    }  # fmt: skip
    assert found["openingstijden"][0]["week"][0]["vensters"] == [{"van": "08:30", "tot": "17:00"}]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/api/v1/service/", 404), ("get", "/api/v1/nope", 404), ("get", "/api/v2/service", 404),
        ("get", "/api/v1/service?taal=de", 400), ("post", "/api/v1/service", 405), ("delete", "/api/v1/openapi.json", 405),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_told_as_a_problem(method: str, address: str, status: int) -> None:
    response = getattr(Client(enforce_csrf_checks=True), method)(address)

    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    problem = response.json()
    assert (problem["status"], bool(problem["title"]), bool(problem["detail"])) == (status, True, True)
    assert ("errors" in problem) is (status == 400)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/api/v1/service", "/api/v1/openapi.json", "/api/v1/nope"])
def test_every_answer_has_the_headers_of_the_rules(client: Client, address: str) -> None:
    headers = client.get(address).headers

    assert headers["API-Version"] == "1.0.0"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_the_description_names_who_answers_for_it() -> None:
    found = description()

    assert found["openapi"].startswith("3.")
    assert set(found["info"]["contact"]) == {"name", "email", "url"}
    assert all(not path.endswith("/") for path in found["paths"])


def test_reversed_addresses_have_no_slash_at_the_end() -> None:
    for name in ("service", "service_en", "api_service", "openapi"):
        assert not reverse(name).endswith("/")
