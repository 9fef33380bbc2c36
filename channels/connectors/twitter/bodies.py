"""Cutting bodies into single events, and what each of them means.

A `RawItem.payload` has `what`: "post" (post, includes), "dm" (event, includes), "old_dm" (event, users), "read" (event),
"deleted" (event), "missing" (error), "activity" (event), "revoked" (event), or "refused" (reason).
"""

from collections.abc import Callable, Mapping
from typing import Any

from channels.connectors.twitter import posts, private, values
from channels.connectors.twitter.people import includes
from channels.connectors.twitter.problems import MISSING_TYPES
from channels.errors import PayloadError, Refused
from channels.messages import Account, Change, ChannelNotice, Event, InboundMessage, Kind, RawItem, Visibility

POST_EVENTS = frozenset({"post.create", "post.mention.create", "post.reply.create", "post.quote.create"})
# The first word of an activity that nobody answers; posts that are no words of their own.
REFUSED_ACTIVITIES = {
    "like": "like", "follow": "follow", "profile": "profile", "block": "block", "mute": "mute", "list": "list",
    "bookmark": "bookmark", "spaces": "space", "space": "space", "news": "news", "trends": "trend", "keyword": "keyword",
}  # fmt: skip
REFUSED_POSTS = {"post.repost.create": "repost", "post.repost.delete": "repost"}
# Objects that X sends as `data` and that are nothing for an inbox, by a key that only they have.
OTHER_OBJECTS = (
    ("dm_event_id", "receipt"), ("deleted", "confirmation"), ("hidden", "confirmation"), ("liked", "confirmation"),
    ("subscribed", "subscription"), ("subscription_id", "subscription"), ("subscriptions", "subscription"),
    ("provisioned_count", "subscription"), ("username", "user"), ("valid", "webhook"), ("media_key", "media"),
    ("expires_after_secs", "media"), ("project_usage", "usage"), ("total_subscriptions", "subscription"),
)  # fmt: skip
OTHER_BODIES = (
    ("response_token", "handshake"), ("replay_event", "replay"), ("replay_job_status", "replay"),
)  # fmt: skip


# -- cutting -----------------------------------------------------------------------------------------------------------


def split(body: Any) -> list[RawItem]:
    """See `Connector.split`. Raises PayloadError "unknown_body"; Refused with what it is, "empty" when nothing is in it."""
    if not isinstance(body, Mapping):
        raise PayloadError("no body of X", reason="unknown_body")
    data = body.get("data")
    if isinstance(data, Mapping) and "event_type" in data and "filter" in data and "subscription_id" not in data:
        return _activity(data)
    if "for_user_id" in body or "user_event" in body:
        return _account_activity(body)
    if "event_type" in body and "id" in body:
        return [dm_item(body, {})]
    for name, reason in OTHER_BODIES:
        if name in body:
            raise Refused("nothing for an inbox", reason=reason)
    if data is not None or "meta" in body or isinstance(body.get("errors"), list):
        return _answer(body)
    if any(isinstance(body.get(name), str) for name in ("type", "title")) and "detail" in body:
        raise Refused("X refused something", reason="problem")
    if "filter" in body and "event_type" in body:
        raise Refused("a question of ours", reason="subscription")
    raise PayloadError("no body of X", reason="unknown_body")


def _answer(body: Mapping[str, Any]) -> list[RawItem]:
    """A body of the API: {data, includes, errors, meta}."""
    data = body.get("data")
    objects = data if isinstance(data, list) else [] if data is None else [data]
    along = body.get("includes") if isinstance(body.get("includes"), Mapping) else {}
    assert isinstance(along, Mapping)
    items = [_object(one, along) for one in objects]
    for error in body["errors"] if isinstance(body.get("errors"), list) else ():
        items += missing_items(error)
    if items:
        refused = {item.payload["reason"] for item in items if item.payload["what"] == "refused"}
        if len(refused) == 1 and all(item.payload["what"] == "refused" for item in items):
            raise Refused("nothing for an inbox", reason=str(refused.pop()))
        return items
    if isinstance(body.get("errors"), list) and body["errors"]:
        raise Refused("X refused something", reason="problem")
    raise Refused("nothing in it", reason="empty")


def _object(value: Any, along: Mapping[str, Any]) -> RawItem:
    if not isinstance(value, Mapping):
        return odd_item(value)
    if "event_type" in value and "subscription_id" not in value:
        return dm_item(value, along)
    if "text" not in value:
        for name, reason in OTHER_OBJECTS:
            if name in value:
                return RawItem(
                    event_id=f"{reason}:{values.digest(value)}", payload={"what": "refused", "reason": reason}
                )
    return post_item(value, along)


def odd_item(value: Any) -> RawItem:
    """No object at all: kept, to be refused by its parser."""
    return RawItem(event_id=f"odd:{values.digest(value)}", payload={"what": "post", "post": value})


def post_item(post: Mapping[str, Any], along: Mapping[str, Any]) -> RawItem:
    """One post with the part of `includes` that it needs. An edit has an id of its own, so it is another event."""
    return RawItem(
        event_id=f"post:{values.loose(post.get('id')) or values.digest(post)}" + (":withheld" if post.get("withheld") else ""),
        payload={"what": "post", "post": post, "includes": _needed(post, along)},
    )  # fmt: skip


def dm_item(event: Mapping[str, Any], along: Mapping[str, Any]) -> RawItem:
    event_id = f"dm:{values.loose(event.get('id')) or values.digest(event)}"
    return RawItem(event_id=event_id, payload={"what": "dm", "event": event, "includes": _needed(event, along)})


def missing_items(error: Any) -> list[RawItem]:
    """An entry of `errors` that says that a post is gone, or may no longer be seen (X API docs, partial errors)."""
    if not isinstance(error, Mapping) or error.get("resource_type") not in ("tweet", "post"):
        return []
    kind = error["type"].rpartition("/")[2] if isinstance(error.get("type"), str) else ""
    gone = error.get("resource_id") or error.get("value")
    if kind not in MISSING_TYPES or not gone:
        return []
    return [RawItem(event_id=f"missing:{values.loose(gone)}", payload={"what": "missing", "error": error})]


def _needed(body: Mapping[str, Any], along: Mapping[str, Any]) -> dict[str, Any]:
    """The users, posts and media that the ids in `body` (and in the posts above it) point at. Never raises."""
    wanted = set(_strings(body))
    kept: dict[str, Any] = {}
    for name in ("tweets", "posts", "media", "users"):
        entries = along.get(name)
        if isinstance(entries, list):
            found = [one for one in entries if isinstance(one, Mapping) and _names(one) & wanted]
            if found:
                kept[name] = found
            if name != "users":
                wanted.update(*(_strings(one) for one in found))
    return kept


def _names(entry: Mapping[str, Any]) -> set[str]:
    inner = entry["data"] if isinstance(entry.get("data"), Mapping) else entry
    return {inner[name] for name in ("id", "media_key") if isinstance(inner.get(name), str)}


def _strings(value: Any, depth: int = 0) -> set[str]:
    if isinstance(value, str):
        return {value} if len(value) < 60 else set()
    if depth > 6:
        return set()
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set().union(*(_strings(one, depth + 1) for one in inner))


def _activity(event: Mapping[str, Any]) -> list[RawItem]:
    """The envelope of the X Activity API. Ids may be negative."""
    name = f"activity:{values.loose(event.get('event_uuid')) or values.digest(event)}"
    narrow = event.get("filter")
    account_id = values.loose(narrow.get("user_id")) if isinstance(narrow, Mapping) else ""
    payload = event.get("payload")
    old = _old_items(payload, name, account_id) if isinstance(payload, Mapping) else []
    return old or [RawItem(event_id=name, account_id=account_id, payload={"what": "activity", "event": event})]


def _account_activity(body: Mapping[str, Any]) -> list[RawItem]:
    """The older Account Activity API: `for_user_id` and lists of events."""
    event = body.get("user_event")
    if isinstance(event, Mapping) and isinstance(event.get("revoke"), Mapping):
        source = event["revoke"].get("source")
        account_id = values.loose(source.get("user_id")) if isinstance(source, Mapping) else ""
        return [RawItem(event_id=f"revoke:{values.digest(body)}", account_id=account_id, payload={"what": "revoked"})]
    account_id = values.loose(body.get("for_user_id"))
    items = _old_items(body, f"for:{account_id}", account_id)
    if items:
        return items
    if "direct_message_indicate_typing_events" in body:
        raise Refused("someone types", reason="typing")
    for name, reason in OTHER_BODIES:
        if name in body:
            raise Refused("nothing for an inbox", reason=reason)
    if "tweet_create_events" in body:
        # No conversation_id in this shape: the poll brings the same post with one, in the right conversation.
        raise Refused("a post without its conversation", reason="old_post")
    for name in ("favorite_events", "follow_events", "block_events", "mute_events"):
        if name in body:
            raise Refused("nothing for an inbox", reason=name.removesuffix("_events"))
    raise PayloadError("unknown kind of activity", reason="unknown_event")


def _old_items(body: Mapping[str, Any], name: str, account_id: str) -> list[RawItem]:
    items = []
    for key, what in (
        ("direct_message_events", "old_dm"),
        ("direct_message_mark_read_events", "read"),
        ("tweet_delete_events", "deleted"),
    ):
        for event in body[key] if isinstance(body.get(key), list) else ():
            own_id = values.loose(event.get("id")) if isinstance(event, Mapping) else ""
            payload = {"what": what, "event": event}
            if what == "old_dm" and body.get("users") is not None:
                payload["users"] = body["users"]
            event_id = f"{name}:{what}:{own_id or values.digest(event)}"
            items.append(RawItem(event_id=event_id, account_id=account_id, payload=payload))
    return items


# -- understanding -----------------------------------------------------------------------------------------------------


def parse(payload: Mapping[str, Any], account: Account) -> list[Event]:
    """See `Connector.parse`."""
    what = payload.get("what")
    kind = PARSERS.get(what) if isinstance(what, str) else None
    if kind is None:
        raise PayloadError("unknown kind of event", reason="unknown_event")
    return kind(payload, account)


def _post(payload: Mapping[str, Any], account: Account) -> list[Event]:
    return posts.parse(payload.get("post"), includes(payload.get("includes")), account)


def _dm(payload: Mapping[str, Any], account: Account) -> list[Event]:
    return private.parse(payload.get("event"), includes(payload.get("includes")), account)


def _old_dm(payload: Mapping[str, Any], account: Account) -> list[Event]:
    return private.parse_old(payload.get("event"), payload.get("users"), account)


def _read(payload: Mapping[str, Any], account: Account) -> list[Event]:
    return private.parse_read(payload.get("event"), account)


def _deleted(payload: Mapping[str, Any], account: Account) -> list[Event]:
    event = values.mapping(payload.get("event"), "event")
    status = values.mapping(event.get("status"), "status")
    return [deletion(status.get("id"), event.get("timestamp_ms"))]


def _missing(payload: Mapping[str, Any], account: Account) -> list[Event]:
    error = values.mapping(payload.get("error"), "error")
    return [deletion(error.get("resource_id") or error.get("value"), None)]


def _revoked(payload: Mapping[str, Any], account: Account) -> list[Event]:
    return [ChannelNotice(code="revoked", detail="The access of this application to the account on X was withdrawn.")]


def _refused(payload: Mapping[str, Any], account: Account) -> list[Event]:
    raise Refused("nothing for an inbox", reason=values.text(payload.get("reason"), "reason") or "other")


def _activity_event(payload: Mapping[str, Any], account: Account) -> list[Event]:
    event = values.mapping(payload.get("event"), "event")
    kind = values.text(event.get("event_type"), "event_type")
    content = event.get("payload")
    if kind in POST_EVENTS:
        along = includes(event.get("includes"))
        return posts.parse(content, along, account, quotes_us=kind == "post.quote.create")
    if kind == "post.delete":
        return [deletion(values.mapping(content, "payload").get("id"), None)]
    if kind == "chat.received" or kind == "chat.sent":
        return private.parse_encrypted(content, account)
    if kind == "oauth.revoke":
        return _revoked(payload, account)
    if kind in REFUSED_POSTS:
        raise Refused("nothing for an inbox", reason=REFUSED_POSTS[kind])
    if kind.startswith("dm.indicate_typing"):
        raise Refused("someone types", reason="typing")
    reason = REFUSED_ACTIVITIES.get(kind.partition(".")[0])
    if reason:
        raise Refused("nothing for an inbox", reason=reason)
    raise PayloadError("unknown kind of activity", reason="unknown_event")


def deletion(post_id: Any, at: Any) -> InboundMessage:
    return InboundMessage(
        external_id=values.required(post_id, "post id"),
        thread_id="",
        kind=Kind.REPLY,
        visibility=Visibility.PUBLIC,
        change=Change.DELETED,
        changed_at=values.moment(at, "time"),
    )


PARSERS: Mapping[str, Callable[[Mapping[str, Any], Account], list[Event]]] = {
    "post": _post,
    "dm": _dm,
    "old_dm": _old_dm,
    "read": _read,
    "deleted": _deleted,
    "missing": _missing,
    "activity": _activity_event,
    "revoked": _revoked,
    "refused": _refused,
}
