"""What an app manages at X: webhooks, activity subscriptions, usage."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.accounts import TWITTER
from sandbox.answers import json_answer
from sandbox.ids import digits, now_ms
from sandbox.state import Row
from sandbox.webhooks.handshake import shake_hands
from sandbox.world import World
from sandbox.x import problems
from sandbox.x.door import endpoint
from sandbox.x.objects import iso
from sandbox.x.requests import json_body


def _webhook(row: Row) -> dict[str, Any]:
    data = json.loads(row["data"])
    return {"id": row["id"], "url": data["url"], "valid": data["valid"], "created_at": iso(row["at"])}


def _subscription(row: Row) -> dict[str, Any]:
    stamp = iso(row["at"])
    return {"subscription_id": row["id"], **json.loads(row["data"]), "created_at": stamp, "updated_at": stamp}


def _rows(world: World, kind: str) -> list[Row]:
    return world.state.rows("SELECT * FROM subscriptions WHERE platform = ? AND kind = ? ORDER BY at", TWITTER, kind)


@endpoint("webhooks", user=None, app=450)
async def webhooks(request: Request, world: World) -> Response:
    if request.method == "GET":
        found = [_webhook(row) for row in _rows(world, "webhook")]
        return json_answer({"data": found, "meta": {"result_count": len(found)}})
    url = str((await json_body(request)).get("url", ""))
    if not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise problems.invalid("url", url, "The webhook url must be https")
    if not await shake_hands(TWITTER, url):
        raise problems.invalid("url", url, "CrcValidationFailed: the webhook did not answer the challenge")
    own_id, at = digits(19, "webhook", url), now_ms()
    world.state.run(
        "INSERT OR REPLACE INTO subscriptions (id, platform, kind, data, at) VALUES (?, ?, 'webhook', ?, ?)",
        own_id, TWITTER, json.dumps({"url": url, "valid": True}), at,
    )  # fmt: skip
    return json_answer({"data": {"id": own_id, "url": url, "valid": True, "created_at": iso(at)}})


@endpoint("webhooks", user=None, app=450)
async def webhook(request: Request, world: World) -> Response:
    own_id = request.path_params["id"]
    row = world.state.row("SELECT * FROM subscriptions WHERE id = ? AND kind = 'webhook'", own_id)
    if row is None:
        return json_answer({"errors": [problems.missing("webhook", own_id)]}, 404)
    if request.method == "DELETE":
        world.state.run("DELETE FROM subscriptions WHERE id = ?", own_id)
        return json_answer({"data": {"deleted": True}})
    data = json.loads(row["data"])
    data["valid"] = await shake_hands(TWITTER, data["url"])
    world.state.run("UPDATE subscriptions SET data = ? WHERE id = ?", json.dumps(data), own_id)
    return json_answer({"data": {"valid": data["valid"]}})


@endpoint("subscriptions", user=500, app=500)
async def subscriptions(request: Request, world: World) -> Response:
    if request.method == "POST":
        body = await json_body(request)
        kind, narrow = body.get("event_type"), body.get("filter")
        if not isinstance(kind, str) or not isinstance(narrow, dict):
            raise problems.invalid("event_type", str(kind), "$.event_type and $.filter are required")
        data = {"event_type": kind, "filter": narrow} | {
            key: body[key] for key in ("tag", "webhook_id") if isinstance(body.get(key), str)
        }
        own_id, at = digits(19, "subscription", kind, json.dumps(narrow)), now_ms()
        world.state.run(
            "INSERT OR REPLACE INTO subscriptions (id, platform, kind, data, at) VALUES (?, ?, 'activity', ?, ?)",
            own_id, TWITTER, json.dumps(data), at,
        )  # fmt: skip
        row = world.state.row("SELECT * FROM subscriptions WHERE id = ?", own_id)
        assert row is not None
        total = len(_rows(world, "activity"))
        return json_answer({"data": _subscription(row), "meta": {"total_subscriptions": total}})
    found = [_subscription(row) for row in _rows(world, "activity")]
    return json_answer({"data": found, "meta": {"total_subscriptions": len(found)}})


@endpoint("subscriptions", user=500, app=500)
async def unsubscribe(request: Request, world: World) -> Response:
    world.state.run("DELETE FROM subscriptions WHERE id = ? AND kind = 'activity'", request.path_params["id"])
    left = len(_rows(world, "activity"))
    return json_answer({"data": {"deleted": True}, "meta": {"total_subscriptions": left}})


@endpoint("usage", user=None, app=50)
async def usage(request: Request, world: World) -> Response:
    used = world.state.value("SELECT count(*) FROM calls WHERE platform = ? AND method = 'GET'", TWITTER)
    data = {
        "project_id": "1467025389123457999",
        "project_usage": str(used),
        "project_cap": "2000000",
        "cap_reset_day": 1,
    }
    return json_answer({"data": data})
