"""Bodies in Facebook's shapes with our own words, and where the recorded ones are."""

import json
from pathlib import Path
from typing import Any

from channels.connectors.facebook.connector import FacebookConnector
from channels.messages import Account, Event

PAGE = "1234567890321"
POST = f"{PAGE}_901097836652708"
PSID = "987654321432"
RECORDED = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "facebook"


def account(external_id: str = PAGE) -> Account:
    return Account(external_id=external_id, base_url="http://127.0.0.1:1/graph", name="Gemeente Eikenrode")


def recorded(path: str) -> Any:
    return json.loads((RECORDED / path).read_text())


def events(body: Any, external_id: str = PAGE) -> list[Event]:
    """Everything a body means; the first refusal is raised."""
    return [
        event
        for item in FacebookConnector.split(body)
        for event in FacebookConnector.parse(item.payload, account(item.account_id or external_id))
    ]


def change(value: dict[str, Any], field: str = "feed", time: int = 1_790_000_100) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": time, "changes": [{"field": field, "value": value}]}]}


def messaging(event: dict[str, Any], where: str = "messaging") -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": PAGE, "time": 1_790_000_100_000, where: [event]}]}


def comment_change(**value: Any) -> dict[str, Any]:
    return change(
        {
            "item": "comment",
            "verb": "add",
            "comment_id": "901097836652708_111",
            "post_id": POST,
            "parent_id": POST,
            "from": {"id": "555", "name": "Fatma de Boer"},
            "created_time": 1_790_000_000,
            "message": "Wanneer komt de grijze bak?",
            **value,
        }
    )


def message_event(**message: Any) -> dict[str, Any]:
    return {
        "sender": {"id": PSID},
        "recipient": {"id": PAGE},
        "timestamp": 1_790_000_000_123,
        "message": {"mid": "m_AbC", "text": "Mag ik hier parkeren?", **message},
    }


GRAPH_POST = {
    "id": POST,
    "message": "Vrijdag halen we het papier op.",
    "created_time": "2026-09-21T08:00:00+0000",
    "permalink_url": f"https://www.facebook.com/{PAGE}/posts/901097836652708",
    "from": {"id": PAGE, "name": "Gemeente Eikenrode"},
    "attachments": {
        "data": [
            {"media_type": "photo", "media": {"image": {"src": "https://cdn.example/a.jpg"}}, "target": {"id": "7"}}
        ]
    },
}
GRAPH_COMMENT = {
    "id": "901097836652708_111",
    "message": "Wanneer komt de grijze bak?",
    "created_time": "2026-09-21T14:13:20+0000",
    "permalink_url": f"https://www.facebook.com/{PAGE}/posts/901097836652708/?comment_id=111",
    "from": {"id": "555", "name": "Fatma de Boer", "picture": {"data": {"url": "https://cdn.example/f.jpg"}}},
    "is_hidden": False,
    "comment_count": 0,
    "attachment": {"type": "photo", "media": {"image": {"src": "https://cdn.example/b.jpg"}}, "target": {"id": "8"}},
}
GRAPH_REPLY = {
    "id": "901097836652708_222",
    "message": "Dinsdag, Fatma.",
    "created_time": "2026-09-21T14:20:00+0000",
    "from": {"id": PAGE, "name": "Gemeente Eikenrode"},
    "parent": {"id": "901097836652708_111", "from": {"id": "555", "name": "Fatma de Boer"}},
}
GRAPH_MESSAGE = {
    "id": "m_AbC",
    "message": "Mag ik hier parkeren?",
    "created_time": "2026-09-21T14:13:20+0000",
    "from": {"id": PSID, "name": "Sanne Kok"},
    "to": {"data": [{"id": PAGE, "name": "Gemeente Eikenrode"}]},
    "attachments": {
        "data": [
            {"id": "9", "mime_type": "image/jpeg", "name": "x.jpg", "image_data": {"url": "https://cdn.example/c.jpg"}}
        ]
    },
}
