"""Pictures at LinkedIn: an address to upload to is asked for, the bytes are put there, and a post names the image."""

import re
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from sandbox import uploads
from sandbox.accounts import LINKEDIN, ORGANIZATION
from sandbox.answers import json_answer
from sandbox.ids import digits, letters, now_ms
from sandbox.linkedin.restli import RestError, bad, bad_parameter, check_token, denied, gone
from sandbox.state import Row
from sandbox.world import World

ADDRESS_LIVES = 86_400_000  # milliseconds
LONGEST_ALT = 4_086
MOST_IMAGES = 20
_IMAGE = re.compile(r"urn:li:image:[A-Za-z0-9_-]+")


def initialize(world: World, action: str, body: dict[str, Any]) -> Response:
    """POST /rest/images?action=initializeUpload {initializeUploadRequest: {owner}}."""
    if action != "initializeUpload":
        raise bad_parameter("action")
    asked = body.get("initializeUploadRequest")
    if not isinstance(asked, dict) or asked.get("owner") != ORGANIZATION:
        raise denied("images.ACTION-initializeUpload")
    number = world.state.next_number("image", 1)
    name = "C4D22" + letters(12, "image", number)
    uploads.keep(world.state, LINKEDIN, name)
    value = {
        "uploadUrlExpiresAt": now_ms() + ADDRESS_LIVES,
        "uploadUrl": f"{world.settings.url}/linkedin/dms-uploads/{name}/uploaded-image/0?ca=vector&m={digits(6, name)}",
        "image": f"urn:li:image:{name}",
    }
    return json_answer({"value": value})


async def put(request: Request) -> Response:
    """PUT of the bytes at the address that was given; 201 with nothing."""
    world: World = request.app.state.world
    content = await request.body()
    try:
        check_token(request, world.state)
        found = uploads.find(world.state, LINKEDIN, request.path_params["name"])
        if found is None:
            raise gone(request.path_params["name"])
        if not uploads.kind_of(content):
            raise bad("The uploaded file is no image")
    except RestError as error:
        return error.answer()
    uploads.keep(world.state, LINKEDIN, found["id"], content)
    return Response(status_code=201)


def one(world: World, urn: str) -> Response:
    found = uploads.find(world.state, LINKEDIN, urn.rpartition(":")[2])
    if found is None:
        raise gone(urn)
    body: dict[str, Any] = {"id": urn, "owner": ORGANIZATION, "status": "WAITING_UPLOAD"}
    if found["kind"]:
        url = uploads.upload_url(world.settings.url, found)
        body |= {"status": "AVAILABLE", "downloadUrl": url, "downloadUrlExpiresAt": now_ms() + ADDRESS_LIVES}
    return json_answer(body)


def shown_by(world: World, content: Any) -> list[tuple[str, str]]:
    """(name, alt text) of the images in a post's `content`. Raises RestError for one that was never uploaded."""
    if content is None:
        return []
    if not isinstance(content, dict) or len(content) != 1 or not {"media", "multiImage"} & content.keys():
        raise RestError(422, "ERROR :: /content :: union type is not backed by a known member", code="INVALID_CONTENT")
    if "media" in content:
        return [_named(world, content["media"])]
    many = content["multiImage"]
    images: Any = many.get("images") if isinstance(many, dict) else None
    if not isinstance(images, list) or not 2 <= len(images) <= MOST_IMAGES:
        message = f"ERROR :: /content/multiImage/images :: array size must be between 2 and {MOST_IMAGES}"
        raise RestError(422, message, code="INVALID_CONTENT")
    return [_named(world, image) for image in images]


def _named(world: World, image: Any) -> tuple[str, str]:
    urn = unquote(str(image.get("id", ""))) if isinstance(image, dict) else ""
    found = uploads.find(world.state, LINKEDIN, urn.rpartition(":")[2]) if _IMAGE.fullmatch(urn) else None
    if found is None or not found["kind"] or found["item"]:
        raise RestError(422, f"ERROR :: /content :: {urn or 'image'} is not available", code="INVALID_CONTENT")
    alt = str(image.get("altText") or "")
    if len(alt) > LONGEST_ALT:
        message = f"ERROR :: /content/altText :: length is greater than maximum allowed {LONGEST_ALT}"
        raise RestError(422, message, code="FIELD_LENGTH_TOO_LONG")
    return found["id"], alt


def content_of(pictures: list[Row]) -> dict[str, Any]:
    """`content` of a post that shows these."""
    images = [{"id": f"urn:li:image:{row['id']}", "altText": row["alt"]} for row in pictures]
    return {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}
