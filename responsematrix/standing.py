"""Where each version stands in time: concept, approved, to come, in force now, or in force until the next one began."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from responsematrix.models import CalendarVersion, MatrixVersion, State

AnyVersion = MatrixVersion | CalendarVersion


@dataclass(frozen=True, slots=True)
class Standing:
    """`code` is draft, approved, coming, now or past; `at` the moment that the words speak of, if they do."""

    code: str
    words: str
    at: datetime | None = None


def standings(versions: Sequence[AnyVersion], *, now: datetime | None = None) -> dict[int, Standing]:
    """By primary key. `versions` are all of one matrix or calendar, or of several (then told apart)."""
    now = now or timezone.now()
    begun: dict[int, list[tuple[datetime, int]]] = {}
    for version in versions:
        if version.state == State.ACTIVE and version.active_from is not None:
            begun.setdefault(owner_id(version), []).append((version.active_from, version.pk))
    found = {}
    for version in versions:
        later = sorted(
            at for at, _pk in begun.get(owner_id(version), ()) if version.active_from and at > version.active_from
        )
        found[version.pk] = _standing(version, later[0] if later else None, now)
    return found


def _standing(version: AnyVersion, ends_at: datetime | None, now: datetime) -> Standing:
    if version.state == State.DRAFT:
        return Standing("draft", _("concept"))
    if version.state == State.APPROVED or version.active_from is None:
        return Standing("approved", _("goedgekeurd"), version.approved_at)
    if version.active_from > now:
        return Standing("coming", _("gaat in"), version.active_from)
    if ends_at is not None and ends_at <= now:
        return Standing("past", _("gold tot"), ends_at)
    return Standing("now", _("geldt nu"), version.active_from)


def owner_id(version: AnyVersion) -> int:
    return version.matrix_id if isinstance(version, MatrixVersion) else version.calendar_id


def may_approve(version: AnyVersion, user: User) -> bool:
    """Four eyes: not who made it, nor who changed it. Says nothing of roles."""
    return version.is_draft and user.pk != version.author_id and user.pk not in version.editor_ids
