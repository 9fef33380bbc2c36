"""The control API, JSON under /control: residents speak, faults are ordered, everything is looked at. See sandbox/README.md."""

import functools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import setup, uploads
from sandbox.accounts import LINKEDIN, PLATFORMS, TWITTER, platform_named
from sandbox.faults import KINDS, add_fault
from sandbox.linkedin.comments import top
from sandbox.state import Row, State
from sandbox.town.people import LANGUAGES
from sandbox.webhooks.sender import Sender
from sandbox.world import NAMES_US, Refused, World, fb_thread, x_thread

PUBLIC_KINDS = {
    TWITTER: ("mention", "reply"),
    "facebook": ("comment", "visitor_post", "mention"),
    LINKEDIN: ("comment", "mention"),
}
Handler = Callable[[Request, World], Awaitable[Any]]


def control(handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    @functools.wraps(handler)
    async def handle(request: Request) -> Response:
        try:
            return JSONResponse(await handler(request, request.app.state.world))
        except Refused as error:
            return JSONResponse({"error": str(error)}, 400)
        except (KeyError, TypeError, ValueError) as error:
            return JSONResponse({"error": f"not understood: {error!r}"}, 400)

    return handle


async def asked(request: Request) -> dict[str, Any]:
    raw = await request.body()
    found = json.loads(raw) if raw else {}
    if not isinstance(found, dict):
        raise ValueError("the body is no JSON object")
    return found


def shown(state: State, item: Row) -> dict[str, Any]:
    """An item for tests and the page; `by` is "page" or "resident"."""
    author = state.resident(item["resident"]) if item["resident"] else None
    other = state.resident(item["contact"]) if item["contact"] else None
    pictures = uploads.of(state, item) if item["kind"] == "post" else []
    return {
        "id": item["id"],
        "seq": item["seq"],
        "platform": item["platform"],
        "kind": item["kind"],
        "by": "resident" if item["resident"] else "page",
        "author": author["name"] if author is not None else "Gemeente Eikenrode",
        "handle": author["handle"] if author is not None else "gem_eikenrode",
        "contact": other["handle"] if other is not None else "",
        "text": item["text"],
        "in_reply_to": item["parent"],
        "post": item["root"],
        "thread": item["thread"],
        "created_at": item["created"],
        "updated_at": item["updated"],
        "edits": len(json.loads(item["history"])),
        "deleted": bool(item["deleted"]),
        "hidden": bool(item["hidden"]),
        "attachment": item["attachment"],
        "origin": item["origin"],
        "metadata": item["metadata"] if item["kind"] == "dm" else "",
        "link": item["metadata"] if item["kind"] == "post" else "",
        "pictures": len(pictures),
        "alts": [picture["alt"] for picture in pictures],
    }


def found_item(world: World, platform: str, item_id: str) -> Row:
    item = world.state.item(platform, item_id)
    if item is None:
        raise Refused(f"{platform} has no item {item_id}.")
    return item


def speak(world: World, data: dict[str, Any]) -> Row:
    """A resident says something. Raises Refused, KeyError.

    {platform, kind, resident, text, in_reply_to?, post?, attachment?, untagged?, at?}: `in_reply_to` or `post` is what a reply or
    comment answers (else our newest post); `at` (ms) dates it back; `untagged` leaves out the @name that X puts in front of a reply to us.
    """
    platform, kind, text = platform_named(data["platform"]), str(data["kind"]), str(data.get("text", ""))
    if kind == "direct_message":
        kind = "dm"
    resident = world.resident_named(str(data["resident"]))
    target = str(data.get("in_reply_to") or data.get("post") or "")
    if kind in {"reply", "comment"}:
        kind = "reply" if platform == TWITTER else "comment"
    if kind != "dm" and kind not in PUBLIC_KINDS[platform]:
        raise Refused(f"{platform} knows no {kind}.")
    if not text.strip() and not data.get("attachment"):
        raise Refused("There is no text.")
    parent = None
    if kind in {"reply", "comment"}:
        parent = found_item(world, platform, target) if target else world.newest_post(platform)
        if parent["kind"] == "dm":
            raise Refused("That is a direct message.")
        if platform == LINKEDIN:
            parent = top(world, parent)
    if platform == TWITTER and kind != "dm" and not NAMES_US.search(text):
        answers_us = kind == "mention" or (parent is not None and not parent["resident"])
        if answers_us and not data.get("untagged"):
            text = f"@gem_eikenrode {text}"
    return world.add(
        platform,
        kind,
        text,
        resident=resident,
        parent=parent,
        attachment=str(data.get("attachment") or ""),
        origin="resident",
        at=int(data["at"]) if data.get("at") else None,
    )


def speak_elsewhere(world: World, data: dict[str, Any]) -> Row:
    """The municipality itself answers on the platform's own site or phone: {platform, text, in_reply_to? or resident?, kind?}; without
    either a post of its own, dated back by `at` (ms)."""
    platform, text = platform_named(data["platform"]), str(data["text"])
    target = data.get("in_reply_to")
    item = found_item(world, platform, str(target)) if target else None
    if item is None and not data.get("resident"):
        at = int(data["at"]) if data.get("at") else None
        return world.add(platform, "post", text, origin="elsewhere", at=at)
    if item is None or item["kind"] == "dm" or data.get("kind") == "dm":
        number = item["contact"] if item is not None else world.resident_named(str(data["resident"]))["id"]
        return world.add(platform, "dm", text, to=world.state.resident(number), origin="elsewhere")
    parent = top(world, item) if platform == LINKEDIN else item
    if platform == TWITTER and parent["resident"]:
        author = world.state.resident(parent["resident"])
        text = f"@{author['handle']} {text}" if author is not None else text
    return world.add(platform, "reply" if platform == TWITTER else "comment", text, parent=parent, origin="elsewhere")


@control
async def health(request: Request, world: World) -> Any:
    total = world.state.value("SELECT count(*) FROM items")
    sender: Sender | None = request.app.state.sender
    proved = sorted(sender.proved) if sender is not None else []
    return {"status": "ok", "items": total, "pace": world.state.setting("pace", 0), "webhooks_proved": proved}


@control
async def say(request: Request, world: World) -> Any:
    return shown(world.state, speak(world, await asked(request)))


@control
async def elsewhere(request: Request, world: World) -> Any:
    return shown(world.state, speak_elsewhere(world, await asked(request)))


@control
async def edit(request: Request, world: World) -> Any:
    data = await asked(request)
    item = found_item(world, platform_named(data["platform"]), str(data["id"]))
    return shown(world.state, world.edit(item, str(data["text"])))


@control
async def delete(request: Request, world: World) -> Any:
    data = await asked(request)
    item = found_item(world, platform_named(data["platform"]), str(data["id"]))
    return shown(world.state, world.delete(item))


@control
async def hide(request: Request, world: World) -> Any:
    data = await asked(request)
    item = found_item(world, platform_named(data["platform"]), str(data["id"]))
    return shown(world.state, world.hide(item, bool(data.get("hidden", True))))


@control
async def items(request: Request, world: World) -> Any:
    """?platform= &by=page|resident &since=(ms) &kind= &text=(part) &limit="""
    query = request.query_params
    where: list[str] = ["1 = 1"]
    values: list[Any] = []
    if query.get("platform"):
        where.append("platform = ?")
        values.append(platform_named(query["platform"]))
    if query.get("by") in {"page", "resident"}:
        where.append("resident = 0" if query["by"] == "page" else "resident <> 0")
    for name, clause in (("since", "created >= ?"), ("kind", "kind = ?"), ("text", "instr(text, ?) > 0")):
        if query.get(name):
            where.append(clause)
            values.append(int(query[name]) if name == "since" else query[name])
    rows = world.state.rows(
        f"SELECT * FROM items WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?",  # noqa: S608
        *values, int(query.get("limit", "5000")),
    )  # fmt: skip
    return {"items": [shown(world.state, row) for row in reversed(rows)]}


def threads_of(world: World, platform: str, resident: Row) -> list[dict[str, Any]]:
    """Everything between one resident and the municipality on one platform, per thread, oldest first."""
    state, found = world.state, []
    dms = state.rows(
        "SELECT * FROM items WHERE platform = ? AND thread IN (?, ?) ORDER BY created",
        platform,
        x_thread(resident),
        fb_thread(resident),
    )
    if dms:
        found.append({"id": dms[0]["thread"], "kind": "dm", "post": None, "items": [shown(state, row) for row in dms]})
    roots = state.rows(
        "SELECT root, max(created) AS newest FROM items WHERE platform = ? AND resident = ? AND root <> '' GROUP BY root ORDER BY newest DESC LIMIT 20",
        platform, resident["id"],
    )  # fmt: skip
    for root in roots:
        post = state.row("SELECT * FROM items WHERE platform = ? AND root = ? AND parent = ''", platform, root["root"])
        rows = state.rows(
            "SELECT * FROM items WHERE platform = ? AND root = ? AND (resident = ? OR (resident = 0 AND contact = ?)) ORDER BY created",
            platform, root["root"], resident["id"], resident["id"],
        )  # fmt: skip
        is_ours = post is not None and not post["resident"]
        found.append(
            {
                "id": root["root"], "kind": "public", "post": shown(state, post) if post is not None and is_ours else None,
                "items": [shown(state, row) for row in rows],
            }
        )  # fmt: skip
    return found


@control
async def threads(request: Request, world: World) -> Any:
    resident = world.find_resident(request.query_params["resident"])
    if resident is None:
        return {"threads": []}
    wanted = request.query_params.get("platform")
    names = [platform_named(wanted)] if wanted else list(PLATFORMS)
    return {"threads": [{"platform": name, **one} for name in names for one in threads_of(world, name, resident)]}


@control
async def faults(request: Request, world: World) -> Any:
    state = world.state
    if request.method == "DELETE":
        state.run("DELETE FROM faults")
        return {"faults": []}
    if request.method == "POST":
        data = await asked(request)
        if str(data["fault"]) not in KINDS:
            raise Refused(f"Unknown fault; known are {', '.join(KINDS)}.")
        times = data.get("times")
        names = list(PLATFORMS) if data["platform"] == "*" else [platform_named(data["platform"])]
        for name in names:
            add_fault(
                state, platform=name, fault=str(data["fault"]), endpoint=str(data.get("endpoint") or "*"),
                method=str(data.get("method") or "*"), times=None if times is None else int(times),
                probability=float(data.get("probability", 1)), seconds=float(data["seconds"]) if data.get("seconds") else None,
            )  # fmt: skip
    return {"faults": [dict(row) for row in state.rows("SELECT * FROM faults ORDER BY id")]}


@control
async def fault(request: Request, world: World) -> Any:
    world.state.run("DELETE FROM faults WHERE id = ?", int(request.path_params["id"]))
    return {"faults": [dict(row) for row in world.state.rows("SELECT * FROM faults ORDER BY id")]}


@control
async def token(request: Request, world: World) -> Any:
    """{platform, what: access | refresh | all}: revoke, or restore the printed ones."""
    data, act = await asked(request), request.path_params["act"]
    platform, what = platform_named(data["platform"]), str(data.get("what", "all"))
    if act == "restore":
        setup.restore_tokens(world.state, platform)
    elif act == "revoke":
        kinds = ("access", "refresh") if what == "all" else (what,)
        for kind in kinds:
            world.state.run("UPDATE tokens SET revoked = 1 WHERE platform = ? AND kind = ?", platform, kind)
        last = world.state.row("SELECT * FROM items WHERE platform = ? ORDER BY seq DESC LIMIT 1", platform)
        if platform == TWITTER and what == "all" and last is not None:
            world.note(last, "revoked")
    else:
        raise Refused("revoke or restore")
    return {"platform": platform, "act": act}


@control
async def reset(request: Request, world: World) -> Any:
    """{seed_days?, pace?}: everything anew."""
    data = await asked(request)
    setup.reset(world, int(data.get("seed_days", world.settings.seed_days)))
    if "pace" in data:
        world.state.set("pace", float(data["pace"]))
    return {"items": world.state.value("SELECT count(*) FROM items")}


@control
async def calls(request: Request, world: World) -> Any:
    """?platform= &method= &path=(part) &since=(ms) &limit=; DELETE empties the log."""
    state, query = world.state, request.query_params
    if request.method == "DELETE":
        state.run("DELETE FROM calls")
        return {"calls": [], "counts": {}}
    where: list[str] = ["1 = 1"]
    values: list[Any] = []
    if query.get("platform"):
        where.append("platform = ?")
        values.append(platform_named(query["platform"]))
    for name, clause in (("method", "method = ?"), ("path", "instr(path, ?) > 0"), ("since", "at >= ?")):
        if query.get(name):
            where.append(clause)
            values.append(int(query[name]) if name == "since" else query[name])
    rows = state.rows(
        f"SELECT * FROM calls WHERE {' AND '.join(where)} ORDER BY seq DESC LIMIT ?",  # noqa: S608
        *values, int(query.get("limit", "500")),
    )  # fmt: skip
    counts: dict[str, int] = {}
    for row in rows:
        key = f"{row['platform']} {row['method']} {row['status']}"
        counts[key] = counts.get(key, 0) + 1
    return {"calls": [dict(row) for row in reversed(rows)], "counts": counts}


@control
async def settings(request: Request, world: World) -> Any:
    """POST /control/pace {seconds}, /control/tier {tier}, /control/rates {factor} (starts the windows anew)."""
    data, name = await asked(request), request.url.path.rpartition("/")[2]
    if name == "pace":
        world.state.set("pace", max(float(data["seconds"]), 0))
    elif name == "tier":
        if data["tier"] not in {"self-serve", "enterprise"}:
            raise Refused("self-serve or enterprise")
        world.state.set("x tier", data["tier"])
    else:
        world.state.run("DELETE FROM rates")
        world.state.set("rate factor", max(int(data.get("factor", 1)), 1))
    return {"pace": world.state.setting("pace", 0), "tier": world.state.setting("x tier", "self-serve")}


@control
async def residents(request: Request, world: World) -> Any:
    """GET ?q=: by name or handle. POST {resident, gone?, no_dms?, language?}: made or changed."""
    state = world.state
    if request.method == "POST":
        data = await asked(request)
        one = world.resident_named(str(data["resident"]))
        for column in ("gone", "no_dms"):
            if column in data:
                state.run(f"UPDATE residents SET {column} = ? WHERE id = ?", int(bool(data[column])), one["id"])  # noqa: S608
        if data.get("language") in LANGUAGES:
            state.run("UPDATE residents SET language = ? WHERE id = ?", data["language"], one["id"])
        state.forget_residents()
        found = state.resident(one["id"])
        assert found is not None
        return dict(found)
    part = f"%{request.query_params.get('q', '').strip().removeprefix('@')}%"
    rows = state.rows(
        "SELECT id, name, handle, language, gone FROM residents WHERE name LIKE ? OR handle LIKE ? ORDER BY name LIMIT 20",
        part,
        part,
    )
    return {"residents": [dict(row) for row in rows]}


@control
async def deliveries(request: Request, world: World) -> Any:
    sender: Sender | None = request.app.state.sender
    return {"deliveries": sender.recent(int(request.query_params.get("limit", "50"))) if sender is not None else []}


ROUTES = [
    Route("/health", health),
    Route("/control/health", health),
    Route("/control/say", say, methods=["POST"]),
    Route("/control/elsewhere", elsewhere, methods=["POST"]),
    Route("/control/edit", edit, methods=["POST"]),
    Route("/control/delete", delete, methods=["POST"]),
    Route("/control/hide", hide, methods=["POST"]),
    Route("/control/items", items),
    Route("/control/threads", threads),
    Route("/control/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/control/faults/{id:int}", fault, methods=["DELETE"]),
    Route("/control/token/{act}", token, methods=["POST"]),
    Route("/control/reset", reset, methods=["POST"]),
    Route("/control/calls", calls, methods=["GET", "DELETE"]),
    Route("/control/pace", settings, methods=["POST"]),
    Route("/control/tier", settings, methods=["POST"]),
    Route("/control/rates", settings, methods=["POST"]),
    Route("/control/residents", residents, methods=["GET", "POST"]),
    Route("/control/deliveries", deliveries),
]
