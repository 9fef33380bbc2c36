"""Who wrote it, what hangs on it, and in which conversation it belongs: the rules that webhooks and polling share.

Threads. One conversation with one resident:
* `comment:{id of the top-level comment}` for a comment under a post of ours, with all that is said below it;
* `post:{post id}` for a post of a visitor on our page, or one elsewhere that names us, with the comments below it;
* `dm:{page-scoped user id}` for Messenger.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from channels.connectors.facebook import fields
from channels.messages import Attachment, AttachmentKind, Author

_PERMALINK = re.compile(r"/posts/(?P<post>[^/?]+)")

ATTACHMENT_KINDS = {
    "image": AttachmentKind.IMAGE,
    "photo": AttachmentKind.IMAGE,
    "sticker": AttachmentKind.IMAGE,
    "animated_image_share": AttachmentKind.IMAGE,
    "video": AttachmentKind.VIDEO,
    "video_inline": AttachmentKind.VIDEO,
    "reel": AttachmentKind.VIDEO,
    "ig_reel": AttachmentKind.VIDEO,
    "audio": AttachmentKind.AUDIO,
    "file": AttachmentKind.FILE,
}


def author(value: Any) -> Author:
    """`from`, a participant, or nothing: Graph leaves it out when our app may not see who it is."""
    person = fields.mapping(value, "from")
    picture = person.get("picture")
    avatar = fields.mapping(fields.mapping(picture, "picture").get("data"), "picture").get("url") if picture else None
    return Author(
        external_id=fields.identifier(person.get("id"), "from.id"),
        name=fields.text(person.get("name"), "from.name"),
        avatar_url=fields.text(avatar, "picture.url"),
        profile_url=fields.text(person.get("link"), "from.link"),
    )


def sender(value: Mapping[str, Any]) -> Author:
    """Who a feed change is about: `from` today, `sender_id` and `sender_name` in older versions."""
    if value.get("from") is not None:
        return author(value.get("from"))
    return Author(
        external_id=fields.identifier(value.get("sender_id"), "sender_id"),
        name=fields.text(value.get("sender_name"), "sender_name"),
    )


def comment_id(value: Any) -> str:
    """`{post}_{comment}`, the form of webhooks; some Graph versions put the page in front of it."""
    found = fields.identifier(value, "comment_id")
    parts = found.split("_")
    return "_".join(parts[-2:]) if len(parts) == 3 and all(part.isdigit() for part in parts) else found


def message_id(value: Any) -> str:
    """`m_...` on both roads today; older webhooks say `mid.X` where Graph says `m_mid.X`."""
    found = fields.required(value, "mid")
    return found.removeprefix("m_") if found.startswith("m_mid.") else found


def ids_in_permalink(permalink: str) -> tuple[str, str]:
    """(this comment, the top-level comment) as told by a permalink of a comment; empty when it tells nothing."""
    try:
        parts = urlsplit(permalink)
        query = parse_qs(parts.query)
    except ValueError:
        return "", ""
    post = _PERMALINK.search(parts.path)
    top, own = query.get("comment_id", [""])[0], query.get("reply_comment_id", [""])[0]
    if post is None or not top:
        return "", ""
    return f"{post['post']}_{own or top}", f"{post['post']}_{top}"


def _media_url(part: Mapping[str, Any]) -> str:
    media = fields.mapping(part.get("media"), "media")
    image = fields.mapping(media.get("image"), "image")
    return fields.text(media.get("source"), "source") or fields.text(image.get("src"), "src")


def post_attachments(value: Any) -> tuple[Attachment, ...]:
    """`attachments` of a post, albums unfolded."""
    found: list[Attachment] = []
    for raw in fields.edge(value, "attachments"):
        part = fields.mapping(raw, "attachment")
        nested = fields.edge(part.get("subattachments"), "subattachments")
        for each in (fields.mapping(item, "attachment") for item in nested or [part]):
            found.append(story_attachment(each))
    return tuple(one for one in found if one.url)


def story_attachment(part: Mapping[str, Any]) -> Attachment:
    """One attachment of a post or a comment."""
    said = fields.text(part.get("media_type"), "media_type") or fields.text(part.get("type"), "type")
    kind = ATTACHMENT_KINDS.get(said, AttachmentKind.LINK)
    page = fields.text(part.get("unshimmed_url"), "url") or fields.text(part.get("url"), "url")
    url = page if kind == AttachmentKind.LINK else _media_url(part) or page
    title = fields.text(part.get("title"), "title")
    target = fields.mapping(part.get("target"), "target")
    return Attachment(kind=kind, url=url, name=title, external_id=fields.identifier(target.get("id"), "target.id"))


def message_attachments(value: Any) -> tuple[Attachment, ...]:
    """`attachments` of a Messenger message as Graph gives them."""
    found = []
    for raw in fields.edge(value, "attachments"):
        part = fields.mapping(raw, "attachment")
        mime = fields.text(part.get("mime_type"), "mime_type")
        image = fields.mapping(part.get("image_data"), "image_data")
        video = fields.mapping(part.get("video_data"), "video_data")
        file_url = fields.text(part.get("file_url"), "file_url")
        if video.get("url") is not None:
            kind, url = AttachmentKind.VIDEO, fields.text(video.get("url"), "video url")
        elif image.get("url") is not None:
            kind, url = AttachmentKind.IMAGE, fields.text(image.get("url"), "image url")
        else:
            kind = AttachmentKind.AUDIO if mime.startswith("audio/") else AttachmentKind.FILE
            url = file_url
        found.append(
            Attachment(
                kind=kind,
                url=url or file_url,
                external_id=fields.identifier(part.get("id"), "attachment id"),
                name=fields.text(part.get("name"), "name"),
            )
        )
    return tuple(found)


def webhook_attachments(value: Any) -> tuple[Attachment, ...]:
    """`message.attachments` of a Messenger webhook: media, a shared link ("fallback"), a place, a card."""
    found = []
    for raw in fields.listing(value, "attachments"):
        part = fields.mapping(raw, "attachment")
        kind = ATTACHMENT_KINDS.get(fields.text(part.get("type"), "type"), AttachmentKind.LINK)
        # A fallback's payload may be an opaque string, and then the address stands beside it.
        inner = part.get("payload")
        payload = inner if isinstance(inner, Mapping) else {}
        url = fields.text(payload.get("url"), "url") or fields.text(part.get("url"), "url")
        title = fields.text(part.get("title"), "title") or fields.text(payload.get("title"), "title")
        place = fields.mapping(payload.get("coordinates"), "coordinates")
        if place and not url:
            url = f"https://www.openstreetmap.org/?mlat={place.get('lat')}&mlon={place.get('long')}"
        found.append(Attachment(kind=kind, url=url, name=title))
    return tuple(found)
