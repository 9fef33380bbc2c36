"""Pictures for a post: uploaded whole, described, then named by the post (X docs, media)."""

import base64
import binascii
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox import uploads
from sandbox.accounts import TWITTER
from sandbox.answers import json_answer
from sandbox.ids import now_ms, snowflake
from sandbox.world import World
from sandbox.x import problems
from sandbox.x.door import endpoint
from sandbox.x.requests import json_body

LARGEST = 5_000_000  # bytes
LONGEST_ALT = 1_000
MOST = 4
CATEGORIES = ("tweet_image", "tweet_gif", "dm_image", "dm_gif")
EXPIRES = 86_400  # seconds


@endpoint("media", user=1_875, app=None)
async def upload(request: Request, world: World) -> Response:
    body = await json_body(request)
    category = body.get("media_category")
    if category not in CATEGORIES:
        raise problems.invalid(
            "media_category", str(category), "$.media_category: does not have a value in the enumeration"
        )
    try:
        data = base64.b64decode(str(body.get("media", "")), validate=True)
        if not data or len(data) > LARGEST:
            raise ValueError
        if not uploads.kind_of(data):
            raise ValueError
    except (ValueError, binascii.Error):
        raise problems.invalid("media", "", "$.media: media type unrecognized, or larger than allowed") from None
    own_id = str(world.state.next_number(TWITTER, snowflake(now_ms(), 0)))
    uploads.keep(world.state, TWITTER, own_id, data)
    found = {"id": own_id, "media_key": f"3_{own_id}", "size": len(data), "expires_after_secs": EXPIRES}
    return json_answer({"data": found})


@endpoint("media metadata", user=500, app=None)
async def describe(request: Request, world: World) -> Response:
    body = await json_body(request)
    own_id, metadata = str(body.get("id", "")), body.get("metadata")
    if not _is_waiting(world, own_id):
        raise problems.invalid("id", own_id, "$.id: no media with this id")
    alt = metadata.get("alt_text") if isinstance(metadata, dict) else None
    text = alt.get("text") if isinstance(alt, dict) else None
    if not isinstance(text, str) or len(text) > LONGEST_ALT:
        raise problems.invalid("metadata.alt_text.text", "", f"must be a text of at most {LONGEST_ALT} characters")
    uploads.describe(world.state, TWITTER, own_id, text)
    return json_answer({"data": {"id": own_id, "associated_metadata": {"alt_text": {"text": text}}}})


def _is_waiting(world: World, own_id: str) -> bool:
    """Uploaded, and in no post yet."""
    found = uploads.find(world.state, TWITTER, own_id)
    return found is not None and not found["item"]


def pictures_named(world: World, media: Any) -> list[str]:
    """The uploads that a post names. Raises Problem 400."""
    ids = media.get("media_ids") if isinstance(media, dict) else None
    if ids is None:
        return []
    if not isinstance(ids, list) or not 1 <= len(ids) <= MOST:
        raise problems.invalid("media.media_ids", str(ids), f"$.media.media_ids: must hold 1 to {MOST} ids")
    for own_id in ids:
        if not _is_waiting(world, str(own_id)):
            raise problems.invalid("media.media_ids", str(own_id), "Your media IDs are invalid.")
    return [str(own_id) for own_id in ids]
