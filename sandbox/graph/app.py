"""Facebook Graph as one ASGI app, mounted at /graph: one door, because every id is a path of its own. Batches included."""

import json
import time
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.accounts import CREDENTIALS, FACEBOOK, PAGE
from sandbox.answers import json_answer
from sandbox.graph import edges, messenger, objects, publishing, writes
from sandbox.graph.door import check_token, token_of, usage_headers, version_of
from sandbox.graph.edges import Asked
from sandbox.graph.errors import GraphError, bad_parameter, not_there
from sandbox.graph.fields import parse_fields
from sandbox.ids import now_ms
from sandbox.world import World

SUBSCRIBABLE = {
    "feed", "mention", "messages", "message_echoes", "message_edits", "message_deliveries", "message_reads",
    "message_reactions", "messaging_postbacks", "messaging_policy_enforcement", "messaging_optins", "standby", "ratings",
}  # fmt: skip


class Call:
    """One request, whether it came by itself or inside a batch."""

    def __init__(self, world: World, method: str, path: str, values: dict[str, Any], token: str) -> None:
        self.world, self.method, self.values, self.token = world, method, values, token
        parts = [part for part in path.split("/") if part]
        asked = parts.pop(0) if parts and parts[0][:1] == "v" and parts[0][1:2].isdigit() else ""
        self.version = version_of(asked)
        self.parts = [PAGE if part in {"me"} else part for part in parts]
        if self.method == "POST" and values.get("method") in {"delete", "DELETE"}:
            self.method = "DELETE"

    def answer(self) -> Any:
        """The body. Raises GraphError."""
        who = check_token(self.world.state, self.token, str(self.values.get("appsecret_proof") or "") or None)
        if self.parts == ["debug_token"]:
            return self._debug_token()
        if who == "app":
            raise GraphError("(#200) Provide valid app ID", 200, 403)
        self.values = {**self.values, "access_token": self.token}
        if self.method == "GET":
            return self._get()
        return self._delete() if self.method == "DELETE" else self._post()

    def _debug_token(self) -> dict[str, Any]:
        own, asked = CREDENTIALS[FACEBOOK], str(self.values.get("input_token", ""))
        known = self.world.state.row("SELECT * FROM tokens WHERE token = ? AND platform = ?", asked, FACEBOOK)
        is_valid = known is not None and not known["revoked"]
        data = {
            "app_id": own["app_id"], "type": "PAGE", "application": "Balie", "is_valid": is_valid, "expires_at": 0,
            "data_access_expires_at": int(time.time()) + 90 * 86_400, "profile_id": PAGE, "user_id": "10158240117734099",
            "scopes": ["pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_engagement",
                       "pages_manage_posts", "pages_manage_metadata", "pages_messaging"],
        }  # fmt: skip
        if not is_valid:
            data["error"] = {"code": 190, "message": "The session is invalid.", "subcode": 460}
        return {"data": data}

    def _get(self) -> Any:
        world, values = self.world, self.values
        if not self.parts:
            ids = [one.strip() for one in str(values.get("ids", "")).split(",") if one.strip()]
            if not ids:
                raise GraphError("Unsupported get request. Please read the Graph API documentation.", 100)
            return {one: self._object(one) for one in ids}
        own_id, edge = self.parts[0], "/".join(self.parts[1:])
        asked = Asked(self.version, "/".join(self.parts), values)
        if not edge:
            return self._object(own_id)
        if own_id == PAGE:
            listings = {
                "feed": lambda: edges.feed(world, asked),
                "posts": lambda: edges.feed(world, asked, ("post",)),
                "published_posts": lambda: edges.feed(world, asked, ("post",)),
                "visitor_posts": lambda: edges.feed(world, asked, ("visitor_post",)),
                "tagged": lambda: edges.feed(world, asked, ("mention",)),
                "conversations": lambda: edges.conversations(world, asked),
                "accounts": lambda: edges.accounts(world, asked, self.token),
                "subscribed_apps": self._subscriptions,
            }
            if edge in listings:
                return listings[edge]()
        elif edge == "messages" and own_id.startswith("t_"):
            self._check_thread(own_id)
            return edges.messages(world, asked, own_id)
        elif edge == "comments":
            return edges.comments(world, asked, writes.target(world, own_id, "get"))
        elif edge == "likes":
            writes.target(world, own_id, "get")
            return {"data": []}
        raise GraphError(f"(#100) Tried accessing nonexisting field ({edge}) on node type (Page)", 100)

    def _check_thread(self, thread: str) -> None:
        if self.world.state.row("SELECT 1 FROM items WHERE platform = ? AND thread = ?", FACEBOOK, thread) is None:
            raise not_there(thread)

    def _object(self, own_id: str) -> dict[str, Any]:
        world, fields = self.world, parse_fields(str(self.values.get("fields", "")))
        if own_id == PAGE:
            page = objects.profile(world, None)
            return {k: v for k, v in page.items() if k in (set(fields) or {"name"}) | {"id"}}
        if own_id.startswith("t_"):
            self._check_thread(own_id)
            one = objects.conversation(world, own_id, fields)
            if "messages" in fields:
                asked = Asked(self.version, own_id, self.values)
                one["messages"] = edges.messages(
                    world, edges.nested(asked, f"{own_id}/messages", fields["messages"]), own_id
                )
            return one
        resident = world.state.row("SELECT * FROM residents WHERE psid = ? AND gone = 0", own_id)
        if resident is not None:
            them = objects.profile(world, resident, in_messenger=True)
            return {
                k: v
                for k, v in them.items()
                if k in (set(fields) or {"first_name", "last_name", "profile_pic"}) | {"id"}
            }
        item = writes.target(world, own_id, "get")
        if item["kind"] == "dm":
            return objects.message(world, item, fields)
        one = objects.comment(world, item, fields) if item["kind"] == "comment" else objects.post(world, item, fields)
        if "comments" in fields:
            asked = Asked(self.version, own_id, self.values)
            one["comments"] = edges.comments(world, edges.nested(asked, f"{own_id}/comments", fields["comments"]), item)
        return one

    def _subscriptions(self) -> dict[str, Any]:
        fields = self.world.state.setting("facebook fields", [])
        app = {"link": "", "name": "Balie", "id": CREDENTIALS[FACEBOOK]["app_id"], "subscribed_fields": fields}
        return {"data": [app] if fields else []}

    def _post(self) -> Any:
        world, values = self.world, self.values
        if not self.parts:
            raise GraphError("Unsupported post request.", 100)
        own_id, edge = self.parts[0], "/".join(self.parts[1:])
        if not edge:
            return writes.change(world, own_id, values)
        if own_id == PAGE and edge == "messages":
            return messenger.send(world, values)
        if own_id == PAGE and edge == "feed":
            return publishing.publish(world, values)
        if own_id == PAGE and edge == "photos":
            return publishing.upload(world, values)
        if own_id == PAGE and edge == "subscribed_apps":
            value = values.get("subscribed_fields", "")
            fields = value if isinstance(value, list) else [one for one in str(value).split(",") if one]
            if unknown := [one for one in fields if one not in SUBSCRIBABLE]:
                raise bad_parameter(f"Param subscribed_fields[0] must be one of the known fields, not {unknown[0]}")
            world.state.set("facebook fields", fields)
            return {"success": True}
        if edge == "comments":
            return writes.comment(world, own_id, values)
        if edge == "private_replies":
            sent = messenger.send(
                world, {"recipient": {"comment_id": own_id}, "message": {"text": values.get("message")}}
            )
            return {"id": sent["message_id"]}
        if edge == "likes":
            writes.target(world, own_id, "post")
            return {"success": True}
        raise not_there(own_id, "post")

    def _delete(self) -> Any:
        own_id, edge = (self.parts[0] if self.parts else ""), "/".join(self.parts[1:])
        if own_id == PAGE and edge == "subscribed_apps":
            self.world.state.set("facebook fields", [])
            return {"success": True}
        if edge == "likes":
            writes.target(self.world, own_id, "delete")
            return {"success": True}
        if edge or not own_id:
            raise not_there(own_id, "delete")
        return writes.remove(self.world, own_id)


async def _values(request: Request) -> dict[str, Any]:
    """Query, form and JSON body in one; the body wins."""
    values: dict[str, Any] = dict(request.query_params)
    if request.method == "POST":
        if "json" in request.headers.get("content-type", ""):
            try:
                body = json.loads(await request.body() or b"{}")
            except ValueError:
                raise bad_parameter("The body is no JSON") from None
            values |= body if isinstance(body, dict) else {}
        else:
            for key, value in (await request.form()).items():
                values[key] = value if isinstance(value, str) else await value.read()
    return values


async def graph(request: Request) -> Response:
    world: World = request.app.state.world
    path = request.path_params["path"]
    call = None
    try:
        values = await _values(request)
        token = token_of(request, values)
        if request.method == "POST" and "batch" in values:
            answer = json_answer(_batch(world, values["batch"], token))
        else:
            call = Call(world, request.method, path, values, token)
            answer = json_answer(call.answer())
    except GraphError as error:
        answer = error.answer()
    answer.headers.update(usage_headers(world.state, call.version if call else version_of("")))
    return answer


def _batch(world: World, batch: Any, token: str) -> list[dict[str, Any]]:
    """Up to 50 calls in one; each with its own code, headers and body as text."""
    try:
        wanted = json.loads(batch) if isinstance(batch, str) else batch
    except ValueError:
        raise bad_parameter("Param batch must be a JSON array") from None
    if not isinstance(wanted, list) or len(wanted) > 50:
        raise bad_parameter("Param batch must be an array of at most 50 requests")
    check_token(world.state, token, None)
    found = []
    for one in wanted:
        address = urlsplit(str(one.get("relative_url", "")))
        values = dict(parse_qsl(address.query)) | dict(parse_qsl(str(one.get("body", ""))))
        call = Call(
            world, str(one.get("method", "GET")).upper(), address.path, values, values.get("access_token", token)
        )
        code, body = 200, None
        try:
            body = call.answer()
        except GraphError as error:
            code, body = error.status, error.body
        headers = [
            {"name": "Content-Type", "value": "text/javascript; charset=UTF-8"},
            {"name": "facebook-api-version", "value": call.version},
            {"name": "Date", "value": str(now_ms())},
        ]
        found.append({"code": code, "headers": headers, "body": json.dumps(body)})
    return found


def build(world: World) -> Starlette:
    app = Starlette(routes=[Route("/{path:path}", graph, methods=["GET", "POST", "DELETE"])])
    app.state.world = world
    return app
