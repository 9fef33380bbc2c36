"""Which rule of the matrix holds for a message: most specific wins, always the same way, and it can tell why. Pure.

**Specificity.** Every rule that fits is compared by the columns it fills, in this order: urgency, audience, subject, kind,
platform. The first column that one of two rules fills and the other leaves open decides: the one that fills it wins. So a
rule for a crisis beats any other, one for the press beats those per subject, and a rule that says everything another says
and something more always beats it. Two rules that fill the same columns and both fit are the same rule twice; then the
one that stands first on the table wins (and `checks` refuses such a matrix).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from responsematrix.worktime import Term

# The columns that a message is matched on, heaviest first.
COLUMNS = ("urgency", "audience", "subject", "kind", "platform")


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a message. `kind` and `visibility` as in `channels.messages`, `platform` as in
    `channels.platforms`, `audience` and `urgency` as in `responsematrix.choices`, `subject` a code; empty is unknown.

    `visibility` chooses the words of the expectation message; rules are not matched on it.
    """

    kind: str
    platform: str
    subject: str = ""
    audience: str = ""
    urgency: str = ""
    visibility: str = ""


class Recipient(StrEnum):
    """Who hears of a term that is about to pass."""

    ASSIGNEE = "assignee"
    LEAD = "lead"  # of the owner team
    BACKUP = "backup"  # the backup team


@dataclass(frozen=True, slots=True)
class Step:
    """At `percent` of the term (1–100 of its open time) `to` is told."""

    percent: int
    to: Recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rule promises. Teams and calendars by primary key; a missing term is not promised.

    `expectations` has texts by (visibility, language): ("public", "nl"). `calendar` None is the matrix's own.
    """

    owner_team: int
    backup_team: int | None = None
    first_response: Term | None = None
    next_response: Term | None = None
    resolution: Term | None = None
    answer_channel: str = ""
    needs_approval: bool = False
    calendar: int | None = None
    expectations: Mapping[tuple[str, str], str] = field(default_factory=dict, hash=False)
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRule:
    """One row of the table: conditions (empty: any) and what it promises. `key` identifies it, `position` is its place."""

    key: int
    position: int
    outcome: Outcome
    urgency: str = ""
    audience: str = ""
    subject: str = ""
    kind: str = ""
    platform: str = ""

    @property
    def conditions(self) -> tuple[str, ...]:
        """In the order of COLUMNS."""
        return (self.urgency, self.audience, self.subject, self.kind, self.platform)

    @property
    def filled(self) -> tuple[str, ...]:
        """The names of the columns that are filled, heaviest first."""
        return tuple(column for column, value in zip(COLUMNS, self.conditions, strict=True) if value)

    def fits(self, facts: Facts) -> bool:
        known = (facts.urgency, facts.audience, facts.subject, facts.kind, facts.platform)
        return all(not wanted or wanted == value for wanted, value in zip(self.conditions, known, strict=True))


@dataclass(frozen=True, slots=True)
class Lost:
    """A rule that fitted too. `column` decided against it; empty: the winner stands higher on the table."""

    rule: MatchRule
    column: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`fitting` holds every rule that fits, the winner first; empty when the matrix has a gap here."""

    facts: Facts
    fitting: tuple[MatchRule, ...]

    @property
    def rule(self) -> MatchRule | None:
        return self.fitting[0] if self.fitting else None

    @property
    def outcome(self) -> Outcome | None:
        return self.fitting[0].outcome if self.fitting else None

    @property
    def lost(self) -> tuple[Lost, ...]:
        """The other rules that fitted, best first, and the column that decided."""
        return tuple(Lost(rule, deciding_column(self.fitting[0], rule)) for rule in self.fitting[1:])


def deciding_column(winner: MatchRule, loser: MatchRule) -> str:
    """The heaviest column that only `winner` fills; empty when they fill the same ones."""
    for column, ours, theirs in zip(COLUMNS, winner.conditions, loser.conditions, strict=True):
        if bool(ours) != bool(theirs):
            return column if ours else ""
    return ""


def order_of(rule: MatchRule) -> tuple[Any, ...]:
    """Sorts rules that fit the same facts: the one that wins comes first."""
    return (*(not value for value in rule.conditions), rule.position, rule.key)


class Matcher:
    """The rules of one matrix, compiled: one look-up per set of filled columns (25 rules have about ten such sets)."""

    def __init__(self, rules: Iterable[MatchRule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: (rule.position, rule.key)))
        self.by_key = {rule.key: rule for rule in self.rules}
        tables: dict[tuple[bool, ...], dict[tuple[str, ...], list[MatchRule]]] = {}
        for rule in self.rules:
            open_columns = tuple(not value for value in rule.conditions)
            key = tuple(value for value in rule.conditions if value)
            tables.setdefault(open_columns, {}).setdefault(key, []).append(rule)
        # Sorted by which columns are open, heaviest column first: the order of winning.
        self._tables = [
            (tuple(place for place, is_open in enumerate(columns) if not is_open), rules)
            for columns, rules in sorted(tables.items(), key=lambda entry: entry[0])
        ]

    def decide(self, facts: Facts) -> Decision:
        """Which rule holds for `facts`. The same facts and rules always give the same decision."""
        known = (facts.urgency, facts.audience, facts.subject, facts.kind, facts.platform)
        fitting: list[MatchRule] = []
        for places, rules in self._tables:
            found = rules.get(tuple([known[place] for place in places]))
            if found:
                fitting.extend(found)
        return Decision(facts, tuple(fitting))


def decide(facts: Facts, rules: Iterable[MatchRule]) -> Decision:
    """For one decision; whoever makes many keeps a `Matcher`."""
    return Matcher(rules).decide(facts)
