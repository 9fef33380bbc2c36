"""One row of the matrix as a person fills it in: everything may still be wrong. `checks` says what is; then it becomes a rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from responsematrix.matching import COLUMNS, MatchRule, Outcome, Recipient, Step
from responsematrix.worktime import Term, Unit

TERMS = ("first_response", "next_response", "resolution")
# Who an expectation text is for: how the conversation is seen, and the language.
EXPECTATIONS = (("public", "nl"), ("public", "en"), ("private", "nl"), ("private", "en"))

RawTerm = tuple[int, str]  # amount, unit
RawStep = tuple[int, str]  # percent, recipient


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Conditions (empty: any), teams and calendar by primary key, terms as (amount, unit), steps as (percent, recipient).

    `key` identifies the row (a primary key, or its line in a file); `place` is where it stands on the table, from 1.
    """

    key: int
    place: int
    urgency: str = ""
    audience: str = ""
    subject: str = ""
    kind: str = ""
    platform: str = ""
    owner_team: int | None = None
    backup_team: int | None = None
    first_response: RawTerm | None = None
    next_response: RawTerm | None = None
    resolution: RawTerm | None = None
    answer_channel: str = ""
    needs_approval: bool = False
    calendar: int | None = None
    expectations: Mapping[tuple[str, str], str] = field(default_factory=dict)
    steps: tuple[RawStep, ...] = ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """In the order of COLUMNS."""
        return tuple(getattr(self, column) for column in COLUMNS)

    @property
    def promise(self) -> tuple[object, ...]:
        """All that is not a condition: rows with equal conditions and different promises contradict each other."""
        return (
            self.owner_team,
            self.backup_team,
            self.first_response,
            self.next_response,
            self.resolution,
            self.answer_channel,
            self.needs_approval,
            self.calendar,
            tuple(sorted((key, text) for key, text in self.expectations.items() if text)),
            self.steps,
        )

    def to_rule(self) -> MatchRule:
        """Raises ValueError (AbsurdTerm among them) for what `checks` would have refused."""
        if self.owner_team is None:
            raise ValueError(f"row {self.place} has no owner")
        first, following, resolution = (
            None if raw is None else Term(raw[0], Unit(raw[1]))
            for raw in (self.first_response, self.next_response, self.resolution)
        )
        outcome = Outcome(
            owner_team=self.owner_team,
            backup_team=self.backup_team,
            first_response=first,
            next_response=following,
            resolution=resolution,
            answer_channel=self.answer_channel,
            needs_approval=self.needs_approval,
            calendar=self.calendar,
            expectations={key: text for key, text in self.expectations.items() if text},
            steps=tuple(Step(percent, Recipient(to)) for percent, to in self.steps),
        )
        conditions = {column: getattr(self, column) for column in COLUMNS}
        return MatchRule(key=self.key, position=self.place, outcome=outcome, **conditions)

    def to_condition(self) -> MatchRule:
        """Only what it matches on, so that rows that are otherwise wrong can be compared too."""
        conditions = {column: getattr(self, column) for column in COLUMNS}
        return MatchRule(key=self.key, position=self.place, outcome=Outcome(owner_team=0), **conditions)
