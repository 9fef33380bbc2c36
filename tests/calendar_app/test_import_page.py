"""The page of the import: a dry run, then yes, once, by whoever brought the file; and the planning as a file."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, Team, User
from calendar_app import csv_import
from calendar_app.models import Post
from calendar_app.views import imports
from channels.models import Channel
from tests.factories import UserFactory
from tests.hostile import SCRIPTS, Page

pytestmark = pytest.mark.django_db
HEAD = "datum;tijd;kanalen;tekst;titel\n"
GOOD = HEAD + "31-12-2027;09:30;Facebook;De Molenstraat is dicht.;Molenstraat\n"


def bring(client: Client, content: str | bytes, name: str = "planning.csv") -> Any:
    body = content.encode() if isinstance(content, str) else content
    return client.post(reverse("calendar_import"), {"file": SimpleUploadedFile(name, body)})


def yes(client: Client, response: Any) -> Any:
    return client.post(reverse("calendar_import"), {"token": response.context["token"]})


def test_first_it_shows_what_would_come_and_then_it_comes_once(as_editor: Client, channel: Channel) -> None:
    shown = bring(as_editor, GOOD)

    assert (shown.status_code, Post.objects.count()) == (200, 0)
    words = Page(shown.content.decode()).text
    assert "planning.csv: 1 bericht, zonder fouten" in words
    assert "De Molenstraat is dicht." in words
    done = yes(as_editor, shown)
    assert (done.status_code, done.headers["Location"]) == (302, reverse("calendar"))
    assert Post.objects.get().targets.get().state == "draft"

    again = yes(as_editor, shown)
    assert (again.status_code, Post.objects.count()) == (422, 1)
    assert "Kies het nog eens" in again.content.decode()


def test_errors_stand_by_row_and_column_and_there_is_nothing_to_say_yes_to(as_editor: Client, channel: Channel) -> None:
    response = bring(as_editor, HEAD + "morgen;09:30;Facebook;Een;\n31-12-2027;09:30;Hyves;Twee;\n")

    assert response.status_code == 422
    html = " ".join(response.content.decode().split())
    assert '<td class="number">2</td><td>Datum</td>' in html
    assert '<td class="number">3</td><td>Kanalen</td>' in html
    assert 'name="token"' not in html
    assert "2 fouten: er is niets overgenomen" in html


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"PK\x03\x04", b"\x00" * 40, b"x" * 3_000_000])
def test_a_file_that_is_no_table_is_refused_on_the_page(as_editor: Client, content: bytes) -> None:
    response = bring(as_editor, content)

    assert response.status_code == 422
    assert response.context["error"]


def test_without_a_file_or_with_a_made_up_token_nothing_happens(as_editor: Client) -> None:
    for data in ({}, {"token": "x" * 500}, {"token": "\x00"}, {"file": "text"}):
        assert as_editor.post(reverse("calendar_import"), data).status_code == 422
    assert not Post.objects.exists()


def test_somebody_elses_token_opens_nothing(as_editor: Client, channel: Channel, team: Team) -> None:
    shown = bring(as_editor, GOOD)
    other = Client()
    other.force_login(UserFactory(teams=[team], teams__role=Role.EDITOR))

    assert yes(other, shown).status_code == 422
    assert not Post.objects.exists()


def test_who_does_not_plan_brings_nothing(client: Client, agent: User, channel: Channel) -> None:
    client.force_login(agent)

    assert bring(client, GOOD).status_code == 403
    assert client.get(reverse("calendar_import")).status_code == 403


def test_what_goes_wrong_halfway_leaves_nothing(
    as_editor: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, made = csv_import._make, []

    def fails(row: Any, by: User) -> Post:
        made.append(row)
        if len(made) == 2:
            raise RuntimeError("power")
        return make(row, by)

    monkeypatch.setattr(csv_import, "_make", fails)
    shown = bring(as_editor, GOOD + "31-12-2027;10:30;Facebook;Twee;\n")

    with pytest.raises(RuntimeError, match="power"):
        yes(as_editor, shown)

    assert not Post.objects.exists()


def test_words_of_strangers_are_only_words(as_editor: Client, channel: Channel) -> None:
    for script in SCRIPTS:
        cell = script.replace('"', '""')
        for content in (f'tekst;titel\n"{cell}";"{cell}"\n', f'tekst;"{cell}";kanalen\nEen;;"{cell}"\n'):
            assert Page(bring(as_editor, content, script).content.decode()).dangers == []


def test_a_long_list_is_shown_in_part_and_says_so(
    as_editor: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "SHOWN", 2)
    rows = "".join(f"31-12-2027;1{number}:00;Facebook;Bericht {number};\n" for number in range(5))

    response = bring(as_editor, HEAD + rows)

    assert (len(response.context["rows"]), response.context["rows_count"]) == (2, 5)
    assert "En nog 3." in response.content.decode()


def test_the_dry_run_asks_the_same_whatever_the_number_of_rows(as_editor: Client, channel: Channel) -> None:
    def queries(count: int) -> int:
        rows = "".join(f"31-12-2027;10:00;Facebook;Bericht {number};\n" for number in range(count))
        with CaptureQueriesContext(connection) as seen:
            assert bring(as_editor, HEAD + rows).status_code == 200
        return len(seen)

    assert queries(1) == queries(150)


def test_the_planning_is_a_file(as_editor: Client, channel: Channel) -> None:
    yes(as_editor, bring(as_editor, GOOD))

    table = as_editor.get(reverse("calendar_export", args=["csv"]))
    book = as_editor.get(reverse("calendar_export", args=["xlsx"]))

    assert re.match(r"\ufeffDatum;Tijd;Kanalen;Tekst;", table.content.decode())
    assert "Facebook: Gemeente Eikenrode" in table.content.decode()
    assert table.headers["Content-Disposition"] == 'attachment; filename="kalender.csv"'
    assert table.headers["Cache-Control"] == "no-store"
    assert book.content.startswith(b"PK")
    assert as_editor.get(reverse("calendar_export", args=["pdf"])).status_code == 404
