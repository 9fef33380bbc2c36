"""Posts, users, media and message events as X shows them: few fields by default, more when asked."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sandbox import uploads
from sandbox.accounts import HANDLE, NAME, TWITTER, X_USER
from sandbox.figures import figures
from sandbox.ids import digits, letters, snowflake_ms
from sandbox.media import PICTURE_SIZE, avatar_url, picture_url
from sandbox.state import Row, State
from sandbox.world import World, x_thread
from sandbox.x import problems
from sandbox.x.entities import entities, language
from sandbox.x.weight import LEADING_MENTIONS, MAXIMUM
from sandbox.x.words import Asked, Words

EDITABLE_FOR = 3_600_000  # milliseconds
EDITS = 5
US = -1  # stands for the municipality where a resident's number stands for a resident


def iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03d}Z"


def is_visible(state: State, item: Row | None) -> bool:
    """Not deleted, and not by a deleted account."""
    if item is None or item["deleted"] or item["platform"] != TWITTER or item["kind"] == "dm":
        return False
    if not item["resident"]:
        return True
    author = state.resident(item["resident"])
    return author is not None and not author["gone"]


def author_id(state: State, item: Row) -> str:
    if not item["resident"]:
        return X_USER
    resident = state.resident(item["resident"])
    return str(resident["x_id"]) if resident is not None else "0"


def media_keys(state: State, item: Row) -> list[str]:
    uploaded = uploads.of(state, item)
    return [f"3_{one['id']}" for one in uploaded] or ["3_" + digits(19, item["seq"], item["attachment"])]


def has_picture(state: State, item: Row) -> bool:
    return bool(item["attachment"] or uploads.of(state, item))


def short_link(item: Row) -> str:
    """What X puts behind the text of a post with pictures of its own."""
    return "https://t.co/" + letters(10, "pictures", item["seq"])


def post(world: World, item: Row, fields: Iterable[str], words: Words, *, version: int | None = None) -> dict[str, Any]:
    """A post; `version` an earlier one of an edited post."""
    state, wanted = world.state, set(fields)
    history = json.loads(item["history"])
    text, own_id = item["text"], item["id"]
    if version is not None:
        text, own_id = history[version]["text"], history[version]["id"]
    uploaded = uploads.of(state, item)
    shown = f"{_shown(text)} {short_link(item)}".lstrip() if uploaded else _shown(text)
    body: dict[str, Any] = {
        "id": own_id,
        "text": shown,
        words.edit_history: [*(entry["id"] for entry in history), item["id"]],
    }
    parent = state.item(TWITTER, item["parent"]) if item["parent"] else None
    if "created_at" in wanted:
        body["created_at"] = iso(snowflake_ms(int(own_id)))
    if "author_id" in wanted:
        body["author_id"] = author_id(state, item)
    if "conversation_id" in wanted:
        body["conversation_id"] = item["root"]
    if "in_reply_to_user_id" in wanted and parent is not None:
        body["in_reply_to_user_id"] = author_id(state, parent)
    if "referenced_tweets" in wanted and item["parent"]:
        body[words.referenced] = [{"type": "replied_to", "id": item["parent"]}]
    if "attachments" in wanted and (item["attachment"] or uploaded):
        body["attachments"] = {"media_keys": media_keys(state, item)}
    if "entities" in wanted and (found := entities(state, _shown(text))):
        body["entities"] = found
    if "entities" in wanted and uploaded:
        body.setdefault("entities", {}).setdefault("urls", []).extend(
            _picture_links(item, own_id, len(shown), uploaded)
        )
    if "lang" in wanted:
        body["lang"] = language(state, item)
    if "note_tweet" in wanted and len(text) > MAXIMUM:
        body[words.note] = {"text": text}
    if "reply_settings" in wanted:
        body["reply_settings"] = "everyone"
    if "possibly_sensitive" in wanted:
        body["possibly_sensitive"] = False
    if "display_text_range" in wanted:
        lead = LEADING_MENTIONS.match(text) if item["parent"] else None
        body["display_text_range"] = [lead.end() if lead else 0, len(_shown(text))]
    if "edit_controls" in wanted:
        first = snowflake_ms(int(history[0]["id"] if history else item["id"]))
        body["edit_controls"] = {
            "edits_remaining": max(EDITS - len(history), 0),
            "is_edit_eligible": not item["parent"],
            "editable_until": iso(first + EDITABLE_FOR),
        }
    if "public_metrics" in wanted:
        grown = figures(item)
        replies = state.value(
            "SELECT count(*) FROM items WHERE platform = ? AND parent = ? AND deleted = 0", TWITTER, item["id"]
        )
        body["public_metrics"] = {
            "retweet_count": grown.shares, "repost_count": grown.shares, "reply_count": replies, "like_count": grown.reactions,
            "quote_count": grown.shares // 4, "bookmark_count": 0, "impression_count": grown.reach,
        }  # fmt: skip
    if "source" in wanted:
        body["source"] = "X Web App"
    return body


def _picture_links(item: Row, own_id: str, end: int, uploaded: list[Row]) -> list[dict[str, Any]]:
    """One entry for each picture, all about the one link behind the text."""
    link = short_link(item)
    return [
        {
            "start": end - len(link), "end": end, "url": link, "media_key": f"3_{one['id']}",
            "expanded_url": f"https://x.com/{HANDLE}/status/{own_id}/photo/1", "display_url": f"pic.x.com/{link[13:]}",
        }
        for one in uploaded
    ]  # fmt: skip


def _shown(text: str) -> str:
    """Long posts are cut in `text`; the whole stands in note_tweet."""
    return text if len(text) <= MAXIMUM else text[: MAXIMUM - 1].rstrip() + "…"


def user(world: World, resident: Row | None, fields: Iterable[str]) -> dict[str, Any]:
    """A resident, or the municipality when None."""
    wanted, state = set(fields), world.state
    if resident is None:
        body: dict[str, Any] = {"id": X_USER, "name": NAME, "username": HANDLE}
        bio, created, place, verified = "Webcare van Gemeente Eikenrode. Ma-vr 8.30-17.00 uur.", 1_478_000_000_000, "Eikenrode", True  # fmt: skip
    else:
        body = {"id": resident["x_id"], "name": resident["name"], "username": resident["handle"]}
        bio, created, place, verified = resident["bio"], snowflake_ms(int(resident["x_id"])), "", False
    if "created_at" in wanted:
        body["created_at"] = iso(created)
    if "description" in wanted:
        body["description"] = bio
    if "profile_image_url" in wanted:
        body["profile_image_url"] = avatar_url(world.settings.url, body["username"])
    if "verified" in wanted:
        body["verified"] = verified
    if "verified_type" in wanted:
        body["verified_type"] = "government" if verified else "none"
    if "protected" in wanted:
        body["protected"] = False
    if "location" in wanted and place:
        body["location"] = place
    if "url" in wanted:
        body["url"] = ""
    if "public_metrics" in wanted:
        said = state.value(
            "SELECT count(*) FROM items WHERE platform = ? AND resident = ?", TWITTER, resident["id"] if resident else 0
        )
        body["public_metrics"] = {
            "followers_count": 6_214 if resident is None else 3 + resident["id"] % 900, "following_count": 120,
            "tweet_count": said, "post_count": said, "listed_count": 0, "like_count": 0, "media_count": 0,
        }  # fmt: skip
    return body


def media(world: World, item: Row, fields: Iterable[str]) -> list[dict[str, Any]]:
    """The pictures of an item that has any."""
    wanted, base = set(fields), world.settings.url
    named = [(uploads.upload_url(base, one), one["alt"]) for one in uploads.of(world.state, item)]
    named = named or [(picture_url(base, item["attachment"]), "Foto van de situatie")]
    found = []
    for key, (url, alt) in zip(media_keys(world.state, item), named, strict=True):
        body: dict[str, Any] = {"media_key": key, "type": "photo"}
        if "url" in wanted:
            body["url"] = url
        if "alt_text" in wanted and alt:
            body["alt_text"] = alt
        for side, size in zip(("width", "height"), PICTURE_SIZE, strict=True):
            if side in wanted:
                body[side] = size
        found.append(body)
    return found


def post_list(world: World, items: list[Row], asked: Asked) -> dict[str, Any]:
    """{"data": […], "includes": {…}, "errors": […]} without the parts that are empty."""
    fields = set(asked.post)
    wanted = asked.expansions
    if "author_id" in wanted:
        fields.add("author_id")
    if wanted & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
        fields.add("referenced_tweets")
    if "attachments.media_keys" in wanted:
        fields.add("attachments")
    if "in_reply_to_user_id" in wanted:
        fields.add("in_reply_to_user_id")
    body: dict[str, Any] = {}
    if items:
        body["data"] = [post(world, item, fields, asked.words) for item in items]
    includes, errors = _included(world, items, asked, fields)
    if includes:
        body["includes"] = includes
    if errors:
        body["errors"] = errors
    return body


def _included(
    world: World, items: list[Row], asked: Asked, fields: set[str]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    state, wanted = world.state, asked.expansions
    people: dict[int, None] = {}
    posts: dict[str, Row] = {}
    errors: list[dict[str, Any]] = []
    for item in items:
        if "author_id" in wanted:
            people[item["resident"] or US] = None
        parent = state.item(TWITTER, item["parent"]) if item["parent"] else None
        if parent is not None and "in_reply_to_user_id" in wanted:
            people[parent["resident"] or US] = None
        if item["parent"] and wanted & {"referenced_tweets.id", "referenced_tweets.id.author_id"}:
            if parent is not None and is_visible(state, parent):
                posts[parent["id"]] = parent
                if "referenced_tweets.id.author_id" in wanted:
                    people[parent["resident"] or US] = None
            else:
                lost = {**problems.missing("tweet", item["parent"], "referenced_tweets.id")}
                errors.append(lost)
        if "entities.mentions.username" in wanted:
            for mention in entities(state, item["text"]).get("mentions", []):
                who = world.find_resident(mention["username"])
                people[who["id"] if who is not None else US] = None
    includes: dict[str, Any] = {}
    if people:
        found = [None if number == US else state.resident(number) for number in people]
        includes["users"] = [user(world, one, asked.user) for one in found]
    earlier = []
    if "edit_history_tweet_ids" in wanted:
        for item in items:
            count = len(json.loads(item["history"]))
            earlier += [post(world, item, fields, asked.words, version=number) for number in range(count)]
    if posts or earlier:
        includes[asked.words.includes] = [post(world, one, fields, asked.words) for one in posts.values()] + earlier
    if "attachments.media_keys" in wanted and (pictures := [item for item in items if has_picture(state, item)]):
        includes["media"] = [one for item in pictures for one in media(world, item, asked.media)]
    return includes, errors


def dm_event(world: World, item: Row, fields: Iterable[str]) -> dict[str, Any]:
    state, wanted = world.state, set(fields)
    resident = state.resident(item["contact"])
    assert resident is not None
    body: dict[str, Any] = {"id": item["id"], "text": item["text"], "event_type": "MessageCreate"}
    if "created_at" in wanted:
        body["created_at"] = iso(item["created"])
    if "sender_id" in wanted:
        body["sender_id"] = author_id(state, item)
    if "dm_conversation_id" in wanted:
        body["dm_conversation_id"] = x_thread(resident)
    if "participant_ids" in wanted and item["kind"] != "dm":
        body["participant_ids"] = [X_USER, resident["x_id"]]
    if "attachments" in wanted and item["attachment"]:
        body["attachments"] = {"media_keys": media_keys(state, item)}
    if "entities" in wanted and (found := entities(state, item["text"])):
        body["entities"] = found
    return body
