"""Trouble on order, and the log of calls: what stands between a platform and its callers.

A fault belongs to a platform, an endpoint (part of the path, or a pattern with * and ?) and a method; it strikes `times`
times (None: until it is cleared) with `probability`. Kinds, beside the failing answers of `answers.failing`:
timeout_before   nothing is stored, nothing is answered        timeout_after   stored, nothing is answered
closed_before    the connection breaks, nothing is stored      closed_after    stored, the connection breaks
half_json        stored, the answer is cut in the middle       slow_drip       stored, a byte at a time
duplicate_webhook, out_of_order_webhook   see webhooks/sender.py
"""

import asyncio
import contextlib
import fnmatch
import random
import re
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.answers import failing
from sandbox.ids import now_ms
from sandbox.state import Row, State
from sandbox.world import World

ANSWERS = ("401", "402", "403", "429", "429_no_reset", "500", "502", "html_200", "revoked_token", "platform_ban")
SILENT = ("timeout_before", "timeout_after", "closed_before", "closed_after", "half_json", "slow_drip")
WEBHOOK = ("duplicate_webhook", "out_of_order_webhook")
KINDS = (*ANSWERS, *SILENT, *WEBHOOK)
UNTIL_CLEARED = ("revoked_token", "platform_ban")
DRIP_SECONDS = 0.5
_SECRET = re.compile(r"((?:access_token|input_token|appsecret_proof|client_secret|fb_exchange_token)=)[^&]+")


def strike(state: State, platform: str, method: str, path: str, kinds: tuple[str, ...]) -> Row | None:
    """The fault that strikes here now, if any; its count goes down."""
    for fault in state.rows("SELECT * FROM faults WHERE platform = ? ORDER BY id", platform):
        if fault["fault"] not in kinds or (fault["times"] is not None and fault["times"] <= 0):
            continue
        if fault["method"] not in {"", "*", method} or not _matches(fault["endpoint"], path):
            continue
        if fault["probability"] < 1 and random.random() >= fault["probability"]:
            continue
        left = None if fault["times"] is None else fault["times"] - 1
        state.run("UPDATE faults SET hits = hits + 1, times = ? WHERE id = ?", left, fault["id"])
        return fault
    return None


def _matches(endpoint: str, path: str) -> bool:
    if endpoint in {"", "*"}:
        return True
    if any(sign in endpoint for sign in "*?["):
        return fnmatch.fnmatchcase(path, endpoint)
    return endpoint in path


class Faulty:
    """Middleware around one platform."""

    def __init__(self, app: ASGIApp, world: World, platform: str) -> None:
        self.app = app
        self.world = world
        self.platform = platform

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = time.perf_counter()
        path = str(scope["path"]).removeprefix(str(scope.get("root_path", "")))
        fault = strike(self.world.state, self.platform, scope["method"], path, (*ANSWERS, *SILENT))
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            if fault is None:
                await self.app(scope, receive, noting)
            else:
                await self._fail(fault, scope, receive, noting)
        finally:
            self.world.state.log_call(
                platform=self.platform,
                method=scope["method"],
                path=path,
                query=_SECRET.sub(r"\1…", scope["query_string"].decode("latin-1")),
                status=status,
                took=round(1000 * (time.perf_counter() - begun), 2),
                fault=fault["fault"] if fault is not None else "",
            )

    async def _fail(self, fault: Row, scope: Scope, receive: Receive, send: Send) -> None:
        kind, seconds = fault["fault"], fault["seconds"]
        answer = failing(self.platform, kind, seconds)
        if answer is not None:
            await answer(scope, receive, send)
            return
        if kind.endswith("_before"):
            await _drain(receive)
            if kind == "timeout_before":
                await _hang(receive, seconds or self.world.settings.hang)
            await _break_off(send)
            return
        head, body = await self._answered(scope, receive)
        if kind == "timeout_after":
            await _hang(receive, seconds or self.world.settings.hang)
            await _break_off(send)
        elif kind == "closed_after":
            await _break_off(send)
        elif kind == "half_json":
            half = body[: len(body) // 2]
            kept = [(name, value) for name, value in head["headers"] if name.lower() != b"content-length"]
            headers = [*kept, (b"content-length", str(len(half)).encode())]
            await send({**head, "headers": headers})
            await send({"type": "http.response.body", "body": half})
        else:
            await send(head)
            for place in range(len(body)):
                await send({"type": "http.response.body", "body": body[place : place + 1], "more_body": True})
                await asyncio.sleep(seconds or DRIP_SECONDS)
            await send({"type": "http.response.body", "body": b""})

    async def _answered(self, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
        """The real answer, kept back."""
        head: Message = {"type": "http.response.start", "status": 500, "headers": []}
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start":
                head = message
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        return head, b"".join(parts)


async def _drain(receive: Receive) -> None:
    while True:
        message = await receive()
        if message["type"] != "http.request" or not message.get("more_body"):
            return


async def _hang(receive: Receive, seconds: float) -> None:
    """Until the caller gives up, at most `seconds`."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass


async def _break_off(send: Send) -> None:
    """An answer that promises a body and ends: the server can only close the connection."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"512")]})
    raise ConnectionAbortedError


def add_fault(
    state: State,
    *,
    platform: str,
    fault: str,
    endpoint: str = "*",
    method: str = "*",
    times: int | None = None,
    probability: float = 1.0,
    seconds: float | None = None,
) -> int:
    """Order a fault. Without `times`: once, a revoked token or a ban until cleared. Returns its number."""
    if times is None and fault not in UNTIL_CLEARED and probability >= 1:
        times = 1
    return state.insert(
        "faults",
        platform=platform, endpoint=endpoint or "*", method=(method or "*").upper(), fault=fault, times=times,
        probability=probability, seconds=seconds, at=now_ms(),
    )  # fmt: skip
