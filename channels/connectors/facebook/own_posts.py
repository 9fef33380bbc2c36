"""What stands on our page, how it does there, and taking it away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from channels.connectors.facebook import fields
from channels.connectors.facebook.graph import Graph
from channels.connectors.facebook.publishing import own_post_id
from channels.connectors.facebook.sending import newest
from channels.errors import Gone, Misconfigured, PermanentError
from channels.messages import OwnPost, PostFigures

IDS_PER_REQUEST = 50  # Graph docs, multiple id read requests
MOST_POSTS = 200
COUNTS = "reactions.limit(0).summary(total_count),comments.limit(0).filter(stream).summary(total_count),shares"
POST_FIELDS = f"id,message,story,created_time,permalink_url,full_picture,{COUNTS}"
# How many different people saw it: the name of today, then the one before (retired between November 2025 and June 2026). One
# name that Graph no longer knows fails the whole question.
REACH = ("post_total_media_view_unique", "post_impressions_unique")


def list_posts(graph: Graph, page_id: str, since: datetime) -> list[OwnPost]:
    """See `Connector.list_posts`."""
    asked = {"fields": POST_FIELDS, "since": int(since.timestamp())}
    found = newest(graph, f"{page_id}/published_posts", since, "created_time", **asked)
    return [_own_post(one, page_id) for one in islice(found, MOST_POSTS)]


def _own_post(post: Mapping[str, Any], page_id: str) -> OwnPost:
    return OwnPost(
        external_id=own_post_id(post.get("id"), page_id),
        text=fields.text(post.get("message"), "message") or fields.text(post.get("story"), "story"),
        permalink=fields.text(post.get("permalink_url"), "permalink_url"),
        posted_at=fields.moment(post.get("created_time"), "created_time"),
        picture_url=fields.text(post.get("full_picture"), "full_picture"),
        figures=_figures(post),
    )


def _figures(post: Mapping[str, Any]) -> PostFigures:
    """Graph leaves `shares` out when there are none; a summary that is not there was not told."""
    shares = fields.mapping(post.get("shares"), "shares").get("count", 0)
    return PostFigures(
        reach=_reach(post.get("insights")),
        reactions=_total(post.get("reactions")),
        comments=_total(post.get("comments")),
        shares=_amount(shares),
    )


def _total(edge: Any) -> int | None:
    return _amount(fields.mapping(fields.mapping(edge, "edge").get("summary"), "summary").get("total_count"))


def _reach(insights: Any) -> int | None:
    for metric in fields.edge(insights, "insights"):
        told = fields.mapping(metric, "metric")
        if told.get("name") in REACH:
            moments = fields.listing(told.get("values"), "values")
            return _amount(fields.mapping(moments[-1], "value").get("value")) if moments else None
    return None


def _amount(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


def measure(graph: Graph, page_id: str, external_ids: Sequence[str]) -> dict[str, PostFigures]:
    """See `Connector.measure_posts`. Reach needs a permission of its own (`read_insights`): without it the rest is told."""
    for insights in (*(f",insights.metric({name})" for name in REACH), ""):
        try:
            known, _gone = look_up(graph, page_id, external_ids, f"id,{COUNTS}{insights}")
        except Misconfigured as error:
            if not insights or error.code not in {"parameter", "permission"}:
                raise
            continue
        return {one: _figures(value) for one, value in known.items()}
    raise AssertionError("the last question asks for no insights")


def look_up(
    graph: Graph, page_id: str, external_ids: Sequence[str], asked: str
) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    """Objects by id, and the ids of those that are gone. Raises Misconfigured when we may no longer look."""
    known: dict[str, Mapping[str, Any]] = {}
    gone: list[str] = []
    for start in range(0, len(external_ids), IDS_PER_REQUEST):
        _look_up(graph, list(external_ids[start : start + IDS_PER_REQUEST]), asked, known, gone)
    if gone:
        prove_that_we_may_look(graph, page_id)
    return known, gone


def _look_up(graph: Graph, ids: list[str], asked: str, known: dict[str, Mapping[str, Any]], gone: list[str]) -> None:
    """Graph refuses a whole list for one id that is gone: then look in halves."""
    try:
        answer = graph.get_objects(ids, fields=asked)
    except Gone:
        if len(ids) == 1:
            gone.append(ids[0])
            return
        middle = len(ids) // 2
        _look_up(graph, ids[:middle], asked, known, gone)
        _look_up(graph, ids[middle:], asked, known, gone)
        return
    found = fields.mapping(answer, "answer")
    for one in ids:
        if isinstance(found.get(one), Mapping):
            known[one] = found[one]
        else:
            gone.append(one)


def prove_that_we_may_look(graph: Graph, page_id: str) -> None:
    """ "Does not exist" is also what Graph says when we may no longer look. Believe it only while we may."""
    try:
        graph.call(f"{page_id}/feed", fields="id", limit=1)
    except Gone as error:
        raise Misconfigured(str(error), code="page_unlinked") from error


def delete(graph: Graph, page_id: str, external_id: str) -> None:
    """See `Connector.delete_post`."""
    try:
        answer = graph.delete_object(external_id)
    except Gone:
        prove_that_we_may_look(graph, page_id)
        raise
    if isinstance(answer, Mapping) and answer.get("success") is False:
        raise PermanentError("Facebook did not take the post away.")
