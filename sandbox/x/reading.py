"""GET: users, timelines, search and lookups of X API v2."""

import base64
import re
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.accounts import HANDLE, TWITTER, X_USER
from sandbox.answers import json_answer
from sandbox.ids import now_ms, snowflake, snowflake_ms
from sandbox.state import Row
from sandbox.world import World
from sandbox.x import problems
from sandbox.x.door import endpoint
from sandbox.x.objects import is_visible, iso, post_list, user
from sandbox.x.search import QueryError, compile_query, conversation_in
from sandbox.x.words import asked

LARGEST = (1 << 63) - 1  # 19 digits may say more than SQLite can hold
SEARCH_REACH = 7 * 86_400_000  # milliseconds
VISIBLE = "deleted = 0 AND (resident = 0 OR resident IN (SELECT id FROM residents WHERE gone = 0))"


def token_of(number: int) -> str:
    return "7140" + base64.b32hexencode(str(number).encode()).decode().rstrip("=").lower()


def number_of(request: Request) -> int | None:
    """Where a page starts, from pagination_token or next_token. Raises Problem 400."""
    name = "pagination_token" if "pagination_token" in request.query_params else "next_token"
    token = request.query_params.get(name, "")
    if not token:
        return None
    packed = token.removeprefix("7140").upper()
    try:
        return int(base64.b32hexdecode(packed + "=" * (-len(packed) % 8)).decode())
    except ValueError:
        raise problems.invalid(name, token, f"The `{name}` query parameter value [{token}] is not valid") from None


def most(request: Request, least: int, highest: int, default: int) -> int:
    value = request.query_params.get("max_results", str(default))
    number = int(value) if value.isdecimal() else -1
    if not least <= number <= highest:
        message = f"The `max_results` query parameter value [{value}] is not between {least} and {highest}"
        raise problems.invalid("max_results", value, message)
    return number


def _id_of(request: Request, name: str) -> int | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    if not re.fullmatch(r"\d{1,19}", value):
        raise problems.invalid(
            name, value, f"The `{name}` query parameter value [{value}] does not match ^[0-9]{{1,19}}$"
        )
    return min(int(value), LARGEST)


def _time_of(request: Request, name: str) -> int | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise problems.invalid(
            name, value, f"The `{name}` query parameter value [{value}] is not a valid time"
        ) from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1000)


def _range(request: Request) -> tuple[int, int]:
    """(above, below): exclusive bounds of ids from since_id, until_id, start_time, end_time and the page token."""
    above, below = _id_of(request, "since_id") or 0, _id_of(request, "until_id") or LARGEST
    start, end, page = _time_of(request, "start_time"), _time_of(request, "end_time"), number_of(request)
    if start is not None:
        above = max(above, min(snowflake(start, 0), LARGEST) - 1)
    if end is not None:
        below = min(below, snowflake(end, 0))
    if page is not None:
        below = min(below, page)
    return above, below


def page_of(world: World, request: Request, items: list[Row], size: int) -> Response:
    """`items` newest first, one more than fits when there is a next page."""
    shown = items[:size]
    body = post_list(world, shown, asked(request))
    meta: dict[str, Any] = {"result_count": len(shown)}
    if shown:
        meta |= {"newest_id": shown[0]["id"], "oldest_id": shown[-1]["id"]}
    if len(items) > size:
        meta["next_token"] = token_of(int(shown[-1]["id"]))
    body["meta"] = meta
    return json_answer(body)


def _listed(world: World, where: str, values: tuple[Any, ...], bounds: tuple[int, int], limit: int) -> list[Row]:
    return world.state.rows(
        f"SELECT * FROM items WHERE platform = 'twitter' AND kind <> 'dm' AND {where} AND {VISIBLE} "  # noqa: S608
        "AND CAST(id AS INTEGER) > ? AND CAST(id AS INTEGER) < ? ORDER BY CAST(id AS INTEGER) DESC LIMIT ?",
        *values, *bounds, limit,
    )  # fmt: skip


@endpoint("users", user=900, app=300)
async def user_by_id(request: Request, world: World) -> Response:
    return _one_user(request, world, request.path_params["id"], "id")


@endpoint("users", user=900, app=300)
async def user_by_name(request: Request, world: World) -> Response:
    return _one_user(request, world, request.path_params["username"], "username")


def _one_user(request: Request, world: World, value: str, parameter: str) -> Response:
    fields = asked(request).user
    if value.lower() in {X_USER, HANDLE}:
        return json_answer({"data": user(world, None, fields)})
    column = "x_id" if parameter == "id" else "handle"
    found = world.state.row(f"SELECT * FROM residents WHERE {column} = ? AND gone = 0", value)  # noqa: S608
    if found is None:
        return json_answer({"errors": [problems.missing("user", value, parameter)]})
    return json_answer({"data": user(world, found, fields)})


@endpoint("me", user=75, app=None)
async def me(request: Request, world: World) -> Response:
    return json_answer({"data": user(world, None, asked(request).user)})


@endpoint("mentions", user=300, app=450)
async def mentions(request: Request, world: World) -> Response:
    if request.path_params["id"] != X_USER:
        return json_answer({"meta": {"result_count": 0}})
    size = most(request, 5, 100, 10)
    items = _listed(world, "mentions = 1 AND resident <> 0", (), _range(request), size + 1)
    return page_of(world, request, items, size)


@endpoint("timeline", user=900, app=10_000)
async def timeline(request: Request, world: World) -> Response:
    own_id, size = request.path_params["id"], most(request, 5, 100, 10)
    author = 0
    if own_id != X_USER:
        resident = world.state.row("SELECT * FROM residents WHERE x_id = ? AND gone = 0", own_id)
        if resident is None:
            return json_answer({"errors": [problems.missing("user", own_id)], "meta": {"result_count": 0}})
        author = resident["id"]
    where = "resident = ?"
    if "replies" in request.query_params.get("exclude", ""):
        where += " AND parent = ''"
    return page_of(world, request, _listed(world, where, (author,), _range(request), size + 1), size)


@endpoint("search", user=300, app=450)
async def search_recent(request: Request, world: World) -> Response:
    query, size = request.query_params.get("query", ""), most(request, 10, 100, 10)
    if len(query) > 512:
        raise problems.invalid(
            "query", query, "Rule length exceeds maximum allowed length of 512 characters for this rule."
        )
    try:
        test = compile_query(world, query)
    except QueryError as error:
        raise problems.invalid("query", query, str(error)) from error
    oldest = snowflake(now_ms() - SEARCH_REACH, 0)
    since = _id_of(request, "since_id")
    if since is not None and since < oldest:
        message = (
            f"'since_id' must be a tweet id created after [{iso(snowflake_ms(oldest))}]. "
            f"Please use a 'since_id' that is larger than {oldest}"
        )
        raise problems.invalid("since_id", str(since), message)
    above, below = _range(request)
    conversation = conversation_in(query)
    where, values = ("root = ?", (conversation,)) if conversation else ("1 = 1", ())
    candidates = _listed(world, where, values, (max(above, oldest), below), 5_000)
    found: list[Row] = []
    for item in candidates:
        if test(item):
            found.append(item)
            if len(found) > size:
                break
    return page_of(world, request, found, size)


@endpoint("tweet", user=900, app=450)
async def one_post(request: Request, world: World) -> Response:
    own_id = request.path_params["id"]
    if not re.fullmatch(r"\d{1,19}", own_id):
        raise problems.invalid("id", own_id, f"The `id` query parameter value [{own_id}] is not valid")
    item = world.state.item(TWITTER, own_id)
    if item is None or not is_visible(world.state, item):
        return json_answer({"errors": [problems.missing("tweet", own_id)]})
    body = post_list(world, [item], asked(request))
    body["data"] = body["data"][0]
    return json_answer(body)


@endpoint("tweets", user=5_000, app=3_500)
async def many_posts(request: Request, world: World) -> Response:
    value = request.query_params.get("ids", "")
    ids = [one for one in value.split(",") if one]
    if not ids or len(ids) > 100 or not all(re.fullmatch(r"\d{1,19}", one) for one in ids):
        raise problems.invalid("ids", value, "The `ids` query parameter must hold 1 to 100 ids")
    found: list[Row] = []
    errors: list[dict[str, Any]] = []
    for own_id in ids:
        item = world.state.item(TWITTER, own_id)
        if item is not None and is_visible(world.state, item):
            if all(one["seq"] != item["seq"] for one in found):
                found.append(item)
        else:
            errors.append(problems.missing("tweet", own_id, "ids"))
    body = post_list(world, found, asked(request))
    if errors:
        body["errors"] = [*body.get("errors", []), *errors]
    return json_answer(body)
