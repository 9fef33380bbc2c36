"""What is wrong with a matrix: rows that can not be kept, rules that contradict, gaps and overlaps over the whole space.

Errors are refused, warnings and notes are marked on the table. Nothing here reads the database.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import product

from responsematrix.expectations import MAXIMUM_LENGTH, unknown_names
from responsematrix.matching import COLUMNS, Facts, Matcher, MatchRule, Recipient, deciding_column
from responsematrix.rows import EXPECTATIONS, TERMS, Row
from responsematrix.worktime import AbsurdTerm, Term, Unit

MAXIMUM_STEPS = 5
MAXIMUM_ROWS = 500
MAXIMUM_GAPS = 50  # regions that are named; a table with more holes than that needs a rule for everything


class Severity(StrEnum):
    ERROR = "error"  # refused: this matrix can not be approved
    WARNING = "warning"  # probably not meant
    NOTE = "note"  # good to know


class Code(StrEnum):
    """What is found; `wording.words_for_finding` says it to a person."""

    TOO_MANY_ROWS = "too_many_rows"
    NO_ROWS = "no_rows"
    UNKNOWN_VALUE = "unknown_value"
    NO_OWNER = "no_owner"
    UNKNOWN_TEAM = "unknown_team"
    BACKUP_IS_OWNER = "backup_is_owner"
    UNKNOWN_CALENDAR = "unknown_calendar"
    TERM_NOT_POSITIVE = "term_not_positive"
    TERM_ABSURD = "term_absurd"
    UNKNOWN_UNIT = "unknown_unit"
    NO_PROMISE = "no_promise"
    RESOLUTION_FIRST = "resolution_first"
    STEP_PERCENT = "step_percent"
    STEP_UNKNOWN = "step_unknown"
    STEP_ORDER = "step_order"
    STEP_LOOP = "step_loop"
    STEP_NO_BACKUP = "step_no_backup"
    TOO_MANY_STEPS = "too_many_steps"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_UNKNOWN_NAME = "text_unknown_name"
    CONTRADICTION = "contradiction"
    DOUBLE = "double"
    GAP = "gap"
    NEVER_WINS = "never_wins"
    OVERLAP = "overlap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found. `key` is the row's (None: the whole table), `column` the cell's name; `others` are places of rows.

    `detail` is a value that the words mention; `region` (gaps) has for each column the values concerned, empty for all.
    """

    code: Code
    severity: Severity = Severity.ERROR
    key: int | None = None
    place: int | None = None
    column: str = ""
    detail: str = ""
    others: tuple[int, ...] = ()
    region: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Every value that a message can have. `subjects` without the empty one: that no subject is recognised is added."""

    kinds: tuple[str, ...]
    platforms: tuple[str, ...]
    subjects: tuple[str, ...]
    audiences: tuple[str, ...]
    urgencies: tuple[str, ...]

    def values(self, column: str) -> tuple[str, ...]:
        return {
            "urgency": self.urgencies,
            "audience": self.audiences,
            "subject": ("", *self.subjects),
            "kind": self.kinds,
            "platform": self.platforms,
        }[column]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rows may refer to."""

    space: Space
    teams: Collection[int] = field(default_factory=frozenset)
    calendars: Collection[int] = field(default_factory=frozenset)
    answer_channels: Collection[str] = field(default_factory=frozenset)


def check(rows: Sequence[Row], known: Known) -> list[Finding]:
    """All findings: errors per row, contradictions, then gaps and overlaps. In the order of the table, always the same."""
    if len(rows) > MAXIMUM_ROWS:
        return [Finding(code=Code.TOO_MANY_ROWS, detail=str(MAXIMUM_ROWS))]
    if not rows:
        return [Finding(code=Code.NO_ROWS)]
    ordered = sorted(rows, key=lambda row: (row.place, row.key))
    found = [finding for row in ordered for finding in check_row(row, known)]
    return [*found, *_same_conditions(ordered), *_over_the_space(ordered, known.space)]


def errors(findings: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.severity is Severity.ERROR]


def check_row(row: Row, known: Known) -> list[Finding]:
    """What is wrong with one row by itself."""
    problems = [*_conditions(row, known), *_teams(row, known), *_terms(row), *_steps(row), *_texts(row)]
    return [
        Finding(code=code, severity=severity, key=row.key, place=row.place, column=column, detail=detail)
        for code, severity, column, detail in problems
    ]


_Problem = tuple[Code, Severity, str, str]  # code, severity, column, detail


def _error(code: Code, column: str, detail: str = "") -> _Problem:
    return code, Severity.ERROR, column, detail


def _conditions(row: Row, known: Known) -> Iterator[_Problem]:
    for column, value in zip(COLUMNS, row.conditions, strict=True):
        if value and value not in known.space.values(column):
            yield _error(Code.UNKNOWN_VALUE, column, value)
    if row.answer_channel and row.answer_channel not in known.answer_channels:
        yield _error(Code.UNKNOWN_VALUE, "answer_channel", row.answer_channel)


def _teams(row: Row, known: Known) -> Iterator[_Problem]:
    if row.owner_team is None:
        yield _error(Code.NO_OWNER, "owner_team")
    elif row.owner_team not in known.teams:
        yield _error(Code.UNKNOWN_TEAM, "owner_team")
    if row.backup_team is not None:
        if row.backup_team == row.owner_team:
            yield _error(Code.BACKUP_IS_OWNER, "backup_team")
        elif row.backup_team not in known.teams:
            yield _error(Code.UNKNOWN_TEAM, "backup_team")
    if row.calendar is not None and row.calendar not in known.calendars:
        yield _error(Code.UNKNOWN_CALENDAR, "calendar")


def _terms(row: Row) -> Iterator[_Problem]:
    for name in TERMS:
        raw = getattr(row, name)
        if raw is None:
            continue
        amount, unit = raw
        if unit not in list(Unit):
            yield _error(Code.UNKNOWN_UNIT, name, unit)
        elif amount < 1:
            yield _error(Code.TERM_NOT_POSITIVE, name, str(amount))
        else:
            try:
                Term(amount, Unit(unit))
            except AbsurdTerm:
                yield _error(Code.TERM_ABSURD, name, str(amount))
    if not any(getattr(row, name) for name in TERMS):
        yield Code.NO_PROMISE, Severity.WARNING, "first_response", ""
    first, resolution = row.first_response, row.resolution
    # Only what is counted in the same unit can be compared without knowing the hours.
    if first and resolution and first[1] == resolution[1] and resolution[0] < first[0]:
        yield _error(Code.RESOLUTION_FIRST, "resolution")


def _steps(row: Row) -> Iterator[_Problem]:
    if len(row.steps) > MAXIMUM_STEPS:
        yield _error(Code.TOO_MANY_STEPS, "steps", str(MAXIMUM_STEPS))
        return
    order = list(Recipient)
    passed: list[Recipient] = []
    last_percent = 0
    for percent, to in row.steps:
        if to not in order:
            yield _error(Code.STEP_UNKNOWN, "steps", to)
            continue
        if not 1 <= percent <= 100:
            yield _error(Code.STEP_PERCENT, "steps", str(percent))
        elif percent <= last_percent:
            yield _error(Code.STEP_ORDER, "steps", str(percent))
        last_percent = max(last_percent, percent)
        recipient = Recipient(to)
        # Back to somebody who was told already goes round: assignee, lead, assignee, …
        if passed and order.index(recipient) <= max(order.index(one) for one in passed):
            yield _error(Code.STEP_LOOP, "steps", to)
        passed.append(recipient)
    if Recipient.BACKUP in passed:
        if row.backup_team is None:
            yield _error(Code.STEP_NO_BACKUP, "steps")
        elif row.backup_team == row.owner_team:
            yield _error(Code.STEP_LOOP, "steps", Recipient.BACKUP)


def _texts(row: Row) -> Iterator[_Problem]:
    for visibility, language in EXPECTATIONS:
        text = row.expectations.get((visibility, language), "")
        column = f"expectation_{visibility}_{language}"
        if len(text) > MAXIMUM_LENGTH:
            yield _error(Code.TEXT_TOO_LONG, column, str(MAXIMUM_LENGTH))
        for name in unknown_names(text)[:3]:
            yield _error(Code.TEXT_UNKNOWN_NAME, column, name)


def _same_conditions(rows: Sequence[Row]) -> Iterator[Finding]:
    first_of: dict[tuple[str, ...], Row] = {}
    for row in rows:
        other = first_of.setdefault(row.conditions, row)
        if other is not row:
            code = Code.DOUBLE if other.promise == row.promise else Code.CONTRADICTION
            yield Finding(code=code, key=row.key, place=row.place, others=(other.place,))


def _over_the_space(rows: Sequence[Row], space: Space) -> Iterator[Finding]:
    rules = [row.to_condition() for row in rows]
    winners, gaps = _winners(rules, space)
    for region in gaps[:MAXIMUM_GAPS]:
        yield Finding(code=Code.GAP, severity=Severity.WARNING, region=region)
    for rule in rules:
        fits_something = all(
            not value or value in space.values(c) for c, value in zip(COLUMNS, rule.conditions, strict=True)
        )
        if rule.key not in winners and fits_something:
            yield Finding(code=Code.NEVER_WINS, severity=Severity.WARNING, key=rule.key, place=rule.position)
        for column, others in _overlaps(rule, rules).items():
            yield Finding(
                code=Code.OVERLAP,
                severity=Severity.NOTE,
                key=rule.key,
                place=rule.position,
                column=column,
                others=tuple(others),
            )


Region = tuple[tuple[str, ...], ...]  # per column of COLUMNS: the values concerned, empty for all of them


def _winners(rules: Sequence[MatchRule], space: Space) -> tuple[set[int], list[Region]]:
    """The keys of rules that win somewhere, and where none fits, in as few regions as reading needs."""
    matcher = Matcher(rules)
    winners: set[int] = set()
    uncovered: set[tuple[str, ...]] = set()
    for cell in product(*(space.values(column) for column in COLUMNS)):
        rule = matcher.decide(Facts(**dict(zip(COLUMNS, cell, strict=True)))).rule
        if rule is None:
            uncovered.add(cell)
        else:
            winners.add(rule.key)
    return winners, list(_regions(uncovered, [space.values(column) for column in COLUMNS]))


def _regions(cells: set[tuple[str, ...]], values: Sequence[Sequence[str]]) -> Iterator[Region]:
    """Cells gathered into blocks: values of the first column that lack the same rest are taken together."""
    if not cells:
        return
    if not values:
        yield ()
        return
    rests: dict[str, set[tuple[str, ...]]] = {}
    for cell in cells:
        rests.setdefault(cell[0], set()).add(cell[1:])
    groups: dict[frozenset[tuple[str, ...]], list[str]] = {}
    for value in values[0]:
        if value in rests:
            groups.setdefault(frozenset(rests[value]), []).append(value)
    for rest, members in groups.items():
        concerned = () if len(members) == len(values[0]) else tuple(members)
        for region in _regions(set(rest), values[1:]):
            yield (concerned, *region)


def _overlaps(rule: MatchRule, rules: Iterable[MatchRule]) -> dict[str, list[int]]:
    """Places of the rules that share messages with `rule` and lose there although they say something that it does not."""
    found: dict[str, list[int]] = {}
    for other in rules:
        if other.key == rule.key or not _meet(rule, other) or not set(other.filled) - set(rule.filled):
            continue
        if column := deciding_column(rule, other):
            found.setdefault(column, []).append(other.position)
    return found


def _meet(one: MatchRule, other: MatchRule) -> bool:
    pairs = zip(one.conditions, other.conditions, strict=True)
    return all(not ours or not theirs or ours == theirs for ours, theirs in pairs)
