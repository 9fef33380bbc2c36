"""What each platform tells by webhook about something that happened, as the bytes that are signed."""

import json
from typing import Any

from sandbox.accounts import ADMINISTRATOR, CREDENTIALS, FACEBOOK, LINKEDIN, NAME, PAGE, TWITTER, X_USER
from sandbox.graph.objects import permalink
from sandbox.ids import digest, digits
from sandbox.linkedin.objects import notification
from sandbox.media import picture_url
from sandbox.state import Row
from sandbox.world import Happening, World
from sandbox.x import objects as x
from sandbox.x.entities import entities
from sandbox.x.words import OLD

X_POST_FIELDS = [
    "created_at",
    "author_id",
    "conversation_id",
    "in_reply_to_user_id",
    "referenced_tweets",
    "attachments",
    "entities",
    "lang",
    "note_tweet",
    "reply_settings",
    "possibly_sensitive",
    "display_text_range",
    "edit_controls",
    "public_metrics",
]
X_USER_FIELDS = [
    "created_at",
    "description",
    "profile_image_url",
    "verified",
    "verified_type",
    "protected",
    "url",
    "public_metrics",
]
FACEBOOK_VERBS = {"created": "add", "edited": "edited", "deleted": "remove", "hidden": "hide", "unhidden": "unhide"}


def make(world: World, happening: Happening) -> list[dict[str, Any]]:
    """The bodies (one event each) that the platform would send; [] when it tells nothing."""
    maker = {TWITTER: _twitter, FACEBOOK: _facebook, LINKEDIN: _linkedin}[happening.platform]
    return maker(world, happening)


def encode(platform: str, body: dict[str, Any]) -> bytes:
    """Meta: ASCII with \\u escapes, and / as \\/; the others plain JSON."""
    if platform == FACEBOOK:
        return json.dumps(body, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode()
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


# -- X -----------------------------------------------------------------------------------------------------------------


def _twitter(world: World, happening: Happening) -> list[dict[str, Any]]:
    item, state = happening.item, world.state
    if happening.kind == "revoked":
        return [_activity(happening, "oauth.revoke", "", {"user_id": X_USER, "date_time": x.iso(happening.at)})]
    if item["kind"] == "dm":
        if happening.kind != "created":
            return []
        kind, tag = ("dm.received", "dm-inbound") if item["resident"] else ("dm.sent", "dm-outbound")
        return [_activity(happening, kind, tag, _dm_payload(world, item))]
    if happening.kind == "deleted":
        payload = {"id": item["id"], "author_id": x.author_id(state, item)}
        author = x.user(world, state.resident(item["resident"]) if item["resident"] else None, X_USER_FIELDS)
        return [_activity(happening, "post.delete", "post-deletes", payload, {"users": [{"data": author}]})]
    if happening.kind not in {"created", "edited"} or not item["resident"]:
        return []
    parent = state.item(TWITTER, item["parent"]) if item["parent"] else None
    payload = x.post(world, item, X_POST_FIELDS, OLD)
    found = []
    if item["mentions"]:
        people = [x.user(world, state.resident(item["resident"]), X_USER_FIELDS), x.user(world, None, X_USER_FIELDS)]
        includes: dict[str, Any] = {"users": people, "tweets": [payload]}
        if item["attachment"]:
            includes["media"] = x.media(world, item, {"url", "alt_text", "width", "height"})
        found.append(_activity(happening, "post.mention.create", "mentions", payload, includes))
    elif parent is not None and not parent["resident"]:
        replied = {**payload, "in_reply_to_tweet_id": item["parent"]}
        people = [x.user(world, state.resident(item["resident"]), X_USER_FIELDS)]
        found.append(_activity(happening, "post.reply.create", "replies", replied, {"users": people}))
    return found


def _activity(
    happening: Happening, kind: str, tag: str, payload: dict[str, Any], includes: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The envelope of X's Activity API. Its event_uuid may be negative."""
    number = int(digits(18, kind, happening.seq)) * (-1 if digest(kind, happening.seq)[0] % 2 else 1)
    data: dict[str, Any] = {
        "event_uuid": str(number), "filter": {"user_id": X_USER}, "event_type": kind, "tag": tag, "payload": payload,
    }  # fmt: skip
    if includes is not None:
        data["includes"] = includes
    return {"data": data}


def _dm_payload(world: World, item: Row) -> dict[str, Any]:
    """Still the shape of version 1: direct_message_events[].message_create."""
    resident = world.state.resident(item["contact"])
    assert resident is not None
    sender, receiver = (resident["x_id"], X_USER) if item["resident"] else (X_USER, resident["x_id"])
    found = entities(world.state, item["text"])
    data: dict[str, Any] = {
        "text": item["text"],
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": found.get("urls", [])},
    }
    if item["attachment"]:
        url = picture_url(world.settings.url, item["attachment"])
        media = {"id_str": digits(19, item["seq"], "media"), "media_url_https": url, "type": "photo"}
        data["attachment"] = {"type": "media", "media": media}
    event = {
        "type": "message_create",
        "id": item["id"],
        "created_timestamp": str(item["created"]),
        "message_create": {"target": {"recipient_id": receiver}, "sender_id": sender, "message_data": data},
    }
    them, us = x.user(world, resident, X_USER_FIELDS), x.user(world, None, X_USER_FIELDS)
    return {"direct_message_events": [event], "users": {them["id"]: {"data": them}, us["id"]: {"data": us}}}


# -- Facebook ----------------------------------------------------------------------------------------------------------


def _facebook(world: World, happening: Happening) -> list[dict[str, Any]]:
    item = happening.item
    if happening.kind == "revoked":
        return []
    if item["kind"] == "dm":
        entry = {"id": PAGE, "time": happening.at, "messaging": [_messaging(world, happening)]}
        return [{"object": "page", "entry": [entry]}]
    verb = FACEBOOK_VERBS.get(happening.kind)
    if verb is None:
        return []
    value = _comment_value(world, happening) if item["kind"] == "comment" else _post_value(world, happening)
    field = "mention" if item["kind"] == "mention" else "feed"
    entry = {"id": PAGE, "time": happening.at // 1000, "changes": [{"field": field, "value": value}]}
    return [{"object": "page", "entry": [entry]}]


def _who(world: World, item: Row) -> dict[str, Any]:
    resident = world.state.resident(item["resident"]) if item["resident"] else None
    return {"id": resident["fb_id"], "name": resident["name"]} if resident is not None else {"id": PAGE, "name": NAME}


def _comment_value(world: World, happening: Happening) -> dict[str, Any]:
    item, verb = happening.item, FACEBOOK_VERBS[happening.kind]
    is_ours = bool(happening.data.get("by_us"))
    value: dict[str, Any] = {
        "item": "comment", "verb": verb, "comment_id": item["id"], "post_id": item["root"], "parent_id": item["parent"],
        "from": {"id": PAGE, "name": NAME} if is_ours else _who(world, item),
    }  # fmt: skip
    root = world.state.item(FACEBOOK, item["root"])
    if root is not None:
        kind = "wall_post" if root["resident"] else "added_photos" if root["attachment"] else "mobile_status_update"
        value["post"] = {
            "status_type": kind, "is_published": True, "updated_time": happening.at // 1000, "permalink_url": permalink(root),
            "promotion_status": "inactive", "id": root["id"],
        }  # fmt: skip
    if verb == "remove":
        return value
    value |= {"message": item["text"], "created_time": (happening.at if verb != "add" else item["created"]) // 1000}
    if item["attachment"]:
        value["photo"] = picture_url(world.settings.url, item["attachment"])
    return value


def _post_value(world: World, happening: Happening) -> dict[str, Any]:
    item, verb = happening.item, FACEBOOK_VERBS[happening.kind]
    is_ours = bool(happening.data.get("by_us"))
    who = {"id": PAGE, "name": NAME} if is_ours else _who(world, item)
    value: dict[str, Any] = {
        "item": "status" if item["kind"] == "post" else "post", "verb": verb, "post_id": item["id"], "from": who,
    }  # fmt: skip
    if verb == "remove":
        return value
    value |= {"message": item["text"], "created_time": happening.at // 1000}
    if item["kind"] != "mention":
        value["published"] = 1
    if item["attachment"]:
        value |= {"item": "photo", "link": picture_url(world.settings.url, item["attachment"])}
    return value


def _messaging(world: World, happening: Happening) -> dict[str, Any]:
    item, kind = happening.item, happening.kind
    resident = world.state.resident(item["contact"])
    assert resident is not None
    them, us = {"id": resident["psid"]}, {"id": PAGE}
    sender, receiver = (them, us) if item["resident"] else (us, them)
    if kind == "delivered":
        return {"sender": them, "recipient": us, "delivery": {"mids": [item["id"]], "watermark": happening.at}}
    if kind == "read":
        return {"sender": them, "recipient": us, "timestamp": happening.at, "read": {"watermark": happening.at}}
    base: dict[str, Any] = {"sender": sender, "recipient": receiver, "timestamp": happening.at}
    if kind == "edited":
        count = len(json.loads(item["history"]))
        return {**base, "message_edit": {"mid": item["id"], "text": item["text"], "num_edit": str(count)}}
    message: dict[str, Any] = {"mid": item["id"]}
    if kind == "deleted":
        message["is_deleted"] = True
    else:
        if item["text"]:
            message["text"] = item["text"]
        if item["attachment"]:
            payload = {"url": picture_url(world.settings.url, item["attachment"])}
            message["attachments"] = [{"type": "image", "payload": payload}]
        if not item["resident"]:
            message["is_echo"] = True
            if item["origin"] == "api":
                message["app_id"] = int(CREDENTIALS[FACEBOOK]["app_id"])
            if item["metadata"]:
                message["metadata"] = item["metadata"]
    return {**base, "message": message}


# -- LinkedIn ----------------------------------------------------------------------------------------------------------


def _linkedin(world: World, happening: Happening) -> list[dict[str, Any]]:
    """One notification; the sender puts up to ten of them into one batch."""
    event = world.state.row("SELECT * FROM events WHERE seq = ?", happening.seq)
    assert event is not None
    found = notification(world, event, happening.item)
    return [{**found, "subscriber": ADMINISTRATOR}] if found is not None else []


def batch(notifications: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": notifications}
