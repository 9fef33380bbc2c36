"""What if: past traffic judged by another matrix or other hours, beside what holds now. Pure, one pass, flat memory.

Traffic is any iterable, so that it can be streamed from a database; nothing of it is kept but counts and a small sample.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from responsematrix.matching import Facts, Matcher, MatchRule
from responsematrix.worktime import NoOpenTime, Schedule, Term, add_working_time

Key = TypeVar("Key")

SAMPLE = 200  # changed items that are shown
NOBODY = 0  # the team of what no rule fits and no default team takes


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a resident: when it came, when it was answered (None: not yet), and what is known of it.

    `is_first` chooses between the terms for a first and for a next answer. `key` identifies it in the sample.
    """

    key: int
    received_at: datetime
    answered_at: datetime | None
    facts: Facts
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Scenario:
    """One matrix with its hours. `schedules` by calendar; `calendar` is the matrix's own."""

    matcher: Matcher
    schedules: Mapping[int, Schedule]
    calendar: int
    default_team: int | None = None


@dataclass(slots=True)
class Score:
    """Counts of one team, subject or everything. `waiting` is not answered and not yet due; `unpromised` has no term."""

    total: int = 0
    on_time: int = 0
    late: int = 0
    waiting: int = 0
    unpromised: int = 0

    @property
    def percent_on_time(self) -> float | None:
        """Of what was due, 0 to 100; None when nothing was."""
        due = self.on_time + self.late
        return None if due == 0 else 100 * self.on_time / due

    def add(self, verdict: str) -> None:
        self.total += 1
        setattr(self, verdict, getattr(self, verdict) + 1)


@dataclass(slots=True)
class Side:
    """One scenario's results."""

    overall: Score = field(default_factory=Score)
    by_team: dict[int, Score] = field(default_factory=dict)
    by_subject: dict[str, Score] = field(default_factory=dict)
    by_rule: dict[int, int] = field(default_factory=dict)  # how often each rule held
    gaps: int = 0  # no rule fitted
    never_due: int = 0  # the hours are never long enough


@dataclass(frozen=True, slots=True)
class Judged:
    """One turn under one scenario. `verdict` is on_time, late, waiting or unpromised."""

    verdict: str
    team: int
    rule: int | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """A turn that the two scenarios judge differently."""

    key: int
    before: Judged
    after: Judged


@dataclass(slots=True)
class Comparison:
    """The whole result. `better`: late before and on time after; `worse`: the other way; `moved`: another team."""

    before: Side
    after: Side
    judged: int = 0
    better: int = 0
    worse: int = 0
    moved: int = 0
    due_earlier: int = 0
    due_later: int = 0
    changes: list[Change] = field(default_factory=list)  # at most SAMPLE, an even choice of all that changed
    changed: int = 0


class Judge:
    """Judges turns under one scenario and keeps the score."""

    def __init__(self, scenario: Scenario, *, now: datetime) -> None:
        self._scenario, self._now = scenario, now
        self.side = Side()

    def judge(self, turn: Turn) -> Judged:
        side, scenario = self.side, self._scenario
        rule = scenario.matcher.decide(turn.facts).rule
        if rule is None:
            side.gaps += 1
            judged = Judged("unpromised", scenario.default_team or NOBODY, None, None)
        else:
            side.by_rule[rule.key] = side.by_rule.get(rule.key, 0) + 1
            judged = self._by_rule(turn, rule)
        side.overall.add(judged.verdict)
        _score(side.by_team, judged.team).add(judged.verdict)
        _score(side.by_subject, turn.facts.subject).add(judged.verdict)
        return judged

    def _by_rule(self, turn: Turn, rule: MatchRule) -> Judged:
        outcome = rule.outcome
        term = outcome.first_response if turn.is_first else outcome.next_response or outcome.first_response
        due = None if term is None else self._due(turn.received_at, term, rule)
        if due is None:
            return Judged("unpromised", outcome.owner_team, rule.key, None)
        if turn.answered_at is not None:
            verdict = "on_time" if turn.answered_at <= due else "late"
        else:
            verdict = "waiting" if due > self._now else "late"
        return Judged(verdict, outcome.owner_team, rule.key, due)

    def _due(self, start: datetime, term: Term, rule: MatchRule) -> datetime | None:
        calendar = rule.outcome.calendar
        schedule = self._scenario.schedules[self._scenario.calendar if calendar is None else calendar]
        try:
            return add_working_time(start, term, schedule)
        except NoOpenTime:
            self.side.never_due += 1
            return None


def compare(
    traffic: Iterable[Turn],
    before: Scenario,
    after: Scenario,
    *,
    now: datetime | None = None,
    on_progress: Callable[[int], bool] | None = None,
    every: int = 1_000,
) -> Comparison:
    """Both scenarios on the same traffic, in one pass.

    `on_progress(judged so far)` is called every `every` turns and once at the end; when it returns False the rest is left
    and what was counted is returned. The sample is the same for the same traffic.
    """
    now = now or datetime.now(UTC)
    first, second = Judge(before, now=now), Judge(after, now=now)
    result = Comparison(first.side, second.side)
    chance = random.Random(0)  # the same sample for the same traffic
    for turn in traffic:
        old, new = first.judge(turn), second.judge(turn)
        result.judged += 1
        if old.verdict != new.verdict or old.team != new.team or old.due_at != new.due_at:
            _count_change(result, Change(turn.key, old, new), chance)
        if on_progress and result.judged % every == 0 and not on_progress(result.judged):
            return result
    if on_progress:
        on_progress(result.judged)
    return result


def simulate(traffic: Iterable[Turn], scenario: Scenario, *, now: datetime | None = None) -> Side:
    """One scenario alone."""
    judge = Judge(scenario, now=now or datetime.now(UTC))
    for turn in traffic:
        judge.judge(turn)
    return judge.side


def _count_change(result: Comparison, change: Change, chance: random.Random) -> None:
    old, new = change.before, change.after
    result.changed += 1
    result.better += old.verdict == "late" and new.verdict == "on_time"
    result.worse += old.verdict == "on_time" and new.verdict == "late"
    result.moved += old.team != new.team
    if old.due_at and new.due_at:
        result.due_earlier += new.due_at < old.due_at
        result.due_later += new.due_at > old.due_at
    # Reservoir: every change has the same chance to be shown, and the list never grows.
    if len(result.changes) < SAMPLE:
        result.changes.append(change)
    elif (place := chance.randrange(result.changed)) < SAMPLE:
        result.changes[place] = change


def _score(scores: dict[Key, Score], key: Key) -> Score:
    found = scores.get(key)
    if found is None:
        found = scores[key] = Score()
    return found
