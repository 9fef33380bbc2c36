"""Making the calls: some at a time, in threads, because a call is mostly waiting for the platform."""

import random
import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.conf import settings
from django.db import connections

from calendar_app.publishing import BATCH, current_pause, may_start, publish_due, record_outcome
from channels.delivery import deliver, due_deliveries
from channels.messages import POSTS

logger = structlog.get_logger(__name__)

LONGEST = 3.0  # seconds; then other work of this process gets its turn, and the next second goes on


class _Work:
    """What is due now, for several threads. Another process takes of the same rows: each row is claimed once, and taking them in
    any order keeps the two from trying the same ones."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.lock = threading.Lock()
        self.keys: deque[int] = deque()
        self.seen: set[int] = set()

    def take(self) -> int | None:
        with self.lock:
            if time.monotonic() >= self.until:
                return None
            if not self.keys:
                self._fill()
            return self.keys.popleft() if self.keys else None

    def _fill(self) -> None:
        found = self._due()
        if not found and publish_due(limit=BATCH):
            found = self._due()
        random.shuffle(found)
        self.keys.extend(found[:BATCH])
        self.seen.update(found[:BATCH])

    def _due(self) -> list[int]:
        # Once each: what waits again (a channel that was closed meanwhile) is for the next round.
        return [pk for pk in due_deliveries(4 * BATCH, modes=POSTS) if pk not in self.seen]


def send_due(*, threads: int = 0, seconds: float = LONGEST) -> int:
    """Begin what is due and send what is queued, until there is nothing left or the time is over. Returns how many calls were
    made."""
    if current_pause() is not None:
        return 0
    publish_due(limit=BATCH)
    work = _Work(time.monotonic() + seconds)
    first = work.take()
    if first is None:
        return 0
    work.keys.appendleft(first)
    threads = threads or settings.PUBLISH_THREADS
    with ThreadPoolExecutor(threads) as pool:
        return sum(pool.map(_send_from, [work] * threads))


def _send_from(work: _Work) -> int:
    sent = 0
    try:
        while (pk := work.take()) is not None:
            try:
                sent += deliver(pk, on_outcome=record_outcome, may_start=may_start) is not None
            except Exception:
                # The row says how far it was; the sweep finds it.
                logger.exception("publishing.not_sent", delivery=pk)
    finally:
        connections.close_all()
    return sent
