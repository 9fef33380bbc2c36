"""How late posts are, with the whole product as it runs: clock, two workers, simulated platforms. Many are due at one moment."""

import statistics
import time

from tests.planning import plan
from tests.stack import Stack, running_stack

NUMBER = 500
LATENESS = """SELECT extract(epoch FROM o.seen_at - p.planned_at)::float8, extract(epoch FROM d.started_at - p.planned_at)::float8
    FROM calendar_app_publishedpost o JOIN calendar_app_posttarget t ON t.id = o.target_id
    JOIN calendar_app_post p ON p.id = t.post_id JOIN calendar_app_postpart r ON r.target_id = t.id
    JOIN channels_delivery d ON d.id = r.delivery_id WHERE t.id = ANY(%s)"""


def measure(*, spread: float = 0, number: int = NUMBER) -> dict[str, float]:
    """Seconds between a post's moment and the moment that we knew it stands on the platform. `spread`: over so many seconds
    instead of all at one moment."""
    with running_stack(SWEEP_SECONDS="5", POLL_SECONDS="60", DELIVERY_LEASE_SECONDS="60") as stack:
        return lateness(stack, spread=spread, number=number)


def lateness(stack: Stack, *, spread: float, number: int) -> dict[str, float]:
    time.sleep(8)  # what a start does besides
    mark = f"maat{int(time.time())}"
    made = plan(stack, number, seconds=6, mark=mark, spread=spread)
    until = time.monotonic() + 120 + spread
    while time.monotonic() < until:
        rows = stack.rows(LATENESS, made["targets"])
        if len(rows) == number:
            break
        time.sleep(0.5)
    there = [item["text"] for name in set(made["channels"]) for item in stack.sent_by_us(name, mark)]
    late = sorted(row[0] for row in rows)
    assert late, stack.rows("SELECT state, reason_code, reason, count(*) FROM calendar_app_posttarget GROUP BY 1, 2, 3")
    return {
        "posts": number,
        "published": len(rows),
        "on the platform": len(there),
        "on the platform twice": len(there) - len(set(there)),
        "p50 s": statistics.median(late),
        "p95 s (target <= 5)": late[int(len(late) * 0.95)],
        "most s": late[-1],
        "call begun, p95 s": sorted(row[1] for row in rows)[int(len(rows) * 0.95)],
    }
