"""Pages, posts, comments, conversations and messages as Graph shows them: id and little more unless `fields` says so."""

import json
from datetime import UTC, datetime
from typing import Any

from sandbox.accounts import FACEBOOK, HANDLE, NAME, PAGE
from sandbox.graph.fields import Field
from sandbox.graph.showing import shown
from sandbox.ids import digits, now_ms
from sandbox.media import PICTURE_SIZE, avatar_url, picture_url
from sandbox.state import Row
from sandbox.world import World

PRIVATE_REPLY_WINDOW = 7 * 86_400_000  # milliseconds
DEFAULTS = {
    "post": ("created_time", "message", "id"),
    "comment": ("created_time", "from", "message", "id"),
    "message": ("id", "created_time"),
    "conversation": ("id", "link", "updated_time"),
}


def stamp(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def profile(world: World, resident: Row | None, *, in_messenger: bool = False) -> dict[str, Any]:
    """All that may be asked of a person, or of the page when None."""
    if resident is None:
        return {
            "id": PAGE, "name": NAME, "username": HANDLE, "category": "Government Organization",
            "link": f"https://www.facebook.com/{HANDLE}", "about": "Vragen? Wij antwoorden op werkdagen.",
            "fan_count": 8_412, "followers_count": 8_690, "picture": _picture(world, HANDLE),
            "verification_status": "blue_verified",
        }  # fmt: skip
    own_id = resident["psid"] if in_messenger else resident["fb_id"]
    found: dict[str, Any] = {"name": resident["name"], "id": own_id, "picture": _picture(world, resident["handle"])}
    if in_messenger:
        first, _, last = resident["name"].partition(" ")
        found |= {
            "first_name": first, "last_name": last, "profile_pic": avatar_url(world.settings.url, resident["handle"]),
            "email": f"{own_id}@facebook.com",
        }  # fmt: skip
    return found


def _picture(world: World, handle: str) -> dict[str, Any]:
    url = avatar_url(world.settings.url, handle)
    return {"data": {"height": 96, "is_silhouette": False, "url": url, "width": 96}}


def person(world: World, item: Row, asked: Field | None) -> dict[str, Any] | None:
    """`from`; None when the account is deleted, which Graph leaves out."""
    resident = world.state.resident(item["resident"]) if item["resident"] else None
    if resident is not None and resident["gone"]:
        return None
    found = profile(world, resident, in_messenger=item["kind"] == "dm")
    wanted = set(asked.fields) if asked and asked.fields else {"name", "id"}
    return {key: value for key, value in found.items() if key in wanted | {"id"}}


def permalink(item: Row) -> str:
    post = item["root"].rpartition("_")
    base = f"https://www.facebook.com/{post[0]}/posts/{post[2]}"
    if item["kind"] != "comment":
        return base
    return f"{base}?comment_id={item['id'].rpartition('_')[2]}"


def attachment(world: World, item: Row) -> dict[str, Any]:
    url = picture_url(world.settings.url, item["attachment"])
    width, height = PICTURE_SIZE
    target = digits(15, item["seq"], "photo")
    where = f"https://www.facebook.com/photo.php?fbid={target}"
    return {
        "media": {"image": {"height": height, "src": url, "width": width}}, "media_type": "photo", "title": "",
        "target": {"id": target, "url": where}, "type": "photo", "url": where, "unshimmed_url": where,
    }  # fmt: skip


def message_attachment(world: World, item: Row) -> dict[str, Any]:
    url = picture_url(world.settings.url, item["attachment"])
    width, height = PICTURE_SIZE
    own_id = digits(15, item["seq"], "photo")
    data = {"width": width, "height": height, "max_width": width, "max_height": height, "url": url, "preview_url": url,
            "image_type": 1, "render_as_sticker": False}  # fmt: skip
    return {"id": own_id, "mime_type": "image/png", "name": f"image-{own_id}", "size": 54_542, "image_data": data}


def post(world: World, item: Row, fields: dict[str, Field]) -> dict[str, Any]:
    is_own = not item["resident"]
    kind = "added_photos" if item["attachment"] else "mobile_status_update" if is_own else "wall_post"
    every: dict[str, Any] = {
        "id": item["id"],
        "created_time": stamp(item["created"]),
        "updated_time": stamp(item["updated"]),
        "message": item["text"],
        "permalink_url": permalink(item),
        "status_type": kind,
        "is_hidden": bool(item["hidden"]),
        "is_published": True,
        "from": person(world, item, fields.get("from")),
    }
    if item["attachment"]:
        every["attachments"] = {"data": [attachment(world, item)]}
        every["full_picture"] = picture_url(world.settings.url, item["attachment"])
    return _chosen(every | shown(world, item, fields), fields or _defaults("post"))


def comment(world: World, item: Row, fields: dict[str, Field], *, depth: int = 0) -> dict[str, Any]:
    state = world.state
    every: dict[str, Any] = {
        "id": item["id"],
        "created_time": stamp(item["created"]),
        "message": item["text"],
        "permalink_url": permalink(item),
        "is_hidden": bool(item["hidden"]),
        "can_hide": bool(item["resident"]),
        "can_remove": True,
        "can_comment": True,
        "can_like": True,
        "can_reply_privately": can_reply_privately(item),
        "like_count": item["seq"] % 4,
        "user_likes": False,
        "from": person(world, item, fields.get("from")),
    }
    if "comment_count" in fields:
        every["comment_count"] = state.value(
            "SELECT count(*) FROM items WHERE platform = ? AND parent = ? AND deleted = 0", FACEBOOK, item["id"]
        )
    if "attachment" in fields and item["attachment"]:
        every["attachment"] = attachment(world, item)
    if "object" in fields:
        every["object"] = {"id": item["root"]}
    if "parent" in fields and item["parent"] != item["root"] and depth < 10:
        parent = state.item(FACEBOOK, item["parent"])
        if parent is not None and not parent["deleted"]:
            inner = fields["parent"].fields or _defaults("comment")
            every["parent"] = comment(world, parent, inner, depth=depth + 1)
    return _chosen(every, fields or _defaults("comment"))


def can_reply_privately(item: Row) -> bool:
    return bool(item["resident"]) and not item["metadata"] and now_ms() - item["created"] < PRIVATE_REPLY_WINDOW


def message(world: World, item: Row, fields: dict[str, Field]) -> dict[str, Any]:
    resident = world.state.resident(item["contact"])
    other = profile(world, resident, in_messenger=True)
    us = {"name": NAME, "email": f"{PAGE}@facebook.com", "id": PAGE}
    them = {key: other[key] for key in ("name", "email", "id")}
    writer, reader = (them, us) if item["resident"] else (us, them)
    every: dict[str, Any] = {
        "id": item["id"], "created_time": stamp(item["created"]), "message": item["text"], "from": writer,
        "to": {"data": [reader]}, "tags": {"data": [{"name": "inbox"}, {"name": "source:mobile"}]},
    }  # fmt: skip
    if item["attachment"]:
        every["attachments"] = {"data": [message_attachment(world, item)]}
    return _chosen(every, fields or _defaults("message"))


def conversation(world: World, thread: str, fields: dict[str, Field]) -> dict[str, Any]:
    state = world.state
    last = state.row(
        "SELECT * FROM items WHERE platform = ? AND thread = ? ORDER BY created DESC LIMIT 1", FACEBOOK, thread
    )
    assert last is not None
    resident = state.resident(last["contact"])
    other = profile(world, resident, in_messenger=True)
    every: dict[str, Any] = {
        "id": thread,
        "link": f"/{PAGE}/inbox/{thread.removeprefix('t_')}/",
        "updated_time": stamp(max(last["created"], last["updated"])),
        "snippet": last["text"][:100],
        "can_reply": True,
        "participants": {
            "data": [
                {key: other[key] for key in ("name", "email", "id")},
                {"name": NAME, "email": f"{PAGE}@facebook.com", "id": PAGE},
            ]
        },
    }
    if {"message_count", "unread_count"} & set(fields):
        rows = state.rows(
            "SELECT resident FROM items WHERE platform = ? AND thread = ? ORDER BY created", FACEBOOK, thread
        )
        every["message_count"] = len(rows)
        unread = 0
        for row in reversed(rows):
            if not row["resident"]:
                break
            unread += 1
        every["unread_count"] = unread
    return _chosen(every, fields or _defaults("conversation"))


def _defaults(kind: str) -> dict[str, Field]:
    return {name: Field(name) for name in DEFAULTS[kind]}


def _chosen(every: dict[str, Any], fields: dict[str, Field]) -> dict[str, Any]:
    """Asked and there; the id is always there."""
    found = {name: every[name] for name in fields if every.get(name) is not None}
    found.setdefault("id", every["id"])
    return found


def edits(item: Row) -> int:
    return len(json.loads(item["history"]))
