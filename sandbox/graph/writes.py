"""What is written through Graph: comments, hiding, edits, deletions, likes. Posts: see publishing.py."""

from typing import Any

from sandbox.accounts import FACEBOOK
from sandbox.graph import objects
from sandbox.graph.errors import GraphError, bad_parameter, not_there
from sandbox.graph.fields import parse_fields
from sandbox.state import Row
from sandbox.world import World

COMMENT_LENGTH = 8_000


def target(world: World, object_id: str, method: str) -> Row:
    """A post or comment that is there. Raises GraphError."""
    item = world.state.item(FACEBOOK, object_id)
    if item is None or item["deleted"]:
        raise not_there(object_id, method)
    return item


def text_of(values: dict[str, Any], limit: int, *, may_be_empty: bool = False) -> str:
    text = values.get("message", "")
    if not isinstance(text, str) or (not text.strip() and not may_be_empty and not values.get("attachment_url")):
        raise bad_parameter("Param message must be a non-empty string")
    if len(text) > limit:
        raise bad_parameter("The message is too long")
    return text


def comment(world: World, object_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """POST /{post or comment}/comments -> {"id"}, and more when `fields` asks (read after write)."""
    parent = target(world, object_id, "post")
    if parent["kind"] == "dm":
        raise not_there(object_id, "post")
    item = world.add(FACEBOOK, "comment", text_of(values, COMMENT_LENGTH), parent=parent, origin="api")
    if fields := parse_fields(str(values.get("fields", ""))):
        return objects.comment(world, item, fields)
    return {"id": item["id"]}


def change(world: World, object_id: str, values: dict[str, Any]) -> dict[str, Any]:
    """POST /{comment or post}: is_hidden, or message of our own."""
    item = target(world, object_id, "post")
    if "is_hidden" in values:
        is_hidden = str(values["is_hidden"]).lower() in {"true", "1"}
        if not item["resident"]:
            raise GraphError("(#200) You do not have permission to hide this comment", 200, 403)
        world.hide(item, is_hidden)
    elif "message" in values:
        if item["resident"]:
            raise GraphError("(#200) User must own the comment to edit it", 200, 403)
        world.edit(item, text_of(values, COMMENT_LENGTH))
    else:
        raise bad_parameter("Nothing to change")
    return {"success": True}


def remove(world: World, object_id: str) -> dict[str, Any]:
    world.delete(target(world, object_id, "delete"), by_us=True)
    return {"success": True}
