"""The planning as a table: what goes out comes in again, and no cell of it can be taken for a formula."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from time_machine import TimeMachineFixture

from accounts.models import Team, User
from calendar_app.csv_export import export_cells, export_csv, export_xlsx
from calendar_app.csv_import import import_posts, plan_import
from calendar_app.models import Campaign, Post
from channels.models import Channel
from responsematrix.table_files import to_xlsx
from tests.calendar_app.made import make_picture, make_post, show
from tests.factories import ChannelFactory, TeamFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def twitter(team: Team) -> Channel:
    return ChannelFactory(platform="twitter", name="Gemeente Eikenrode", handle="eikenrode", teams=[team])


def planned(editor: User, channel: Channel, twitter: Channel) -> None:
    campaign = Campaign.objects.create(name="=Winter", code="winter")
    hek, boom = make_picture(by=editor, name="Hek; groot"), make_picture(by=editor, name="+Boom")
    texts = [
        "=1+1",
        '"Regel"; een\n\nRegel, twee',
        "'=al een aanhalingsteken",
        "@eikenrode +1 -1",
        "🎉 Vuurwerk ﹢",
        "\t=tab",
    ]
    for number, text in enumerate(texts):
        at = datetime(2027, 10, 31, 0, 30, tzinfo=UTC) + timedelta(hours=number)  # twice 02:30
        post = make_post(
            channel, twitter, owner=editor, text=text, title=f"-{number}", planned_at=at, campaign=campaign
        )
        if number % 2:
            show(post, hek, alt="=alt; een")
            show(post, boom)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("language", ["nl", "en"])
def test_what_goes_out_comes_in_again_as_it_was(
    editor: User, channel: Channel, twitter: Channel, form: str, language: str
) -> None:
    planned(editor, channel, twitter)
    before = export_cells(editor)
    content = export_csv(editor, language=language) if form == "csv" else export_xlsx(editor, language=language)

    plan = plan_import(content, by=editor)
    assert plan.errors == []
    assert len(plan.warnings) >= 6  # each is planned already
    Post.objects.update(removed_at=timezone.now())
    import_posts(content, by=editor)

    assert export_cells(editor) == before
    assert len(before) == 7


def test_no_cell_is_a_formula_to_a_spreadsheet_program(editor: User, channel: Channel, twitter: Channel) -> None:
    planned(editor, channel, twitter)

    for line in csv.reader(io.StringIO(export_csv(editor).decode("utf-8-sig")), delimiter=";"):
        assert not [cell for cell in line if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


def test_only_what_one_sees_and_what_is_still_to_come_goes_out(editor: User, channel: Channel, outsider: User) -> None:
    later: dict[str, Any] = {"planned_at": NOW + timedelta(days=1)}
    hidden = ChannelFactory(teams=[TeamFactory()], name="Geheim kanaal")
    make_post(hidden, owner=outsider, text="Geheim", **later)
    make_post(channel, owner=editor, text="Weg", removed_at=NOW, **later)
    make_post(channel, owner=editor, text="Was", planned_at=NOW - timedelta(days=1))
    make_post(channel, owner=editor, text="Ooit")
    both = make_post(channel, hidden, owner=outsider, text="Samen", **later)
    both.targets.filter(channel=hidden).update(state="draft")

    (_head, *rows) = export_cells(editor)

    assert [(line[2], line[3]) for line in rows] == [("Facebook: Gemeente Eikenrode", "Samen")]


def test_a_file_that_excel_made_of_ours_is_text_all_over(editor: User, channel: Channel) -> None:
    content = to_xlsx([["Tekst", "Kanalen"], ["=HYPERLINK(1)", "Facebook"]], name="x")

    (made,) = plan_import(content, by=editor).rows
    assert made.text == "=HYPERLINK(1)"
