"""Trying a message, opening hours, subjects and files in the browser."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from responsematrix.clock_times import read_windows, write_windows
from responsematrix.editing import edit_rule
from responsematrix.hours import HoursRefused, new_hours_draft
from responsematrix.models import Calendar, CalendarVersion, MatrixVersion, Subject

HX = {"HX-Request": "true"}
MESSAGE = {"text": "Wanneer komt de container?", "kind": "direct_message", "platform": "facebook",
           "visibility": "private", "moment": "2026-04-03T16:10"}  # fmt: skip


@pytest.fixture
def desk(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def hours(calendar: Calendar, manager: User) -> CalendarVersion:
    return new_hours_draft(calendar=calendar, by=manager)


def post(desk: Client, name: str, /, *args: Any, **typed: Any) -> Any:
    return desk.post(reverse(name, args=args), typed, headers=HX)


# -- Trying ----------------------------------------------------------------------------------------------------------------------


def test_a_message_shows_rule_reasons_and_deadline_in_both_languages(draft: MatrixVersion, desk: Client) -> None:
    edit_rule(rule=draft.rules.last(), by=draft.author, expectation_private_nl="Team {team} voor {uiterlijk}.")
    shown = post(desk, "matrix_try", draft.pk, **MESSAGE).content.decode()
    for words in ("Regel 2 geldt", "<mark>container</mark>", "Regel 1 past ook, maar zegt niets over soort",
                  "4 werkuren", "4 working hours", "uiterlijk maandag 6 april 11:40",
                  "Monday 6 April 11:40", "Team Webcare voor maandag 6 april 11:40."):  # fmt: skip
        assert words in shown, words


def test_an_agent_tries_a_message_on_what_is_in_force(active: MatrixVersion, agent: User) -> None:
    client = Client()
    client.force_login(agent)
    assert "Regel 2 geldt" in post(client, "matrix_try", active.pk, **MESSAGE).content.decode()


def test_a_gap_is_said_and_the_default_team_is_named(draft: MatrixVersion, desk: Client) -> None:
    edit_rule(rule=draft.rules.first(), by=draft.author, platform="linkedin")
    shown = post(desk, "matrix_try", draft.pk, **MESSAGE | {"kind": "comment"}).content.decode()
    assert "Geen enkele regel past" in shown


@pytest.mark.parametrize("wrong", [{"kind": "fax"}, {"platform": ""}, {"moment": "ooit"}, {"moment": "0001-01-01T00:00"},
                                   {"subject": "niets"}, {"urgency": "hoog"}])  # fmt: skip
def test_what_is_no_message_is_refused(draft: MatrixVersion, desk: Client, wrong: dict[str, str]) -> None:
    response = post(desk, "matrix_try", draft.pk, **MESSAGE | wrong)
    assert response.status_code == 422
    assert "notice--error" in response.content.decode()


# -- Opening hours ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "windows"),
    [
        ("8:30–17:00", [(510, 1020)]),
        ("8.30-12.30 en 13:30 tot 17:00", [(510, 750), (810, 1020)]),
        ("0:00–24:00", [(0, 1440)]),
        ("9:00-10:00, 11:00-12:00; 13:00-14:00", [(540, 600), (660, 720), (780, 840)]),
        ("", []),
        ("Gesloten", []),
    ],
)
def test_times_are_read_as_people_write_them_and_come_back(text: str, windows: list[tuple[int, int]]) -> None:
    assert read_windows(text) == windows
    assert read_windows(write_windows(windows)) == windows


@pytest.mark.parametrize(
    "text", ["8:30", "17:00–8:30", "8:75–9:00", "open", "8:30–17:00 of zo", "8:30–17:00 ook 18:00–19:00", "9:00-9:00"]
)
def test_times_that_can_not_be_read_are_refused(text: str) -> None:
    with pytest.raises(HoursRefused):
        read_windows(text)


def test_a_week_is_kept_whole_or_not_at_all(hours: CalendarVersion, desk: Client) -> None:
    good = {f"day-{day}": "9:00–12:00 en 13:00–17:00" for day in range(5)} | {"day-5": "", "day-6": ""}
    response = post(desk, "hours_week", hours.pk, **good | {"day-3": "9:00–12:00, 11:00–13:00"})
    assert response.status_code == 422
    assert 'id="day-3-error"' in response.content.decode()
    hours.refresh_from_db()
    assert hours.weekly[0] == [[510, 1020]]
    assert post(desk, "hours_week", hours.pk, **good).status_code == 200
    hours.refresh_from_db()
    assert hours.weekly[3] == [[540, 720], [780, 1020]]


def test_days_that_differ_are_added_replaced_and_removed(hours: CalendarVersion, desk: Client) -> None:
    post(desk, "hours_exception", hours.pk, on="2026-12-24", name="Kerstavond", hours="8:30–15:00")
    shown = desk.get(reverse("hours_exception", args=[hours.pk]), {"on": "2026-12-24"}).content.decode()
    assert "Kerstavond" in shown
    assert "8:30–15:00" in shown
    for wrong in ({"on": ""}, {"on": "morgen"}, {"on": "0900-01-01"}, {"on": "2026-12-31", "hours": "laat"}):
        assert post(desk, "hours_exception", hours.pk, **wrong).status_code == 422
    post(desk, "hours_exception_delete", hours.pk, on="2026-12-24")
    hours.refresh_from_db()
    assert hours.exceptions == []


def test_holidays_of_chosen_years_fill_the_table(hours: CalendarVersion, desk: Client) -> None:
    assert post(desk, "hours_holidays", hours.pk).status_code == 422
    assert post(desk, "hours_holidays", hours.pk, year="9999").status_code == 422
    post(desk, "hours_holidays", hours.pk, year=["2026", "2027"], good_friday="on", liberation_day="always")
    hours.refresh_from_db()
    known = hours.to_schedule().exceptions
    assert {date(2026, 4, 3), date(2026, 5, 5), date(2027, 12, 25)} <= set(known)


def test_a_calendar_is_begun_drafted_approved_and_in_force(desk: Client, colleague: User) -> None:
    assert post(desk, "calendar_add", name=" ").status_code == 422
    response = post(desk, "calendar_add", name="Balie")
    made = CalendarVersion.objects.get(calendar__name="Balie")
    assert response.headers["HX-Redirect"] == reverse("matrix_hours_version", args=[made.pk])
    assert post(desk, "calendar_add", name="Balie").status_code == 422
    post(desk, "hours_week", made.pk, **{"day-0": "8:30–17:00"})
    client = Client()
    client.force_login(colleague)
    assert post(client, "version_step", "hours", made.pk, "approve").status_code == 200
    assert "geldt nu" in post(client, "version_step", "hours", made.pk, "activate", when="now").content.decode()
    assert "8:30–17:00" in client.get(reverse("matrix_hours")).content.decode()
    assert post(client, "hours_week", made.pk, **{"day-0": ""}).status_code == 422


# -- Subjects --------------------------------------------------------------------------------------------------------------------


def test_a_subject_is_made_changed_and_retired(desk: Client, draft: MatrixVersion) -> None:
    words = {"name": "Groen", "name_en": "Greenery", "keywords": "boom, =park", "query": ""}
    assert desk.post(reverse("subject_add"), words).status_code == 302
    green = Subject.objects.get(code="groen")
    assert desk.post(reverse("subject", args=[green.pk]), words | {"keywords": "heg"}).status_code == 302
    green.refresh_from_db()
    assert green.keywords == "heg"
    assert "Groen" in desk.get(reverse("matrix_subjects")).content.decode()
    assert post(desk, "subject_retire", green.pk).headers["HX-Redirect"] == reverse("matrix_subjects")
    assert "Niet meer in gebruik" in desk.get(reverse("matrix_subjects")).content.decode()


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "subject-name-error"),
        ({"name": "Roads"}, "subject-name-error"),
        ({"query": "(afval"}, "subject-query-error"),
        ({"keywords": "de"}, "subject-keywords-error"),
    ],
)
def test_the_reason_stands_at_the_field(desk: Client, draft: MatrixVersion, typed: dict[str, str], field: str) -> None:
    waste = Subject.objects.get(code="waste")
    response = desk.post(
        reverse("subject", args=[waste.pk]), {"name": "Waste", "keywords": "afval", "query": ""} | typed
    )
    assert response.status_code == 422
    assert f'id="{field}"' in response.content.decode()
    waste.refresh_from_db()
    assert waste.name == "Waste"


def test_words_are_tried_before_they_are_kept(desk: Client, draft: MatrixVersion) -> None:
    shown = post(desk, "subjects_try", text="De container en de weg").content.decode()
    assert "<mark>container</mark>" in shown
    assert "Roads" in shown
    form = {"code": "waste", "name": "Waste", "keywords": "kliko", "query": ""}
    shown = post(desk, "subjects_try", text="De container en de kliko", **form).content.decode()
    assert "<mark>kliko</mark>" in shown
    assert "<mark>container</mark>" not in shown
    response = post(desk, "subjects_try", text="x", **form | {"query": "NOT ("})
    assert response.status_code == 422
    assert "Zoekvraag" in response.content.decode()


# -- Files -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_file_goes_out_is_checked_and_comes_back_in_after_yes(draft: MatrixVersion, desk: Client, form: str) -> None:
    sent = desk.get(reverse("matrix_export", args=[draft.pk, form]))
    assert f'filename="responsmatrix-1.{form}"' in sent.headers["Content-Disposition"]
    content = sent.content.replace(b"4 werkuren", b"6 werkuren") if form == "csv" else sent.content
    url = reverse("matrix_import", args=[draft.pk])
    checked = desk.post(url, {"file": SimpleUploadedFile(f"matrix.{form}", content)})
    shown = checked.content.decode()
    assert "alles klopt" in shown
    assert draft.rules.first().first_response_amount == 4, "a dry run writes nothing"
    token = shown.split('name="token" value="')[1].split('"')[0]
    assert desk.post(url, {"token": token}).status_code == 302
    assert draft.rules.first().first_response_amount == (6 if form == "csv" else 4)
    assert desk.post(url, {"token": token}).status_code == 422, "once"


def test_errors_are_listed_per_row_and_nothing_is_kept(draft: MatrixVersion, desk: Client) -> None:
    url = reverse("matrix_import", args=[draft.pk])
    wrong = b"Team;Soort;Eerste antwoord\r\nOnbekend;fax;0 eeuwen\r\n"
    response = desk.post(url, {"file": SimpleUploadedFile("matrix.csv", wrong)})
    assert response.status_code == 422
    assert "er is niets overgenomen" in response.content.decode()
    assert response.content.decode().count('<td class="number">2</td>') >= 3
    for upload in ({}, {"file": SimpleUploadedFile("m.xlsx", b"PK\x03\x04nonsense")}):
        assert desk.post(url, upload).status_code == 422
    assert draft.rules.count() == 2


def test_a_token_opens_nothing_for_somebody_else(draft: MatrixVersion, desk: Client, colleague: User) -> None:
    content = desk.get(reverse("matrix_export", args=[draft.pk, "csv"])).content
    url = reverse("matrix_import", args=[draft.pk])
    shown = desk.post(url, {"file": SimpleUploadedFile("matrix.csv", content)}).content.decode()
    token = shown.split('name="token" value="')[1].split('"')[0]
    other = Client()
    other.force_login(colleague)
    assert other.post(url, {"token": token}).status_code == 422
