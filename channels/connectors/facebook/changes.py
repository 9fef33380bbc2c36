"""What `entry[].changes[]` of a page webhook mean: comments, visitor posts and mentions, and what was done to them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from channels.connectors.facebook import fields, people
from channels.errors import PayloadError, Refused
from channels.messages import (
    Attachment,
    AttachmentKind,
    Author,
    Change,
    Direction,
    Event,
    InboundMessage,
    Kind,
    RootPost,
    Visibility,
)

CHANGES = {
    "add": Change.CREATED,
    "edit": Change.EDITED,
    "edited": Change.EDITED,
    "update": Change.EDITED,
    "remove": Change.DELETED,
    "delete": Change.DELETED,
    "hide": Change.HIDDEN,
    "unhide": Change.UNHIDDEN,
}
POST_ITEMS = {"post", "status", "photo", "video", "share", "link", "note", "picture"}
# What Meta documents for the feed field and an inbox has no use for; each is refused under its own name.
OTHER_ITEMS = {
    "album", "address", "connection", "coupon", "event", "experience", "group", "group_message", "interest", "life_event",
    "like", "mention", "milestone", "page", "photo-album", "place", "profile", "question", "rating", "reaction",
    "relationship-status", "story", "tag",
}  # fmt: skip
OTHER_VERBS = {"block", "unblock", "mute", "follow"}


def parse_change(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    """One change. Raises Refused (named) or PayloadError."""
    change = fields.mapping(payload.get("value"), "change")
    field = fields.text(change.get("field"), "field")
    value = fields.mapping(change.get("value"), "value")
    at = fields.moment(payload.get("time"), "time")
    if field == "ratings":
        raise Refused("a rating or a comment on one", reason="rating")
    if field not in {"feed", "mention"}:
        raise Refused(f"page field {field[:40]}", reason="page_field")
    item = fields.text(value.get("item"), "item")
    verb = fields.text(value.get("verb"), "verb")
    if item in OTHER_ITEMS:
        raise Refused(f"a {item}", reason=item.replace("-", "_"))
    if item != "comment" and item not in POST_ITEMS:
        raise PayloadError(f"unknown item {item[:40]}", reason="unknown_item")
    if verb in OTHER_VERBS:
        raise Refused(f"{item} {verb}", reason=f"{item}_{verb}")
    if verb not in CHANGES:
        raise PayloadError(f"unknown verb {verb[:40]}", reason="unknown_verb")
    if item == "comment":
        return [_comment(value, CHANGES[verb], page_id, at, is_mention=field == "mention")]
    return [_post(value, CHANGES[verb], page_id, at, is_mention=field == "mention")]


def _times(value: Mapping[str, Any], change: Change, at: datetime | None) -> tuple[datetime | None, datetime | None]:
    """When it was said, and when it was changed."""
    created = fields.moment(value.get("created_time"), "created_time")
    if change == Change.CREATED:
        return created or at, None
    # created_time of an edit or a hide is sometimes that of the comment, sometimes of the act: entry.time is the act.
    return created if change == Change.EDITED else None, at or created


def _comment(
    value: Mapping[str, Any], change: Change, page_id: str, at: datetime | None, *, is_mention: bool
) -> InboundMessage:
    own_id = people.comment_id(fields.required(value.get("comment_id"), "comment_id"))
    post_id = fields.identifier(value.get("post_id"), "post_id")
    parent_id = fields.identifier(value.get("parent_id"), "parent_id")
    is_nested = bool(parent_id) and parent_id != post_id and people.comment_id(parent_id) != own_id
    parent = people.comment_id(parent_id) if is_nested else ""
    post = fields.mapping(value.get("post"), "post")
    is_visitors = fields.text(post.get("status_type"), "status_type") == "wall_post"
    thread = f"post:{post_id}" if is_visitors and post_id else f"comment:{parent or own_id}"
    sent_at, changed_at = _times(value, change, at)
    if change not in (Change.CREATED, Change.EDITED):
        # `from` and `sender_id` name who acted, not who wrote: only the identifier is certain.
        return InboundMessage(
            external_id=own_id,
            thread_id=thread,
            kind=Kind.COMMENT,
            visibility=Visibility.PUBLIC,
            change=change,
            changed_at=changed_at,
        )
    author = people.sender(value)
    is_ours = bool(page_id) and author.external_id == page_id
    kind = Kind.MENTION if is_mention else Kind.REPLY if parent else Kind.COMMENT
    root = None
    if post_id and not is_visitors:
        root = RootPost(external_id=post_id, permalink=fields.text(post.get("permalink_url"), "permalink_url"))
    return InboundMessage(
        external_id=own_id,
        thread_id=thread,
        kind=kind,
        visibility=Visibility.PUBLIC,
        direction=Direction.OUT if is_ours else Direction.IN,
        change=change,
        author=author,
        contact=Author() if is_ours else author,
        text=fields.text(value.get("message"), "message"),
        in_reply_to=parent or post_id,
        root=root,
        attachments=_attachments(value),
        permalink=fields.text(value.get("permalink_url"), "permalink_url"),
        sent_at=sent_at,
        changed_at=changed_at,
    )


def _post(
    value: Mapping[str, Any], change: Change, page_id: str, at: datetime | None, *, is_mention: bool
) -> InboundMessage:
    post_id = fields.required(value.get("post_id"), "post_id")
    author = people.sender(value)
    # Whoever removes or hides a visitor's post is named too, and that is mostly us: then it is a message that we know.
    is_moderation = change not in (Change.CREATED, Change.EDITED) and value.get("item") == "post"
    if page_id and author.external_id == page_id and not is_moderation:
        raise Refused("a post of our own", reason="own_post")
    sent_at, changed_at = _times(value, change, at)
    kind = Kind.MENTION if is_mention else Kind.VISITOR_POST
    if change not in (Change.CREATED, Change.EDITED):
        return InboundMessage(
            external_id=post_id,
            thread_id=f"post:{post_id}",
            kind=kind,
            visibility=Visibility.PUBLIC,
            change=change,
            changed_at=changed_at,
        )
    return InboundMessage(
        external_id=post_id,
        thread_id=f"post:{post_id}",
        kind=kind,
        visibility=Visibility.PUBLIC,
        change=change,
        author=author,
        contact=author,
        text=fields.text(value.get("message"), "message"),
        attachments=_attachments(value),
        permalink=fields.text(value.get("permalink_url"), "permalink_url"),
        sent_at=sent_at,
        changed_at=changed_at,
    )


def _attachments(value: Mapping[str, Any]) -> tuple[Attachment, ...]:
    found = []
    item = value.get("item")
    if photo := fields.text(value.get("photo"), "photo"):
        found.append(Attachment(kind=AttachmentKind.IMAGE, url=photo))
    if video := fields.text(value.get("video"), "video"):
        found.append(Attachment(kind=AttachmentKind.VIDEO, url=video))
    for url in fields.listing(value.get("photos"), "photos"):
        found.append(Attachment(kind=AttachmentKind.IMAGE, url=fields.text(url, "photos")))
    if link := fields.text(value.get("link"), "link"):
        kind = {"photo": AttachmentKind.IMAGE, "video": AttachmentKind.VIDEO}.get(str(item), AttachmentKind.LINK)
        found.append(Attachment(kind=kind, url=link))
    return tuple(found)
