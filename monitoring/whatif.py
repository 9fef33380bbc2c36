"""What if: another matrix or other opening hours on a past period's real traffic, beside the matrix that holds now."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from monitoring.traffic import Period, conversations_of, turns_of
from responsematrix.in_force import InForce, compile_version
from responsematrix.models import CalendarVersion, MatrixVersion, State
from responsematrix.simulation import Change, Comparison, Judged, Score, Side, compare

LONGEST = 366  # days


class NotPossible(Exception):
    """Why it can not be computed, for the person who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """`after` is compared with `before`, both primary keys of matrix versions; `hours` has other calendar versions by
    calendar, for `after` alone. The days count in local time, the last one included."""

    before: int
    after: int
    first_on: date
    last_on: date
    hours: Mapping[int, int]

    @property
    def period(self) -> Period:
        zone = ZoneInfo(settings.TIME_ZONE)
        start = datetime.combine(self.first_on, time(), zone)
        end = datetime.combine(self.last_on + timedelta(days=1), time(), zone)
        return Period(start.astimezone(UTC), min(end.astimezone(UTC), timezone.now()))

    def to_params(self) -> dict[str, Any]:
        return {
            "before": self.before,
            "after": self.after,
            "first_on": self.first_on.isoformat(),
            "last_on": self.last_on.isoformat(),
            "hours": {str(calendar): version for calendar, version in self.hours.items()},
        }

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        return cls(
            before=params["before"],
            after=params["after"],
            first_on=date.fromisoformat(params["first_on"]),
            last_on=date.fromisoformat(params["last_on"]),
            hours={int(calendar): version for calendar, version in params["hours"].items()},
        )


def version_in_force() -> MatrixVersion | None:
    """What residents are promised now."""
    versions = MatrixVersion.objects.filter(matrix__is_main=True, state=State.ACTIVE, active_from__lte=timezone.now())
    return versions.order_by("-active_from").first()


def scenarios(question: Question, *, by: User) -> tuple[InForce, InForce]:
    """Before and after, compiled. Raises NotPossible: a version that is gone, a draft with errors, no hours in force."""
    hours = {
        version.calendar_id: version
        for version in CalendarVersion.objects.visible_to(by)
        .select_related("calendar")
        .filter(pk__in=question.hours.values())
    }
    if set(hours) != set(question.hours):
        raise NotPossible(_("Deze openingstijden zijn er niet meer."))
    return _compiled(question.before, {}, by), _compiled(question.after, hours, by)


def _compiled(version: int, hours: Mapping[int, CalendarVersion], by: User) -> InForce:
    found = MatrixVersion.objects.visible_to(by).select_related("matrix").filter(pk=version).first()
    if found is None:
        raise NotPossible(_("Deze versie van de matrix is er niet meer."))
    try:
        compiled = compile_version(found, timezone.now(), instead=hours)
    except ValueError:
        raise NotPossible(_("Er staan nog fouten in dit concept. Verbeter eerst de tabel.")) from None
    if compiled is None:
        raise NotPossible(
            _("Niet alle openingstijden van deze matrix gelden al. Kies hieronder welke versie u bedoelt.")
        )
    return compiled


def run_whatif(
    question: Question, *, by: User, on_progress: Callable[[int, int], object] = lambda done, total: None
) -> dict[str, Any]:
    """The whole answer as JSON, see `_answer`. Only conversations that `by` may see are counted. What `on_progress`
    (conversations done, total) raises ends it. Raises NotPossible."""
    before, after = scenarios(question, by=by)
    conversations = conversations_of(by, question.period)
    total = conversations.count()
    on_progress(0, total)
    traffic = turns_of(
        conversations, question.period, after.recogniser, on_progress=lambda done: on_progress(done, max(total, done))
    )
    compared = compare(traffic, before.to_scenario(), after.to_scenario())
    return _answer(compared) | {"conversations": total, "weeks": _weeks(question.period)}


def _weeks(period: Period) -> float:
    return max((period.end_at - period.start_at) / timedelta(weeks=1), 1 / 7)


def _answer(compared: Comparison) -> dict[str, Any]:
    """Counts of both sides: overall, per team (by primary key; 0 is nobody) and per subject (by code; "" is unknown); and
    a sample of what changed, the worst first."""
    before, after = compared.before, compared.after
    return {
        "judged": compared.judged,
        "changed": compared.changed,
        "better": compared.better,
        "worse": compared.worse,
        "moved": compared.moved,
        "due_earlier": compared.due_earlier,
        "due_later": compared.due_later,
        "before": _side(before),
        "after": _side(after),
        "teams": _pairs(before.by_team, after.by_team),
        "subjects": _pairs(before.by_subject, after.by_subject),
        "changes": [_change(change) for change in sorted(compared.changes, key=_weight)],
    }


def _side(side: Side) -> dict[str, Any]:
    return asdict(side.overall) | {"gaps": side.gaps, "never_due": side.never_due}


def _pairs(before: Mapping[Any, Score], after: Mapping[Any, Score]) -> list[dict[str, Any]]:
    """The busiest first."""
    keys = sorted({*before, *after}, key=lambda key: (-max(_total(before.get(key)), _total(after.get(key))), str(key)))
    return [
        {"key": key, "before": asdict(before.get(key) or Score()), "after": asdict(after.get(key) or Score())}
        for key in keys
    ]


def _total(score: Score | None) -> int:
    return score.total if score else 0


def _weight(change: Change) -> tuple[int, int]:
    """What becomes late, then what becomes in time, then what goes to another team, then the rest; the newest first."""
    old, new = change.before, change.after
    if old.verdict != "late" and new.verdict == "late":
        return 0, -change.key
    if old.verdict == "late" and new.verdict != "late":
        return 1, -change.key
    return (2 if old.team != new.team else 3), -change.key


def _change(change: Change) -> dict[str, Any]:
    return {"message": change.key, "before": _judged(change.before), "after": _judged(change.after)}


def _judged(judged: Judged) -> dict[str, Any]:
    due = judged.due_at.isoformat() if judged.due_at else None
    return {"verdict": judged.verdict, "team": judged.team, "due_at": due}
