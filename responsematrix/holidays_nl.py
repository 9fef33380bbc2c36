"""Dutch public holidays, to pre-fill the editable table of dated exceptions. Pure; what a municipality closes for is its own
choice, so two days are asked: Good Friday (never an official day off) and Liberation Day (a day off once in five years).
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from holidays import country_holidays

from responsematrix.worktime import FIRST_YEAR, LAST_YEAR, Exceptional

GOOD_FRIDAY = "Goede vrijdag"
LIBERATION_DAY = "Bevrijdingsdag"
MAXIMUM_YEARS = 20


class LiberationDay(StrEnum):
    NEVER = "never"
    LUSTRUM = "lustrum"  # 2025, 2030, …
    ALWAYS = "always"


def public_holidays(
    years: Iterable[int], *, good_friday: bool = False, liberation_day: LiberationDay = LiberationDay.LUSTRUM
) -> dict[date, Exceptional]:
    """Closed dates with their Dutch names, in order. King's Day is already moved off Sunday.

    Raises ValueError for more than 20 years at once or a year outside 1990–2200.
    """
    wanted = sorted(set(years))
    if len(wanted) > MAXIMUM_YEARS or any(not FIRST_YEAR <= year <= LAST_YEAR for year in wanted):
        raise ValueError(f"years {wanted[:3]}…")
    if not wanted:
        return {}
    found = country_holidays("NL", years=wanted, expand=False, language="nl", categories=("public", "optional"))
    closed: dict[date, Exceptional] = {}
    for day in sorted(found):
        # Two on one date (5 May 2016 was Ascension Day too) are one text in that package.
        names = [name for name in found[day].split("; ") if _is_closed(name, day, good_friday, liberation_day)]
        if names:
            closed[day] = Exceptional(name=", ".join(names))
    return closed


def _is_closed(name: str, day: date, good_friday: bool, liberation_day: LiberationDay) -> bool:
    if name == GOOD_FRIDAY:
        return good_friday
    if name == LIBERATION_DAY:
        is_lustrum = day.year % 5 == 0
        return liberation_day is LiberationDay.ALWAYS or (liberation_day is LiberationDay.LUSTRUM and is_lustrum)
    return True
