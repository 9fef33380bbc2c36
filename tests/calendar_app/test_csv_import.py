"""Posts from a table: every wrong cell by its row and column, all of them or none, and never approved."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation
from openpyxl import Workbook
from time_machine import TimeMachineFixture

from accounts.models import AuditEvent, Team, User
from calendar_app.csv_import import MAXIMUM_ROWS, ImportRefused, Plan, import_posts, plan_import
from calendar_app.models import Campaign, MediaItem, Post, PostTarget
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post
from tests.factories import ChannelFactory, TeamFactory

pytestmark = pytest.mark.django_db
HEAD = ("datum", "tijd", "kanalen", "tekst", "link", "campagne", "titel", "afbeelding", "alt")
GOOD = ("31-12-2027", "09:30", "Facebook", "De Molenstraat is dicht.", "", "", "", "", "")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def twitter(team: Team) -> Channel:
    return ChannelFactory(platform="twitter", name="Gemeente Eikenrode", handle="eikenrode", teams=[team])


def table(*rows: Sequence[str], head: Sequence[str] = HEAD, delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([head, *rows])
    return out.getvalue().encode(encoding)


def row(**cells: str) -> list[str]:
    """A good row with other cells."""
    return [cells.get(head, cell) for head, cell in zip(HEAD, GOOD, strict=True)]


def errors(plan: Plan) -> list[tuple[int, str]]:
    return [(error.line, error.column) for error in plan.errors]


def warnings(plan: Plan) -> str:
    return " ".join(f"{each.line}:{each.column}:{each.message}" for each in plan.warnings)


# -- what comes in -----------------------------------------------------------------------------------------------------


def test_a_table_becomes_drafts_of_whoever_brought_it(editor: User, channel: Channel, twitter: Channel) -> None:
    campaign = Campaign.objects.create(name="Winter", code="winter")
    item = make_picture(by=editor, name="Hek", alt="Een hek.")
    content = table(
        [
            "31-12-2027",
            "09:30",
            "Facebook | X",
            "Regel een\nRegel twee",
            "https://eikenrode.nl/x",
            "winter",
            "Kort",
            "hek",
            "",
        ],
        row(datum="", tijd="", kanalen="@eikenrode", tekst="Zonder moment", afbeelding="Hek", alt="Een rood hek."),
    )
    with translation.override("nl"):
        plan = plan_import(content, by=editor)

    assert (plan.errors, plan.unknown_heads, Post.objects.count()) == ([], [], 0)
    first, second = import_posts(content, by=editor)

    first.refresh_from_db()
    assert (first.owner, first.edited_by, first.text, first.title) == (editor, editor, "Regel een\nRegel twee", "Kort")
    assert first.planned_at == datetime(2027, 12, 31, 8, 30, tzinfo=UTC)
    assert (first.link, first.campaign) == ("https://eikenrode.nl/x", campaign)
    assert set(first.targets.values_list("channel", flat=True)) == {channel.pk, twitter.pk}
    assert [(each.item, each.alt) for each in first.pictures.all()] == [(item, "Een hek.")]
    assert (second.planned_at, [each.alt for each in second.pictures.all()]) == (None, ["Een rood hek."])
    assert set(PostTarget.objects.values_list("state", "approved_by")) == {("draft", None)}
    assert AuditEvent.objects.get(action="posts.imported").data == {"count": 2}


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_whatever_program_wrote_it(editor: User, channel: Channel, delimiter: str, encoding: str) -> None:
    content = table(
        row(tekst="Café in de Yıldızstraat" if encoding.startswith("utf") else "Café één"),
        delimiter=delimiter,
        encoding=encoding,
    )

    (made,) = plan_import(content, by=editor).rows
    assert made.text.startswith("Café")


def test_an_excel_file_with_real_dates_is_read_too(editor: User, channel: Channel) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Date", "Time", "Channels", "Text"])
    sheet.append([date(2027, 1, 2), time(9, 5), "facebook", "=1+1"])
    sheet.append([date(2027, 1, 2), "10:00", "facebook", "Gewoon"])
    out = io.BytesIO()
    book.save(out)

    plan = plan_import(out.getvalue(), by=editor)

    assert plan.rows[1].planned_at == datetime(2027, 1, 2, 9, tzinfo=UTC)
    assert plan.rows[0].planned_at == datetime(2027, 1, 2, 8, 5, tzinfo=UTC)
    assert (2, "Tekst") in errors(plan)  # a formula is never taken over


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"datum": "morgen"}, "Datum"),
        ({"datum": "31-02-2027"}, "Datum"),
        ({"datum": "01-01-27"}, "Datum"),
        ({"datum": "24-11-2026"}, "Datum"),  # yesterday
        ({"datum": "31-12-9999"}, "Datum"),
        ({"datum": "٣١-12-2027"}, "Datum"),
        ({"tijd": "25:00"}, "Tijd"),
        ({"tijd": "half tien"}, "Tijd"),
        ({"tijd": ""}, "Tijd"),
        ({"datum": ""}, "Datum"),
        ({"tijd": "09:30 (2e keer)"}, "Tijd"),
        ({"kanalen": "Hyves"}, "Kanalen"),
        ({"kanalen": "Facebook | Hyves"}, "Kanalen"),
        ({"tekst": " "}, "Tekst"),
        ({"link": "javascript:alert(1)"}, "Link"),
        ({"link": "eikenrode.nl"}, "Link"),
        ({"link": "https://eikenrode.nl/" + "x" * 600}, "Link"),
        ({"campagne": "Zomer"}, "Campagne"),
        ({"campagne": "Voorbij"}, "Campagne"),
        ({"titel": "x" * 121}, "Titel"),
        ({"afbeelding": "Bestaat niet"}, "Afbeelding"),
        ({"afbeelding": "Dubbel"}, "Afbeelding"),
        ({"afbeelding": "Hek | hek"}, "Afbeelding"),
        ({"afbeelding": "Kort"}, "Afbeelding"),
        ({"afbeelding": "Zonder toestemming"}, "Afbeelding"),
        ({"alt": "Een hek."}, "Alt-tekst"),
        ({"afbeelding": "Hek", "alt": "x" * 1001}, "Alt-tekst"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_comes_in(
    editor: User, channel: Channel, cells: dict[str, str], column: str
) -> None:
    Campaign.objects.create(name="Voorbij", code="voorbij", archived_at=NOW)
    for name in ("Dubbel", "dubbel", "Hek"):
        make_picture(by=editor, name=name)
    make_picture(by=editor, name="Kort", expires_on=date(2027, 12, 30))
    make_picture(by=editor, name="Zonder toestemming", consent="missing")
    content = table(GOOD, row(**cells))

    assert errors(plan_import(content, by=editor)) == [(3, column)]
    with pytest.raises(ImportRefused) as refused:
        import_posts(content, by=editor)
    assert [(each.line, each.column) for each in refused.value.errors] == [(3, column)]
    assert not Post.objects.exists()


def test_every_wrong_cell_of_a_row_is_named_at_once(editor: User, channel: Channel) -> None:
    plan = plan_import(table(row(datum="x", tijd="y", kanalen="z", link="q", campagne="r")), by=editor)

    assert [column for _line, column in errors(plan)] == ["Campagne", "Datum", "Kanalen", "Link", "Tijd"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x00\x01\x02" * 50, b"PK\x03\x04 no zip", b"%PDF-1.7", table(), table(row(), head=["a"] * 9), b"tekst;tekst\na;b",
        b'tekst\n"never closed', b"x" * 2_000_001, table(*[GOOD] * (MAXIMUM_ROWS + 1)), b"tekst\n" + b"a\n" * 6_000,
        b"tekst|datum\na|b", b";" * 200 + b"\n" + b"a;" * 200,
    ],
    ids=[
        "empty", "bytes", "half a zip", "pdf", "only heads", "no heads", "a head twice", "open quote", "too big", "too many rows",
        "a million lines", "another sign between", "too wide",
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_of_posts_is_refused_in_words(editor: User, channel: Channel, content: bytes) -> None:
    with pytest.raises(ImportRefused) as refused:
        plan_import(content, by=editor)

    assert str(refused.value).endswith(".")


def test_columns_that_we_do_not_know_are_left_aside_and_said(editor: User, channel: Channel) -> None:
    plan = plan_import(table([*GOOD, "intern"], head=[*HEAD, "Opmerking"]), by=editor)

    assert (plan.errors, plan.unknown_heads) == ([], ["Opmerking"])


def test_what_was_garbled_on_its_way_is_said(editor: User, channel: Channel) -> None:
    content = table(row(tekst="Café")) + "één\n".encode("cp1252") + b";;;caf\xe9;;;;;\r\n"

    assert "UTF-8" in warnings(plan_import(content, by=editor))
    assert "UTF-8" not in warnings(plan_import(table(row(tekst="Café, naïef, Åre, € 5")), by=editor))


# -- channels ----------------------------------------------------------------------------------------------------------


def test_a_word_for_more_channels_than_one_is_asked_about(
    editor: User, channel: Channel, twitter: Channel, team: Team
) -> None:
    (error,) = plan_import(table(row(kanalen="Gemeente Eikenrode")), by=editor).errors
    assert "Facebook: Gemeente Eikenrode" in error.message

    same = ChannelFactory(teams=[team])  # another page with the same name
    assert len(plan_import(table(row(kanalen="Facebook")), by=editor).errors) == 1
    labels = [f"Facebook: Gemeente Eikenrode ({each.external_id})" for each in (channel, same)]
    (made,) = plan_import(table(row(kanalen=" | ".join(labels))), by=editor).rows
    assert made.channels == (channel, same)


def test_channels_of_others_closed_ones_and_those_without_posts_are_not_known(
    editor: User, channel: Channel, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    ChannelFactory(name="Geheim", teams=[TeamFactory()])
    ChannelFactory(name="Oud", teams=[team], closed_at=NOW)
    for name in ("Geheim", "Oud"):
        assert errors(plan_import(table(row(kanalen=name)), by=editor)) == [(2, "Kanalen")]


def test_a_channel_with_a_comma_in_its_name_is_one_channel(editor: User, team: Team) -> None:
    made = ChannelFactory(name="Eikenrode, de gemeente", teams=[team])

    assert plan_import(table(row(kanalen="Eikenrode, de gemeente")), by=editor).rows[0].channels == (made,)


# -- moments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "at", "moment", "said"),
    [
        ("28-03-2027", "02:30", datetime(2027, 3, 28, 1, 30, tzinfo=UTC), "het wordt 03:30"),
        ("31-10-2027", "02:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "de eerste telt"),
        ("31-10-2027", "02:30 (2e keer)", datetime(2027, 10, 31, 1, 30, tzinfo=UTC), ""),
        ("2027-10-31", "2.30 uur", datetime(2027, 10, 31, 0, 30, tzinfo=UTC), "de eerste telt"),
        ("1/4/2027", "9:05", datetime(2027, 4, 1, 7, 5, tzinfo=UTC), ""),
    ],
)
def test_a_time_is_that_of_the_clock_on_the_wall_also_on_the_nights_that_differ(
    editor: User, channel: Channel, on: str, at: str, moment: datetime, said: str
) -> None:
    plan = plan_import(table(row(datum=on, tijd=at)), by=editor)

    assert plan.errors == []
    assert plan.rows[0].planned_at == moment
    assert said in warnings(plan)
    assert bool(said) == bool(plan.warnings)


# -- what to look at ---------------------------------------------------------------------------------------------------


def test_what_looks_written_twice_is_said_and_comes_in_all_the_same(editor: User, channel: Channel) -> None:
    make_post(channel, owner=editor, text="Vuurwerk!", planned_at=datetime(2027, 12, 31, 20, tzinfo=UTC))
    make_post(
        ChannelFactory(), owner=editor, text="Weg", planned_at=datetime(2027, 12, 31, 20, tzinfo=UTC), removed_at=NOW
    )
    content = table(
        GOOD, row(tijd="10:00", tekst="de  molenstraat IS dicht."), row(tekst="vuurwerk!"), row(tekst="Weg")
    )

    plan = plan_import(content, by=editor)

    assert [(each.line, each.column) for each in plan.warnings] == [(3, "Tekst"), (4, "Tekst")]
    assert len(import_posts(content, by=editor)) == 4


def test_what_is_planned_where_one_does_not_see_it_is_not_told(editor: User, channel: Channel, outsider: User) -> None:
    hidden = ChannelFactory(teams=[TeamFactory()])
    make_post(hidden, owner=outsider, text=GOOD[3], planned_at=datetime(2027, 12, 31, 20, tzinfo=UTC))

    assert plan_import(table(GOOD), by=editor).warnings == []


def test_no_channel_no_alt_text_and_a_text_that_is_too_long_are_said(
    editor: User, channel: Channel, twitter: Channel
) -> None:
    make_picture(by=editor, name="Hek", alt="")
    content = table(row(kanalen=""), row(afbeelding="Hek", tekst="Een"), row(kanalen="X", tekst="lang " * 70))

    plan = plan_import(content, by=editor)

    assert plan.errors == []
    assert [(each.line, each.column) for each in plan.warnings] == [(2, "Kanalen"), (3, "Alt-tekst"), (4, "Tekst")]
    assert "349 van 280" in warnings(plan) or "350 van 280" in warnings(plan)


# -- all or nothing ----------------------------------------------------------------------------------------------------


def test_what_changed_since_the_dry_run_stops_all_of_it(
    editor: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = table(GOOD, row(tekst="Twee"))
    plan = plan_import(content, by=editor)
    Channel.objects.filter(pk=channel.pk).update(closed_at=NOW)
    monkeypatch.setattr("calendar_app.csv_import.plan_import", lambda content, *, by: plan)

    with pytest.raises(ImportRefused) as refused:
        import_posts(content, by=editor)

    assert refused.value.errors[0].line == 2
    assert not Post.objects.exists()


def test_a_picture_that_was_put_away_since_the_dry_run_stops_it_too(
    editor: User, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = make_picture(by=editor, name="Hek")
    content = table(GOOD, row(tekst="Twee", afbeelding="Hek"))
    plan = plan_import(content, by=editor)
    MediaItem.objects.filter(pk=item.pk).update(archived_at=NOW)
    monkeypatch.setattr("calendar_app.csv_import.plan_import", lambda content, *, by: plan)

    with pytest.raises(ImportRefused) as refused:
        import_posts(content, by=editor)

    assert (refused.value.errors[0].line, Post.objects.count()) == (3, 0)
