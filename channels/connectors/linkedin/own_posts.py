"""What stands on our page, how it does there, and taking it away."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from channels.connectors.linkedin import comments, urns, values
from channels.connectors.linkedin.little import plain
from channels.connectors.linkedin.publishing import made_at, own_posts
from channels.connectors.linkedin.rest import Rest, elements
from channels.errors import Gone, Misconfigured, PermanentError
from channels.messages import OwnPost, PostFigures

MOST_POSTS = 200
IDS_PER_REQUEST = 50  # a query may be 4 KB long
MOST_ASKED_FOR_ROOT = 20


def list_posts(rest: Rest, ours: str, since: datetime) -> list[OwnPost]:
    """See `Connector.list_posts`. `root_id` stays empty until somebody said something below a post: only then LinkedIn has to
    tell the other name of it."""
    found: dict[str, Mapping[str, Any]] = {}
    for post in islice(own_posts(rest, ours, since), MOST_POSTS):
        if own_id := urns.post(values.loose(post.get("id"))):
            found[own_id] = post
    roots = _roots(rest, list(found))
    return [
        OwnPost(
            external_id=own_id,
            root_id=roots.get(own_id, ""),
            text=plain(values.text(post.get("commentary"), "commentary")),
            permalink=urns.permalink(own_id),
            posted_at=made_at(post) or urns.time_of(own_id),
        )
        for own_id, post in found.items()
    ]


def _roots(rest: Rest, own_ids: Sequence[str]) -> dict[str, str]:
    """The activity behind each post that was commented on: comments, and so our conversations, are named after that one."""
    roots: dict[str, str] = {}
    asked = 0
    for own_id, told in _metadata(rest, own_ids):
        entity = urns.post(values.urn(told.get("entity"), "entity"))
        if not values.mapping(told.get("commentSummary"), "commentSummary").get("count"):
            continue
        if ":activity:" in entity:
            roots[own_id] = entity
        elif asked < MOST_ASKED_FOR_ROOT:
            asked += 1
            if root := _root_in_comments(rest, own_id):
                roots[own_id] = root
    return roots


def _root_in_comments(rest: Rest, own_id: str) -> str:
    try:
        body = rest.get("socialActions", own_id, "comments", start=0, count=1)
    except Gone:
        return ""
    return next((urns.parts(comments.urn_of(values.mapping(one, "comment")))[0] for one in elements(body)), "")


def _metadata(rest: Rest, own_ids: Sequence[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What LinkedIn knows of reactions and comments, of the posts that are there; {} where it tells nothing of one."""
    for some in _some(own_ids):
        body = rest.get("socialMetadata", ids=urns.listed(some))
        results = values.mapping(body.get("results"), "results")
        errors = values.mapping(body.get("errors"), "errors")
        for own_id in some:
            told = results.get(own_id)
            if isinstance(told, Mapping):
                yield own_id, told
            elif values.mapping(errors.get(own_id), "error").get("status") != 404:
                yield own_id, {}


def _some(own_ids: Sequence[str]) -> Iterator[list[str]]:
    """As many names as go into one address."""
    return (list(own_ids[start : start + IDS_PER_REQUEST]) for start in range(0, len(own_ids), IDS_PER_REQUEST))


# -- how they do -------------------------------------------------------------------------------------------------------


def measure(rest: Rest, ours: str, external_ids: Sequence[str]) -> dict[str, PostFigures]:
    """See `Connector.measure_posts`. Reach and shares need the right to see statistics: without it the rest is told."""
    asked = [one for one in external_ids if urns.post(one)]
    there = dict(_metadata(rest, asked))
    try:
        statistics = _statistics(rest, ours, list(there))
    except Misconfigured as error:
        if error.code != "permission":
            raise
        statistics = {}
    return {own_id: _figures(told, statistics.get(own_id, {})) for own_id, told in there.items()}


def _statistics(rest: Rest, ours: str, own_ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    """Totals of a post's whole life, by its name."""
    found: dict[str, Mapping[str, Any]] = {}
    for name, key in (("shares", "share"), ("ugcPosts", "ugcPost")):
        named = [one for one in own_ids if one.startswith(f"urn:li:{key}:")]
        for some in _some(named):
            query: dict[str, str | int] = {"organizationalEntity": urns.encoded(ours), name: urns.listed(some)}
            body = rest.get(
                "organizationalEntityShareStatistics", q="organizationalEntity", **query, start=0, count=len(some)
            )
            for one in elements(body):
                element = values.mapping(one, "statistics")
                total = values.mapping(element.get("totalShareStatistics"), "totalShareStatistics")
                found[values.loose(element.get(key))] = total
    return found


def _figures(told: Mapping[str, Any], total: Mapping[str, Any]) -> PostFigures:
    kinds = told.get("reactionSummaries")
    counts: list[int | None] = [None]
    if isinstance(kinds, Mapping):
        counts = [_amount(values.mapping(one, "reactions").get("count")) for one in kinds.values()]
    known = [count for count in counts if count is not None]
    summary = values.mapping(told.get("commentSummary"), "commentSummary")
    return PostFigures(
        reach=_amount(total.get("uniqueImpressionsCount")),
        reactions=sum(known) if len(known) == len(counts) else None,
        comments=_amount(summary.get("count")),
        shares=_amount(total.get("shareCount")),
    )


def _amount(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31 else None


# -- taking away -------------------------------------------------------------------------------------------------------


def delete(rest: Rest, external_id: str) -> None:
    """See `Connector.delete_post`. LinkedIn may also say that it went well of a post that was gone already."""
    own_id = urns.post(external_id)
    if not own_id:
        raise PermanentError("It is not known which post this is.", code="no_target")
    rest.delete("posts", own_id)
