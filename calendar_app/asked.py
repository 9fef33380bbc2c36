"""Which part of the calendar a page shows: all of it stands in the address."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.utils import timezone

from calendar_app.models import TargetState

VIEWS = ("month", "week", "day", "list")
NARROWS = ("channel", "state", "campaign", "owner")
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """`on` is a day within what is shown. `is_now` when the address names no day: then it goes along with the clock."""

    view: str
    on: date
    is_now: bool = True
    channel: int | None = None
    state: str = ""
    campaign: int | None = None
    owner: int | None = None
    has_ideas: bool = False
    after: str = ""  # where a page of the list goes on, see shown.py
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], *, today: date | None = None) -> Self:
        """What makes no sense is left out, so that an old link still opens."""
        on = _day(query.get("on", ""))
        state = query.get("state", "")
        return cls(
            view=query["view"] if query.get("view") in VIEWS else "month",
            on=on or today or timezone.localdate(),
            is_now=on is None,
            channel=_key(query.get("channel", "")),
            state=state if state in TargetState.values else "",
            campaign=_key(query.get("campaign", "")),
            owner=_key(query.get("owner", "")),
            has_ideas=query.get("ideas") == "1",
            after=query.get("after", "")[:60],
            before=query.get("before", "")[:60],
        )

    @property
    def query(self) -> str:
        """The query string that gives this again, without what is default anyway."""
        pairs: dict[str, str | int] = {}
        if self.view != "month":
            pairs["view"] = self.view
        if not self.is_now:
            pairs["on"] = self.on.isoformat()
        pairs |= self.narrowed
        if self.has_ideas:
            pairs["ideas"] = 1
        pairs |= {name: value for name, value in (("after", self.after), ("before", self.before)) if value}
        return urlencode(pairs)

    def but(self, **changes: Any) -> str:
        """The query string of this with something else in it, from the first page on."""
        changes = {"after": "", "before": ""} | changes
        if "on" in changes:
            changes["is_now"] = changes["on"] is None
            changes["on"] = changes["on"] or self.on
        return "?" + replace(self, **changes).query

    @property
    def narrowed(self) -> dict[str, str | int]:
        return {name: value for name in NARROWS if (value := getattr(self, name))}

    @property
    def first(self) -> date:
        """The first day that is shown."""
        if self.view == "month":
            start = self.on.replace(day=1)
            return start - timedelta(days=start.weekday())
        return self.on - timedelta(days=self.on.weekday()) if self.view == "week" else self.on

    @property
    def until(self) -> date:
        """The first day that is not shown any more; the list goes on."""
        if self.view == "month":
            end = month_after(self.on, 1)
            return end + timedelta(days=-end.weekday() % 7)
        return self.first + (WEEK if self.view == "week" else timedelta(days=1))

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.until - self.first).days)]

    def beside(self, step: int) -> str:
        """The query string of the period before (-1) or after (1)."""
        if self.view == "month":
            on = month_after(self.on, step)
        else:
            on = self.on + (WEEK if self.view in ("week", "list") else timedelta(days=1)) * step
        return self.but(on=on if _EARLIEST <= on.year <= _LATEST else self.on)


_EARLIEST, _LATEST = 2000, 2100


def month_after(on: date, months: int) -> date:
    """The first day of the month so many months later."""
    index = on.year * 12 + on.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def _day(text: str) -> date | None:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return None
    return on if _EARLIEST <= on.year <= _LATEST else None


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
