"""Bodies in X's shapes with our own words, and where the recorded ones are."""

import json
from pathlib import Path
from typing import Any

import pytest

from channels.connectors.twitter.connector import TwitterConnector
from channels.messages import Account, Event

US = "1504000000000000001"
FATMA = "2224443330001112223"
PIET = "3335556660001112223"
HANDLE = "gem_eikenrode"
OUR_POST = "2080000000000000100"
QUESTION = "2080000000000000200"
SHARED = Path(__file__).resolve().parents[4] / "shared" / "payloads"
RECORDED = SHARED / "x"

needs_recordings = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="the recorded payloads (../shared/payloads/x) are not here"
)


def account(external_id: str = US, **settings: Any) -> Account:
    return Account(
        external_id=external_id,
        base_url="http://127.0.0.1:1/x",
        name="Gemeente Eikenrode",
        handle=HANDLE,
        settings=settings,
    )


def recorded(path: str) -> Any:
    return json.loads((RECORDED / path).read_text())


def events(body: Any, external_id: str = US) -> list[Event]:
    """Everything a body means; the first refusal is raised."""
    return [
        event
        for item in TwitterConnector.split(body)
        for event in TwitterConnector.parse(item.payload, account(item.account_id or external_id))
    ]


def mention(user_id: str, handle: str, start: int = 0) -> dict[str, Any]:
    return {"start": start, "end": start + len(handle) + 1, "username": handle, "id": user_id}


USERS = [
    {"id": US, "name": "Gemeente Eikenrode", "username": HANDLE, "profile_image_url": "https://pbs.example/g.jpg"},
    {"id": FATMA, "name": "Fatma de Boer", "username": "fatmadb", "profile_image_url": "https://pbs.example/f.jpg"},
    {"id": PIET, "name": "Piet Kok", "username": "pietkok"},
]
ROOT = {
    "id": OUR_POST,
    "text": "Vrijdag halen we het papier op &amp; het glas. https://t.co/aaaa",
    "author_id": US,
    "conversation_id": OUR_POST,
    "created_at": "2026-11-20T08:00:00.000Z",
    "edit_history_tweet_ids": [OUR_POST],
    "entities": {
        "urls": [
            {"start": 47, "end": 64, "url": "https://t.co/aaaa", "expanded_url": "https://eikenrode.example/afval"}
        ]
    },
}
REPLY = {
    "id": QUESTION,
    "text": "@gem_eikenrode Ook in De Weide? https://t.co/pic1",
    "author_id": FATMA,
    "conversation_id": OUR_POST,
    "in_reply_to_user_id": US,
    "referenced_tweets": [{"type": "replied_to", "id": OUR_POST}],
    "created_at": "2026-11-20T09:00:00.000Z",
    "edit_history_tweet_ids": [QUESTION],
    "lang": "nl",
    "attachments": {"media_keys": ["3_1"]},
    "entities": {
        "mentions": [mention(US, HANDLE)],
        "urls": [
            {
                "start": 31,
                "end": 48,
                "url": "https://t.co/pic1",
                "expanded_url": f"https://x.com/fatmadb/status/{QUESTION}/photo/1",
                "media_key": "3_1",
            }
        ],
    },
}
MEDIA = [{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/p.jpg", "alt_text": "Volle papierbak"}]
INCLUDES = {"users": USERS, "tweets": [ROOT], "media": MEDIA}
OWN_REPLY = {
    "id": "2080000000000000300",
    "text": "@fatmadb Ja, ook daar &lt;3",
    "author_id": US,
    "conversation_id": OUR_POST,
    "in_reply_to_user_id": FATMA,
    "referenced_tweets": [{"type": "replied_to", "id": QUESTION}],
    "created_at": "2026-11-20T09:30:00.000Z",
    "edit_history_tweet_ids": ["2080000000000000300"],
    "entities": {"mentions": [mention(FATMA, "fatmadb")]},
}
DM = {
    "id": "2080000000000000400",
    "event_type": "MessageCreate",
    "text": "Mag ik u iets vragen?",
    "sender_id": FATMA,
    "dm_conversation_id": f"{US}-{FATMA}",
    "created_at": "2026-11-20T10:00:00.000Z",
}


def body(*objects: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"data": list(objects), "includes": INCLUDES, "meta": {"result_count": len(objects)}, **more}


def activity(event_type: str, payload: Any, includes: Any = None, user_id: str = US) -> dict[str, Any]:
    data = {
        "event_uuid": "-77",
        "filter": {"user_id": user_id},
        "event_type": event_type,
        "tag": "t",
        "payload": payload,
    }
    return {"data": data if includes is None else {**data, "includes": includes}}


def old_dm(**created: Any) -> dict[str, Any]:
    """The shape of dm.* activities and of the Account Activity API."""
    return {
        "direct_message_events": [
            {
                "type": "message_create",
                "id": DM["id"],
                "created_timestamp": "1795255200000",
                "message_create": {
                    "target": {"recipient_id": US},
                    "sender_id": FATMA,
                    "message_data": {"text": DM["text"], "entities": {"urls": []}},
                    **created,
                },
            }
        ],
        "users": {FATMA: {"data": USERS[1]}, US: {"data": USERS[0]}},
    }


def in_post_words(value: Any) -> Any:
    """The same body in the vocabulary of OpenAPI 2.167."""
    names = {
        "referenced_tweets": "referenced_posts", "edit_history_tweet_ids": "edit_history_post_ids", "note_tweet": "note_post",
        "tweets": "posts", "in_reply_to_tweet_id": "in_reply_to_post_id",
    }  # fmt: skip
    if isinstance(value, dict):
        return {names.get(key, key): in_post_words(inner) for key, inner in value.items()}
    return [in_post_words(inner) for inner in value] if isinstance(value, list) else value
