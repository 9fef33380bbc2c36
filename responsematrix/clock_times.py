"""Opening hours as people type and read them: "8:30–12:30 en 13:30–17:00". Reads back what it wrote."""

import re
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from responsematrix.explain import words_for_windows
from responsematrix.hours import HoursRefused
from responsematrix.worktime import Window

_WINDOW = re.compile(r"(\d{1,2})[:.](\d{2})\s*(?:-|–|—|tot|to)\s*(\d{1,2})[:.](\d{2})")
_BETWEEN = re.compile(r"[\s,;]+(?:en|and|&)?[\s,;]*|")
CLOSED = frozenset({"", "-", "–", "dicht", "gesloten", "closed"})
LONGEST = 200  # characters


def read_windows(text: str) -> list[Window]:
    """Minutes since midnight; nothing (or "gesloten") is closed. Raises HoursRefused. Overlaps are for `hours` to refuse."""
    wanted = text.strip().casefold()
    if wanted in CLOSED:
        return []
    windows, rest = [], 0
    for found in _WINDOW.finditer(wanted[:LONGEST]):
        if not _BETWEEN.fullmatch(wanted[rest : found.start()]):
            break
        hours, minutes, until, until_minutes = map(int, found.groups())
        if minutes > 59 or until_minutes > 59 or hours * 60 + minutes >= until * 60 + until_minutes:
            raise HoursRefused(_("Een tijd loopt van vroeg tot later, bijvoorbeeld 8:30–17:00."))
        windows.append((hours * 60 + minutes, until * 60 + until_minutes))
        rest = found.end()
    if not windows or wanted[rest:].strip():
        raise HoursRefused(_("Schrijf tijden als 8:30–12:30 en 13:30–17:00. Leeg is gesloten."))
    return windows


def write_windows(windows: Iterable[Sequence[int]]) -> str:
    """Empty for closed: what the field shows."""
    shown = [list(window) for window in windows]
    return words_for_windows(shown) if shown else ""
