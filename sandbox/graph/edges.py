"""Lists of Graph: feed, tagged, comments, conversations, messages; with cursors and `paging.next` as recorded (token and
real host included: whoever follows it verbatim leaves the sandbox)."""

import base64
from typing import Any
from urllib.parse import quote, urlencode

from sandbox.accounts import FACEBOOK, PAGE
from sandbox.graph import objects
from sandbox.graph.errors import bad_parameter
from sandbox.graph.fields import Field, parse_fields
from sandbox.state import Row
from sandbox.world import World

HOST = "https://graph.facebook.com"
ALIVE = "deleted = 0"


class Asked:
    """One request for a list: its place, what of each object, which page. `values` are all parameters."""

    def __init__(self, version: str, path: str, values: dict[str, Any], default_limit: int = 25) -> None:
        self.version, self.path, self.values = version, path, values
        self.fields = parse_fields(str(values.get("fields", "")))
        self.limit = _limit(values.get("limit"), default_limit)
        self.offset = _offset(values.get("after"))
        self.since, self.until = _seconds(values, "since"), _seconds(values, "until")


def nested(parent: Asked, path: str, field: Field) -> Asked:
    """The same for an edge inside `fields`: comments.limit(3).order(…){…}."""
    asked = Asked(parent.version, path, {**field.options, "access_token": parent.values.get("access_token", "")})
    asked.fields = field.fields
    return asked


def _limit(value: Any, default: int) -> int:
    if value in (None, ""):
        return default
    if not str(value).isdecimal():
        raise bad_parameter("Param limit must be an integer")
    return min(int(value), 100)


def _offset(after: Any) -> int:
    if not after:
        return 0
    try:
        return int(base64.b64decode(str(after)).decode().removeprefix("place "))
    except ValueError:
        raise bad_parameter("Invalid cursors values") from None


def _seconds(values: dict[str, Any], name: str) -> int | None:
    value = values.get(name)
    if value in (None, ""):
        return None
    if not str(value).isdecimal():
        raise bad_parameter(f"Param {name} must be a valid unix timestamp")
    return int(value)


def cursor(place: int) -> str:
    return base64.b64encode(f"place {place}".encode()).decode()


def listing(asked: Asked, rows: list[Row], shown: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """`rows` holds one more than fits when there is a next page."""
    body: dict[str, Any] = {"data": shown}
    if shown:
        after = asked.offset + len(shown)
        paging: dict[str, Any] = {"cursors": {"before": cursor(asked.offset), "after": cursor(after)}}
        if len(rows) > asked.limit:
            kept = {k: v for k, v in asked.values.items() if k not in {"after", "access_token", "appsecret_proof"}}
            query = {"access_token": asked.values.get("access_token", ""), "pretty": "0", **kept, "limit": asked.limit}
            paging["next"] = (
                f"{HOST}/{asked.version}/{quote(asked.path)}?{urlencode({**query, 'after': cursor(after)})}"
            )
        if asked.offset:
            query = {"access_token": asked.values.get("access_token", ""), "before": cursor(asked.offset)}
            paging["previous"] = f"{HOST}/{asked.version}/{quote(asked.path)}?{urlencode(query)}"
        body["paging"] = paging
    return body | more


def _bounds(asked: Asked, column: str) -> tuple[str, list[int]]:
    where, values = "", []
    if asked.since is not None:
        where += f" AND {column} >= ?"
        values.append(asked.since * 1000)
    if asked.until is not None:
        where += f" AND {column} < ?"
        values.append(asked.until * 1000)
    return where, values


def feed(world: World, asked: Asked, kinds: tuple[str, ...] = ("post", "visitor_post")) -> dict[str, Any]:
    """Newest first; also /posts (ours only) and /tagged (elsewhere, naming us)."""
    bounds, values = _bounds(asked, "created")
    marks = ", ".join("?" for _ in kinds)
    rows = world.state.rows(
        f"SELECT * FROM items WHERE platform = ? AND kind IN ({marks}) AND {ALIVE}{bounds} "  # noqa: S608
        "ORDER BY created DESC, seq DESC LIMIT ? OFFSET ?",
        FACEBOOK, *kinds, *values, asked.limit + 1, asked.offset,
    )  # fmt: skip
    shown = []
    for row in rows[: asked.limit]:
        one = objects.post(world, row, asked.fields)
        if "comments" in asked.fields:
            inner = nested(asked, f"{row['id']}/comments", asked.fields["comments"])
            one["comments"] = comments(world, inner, row)
        shown.append(one)
    return listing(asked, rows, shown)


def comments(world: World, asked: Asked, target: Row) -> dict[str, Any]:
    """filter=stream: every depth; toplevel (default): one level. order: chronological (default) or reverse_chronological."""
    how = str(asked.values.get("filter", "toplevel"))
    if how not in {"stream", "toplevel"}:
        raise bad_parameter("Param filter must be one of {toplevel, stream}")
    order = str(asked.values.get("order", "chronological"))
    if order not in {"chronological", "reverse_chronological", "ranked"}:
        raise bad_parameter("Param order must be one of {chronological, reverse_chronological}")
    bounds, values = _bounds(asked, "created")
    is_post = target["kind"] != "comment"
    column = "root" if how == "stream" and is_post else "parent"
    where = f"platform = ? AND {column} = ? AND kind = 'comment' AND {ALIVE}"
    direction = "DESC" if order == "reverse_chronological" else "ASC"
    rows = world.state.rows(
        f"SELECT * FROM items WHERE {where}{bounds} ORDER BY created {direction}, seq {direction} LIMIT ? OFFSET ?",  # noqa: S608
        FACEBOOK, target["id"], *values, asked.limit + 1, asked.offset,
    )  # fmt: skip
    shown = []
    for row in rows[: asked.limit]:
        one = objects.comment(world, row, asked.fields)
        if "comments" in asked.fields:
            inner = nested(asked, f"{row['id']}/comments", asked.fields["comments"])
            one["comments"] = comments(world, inner, row)
        shown.append(one)
    more: dict[str, Any] = {}
    if str(asked.values.get("summary", "")).lower() in {"1", "true", "total_count"}:
        total = world.state.value(f"SELECT count(*) FROM items WHERE {where}", FACEBOOK, target["id"])  # noqa: S608
        more["summary"] = {"order": order, "total_count": total, "can_comment": True}
    return listing(asked, rows, shown, **more)


def conversations(world: World, asked: Asked) -> dict[str, Any]:
    """Newest first. platform=instagram: none here. user_id: only with this page-scoped person."""
    if str(asked.values.get("platform", "messenger")).lower() != "messenger":
        return {"data": []}
    where, values = "", []
    if psid := asked.values.get("user_id"):
        where = " AND contact = (SELECT id FROM residents WHERE psid = ?)"
        values.append(str(psid))
    rows = world.state.rows(
        "SELECT thread, max(created) AS newest FROM items WHERE platform = ? AND kind = 'dm'"  # noqa: S608
        f"{where} GROUP BY thread ORDER BY newest DESC LIMIT ? OFFSET ?",
        FACEBOOK, *values, asked.limit + 1, asked.offset,
    )  # fmt: skip
    shown = []
    for row in rows[: asked.limit]:
        one = objects.conversation(world, row["thread"], asked.fields)
        if "messages" in asked.fields:
            inner = nested(asked, f"{row['thread']}/messages", asked.fields["messages"])
            one["messages"] = messages(world, inner, row["thread"])
        shown.append(one)
    return listing(asked, rows, shown)


def messages(world: World, asked: Asked, thread: str) -> dict[str, Any]:
    """Newest first, both directions."""
    rows = world.state.rows(
        f"SELECT * FROM items WHERE platform = ? AND thread = ? AND {ALIVE} ORDER BY created DESC, seq DESC LIMIT ? OFFSET ?",  # noqa: S608
        FACEBOOK, thread, asked.limit + 1, asked.offset,
    )  # fmt: skip
    return listing(asked, rows, [objects.message(world, row, asked.fields) for row in rows[: asked.limit]])


def accounts(world: World, asked: Asked, token: str) -> dict[str, Any]:
    page = {
        "access_token": token, "category": "Government Organization", "name": objects.profile(world, None)["name"], "id": PAGE,
        "tasks": ["ANALYZE", "ADVERTISE", "MESSAGING", "MODERATE", "CREATE_CONTENT", "MANAGE"],
    }  # fmt: skip
    return {"data": [page], "paging": {"cursors": {"before": cursor(0), "after": cursor(1)}}}
