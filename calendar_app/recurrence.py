"""Rules by which a post comes back: the few that people can choose, as RFC 5545 writes them, and the days that follow from them.

What a month does not have is the last day that it has: every 31st is the 30th of April, and a leap day is 28 February.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from dateutil.rrule import rrule, rrulestr
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _

CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
KINDS = ("daily", "weekly", "monthly", "weekday", "yearly")
_BY_DAYS = re.compile(r"^FREQ=WEEKLY;BYDAY=((?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU))*)$")
_BY_DATE = re.compile(r"^FREQ=MONTHLY;BYMONTHDAY=(?:28,)?(?:29,)?(?:30,)?([1-9]|[12][0-9]|3[01])(?:;BYSETPOS=-1)?$")
_BY_WEEKDAY = re.compile(r"^FREQ=MONTHLY;BYDAY=([1-4]|-1)(MO|TU|WE|TH|FR|SA|SU)$")
_BY_YEAR = re.compile(
    r"^FREQ=YEARLY;BYMONTH=(1[0-2]|[1-9]);BYMONTHDAY=(?:28,)?([1-9]|[12][0-9]|3[01])(?:;BYSETPOS=-1)?$"
)


@dataclass(frozen=True, slots=True)
class Repeat:
    """`kind`: daily; weekly on `weekdays` (0 is Monday); monthly on `day`; monthly on the `nth` (1–4, -1 the last) `weekdays[0]`
    ("weekday"); yearly on `day` of `month`."""

    kind: str
    weekdays: tuple[int, ...] = ()
    day: int = 0
    nth: int = 0
    month: int = 0

    @property
    def rule(self) -> str:
        """RFC 5545, without DTSTART and UNTIL."""
        if self.kind == "daily":
            return "FREQ=DAILY"
        if self.kind == "weekly":
            return "FREQ=WEEKLY;BYDAY=" + ",".join(CODES[each] for each in sorted(set(self.weekdays)))
        if self.kind == "monthly":
            return "FREQ=MONTHLY;" + _at_most(self.day, 28)
        if self.kind == "weekday":
            return f"FREQ=MONTHLY;BYDAY={self.nth}{CODES[self.weekdays[0]]}"
        longest = 28 if (self.month, self.day) == (2, 29) else 31
        return f"FREQ=YEARLY;BYMONTH={self.month};" + _at_most(self.day, longest)

    @classmethod
    def read(cls, rule: str) -> "Repeat":
        """Raises ValueError for what people can not choose."""
        if rule == "FREQ=DAILY":
            return cls("daily")
        if found := _BY_DAYS.match(rule):
            return cls("weekly", weekdays=tuple(sorted({CODES.index(each) for each in found[1].split(",")})))
        if found := _BY_DATE.match(rule):
            return cls("monthly", day=int(found[1]))
        if found := _BY_WEEKDAY.match(rule):
            return cls("weekday", weekdays=(CODES.index(found[2]),), nth=int(found[1]))
        if found := _BY_YEAR.match(rule):
            return cls("yearly", month=int(found[1]), day=int(found[2]))
        raise ValueError(rule[:80])

    @property
    def words(self) -> str:
        if self.kind == "daily":
            return _("elke dag")
        if self.kind == "weekly":
            return _("elke week op %(days)s") % {"days": _and([str(WEEKDAYS[each]).lower() for each in self.weekdays])}
        if self.kind == "monthly":
            if self.day > 28:
                return _("elke maand op dag %(day)d, of anders de laatste dag") % {"day": self.day}
            return _("elke maand op dag %(day)d") % {"day": self.day}
        if self.kind == "weekday":
            nth = dict(nths())[self.nth]
            return _("elke maand op de %(nth)s %(day)s") % {"nth": nth, "day": str(WEEKDAYS[self.weekdays[0]]).lower()}
        return _("elk jaar op %(day)d %(month)s") % {"day": self.day, "month": str(MONTHS[self.month]).lower()}


def nths() -> list[tuple[int, str]]:
    return [(1, _("eerste")), (2, _("tweede")), (3, _("derde")), (4, _("vierde")), (-1, _("laatste"))]


def days_of_rule(rule: str, *, starts_on: date, first: date, last: date) -> list[date]:
    """The days from `first` up to and including `last`; `starts_on` is one of them, whether the rule says so or not."""
    made = rrulestr(Repeat.read(rule).rule, dtstart=datetime.combine(starts_on, time()))
    assert isinstance(made, rrule)
    days = {each.date() for each in made.between(_midnight(max(first, starts_on)), _midnight(last), inc=True)}
    return sorted(days | ({starts_on} if first <= starts_on <= last else set()))


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time())


def _at_most(day: int, sure: int) -> str:
    """That day of the month, or else the last one before it."""
    if day <= sure:
        return f"BYMONTHDAY={day}"
    return "BYMONTHDAY=" + ",".join(str(each) for each in range(28, day + 1)) + ";BYSETPOS=-1"


def _and(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(several)s en %(last)s") % {"several": ", ".join(words[:-1]), "last": words[-1]}
