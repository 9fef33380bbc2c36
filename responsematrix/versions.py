"""How a version of the matrix or of opening hours comes into force: draft → approved by somebody else → active from a moment."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Team, User
from channels.messages import Kind
from channels.platforms import Platform
from core.events import publish_on_commit
from responsematrix.checks import Finding, Known, Space, check, errors
from responsematrix.choices import AnswerChannel, Audience, Urgency
from responsematrix.models import (
    Calendar,
    CalendarVersion,
    Matrix,
    MatrixVersion,
    State,
    Subject,
    Version,
    VersionQuerySet,
)
from responsematrix.refusals import NotADraft, NotReady, NotTheirOwn, WrongMoment
from responsematrix.worktime import BadSchedule

AnyVersion = TypeVar("AnyVersion", bound=Version)
# Between pressing the button and the database: "now" is not yet the past.
GRACE = timedelta(minutes=1)


def known_values() -> Known:
    """What rules may refer to now. Three small queries."""
    space = Space(
        kinds=tuple(kind.value for kind in Kind),
        platforms=tuple(Platform.values),
        subjects=tuple(Subject.objects.filter(retired_at=None).values_list("code", flat=True)),
        audiences=tuple(Audience.values),
        urgencies=tuple(Urgency.values),
    )
    return Known(
        space=space,
        teams=frozenset(Team.objects.values_list("pk", flat=True)),
        calendars=frozenset(Calendar.objects.values_list("pk", flat=True)),
        answer_channels=frozenset(AnswerChannel.values),
    )


def find_problems(version: MatrixVersion) -> list[Finding]:
    """Errors, gaps, overlaps: what is marked on the table."""
    rows = [rule.to_row() for rule in version.rules.select_related("subject")]
    return check(rows, known_values())


def lock_draft(version: AnyVersion, *, by: User | None) -> AnyVersion:
    """The row, locked and remembered as changed by `by`. Raises NotADraft. Inside a transaction."""
    locked = _lock(version)
    if not locked.is_draft:
        raise NotADraft(_("Deze versie is al goedgekeurd. Begin een nieuw concept."))
    if by is not None and by.pk not in locked.editor_ids:
        locked.editor_ids = [*locked.editor_ids, by.pk]
        locked.save(update_fields=["editor_ids"])
    return locked


def tell() -> None:
    """Every open screen hears that the matrix changed; names only."""
    publish_on_commit("everyone", "matrix")


def next_number(version_type: type[AnyVersion], **owner: Matrix | Calendar) -> int:
    newest: int | None = version_type._default_manager.filter(**owner).aggregate(newest=Max("number"))["newest"]
    return (newest or 0) + 1


@transaction.atomic
def approve(*, version: AnyVersion, by: User) -> AnyVersion:
    """Raises NotADraft, NotTheirOwn (author or editor), NotReady with what has to be mended first."""
    locked = _lock(version)
    if not locked.is_draft:
        raise NotADraft(_("Deze versie is al goedgekeurd."))
    if by.pk == locked.author_id or by.pk in locked.editor_ids:
        raise NotTheirOwn(_("Wie een versie heeft gemaakt of veranderd, keurt die niet zelf goed. Vraag een collega."))
    _check_ready(locked)
    locked.state, locked.approved_by, locked.approved_at = State.APPROVED, by, timezone.now()
    locked.save()
    record(f"{_name(locked)}.approved", locked, by=by, number=locked.number)
    tell()
    return locked


@transaction.atomic
def reopen(*, version: AnyVersion, by: User) -> AnyVersion:
    """An approved version is a draft again, to be changed; the approval is void. Raises NotADraft when it is active."""
    locked = _lock(version)
    if locked.state == State.ACTIVE:
        raise NotADraft(_("Deze versie is actief. Begin een nieuw concept."))
    locked.state, locked.approved_by, locked.approved_at = State.DRAFT, None, None
    locked.save()
    record(f"{_name(locked)}.reopened", locked, by=by, number=locked.number)
    tell()
    return locked


@transaction.atomic
def activate(*, version: AnyVersion, from_at: datetime, by: User) -> AnyVersion:
    """An approved version is in force from `from_at`, until the next one begins. Raises NotADraft, NotReady, WrongMoment.

    The past can not be chosen, because deadlines were already given then; only a first version may begin earlier.
    """
    locked, now = _lock(version), timezone.now()
    if locked.state != State.APPROVED:
        raise NotADraft(_("Alleen een goedgekeurde versie kan actief worden."))
    others = _siblings(locked).filter(state=State.ACTIVE)
    if from_at < now - GRACE and others.exists():
        raise WrongMoment(_("Kies een moment dat nog komt: voor wat is geweest, gelden de oude afspraken."))
    if others.filter(active_from=from_at).exists():
        raise WrongMoment(_("Op dat moment begint al een andere versie."))
    if isinstance(locked, MatrixVersion):
        _check_calendars(locked, from_at)
    locked.state, locked.active_from = State.ACTIVE, from_at
    locked.save()
    record(f"{_name(locked)}.activated", locked, by=by, number=locked.number, active_from=from_at.isoformat())
    tell()
    return locked


@transaction.atomic
def withdraw(*, version: AnyVersion, by: User) -> AnyVersion:
    """A version that would become active later does not; it stays approved. Raises WrongMoment once it began, NotReady
    for the only hours of a calendar that an active matrix counts on."""
    locked = _lock(version)
    if locked.state != State.ACTIVE or locked.is_in_force:
        raise WrongMoment(_("Alleen een versie die nog moet ingaan, kan worden ingetrokken."))
    if isinstance(locked, CalendarVersion) and _is_needed(locked):
        raise NotReady(_("De responsmatrix gebruikt deze openingstijden."))
    locked.state, locked.active_from = State.APPROVED, None
    locked.save()
    record(f"{_name(locked)}.withdrawn", locked, by=by, number=locked.number)
    tell()
    return locked


@transaction.atomic
def discard(*, version: Version, by: User) -> None:
    """A draft is thrown away with its rules. Raises NotADraft."""
    locked = _lock(version)
    if not locked.is_draft:
        raise NotADraft(_("Alleen een concept kan worden weggegooid."))
    record(f"{_name(locked)}.discarded", locked, by=by, number=locked.number)
    tell()
    locked.delete()


def _lock(version: AnyVersion) -> AnyVersion:
    found = type(version)._default_manager.select_for_update(of=("self",), no_key=True).get(pk=version.pk)
    assert isinstance(found, type(version))
    return found


def _siblings(
    version: Version,
) -> VersionQuerySet[MatrixVersion] | VersionQuerySet[CalendarVersion]:
    if isinstance(version, MatrixVersion):
        return MatrixVersion.objects.filter(matrix=version.matrix_id).exclude(pk=version.pk)
    assert isinstance(version, CalendarVersion)
    return CalendarVersion.objects.filter(calendar=version.calendar_id).exclude(pk=version.pk)


def _name(version: Version) -> str:
    return "matrix" if isinstance(version, MatrixVersion) else "calendar"


def _check_ready(version: Version) -> None:
    if isinstance(version, MatrixVersion):
        if found := errors(find_problems(version)):
            raise NotReady(_("Er staan nog fouten in de tabel."), found)
        return
    assert isinstance(version, CalendarVersion)
    try:
        schedule = version.to_schedule()
    except BadSchedule as error:
        raise NotReady(_("De openingstijden kloppen niet.")) from error
    if not any(schedule.weekly):
        raise NotReady(_("Met deze openingstijden is het nooit open."))


def _is_needed(version: CalendarVersion) -> bool:
    """Without it an active matrix would have a calendar that never opens."""
    if _siblings(version).filter(state=State.ACTIVE).exists():
        return False
    active, calendar = MatrixVersion.objects.filter(state=State.ACTIVE), version.calendar_id
    return active.filter(Q(matrix__calendar=calendar) | Q(rules__calendar=calendar)).exists()


def _check_calendars(version: MatrixVersion, from_at: datetime) -> None:
    used = {version.matrix.calendar_id, *version.rules.exclude(calendar=None).values_list("calendar", flat=True)}
    ready = set(
        CalendarVersion.objects.filter(calendar__in=used, state=State.ACTIVE, active_from__lte=from_at).values_list(
            "calendar", flat=True
        )
    )
    if missing := Calendar.objects.filter(pk__in=used - ready).values_list("name", flat=True):
        raise NotReady(_("Deze openingstijden gelden dan nog niet: %(names)s.") % {"names": ", ".join(missing)})
