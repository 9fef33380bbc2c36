"""What goes out: the body of each kind of answer, the reply window, and looking whether it arrived."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.connectors.facebook import fields, people
from channels.connectors.facebook.graph import Graph
from channels.connectors.facebook.objects import parent_ids
from channels.connectors.facebook.polling import after, resident_of
from channels.connectors.texts import same_text, utf16_length
from channels.errors import OutcomeUnknown, PayloadError, PermanentError, ReplyWindowClosed, TransientError
from channels.messages import OutboundMessage, Receipt, SendMode

REPLY_WINDOW = timedelta(hours=24)
HUMAN_AGENT_WINDOW = timedelta(days=7)
PRIVATE_REPLY_WINDOW = timedelta(days=7)
COMMENT_LENGTH = 8_000
MESSAGE_LENGTH = 2_000
CLOCK_SLACK = timedelta(seconds=60)  # their clock and ours, and their times are whole seconds
PAGES_TO_SEARCH = 4
CONVERSATIONS_TO_SEARCH = 10


def messaging_type(last_inbound_at: datetime | None, now: datetime) -> dict[str, str]:
    """RESPONSE within 24 hours of the resident's last message; then a person may answer until 7 days (HUMAN_AGENT).

    Raises ReplyWindowClosed: later Facebook takes nothing until the resident writes again (Messenger Platform policy)."""
    if last_inbound_at is None:
        raise ReplyWindowClosed("The resident has not written to us in Messenger yet.")
    age = now - last_inbound_at
    if age < REPLY_WINDOW:
        return {"messaging_type": "RESPONSE"}
    if age < HUMAN_AGENT_WINDOW:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    raise ReplyWindowClosed("The last message of the resident is more than 7 days old.")


def _check_length(text: str, limit: int) -> None:
    if not text.strip():
        raise PermanentError("There is no text to send.", code="empty")
    if utf16_length(text) > limit:
        raise PermanentError(f"Longer than the {limit} characters that Facebook takes.", code="too_long")


def send(graph: Graph, page_id: str, message: OutboundMessage) -> Receipt:
    """The one call. Raises as `Connector.send`; checks of our own come before it."""
    if message.mode == SendMode.REPLY:
        return _comment(graph, message)
    _check_length(message.text, MESSAGE_LENGTH)
    now = datetime.now(UTC)
    if message.mode == SendMode.PRIVATE_REPLY:
        if message.last_inbound_at is not None and now - message.last_inbound_at >= PRIVATE_REPLY_WINDOW:
            raise ReplyWindowClosed("The comment is more than 7 days old.")
        if not message.in_reply_to:
            raise PermanentError("There is no comment to answer.", code="no_target")
        recipient = {"comment_id": message.in_reply_to}
        kind = {"messaging_type": "RESPONSE"}
    else:
        recipient = {"id": _recipient(message)}
        kind = messaging_type(message.last_inbound_at, now)
    content = {"text": message.text, "metadata": message.key}
    answer = graph.write(page_id, "messages", recipient=recipient, message=content, **kind)
    try:
        mid = people.message_id(answer.get("message_id"))
        psid = fields.identifier(answer.get("recipient_id"), "recipient_id") or recipient.get("id", "")
    except PayloadError as error:
        raise OutcomeUnknown("Facebook took the message without saying which one it is.") from error
    return Receipt(external_id=mid, sent_at=now, thread_id=f"dm:{psid}" if psid else "", recipient_id=psid)


def _recipient(message: OutboundMessage) -> str:
    # The thread knows for certain: the author of a comment has another id than the same person in Messenger.
    is_dm = message.thread_id.startswith("dm:")
    found = message.thread_id.removeprefix("dm:") if is_dm else message.recipient_id
    if not found:
        raise PermanentError("It is unknown to whom this goes.", code="no_target")
    return found


def _comment(graph: Graph, message: OutboundMessage) -> Receipt:
    _check_length(message.text, COMMENT_LENGTH)
    target = message.in_reply_to or message.root_id
    if not target:
        raise PermanentError("There is nothing to answer.", code="no_target")
    now = datetime.now(UTC)
    answer = graph.write(target, "comments", message=message.text, fields="id,permalink_url,created_time")
    try:
        own_id = people.comment_id(fields.required(answer.get("id"), "id"))
    except PayloadError as error:
        raise OutcomeUnknown("Facebook took the comment without saying which one it is.") from error
    return public_receipt(own_id, answer, now)


def public_receipt(own_id: str, found: Mapping[str, Any], otherwise: datetime | None) -> Receipt:
    """A comment or post is out: whatever else the answer holds can not change that."""
    try:
        sent_at = fields.moment(found.get("created_time"), "created_time")
        permalink = fields.text(found.get("permalink_url"), "permalink_url")
    except PayloadError:
        sent_at, permalink = None, ""
    return Receipt(external_id=own_id, sent_at=sent_at or otherwise, permalink=permalink)


# -- looking whether it arrived ----------------------------------------------------------------------------------------


def find(graph: Graph, page_id: str, message: OutboundMessage, since: datetime) -> Receipt | None:
    """See `Connector.find_sent`. Raises TransientError when there is too much to look through to be certain."""
    earliest = since - CLOCK_SLACK
    if message.mode == SendMode.REPLY:
        return _find_comment(graph, page_id, message, earliest)
    if message.mode == SendMode.PRIVATE_REPLY:
        return _find_in_conversations(graph, page_id, message, earliest)
    psid = _recipient(message)
    path, args = f"{page_id}/conversations", {"platform": "messenger", "fields": "id,updated_time,participants"}
    for conversation in newest(graph, path, earliest, "updated_time", user_id=psid, **args):
        if resident_of(conversation, page_id) == psid:
            receipt = _find_message(graph, page_id, message, conversation, earliest)
            if receipt is not None:
                return receipt
    return None


def _find_comment(graph: Graph, page_id: str, message: OutboundMessage, earliest: datetime) -> Receipt | None:
    """Our own comment with this text: under the whole post when that is known, for Facebook moves an answer to an answer
    up to the top-level comment."""
    kind, _, thread = message.thread_id.partition(":")
    top = thread if kind == "comment" else ""
    place = message.root_id or (thread if kind == "post" else "") or top or message.in_reply_to
    if not place:
        raise PermanentError("There is nothing to look under.", code="no_target")
    targets = {message.in_reply_to or message.root_id, top} - {""}
    found = newest(
        graph,
        f"{place}/comments",
        earliest,
        "created_time",
        filter="stream",
        order="reverse_chronological",
        fields="id,message,from{id},created_time,permalink_url,parent{id,parent{id}}",
    )
    ours = [one for one in found if is_ours(one, page_id) and same_text(one.get("message"), message.text)]
    here = _at_place(ours, targets, place)
    if here is None and ours and message.in_reply_to not in {"", place}:
        above = fields.mapping(graph.call(message.in_reply_to, fields="id,parent{id,parent{id}}"), "comment")
        here = _at_place(ours, targets | set(parent_ids(above)), place)
    if here is None:
        return None
    return public_receipt(people.comment_id(here.get("id")), here, None)


def _at_place(comments: list[Mapping[str, Any]], targets: set[str], place: str) -> Mapping[str, Any] | None:
    for comment in comments:
        above = set(parent_ids(comment))
        if above & targets or (not above and place in targets):
            return comment
    return None


def _find_in_conversations(graph: Graph, page_id: str, message: OutboundMessage, earliest: datetime) -> Receipt | None:
    """A private answer to a comment opens a conversation that we do not know yet: look through the ones that changed."""
    path, args = f"{page_id}/conversations", {"platform": "messenger", "fields": "id,updated_time,participants"}
    for number, conversation in enumerate(newest(graph, path, earliest, "updated_time", **args)):
        if number >= CONVERSATIONS_TO_SEARCH:
            raise TransientError("Too many conversations changed to find it.", code="too_many")
        receipt = _find_message(graph, page_id, message, conversation, earliest)
        if receipt is not None:
            return receipt
    return None


def _find_message(
    graph: Graph, page_id: str, message: OutboundMessage, conversation: Mapping[str, Any], earliest: datetime
) -> Receipt | None:
    conversation_id = fields.required(conversation.get("id"), "id")
    path = f"{conversation_id}/messages"
    for found in newest(graph, path, earliest, "created_time", fields="id,message,from,to,created_time"):
        if is_ours(found, page_id) and same_text(found.get("message"), message.text):
            to = [people.author(one).external_id for one in fields.edge(found.get("to"), "to")]
            psid = resident_of(conversation, page_id) or next((one for one in to if one and one != page_id), "")
            return Receipt(
                external_id=people.message_id(found.get("id")),
                sent_at=fields.moment(found.get("created_time"), "created_time"),
                thread_id=f"dm:{psid}" if psid else "",
                recipient_id=psid,
            )
    return None


def newest(graph: Graph, path: str, earliest: datetime, time_field: str, **args: Any) -> Iterator[Mapping[str, Any]]:
    """Objects of an edge that lists the newest first, until they are older than `earliest`."""
    cursor = ""
    for _ in range(PAGES_TO_SEARCH):
        body = graph.call(path, **args, limit=50, after=cursor)
        objects = [fields.mapping(one, "object") for one in fields.listing(body.get("data"), "data")]
        for one in objects:
            at = fields.moment(one.get(time_field), time_field)
            if at is not None and at < earliest:
                return
            yield one
        cursor = after(body)
        if not cursor or not objects:
            return
    raise TransientError("Too much happened since to find it.", code="too_many")


def is_ours(value: Mapping[str, Any], page_id: str) -> bool:
    return people.author(value.get("from")).external_id == page_id
