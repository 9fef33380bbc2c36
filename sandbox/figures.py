"""How a post of the municipality does: figures that belong to it for ever and grow with its age, fast at first, never down."""

import math
from dataclasses import dataclass

from sandbox.ids import digest, now_ms
from sandbox.state import Row

FIRST_LOOKS = 0.05  # of all whom it will reach, within the first minute
FIRST_MINUTE, LATER = 30_000, 9 * 3_600_000  # milliseconds


@dataclass(frozen=True)
class Figures:
    reach: int  # different people who saw it
    reactions: int
    shares: int

    @property
    def views(self) -> int:
        return self.reach * 5 // 4

    @property
    def clicks(self) -> int:
        return self.reach // 30


def figures(item: Row, at: int | None = None) -> Figures:
    """At a moment (milliseconds), or now."""
    age = max((at or now_ms()) - item["created"], 0)
    grown = FIRST_LOOKS * -math.expm1(-age / FIRST_MINUTE) + (1 - FIRST_LOOKS) * -math.expm1(-age / LATER)
    fate = digest("figures", item["platform"], item["id"])
    reach = int((1_200 + int.from_bytes(fate[:2], "big") % 4_200) * grown)
    return Figures(reach, reach * (25 + fate[2] % 50) // 1_000, reach * (3 + fate[3] % 9) // 1_000)
