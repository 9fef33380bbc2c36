"""Cutting bodies into single events, and finding the parser for each.

A `RawItem.payload` is {"what", "value", ...}: `what` is "notification" (webhook and polling alike), "comment" (polling, with
`post` and `answers` beside it), "post", "unreadable" or "unknown".
"""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from channels.connectors.linkedin import comments, notifications, urns, values
from channels.errors import PayloadError, Refused
from channels.messages import Event, RawItem

SOCIAL_ACTIONS = "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS"
OTHER_TYPES = {"LEAD_ACTION": "lead"}
# Bodies that are known and hold nothing to read or answer, by a key that only they have.
OTHER_BODIES = {
    "access_token": "token",
    "active": "token_info",
    "errorDetails": "api_error",
    "serviceErrorCode": "api_error",
    "error": "api_error",
    "challengeCode": "challenge",
    "request": "request",
    "endpoint": "api_error",
    "role": "role",
    "localizedName": "organization",
    "webhook": "subscription",
}


def split(body: Any) -> list[RawItem]:
    """Single events of a webhook or REST body. Raises PayloadError when it is neither, Refused when it holds none."""
    items = _split(body, 2)
    if not items:
        raise Refused("nothing in it", reason="empty")
    return items


def _split(body: Any, depth: int) -> list[RawItem]:
    if isinstance(body, list) and depth:
        return _split_each(body, depth - 1)
    if not isinstance(body, Mapping):
        raise PayloadError("no body of LinkedIn", reason="unknown_body")
    if "notifications" in body or "type" in body:
        return _split_webhook(body)
    if "elements" in body:
        return [item_of(element) for element in values.listing(body.get("elements"), "elements")]
    what = _looks_like(body)
    if what != "unknown":
        return [item_of(body)]
    for key, reason in OTHER_BODIES.items():
        if key in body:
            raise Refused(key, reason=reason)
    if {"status", "message"} <= body.keys() or {"status", "source"} <= body.keys():
        raise Refused("an error", reason="api_error")
    if {"info", "item"} <= body.keys():
        raise Refused("a collection of requests", reason="api_spec")
    raise PayloadError("no body of LinkedIn", reason="unknown_body")


def _split_each(bodies: list[Any], depth: int) -> list[RawItem]:
    """Several bodies in one: what can not be used stops nothing, unless none can."""
    items: list[RawItem] = []
    refused: PayloadError | None = None
    for body in bodies:
        try:
            items += _split(body, depth)
        except PayloadError as error:
            refused = refused or error
    if not items and refused is not None:
        raise refused
    return items


def _split_webhook(body: Mapping[str, Any]) -> list[RawItem]:
    kind = values.text(body.get("type"), "type")
    if kind in OTHER_TYPES:
        raise Refused(f"a webhook about a {OTHER_TYPES[kind]}", reason=OTHER_TYPES[kind])
    if kind != SOCIAL_ACTIONS:
        raise PayloadError("a webhook about something unknown", reason="unknown_type")
    return [notification_item(one) for one in values.listing(body.get("notifications"), "notifications")]


def _looks_like(value: Mapping[str, Any]) -> str:
    if "action" in value and ("notificationId" in value or "organizationalEntity" in value):
        return "notification"
    if "actor" in value and "message" in value:
        return "comment"
    return "post" if "commentary" in value else "unknown"


def item_of(value: Any) -> RawItem:
    """An item for one element of a list, by its looks."""
    what = _looks_like(value) if isinstance(value, Mapping) else "unknown"
    if what == "notification":
        return notification_item(value)
    if what == "comment":
        return comment_item(value)
    name = values.loose(value.get("id")) if isinstance(value, Mapping) else ""
    return RawItem(event_id=f"{what}:{name or values.digest(value)}", payload={"what": what, "value": value})


def notification_item(value: Any) -> RawItem:
    """`notificationId` is LinkedIn's own key against duplicates, the same by webhook and by polling."""
    payload = {"what": "notification", "value": value}
    if not isinstance(value, Mapping):
        return RawItem(event_id=f"notification:{values.digest(value)}", payload=payload)
    number, action = values.loose(value.get("notificationId")), values.loose(value.get("action"))
    entity = value.get("organizationalEntity")
    return RawItem(
        event_id=f"notification:{action}:{number or values.digest(value)}",
        payload=payload,
        account_id=urns.organization(entity)[:200] if isinstance(entity, str) else "",
        occurred_at=_moment(value.get("lastModifiedAt")),
    )


def comment_item(value: Any, **context: Any) -> RawItem:
    """`context` travels along for the parser and is no part of the event id; an edit is another event."""
    if not isinstance(value, Mapping):
        return RawItem(event_id=f"unknown:{values.digest(value)}", payload={"what": "unknown", "value": value})
    urn = ""
    with contextlib.suppress(PayloadError):  # its parser will say so
        urn = comments.urn_of(value)
    message, made, changed = value.get("message"), value.get("created"), value.get("lastModified")
    at = values.loose(changed.get("time")) if isinstance(changed, Mapping) else ""
    content = values.digest(
        message.get("text") if isinstance(message, Mapping) else message, _names(value.get("content"))
    )
    # Whom our own comment speaks to is found out step by step: then it is told again.
    told = f":{values.digest(context['answers'])}" if context.get("answers") is not None else ""
    return RawItem(
        event_id=f"comment:{urn or values.digest(value)}:{at}:{content}{told}",
        payload={"what": "comment", "value": dict(value), **context},
        occurred_at=_moment(made.get("time")) if isinstance(made, Mapping) else None,
    )


def _names(content: Any) -> Any:
    """Addresses of pictures are signed anew with every answer: they do not make another event."""
    return (
        [one.get("entity") if isinstance(one, Mapping) else one for one in content]
        if isinstance(content, list)
        else content
    )


def _moment(value: Any) -> Any:
    try:
        return values.moment(value, "time")
    except PayloadError:
        return None  # its parser will say so


# -- parsing -----------------------------------------------------------------------------------------------------------


def _refuse_post(payload: Mapping[str, Any], ours: str) -> list[Event]:
    raise Refused("a post: context, no message", reason="post")


def _unreadable(payload: Mapping[str, Any], ours: str) -> list[Event]:
    raise PayloadError("LinkedIn's answer about this could not be read.", reason="unreadable")


PARSERS: dict[str, Callable[[Mapping[str, Any], str], list[Event]]] = {
    "notification": notifications.parse_notification,
    "comment": comments.parse_comment,
    "post": _refuse_post,
    "unreadable": _unreadable,
}


def parse(payload: Mapping[str, Any], account_id: str) -> list[Event]:
    """The events of one item, as the page `account_id` sees them ("" when unknown)."""
    what = payload.get("what")
    parser = PARSERS.get(what) if isinstance(what, str) else None
    if parser is None:
        raise PayloadError("not cut up by us", reason="unknown_event")
    return parser(payload, urns.organization(account_id))
