"""A version as people read it: every cell in words, the rows gathered as they are applied, what `checks` found where it stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responsematrix.checks import Code, Finding, Severity, check
from responsematrix.choices import RECIPIENT_LABELS, AnswerChannel, value_label
from responsematrix.explain import words_for_term
from responsematrix.matching import COLUMNS, Recipient
from responsematrix.models import MatrixVersion, Rule, Subject
from responsematrix.rows import EXPECTATIONS, TERMS
from responsematrix.versions import known_values
from responsematrix.wording import words_for_finding, words_for_region

# The cells of a row, in the order of the table.
CELLS = {
    "subject": gettext_lazy("Onderwerp"),
    "kind": gettext_lazy("Soort"),
    "platform": gettext_lazy("Platform"),
    "audience": gettext_lazy("Doelgroep"),
    "urgency": gettext_lazy("Urgentie"),
    "owner_team": gettext_lazy("Team"),
    "backup_team": gettext_lazy("Achterwacht"),
    "first_response": gettext_lazy("Eerste antwoord"),
    "next_response": gettext_lazy("Volgend antwoord"),
    "resolution": gettext_lazy("Afgehandeld"),
    "answer": gettext_lazy("Antwoord via"),
    "calendar": gettext_lazy("Openingstijden"),
    "steps": gettext_lazy("Herinneringen"),
    "texts": gettext_lazy("Berichten"),
}
TEXT_LABELS = {
    ("public", "nl"): gettext_lazy("Openbaar, Nederlands"),
    ("public", "en"): gettext_lazy("Openbaar, Engels"),
    ("private", "nl"): gettext_lazy("Privé, Nederlands"),
    ("private", "en"): gettext_lazy("Privé, Engels"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One finding in words. `column` is a cell (empty: the whole row), `rule` a primary key (None: the whole table).

    `missing` (gaps) has the values of a rule that would fill it.
    """

    severity: str
    words: str
    rule: int | None = None
    place: int | None = None
    column: str = ""
    missing: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """`words` per line; `is_quiet` when it says nothing in particular (any, none, the usual)."""

    column: str
    words: tuple[str, ...]
    is_quiet: bool = False
    marks: tuple[Mark, ...] = ()

    @property
    def severity(self) -> str:
        return worst(self.marks)


@dataclass(frozen=True, slots=True)
class Line:
    rule: Rule
    cells: Mapping[str, Cell]
    texts: tuple[tuple[str, str], ...]  # for whom, what
    marks: tuple[Mark, ...] = ()

    @property
    def severity(self) -> str:
        return worst(self.marks)

    @property
    def conditions(self) -> list[Cell]:
        """What it says beside the subject; empty: every message."""
        named = (self.cells[column] for column in ("urgency", "audience", "kind", "platform"))
        return [cell for cell in named if not cell.is_quiet]


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class TableView:
    version: MatrixVersion
    lines: list[Line]
    marks: list[Mark] = field(default_factory=list)

    @property
    def errors(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.severity == Severity.ERROR]

    @property
    def warnings(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.severity == Severity.WARNING]

    @property
    def notes(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.severity == Severity.NOTE]

    @property
    def groups(self) -> list[Group]:
        """As it is applied: first what goes before all, then by subject, then what is left."""
        before, rest = [], []
        by_subject: dict[Subject, list[Line]] = {}
        for line in self.lines:
            rule = line.rule
            if rule.subject:
                by_subject.setdefault(rule.subject, []).append(line)
            elif rule.urgency or rule.audience:
                before.append(line)
            else:
                rest.append(line)
        subjects = sorted(by_subject, key=lambda subject: (subject.position, subject.code))
        groups = [Group(subject.local_name(), by_subject[subject]) for subject in subjects]
        if before:
            groups.insert(0, Group(_("Gaat voor alles"), before))
        if rest:
            groups.append(Group(_("Alle andere berichten"), rest))
        return groups


def worst(marks: Iterable[Mark]) -> str:
    found = {mark.severity for mark in marks}
    return next((each.value for each in Severity if each.value in found), "")


def subject_names() -> dict[str, str]:
    """In the reader's language, by code; retired ones too, because old versions name them."""
    return {subject.code: subject.local_name() for subject in Subject.objects.all()}


def read_rules(version: MatrixVersion) -> list[Rule]:
    """One query, with all that a cell needs."""
    return list(version.rules.select_related("subject", "owner_team", "backup_team", "calendar"))


def table_of(version: MatrixVersion, *, has_marks: bool = True) -> TableView:
    """Six queries at most, however long the table is. `has_marks` False: for readers who can not mend it."""
    rules = read_rules(version)
    marks = find_marks(rules) if has_marks else []
    by_cell: dict[tuple[int, str], list[Mark]] = {}
    for mark in marks:
        if mark.rule is not None:
            by_cell.setdefault((mark.rule, mark.column), []).append(mark)
    return TableView(version, [_line(rule, by_cell) for rule in rules], marks)


def find_marks(rules: Sequence[Rule]) -> list[Mark]:
    names = subject_names()
    return [mark_for(finding, names) for finding in check([rule.to_row() for rule in rules], known_values())]


def mark_for(finding: Finding, subjects: Mapping[str, str]) -> Mark:
    missing = None
    if finding.code is Code.GAP:
        # Where several values lack a rule the new one leaves that column open: more precise rules still win.
        region = zip(COLUMNS, finding.region, strict=True)
        missing = {column: values[0] for column, values in region if len(values) == 1 and values[0]}
    return Mark(
        severity=finding.severity.value,
        words=words_for_finding(finding, subjects=subjects),
        rule=finding.key,
        place=finding.place,
        column=cell_of(finding.column),
        missing=missing,
    )


def cell_of(column: str) -> str:
    """The cell in which a column of `checks` stands."""
    if column.startswith("expectation_"):
        return "texts"
    return "answer" if column == "answer_channel" else column


def _line(rule: Rule, by_cell: Mapping[tuple[int, str], list[Mark]]) -> Line:
    cells = {}
    for column in CELLS:
        words, is_quiet = cell_words(rule, column)
        cells[column] = Cell(column, words, is_quiet, tuple(by_cell.get((rule.pk, column), ())))
    texts = tuple(
        (str(TEXT_LABELS[key]), text)
        for key in EXPECTATIONS
        if (text := getattr(rule, f"expectation_{key[0]}_{key[1]}"))
    )
    return Line(rule, cells, texts, tuple(by_cell.get((rule.pk, ""), ())))


def cell_words(rule: Rule, column: str) -> tuple[tuple[str, ...], bool]:
    """What a cell says, per line, and whether that is nothing in particular."""
    if column in TERMS:
        term = rule.term(column)
        return ((words_for_term(*term),), False) if term else ((_("geen"),), True)
    match column:
        case "subject":
            return ((rule.subject.local_name(),), False) if rule.subject else ((_("elk"),), True)
        case "kind" | "platform" | "audience" | "urgency":
            value = getattr(rule, column)
            return ((capfirst(value_label(column, value)),), False) if value else ((_("alle"),), True)
        case "owner_team":
            return (rule.owner_team.name,), False
        case "backup_team":
            return ((rule.backup_team.name,), False) if rule.backup_team else ((_("geen"),), True)
        case "calendar":
            return ((rule.calendar.name,), False) if rule.calendar else ((_("de gewone"),), True)
        case "answer":
            way = str(AnswerChannel(rule.answer_channel).label) if rule.answer_channel else _("keuze inwoner")
            eyes = (_("vier ogen"),) if rule.needs_approval else ()
            return (way, *eyes), not rule.answer_channel and not rule.needs_approval
        case "steps":
            steps = tuple(f"{percent}% {RECIPIENT_LABELS[Recipient(str(to))]}" for percent, to in rule.steps)
            return (steps, False) if steps else ((_("geen"),), True)
    count = sum(bool(getattr(rule, f"expectation_{visibility}_{language}")) for visibility, language in EXPECTATIONS)
    return (_("%(count)d van 4") % {"count": count},), not count


def rule_words(rule: Rule) -> str:
    """Which messages a rule is for, in one line: "Afval, Privébericht"."""
    parts = [
        words[0]
        for column in ("urgency", "audience", "subject", "kind", "platform")
        for words, is_quiet in [cell_words(rule, column)]
        if not is_quiet
    ]
    return ", ".join(parts) or capfirst(words_for_region(((),) * len(COLUMNS), {}))
