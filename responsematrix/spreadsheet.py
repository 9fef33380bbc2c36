"""The matrix as a spreadsheet: out to XLSX or CSV, and back in with a dry run, an error per cell, and all or nothing."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import Team, User
from channels.platforms import Platform
from responsematrix.checks import Finding, check, check_row, errors
from responsematrix.choices import KIND_LABELS, RECIPIENT_LABELS, AnswerChannel, Audience, Urgency
from responsematrix.editing import replace_rules
from responsematrix.models import Calendar, MatrixVersion, Subject
from responsematrix.refusals import Refused
from responsematrix.rows import EXPECTATIONS, TERMS, Row
from responsematrix.table_files import FileRefused, Flaw, Table, read_file, to_csv, to_xlsx
from responsematrix.versions import known_values
from responsematrix.wording import words_for_finding
from responsematrix.worktime import Unit

# The head of each column, in Dutch and English; a file with either is understood, in any order.
HEADS: dict[str, tuple[str, str]] = {
    "kind": ("Soort", "Kind"),
    "platform": ("Platform", "Platform"),
    "subject": ("Onderwerp", "Subject"),
    "audience": ("Doelgroep", "Audience"),
    "urgency": ("Urgentie", "Urgency"),
    "owner_team": ("Team", "Team"),
    "backup_team": ("Achterwacht", "Backup"),
    "first_response": ("Eerste antwoord", "First response"),
    "next_response": ("Volgend antwoord", "Next response"),
    "resolution": ("Afgehandeld", "Resolution"),
    "calendar": ("Openingstijden", "Opening hours"),
    "answer_channel": ("Antwoord via", "Answer by"),
    "needs_approval": ("Vier ogen", "Four eyes"),
    "steps": ("Herinneringen", "Reminders"),
    "expectation_public_nl": ("Verwachting openbaar", "Expectation public, Dutch"),
    "expectation_public_en": ("Verwachting openbaar Engels", "Expectation public, English"),
    "expectation_private_nl": ("Verwachting privé", "Expectation private, Dutch"),
    "expectation_private_en": ("Verwachting privé Engels", "Expectation private, English"),
}
NEEDED = ("owner_team",)
WIDTHS = (16, 12, 22, 14, 12, 20, 20, 16, 16, 16, 18, 14, 10, 30, 40, 40, 40, 40)
UNITS: dict[Unit, tuple[str, str, str, str]] = {
    Unit.WORKING_MINUTES: ("werkminuut", "werkminuten", "working minute", "working minutes"),
    Unit.WORKING_HOURS: ("werkuur", "werkuren", "working hour", "working hours"),
    Unit.WORKING_DAYS: ("werkdag", "werkdagen", "working day", "working days"),
    Unit.CALENDAR_DAYS: ("kalenderdag", "kalenderdagen", "calendar day", "calendar days"),
    Unit.CLOCK_HOURS: ("klokuur", "klokuren", "clock hour", "clock hours"),
    Unit.CLOCK_MINUTES: ("klokminuut", "klokminuten", "clock minute", "clock minutes"),
}
EVERYTHING = frozenset({"", "alle", "alles", "all", "any", "*"})
YES, NO = frozenset({"ja", "yes", "x", "1", "true", "waar"}), frozenset({"", "nee", "no", "0", "false", "onwaar"})
_TERM = re.compile(r"([+-]?\d{1,9})\s+(\D{1,40})")
_STEP = re.compile(r"(\d{1,4})\s*%\s*(\D{1,40})")

FLAWS = {
    Flaw.TOO_BIG: gettext_noop("Het bestand is te groot."),
    Flaw.TOO_LONG: gettext_noop("Het bestand heeft te veel rijen."),
    Flaw.TOO_WIDE: gettext_noop("Het bestand heeft te veel kolommen, of een cel is te lang."),
    Flaw.NOT_A_TABLE: gettext_noop("Dit is geen leesbaar XLSX- of CSV-bestand."),
    Flaw.EMPTY: gettext_noop("Het bestand is leeg."),
}


@dataclass(frozen=True, slots=True, order=True)
class CellError:
    """What is wrong in one cell: `line` as the spreadsheet program numbers it, `column` its head (empty: the whole row)."""

    line: int
    column: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do. `errors` not empty: nothing. The counts compare with the draft as it is now."""

    rows: list[Row]
    errors: list[CellError]
    added: int = 0
    changed: int = 0
    removed: int = 0
    unknown_heads: list[str] = field(default_factory=list)  # columns that are left aside


class ImportRefused(Refused):
    """The file as a whole, or `errors` per cell; nothing was written."""

    def __init__(self, message: str, found: Iterable[CellError] = ()) -> None:
        super().__init__(message)
        self.errors = list(found)


class Names:
    """The words in cells and what they stand for: teams, calendars and subjects by name, values by label in two languages."""

    def __init__(self) -> None:
        self.teams = dict(Team.objects.values_list("pk", "name"))
        self.calendars = dict(Calendar.objects.values_list("pk", "name"))
        subjects = list(Subject.objects.filter(retired_at=None))
        self.labels: dict[str, dict[str, dict[str, str]]] = {}  # language → column → value → word
        for language in ("nl", "en"):
            with translation.override(language):
                self.labels[language] = {
                    "kind": {kind.value: str(label) for kind, label in KIND_LABELS.items()},
                    "platform": {one.value: str(one.label) for one in Platform},
                    "audience": {one.value: str(one.label) for one in Audience},
                    "urgency": {one.value: str(one.label) for one in Urgency},
                    "answer_channel": {one.value: str(one.label) for one in AnswerChannel},
                    "recipient": {one.value: str(label) for one, label in RECIPIENT_LABELS.items()},
                    "subject": {one.code: one.local_name(language) for one in subjects},
                }

    def value(self, column: str, word: str) -> str | None:
        """The value behind a word or the value itself, whatever its case; None when there is none."""
        wanted = word.strip().casefold()
        for labels in self.labels.values():
            for value, label in labels[column].items():
                if wanted in (label.casefold(), value.casefold()):
                    return value
        return None


def export_cells(version: MatrixVersion, *, language: str = "nl") -> list[list[str]]:
    """The head and one row of words per rule, in the order of the table."""
    names = Names()
    place = 0 if language == "nl" else 1
    rows = [rule.to_row() for rule in version.rules.select_related("subject")]
    return [[heads[place] for heads in HEADS.values()], *[_cells(row, names, language) for row in rows]]


def export_csv(version: MatrixVersion, *, language: str = "nl") -> bytes:
    return to_csv(export_cells(version, language=language))


def export_xlsx(version: MatrixVersion, *, language: str = "nl") -> bytes:
    return to_xlsx(export_cells(version, language=language), name=version.matrix.name, widths=WIDTHS)


def plan_import(version: MatrixVersion, content: bytes) -> Plan:
    """The dry run: what would change, and every error with its cell. Raises ImportRefused for a file that is no table."""
    try:
        table = read_file(content)
    except FileRefused as error:
        raise ImportRefused(_(FLAWS[error.flaw])) from error
    known = known_values()
    columns, unknown = _columns(table)
    rows, found = _read_rows(table, columns, Names())
    bad_lines = {error.line for error in found}
    for row in rows:
        if row.key not in bad_lines:  # an unreadable cell was named already
            found += [_cell_error(finding) for finding in errors(check_row(row, known))]
    if not found:
        found = [_cell_error(finding) for finding in errors(check(rows, known))]
    if found:
        return Plan(rows, sorted(found), unknown_heads=unknown)
    return _compare(version, rows, unknown)


def import_rules(*, version: MatrixVersion, content: bytes, by: User) -> Plan:
    """All rows of the file replace those of the draft, or nothing does. Raises ImportRefused (with errors), NotADraft."""
    plan = plan_import(version, content)
    if plan.errors:
        raise ImportRefused(_("Er is niets overgenomen: in het bestand staan fouten."), plan.errors)
    replace_rules(version=version, rows=plan.rows, by=by)
    return plan


def _cells(row: Row, names: Names, language: str) -> list[str]:
    labels = names.labels[language]
    everything, yes, no = ("alle", "ja", "nee") if language == "nl" else ("all", "yes", "no")
    cells: dict[str, str] = {
        column: labels[column].get(getattr(row, column), getattr(row, column)) or everything
        for column in ("kind", "platform", "subject", "audience", "urgency")
    }
    cells |= {
        "owner_team": names.teams.get(row.owner_team or 0, ""),
        "backup_team": names.teams.get(row.backup_team or 0, ""),
        "calendar": names.calendars.get(row.calendar or 0, ""),
        "answer_channel": labels["answer_channel"].get(row.answer_channel, ""),
        "needs_approval": yes if row.needs_approval else no,
        "steps": ", ".join(f"{percent}% {labels['recipient'].get(to, to)}" for percent, to in row.steps),
    }
    for name in TERMS:
        raw = getattr(row, name)
        cells[name] = "" if raw is None else f"{raw[0]} {_unit_word(raw, language)}"
    for visibility, reader in EXPECTATIONS:
        cells[f"expectation_{visibility}_{reader}"] = row.expectations.get((visibility, reader), "")
    return [cells[column] for column in HEADS]


def _unit_word(raw: tuple[int, str], language: str) -> str:
    return UNITS[Unit(raw[1])][(0 if language == "nl" else 2) + (raw[0] != 1)]


def columns_of(
    table: Table, heads: Mapping[str, Sequence[str]], needed: Iterable[str]
) -> tuple[dict[int, str], list[str], str]:
    """Which column of the file is which, the heads that are none of `heads` (by column, each in every language), and what is
    wrong with them in one sentence, empty when nothing is."""
    known = {head.casefold(): column for column, names in heads.items() for head in names}
    found: dict[int, str] = {}
    unknown: list[str] = []
    for place, head in enumerate(table.lines[0][1]):
        column = known.get(" ".join(head.split()).casefold())
        if column is None:
            unknown += [head.strip()[:40]] if head.strip() else []
        elif column in found.values():
            return found, unknown, _("De kolom “%(head)s” staat er twee keer.") % {"head": heads[column][0]}
        else:
            found[place] = column
    if missing := [heads[column][0] for column in needed if column not in found.values()]:
        return found, unknown, _("De kolom “%(head)s” ontbreekt.") % {"head": missing[0]}
    return found, unknown, ""


def _columns(table: Table) -> tuple[dict[int, str], list[str]]:
    found, unknown, wrong = columns_of(table, HEADS, NEEDED)
    if wrong:
        raise ImportRefused(wrong)
    return found, unknown


def _read_rows(table: Table, columns: Mapping[int, str], names: Names) -> tuple[list[Row], list[CellError]]:
    readers = _readers(names)
    rows: list[Row] = []
    found = [
        CellError(line, HEADS[columns[place]][0], _("Een formule kan niet worden overgenomen."))
        for line, place in table.formulas
        if place in columns
    ]
    for line, cells in table.lines[1:]:
        row = Row(key=line, place=len(rows) + 1)
        for place, column in columns.items():
            cell = cells[place] if place < len(cells) else ""
            if not column.startswith("expectation_"):
                cell = cell.strip()
            try:
                row = readers[column](row, cell)
            except ValueError as error:
                found.append(CellError(line, HEADS[column][0], str(error)))
        rows.append(row)
    return rows, found


_Reader = Callable[[Row, str], Row]


def _readers(names: Names) -> dict[str, _Reader]:
    """One function per column: the row with that cell filled in, or ValueError with words for a person."""
    readers: dict[str, _Reader] = {
        "owner_team": partial(_read_name, "owner_team", names.teams),
        "backup_team": partial(_read_name, "backup_team", names.teams),
        "calendar": partial(_read_name, "calendar", names.calendars),
        "needs_approval": _read_yes,
        "steps": partial(_read_steps, names),
    }
    for column in ("kind", "platform", "subject", "audience", "urgency", "answer_channel"):
        readers[column] = partial(_read_value, column, names)
    for name in TERMS:
        readers[name] = partial(_read_term, name)
    for visibility, language in EXPECTATIONS:
        readers[f"expectation_{visibility}_{language}"] = partial(_read_text, (visibility, language))
    return readers


def _read_name(column: str, known: Mapping[int, str], row: Row, cell: str) -> Row:
    if not cell:
        return row
    for pk, name in known.items():
        if name.casefold() == cell.casefold():
            return replace(row, **{column: pk})  # type: ignore[arg-type]
    raise ValueError(_("“%(word)s” is niet bekend.") % {"word": cell[:60]})


def _read_value(column: str, names: Names, row: Row, cell: str) -> Row:
    if cell.casefold() in EVERYTHING:
        return row
    value = names.value(column, cell)
    if value is None:
        raise ValueError(_("“%(word)s” is niet bekend.") % {"word": cell[:60]})
    return replace(row, **{column: value})  # type: ignore[arg-type]


def _read_yes(row: Row, cell: str) -> Row:
    if cell.casefold() not in YES | NO:
        raise ValueError(_("Vul ja of nee in."))
    return replace(row, needs_approval=cell.casefold() in YES)


def _read_term(column: str, row: Row, cell: str) -> Row:
    if not cell:
        return row
    found = _TERM.fullmatch(cell)
    word = " ".join(found[2].split()).casefold() if found else ""
    unit = next((unit for unit, words in UNITS.items() if word in words or word == unit.value), None)
    if found is None or unit is None:
        raise ValueError(_("Schrijf een termijn als “4 werkuren” of “2 werkdagen”."))
    changes: dict[str, Any] = {column: (int(found[1]), unit.value)}
    return replace(row, **changes)


def _read_steps(names: Names, row: Row, cell: str) -> Row:
    steps = []
    for part in re.split(r"[,;\n]", cell):
        if not part.strip():
            continue
        found = _STEP.fullmatch(part.strip())
        to = names.value("recipient", found[2]) if found else None
        if found is None or to is None:
            raise ValueError(_("Schrijf herinneringen als “50% behandelaar, 75% teamleider”."))
        steps.append((int(found[1]), to))
    return replace(row, steps=tuple(steps))


def _read_text(key: tuple[str, str], row: Row, cell: str) -> Row:
    return replace(row, expectations={**row.expectations, key: cell}) if cell.strip() else row


def _cell_error(finding: Finding) -> CellError:
    head = HEADS.get(finding.column, ("",))[0]
    return CellError(finding.key or 1, head, words_for_finding(finding))


def _compare(version: MatrixVersion, rows: list[Row], unknown: list[str]) -> Plan:
    """By conditions: the same conditions with another promise is a change."""
    before = {
        row.conditions: row.promise for row in (rule.to_row() for rule in version.rules.select_related("subject"))
    }
    after = {row.conditions: row.promise for row in rows}
    return Plan(
        rows,
        [],
        added=len(after.keys() - before.keys()),
        changed=sum(before[key] != after[key] for key in after.keys() & before.keys()),
        removed=len(before.keys() - after.keys()),
        unknown_heads=unknown,
    )
