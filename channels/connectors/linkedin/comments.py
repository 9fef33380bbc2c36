"""What a comment means as the REST API gives it (polling): {actor, created, lastModified, id, $URN, message, object, …}."""

from collections.abc import Mapping
from typing import Any

from channels.connectors.linkedin import people, urns, values
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
    Visibility,
)

EDITED_AFTER = 1  # seconds between making and changing: less is the making itself
CONTENT_KINDS = {"IMAGE": AttachmentKind.IMAGE, "VIDEO": AttachmentKind.VIDEO}


def urn_of(comment: Mapping[str, Any]) -> str:
    """The comment's own URN: told, or made of the post that the answer names (not the one asked with) and the number."""
    for name in ("$URN", "commentUrn"):
        if found := urns.comment(values.urn(comment.get(name), name)):
            return found
    number = values.identifier(comment.get("id"), "id")
    return urns.comment(number) or urns.made(values.urn(comment.get("object"), "object"), number)


def parent_of(comment: Mapping[str, Any]) -> str:
    """The comment that this one answers; "" at the top."""
    told = values.urn(comment.get("parentComment"), "parentComment")
    found = urns.comment(told)
    if told and not found:
        raise PayloadError("parentComment is no comment", reason="wrong_urn")
    return found


def text_of(comment: Mapping[str, Any]) -> str:
    return values.text(values.mapping(comment.get("message"), "message").get("text"), "message.text")


def is_ours(comment: Mapping[str, Any], ours: str) -> bool:
    """Made in the name of our page. Who did it for the page (`impersonator`) is told of our own only, and is all there is to
    go by when it is not known who we are."""
    actor = urns.actor(values.urn(comment.get("actor"), "actor"))
    if ours:
        return actor == ours
    made = values.mapping(comment.get("created"), "created")
    return urns.is_organization(actor) and bool(values.urn(made.get("impersonator"), "impersonator"))


def parse_comment(payload: Mapping[str, Any], ours: str) -> list[Event]:
    """A comment, with what polling knows beside it: `post` (what it stands under) and `answers` (the resident it speaks to)."""
    comment = values.mapping(payload.get("value"), "comment")
    urn = urn_of(comment)
    if not urn:
        raise PayloadError("a comment without an id", reason="missing_id")
    post_urn = urns.parts(urn)[0]
    parent = parent_of(comment)
    actor = urns.actor(values.urn(comment.get("actor"), "actor"))
    out = is_ours(comment, ours)
    text = text_of(comment)
    attachments = _attachments(comment.get("content"))
    made = values.moment(values.mapping(comment.get("created"), "created").get("time"), "created.time")
    changed = values.moment(
        values.mapping(comment.get("lastModified"), "lastModified").get("time"), "lastModified.time"
    )
    if not text and not attachments and made is None:
        raise Refused("a comment without content", reason="no_content")
    is_edited = bool(made and changed and (changed - made).total_seconds() > EDITED_AFTER)
    contact = _spoken_to(comment, payload) if out else actor
    return [
        InboundMessage(
            external_id=urn,
            thread_id=_thread(urn, parent, contact, payload) if out else people.thread(urn, actor),
            kind=Kind.REPLY if parent else Kind.COMMENT,
            visibility=Visibility.PUBLIC,
            direction=Direction.OUT if out else Direction.IN,
            change=Change.EDITED if is_edited else Change.CREATED,
            author=people.author(actor),
            contact=people.author(contact) if contact else Author(),
            text=text,
            sent_at=made or urns.time_of(urn),
            changed_at=changed,
            in_reply_to=parent or post_urn,
            root=people.root(post_urn, values.mapping(payload.get("post"), "post"), ours),
            attachments=attachments,
            permalink=urns.permalink(urn, parent),
        )
    ]


def _spoken_to(comment: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    """Whom a comment of ours is for: whom its text names, else whom polling found above it."""
    message = values.mapping(comment.get("message"), "message")
    return people.named(message.get("attributes")) or urns.actor(values.urn(payload.get("answers"), "answers"))


def _thread(urn: str, parent: str, contact: str, payload: Mapping[str, Any]) -> str:
    if contact:
        return people.thread(urn, contact)
    if not parent:
        return people.thread(urn, "")
    # An answer of ours to nobody but ourselves; without polling's look around it is unknown to whom.
    return people.thread(parent, "") if payload.get("answers") is not None else ""


def _attachments(value: Any) -> tuple[Attachment, ...]:
    """content: [{type, url, entity: {image: urn}}]; only pictures are documented for comments."""
    found = []
    for one in values.listing(value, "content"):
        content = values.mapping(one, "content")
        kind = CONTENT_KINDS.get(values.text(content.get("type"), "content.type").upper(), AttachmentKind.LINK)
        entity = content.get("entity")
        name = entity.get("image") or entity.get("video") if isinstance(entity, Mapping) else entity
        url = values.text(content.get("url"), "content.url")
        external_id = values.urn(name, "content.entity")
        if url or external_id:
            found.append(Attachment(kind=kind, url=url, external_id=external_id))
    return tuple(found)
