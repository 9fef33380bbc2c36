"""What is in force at a moment: the rules compiled, the words of subjects, and the hours, ready to decide and to promise."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Count, Max

from responsematrix.explain import Steps, deadline_steps
from responsematrix.matching import Decision, Facts, Matcher, MatchRule
from responsematrix.models import CalendarVersion, Matrix, MatrixVersion, Rule, State, Subject
from responsematrix.simulation import Scenario
from responsematrix.subjects import Recogniser, Recognition
from responsematrix.worktime import Schedule, Term, add_working_time


@dataclass(frozen=True, slots=True)
class Hours:
    """One version of opening hours."""

    calendar: int
    version: int  # primary key of the CalendarVersion
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Deadline:
    """When something is due, and all that is needed to show later why. `steps` can be stored (see `explain`)."""

    due_at: datetime
    steps: Steps
    rule: int
    matrix_version: int
    calendar_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """One version of the matrix with its hours. Keep it for a batch of messages: making it takes a few queries."""

    version: int  # primary key of the MatrixVersion
    number: int
    matcher: Matcher
    recogniser: Recogniser
    hours: Mapping[int, Hours]  # by calendar
    main_calendar: int
    default_team: int | None  # for what no rule fits

    def decide(self, facts: Facts) -> Decision:
        return self.matcher.decide(facts)

    def recognise(self, text: str) -> list[Recognition]:
        """What `text` is about, best first."""
        return self.recogniser.recognise(text)

    def hours_for(self, rule: MatchRule | None) -> Hours:
        """The rule's own opening hours, else those of the matrix."""
        calendar = rule.outcome.calendar if rule else None
        return self.hours[calendar if calendar is not None else self.main_calendar]

    def to_scenario(self) -> Scenario:
        """For `simulation`: past traffic judged by this version."""
        schedules = {calendar: hours.schedule for calendar, hours in self.hours.items()}
        return Scenario(self.matcher, schedules, self.main_calendar, self.default_team)

    def deadline(self, start: datetime, term: Term, rule: MatchRule) -> Deadline:
        """`term` after `start` by the hours of `rule`. Raises NoOpenTime."""
        hours = self.hours_for(rule)
        due = add_working_time(start, term, hours.schedule)
        steps = deadline_steps(start, term, hours.schedule, due=due)
        return Deadline(due, steps, rule.key, self.version, hours.version)


def main_matrix() -> Matrix | None:
    return Matrix.objects.filter(is_main=True).first()


def at(moment: datetime, *, matrix: Matrix | None = None) -> InForce | None:
    """What was, is or will be in force at `moment`; None before the first version, or without a matrix."""
    version = MatrixVersion.objects.filter(state=State.ACTIVE, active_from__lte=moment).select_related("matrix")
    version = version.filter(matrix=matrix) if matrix else version.filter(matrix__is_main=True)
    found = version.order_by("-active_from").first()
    return None if found is None else compile_version(found, moment)


def compile_version(
    version: MatrixVersion, moment: datetime, *, instead: Mapping[int, CalendarVersion] | None = None
) -> InForce | None:
    """Any version, drafts too, as if it were in force, with the hours of `moment`; for "what if" `instead` has other hours
    by calendar. None while one of its calendars has no hours at all. Raises ValueError for a draft with errors in it.
    """
    matcher = (
        Matcher(_rules(version))
        if version.approved_at is None
        # An approved version does not change, and a changed one is approved at another moment.
        else _matcher(version.pk, version.approved_at)
    )
    calendars = {version.matrix.calendar_id, *(rule.outcome.calendar for rule in matcher.rules)} - {None}
    hours = _hours(calendars, moment, instead or {})
    if len(hours) < len(calendars):
        return None
    return InForce(
        version=version.pk,
        number=version.number,
        matcher=matcher,
        recogniser=current_recogniser(),
        hours=hours,
        main_calendar=version.matrix.calendar_id,
        default_team=version.matrix.default_team_id,
    )


def hours_at(moment: datetime, calendar: int) -> Hours | None:
    """The opening hours of one calendar at `moment`: for shifts, chat and the public page."""
    return _hours({calendar}, moment, {}).get(calendar)


def current_recogniser() -> Recogniser:
    """The words of all subjects that are not retired; compiled again only after a change."""
    stamp = Subject.objects.aggregate(newest=Max("updated_at"), count=Count("pk"))
    return _recogniser(stamp["newest"], stamp["count"])


def _rules(version: MatrixVersion) -> list[MatchRule]:
    return [rule.to_row().to_rule() for rule in Rule.objects.filter(version=version).select_related("subject")]


@lru_cache(maxsize=32)
def _matcher(version: int, approved_at: datetime) -> Matcher:
    return Matcher(_rules(MatrixVersion(pk=version)))


@lru_cache(maxsize=4)
def _recogniser(newest: datetime | None, count: int) -> Recogniser:
    return Recogniser(subject.to_words() for subject in Subject.objects.filter(retired_at=None))


@lru_cache(maxsize=64)
def _schedule(version: int, approved_at: datetime) -> Schedule:
    return CalendarVersion.objects.select_related("calendar").get(pk=version).to_schedule()


def _hours(
    calendars: "set[int | None] | set[int]", moment: datetime, instead: Mapping[int, CalendarVersion]
) -> dict[int, Hours]:
    """Of each calendar the version in force at `moment`, else its first: older messages are judged by the oldest hours."""
    chosen: dict[int, tuple[int, datetime, datetime]] = {}
    versions = CalendarVersion.objects.filter(calendar__in=calendars, state=State.ACTIVE).order_by("-active_from")
    for found in versions.only("calendar", "approved_at", "active_from"):
        assert found.approved_at is not None
        assert found.active_from is not None
        if found.calendar_id not in chosen or chosen[found.calendar_id][2] > moment:
            chosen[found.calendar_id] = (found.pk, found.approved_at, found.active_from)
    hours = {calendar: Hours(calendar, pk, _schedule(pk, stamp)) for calendar, (pk, stamp, _from) in chosen.items()}
    for calendar, version in instead.items():
        hours[calendar] = Hours(calendar, version.pk, version.to_schedule())
    return hours
