"""Who is at work: since when somebody is off, by their own word and the opening hours. Pure but for `office_hours`."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts.models import ShiftEnd, User
from responsematrix.in_force import hours_at, main_matrix
from responsematrix.worktime import Schedule


def office_hours(now: datetime) -> Schedule | None:
    """The opening hours of the organisation as they are now; None where none are agreed: then it is always open."""
    matrix = main_matrix()
    hours = hours_at(now, matrix.calendar_id) if matrix else None
    return hours.schedule if hours else None


def is_out_of_office(user: User, now: datetime) -> bool:
    first, last = user.out_of_office_from, user.out_of_office_until
    return first is not None and last is not None and first <= timezone.localdate(now) <= last


def off_since(user: User, now: datetime, hours: Schedule | None) -> datetime | None:
    """Since when `user` is not at work and does not come back today; None while at work, or while the day has not begun."""
    if not user.is_active:
        return now
    local = timezone.localtime(now)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if is_out_of_office(user, now):
        assert user.out_of_office_from is not None
        return timezone.make_aware(datetime.combine(user.out_of_office_from, time()))
    if user.shift_end == ShiftEnd.TIME and user.shift_ends_at:
        end = timezone.make_aware(datetime.combine(local.date(), user.shift_ends_at))
        return end if now >= end else None
    if user.shift_end == ShiftEnd.CALENDAR and hours is not None:
        windows = hours.windows_on(now.astimezone(hours.zone).date())
        # A day with no opening at all is off from its beginning; a lunch break is no end.
        end = _at(midnight, windows[-1][1]) if windows else midnight
        return end if now >= end else None
    return None


def _at(midnight: datetime, minute: int) -> datetime:
    """By the clock on the wall, also on a day on which that changes."""
    reading = datetime.combine(midnight.date(), time()) + timedelta(minutes=minute)
    return timezone.make_aware(reading)


def takes_work(user: User, now: datetime, hours: Schedule | None) -> bool:
    """New work may be given to `user` now."""
    return user.is_active and user.is_available and off_since(user, now, hours) is None
