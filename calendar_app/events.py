"""What else happens on a day: our own events, calendars that we follow, public holidays and days that matter."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.days_nl import Prefilled, days_within, prefilled_of
from calendar_app.models import CalendarEvent, EventKind
from calendar_app.moments import on_the_wall
from calendar_app.permissions import may_read_calendar
from core.events import publish_on_commit

LONGEST_DAYS = 366  # of one event
EDITABLE = frozenset({"kind", "title", "place", "note", "starts_on", "ends_on", "starts_at", "ends_at"})
# What stands first on a day; what is not named comes after these.
_ORDER = (EventKind.HOLIDAY, EventKind.COMMEMORATION, EventKind.ELECTION, EventKind.SCHOOL_HOLIDAY)


class EventRefused(ValueError):
    """Nothing was written; `str(error)` is for the person."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One line on one day. `kind` is a value of EventKind, `label` says it in words; `starts_at`/`ends_at` None: whole days.

    `pk` is an event that can be opened; None: worked out by rule. `is_ours`: it can be changed, it is not somebody else's calendar.
    `position` of an event over several days: "first", "middle", "last", "" when it is one day."""

    title: str
    kind: str
    label: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    pk: int | None = None
    place: str = ""
    note: str = ""
    is_ours: bool = False
    is_sensitive: bool = False
    position: str = ""


def days_between(user: User, first: date, last: date) -> dict[date, list[Shown]]:
    """Days with something on them, from `first` up to and including `last`; whole days before times. One query."""
    found: dict[date, list[Shown]] = {}
    if not may_read_calendar(user) or last < first:
        return found
    words = {value: str(label) for value, label in EventKind.choices}
    for day in days_within(first, last):
        note = _("Volgens de vaste regel; wie het organiseert maakt de dag bekend.") if day.is_announced else ""
        found.setdefault(day.on, []).append(
            Shown(_(day.title), day.kind, words[day.kind], note=note, is_sensitive=day.is_sensitive)
        )
    for event in _events(user, first, last):
        on = max(event.starts_on, first)
        while on <= min(event.ends_on, last):
            found.setdefault(on, []).append(_shown(event, on, words))
            on += timedelta(days=1)
    for lines in found.values():
        lines.sort(key=_rank)
    return dict(sorted(found.items()))


def _events(user: User, first: date, last: date) -> list[CalendarEvent]:
    followed = Q(subscription=None) | Q(subscription__stopped_at=None)
    return list(CalendarEvent.objects.visible_to(user).filter(followed, starts_on__lte=last, ends_on__gte=first))


def _shown(event: CalendarEvent, on: date, words: dict[str, str]) -> Shown:
    position = ""
    if event.starts_on != event.ends_on:
        position = "first" if on == event.starts_on else "last" if on == event.ends_on else "middle"
    is_sensitive = event.kind in (EventKind.COMMEMORATION, EventKind.ELECTION)
    return Shown(
        event.title, event.kind, words[event.kind], event.starts_at, event.ends_at, event.pk, event.place, event.note,
        is_ours=event.subscription_id is None, is_sensitive=is_sensitive, position=position,
    )  # fmt: skip


def _rank(line: Shown) -> tuple[bool, int, float, str]:
    order = _ORDER.index(EventKind(line.kind)) if line.kind in _ORDER else len(_ORDER)
    return line.starts_at is not None, order, line.starts_at.timestamp() if line.starts_at else 0, line.title


# -- our own -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_event(*, by: User, kind: str, title: str, starts_on: date, ends_on: date, **more: Any) -> CalendarEvent:
    """`more`: place, note, starts_at and ends_at (both or neither; then the days follow from them). Raises EventRefused."""
    event = CalendarEvent(created_by=by)
    _fill(event, kind=kind, title=title, starts_on=starts_on, ends_on=ends_on, **more)
    event.save()
    record("calendar_event.added", event, by=by, kind=event.kind)
    publish_on_commit("calendar", "calendar")
    return event


@transaction.atomic
def change_event(*, event: CalendarEvent, by: User, **fields: Any) -> CalendarEvent:
    """Raises EventRefused when it is of a calendar that we follow: it is changed there."""
    locked = _own(event)
    _fill(locked, **fields)
    locked.save()
    record("calendar_event.changed", locked, by=by, fields=sorted(fields))
    publish_on_commit("calendar", "calendar")
    return locked


@transaction.atomic
def remove_event(*, event: CalendarEvent, by: User) -> None:
    locked = _own(event)
    record("calendar_event.removed", locked, by=by, kind=locked.kind, starts_on=locked.starts_on.isoformat())
    locked.delete()
    publish_on_commit("calendar", "calendar")


def _own(event: CalendarEvent) -> CalendarEvent:
    locked = CalendarEvent.objects.select_for_update(no_key=True).filter(pk=event.pk).first()
    if locked is None:
        raise EventRefused(_("Iemand heeft dit net verwijderd."))
    if locked.subscription_id is not None:
        raise EventRefused(_("Dit komt uit een agenda die u volgt. Pas het daar aan."))
    return locked


def _fill(event: CalendarEvent, **fields: Any) -> None:
    if unknown := set(fields) - EDITABLE:
        raise TypeError(f"not of an event: {sorted(unknown)}")
    for name, value in fields.items():
        setattr(event, name, value)
    event.title = " ".join(event.title.split())
    if not event.title:
        raise EventRefused(_("Geef het een titel."))
    if event.kind not in EventKind.values:
        raise EventRefused(_("Kies een soort."))
    if (event.starts_at is None) != (event.ends_at is None):
        raise EventRefused(_("Vul een begin en een eind in, of geen van beide."))
    if event.starts_at is not None and event.ends_at is not None:
        if event.ends_at < event.starts_at:
            raise EventRefused(_("Het eind ligt vóór het begin."))
        event.starts_on, event.ends_on = days_of_moments(event.starts_at, event.ends_at)
    if event.ends_on < event.starts_on:
        raise EventRefused(_("De laatste dag ligt vóór de eerste."))
    if (event.ends_on - event.starts_on).days > LONGEST_DAYS:
        raise EventRefused(_("Dit duurt langer dan een jaar. Maak er kortere periodes van."))


def days_of_moments(starts_at: datetime, ends_at: datetime) -> tuple[date, date]:
    """The days in Amsterdam that it touches; what ends at midnight does not touch the day that begins there."""
    first, end = on_the_wall(starts_at).date(), on_the_wall(ends_at)
    last = (end - timedelta(seconds=1)).date() if ends_at > starts_at else end.date()
    return first, max(first, last)


# -- filled in beforehand ----------------------------------------------------------------------------------------------


@transaction.atomic
def prefill(*, region: str, by: User) -> int:
    """Put elections and school holidays of one region (days_nl.REGIONS) on the calendar as events of our own, to be checked.

    What is there already, changed or not, stays as it is. Returns how many were added."""
    wanted = prefilled_of(region)
    have = CalendarEvent.objects.filter(subscription=None, uid__in=[each.key for each in wanted])
    there = set(have.values_list("uid", flat=True))
    made = [_prefilled(each, by) for each in wanted if each.key not in there]
    CalendarEvent.objects.bulk_create(made)
    for event in made:
        record("calendar_event.added", event, by=by, kind=event.kind, prefilled=event.uid)
    publish_on_commit("calendar", "calendar")
    return len(made)


def _prefilled(each: Prefilled, by: User) -> CalendarEvent:
    region = {"noord": _("regio Noord"), "midden": _("regio Midden"), "zuid": _("regio Zuid")}.get(each.region, "")
    title = f"{_(each.title)} ({region})" if region else _(each.title)
    note = _("Vooraf ingevuld. Controleer de datum; uw gemeente of de school kan afwijken.")
    return CalendarEvent(
        kind=each.kind, title=title, note=note, starts_on=each.first, ends_on=each.last, uid=each.key, created_by=by
    )
