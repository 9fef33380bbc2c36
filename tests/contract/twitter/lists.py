"""Lists of posts and messages in X's shapes, as a server gives them page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any

from channels.connectors.twitter import values
from channels.connectors.twitter.connector import TwitterConnector
from channels.messages import InboundMessage, Page
from tests.channels.hostile_server import Behaviour, HostileServer, json_answer
from tests.contract.twitter.payloads import FATMA, HANDLE, US, USERS, account, mention
from tests.contract.twitter.wire import (
    connector,
)

TYPES = "https://api.x.com/2/problems/"


def x_id(minutes_ago: float, extra: int = 0) -> str:
    return str(int(values.id_at(datetime.now(UTC) - timedelta(minutes=minutes_ago))) + extra)


def post(
    own_id: str, author: str = FATMA, *, under: str = "", answers_user: str = "", text: str = "", **more: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": own_id,
        "text": text or f"@{HANDLE} vraag {own_id[-4:]}",
        "author_id": author,
        "conversation_id": under or own_id,
        "edit_history_tweet_ids": [own_id],
        **more,
    }
    if under:
        found["referenced_tweets"] = [{"type": "replied_to", "id": under}]
        found["in_reply_to_user_id"] = answers_user or US
    if f"@{HANDLE}" in found["text"]:
        found["entities"] = {"mentions": [mention(US, HANDLE)]}
    return found


def page(*posts: dict[str, Any], next_token: str = "", **includes: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"result_count": len(posts)}
    if posts:
        meta |= {"newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"]}
    if next_token:
        meta["next_token"] = next_token
    found = {"data": list(posts), "includes": {"users": USERS, **includes}, "meta": meta}
    return found if posts else {"meta": meta}


def invalid(parameter: str, message: str = "x") -> Behaviour:
    error = {"parameters": {parameter: ["x"]}, "message": message}
    return json_answer({"errors": [error], "title": "Invalid Request", "detail": "x", "type": TYPES + "invalid-request"}, "400 X")  # fmt: skip


def messages(*pages: Page) -> list[InboundMessage]:
    found = [e for one in pages for item in one.items for e in TwitterConnector.parse(item.payload, account())]
    return [one for one in found if isinstance(one, InboundMessage)]


def read_all(server: HostileServer, cursor: Any = None, **settings: Any) -> list[Page]:
    pages = [connector(server, **settings).poll(cursor or {})]
    while pages[-1].more:
        assert len(pages) < 20
        pages.append(connector(server, **settings).poll(pages[-1].cursor))
    return pages


def event(own_id: str, text: str = "x") -> dict[str, Any]:
    return {
        "id": own_id,
        "event_type": "MessageCreate",
        "text": text,
        "sender_id": FATMA,
        "dm_conversation_id": f"{US}-{FATMA}",
    }
