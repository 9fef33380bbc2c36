"""Our own posts: making them, looking whether one is there, reading how they do, taking them away.

A post of several parts is a chain of posts, each answering the one before it; X counts and numbers each by itself.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from channels.connectors.twitter import people, posts, sending, values
from channels.connectors.twitter.client import Client
from channels.connectors.twitter.matching import shown_text
from channels.connectors.twitter.vocabulary import REPOSTS, either
from channels.connectors.unseen import nothing_seen_yet
from channels.errors import OutcomeUnknown, PermanentError
from channels.messages import Account, AttachmentKind, OutboundPost, OwnPost, Picture, PostFigures, Receipt

MOST_PICTURES = 4
LARGEST_PICTURE = 5_000_000  # bytes (X API docs, media)
PAGES_LISTED = 2


# -- out ---------------------------------------------------------------------------------------------------------------


def publish(client: Client, account: Account, post: OutboundPost, still_allowed: Callable[[], None]) -> Receipt:
    """See `Connector.publish`. Pictures that were uploaded for a post that is not made are seen by nobody and end by themselves."""
    if not post.text.strip() and not post.pictures:
        raise PermanentError("There is no text to send.", code="empty")
    sending.check_text(post.text)
    if len(post.pictures) > MOST_PICTURES:
        raise PermanentError(f"X takes {MOST_PICTURES} pictures at most.", code="too_many_pictures")
    if any(len(picture.content) > LARGEST_PICTURE for picture in post.pictures):
        raise PermanentError("X takes pictures of 5 MB at most.", code="picture_too_large")
    said: dict[str, Any] = {"text": post.text}
    if post.in_reply_to:
        said["in_reply_to_tweet_id"] = post.in_reply_to
    if post.pictures:
        said["media_ids"] = [_uploaded(client, picture, still_allowed) for picture in post.pictures]
    return sending.create_post(client, account, **said)


def _uploaded(client: Client, picture: Picture, still_allowed: Callable[[], None]) -> str:
    """The id of `picture` at X, with its alt text."""
    content = base64.b64encode(picture.content).decode()
    with nothing_seen_yet(still_allowed):
        body = client.request("POST", "/2/media/upload", json={"media": content, "media_category": "tweet_image"})
        media_id = sending.accepted(body.json(), "id")
        if picture.alt.strip():
            words = {"id": media_id, "metadata": {"alt_text": {"text": picture.alt}}}
            client.request("POST", "/2/media/metadata", json=words)
    return media_id


def find(client: Client, account: Account, post: OutboundPost, since: datetime) -> Receipt | None:
    """See `Connector.find_published`. Raises TransientError when there is too much to look through to be certain."""
    earliest = since - sending.CLOCK_SLACK
    return sending.find_post(client, account, text=post.text, in_reply_to=post.in_reply_to, earliest=earliest)


def delete(client: Client, external_id: str) -> None:
    """See `Connector.delete_post`."""
    if not values.is_id(external_id):
        raise PermanentError("It is not known which post this is.", code="no_target")
    body = client.delete_tweet(external_id, user_auth=False)
    data = body.get("data")
    if not isinstance(data, Mapping) or data.get("deleted") is not True:
        raise OutcomeUnknown("X does not say that it is gone.")


# -- in ----------------------------------------------------------------------------------------------------------------


def list_posts(client: Client, account: Account, since: datetime) -> list[OwnPost]:
    """See `Connector.list_posts`: our posts and the parts that we hung under them, no answers to others, no reposts."""
    found = sending.own_posts(client, account, client.measured_fields, since, most=PAGES_LISTED, is_all=False)
    chained: set[str] = set()
    kept = []
    # Oldest first: a part belongs to us when what it answers does.
    for body, along in reversed(list(found)):
        post = posts.read(body)
        if post.is_repost or (post.answers and not _goes_on(post, along, chained, account)):
            continue
        chained |= {post.id, post.first_id}
        kept.append(_own_post(post, along, account))
    return kept[::-1]


def _goes_on(post: posts.Post, along: people.Includes, chained: set[str], account: Account) -> bool:
    if post.answers in chained:
        return True
    above = along.posts.get(post.answers)
    if above is None:
        return False
    read = posts.read(above)
    return read.author_id == account.external_id and not read.answers


def _own_post(post: posts.Post, along: people.Includes, account: Account) -> OwnPost:
    pictures = [one.url for one in people.attachments(post.body, along) if one.kind == AttachmentKind.IMAGE]
    return OwnPost(
        external_id=post.first_id,
        root_id=post.conversation_id or post.first_id,
        text=shown_text(post.body),
        permalink=people.permalink(post.first_id, values.handle(account.handle)),
        posted_at=values.time_of(post.first_id) or values.moment(post.body.get("created_at"), "created_at"),
        picture_url=next((url for url in pictures if url), ""),
        figures=_figures(post.body),
    )


def measure(client: Client, external_ids: Sequence[str]) -> dict[str, PostFigures]:
    """See `Connector.measure_posts`. An edited post is counted by its newest version."""
    found: dict[str, PostFigures] = {}
    asked = [one for one in external_ids if values.is_id(one)][:100]
    for _ in range(2):
        if not asked:
            break
        newer = []
        for body in values.listing(client.get_tweets(asked, **client.measured_fields).get("data"), "data"):
            post = posts.read(body)
            found[post.first_id] = _figures(body)
            if post.latest_id not in {post.id, *asked}:
                newer.append(post.latest_id)
        asked = newer
    return {one: found[one] for one in external_ids if one in found}


def _figures(body: Mapping[str, Any]) -> PostFigures:
    metrics = values.mapping(body.get("public_metrics"), "public_metrics")
    counted = {
        name: values.count(metrics.get(name), name) for name in ("impression_count", "like_count", "reply_count")
    }
    shares = [values.count(each, "shares") for each in (either(metrics, REPOSTS), metrics.get("quote_count"))]
    known = [each for each in shares if each is not None]
    return PostFigures(
        reach=counted["impression_count"],
        reactions=counted["like_count"],
        comments=counted["reply_count"],
        shares=sum(known) if known else None,
    )
