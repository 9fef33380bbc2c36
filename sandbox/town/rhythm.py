"""When people write: hardly at night, much in the evening, more lately than long ago."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

HERE = ZoneInfo("Europe/Amsterdam")
BY_HOUR = (1, 1, 0, 0, 0, 1, 3, 7, 10, 10, 9, 8, 9, 8, 8, 8, 9, 11, 12, 14, 15, 13, 8, 3)
WEEK_DAY = (1.1, 1.0, 1.0, 1.0, 0.95, 0.75, 0.7)
RECENT_DAYS, RECENT_WEIGHT = 7, 3.0
HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def moment(rng: random.Random, now: int, days: float, *, newest: int = 2 * 60_000) -> int:
    """Milliseconds of a believable moment in the last `days`, at least `newest` before now."""
    whole = max(1, int(days))
    weights = []
    for back in range(whole):
        weekday = datetime.fromtimestamp(now / 1000 - back * 86_400, UTC).astimezone(HERE).weekday()
        weights.append(WEEK_DAY[weekday] * (RECENT_WEIGHT if back < RECENT_DAYS else 1.0))
    for _attempt in range(50):
        back = rng.choices(range(whole), weights)[0]
        day = datetime.fromtimestamp(now / 1000, UTC).astimezone(HERE) - timedelta(days=back)
        hour = rng.choices(range(24), BY_HOUR)[0]
        found = day.replace(hour=hour, minute=rng.randrange(60), second=rng.randrange(60), microsecond=0)
        at = int(found.timestamp() * 1000) + rng.randrange(1000)
        if at < now - newest:
            return at
    return now - newest - rng.randrange(DAY_MS)


def in_office_hours(rng: random.Random, at: int) -> int:
    """When the municipality gets to it: some time later, on a working day between 8.30 and 17.30."""
    found = datetime.fromtimestamp(at / 1000, UTC).astimezone(HERE) + timedelta(minutes=rng.randint(12, 300))
    while found.weekday() >= 5 or not 8 <= found.hour < 17:
        step = found + timedelta(days=1) if found.hour >= 17 or found.weekday() >= 5 else found
        found = step.replace(hour=8, minute=30 + rng.randrange(30), second=rng.randrange(60))
    return int(found.timestamp() * 1000)


def quietness(hour: int) -> float:
    """How much longer than usual it takes until the next spontaneous message at this hour (1 by day)."""
    return 1.0 if BY_HOUR[hour] >= 5 else 2.0
