"""How posts of the page do: reactions and comments (socialMetadata), reach and shares (organizationalEntityShareStatistics)."""

from typing import Any

from starlette.responses import Response

from sandbox.accounts import LINKEDIN, ORGANIZATION
from sandbox.answers import json_answer, linkedin_body
from sandbox.figures import figures
from sandbox.linkedin.posts import find
from sandbox.linkedin.restli import Address, RestError, bad_parameter, denied, paged
from sandbox.state import Row
from sandbox.world import World, activity_of_root

MOST_IDS = 100


def _comments(world: World, post: Row) -> tuple[int, int]:
    """(all, those at the top)."""
    row = world.state.row(
        "SELECT count(*), coalesce(sum(parent = root), 0) FROM items "
        "WHERE platform = ? AND root = ? AND kind = 'comment' AND deleted = 0",
        LINKEDIN,
        post["id"],
    )
    return (int(row[0]), int(row[1])) if row is not None else (0, 0)


def _metadata(world: World, urn: str) -> dict[str, Any]:
    post = find(world, urn)
    total, top = _comments(world, post)
    reactions = figures(post).reactions
    kinds = {"LIKE": reactions - reactions // 5 - reactions // 9, "PRAISE": reactions // 5, "INTEREST": reactions // 9}
    return {
        "entity": activity_of_root(post["id"]),
        "commentsState": "OPEN",
        "commentSummary": {"count": total, "topLevelCount": top},
        "reactionSummaries": {name: {"reactionType": name, "count": count} for name, count in kinds.items() if count},
    }


def metadata(world: World, urn: str) -> Response:
    return json_answer(_metadata(world, urn))


def metadata_of_many(world: World, address: Address) -> Response:
    """GET /rest/socialMetadata?ids=List(…): what is gone stands under `errors`."""
    ids = address.listed("ids")
    if not ids or len(ids) > MOST_IDS:
        raise bad_parameter("ids")
    results: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    for urn in ids:
        try:
            results[urn] = _metadata(world, urn)
        except RestError as error:
            errors[urn] = linkedin_body(error.status, str(error), service_code=0)
    return json_answer(
        {"results": results, "statuses": {urn: 404 if urn in errors else 200 for urn in ids}, "errors": errors}
    )


def of_shares(world: World, address: Address) -> Response:
    """GET /rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=…&shares=List(…)&ugcPosts=List(…)."""
    if address.plain("q") != "organizationalEntity":
        raise bad_parameter("q", "QUERY_PARAM_NOT_ALLOWED")
    if address.plain("organizationalEntity") != ORGANIZATION:
        raise denied("organizationalEntityShareStatistics.FINDER-organizationalEntity")
    elements = []
    for name, key in (("shares", "share"), ("ugcPosts", "ugcPost")):
        for urn in address.listed(name) if name in address.query else []:
            post = world.state.item(LINKEDIN, urn.replace("urn:li:ugcPost:", "urn:li:share:"))
            if post is None or post["deleted"] or post["resident"]:
                continue
            told = figures(post)
            total = {
                "uniqueImpressionsCount": told.reach, "impressionCount": told.views, "clickCount": told.clicks,
                "likeCount": told.reactions, "commentCount": _comments(world, post)[0], "shareCount": told.shares,
                "engagement": round((told.clicks + told.reactions + told.shares) / max(told.views, 1), 6),
            }  # fmt: skip
            elements.append({"organizationalEntity": ORGANIZATION, key: urn, "totalShareStatistics": total})
    return json_answer(
        paged(address, "/rest/organizationalEntityShareStatistics", elements, 0, max(len(elements), 10), len(elements))
    )
