"""Delivers webhooks: kept in SQLite, signed, retried; and, when a fault says so, twice or in the wrong order.

An address is proved first (see handshake.py) and again every hour; until then deliveries wait. Retries: at once, then ever
later, until the platform's patience ends (36 hours at Meta, 8 at LinkedIn).
"""

import asyncio
import contextlib
import json
import logging
import time
from typing import Any

import httpx

from sandbox.accounts import FACEBOOK, LINKEDIN, PLATFORMS, TWITTER
from sandbox.faults import WEBHOOK, strike
from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.webhooks import bodies
from sandbox.webhooks.handshake import shake_hands, sign
from sandbox.world import Happening, World

logger = logging.getLogger(__name__)
DELAYS = (1, 3, 10, 30, 120, 300, 900, 3_600)  # seconds after each failure; then the last one
PATIENCE = {TWITTER: 24 * 3_600, FACEBOOK: 36 * 3_600, LINKEDIN: 8 * 3_600}
BATCH = 10
PROVE_AGAIN_AFTER = 3_600
PROVE_RETRY = 3
HELD_BACK = 2_500  # milliseconds that an overtaken webhook waits


class Sender:
    def __init__(self, world: World) -> None:
        self.world = world
        self.proved: dict[str, float] = {}
        self._tried: dict[str, float] = {}
        self._wake = asyncio.Event()
        self._stopping = False
        world.listeners.append(self.enqueue)

    def url(self, platform: str) -> str:
        """Where this platform's webhooks go: an address registered through its API, else Balie's own."""
        rows = self.world.state.rows(
            "SELECT data FROM subscriptions WHERE platform = ? AND kind IN ('webhook', 'event') ORDER BY at DESC",
            platform,
        )
        for row in rows:
            data = json.loads(row["data"])
            if data.get("url") or data.get("webhook"):
                return str(data.get("url") or data["webhook"])
        return f"{self.world.settings.balie}/webhooks/{platform}" if self.world.settings.balie else ""

    def enqueue(self, happening: Happening) -> None:
        """Part of the transaction in which it happened."""
        if not self.url(happening.platform):
            return
        state, at = self.world.state, now_ms()
        for body in bodies.make(self.world, happening):
            kind = f"{happening.item['kind']} {happening.kind}"
            data = (
                json.dumps(body).encode() if happening.platform == LINKEDIN else bodies.encode(happening.platform, body)
            )
            fault = strike(state, happening.platform, "POST", f"/webhooks/{kind}", WEBHOOK)
            name = fault["fault"] if fault is not None else ""
            first = at + HELD_BACK if name == "out_of_order_webhook" else at
            for _copy in range(2 if name == "duplicate_webhook" else 1):
                state.insert(
                    "deliveries", platform=happening.platform, kind=kind, body=data, at=at, next_at=first, note=name
                )
        self._wake.set()

    # -- running -------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        async with httpx.AsyncClient(timeout=10, trust_env=False) as client:
            lanes = [asyncio.create_task(self._lane(client, platform)) for platform in PLATFORMS]
            try:
                await asyncio.gather(*lanes)
            finally:
                for lane in lanes:
                    lane.cancel()

    async def _lane(self, client: httpx.AsyncClient, platform: str) -> None:
        """One platform after another would let a slow one hold up the rest."""
        while True:
            try:
                if (
                    not self.url(platform)
                    or not await self._is_proved(platform)
                    or not await self._send_due(client, platform)
                ):
                    await self._pause(platform)
            except Exception:
                logger.exception("webhooks of %s", platform)
                await asyncio.sleep(1)

    async def _pause(self, platform: str) -> None:
        """Until something happens or the next retry is due, at most a second."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), 1.0)
            await asyncio.sleep(0.02)
        self._wake.clear()

    async def _is_proved(self, platform: str) -> bool:
        now = time.monotonic()
        if now - self.proved.get(platform, -PROVE_AGAIN_AFTER) < PROVE_AGAIN_AFTER:
            return True
        if now - self._tried.get(platform, -PROVE_RETRY) < PROVE_RETRY:
            return False
        self._tried[platform] = now
        if await shake_hands(platform, self.url(platform)):
            self.proved[platform] = time.monotonic()
            self.world.state.run(
                "UPDATE deliveries SET done = 1, note = 'too late' WHERE done = 0 AND platform = ? AND at < ?",
                platform, now_ms() - PATIENCE[platform] * 1000,
            )  # fmt: skip
            return True
        self.proved.pop(platform, None)
        return False

    async def _send_due(self, client: httpx.AsyncClient, platform: str) -> bool:
        """The deliveries that are due; False when there are none."""
        state = self.world.state
        due = state.rows(
            "SELECT * FROM deliveries WHERE done = 0 AND platform = ? AND next_at <= ? ORDER BY next_at, seq LIMIT ?",
            platform, now_ms(), BATCH,
        )  # fmt: skip
        if not due:
            return False
        if platform == LINKEDIN:
            await self._post(
                client, platform, due, bodies.encode(platform, bodies.batch([json.loads(row["body"]) for row in due]))
            )
        else:
            for row in due:
                await self._post(client, platform, [row], row["body"])
        return True

    async def _post(self, client: httpx.AsyncClient, platform: str, rows: list[Row], body: bytes) -> None:
        headers = {"Content-Type": "application/json", "User-Agent": AGENTS[platform], **sign(platform, body)}
        try:
            answer = await client.post(self.url(platform), content=body, headers=headers)
            status, note = answer.status_code, ""
        except httpx.HTTPError as error:
            status, note = 0, type(error).__name__
        for row in rows:
            self._settle(platform, row, status, note)

    def _settle(self, platform: str, row: Row, status: int, note: str) -> None:
        attempts, now = row["attempts"] + 1, now_ms()
        is_done = 200 <= status < 300 if platform == LINKEDIN else status == 200
        is_over = is_done or now - row["at"] > PATIENCE[platform] * 1000
        wait = DELAYS[min(attempts - 1, len(DELAYS) - 1)]
        self.world.state.run(
            "UPDATE deliveries SET attempts = ?, status = ?, done = ?, next_at = ?, note = ? WHERE seq = ?",
            attempts, status, int(is_over), now + wait * 1000, row["note"] or note, row["seq"],
        )  # fmt: skip
        if not is_done and status in {401, 403, 404}:
            self.proved.pop(platform, None)

    def recent(self, limit: int = 20) -> list[dict[str, Any]]:
        """The newest deliveries, for the page and the control API."""
        rows = self.world.state.rows(
            "SELECT seq, platform, kind, at, attempts, status, done, note, length(body) AS size FROM deliveries ORDER BY seq DESC LIMIT ?",
            limit,
        )
        return [dict(row) for row in rows]


AGENTS = {TWITTER: "Twitterbot/1.0", FACEBOOK: "facebookexternalua", LINKEDIN: "LinkedInBot/1.0"}
