"""Putting a post of ours on the page, and looking whether it is there.

Pictures go first, unpublished: nobody sees them. The one call that makes the post visible is `POST /{page}/feed`. A link stands
beside the text, and Facebook makes a card of it; with pictures there is no place for a card, so it goes below the text.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from channels.connectors.facebook import fields
from channels.connectors.facebook.graph import Graph
from channels.connectors.facebook.polling import ATTACHMENTS
from channels.connectors.facebook.sending import CLOCK_SLACK, is_ours, newest, public_receipt
from channels.connectors.texts import same_text, utf16_length, with_link
from channels.connectors.unseen import nothing_seen_yet
from channels.errors import Gone, Misconfigured, OutcomeUnknown, PayloadError, PermanentError
from channels.messages import OutboundPost, Picture, Receipt

POST_LENGTH = 63_206
MOST_PICTURES = 10
COUNTERS = {"fbclid"}
PHOTOS = {"photo", "album"}
SHIMS = {"l.facebook.com", "lm.facebook.com"}


def publish(graph: Graph, page_id: str, post: OutboundPost, still_allowed: Callable[[], None]) -> Receipt:
    """See `Connector.publish`."""
    said = _said(post)
    photos = []
    for number, picture in enumerate(post.pictures):
        with nothing_seen_yet(still_allowed):
            photos.append(_upload(graph, page_id, picture, number))
    if photos:
        said |= {f"attached_media[{place}]": f'{{"media_fbid":"{photo}"}}' for place, photo in enumerate(photos)}
    now = datetime.now(UTC)
    try:
        answer = graph.write(page_id, "feed", **said, fields="id,permalink_url,created_time")
    except Gone as error:
        raise Misconfigured(str(error), code="page_unlinked") from error
    try:
        own_id = own_post_id(answer.get("id"), page_id)
    except PayloadError as error:
        raise OutcomeUnknown("Facebook took the post without saying which one it is.") from error
    return public_receipt(own_id, answer, now)


def _said(post: OutboundPost) -> dict[str, str]:
    """`message` and `link`, as far as there are; checked before anything leaves. Raises PermanentError."""
    text = with_link(post.text, post.link) if post.pictures else post.text
    link = "" if post.pictures else post.link
    if not text.strip() and not link and not post.pictures:
        raise PermanentError("There is nothing to publish.", code="empty")
    if utf16_length(text) > POST_LENGTH:
        raise PermanentError(f"Longer than the {POST_LENGTH} characters that Facebook takes.", code="too_long")
    if len(post.pictures) > MOST_PICTURES:
        raise PermanentError(f"More than the {MOST_PICTURES} pictures that Facebook takes.", code="too_many_pictures")
    return {name: value for name, value in (("message", text), ("link", link)) if value.strip()}


def _upload(graph: Graph, page_id: str, picture: Picture, number: int) -> str:
    """An unpublished photo; its id."""
    name = f"picture-{number + 1}.{'png' if picture.content_type == 'image/png' else 'jpg'}"
    described = {"alt_text_custom": picture.alt} if picture.alt else {}
    try:
        answer = graph.put_photo(
            (name, picture.content, picture.content_type), f"{page_id}/photos", published="false", **described
        )
    except Gone as error:
        raise Misconfigured(str(error), code="page_unlinked") from error
    photo = fields.required(fields.mapping(answer, "photo").get("id"), "id")
    if not photo.isdecimal():
        raise PayloadError("the id of a photo is no number", reason="wrong_type")
    return photo


def own_post_id(value: Any, page_id: str) -> str:
    """`{page}_{post}`, which comments under it name too (`post_id` of a webhook, the post of a poll). Raises PayloadError."""
    found = fields.required(value, "id")
    return found if "_" in found or not page_id else f"{page_id}_{found}"


# -- looking whether it is there ---------------------------------------------------------------------------------------


def find(graph: Graph, page_id: str, post: OutboundPost, since: datetime) -> Receipt | None:
    """See `Connector.find_published`. Raises TransientError when there is too much to look through to be certain."""
    said = _said(post)
    asked = f"id,message,created_time,permalink_url,from{{id}},{ATTACHMENTS}"
    for found in newest(graph, f"{page_id}/feed", since - CLOCK_SLACK, "created_time", fields=asked):
        if is_ours(found, page_id) and _is_it(found, said, len(post.pictures)):
            return public_receipt(own_post_id(found.get("id"), page_id), found, None)
    return None


def _is_it(found: Mapping[str, Any], said: Mapping[str, str], pictures: int) -> bool:
    """The same text; and, where they tell something, pictures where we have some and the link that we gave."""
    if not same_text(found.get("message") or "", said.get("message", "")):
        return False
    shown = [fields.mapping(one, "attachment") for one in fields.edge(found.get("attachments"), "attachments")]
    photos = [one for one in shown if one.get("media_type") in PHOTOS]
    if not said.get("message") and pictures:
        # Nothing but pictures: as many of them.
        return sum(max(len(fields.edge(one.get("subattachments"), "subattachments")), 1) for one in photos) == pictures
    if pictures or photos:
        return bool(pictures) and (bool(photos) or not shown)
    # A link of which Facebook could make no card is told nowhere; one in the text gets a card as well.
    links = _links(shown)
    if not said.get("link") or (not links and said.get("message")):
        return True
    return _plain(said["link"]) in links


def _links(shown: Sequence[Mapping[str, Any]]) -> set[str]:
    """Where the cards lead, as far as they tell."""
    found = (fields.text(one.get("unshimmed_url") or one.get("url"), "url") for one in shown)
    return {_plain(url) for url in found if url}


def _plain(url: str) -> str:
    """An address without what Facebook does to it: sent round by its own counter, `fbclid` at the end, a slash more."""
    try:
        parts = urlsplit(url)
        if parts.hostname in SHIMS:
            return _plain(parse_qs(parts.query).get("u", [""])[0])
        query = urlencode([pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in COUNTERS])
        return f"{(parts.hostname or '').removeprefix('www.')}{parts.path.rstrip('/')}?{query}"
    except ValueError:
        return url
