"""POST /{page}/messages: Messenger with its windows, tags and private replies."""

import json
from typing import Any

from sandbox.accounts import FACEBOOK
from sandbox.graph.errors import GraphError, bad_parameter, window_closed
from sandbox.graph.objects import PRIVATE_REPLY_WINDOW
from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.world import World

RESPONSE_WINDOW = 24 * 3_600_000  # milliseconds
HUMAN_AGENT_WINDOW = 7 * 24 * 3_600_000
TEXT_LENGTH = 2_000
TYPES = {"RESPONSE", "UPDATE", "MESSAGE_TAG", "UTILITY"}
NOT_FOUND = "(#100) No matching user found"


def send(world: World, values: dict[str, Any]) -> dict[str, Any]:
    """Returns {recipient_id, message_id}. Raises GraphError."""
    recipient, message = _object(values.get("recipient"), "recipient"), _object(values.get("message"), "message")
    kind = str(values.get("messaging_type", "RESPONSE") or "RESPONSE").upper()
    if kind not in TYPES:
        raise bad_parameter("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG, UTILITY}")
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        raise bad_parameter("Param message[text] must be a non-empty UTF-8 encoded string")
    if len(text) > TEXT_LENGTH:
        raise bad_parameter(f"Length of param message[text] must be less than or equal to {TEXT_LENGTH}")
    metadata = str(message.get("metadata", "") or "")
    if "comment_id" in recipient:
        return _answer(_private_reply(world, str(recipient["comment_id"]), text, metadata), world)
    resident = world.state.row("SELECT * FROM residents WHERE psid = ?", str(recipient.get("id", "")))
    if resident is None or resident["gone"]:
        raise GraphError(NOT_FOUND, 100, subcode=2018001)
    _check_window(world, resident, kind, str(values.get("tag", "") or ""))
    return _answer(world.add(FACEBOOK, "dm", text, to=resident, origin="api", metadata=metadata), world)


def _object(value: Any, name: str) -> dict[str, Any]:
    """An object, or one that arrived as JSON text in a form."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, dict):
        raise bad_parameter(f"Param {name} must be a JSON object (dictionary)")
    return value


def _check_window(world: World, resident: Row, kind: str, tag: str) -> None:
    """24 hours after the resident's last message; 7 days for a person (Messenger Platform policy)."""
    last = world.last_from(FACEBOOK, resident)
    age = now_ms() - last if last else None
    if kind == "MESSAGE_TAG":
        if tag != "HUMAN_AGENT":
            raise bad_parameter("Invalid parameter: this message tag is retired or does not exist")
        if age is None or age >= HUMAN_AGENT_WINDOW:
            raise window_closed()
    elif kind == "UTILITY":
        raise bad_parameter("Invalid parameter: a utility message needs an approved template")
    elif age is None or age >= RESPONSE_WINDOW:
        raise window_closed()


def _private_reply(world: World, comment_id: str, text: str, metadata: str) -> Row:
    """Once per comment (or visitor's post), within 7 days. A used one is marked in the comment's metadata."""
    item = world.state.item(FACEBOOK, comment_id)
    if item is None or item["deleted"] or not item["resident"] or item["kind"] == "dm":
        raise GraphError("(#100) The comment is invalid or was deleted", 100, subcode=33)
    if item["metadata"]:
        raise GraphError("(#10900) Activity already replied to", 10900)
    if now_ms() - item["created"] >= PRIVATE_REPLY_WINDOW:
        raise GraphError("(#10903) This comment is too old to reply to privately", 10903)
    resident = world.state.resident(item["resident"])
    if resident is None or resident["gone"]:
        raise GraphError(NOT_FOUND, 100, subcode=2018001)
    with world.state.writing():
        world.state.run("UPDATE items SET metadata = 'replied privately' WHERE seq = ?", item["seq"])
        return world.add(FACEBOOK, "dm", text, to=resident, origin="api", metadata=metadata)


def _answer(item: Row, world: World) -> dict[str, Any]:
    resident = world.state.resident(item["contact"])
    assert resident is not None
    return {"recipient_id": resident["psid"], "message_id": item["id"]}
