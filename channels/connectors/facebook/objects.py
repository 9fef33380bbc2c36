"""What comments, posts and messages mean as Graph gives them (polling): the same ids and threads as by webhook."""

from collections.abc import Mapping
from typing import Any

from channels.connectors.facebook import fields, people
from channels.errors import PayloadError, Refused
from channels.messages import (
    Author,
    Change,
    Direction,
    Event,
    InboundMessage,
    Kind,
    RootPost,
    Visibility,
)

# How a page's own posts call themselves; a visitor's is a "wall_post".
OWN_STATUS_TYPES = {
    "added_photos", "added_video", "mobile_status_update", "published_story", "shared_story", "created_event",
    "created_note", "tagged_in_photo",
}  # fmt: skip
DEEPEST = 20


def parse_comment(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    """A comment with, beside it, what is known of its post. Hidden ones also give a HIDDEN."""
    comment = fields.mapping(payload.get("value"), "comment")
    post = fields.mapping(payload.get("post"), "post")
    permalink = fields.text(comment.get("permalink_url"), "permalink_url")
    told_id, told_top = people.ids_in_permalink(permalink)
    own_id = people.comment_id(comment.get("id")) or told_id
    if not own_id:
        raise PayloadError("a comment without id", reason="missing_id")
    above = parent_ids(comment)
    parent = fields.mapping(comment.get("parent"), "parent")
    parent_id = above[0] if above else told_top if told_top != own_id else ""
    # A permalink of an answer names the top-level comment too, however deep it is; the chain of parents may be cut short.
    is_told = told_id == own_id and told_top != own_id
    top = told_top if is_told else above[-1] if above else own_id
    post_id = fields.identifier(post.get("id"), "post.id") or fields.identifier(
        fields.mapping(comment.get("object"), "object").get("id"), "object.id"
    )
    author = people.author(comment.get("from"))
    is_ours = bool(page_id) and author.external_id == page_id
    post_author = people.author(post.get("from"))
    # A post without author says something only where we asked for the author.
    tells_whose = bool(post_author.external_id) or "status_type" in post or "read_at" in payload
    is_visitors = bool(post) and tells_whose and _is_visitors_post(post, post_author, page_id)
    text = fields.text(comment.get("message"), "message")
    attachment = fields.mapping(comment.get("attachment"), "attachment")
    attachments = tuple(one for one in [people.story_attachment(attachment)] if one.url) if attachment else ()
    if not text and not attachments and not author.external_id and "created_time" not in comment:
        raise Refused("a comment without content", reason="no_content")
    message = InboundMessage(
        external_id=own_id,
        thread_id=f"post:{post_id}" if is_visitors and post_id else f"comment:{top}",
        kind=Kind.REPLY if parent_id else Kind.COMMENT,
        visibility=Visibility.PUBLIC,
        direction=Direction.OUT if is_ours else Direction.IN,
        author=author,
        contact=_spoken_to(parent, page_id) if is_ours else author,
        text=text,
        sent_at=fields.moment(comment.get("created_time"), "created_time"),
        # Graph does not tell that a comment was edited: another text than we know was changed before we read it.
        changed_at=fields.moment(payload.get("read_at"), "read_at"),
        in_reply_to=parent_id or post_id,
        root=_root(post, post_id, post_author, page_id) if post_id and not is_visitors else None,
        attachments=attachments,
        permalink=permalink,
    )
    return [message, *_hidden(comment, message, payload)]


def _spoken_to(parent: Mapping[str, Any], page_id: str) -> Author:
    """Whom a comment of ours answers, as far as its parent tells."""
    found = people.author(parent.get("from"))
    return Author() if found.external_id == page_id else found


def _hidden(value: Mapping[str, Any], message: InboundMessage, payload: Mapping[str, Any]) -> list[Event]:
    if not fields.flag(value.get("is_hidden"), "is_hidden"):
        return []
    return [
        InboundMessage(
            external_id=message.external_id,
            thread_id=message.thread_id,
            kind=message.kind,
            visibility=message.visibility,
            change=Change.HIDDEN,
            changed_at=fields.moment(payload.get("read_at"), "read_at"),
        )
    ]


def parent_ids(comment: Mapping[str, Any]) -> list[str]:
    """Ids of the comments above this one, nearest first."""
    found: list[str] = []
    above = fields.mapping(comment.get("parent"), "parent")
    while above and len(found) < DEEPEST:
        if parent_id := people.comment_id(above.get("id")):
            found.append(parent_id)
        above = fields.mapping(above.get("parent"), "parent")
    return found


def _is_visitors_post(post: Mapping[str, Any], author: Author, page_id: str) -> bool:
    if author.external_id:
        return author.external_id != page_id
    # Who wrote it is withheld from us. Our own posts tell by their type; what tells nothing is a visitor's: better one
    # conversation too many than a resident who is not heard.
    return fields.text(post.get("status_type"), "status_type") not in OWN_STATUS_TYPES


def _root(post: Mapping[str, Any], post_id: str, author: Author, page_id: str) -> RootPost:
    return RootPost(
        external_id=post_id,
        text=fields.text(post.get("message"), "message") or fields.text(post.get("story"), "story"),
        author=author,
        is_ours=author.external_id == page_id if author.external_id else None,
        permalink=fields.text(post.get("permalink_url"), "permalink_url"),
        posted_at=fields.moment(post.get("created_time"), "created_time"),
        attachments=people.post_attachments(post.get("attachments")),
    )


def parse_post(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    """A post on our page, or (`what` is "tagged") one elsewhere that names us. Our own posts are context, no message."""
    post = fields.mapping(payload.get("value"), "post")
    post_id = fields.required(post.get("id"), "id")
    author = people.author(post.get("from"))
    is_mention = payload.get("what") == "tagged"
    if author.external_id == page_id and page_id:
        raise Refused("a post of our own", reason="own_post")
    if not is_mention and not _is_visitors_post(post, author, page_id):
        raise Refused("a post of our own", reason="own_post")
    text = fields.text(post.get("message"), "message") or fields.text(post.get("story"), "story")
    attachments = people.post_attachments(post.get("attachments"))
    if not text and not attachments and not author.external_id:
        raise Refused("a post without content", reason="no_content")
    message = InboundMessage(
        external_id=post_id,
        thread_id=f"post:{post_id}",
        kind=Kind.MENTION if is_mention else Kind.VISITOR_POST,
        visibility=Visibility.PUBLIC,
        author=author,
        contact=author,
        text=text,
        sent_at=fields.moment(post.get("created_time"), "created_time"),
        changed_at=fields.moment(payload.get("read_at"), "read_at"),
        attachments=attachments,
        permalink=fields.text(post.get("permalink_url"), "permalink_url"),
    )
    return [message, *_hidden(post, message, payload)]


def parse_message(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    """A Messenger message, of a resident or of ours."""
    message = fields.mapping(payload.get("value"), "message")
    raw_from = fields.mapping(message.get("from"), "from")
    if "username" in raw_from:
        raise Refused("a message on Instagram", reason="instagram")
    author = people.author(raw_from)
    to = [people.author(person) for person in fields.edge(message.get("to"), "to")]
    is_ours = bool(page_id) and author.external_id == page_id
    others = [person for person in to if person.external_id and person.external_id != page_id]
    known = fields.identifier(payload.get("resident_id"), "resident_id")
    if is_ours:
        contact = others[0] if others else Author(external_id=known)
    else:
        contact = author if author.external_id else Author(external_id=known)
    text = fields.text(message.get("message"), "message")
    attachments = people.message_attachments(message.get("attachments"))
    if sticker := fields.text(message.get("sticker"), "sticker"):
        attachments = (*attachments, people.story_attachment({"type": "sticker", "url": sticker}))
    if not contact.external_id:
        if not text:
            raise Refused("attachments of a message without the message", reason="no_content")
        raise PayloadError("a message of nobody", reason="missing_id")
    # Graph says true, and in places "true".
    unsupported = message.get("is_unsupported") in (True, "true")
    return [
        InboundMessage(
            external_id=people.message_id(message.get("id")),
            thread_id=f"dm:{contact.external_id}",
            kind=Kind.DIRECT_MESSAGE,
            visibility=Visibility.PRIVATE,
            direction=Direction.OUT if is_ours else Direction.IN,
            author=author if author.external_id else contact,
            contact=contact,
            text=text,
            sent_at=fields.moment(message.get("created_time"), "created_time"),
            changed_at=fields.moment(payload.get("read_at"), "read_at"),
            attachments=attachments,
            is_encrypted=unsupported,
        )
    ]
