"""What was read or rendered a moment ago, kept in the process: nothing longer than a minute, because pages say "5 min"."""

import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")


def _for_ever(_value: object) -> float:
    return float("inf")


class Kept(Generic[Value]):
    """Values by a key that names everything they depend on. It begins empty with every minute of the clock, and when it grows
    beyond `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: dict[Hashable, tuple[Value, float]] = {}
        self._minute = 0

    def get(self, key: Hashable, make: Callable[[], Value], *, until: Callable[[Value], float] = _for_ever) -> Value:
        """What is kept under `key`, or else what `make` gives. `until`: when it is over, in seconds since 1970."""
        now = time.time()
        if int(now // 60) != self._minute or len(self._values) > self._most:
            self._values.clear()
            self._minute = int(now // 60)
        found = self._values.get(key)
        if found is None or found[1] <= now:
            value = make()
            found = self._values[key] = (value, until(value))
        return found[0]

    def clear(self) -> None:
        self._values.clear()

    def __len__(self) -> int:
        return len(self._values)
