"""What `entry[].messaging[]` (and `standby[]`) of a page webhook mean: Messenger, both ways."""

from collections.abc import Mapping
from typing import Any

from channels.connectors.facebook import fields, people
from channels.errors import PayloadError, Refused
from channels.messages import (
    Author,
    Change,
    ChannelNotice,
    Direction,
    Event,
    InboundMessage,
    Kind,
    StatusUpdate,
    Visibility,
)

# Event kinds that carry nothing to read or answer, and the name under which each is refused.
REFUSED = {
    "reaction": "reaction",
    "optin": "optin",
    "referral": "referral",
    "account_linking": "account_linking",
    "pass_thread_control": "thread_control",
    "take_thread_control": "thread_control",
    "request_thread_control": "thread_control",
    "app_roles": "thread_control",
    "game_play": "game_play",
    "payment": "payment",
    "order": "order",
    "response_feedback": "feedback",
    "messaging_feedback": "feedback",
}
KINDS = (
    "message",
    "message_edit",
    "postback",
    "delivery",
    "read",
    "policy_enforcement",
    "policy-enforcement",
    *REFUSED,
)


def kind_of(event: Mapping[str, Any]) -> str:
    """The name of the part that says what happened; "" for an unknown one."""
    return next((kind for kind in KINDS if kind in event), "")


def parse_messaging(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    """One messaging event. Those in standby, where another app holds the conversation, read the same: polling the
    conversation would bring them just so. Raises Refused (named) or PayloadError."""
    event = fields.mapping(payload.get("value"), "messaging")
    kind = kind_of(event)
    if kind in REFUSED:
        raise Refused(kind, reason=REFUSED[kind])
    part = fields.mapping(event.get(kind), kind)
    if kind in {"policy_enforcement", "policy-enforcement"}:
        return [_policy(part)]
    sender = _party(event, "sender")
    recipient = _party(event, "recipient")
    resident = recipient if sender and sender == page_id else sender
    if kind == "delivery":
        return [_delivered(part, resident, event)]
    if kind == "read":
        watermark = fields.moment(part.get("watermark"), "watermark")
        if watermark is None:
            raise PayloadError("read without watermark", reason="missing_time")
        return [StatusUpdate(status="read", thread_id=_thread(resident), watermark=watermark, at=_at(event))]
    if kind == "message":
        return [_message(part, event, page_id, sender, recipient)]
    if kind == "message_edit":
        return [_edit(part, event, resident, is_ours=bool(sender) and sender == page_id)]
    if kind == "postback":
        return [_postback(part, event, sender)]
    raise PayloadError("unknown messaging event", reason="unknown_event")


def _party(event: Mapping[str, Any], name: str) -> str:
    return fields.identifier(fields.mapping(event.get(name), name).get("id"), f"{name}.id")


def _thread(resident: str) -> str:
    if not resident:
        raise PayloadError("nobody to talk with", reason="missing_id")
    return f"dm:{resident}"


def _at(event: Mapping[str, Any]) -> Any:
    return fields.moment(event.get("timestamp"), "timestamp")


def _policy(part: Mapping[str, Any]) -> Event:
    action = fields.text(part.get("action"), "action")
    if action == "block":
        return ChannelNotice(code="stopped", detail=fields.text(part.get("reason"), "reason")[:300])
    if action == "unblock":
        raise Refused("Facebook lifted a block", reason="policy_unblock")
    raise PayloadError("unknown policy action", reason="unknown_event")


def _delivered(part: Mapping[str, Any], resident: str, event: Mapping[str, Any]) -> Event:
    mids = tuple(people.message_id(mid) for mid in fields.listing(part.get("mids"), "mids"))
    watermark = fields.moment(part.get("watermark"), "watermark")
    if not mids and watermark is None:
        raise PayloadError("delivery of nothing", reason="missing_id")
    return StatusUpdate(
        status="delivered", external_ids=mids, thread_id=_thread(resident), watermark=watermark, at=_at(event)
    )


def _message(
    part: Mapping[str, Any], event: Mapping[str, Any], page_id: str, sender: str, recipient: str
) -> InboundMessage:
    mid = people.message_id(part.get("mid"))
    is_ours = fields.flag(part.get("is_echo"), "is_echo") or (bool(sender) and sender == page_id)
    resident = recipient if is_ours and recipient != page_id else sender
    if fields.flag(part.get("is_deleted"), "is_deleted"):
        return InboundMessage(
            external_id=mid,
            thread_id=_thread(resident),
            kind=Kind.DIRECT_MESSAGE,
            visibility=Visibility.PRIVATE,
            change=Change.DELETED,
            changed_at=_at(event),
        )
    contact = Author(external_id=resident)
    return InboundMessage(
        external_id=mid,
        thread_id=_thread(resident),
        kind=Kind.DIRECT_MESSAGE,
        visibility=Visibility.PRIVATE,
        direction=Direction.OUT if is_ours else Direction.IN,
        author=Author(external_id=page_id) if is_ours else contact,
        contact=contact,
        text=fields.text(part.get("text"), "text"),
        sent_at=_at(event),
        in_reply_to=_answers(part.get("reply_to")),
        attachments=people.webhook_attachments(part.get("attachments")),
        delivery_key=fields.text(part.get("metadata"), "metadata") if is_ours else "",
        is_encrypted=fields.flag(part.get("is_unsupported"), "is_unsupported"),
    )


def _answers(value: Any) -> str:
    """The message that is answered; an answer to a story names no message."""
    mid = fields.mapping(value, "reply_to").get("mid")
    return "" if mid is None else people.message_id(mid)


def _edit(part: Mapping[str, Any], event: Mapping[str, Any], resident: str, *, is_ours: bool) -> InboundMessage:
    contact = Author(external_id=resident)
    return InboundMessage(
        external_id=people.message_id(part.get("mid")),
        thread_id=_thread(resident),
        kind=Kind.DIRECT_MESSAGE,
        visibility=Visibility.PRIVATE,
        direction=Direction.OUT if is_ours else Direction.IN,
        change=Change.EDITED,
        author=Author() if is_ours else contact,
        contact=contact,
        text=fields.text(part.get("text"), "text"),
        changed_at=_at(event),
    )


def _postback(part: Mapping[str, Any], event: Mapping[str, Any], sender: str) -> InboundMessage:
    """A resident pressed a button: its title is what they said. The payload is ours and of no use to an agent."""
    title = fields.text(part.get("title"), "title").strip()
    if not title:
        raise Refused("a button without words", reason="postback_without_title")
    thread = _thread(sender)
    mid = part.get("mid")
    stamp = fields.identifier(event.get("timestamp"), "timestamp")
    contact = Author(external_id=sender)
    return InboundMessage(
        external_id=people.message_id(mid) if mid is not None else f"postback:{sender}:{stamp}",
        thread_id=thread,
        kind=Kind.DIRECT_MESSAGE,
        visibility=Visibility.PRIVATE,
        author=contact,
        contact=contact,
        text=title,
        sent_at=_at(event),
    )
