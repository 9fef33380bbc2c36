"""Posts from a table (CSV or XLSX): a dry run first that names every wrong cell, then all of them as drafts, or none.

Nothing that comes in this way is approved, however the file was made.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.changing import LONGEST_LINK
from calendar_app.composing import (
    LONGEST_ALT,
    LONGEST_TITLE,
    PostRefused,
    create_post,
)
from calendar_app.csv_names import SECOND_TIME, Names
from calendar_app.library import words_for_obstacle
from calendar_app.models import Campaign, MediaItem, Post, PostKind
from calendar_app.moments import day_bounds, moment_of, on_the_wall
from channels.models import Channel
from channels.platforms import Platform
from channels.registry import CONNECTORS
from responsematrix.spreadsheet import FLAWS, CellError, columns_of
from responsematrix.table_files import FileRefused, Table, read_file

MAXIMUM_ROWS = 1_000
# The head of each column, in Dutch and English, and what else people call it; in any order.
HEADS: dict[str, tuple[str, ...]] = {
    "on": ("Datum", "Date", "dag"),
    "at": ("Tijd", "Time", "tijdstip"),
    "channels": ("Kanalen", "Channels", "kanaal", "channel"),
    "text": ("Tekst", "Text", "bericht", "post"),
    "link": ("Link", "Link", "url"),
    "campaign": ("Campagne", "Campaign"),
    "title": ("Titel", "Title"),
    "pictures": ("Afbeelding", "Picture", "afbeeldingen", "beeld", "image"),
    "alts": ("Alt-tekst", "Alt text", "alt"),
}
_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[ T]00:00(?::00)?)?")
_DUTCH_DATE = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::00)?(?:\s*(?:uur|u))?")
# UTF-8 that was read as Windows-1252 on its way to us.
_GARBLED = re.compile("[ÂÃ][\u0080-\u00bf]|â€.|ï»¿")
_check_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Row:
    """A post to be. `line` as the spreadsheet program numbers it; a picture with its alt text, empty: that of the library."""

    line: int
    on: date | None = None
    at: time | None = None
    is_second: bool = False
    channels: tuple[Channel, ...] = ()
    text: str = ""
    link: str = ""
    campaign: Campaign | None = None
    title: str = ""
    pictures: tuple[MediaItem, ...] = ()
    alts: tuple[str, ...] = ()

    @property
    def planned_at(self) -> datetime | None:
        if self.on is None or self.at is None:
            return None
        return moment_of(self.on, self.at, is_second=self.is_second).at

    @property
    def pictures_with_alts(self) -> list[tuple[MediaItem, str]]:
        alts = [*self.alts, *[""] * len(self.pictures)]
        return list(zip(self.pictures, alts, strict=False))

    @property
    def same(self) -> tuple[date | None, str]:
        """Two with the same day and the same words look like one that was written twice."""
        return self.on, " ".join(self.text.split()).casefold()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would make. `errors` not empty: nothing. `warnings` stop nothing."""

    rows: list[Row]
    errors: list[CellError]
    warnings: list[CellError] = field(default_factory=list)
    unknown_heads: list[str] = field(default_factory=list)  # columns that are left aside


class ImportRefused(ValueError):
    """The file as a whole, or `errors` per cell; nothing was written."""

    def __init__(self, message: str, found: Iterable[CellError] = ()) -> None:
        super().__init__(message)
        self.errors = list(found)


def plan_import(content: bytes, *, by: User) -> Plan:
    """The dry run. Raises ImportRefused for a file that is no table of posts."""
    try:
        table = read_file(content)
    except FileRefused as error:
        raise ImportRefused(_(FLAWS[error.flaw])) from error
    columns, unknown = _columns(table)
    if len(table.lines) - 1 > MAXIMUM_ROWS:
        raise ImportRefused(
            _("Het bestand heeft te veel rijen: hoogstens %(limit)d berichten in één keer.") % {"limit": MAXIMUM_ROWS}
        )
    reader = _Reader(Names(by))
    rows = [reader.read(line, cells, columns) for line, cells in table.lines[1:]]
    for line, place in table.formulas:
        if place in columns:
            reader.wrong(line, columns[place], _("Een formule kan niet worden overgenomen."))
    if not rows:
        raise ImportRefused(_("Onder de kolomkoppen staat nog geen bericht."))
    _warn_of_doubles(rows, reader, by)
    return Plan(rows, sorted(reader.errors), sorted(reader.warnings), unknown)


@transaction.atomic
def import_posts(content: bytes, *, by: User) -> list[Post]:
    """Every row becomes a draft of `by`, or none does. Raises ImportRefused, with the errors per cell."""
    plan = plan_import(content, by=by)
    if plan.errors:
        raise ImportRefused(_("Er is niets overgenomen: in het bestand staan fouten."), plan.errors)
    made = []
    for row in plan.rows:
        try:
            made.append(_make(row, by))
        except PostRefused as refused:  # it changed since the dry run: a channel was closed, a picture put away
            error = CellError(row.line, "", str(refused))
            raise ImportRefused(_("Er is niets overgenomen: in het bestand staan fouten."), [error]) from refused
    record("posts.imported", by, by=by, count=len(made))
    return made


def _make(row: Row, by: User) -> Post:
    return create_post(
        by=by, title=row.title, text=row.text, link=row.link, planned_at=row.planned_at, channels=row.channels,
        campaign=row.campaign, pictures=row.pictures_with_alts,
    )  # fmt: skip


def _columns(table: Table) -> tuple[dict[int, str], list[str]]:
    found, unknown, wrong = columns_of(table, HEADS, ["text"])
    if wrong:
        raise ImportRefused(wrong)
    return found, unknown


class _Reader:
    """Reads rows and keeps what is wrong with them: errors stop everything, warnings nothing."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.errors: list[CellError] = []
        self.warnings: list[CellError] = []
        self.now = timezone.now()

    def wrong(self, line: int, column: str, message: str) -> None:
        self.errors.append(CellError(line, HEADS[column][0], message))

    def warn(self, line: int, column: str, message: str) -> None:
        self.warnings.append(CellError(line, HEADS[column][0] if column else "", message))

    def read(self, line: int, cells: list[str], columns: Mapping[int, str]) -> Row:
        row, bad = Row(line), set()
        for place, column in columns.items():
            cell = cells[place] if place < len(cells) else ""
            if column != "text" or not cell.strip():  # a text keeps its own white space
                cell = cell.strip()
            if _GARBLED.search(cell):
                self.warn(
                    line, column, _("Hier staan vreemde tekens. Bewaar het bestand als UTF-8 en kies het opnieuw.")
                )
            try:
                row = replace(row, **self._value(column, cell))
            except ValueError as error:
                bad.add(column)
                self.wrong(line, column, str(error))
        self._check(row, bad)
        return row

    def _value(self, column: str, cell: str) -> dict[str, Any]:
        """What a cell fills in. Raises ValueError with words for the person."""
        names = self.names
        match column:
            case "on":
                return {"on": _date(cell)}
            case "at":
                at, is_second = _time(cell)
                return {"at": at, "is_second": is_second}
            case "channels":
                return {"channels": names.channels_in(cell)}
            case "campaign":
                return {"campaign": names.campaign_called(cell)}
            case "pictures":
                return {"pictures": names.pictures_in(cell)}
            case "alts":
                alts = tuple(" ".join(alt.split()) for alt in cell.split("\n")) if cell else ()
                if any(len(alt) > LONGEST_ALT for alt in alts):
                    raise ValueError(_("De alt-tekst is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_ALT})
                return {"alts": alts}
            case "link":
                return {"link": _link(cell)}
            case "title":
                title = " ".join(cell.split())
                if len(title) > LONGEST_TITLE:
                    raise ValueError(_("De titel is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_TITLE})
                return {"title": title}
        return {"text": cell}

    def _check(self, row: Row, bad: set[str]) -> None:
        """What cells mean together; of what could not be read nothing more is said."""
        line = row.line
        if not bad & {"on", "at"}:
            self._check_moment(row)
        if not (row.text or row.link or row.pictures or bad):
            self.wrong(line, "text", _("Er staat nog niets in dit bericht."))
        if not row.channels and "channels" not in bad:
            self.warn(line, "channels", _("Nog zonder kanaal."))
        if len(row.alts) > len(row.pictures) and "pictures" not in bad:
            self.wrong(line, "alts", _("Er staan meer alt-teksten dan afbeeldingen."))
        day = max(row.on or on_the_wall(self.now).date(), on_the_wall(self.now).date())
        for number, item in enumerate(row.pictures):
            named = {"name": item.name}
            if obstacle := item.obstacle(day):
                named["reason"] = words_for_obstacle(obstacle)
                self.wrong(line, "pictures", _("“%(name)s” kan die dag niet: %(reason)s.") % named)
            elif not (item.alt or (number < len(row.alts) and row.alts[number])):
                self.warn(line, "alts", _("Afbeelding “%(name)s” heeft nog geen alt-tekst.") % named)
        for channel in row.channels:
            self._check_length(row, channel)

    def _check_moment(self, row: Row) -> None:
        if row.on is None and row.at is None:
            return
        if row.at is None:
            self.wrong(row.line, "at", _("Er staat een datum zonder tijd."))
        elif row.on is None:
            self.wrong(row.line, "on", _("Er staat een tijd zonder datum."))
        else:
            moment = moment_of(row.on, row.at, is_second=row.is_second)
            shown = f"{on_the_wall(moment.at):%H:%M}"
            if moment.at <= self.now:
                self.wrong(row.line, "on", _("Dat moment is al voorbij. Kies een moment dat nog komt."))
            elif moment.is_moved:
                self.warn(row.line, "at", _("Die tijd bestaat die nacht niet: het wordt %(time)s.") % {"time": shown})
            elif moment.is_twice and not row.is_second:
                self.warn(row.line, "at", _("Die tijd komt die nacht twee keer: de eerste telt."))
            elif row.is_second and not moment.is_twice:
                self.wrong(row.line, "at", _("Die tijd komt die dag maar één keer."))

    def _check_length(self, row: Row, channel: Channel) -> None:
        connector = CONNECTORS[Platform(channel.platform)]
        limit, is_cut = connector.capabilities.post_max_length, re.search(r"^[ \t]*-{3}[ \t]*$", row.text, re.M)
        if not limit or (is_cut and connector.capabilities.post_threads):
            return
        is_added = connector.capabilities.post_link_in_text and row.link and row.link not in row.text
        length = connector.count_post(f"{row.text}\n{row.link}" if is_added else row.text)
        if length > limit:
            values = {"name": channel.name, "length": length, "limit": limit}
            self.warn(row.line, "text", _("Te lang voor %(name)s: %(length)d van %(limit)d tekens.") % values)


def _warn_of_doubles(rows: list[Row], reader: _Reader, by: User) -> None:
    """In the file itself, and with what is planned already. One query."""
    days = [row.on for row in rows if row.on is not None]
    there: set[tuple[date | None, str]] = set()
    if days:
        first_day, last_day = day_bounds(min(days))[0], day_bounds(max(days))[1]
        planned = Post.objects.visible_to(by).filter(
            kind=PostKind.POST, removed_at=None, planned_at__gte=first_day, planned_at__lt=last_day
        )
        for at, text in planned.values_list("planned_at", "text"):
            assert at is not None
            there.add(Row(0, on=on_the_wall(at).date(), text=text).same)
    first: dict[tuple[date | None, str], int] = {}
    for row in rows:
        if not row.text:
            continue
        if row.same in first:
            same = (
                _("Dezelfde tekst op dezelfde dag als in rij %(line)d.")
                if row.on
                else _("Dezelfde tekst als in rij %(line)d.")
            )
            reader.warn(row.line, "text", same % {"line": first[row.same]})
        elif row.same in there and row.on is not None:
            reader.warn(row.line, "text", _("Op die dag is al een bericht met deze tekst gepland."))
        first.setdefault(row.same, row.line)


def _date(cell: str) -> date | None:
    if not cell:
        return None
    if found := _DATE.fullmatch(cell):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DUTCH_DATE.fullmatch(cell):
        day, month, year = (int(part) for part in found.groups())
    else:
        raise ValueError(_("Schrijf een datum als 31-12-2026."))
    try:
        on = date(year, month, day)
    except ValueError as error:
        raise ValueError(_("“%(word)s” bestaat niet.") % {"word": cell[:40]}) from error
    if not 2000 <= year <= 2100:
        raise ValueError(_("“%(word)s” is te ver weg.") % {"word": cell[:40]})
    return on


def _time(cell: str) -> tuple[time | None, bool]:
    """A time, and whether it is the second of a night on which it comes twice."""
    if not cell:
        return None, False
    words = cell
    for marks in SECOND_TIME:
        words = words.removesuffix(f"({marks})").strip()
    found = _TIME.fullmatch(words)
    if found is None:
        raise ValueError(_("Schrijf een tijd als 09:30."))
    try:
        return time(int(found[1]), int(found[2])), words != cell
    except ValueError as error:
        raise ValueError(_("“%(word)s” bestaat niet.") % {"word": cell[:40]}) from error


def _link(cell: str) -> str:
    if len(cell) > LONGEST_LINK:
        raise ValueError(_("De link is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_LINK})
    if cell:
        try:
            _check_url(cell)
        except ValidationError as error:
            raise ValueError(_("Dit is geen goed webadres. Het begint met https://.")) from error
    return cell
