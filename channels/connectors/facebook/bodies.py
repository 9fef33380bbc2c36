"""Cutting bodies into single events, and finding the parser for each.

A `RawItem.payload` is {"what", "value", ...}: `what` is "change" or "messaging" (webhook, with `page_id` and `time`),
"comment", "post", "tagged", "message" (polling, with `read_at` and context) or "unreadable", "conversation" or "unknown".
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from channels.connectors.facebook import fields, messenger, objects
from channels.connectors.facebook.changes import parse_change
from channels.errors import PayloadError, Refused
from channels.messages import Event, RawItem

OTHER_OBJECTS = {
    "permissions": "permissions",
    "user": "user",
    "instagram": "instagram",
    "whatsapp_business_account": "whatsapp",
    "application": "application",
    "certificate_transparency": "certificate_transparency",
}
# Bodies of Graph that are known and hold nothing to read or answer, by a key that only they have.
OTHER_BODIES = {
    "error": "graph_error",
    "error_type": "graph_error",
    "access_token": "token",
    "apis": "api_spec",
    "tag": "message_tag",
    "app_id": "token_info",
    "success": "no_content",
}
_EDGE = re.compile(r"/(posts|feed|visitor_posts|tagged|comments|messages|conversations|accounts)\?")
EDGES = {
    "posts": "own_post",  # the page's own, by definition; `feed` has visitors' too
    "feed": "post",
    "visitor_posts": "post",
    "tagged": "tagged",
    "comments": "comment",
    "messages": "message",
    "conversations": "conversation",
    "accounts": "account",
}
COMMENT_SIGNS = {"comment_count", "can_hide", "can_remove", "can_reply_privately", "parent", "is_private", "user_likes"}
POST_SIGNS = {"updated_time", "status_type", "attachments", "full_picture", "story", "shares", "comments"}
CONVERSATION_SIGNS = {"participants", "senders", "message_count", "unread_count", "snippet", "unread"}


# -- webhooks ----------------------------------------------------------------------------------------------------------


def split(body: Any) -> list[RawItem]:
    """Single events of a webhook or Graph body. Raises PayloadError when it is neither, Refused when it holds none."""
    if isinstance(body, Mapping) and ("entry" in body or ("object" in body and "id" not in body)):
        return _split_webhook(body)
    items = _split_graph(body)
    if not items:
        raise Refused("nothing in it", reason="empty")
    return items


def _split_webhook(body: Mapping[str, Any]) -> list[RawItem]:
    about = body.get("object")
    if isinstance(about, str) and about in OTHER_OBJECTS:
        raise Refused(f"a webhook about {about}", reason=OTHER_OBJECTS[about])
    if about != "page":
        raise PayloadError("a webhook about something unknown", reason="unknown_object")
    items = []
    for raw in fields.listing(body.get("entry"), "entry"):
        # One broken entry never takes the others along: it becomes an item that its parser refuses.
        entry = raw if isinstance(raw, Mapping) else {"changes": [{"broken": fields.digest(raw)}]}
        page_id, time = fields.loose(entry.get("id")), entry.get("time")
        for change in _items(entry.get("changes")):
            payload = {"what": "change", "page_id": page_id, "time": time, "value": change}
            items.append(RawItem(event_id=_change_id(change, time), payload=payload, account_id=page_id))
        for event in [*_items(entry.get("messaging")), *_items(entry.get("standby"))]:
            payload = {"what": "messaging", "page_id": page_id, "time": time, "value": event}
            items.append(RawItem(event_id=_messaging_id(event), payload=payload, account_id=page_id))
    if not items:
        raise Refused("no events in it", reason="empty")
    return items


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _change_id(change: Any, time: Any) -> str:
    """Dedup key of a change: what, which, verb and when. An edit or a hide may happen again, also back to what it was, and
    repeats `created_time`: there the time of the entry counts."""
    value = change.get("value") if isinstance(change, Mapping) else None
    if not isinstance(value, Mapping):
        return f"change:{fields.digest(change, time)}"
    field = fields.loose(change.get("field"))
    item, verb = fields.loose(value.get("item")), fields.loose(value.get("verb"))
    subject = fields.loose(value.get("comment_id")) or fields.loose(value.get("post_id"))
    if not subject or item in {"reaction", "like"} or field not in {"feed", "mention"}:
        return f"{field}:{item}:{verb}:{fields.digest(value, time)}"
    kind = f"mention_{item}" if field == "mention" else item
    created = fields.loose(value.get("created_time"))
    if verb == "add":
        return f"{kind}:{subject}:add:{created or fields.loose(time)}"
    content = fields.digest(value.get("message"), value.get("photo"), value.get("video"), value.get("photos"))
    return f"{kind}:{subject}:{verb}:{fields.loose(time) or created}:{content}"


def _messaging_id(event: Any) -> str:
    """Dedup key of a messaging event: its kind and the message id; for what has none, everything that it says."""
    if not isinstance(event, Mapping):
        return f"messaging:{fields.digest(event)}"
    kind = messenger.kind_of(event)
    part = event.get(kind)
    if not isinstance(part, Mapping):
        return f"messaging:{fields.digest(event)}"
    mid = fields.loose(part.get("mid"))
    if mid and kind == "message":
        kind = "message_deleted" if part.get("is_deleted") else "echo" if part.get("is_echo") else "message"
        return f"{kind}:{mid}"
    if mid and kind == "message_edit":
        return f"message_edit:{mid}:{fields.loose(part.get('num_edit'))}:{fields.digest(part.get('text'))}"
    if mid and kind == "postback":
        return f"postback:{mid}"
    return f"{kind}:{fields.digest(event)}"


# -- Graph bodies (for `parse_payload` and for items that polling already knows) ---------------------------------------


def _split_graph(body: Any) -> list[RawItem]:
    if isinstance(body, list):
        if body and all(isinstance(part, Mapping) and "code" in part and "body" in part for part in body):
            raise Refused("answers to a batch", reason="batch")
        if body and all(isinstance(part, Mapping) and "values" in part for part in body):
            raise Refused("a list of enumerations", reason="api_spec")
        return [item for part in body for item in _with_comments(part)]
    if not isinstance(body, Mapping):
        raise PayloadError("no body of Facebook", reason="unknown_body")
    for key, reason in OTHER_BODIES.items():
        if key in body and "id" not in body:
            raise Refused(key, reason=reason)
    data = body.get("data")
    if isinstance(data, Mapping):
        return _split_graph(data)
    if isinstance(data, list):
        what = _edge_of(body.get("paging"))
        return [item for part in data for item in _with_comments(part, what)]
    if "id" in body:
        return _with_comments(body)
    if body and all(isinstance(part, Mapping) and "id" in part for part in body.values()):
        return [item for part in body.values() for item in _with_comments(part)]
    raise PayloadError("no body of Facebook", reason="unknown_body")


def _with_comments(value: Any, what: str = "") -> list[RawItem]:
    """An object, and the comments that were asked for along with it."""
    item = graph_item(value, what)
    comments = value.get("comments") if isinstance(value, Mapping) else None
    nested = comments.get("data") if isinstance(comments, Mapping) else None
    if item.payload["what"] not in {"post", "own_post", "tagged"} or not isinstance(nested, list):
        return [item]
    post = {key: part for key, part in item.payload["value"].items() if key != "comments"}
    return [item, *(graph_item(comment, "comment", post=post) for comment in nested)]


def _edge_of(paging: Any) -> str:
    """Which edge a list came from, as its paging addresses tell."""
    if isinstance(paging, Mapping):
        for name in ("next", "previous"):
            found = _EDGE.search(str(paging.get(name, "")))
            if found:
                return EDGES[found[1]]
    return ""


def _looks_like(value: Mapping[str, Any]) -> str:
    own_id = str(value.get("id", ""))
    if "access_token" in value:
        return "account"
    if CONVERSATION_SIGNS & value.keys() or own_id.startswith("t_"):
        return "conversation"
    if own_id.startswith(("m_", "mid.")) or "to" in value or ("story" in value and "from" in value):
        return "message"
    if "comment_id=" in str(value.get("permalink_url", "")) or COMMENT_SIGNS & value.keys():
        return "comment"
    return "post" if POST_SIGNS & value.keys() else "comment"


def graph_item(value: Any, what: str = "", **context: Any) -> RawItem:
    """An item for one object of Graph. `context` travels along for the parser and is no part of the event id: what Graph
    says of an object changes when it is edited or hidden, and then it is another event."""
    if not isinstance(value, Mapping):
        return RawItem(event_id=f"unknown:{fields.digest(value)}", payload={"what": "unknown", "value": value})
    what = what or _looks_like(value)
    subject = fields.loose(value.get("id")) or fields.digest(value)
    content = fields.digest(
        value.get("message"), value.get("is_hidden"), _without_urls(value.get("attachment") or value.get("attachments"))
    )
    payload = {"what": what, "value": dict(value), **context}
    occurred_at = None
    with contextlib.suppress(PayloadError):  # its parser will say so
        occurred_at = fields.moment(value.get("created_time"), "created_time")
    return RawItem(event_id=f"graph_{what}:{subject}:{content}", payload=payload, occurred_at=occurred_at)


def _without_urls(attachments: Any) -> Any:
    """Addresses of pictures are signed anew with every answer: they do not make another event."""
    if isinstance(attachments, Mapping):
        return {
            key: _without_urls(value)
            for key, value in attachments.items()
            if key in {"data", "id", "type", "media_type", "target", "title", "subattachments"}
        }
    return [_without_urls(part) for part in attachments] if isinstance(attachments, list) else attachments


# -- parsing -----------------------------------------------------------------------------------------------------------


def _refuse_conversation(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    participants = fields.edge(fields.mapping(payload.get("value"), "value").get("participants"), "participants")
    if any(isinstance(person, Mapping) and "username" in person for person in participants):
        raise Refused("a conversation on Instagram", reason="instagram")
    raise Refused("the summary of a conversation", reason="conversation")


def _refuse_own_post(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    raise Refused("a post of our own", reason="own_post")


def _refuse_account(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    raise Refused("an account", reason="account")


def _unreadable(payload: Mapping[str, Any], page_id: str) -> list[Event]:
    raise PayloadError("Facebook's answer about this could not be read.", reason="unreadable")


PARSERS: dict[str, Callable[[Mapping[str, Any], str], list[Event]]] = {
    "change": parse_change,
    "messaging": messenger.parse_messaging,
    "comment": objects.parse_comment,
    "post": objects.parse_post,
    "tagged": objects.parse_post,
    "own_post": _refuse_own_post,
    "message": objects.parse_message,
    "conversation": _refuse_conversation,
    "account": _refuse_account,
    "unreadable": _unreadable,
}


def parse(payload: Mapping[str, Any], account_id: str) -> list[Event]:
    """The events of one item. The page that a webhook names is ours: whose it is was decided before."""
    what = payload.get("what")
    parser = PARSERS.get(what) if isinstance(what, str) else None
    if parser is None:
        raise PayloadError("not cut up by us", reason="unknown_event")
    page_id = fields.identifier(payload.get("page_id"), "page_id") or account_id
    return parser(payload, page_id)
