"""Opening hours as they are stored: JSON with minutes since midnight, read back into a `Schedule`. Pure.

`weekly` is a list of seven lists of [opens, closes]; `exceptions` a list of {"on": "2026-04-06", "name": …, "windows": […]},
in the order of the dates.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from responsematrix.worktime import AMSTERDAM, BadSchedule, Exceptional, Schedule

MAXIMUM_EXCEPTIONS = 1_000
MAXIMUM_NAME = 80


def read_schedule(weekly: Any, exceptions: Any, time_zone: str = AMSTERDAM) -> Schedule:
    """Raises BadSchedule for anything that is not as described above, dates that occur twice included."""
    try:
        days = tuple(tuple((int(opens), int(closes)) for opens, closes in day) for day in weekly)
        found: dict[date, Exceptional] = {}
        if len(exceptions) > MAXIMUM_EXCEPTIONS:
            raise BadSchedule(f"more than {MAXIMUM_EXCEPTIONS} exceptions")
        for entry in exceptions:
            on = date.fromisoformat(entry["on"])
            if on in found:
                raise BadSchedule(f"{on} stands there twice")
            windows = tuple((int(opens), int(closes)) for opens, closes in entry["windows"])
            found[on] = Exceptional(windows, str(entry["name"])[:MAXIMUM_NAME])
    except (TypeError, KeyError, AttributeError) as error:
        raise BadSchedule(f"not readable: {error}") from error
    except ValueError as error:
        raise error if isinstance(error, BadSchedule) else BadSchedule(str(error)) from error
    return Schedule(days, found, time_zone)


def write_weekly(schedule: Schedule) -> list[list[list[int]]]:
    return [[list(window) for window in day] for day in schedule.weekly]


def write_exceptions(exceptions: Mapping[date, Exceptional]) -> list[dict[str, Any]]:
    return [
        {
            "on": on.isoformat(),
            "name": exceptions[on].name,
            "windows": [list(window) for window in exceptions[on].windows],
        }
        for on in sorted(exceptions)
    ]
