"""The page's own posts: pictures first (unpublished), then the post that shows them."""

import json
from typing import Any
from urllib.parse import urlsplit

from sandbox import uploads
from sandbox.accounts import FACEBOOK
from sandbox.graph import objects
from sandbox.graph.errors import GraphError, bad_parameter
from sandbox.graph.fields import parse_fields
from sandbox.graph.writes import text_of
from sandbox.ids import digits, now_ms
from sandbox.world import World

POST_LENGTH = 63_206
MOST_PICTURES = 10
DUPLICATE_POST_FOR = 600_000  # milliseconds


def upload(world: World, values: dict[str, Any]) -> dict[str, Any]:
    """POST /{page}/photos with `source` as a file. Only unpublished ones: a picture that a post shows later."""
    content = values.get("source")
    if not isinstance(content, bytes) or not uploads.kind_of(content):
        raise GraphError(
            "(#324) Missing or invalid image file", 324, subcode=2_069_019, error_user_msg="De foto kan niet worden gelezen."
        )  # fmt: skip
    if str(values.get("published", "true")).lower() != "false":
        raise bad_parameter("Param published must be false here")
    state = world.state
    photo = digits(15, "photo", state.next_number("photo", 1))
    uploads.keep(state, FACEBOOK, photo, content, alt=str(values.get("alt_text_custom") or ""))
    return {"id": photo}


def publish(world: World, values: dict[str, Any]) -> dict[str, Any]:
    """POST /{page}/feed: message, link, attached_media[n]; the same again within ten minutes is error 506."""
    photos, link = _attached(world, values), str(values.get("link") or "")
    if link and not urlsplit(link).netloc:
        raise GraphError("(#1500) The url you supplied is invalid", 1500)
    if link and photos:
        raise bad_parameter("Only one of link and attached_media may be given")
    text = text_of(values, POST_LENGTH, may_be_empty=bool(link or photos))
    state = world.state
    if text and state.row(
        "SELECT 1 FROM items WHERE platform = ? AND kind = 'post' AND text = ? AND metadata = ? AND deleted = 0 AND created > ?",
        FACEBOOK, text, link, now_ms() - DUPLICATE_POST_FOR,
    ):  # fmt: skip
        raise GraphError(
            "(#506) Duplicate status message", 506, error_user_title="Dubbel bericht", error_user_msg="Je hebt dit net geplaatst."
        )  # fmt: skip
    with state.writing():
        item = world.add(FACEBOOK, "post", text, origin="api", metadata=link)
        uploads.attach(state, FACEBOOK, photos, item)
    if fields := parse_fields(str(values.get("fields", ""))):
        return objects.post(world, item, fields)
    return {"id": item["id"]}


def _attached(world: World, values: dict[str, Any]) -> list[str]:
    """The photos of attached_media[0], attached_media[1], … Raises GraphError for one that is not there or shown already."""
    found: list[str] = []
    while f"attached_media[{len(found)}]" in values:
        try:
            part = json.loads(values[f"attached_media[{len(found)}]"])
            photo = str(part["media_fbid"])
        except (ValueError, TypeError, KeyError):
            raise bad_parameter("Param attached_media must be an object with media_fbid") from None
        known = uploads.find(world.state, FACEBOOK, photo)
        if known is None or known["item"]:
            raise bad_parameter(f"Param attached_media[{len(found)}] is no unpublished photo of this page")
        found.append(photo)
    if len(found) > MOST_PICTURES:
        raise bad_parameter(f"Param attached_media takes at most {MOST_PICTURES}")
    return found
