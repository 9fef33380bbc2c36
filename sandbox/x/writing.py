"""POST, PUT and DELETE of posts, with X's rules: summoned replies, no duplicates, 280."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import uploads
from sandbox.accounts import TWITTER
from sandbox.answers import json_answer
from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.world import World
from sandbox.x import problems
from sandbox.x.door import endpoint
from sandbox.x.objects import is_visible
from sandbox.x.pictures import pictures_named
from sandbox.x.requests import json_body
from sandbox.x.weight import MAXIMUM, weighted_length

DUPLICATE_FOR = 86_400_000  # milliseconds
NOT_SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the "
    "post you are replying to."
)
DUPLICATE = "You are not allowed to create a Tweet with duplicate content."
UNSEEN = "You attempted to reply to a Tweet that is deleted or not visible to you."


@endpoint("post", user=100, app=None)
async def create(request: Request, world: World) -> Response:
    body = await json_body(request)
    text = body.get("text", "")
    media_ids = pictures_named(world, body.get("media"))
    if not isinstance(text, str) or not (text.strip() or media_ids):
        raise problems.invalid("text", str(text), "$.text: must not be empty")
    parent = _parent(world, body.get("reply"))
    if weighted_length(text, is_reply=parent is not None) > MAXIMUM:
        raise problems.invalid("text", text[:40], "Your Tweet text is too long. For more information, see counting characters.")  # fmt: skip
    prefix = _populated(world, parent, text, body.get("reply"))
    whole = prefix + text
    since = now_ms() - DUPLICATE_FOR
    if world.state.row(
        "SELECT 1 FROM items WHERE platform = ? AND resident = 0 AND text = ? AND parent = ? AND deleted = 0 AND created > ?",
        TWITTER, whole, parent["id"] if parent is not None else "", since,
    ):  # fmt: skip
        raise problems.forbidden(DUPLICATE)
    kind = "reply" if parent is not None else "post"
    with world.state.writing():
        item = world.add(TWITTER, kind, whole, parent=parent, origin="api")
        uploads.attach(world.state, TWITTER, media_ids, item)
    data = {"id": item["id"], "text": whole, "edit_history_tweet_ids": [item["id"]]}
    return json_answer({"data": data}, 201, {"location": f"https://api.x.com/2/tweets/{item['id']}"})


def _parent(world: World, reply: Any) -> Row | None:
    if not isinstance(reply, dict) or not reply.get("in_reply_to_tweet_id", reply.get("in_reply_to_post_id")):
        return None
    own_id = str(reply.get("in_reply_to_tweet_id", reply.get("in_reply_to_post_id")))
    parent = world.state.item(TWITTER, own_id)
    if parent is None or not is_visible(world.state, parent):
        raise problems.forbidden(UNSEEN)
    is_summoned = not parent["resident"] or parent["mentions"]
    if not is_summoned and world.state.setting("x tier", "self-serve") != "enterprise":
        raise problems.forbidden(NOT_SUMMONED)
    return parent


def _populated(world: World, parent: Row | None, text: str, reply: Any) -> str:
    """X puts the name of whoever is answered in front of a reply; it does not count."""
    author = world.state.resident(parent["resident"]) if parent is not None and parent["resident"] else None
    if author is None or text.lower().startswith(f"@{author['handle'].lower()} "):
        return ""
    excluded = reply.get("exclude_reply_user_ids") if isinstance(reply, dict) else None
    return "" if isinstance(excluded, list) and author["x_id"] in excluded else f"@{author['handle']} "


@endpoint("delete", user=50, app=None)
async def delete(request: Request, world: World) -> Response:
    item = world.state.item(TWITTER, request.path_params["id"])
    if item is not None and item["resident"]:
        raise problems.forbidden("You are not authorized to delete this Tweet.")
    if item is None or not is_visible(world.state, item):
        return json_answer({"errors": [problems.missing("tweet", request.path_params["id"])]})
    world.delete(item, by_us=True)
    return json_answer({"data": {"deleted": True}})


@endpoint("hide", user=50, app=None)
async def hide(request: Request, world: World) -> Response:
    body = await json_body(request)
    is_hidden = body.get("hidden")
    if not isinstance(is_hidden, bool):
        raise problems.invalid("hidden", str(is_hidden), "$.hidden: must be a boolean")
    item = world.state.item(TWITTER, request.path_params["id"])
    if item is None or not is_visible(world.state, item):
        return json_answer({"errors": [problems.missing("tweet", request.path_params["id"])]})
    root = world.state.item(TWITTER, item["root"])
    if not item["parent"] or root is None or root["resident"]:
        raise problems.forbidden("You are not allowed to hide this reply: it is not in a conversation of yours.")
    world.hide(item, is_hidden)
    return json_answer({"data": {"hidden": is_hidden}})
