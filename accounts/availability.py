"""When somebody takes new work, and how a team shares it out: what people decide themselves, written down."""

from datetime import date, time

from django.db import transaction

from accounts.audit import record
from accounts.models import Routing, ShiftEnd, Team, User


@transaction.atomic
def set_availability(
    *,
    user: User,
    by: User,
    is_available: bool,
    out_of_office_from: date | None = None,
    out_of_office_until: date | None = None,
    shift_end: str = ShiftEnd.NEVER,
    shift_ends_at: time | None = None,
) -> User:
    """`out_of_office_*` are whole days, both included. The trail holds no more than that it changed."""
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    locked.is_available = is_available
    locked.out_of_office_from, locked.out_of_office_until = out_of_office_from, out_of_office_until
    locked.shift_end = shift_end
    locked.shift_ends_at = shift_ends_at if shift_end == ShiftEnd.TIME else None
    locked.save(
        update_fields=["is_available", "out_of_office_from", "out_of_office_until", "shift_end", "shift_ends_at"]
    )
    record("user.availability", locked, by=by, is_available=is_available)
    return locked


@transaction.atomic
def switch_availability(*, user: User, is_available: bool, by: User) -> None:
    """Available, or away for a moment: only for new work, what one has stays."""
    changed = User.objects.filter(pk=user.pk).exclude(is_available=is_available).update(is_available=is_available)
    if changed:
        record("user.availability", user, by=by, is_available=is_available)


@transaction.atomic
def set_routing(*, team: Team, routing: str, max_load: int, lease_minutes: int, by: User) -> Team:
    """Raises ValueError for a way of sharing that is not there."""
    locked = Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    locked.routing, locked.max_load, locked.lease_minutes = Routing(routing), max_load, lease_minutes
    locked.save(update_fields=["routing", "max_load", "lease_minutes"])
    record("team.routing", locked, by=by, routing=routing, max_load=max_load, lease_minutes=lease_minutes)
    return locked
