"""Who may come in, and how often: tokens, and the windows of 15 minutes that X counts per endpoint."""

import functools
import time
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from sandbox.accounts import CREDENTIALS, TWITTER
from sandbox.ids import letters, now_ms
from sandbox.state import State
from sandbox.world import World
from sandbox.x import problems
from sandbox.x.problems import Problem

WINDOW = 900  # seconds
Handler = Callable[[Request, World], Awaitable[Response]]


def world_of(request: Request) -> World:
    world: World = request.app.state.world
    return world


def caller(request: Request, state: State) -> str:
    """ "user" or "app". Raises Problem 401."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise problems.unauthorized()
    token = token.strip()
    if token == CREDENTIALS[TWITTER]["bearer_token"]:
        return "app"
    known = state.row("SELECT * FROM tokens WHERE token = ? AND platform = ? AND kind = 'access'", token, TWITTER)
    if known is None or known["revoked"] or (known["expires"] and known["expires"] < now_ms()):
        raise problems.unauthorized()
    return "user"


def count(state: State, name: str, limit: int) -> dict[str, str]:
    """One call more in this window. Returns the rate headers; raises Problem 429 when there are none left."""
    now = int(time.time())
    limit *= int(state.setting("rate factor", 1))
    with state.writing():
        found = state.row("SELECT begun, used FROM rates WHERE key = ?", name)
        begun, used = (found["begun"], found["used"]) if found is not None else (now, 0)
        if now - begun >= WINDOW:
            begun, used = now, 0
        used += 1
        state.run("INSERT OR REPLACE INTO rates (key, begun, used) VALUES (?, ?, ?)", name, begun, used)
    headers = {
        "x-rate-limit-limit": str(limit),
        "x-rate-limit-remaining": str(max(limit - used, 0)),
        "x-rate-limit-reset": str(begun + WINDOW),
    }
    if used > limit:
        raise problems.too_many(headers)
    return headers


def endpoint(name: str, *, user: int | None, app: int | None) -> Callable[[Handler], Callable[[Request], Awaitable[Response]]]:  # fmt: skip
    """A route with its limits per 15 minutes (X docs, rate limits); None: that kind of token is refused."""

    def wrap(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        @functools.wraps(handler)
        async def handle(request: Request) -> Response:
            begun = time.perf_counter()
            world = world_of(request)
            rates: dict[str, str] = {}
            try:
                who = caller(request, world.state)
                limit = user if who == "user" else app
                if limit is None:
                    raise problems.app_only() if who == "app" else problems.user_only()
                rates = count(world.state, f"x {name} {who}", limit)
                answer = await handler(request, world)
            except Problem as problem:
                answer = problem.answer()
            answer.headers.update(rates)
            answer.headers["api-version"] = "2.167"
            answer.headers["x-access-level"] = "read-write-directmessages"
            answer.headers["cache-control"] = "no-cache, no-store, max-age=0"
            answer.headers["x-transaction-id"] = letters(16, time.time_ns())
            answer.headers["x-response-time"] = str(round(1000 * (time.perf_counter() - begun)))
            return answer

        return handle

    return wrap
