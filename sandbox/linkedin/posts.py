"""Posts of the page: listed by author, read, published ("little text" included), removed."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox import uploads
from sandbox.accounts import LINKEDIN, ORGANIZATION
from sandbox.answers import json_answer
from sandbox.ids import now_ms
from sandbox.linkedin import images, objects
from sandbox.linkedin.restli import Address, RestError, bad_parameter, denied, gone, paged
from sandbox.linkedin.text import shown_of
from sandbox.state import Row
from sandbox.world import World

COMMENTARY_LENGTH = 3_000
DUPLICATE_FOR = 600_000  # milliseconds


def find(world: World, urn: str) -> Row:
    """By share, ugcPost or activity urn. Raises RestError 404."""
    item = world.state.item(LINKEDIN, urn.replace("urn:li:ugcPost:", "urn:li:share:"))
    if item is None or item["deleted"] or item["kind"] == "comment":
        raise gone(urn)
    return item


def by_author(world: World, address: Address) -> Response:
    if address.plain("q") != "author":
        raise bad_parameter("q", "QUERY_PARAM_NOT_ALLOWED")
    if address.plain("author") != ORGANIZATION:
        raise denied("posts.FINDER-author")
    start, count = address.number("start", 0), min(max(address.number("count", 10), 1), 100)
    column = "created" if address.plain("sortBy", "LAST_MODIFIED") == "CREATED" else "updated"
    rows = world.state.rows(
        f"SELECT * FROM items WHERE platform = ? AND kind = 'post' AND deleted = 0 ORDER BY {column} DESC LIMIT ? OFFSET ?",  # noqa: S608
        LINKEDIN, count + 1, start,
    )  # fmt: skip
    total = world.state.value(
        "SELECT count(*) FROM items WHERE platform = ? AND kind = 'post' AND deleted = 0", LINKEDIN
    )
    return json_answer(paged(address, "/rest/posts", [objects.post(world, row) for row in rows], start, count, total))


def one(world: World, urn: str) -> Response:
    return json_answer(objects.post(world, find(world, urn)))


def publish(world: World, body: dict[str, Any]) -> Response:
    """201 with an empty body; the id stands in x-restli-id."""
    if body.get("author") != ORGANIZATION:
        raise denied("posts.CREATE")
    missing = [name for name in ("commentary", "visibility", "distribution", "lifecycleState") if name not in body]
    if missing:
        raise RestError(422, f"ERROR :: /{missing[0]} :: field is required but not found", code="MISSING_FIELD")
    commentary = body["commentary"]
    if not isinstance(commentary, str) or len(commentary) > COMMENTARY_LENGTH:
        message = f"ERROR :: /commentary :: length is greater than maximum allowed {COMMENTARY_LENGTH}"
        raise RestError(422, message, code="FIELD_LENGTH_TOO_LONG")
    text, pictures = shown_of(commentary), images.shown_by(world, body.get("content"))
    if not text.strip() and not pictures:
        raise RestError(422, "ERROR :: /commentary :: a post needs text or content", code="MISSING_FIELD")
    known = world.state.row(
        "SELECT id FROM items WHERE platform = ? AND kind = 'post' AND text = ? AND deleted = 0 AND created > ?",
        LINKEDIN, text, now_ms() - DUPLICATE_FOR,
    )  # fmt: skip
    if known is not None and text:
        message = f"Content is a duplicate of {known['id']}"
        raise RestError(422, message, code="DUPLICATE_POST")
    with world.state.writing():
        item = world.add(LINKEDIN, "post", text, origin="api")
        for name, alt in pictures:
            uploads.describe(world.state, LINKEDIN, name, alt)
        uploads.attach(world.state, LINKEDIN, [name for name, _alt in pictures], item)
    location = f"/posts/{quote(item['id'], safe='')}"
    return Response(status_code=201, headers={"x-restli-id": item["id"], "Location": location})


def remove(world: World, urn: str) -> Response:
    item = find(world, urn)
    if item["resident"]:
        raise denied("posts.DELETE")
    world.delete(item, by_us=True)
    return Response(status_code=204)
