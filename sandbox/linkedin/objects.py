"""Posts, comments and notifications as LinkedIn shows them: people are opaque ids without names."""

import json
from typing import Any

from sandbox import uploads
from sandbox.accounts import ADMINISTRATOR, LINKEDIN, ORGANIZATION
from sandbox.ids import digits
from sandbox.linkedin.images import content_of
from sandbox.linkedin.text import little_text
from sandbox.media import picture_url
from sandbox.state import Row, State
from sandbox.world import World, activity_of_root

ACTIONS = {"created": "COMMENT", "edited": "COMMENT_EDIT", "deleted": "COMMENT_DELETE"}


def actor_of(state: State, item: Row) -> str:
    if not item["resident"]:
        return ORGANIZATION
    resident = state.resident(item["resident"])
    return str(resident["li_id"]) if resident is not None else "urn:li:person:UNKNOWN"


def number_of(urn: str) -> str:
    return urn.rstrip(")").rpartition(",")[2] if urn.startswith("urn:li:comment:") else urn.rpartition(":")[2]


def stamp(state: State, item: Row, at: int) -> dict[str, Any]:
    found: dict[str, Any] = {"actor": actor_of(state, item), "time": at}
    if not item["resident"]:
        found["impersonator"] = ADMINISTRATOR
    return found


def post(world: World, item: Row) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": item["id"],
        "author": actor_of(world.state, item),
        "commentary": little_text(item["text"]),
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "lifecycleStateInfo": {"isEditedByAuthor": item["history"] != "[]"},
        "isReshareDisabledByAuthor": False,
        "createdAt": item["created"],
        "publishedAt": item["created"],
        "lastModifiedAt": item["updated"],
    }
    if item["attachment"]:
        image = f"urn:li:image:C4D22{digits(12, item['seq'], 'image')}"
        body["content"] = {"media": {"id": image, "altText": "Foto bij het bericht"}}
    if pictures := uploads.of(world.state, item):
        body["content"] = content_of(pictures)
    return body


def comment(world: World, item: Row) -> dict[str, Any]:
    state = world.state
    body: dict[str, Any] = {
        "actor": actor_of(state, item),
        "created": stamp(state, item, item["created"]),
        "lastModified": stamp(state, item, _last_edit(item)),
        "id": number_of(item["id"]),
        "$URN": item["id"],
        "message": {"attributes": [], "text": item["text"]},
        "object": activity_of_root(item["root"]),
    }
    if item["parent"] != item["root"]:
        body["parentComment"] = item["parent"]
    else:
        below = state.rows(
            "SELECT id FROM items WHERE platform = ? AND parent = ? AND deleted = 0 ORDER BY created DESC",
            LINKEDIN,
            item["id"],
        )
        if below:
            body["commentsSummary"] = {
                "selectedComments": [row["id"] for row in below[:2]],
                "totalFirstLevelComments": len(below), "aggregatedTotalComments": len(below),
            }  # fmt: skip
    if item["attachment"]:
        url = picture_url(world.settings.url, item["attachment"])
        image = f"urn:li:image:C4D22{digits(12, item['seq'], 'image')}"
        body["content"] = [{"type": "IMAGE", "url": url, "entity": {"image": image}}]
    return body


def _last_edit(item: Row) -> int:
    return int(item["updated"]) if json.loads(item["history"]) else int(item["created"])


def action_of(event: Row, item: Row) -> str:
    """The notification's action; "" when LinkedIn would tell nothing."""
    if item["kind"] == "mention":
        return "SHARE_MENTION" if event["kind"] == "created" else ""
    if item["kind"] != "comment":
        return ""
    if event["kind"] == "created" and not item["resident"]:
        return "ADMIN_COMMENT"
    return ACTIONS.get(event["kind"], "")


def notification(world: World, event: Row, item: Row) -> dict[str, Any] | None:
    """One notification; the id of `generatedActivity` is spelled as LinkedIn does, without "urn:li:" inside."""
    action = action_of(event, item)
    if not action:
        return None
    state = world.state
    root = state.item(LINKEDIN, item["root"])
    activity = activity_of_root(item["root"])
    body: dict[str, Any] = {
        "notificationId": int(digits(10, "notification", event["seq"])),
        "organizationalEntity": ORGANIZATION,
        "action": action,
        "subscriber": ADMINISTRATOR,
        "sourcePost": activity,
        "lastModifiedAt": event["at"],
    }
    if root is not None:
        body["decoratedSourcePost"] = {
            "owner": actor_of(state, root), "mediaCategory": "IMAGE" if root["attachment"] else "NONE",
            "text": root["text"], "entity": root["id"],
        }  # fmt: skip
    if item["kind"] == "mention":
        body["generatedActivity"] = item["id"]
        share = {"owner": actor_of(state, item), "text": item["text"], "entity": item["id"], "mediaCategory": "NONE"}
        body["decoratedGeneratedActivity"] = {"share": share}
        return body
    number = number_of(item["id"])
    body["generatedActivity"] = f"urn:li:comment:({activity.removeprefix('urn:li:')},{number})"
    if action != "COMMENT_DELETE":
        body["decoratedGeneratedActivity"] = {
            "comment": {"owner": actor_of(state, item), "text": item["text"], "entity": item["id"], "object": activity}
        }
    return body
