"""Putting a post of ours on the page, and looking whether it is there.

Pictures go first: an address to upload to is asked for, the bytes are put there, and nobody sees them. The one call that makes
the post visible is `POST /rest/posts`; it answers 201 with nothing but the name of the post in a header. A link stands in the text.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from channels.connectors.linkedin import urns, values
from channels.connectors.linkedin.little import escaped, plain
from channels.connectors.linkedin.rest import Rest
from channels.connectors.linkedin.sending import CLOCK_SLACK, newest
from channels.connectors.texts import same_text, utf16_length, with_link
from channels.connectors.unseen import nothing_seen_yet
from channels.errors import OutcomeUnknown, PayloadError, PermanentError
from channels.messages import OutboundPost, Picture, Receipt

POST_LENGTH = 3_000
MOST_PICTURES = 20
LONGEST_ALT = 4_086  # LinkedIn docs, images and MultiImage


def count(text: str) -> int:
    """LinkedIn counts what is sent to it: with a backslash before every reserved sign."""
    return utf16_length(escaped(text))


def publish(rest: Rest, ours: str, post: OutboundPost, still_allowed: Callable[[], None]) -> Receipt:
    """See `Connector.publish`."""
    text = _checked(post)
    images = []
    for picture in post.pictures:
        with nothing_seen_yet(still_allowed):
            images.append({"id": _upload(rest, ours, picture), "altText": picture.alt})
    body: dict[str, Any] = {
        "author": ours,
        "commentary": escaped(text),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    if images:
        body["content"] = {"media": images[0]} if len(images) == 1 else {"multiImage": {"images": images}}
    now = datetime.now(UTC)
    made, answer = rest.create("posts", body=body)
    own_id = urns.post(made) or urns.post(values.loose(answer.get("id")))
    if not own_id:
        raise OutcomeUnknown("LinkedIn took the post without saying which one it is.")
    return Receipt(external_id=own_id, sent_at=urns.time_of(own_id) or now, permalink=urns.permalink(own_id))


def _checked(post: OutboundPost) -> str:
    """The text with its link, checked before anything leaves. Raises PermanentError."""
    text = with_link(post.text, post.link)
    if not text.strip() and not post.pictures:
        raise PermanentError("There is nothing to publish.", code="empty")
    if count(text) > POST_LENGTH:
        raise PermanentError(f"Longer than the {POST_LENGTH} characters that LinkedIn takes.", code="too_long")
    if len(post.pictures) > MOST_PICTURES:
        raise PermanentError(f"More than the {MOST_PICTURES} pictures that LinkedIn takes.", code="too_many_pictures")
    if any(utf16_length(picture.alt) > LONGEST_ALT for picture in post.pictures):
        raise PermanentError("What is read aloud of a picture is longer than LinkedIn takes.", code="too_long")
    return text


def _upload(rest: Rest, ours: str, picture: Picture) -> str:
    """The name of the picture at LinkedIn."""
    asked = {"initializeUploadRequest": {"owner": ours}}
    _made, answer = rest.create("images", body=asked, action="initializeUpload")
    value = values.mapping(answer.get("value"), "value")
    address, image = values.text(value.get("uploadUrl"), "uploadUrl"), values.urn(value.get("image"), "image")
    if not address or not image.startswith("urn:li:image:"):
        raise PayloadError("LinkedIn says nowhere to put the picture.", reason="missing_id")
    rest.upload(address, picture.content, picture.content_type)
    return image


# -- looking whether it is there ---------------------------------------------------------------------------------------


def find(rest: Rest, ours: str, post: OutboundPost, since: datetime) -> Receipt | None:
    """See `Connector.find_published`. Raises TransientError when there is too much to look through to be certain."""
    text = _checked(post)
    for found in own_posts(rest, ours, since - CLOCK_SLACK):
        own_id = urns.post(values.loose(found.get("id")))
        if own_id and _is_it(found, text, len(post.pictures)):
            return Receipt(external_id=own_id, sent_at=made_at(found), permalink=urns.permalink(own_id))
    return None


def own_posts(rest: Rest, ours: str, earliest: datetime) -> Iterator[Mapping[str, Any]]:
    """What our page posted since `earliest`, newest first; no drafts. Raises TransientError when there is no end to it."""
    author = {"author": urns.encoded(ours), "q": "author", "sortBy": "CREATED"}
    seen = set()
    for post in newest(lambda **page: rest.get("posts", **author, **page), made_at, earliest):
        own_id = values.loose(post.get("id"))
        if own_id not in seen and post.get("lifecycleState", "PUBLISHED") == "PUBLISHED":
            seen.add(own_id)
            yield post


def made_at(post: Mapping[str, Any]) -> datetime | None:
    told = values.moment(post.get("publishedAt"), "publishedAt")
    return told or values.moment(post.get("createdAt"), "createdAt")


def _is_it(found: Mapping[str, Any], text: str, pictures: int) -> bool:
    """The same text, however it is spelled; and of what has no text, as many pictures."""
    commentary = values.text(found.get("commentary"), "commentary")
    if not same_text(plain(commentary), text) and not same_text(commentary, text):
        return False
    return bool(text.strip()) or len(images_of(found)) == pictures


def images_of(post: Mapping[str, Any]) -> list[str]:
    """The names of a post's pictures."""
    content = values.mapping(post.get("content"), "content")
    many = values.listing(values.mapping(content.get("multiImage"), "multiImage").get("images"), "images")
    found = [values.mapping(one, "image").get("id") for one in many or [content.get("media")]]
    return [one for one in found if isinstance(one, str) and one.startswith("urn:li:image:")]
