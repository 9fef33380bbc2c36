"""Direct messages of X: three ways to read (30 days, 15 calls per 15 minutes), two to send."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.accounts import TWITTER, X_USER
from sandbox.answers import json_answer
from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.world import World, x_thread
from sandbox.x import problems
from sandbox.x.door import endpoint
from sandbox.x.objects import dm_event, media, user
from sandbox.x.reading import most, number_of, token_of
from sandbox.x.requests import json_body
from sandbox.x.words import asked

REACH = 30 * 86_400_000  # milliseconds
MAXIMUM = 10_000
NO_DMS = "You cannot send messages to this user."


def _page(request: Request, world: World, where: str, *values: Any) -> Response:
    size, below = most(request, 1, 100, 100), number_of(request) or 1 << 62
    items = world.state.rows(
        f"SELECT * FROM items WHERE platform = 'twitter' AND kind = 'dm' AND deleted = 0 AND created > ? AND {where} "  # noqa: S608
        "AND CAST(id AS INTEGER) < ? ORDER BY CAST(id AS INTEGER) DESC LIMIT ?",
        now_ms() - REACH, *values, below, size,
    )  # fmt: skip
    want = asked(request)
    fields = set(want.dm) | ({"sender_id"} & want.expansions)
    if "attachments.media_keys" in want.expansions:
        fields.add("attachments")
    body: dict[str, Any] = {}
    if items:
        body["data"] = [dm_event(world, item, fields) for item in items]
        includes = _included(world, items, want.expansions, want.user, want.media)
        if includes:
            body["includes"] = includes
    body["meta"] = {"result_count": len(items)}
    if items:
        # As recorded: there is a next token even when nothing comes after; the next page is then empty.
        body["meta"]["next_token"] = token_of(int(items[-1]["id"]))
        if number_of(request) is not None:
            body["meta"]["previous_token"] = token_of(int(items[0]["id"]))
    return json_answer(body)


def _included(
    world: World, items: list[Row], wanted: frozenset[str], user_fields: frozenset[str], media_fields: frozenset[str]
) -> dict[str, Any]:
    includes: dict[str, Any] = {}
    if wanted & {"sender_id", "participant_ids"}:
        numbers = {item["resident"]: None for item in items}
        includes["users"] = [user(world, world.state.resident(n) if n else None, user_fields) for n in numbers]
    if "attachments.media_keys" in wanted and (pictures := [item for item in items if item["attachment"]]):
        includes["media"] = [one for item in pictures for one in media(world, item, media_fields)]
    return includes


@endpoint("dm read", user=15, app=None)
async def all_events(request: Request, world: World) -> Response:
    return _page(request, world, "1 = 1")


@endpoint("dm read", user=15, app=None)
async def events_of(request: Request, world: World) -> Response:
    return _page(request, world, "thread = ?", request.path_params["id"])


@endpoint("dm read", user=15, app=None)
async def events_with(request: Request, world: World) -> Response:
    resident = world.state.row("SELECT * FROM residents WHERE x_id = ?", request.path_params["participant"])
    return _page(request, world, "thread = ?", x_thread(resident) if resident is not None else "-")


@endpoint("dm event", user=300, app=None)
async def one_event(request: Request, world: World) -> Response:
    item = world.state.item(TWITTER, request.path_params["id"])
    if item is None or item["kind"] != "dm" or item["deleted"]:
        return json_answer({"errors": [problems.missing("dm_event", request.path_params["id"])]})
    return json_answer({"data": dm_event(world, item, asked(request).dm)})


@endpoint("dm send", user=15, app=None)
async def send_with(request: Request, world: World) -> Response:
    return await _send(request, world, request.path_params["participant"])


@endpoint("dm send", user=15, app=None)
async def send_in(request: Request, world: World) -> Response:
    people = [one for one in request.path_params["id"].split("-") if one != X_USER]
    return await _send(request, world, people[0] if people else "")


async def _send(request: Request, world: World, x_id: str) -> Response:
    body = await json_body(request)
    text = body.get("text", "")
    if not isinstance(text, str) or not text.strip():
        raise problems.invalid("text", str(text)[:40], "$.text: must not be empty")
    if len(text) > MAXIMUM:
        raise problems.invalid("text", text[:40], f"$.text: the length must be at most {MAXIMUM}")
    resident = world.state.row("SELECT * FROM residents WHERE x_id = ?", x_id)
    if resident is None or resident["gone"]:
        raise problems.invalid("participant_id", x_id, f"The participant [{x_id}] can not be found")
    if resident["no_dms"] and not world.last_from(TWITTER, resident):
        raise problems.forbidden(NO_DMS)
    item = world.add(TWITTER, "dm", text, to=resident, origin="api")
    data = {"dm_conversation_id": x_thread(resident), "dm_event_id": item["id"]}
    return json_answer({"data": data}, 201, {"location": f"https://api.x.com/2/dm_events/{item['id']}"})
