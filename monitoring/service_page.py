"""What the municipality promises to who writes to it: made from the matrix and the opening hours in force, for everybody.

`service_now` gathers it in the active language as plain data; the page and the JSON show the same. A handful of queries,
whatever the traffic: results were counted before (`monitoring.service_figures`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Team
from channels.messages import Kind
from channels.models import Channel, ChannelState
from channels.platforms import Platform
from channels.registry import CONNECTORS
from monitoring.models import ServiceMonth
from monitoring.service_figures import month_before
from responsematrix.choices import KIND_LABELS, WEEKDAYS, Audience, Urgency
from responsematrix.explain import words_for_term, words_for_windows
from responsematrix.in_force import Hours, InForce, at
from responsematrix.matching import Facts, MatchRule
from responsematrix.models import Calendar, MatrixVersion, Subject
from responsematrix.worktime import Term, Window

AHEAD = timedelta(days=60)  # how far coming exceptions are told
ENOUGH = 10  # fewer answers say nothing, and might say something about one person
PUBLIC_KINDS = (Kind.MENTION, Kind.COMMENT, Kind.REPLY, Kind.VISITOR_POST)


@dataclass(frozen=True, slots=True)
class DayHours:
    """One weekday, or a run of them with the same windows."""

    name: str
    windows: tuple[Window, ...]

    @property
    def words(self) -> str:
        return words_for_windows(self.windows) if self.windows else _("gesloten")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    on: date
    name: str
    windows: tuple[Window, ...]

    @property
    def words(self) -> str:
        return words_for_windows(self.windows) if self.windows else _("gesloten")

    @property
    def label(self) -> str:
        return date_format(self.on, "l j F" if self.on.year == timezone.localdate().year else "l j F Y")


@dataclass(frozen=True, slots=True)
class OpeningHours:
    name: str
    time_zone: str
    week: Sequence[DayHours]  # seven
    special: Sequence[SpecialDay]

    @property
    def runs(self) -> list[DayHours]:
        """Days after each other with the same hours, together."""
        found = []
        for windows, days in groupby(self.week, key=lambda day: day.windows):
            names = [day.name for day in days]
            words = {"first": names[0], "last": names[-1]}
            name = names[0] if len(names) == 1 else _("%(first)s tot en met %(last)s") % words
            found.append(DayHours(name, windows))
        return found


@dataclass(frozen=True, slots=True)
class Promise:
    """`what`: a sort of message on a channel, or a subject. No term: nothing is promised."""

    what: str
    term: Term | None
    team: str

    @property
    def words(self) -> str:
        return words_for_term(self.term.amount, self.term.unit) if self.term else _("geen vaste termijn")


@dataclass(frozen=True, slots=True)
class ChannelPromises:
    platform: str
    label: str
    handle: str
    promises: Sequence[Promise]


@dataclass(frozen=True, slots=True)
class Result:
    """Of one platform, or overall. `is_enough`: then a percentage says something."""

    label: str
    due: int
    on_time: int
    median_minutes: int | None
    platform: str = ""

    @property
    def is_enough(self) -> bool:
        return self.due >= ENOUGH

    @property
    def percent(self) -> float | None:
        return round(100 * self.on_time / self.due, 1) if self.is_enough else None

    @property
    def percent_words(self) -> str:
        """Rounded down: 99.9 is not everything."""
        return "" if self.percent is None else f"{int(self.percent)} %"

    @property
    def median_words(self) -> str:
        if self.median_minutes is None or not self.is_enough:
            return ""
        hours, minutes = divmod(self.median_minutes, 60)
        parts = []
        if hours:
            parts.append(ngettext("%(n)d uur", "%(n)d uur", hours) % {"n": hours})
        if minutes or not hours:
            parts.append(ngettext("%(n)d minuut", "%(n)d minuten", minutes) % {"n": minutes})
        return " ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    municipality: str
    version: int | None  # the number of the matrix in force; None: there is none yet
    valid_from: datetime | None
    hours: Sequence[OpeningHours]
    channels: Sequence[ChannelPromises]
    subjects: Sequence[Promise]
    month: date
    overall: Result | None  # None: not counted yet
    results: Sequence[Result]
    changed_at: datetime  # when what is told last became different


def service_now(*, now: datetime | None = None) -> Service:
    now = now or timezone.now()
    today = timezone.localdate(now)
    promises = at(now)
    month = month_before(today)
    counted = ServiceMonth.objects.filter(first_on=month).first()
    valid_from = None
    if promises:
        valid_from = MatrixVersion.objects.values_list("active_from", flat=True).get(pk=promises.version)
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [midnight, valid_from, counted.computed_at if counted else None]
    return Service(
        municipality=settings.MUNICIPALITY,
        version=promises.number if promises else None,
        valid_from=valid_from,
        hours=_hours(promises, today) if promises else [],
        channels=_channels(promises) if promises else [],
        subjects=_subjects(promises) if promises else [],
        month=month,
        overall=_result(_("Alles samen"), counted.figures["all"]) if counted else None,
        results=_results(counted.figures["platforms"]) if counted else [],
        changed_at=max(moment for moment in moments if moment),
    )


def _hours(promises: InForce, today: date) -> list[OpeningHours]:
    """Those of the matrix first, then those that rules name."""
    names = dict(Calendar.objects.filter(pk__in=list(promises.hours)).values_list("pk", "name"))
    main = promises.hours[promises.main_calendar]
    others = sorted((hours for hours in promises.hours.values() if hours is not main), key=lambda h: names[h.calendar])
    return [_opening(hours, names[hours.calendar], today) for hours in (main, *others)]


def _opening(hours: Hours, name: str, today: date) -> OpeningHours:
    schedule = hours.schedule
    week = [DayHours(str(day), windows) for day, windows in zip(WEEKDAYS, schedule.weekly, strict=True)]
    special = [
        SpecialDay(day, ", ".join(_(part) for part in found.name.split(", ") if part), found.windows)
        for day, found in sorted(schedule.exceptions.items())
        # A holiday on a day that is closed anyway is no news.
        if today <= day <= today + AHEAD and found.windows != schedule.weekly[day.weekday()]
    ]
    return OpeningHours(name, schedule.time_zone, week, special)


def _channels(promises: InForce) -> list[ChannelPromises]:
    """What somebody gets who writes about nothing in particular and without hurry."""
    teams = dict(Team.objects.values_list("pk", "name"))
    found = []
    for channel in Channel.objects.open().exclude(state=ChannelState.OFF).order_by("platform", "name"):
        platform = Platform(channel.platform)
        handle = f"@{channel.handle}" if channel.handle else channel.name
        found.append(ChannelPromises(platform.value, str(platform.label), handle, _by_kind(promises, platform, teams)))
    return found


def _by_kind(promises: InForce, platform: Platform, teams: dict[int, str]) -> list[Promise]:
    """Kinds that are answered alike are told together."""
    kinds = [*PUBLIC_KINDS]
    if CONNECTORS[platform].capabilities.direct_message:
        kinds.append(Kind.DIRECT_MESSAGE)
    told: dict[tuple[Term | None, str], list[Kind]] = {}
    for kind in kinds:
        rule = promises.decide(_facts(kind=kind, platform=platform)).rule
        told.setdefault(_told(promises, rule, teams), []).append(kind)
    if len(told) == 1:
        return [Promise(_("elk bericht"), *next(iter(told)))]
    return [Promise(_kinds(group), *promise) for promise, group in told.items()]


def _kinds(group: Sequence[Kind]) -> str:
    if set(group) == set(PUBLIC_KINDS):
        return _("openbaar bericht")
    if set(group) < set(PUBLIC_KINDS) and len(group) > 1:
        return _("ander openbaar bericht")
    return _(" of ").join(str(KIND_LABELS[kind]) for kind in group)


def _subjects(promises: InForce) -> list[Promise]:
    """Subjects that the matrix has a rule for."""
    teams = dict(Team.objects.values_list("pk", "name"))
    found = []
    for subject in Subject.objects.filter(retired_at=None):
        rule = promises.decide(_facts(subject=subject.code)).rule
        if rule is not None and rule.subject == subject.code:
            found.append(Promise(subject.local_name(), *_told(promises, rule, teams)))
    return found


def _facts(*, kind: str = "", platform: str = "", subject: str = "") -> Facts:
    return Facts(kind=kind, platform=platform, subject=subject, audience=Audience.RESIDENT, urgency=Urgency.NORMAL)


def _told(promises: InForce, rule: MatchRule | None, teams: dict[int, str]) -> tuple[Term | None, str]:
    team = rule.outcome.owner_team if rule else promises.default_team
    return (rule.outcome.first_response if rule else None), teams.get(team or 0, "")


def _results(figures: dict[str, dict[str, Any]]) -> list[Result]:
    labels = dict(Platform.choices)
    return [_result(str(labels[name]), figures[name], name) for name in Platform.values if name in figures]


def _result(label: str, figures: dict[str, Any], platform: str = "") -> Result:
    return Result(label, figures["due"], figures["on_time"], figures["median_minutes"], platform)
