"""Comments under posts and under comments (two levels, as LinkedIn has them)."""

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from sandbox.accounts import LINKEDIN, ORGANIZATION
from sandbox.answers import json_answer
from sandbox.linkedin import objects
from sandbox.linkedin.posts import find as find_post
from sandbox.linkedin.restli import Address, RestError, bad, bad_parameter, denied, gone, paged
from sandbox.state import Row
from sandbox.world import World, activity_of_root

COMMENT_LENGTH = 1_250


def normalised(urn: str) -> str:
    """urn:li:comment:(activity:A,C) and the full spelling are the same comment."""
    return urn.replace("urn:li:comment:(activity:", "urn:li:comment:(urn:li:activity:")


def find(world: World, urn: str) -> Row:
    """A comment. Raises RestError 404."""
    item = world.state.item(LINKEDIN, normalised(urn))
    if item is None or item["deleted"] or item["kind"] != "comment":
        raise gone(urn)
    return item


def place(world: World, urn: str) -> Row:
    """The post or comment under which comments stand."""
    return find(world, urn) if urn.startswith("urn:li:comment:") else find_post(world, urn)


def _numbered(world: World, urn: str, number: str) -> Row:
    post = place(world, urn)
    return find(world, f"urn:li:comment:({activity_of_root(post['root'])},{number})")


def _visible(world: World, parent: Row) -> tuple[str, tuple[Any, ...]]:
    where = (
        "platform = ? AND parent = ? AND kind = 'comment' AND deleted = 0 "
        "AND (resident = 0 OR resident IN (SELECT id FROM residents WHERE gone = 0))"
    )
    return where, (LINKEDIN, parent["id"])


def summary(world: World, urn: str) -> Response:
    where, values = _visible(world, place(world, urn))
    total = world.state.value(f"SELECT count(*) FROM items WHERE {where}", *values)  # noqa: S608
    counts = {"totalFirstLevelComments": total, "aggregatedTotalComments": total}
    return json_answer({"target": urn, "commentsSummary": counts, "likesSummary": {"totalLikes": 0}, "$URN": urn})


def listing(world: World, address: Address, urn: str) -> Response:
    """Newest first, one level."""
    parent = place(world, urn)
    start, count = address.number("start", 0), min(max(address.number("count", 10), 1), 100)
    where, values = _visible(world, parent)
    rows = world.state.rows(
        f"SELECT * FROM items WHERE {where} ORDER BY created DESC, seq DESC LIMIT ? OFFSET ?",  # noqa: S608
        *values, count + 1, start,
    )  # fmt: skip
    total = world.state.value(f"SELECT count(*) FROM items WHERE {where}", *values)  # noqa: S608
    path = f"/rest/socialActions/{quote(urn, safe='')}/comments"
    return json_answer(paged(address, path, [objects.comment(world, row) for row in rows], start, count, total))


def one(world: World, urn: str, number: str) -> Response:
    return json_answer(objects.comment(world, _numbered(world, urn, number)))


def create(world: World, urn: str, body: dict[str, Any]) -> Response:
    """201, the comment, its number in x-restli-id. The answer names the activity whatever was asked with."""
    if body.get("actor") != ORGANIZATION:
        raise denied("socialActions.comments.CREATE")
    message = body.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise bad_parameter("message/text")
    if len(text) > COMMENT_LENGTH:
        raise RestError(
            422,
            f"ERROR :: /message/text :: length is greater than maximum allowed {COMMENT_LENGTH}",
            code="FIELD_LENGTH_TOO_LONG",
        )
    if not body.get("object"):
        raise RestError(422, "ERROR :: /object :: field is required but not found", code="MISSING_FIELD")
    parent = place(world, urn)
    if named := body.get("parentComment"):
        parent = find(world, str(named))
    item = world.add(LINKEDIN, "comment", text, parent=top(world, parent), origin="api")
    answer = objects.comment(world, item)
    answer["commentUrn"] = answer["$URN"]
    number = answer["id"]
    location = f"/socialActions/{quote(urn, safe='')}/comments/{number}"
    return json_answer(answer, 201, {"x-restli-id": number, "Location": location})


def top(world: World, parent: Row) -> Row:
    """An answer to an answer belongs to the comment above both."""
    if parent["kind"] == "comment" and parent["parent"] != parent["root"]:
        return find(world, parent["parent"])
    return parent


def _own(world: World, address: Address, urn: str, number: str, act: str) -> Row:
    item = _numbered(world, urn, number)
    if address.plain("actor", ORGANIZATION) != ORGANIZATION:
        raise denied(f"socialActions.comments.{act}")
    return item


def edit(world: World, address: Address, urn: str, number: str, body: dict[str, Any]) -> Response:
    item = _own(world, address, urn, number, "PARTIAL_UPDATE")
    if item["resident"]:
        raise denied("socialActions.comments.PARTIAL_UPDATE")
    try:
        text = body["patch"]["message"]["$set"]["text"]
    except (KeyError, TypeError):
        raise bad("The patch holds no /message/$set/text") from None
    if not isinstance(text, str) or not text.strip() or len(text) > COMMENT_LENGTH:
        raise bad_parameter("message/text")
    return json_answer(objects.comment(world, world.edit(item, text)))


def remove(world: World, address: Address, urn: str, number: str) -> Response:
    """The page may remove any comment under its own posts."""
    world.delete(_own(world, address, urn, number, "DELETE"), by_us=True)
    return Response(status_code=204)
