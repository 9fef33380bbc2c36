"""Reading a calendar file of somebody else (RFC 5545) into occurrences. Knows nothing of where it came from or where it goes.

Files of strangers: everything is bounded (`MOST_*`, seconds), and what makes no sense is left out, not guessed at. A file that
as a whole makes no sense is refused, so that what we had stays.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from dateutil.rrule import rrule, rruleset, rrulestr
from icalendar import Calendar, Event
from icalendar.prop import vRecur

from calendar_app.moments import AMSTERDAM

MOST_EVENTS = 5_000  # in a file
MOST_OCCURRENCES = 2_000  # of all events together
MOST_STEPS = 60_000  # of one rule, from its beginning
MOST_SECONDS = 20.0  # for the whole file
LONGEST = timedelta(days=366)  # of one occurrence
TOO_FINE = {"SECONDLY", "MINUTELY", "HOURLY"}
ALL_DAY = timedelta(days=1)


class BadCalendar(Exception):
    """`reason`: "not_ical", "too_many", "too_slow"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Occurrence:
    """`starts_at`/`ends_at` in UTC, None for whole days. `uid`: of the event, with the moment of a recurrence; at most 300 signs."""

    uid: str
    title: str
    place: str
    note: str
    starts_on: date
    ends_on: date
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def read(content: bytes, *, first: date, last: date) -> list[Occurrence]:
    """What happens from `first` up to and including `last`, once per uid. Raises BadCalendar."""
    until = time.monotonic() + MOST_SECONDS
    text = content.decode("utf-8-sig", "replace").strip()
    if not text[:15].upper() == "BEGIN:VCALENDAR" or not text[-13:].upper() == "END:VCALENDAR":
        raise BadCalendar("not_ical")  # a page of a sign-in, or a file that broke off
    if text.upper().count("BEGIN:VEVENT") > MOST_EVENTS:
        raise BadCalendar("too_many")
    try:
        parts = Calendar.from_ical(text, multiple=True)
        events = [event for part in parts for event in part.walk("VEVENT") if isinstance(event, Event)]
        changed = {(_uid(each), key) for each in events if (key := _recurrence_id(each))}
    except Exception as error:  # parsers raise anything at hostile input
        raise BadCalendar("not_ical") from error
    found: dict[str, Occurrence] = {}
    for event in events:
        try:
            for occurrence in _occurrences(event, changed, first, last):
                found[occurrence.uid] = occurrence
                if len(found) > MOST_OCCURRENCES:
                    raise BadCalendar("too_many")
        except BadCalendar:
            raise
        except Exception:  # noqa: S112  # one event that makes no sense takes no other with it
            continue
        finally:
            if time.monotonic() > until:
                raise BadCalendar("too_slow")
    return list(found.values())


# -- one event ---------------------------------------------------------------------------------------------------------


def _occurrences(event: Event, changed: set[tuple[str, str]], first: date, last: date) -> Iterator[Occurrence]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    start = event.decoded("DTSTART")
    if not isinstance(start, date):
        return
    length, uid, own = _length(event, start), _uid(event), _recurrence_id(event)
    if own or ("RRULE" not in event and "RDATE" not in event):
        yield from _within(event, _key(uid, own), start, length, first, last)
        return
    for each in _starts(event, start, first - length, last):
        key = _key_of(each)
        if (uid, key) not in changed:  # that one has an entry of its own
            yield from _within(event, _key(uid, key), each, length, first, last)


def _within(event: Event, key: str, start: date, length: timedelta, first: date, last: date) -> Iterator[Occurrence]:
    starts_at = ends_at = None
    if isinstance(start, datetime):
        starts_at = _utc(start)
        ends_at = starts_at + length
        starts_on, end = starts_at.astimezone(AMSTERDAM).date(), ends_at.astimezone(AMSTERDAM)
        # What ends at midnight does not touch the day that begins there.
        ends_on = max(starts_on, (end - timedelta(seconds=1)).date())
    else:
        starts_on, ends_on = start, start + length - ALL_DAY
    if ends_on < first or starts_on > last:
        return
    yield Occurrence(
        uid=key,
        title=_clean(event.get("SUMMARY", ""), 200),
        place=_clean(event.get("LOCATION", ""), 200),
        note=_clean(event.get("DESCRIPTION", ""), 2000, has_lines=True),
        starts_on=starts_on,
        ends_on=ends_on,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _length(event: Event, start: date) -> timedelta:
    """Whole days for a day; never negative, never longer than a year."""
    is_day = not isinstance(start, datetime)
    shortest = ALL_DAY if is_day else timedelta()
    found = shortest
    if "DTEND" in event:
        end = event.decoded("DTEND")
        if isinstance(end, datetime) and isinstance(start, datetime):
            found = _utc(end) - _utc(start)
        elif is_day and isinstance(end, date) and not isinstance(end, datetime):
            found = end - start
    elif "DURATION" in event:
        found = event.decoded("DURATION")
    if is_day:
        found = timedelta(days=found.days)
    return min(max(found, shortest), LONGEST)


# -- recurrence --------------------------------------------------------------------------------------------------------


def _starts(event: Event, start: date, first: date, last: date) -> list[date]:
    """The starts from `first` up to `last`, on the clock of the event itself: what begins at ten does so in winter and summer."""
    zone = start.tzinfo if isinstance(start, datetime) else None
    wall = _wall(start, zone)
    rules = rruleset()
    rules.rdate(wall)
    for rule in _all(event, "RRULE"):
        made = rrulestr(_rule(rule, zone), dtstart=wall)
        assert isinstance(made, rrule)  # one line is one rule
        rules.rrule(made)
    for each in _moments(event, "RDATE"):
        rules.rdate(_wall(each, zone))
    for each in _moments(event, "EXDATE"):
        # Some programs name the day alone, also of what has a time.
        is_day = isinstance(start, datetime) and not isinstance(each, datetime)
        rules.exdate(datetime.combine(each, wall.time()) if is_day else _wall(each, zone))
    earliest, latest = datetime.combine(first, datetime.min.time()), datetime.combine(last, datetime.max.time())
    found: list[date] = []
    for step, each in enumerate(rules):
        if each > latest or step > MOST_STEPS or len(found) > MOST_OCCURRENCES:
            break
        if each >= earliest:
            found.append(each.replace(tzinfo=zone) if isinstance(start, datetime) else each.date())
    return found


def _rule(rule: vRecur, zone: tzinfo | None) -> str:
    """Its text, with UNTIL on the clock of the event. Raises ValueError for what repeats within a day."""
    parts = {name.upper(): value for name, value in rule.items()}
    if str(parts.get("FREQ", [""])[0]).upper() in TOO_FINE:
        raise ValueError("too fine")
    if any(int(each) < 1 for each in parts.get("INTERVAL", [])):
        raise ValueError("never a next one")  # dateutil would look for it for ever
    until = parts.pop("UNTIL", [None])[0]
    written: bytes = vRecur(parts).to_ical()  # type: ignore[no-untyped-call]
    text = written.decode()
    if until is None:
        return text
    if not isinstance(until, datetime):
        return f"{text};UNTIL={until:%Y%m%d}T235959"
    return f"{text};UNTIL={_wall(until, zone):%Y%m%dT%H%M%S}"


def _moments(event: Event, name: str) -> Iterator[date]:
    for several in _all(event, name):
        for each in getattr(several, "dts", []):
            value = each.dt
            yield value[0] if isinstance(value, tuple) else value  # of a period: its beginning


def _all(event: Event, name: str) -> list[vRecur]:
    found = event.get(name, [])
    return found if isinstance(found, list) else [found]


def _wall(at: date, zone: tzinfo | None) -> datetime:
    """On the clock of `zone`, without a zone: dateutil counts on the wall."""
    if not isinstance(at, datetime):
        return datetime.combine(at, datetime.min.time())
    if at.tzinfo is not None:
        at = at.astimezone(zone or AMSTERDAM)
    return at.replace(tzinfo=None)


def _utc(at: datetime) -> datetime:
    """Without a zone, or with one that we do not know, it is a time in Amsterdam."""
    return (at if at.tzinfo is not None else at.replace(tzinfo=AMSTERDAM)).astimezone(UTC)


# -- keys and words ----------------------------------------------------------------------------------------------------


def _uid(event: Event) -> str:
    """Its own, else a fingerprint of what it says."""
    said = str(event.get("UID", "")).strip()
    if said:
        return said
    parts = [event[name].to_ical() for name in ("DTSTART", "SUMMARY") if name in event]
    return hashlib.sha256(b"\0".join(part if isinstance(part, bytes) else part.encode() for part in parts)).hexdigest()


def _recurrence_id(event: Event) -> str:
    """Which occurrence this entry stands for; empty for the event itself."""
    if "RECURRENCE-ID" not in event:
        return ""
    at = getattr(event["RECURRENCE-ID"], "dt", None)
    return _key_of(at) if isinstance(at, date) else ""


def _key_of(at: date) -> str:
    return f"{_utc(at):%Y%m%dT%H%M%SZ}" if isinstance(at, datetime) else f"{at:%Y%m%d}"


def _key(uid: str, recurrence: str) -> str:
    key = f"{uid}#{recurrence}" if recurrence else uid
    key = _clean(key, 10_000)
    return key if len(key) <= 300 else hashlib.sha256(key.encode()).hexdigest()


def _clean(value: object, longest: int, *, has_lines: bool = False) -> str:
    """Without signs that nobody can see: they turn words around, and a database refuses some of them."""
    text = str(value)
    if has_lines:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(_clean(line, longest) for line in lines).strip()[:longest]
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())[:longest]
