"""What a direct message means: as v2 sends it, in the old shape of webhooks, and encrypted. Pure."""

from collections.abc import Mapping
from typing import Any

from channels.connectors.twitter import people, values
from channels.connectors.twitter.matching import readable
from channels.connectors.twitter.people import Includes
from channels.errors import PayloadError, Refused
from channels.messages import (
    Account,
    Attachment,
    AttachmentKind,
    Author,
    Change,
    Direction,
    Event,
    InboundMessage,
    Kind,
    StatusUpdate,
    Visibility,
)

PARTICIPANTS = frozenset({"ParticipantsJoin", "ParticipantsLeave"})


def parse(body: Any, known: Includes, account: Account) -> list[Event]:
    """An event of GET /2/dm_events. Raises PayloadError; Refused for "participants"."""
    event = values.mapping(body, "dm event")
    kind = values.text(event.get("event_type"), "event_type")
    if kind in PARTICIPANTS:
        raise Refused("people joined or left, nothing was said", reason="participants")
    if kind != "MessageCreate":
        raise PayloadError("unknown kind of direct message event", reason="unknown_event")
    event_id = values.required(event.get("id"), "event id")
    sender = values.identifier(event.get("sender_id"), "sender_id")
    if not sender:
        raise PayloadError("sender_id is missing", reason="missing_author")
    conversation = _conversation_id(event.get("dm_conversation_id"))
    if not conversation:
        if sender == account.external_id or not account.external_id.isdigit():
            raise PayloadError("dm_conversation_id is missing", reason="missing_conversation")
        conversation = people.pair(sender, account.external_id)
    return [
        _message(
            event_id,
            sender,
            conversation,
            account,
            known=known,
            others=[values.identifier(one, "participant") for one in values.listing(event.get("participant_ids"), "participants")],
            text=readable(values.text(event.get("text"), "text"), event.get("entities")),
            at=event.get("created_at"),
            attachments=people.attachments(event, known),
        )
    ]  # fmt: skip


def _conversation_id(value: Any) -> str:
    """Digits of a group, or two ids with a dash; two with a colon in encrypted chat."""
    found = values.text(value, "dm_conversation_id")
    parts = found.replace(":", "-").split("-")
    if len(parts) == 2:
        return people.pair(*(values.required(one, "dm_conversation_id") for one in parts))
    return values.identifier(found, "dm_conversation_id")


def parse_old(body: Any, users: Any, account: Account) -> list[Event]:
    """`direct_message_events[]` of a webhook. Raises PayloadError."""
    event = values.mapping(body, "dm event")
    if event.get("type") != "message_create":
        raise PayloadError("unknown kind of direct message event", reason="unknown_event")
    created = values.mapping(event.get("message_create"), "message_create")
    data = values.mapping(created.get("message_data"), "message_data")
    event_id = values.required(event.get("id"), "event id")
    sender = values.required(created.get("sender_id"), "sender_id")
    recipient = values.required(values.mapping(created.get("target"), "target").get("recipient_id"), "recipient_id")
    if account.external_id not in {sender, recipient}:
        raise Refused("a message between others", reason="not_ours")
    people_known = {key: user for key, user in values.mapping(users, "users").items() if isinstance(user, Mapping)}
    return [
        _message(
            event_id,
            sender,
            people.pair(sender, recipient),
            account,
            known=Includes(users=people_known),
            others=[recipient],
            text=readable(values.text(data.get("text"), "text"), data.get("entities")),
            at=event.get("created_timestamp"),
            attachments=_old_attachments(data),
        )
    ]


def _old_attachments(data: Mapping[str, Any]) -> tuple[Attachment, ...]:
    attachment = values.mapping(data.get("attachment"), "attachment")
    media = values.mapping(attachment.get("media"), "media")
    if not media:
        return ()
    kind = people.KINDS.get(values.text(media.get("type"), "media type"), AttachmentKind.FILE)
    return (
        Attachment(
            kind=kind,
            url=values.text(media.get("media_url_https"), "media url"),
            external_id=values.identifier(media.get("id_str") or media.get("id"), "media id"),
            alt=values.text(media.get("ext_alt_text"), "alt text"),
        ),
    )


def parse_encrypted(body: Any, account: Account) -> list[Event]:
    """`chat.received`: X sends ciphertext only, so the message says that it can not be read here."""
    chat = values.mapping(body, "chat event")
    event_id = values.text(chat.get("id"), "chat id").strip()
    if not event_id or len(event_id) > 100:
        raise PayloadError("chat id is missing", reason="missing_id")
    sender = values.required(chat.get("sender_id"), "sender_id")
    conversation = _conversation_id(chat.get("conversation_id"))
    if not conversation:
        raise PayloadError("conversation_id is missing", reason="missing_conversation")
    at = chat.get("created_at_msec")
    return [
        _message(
            event_id, sender, conversation, account, known=Includes(), others=[], text="", at=at, attachments=(),
            is_encrypted=True,
        )
    ]  # fmt: skip


def _message(
    event_id: str,
    sender: str,
    conversation: str,
    account: Account,
    *,
    known: Includes,
    others: list[str],
    text: str,
    at: Any,
    attachments: tuple[Attachment, ...],
    is_encrypted: bool = False,
) -> InboundMessage:
    us = account.external_id
    is_ours = sender == us
    author = known.author(sender, handle=account.handle if is_ours else "")
    other = next((one for one in [*others, *conversation.split("-")] if one and one not in {us, conversation}), "")
    contact = (known.author(other) if other else Author()) if is_ours else author
    return InboundMessage(
        external_id=event_id,
        thread_id=people.private_thread(conversation),
        kind=Kind.DIRECT_MESSAGE,
        visibility=Visibility.PRIVATE,
        direction=Direction.OUT if is_ours else Direction.IN,
        change=Change.CREATED,
        author=author,
        contact=contact,
        text=text,
        sent_at=values.moment(at, "time") or values.time_of(event_id),
        attachments=attachments,
        is_encrypted=is_encrypted,
    )


def parse_read(body: Any, account: Account) -> list[Event]:
    """`direct_message_mark_read_events[]`: the resident read everything up to one of our messages."""
    event = values.mapping(body, "read event")
    reader = values.required(event.get("sender_id"), "sender_id")
    other = values.required(values.mapping(event.get("target"), "target").get("recipient_id"), "recipient_id")
    if account.external_id not in {reader, other}:
        raise Refused("read by others", reason="not_ours")
    if reader == account.external_id:
        raise Refused("read by ourselves", reason="own_read")
    last = values.required(event.get("last_read_event_id"), "last_read_event_id")
    return [
        StatusUpdate(
            status="read",
            external_ids=(last,),
            thread_id=people.private_thread(people.pair(reader, other)),
            watermark=values.time_of(last),
            at=values.moment(event.get("created_timestamp"), "created_timestamp"),
        )
    ]
