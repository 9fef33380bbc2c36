"""Why a deadline is what it is, and why a rule was chosen: first as data that can be stored, then as words.

Steps are lists of small JSON objects, each with a key `step`. They are made once (with the obligation) and put into words
at reading time, in the reader's language; a stored explanation therefore never changes when rules or hours do.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from responsematrix.choices import COLUMN_LABELS, value_label
from responsematrix.matching import COLUMNS, Decision, MatchRule
from responsematrix.subjects import BadQuery, Problem, Recognition
from responsematrix.worktime import DAY, Schedule, Term, Unit, Window, add_working_time

Steps = list[dict[str, Any]]

LONGEST_LIST = 12  # closed or special days that are named one by one

# Names of days as they are pre-filled, so that an English reader sees English ones; other names are shown as written.
HOLIDAYS = (
    gettext_noop("Nieuwjaarsdag"),
    gettext_noop("Goede vrijdag"),
    gettext_noop("Eerste paasdag"),
    gettext_noop("Tweede paasdag"),
    gettext_noop("Koningsdag"),
    gettext_noop("Bevrijdingsdag"),
    gettext_noop("Hemelvaartsdag"),
    gettext_noop("Eerste pinksterdag"),
    gettext_noop("Tweede pinksterdag"),
    gettext_noop("Eerste kerstdag"),
    gettext_noop("Tweede kerstdag"),
)


def deadline_steps(start: datetime, term: Term, schedule: Schedule, *, due: datetime | None = None) -> Steps:
    """Received, term, hours, days that differ, due. `due` saves computing it again. Raises NoOpenTime."""
    due = due or add_working_time(start, term, schedule)
    zone = schedule.zone
    first, last = start.astimezone(zone).date(), due.astimezone(zone).date()
    steps: Steps = [
        {"step": "received", "at": start.astimezone(UTC).isoformat(), "zone": schedule.time_zone},
        {"step": "term", "amount": term.amount, "unit": term.unit.value},
    ]
    if not term.is_clock:
        steps += _days(first, last, schedule)
    steps.append({"step": "due", "at": due.astimezone(UTC).isoformat(), "zone": schedule.time_zone})
    return steps


def _days(first: date, last: date, schedule: Schedule) -> Steps:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    ordinary: dict[tuple[Window, ...], list[int]] = {}
    for day in days:
        windows = schedule.weekly[day.weekday()]
        if day not in schedule.exceptions and windows and day.weekday() not in ordinary.get(windows, []):
            ordinary.setdefault(windows, []).append(day.weekday())
    hours = [
        {"weekdays": sorted(weekdays), "windows": list(map(list, windows))} for windows, weekdays in ordinary.items()
    ]
    steps: Steps = [{"step": "hours", "groups": hours}] if hours else []
    special = [day for day in days if day in schedule.exceptions and _differs(day, schedule)]
    for day in special[:LONGEST_LIST]:
        exception = schedule.exceptions[day]
        steps.append(
            {
                "step": "day",
                "on": day.isoformat(),
                "name": exception.name,
                "windows": list(map(list, exception.windows)),
            }
        )
    if len(special) > LONGEST_LIST:
        steps.append({"step": "more", "count": len(special) - LONGEST_LIST})
    for day in days:
        change = _clock_change(day, schedule)
        if change and any(opens < 180 and closes > 120 for opens, closes in schedule.windows_on(day)):
            steps.append({"step": "clock", "on": day.isoformat(), "minutes": change})
    return steps


def _differs(day: date, schedule: Schedule) -> bool:
    """A holiday on a day that is closed anyway explains nothing."""
    return schedule.exceptions[day].windows != schedule.weekly[day.weekday()]


def _clock_change(day: date, schedule: Schedule) -> int:
    """Minutes that the clock goes forward on `day` (negative: back)."""
    midnights = (datetime(d.year, d.month, d.day, tzinfo=schedule.zone) for d in (day, day + timedelta(days=1)))
    before, after = (midnight.utcoffset() or timedelta() for midnight in midnights)
    return int((after - before).total_seconds()) // 60


def words_for_deadline(steps: Sequence[Mapping[str, Any]], *, language: str | None = None) -> str:
    """One sentence in `language` (else the active one): "ontvangen vrijdag 3 april 16:10; 4 werkuren; …"."""
    with translation.override(language or translation.get_language()):
        received = next((_local(step) for step in steps if step["step"] == "received"), None)
        return "; ".join(words for step in steps if (words := _step(step, received)))


def _step(step: Mapping[str, Any], received: datetime | None) -> str:
    match step["step"]:
        case "received":
            return _("ontvangen %(moment)s") % {"moment": words_for_moment(_local(step))}
        case "term":
            return words_for_term(step["amount"], step["unit"])
        case "hours":
            return _hours(step["groups"])
        case "day":
            return _special_day(step, received)
        case "more":
            count = step["count"]
            return ngettext("nog %(count)d afwijkende dag", "nog %(count)d afwijkende dagen", count) % {"count": count}
        case "clock":
            day = _day(date.fromisoformat(step["on"]), received)
            if step["minutes"] > 0:
                return _("%(day)s gaat de klok vooruit") % {"day": day}
            return _("%(day)s gaat de klok terug") % {"day": day}
        case "due":
            local = _local(step)
            return _("uiterlijk %(moment)s") % {"moment": words_for_moment(local, since=received)}
    return ""


def words_for_term(amount: int, unit: str) -> str:
    """ "4 werkuren", "1 working day"."""
    match unit:
        case Unit.WORKING_MINUTES:
            words = ngettext("%(amount)d werkminuut", "%(amount)d werkminuten", amount)
        case Unit.WORKING_HOURS:
            words = ngettext("%(amount)d werkuur", "%(amount)d werkuren", amount)
        case Unit.WORKING_DAYS:
            words = ngettext("%(amount)d werkdag", "%(amount)d werkdagen", amount)
        case Unit.CALENDAR_DAYS:
            words = ngettext("%(amount)d kalenderdag", "%(amount)d kalenderdagen", amount)
        case Unit.CLOCK_HOURS:
            words = ngettext("%(amount)d uur, dag en nacht", "%(amount)d uur, dag en nacht", amount)
        case _:
            words = ngettext("%(amount)d minuut, dag en nacht", "%(amount)d minuten, dag en nacht", amount)
    return words % {"amount": amount}


def words_for_moment(local: datetime, *, since: datetime | None = None) -> str:
    """ "vrijdag 3 april 16:10" on the clock of `local`; with the year when `since` lies in another one."""
    shows_year = since is not None and since.year != local.year
    return f"{date_format(local, 'l j F Y' if shows_year else 'l j F')} {local.hour}:{local.minute:02d}"


def words_for_windows(windows: Iterable[Sequence[int]]) -> str:
    """ "8:30–12:30 en 13:30–17:00"."""
    parts = [f"{_reading(opens)}–{_reading(closes)}" for opens, closes in windows]
    return _(" en ").join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _reading(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"


def _hours(groups: Sequence[Mapping[str, Any]]) -> str:
    if len(groups) == 1:
        windows = groups[0]["windows"]
        if windows == [[0, DAY]]:
            return _("dag en nacht open")
        return _("open %(hours)s") % {"hours": words_for_windows(windows)}
    parts = []
    for group in groups:
        # Any week will do to name a weekday: 1 January 2024 was a Monday.
        names = [date_format(date(2024, 1, 1 + weekday), "D") for weekday in group["weekdays"]]
        parts.append(f"{', '.join(names)} {words_for_windows(group['windows'])}")
    return _("open %(hours)s") % {"hours": " | ".join(parts)}


def _special_day(step: Mapping[str, Any], received: datetime | None) -> str:
    words = {
        "day": _day(date.fromisoformat(step["on"]), received),
        "name": ", ".join(_(name) for name in step["name"].split(", ") if name),
        "hours": words_for_windows(step["windows"]) if step["windows"] else "",
    }
    if step["windows"]:
        if step["name"]:
            return _("%(day)s is %(name)s: open %(hours)s") % words
        return _("%(day)s open %(hours)s") % words
    return (_("%(day)s is %(name)s") if step["name"] else _("%(day)s gesloten")) % words


def _day(day: date, received: datetime | None) -> str:
    """Within a week the weekday is enough."""
    is_near = received is not None and 0 <= (day - received.date()).days < 7
    return date_format(day, "l" if is_near else "l j F")


def _local(step: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(step["at"]).astimezone(ZoneInfo(step["zone"]))


def decision_steps(decision: Decision, *, recognition: Recognition | None = None) -> Steps:
    """By which words the subject was recognised, which rule holds, and every other that fitted with why it lost."""
    steps: Steps = []
    if recognition:
        steps.append({"step": "words", "subject": recognition.subject, "words": list(recognition.words[:LONGEST_LIST])})
    if decision.rule is None:
        return [*steps, {"step": "gap"}]
    steps.append({"step": "rule", **_named(decision.rule)})
    steps += [{"step": "lost", "column": lost.column, **_named(lost.rule)} for lost in decision.lost]
    return steps


def _named(rule: MatchRule) -> dict[str, Any]:
    filled = {column: value for column, value in zip(COLUMNS, rule.conditions, strict=True) if value}
    return {"rule": rule.key, "place": rule.position, "filled": filled}


def words_for_decision(
    steps: Sequence[Mapping[str, Any]], *, subjects: Mapping[str, str] | None = None, language: str | None = None
) -> list[str]:
    """One sentence per step; `subjects` has names by code. `place` is the row on the table, as people count."""
    with translation.override(language or translation.get_language()):
        return [_decision_step(step, subjects or {}) for step in steps]


def _decision_step(step: Mapping[str, Any], subjects: Mapping[str, str]) -> str:
    match step["step"]:
        case "words":
            subject = subjects.get(step["subject"], step["subject"])
            return _("Onderwerp %(subject)s, herkend aan: %(words)s.") % {
                "subject": subject,
                "words": ", ".join(step["words"]),
            }
        case "gap":
            return _("Geen enkele regel past: hier heeft de matrix een gat.")
        case "rule":
            if not step["filled"]:
                return _("Regel %(place)d geldt: die is voor alles wat overblijft.") % step
            conditions = words_for_conditions(step["filled"], subjects)
            return _("Regel %(place)d geldt: %(conditions)s.") % {"place": step["place"], "conditions": conditions}
    if step["column"]:
        words = {"place": step["place"], "column": COLUMN_LABELS[step["column"]]}
        return _("Regel %(place)d past ook, maar zegt niets over %(column)s.") % words
    return _("Regel %(place)d past ook, maar staat lager in de tabel.") % step


def words_for_conditions(filled: Mapping[str, str], subjects: Mapping[str, str]) -> str:
    """ "onderwerp Afval, soort privébericht"."""
    parts = []
    for column, value in filled.items():
        label = subjects.get(value, value) if column == "subject" else value_label(column, value)
        parts.append(f"{COLUMN_LABELS[column]} {label}")
    return ", ".join(parts)


QUERY_PROBLEMS = {
    Problem.EMPTY: gettext_noop("Vul ten minste één woord in."),
    Problem.TOO_LONG: gettext_noop("Dit is te lang: hoogstens 20.000 tekens."),
    Problem.TOO_MANY_TERMS: gettext_noop("Te veel woorden: hoogstens 300, en 8 in één zin tussen aanhalingstekens."),
    Problem.TOO_DEEP: gettext_noop("Te veel haakjes in elkaar: hoogstens 20."),
    Problem.BRACKETS: gettext_noop("Bij een haakje ontbreekt het andere."),
    Problem.OPEN_QUOTE: gettext_noop("Een aanhalingsteken wordt niet gesloten."),
    Problem.UNREADABLE: gettext_noop("Dit teken kan hier niet staan: %(detail)s"),
    Problem.MISSING_TERM: gettext_noop("Bij AND, OR, NOT of een haakje ontbreekt een woord."),
    Problem.ONLY_STOP_WORDS: gettext_noop("Met alleen woorden als 'de' of 'van' past bijna elk bericht."),
    Problem.MATCHES_EVERYTHING: gettext_noop("Zo past elk bericht: noem ook een woord dat er wél in staat."),
}


def words_for_query(error: BadQuery) -> str:
    """What is wrong with a query, for the person who typed it."""
    return _(QUERY_PROBLEMS[error.problem]) % {"detail": error.detail}
