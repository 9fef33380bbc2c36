"""Bodies in LinkedIn's shapes with our own words, and where the recorded ones are."""

import json
from pathlib import Path
from typing import Any

from channels.connectors.linkedin.bodies import comment_item
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.messages import Account, Event, InboundMessage

US = "urn:li:organization:71820045"
ADMIN = "urn:li:person:b7TqR2nKx4"
FATMA = "urn:li:person:f4TmA1dBo0"
OMER = "urn:li:person:oM3rYlD1z9"
SHARE = "urn:li:share:7400000000000000001"
ACTIVITY = "urn:li:activity:7400000000403430402"
RECORDED = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "linkedin"
MADE = 1_764_500_000_000  # milliseconds


def account(external_id: str = US) -> Account:
    return Account(external_id=external_id, base_url="http://127.0.0.1:1/linkedin", name="Gemeente Eikenrode")


def recorded(path: str) -> Any:
    return json.loads((RECORDED / path).read_text())


def number(at: int, extra: int = 7) -> str:
    """An id of that moment, as LinkedIn numbers comments."""
    return str((at << 22) + extra)


def urn(at: int = MADE, extra: int = 7) -> str:
    return f"urn:li:comment:({ACTIVITY},{number(at, extra)})"


def comment(text: str = "Wanneer komt de grijze bak?", who: str = FATMA, at: int = MADE, **more: Any) -> dict[str, Any]:
    """A comment as the REST API gives it."""
    stamp = {"actor": who, "time": at, **({"impersonator": ADMIN} if who == US else {})}
    return {
        "actor": who,
        "created": stamp,
        "lastModified": stamp,
        "id": number(at),
        "$URN": urn(at),
        "message": {"attributes": [], "text": text},
        "object": ACTIVITY,
        **more,
    }


def notification(
    action: str = "COMMENT", text: str = "Wanneer komt de grijze bak?", who: str = FATMA, at: int = MADE, **more: Any
) -> dict[str, Any]:
    """A notification about the same comment, in LinkedIn's other spelling."""
    return {
        "subscriber": ADMIN,
        "lastModifiedAt": at,
        "decoratedSourcePost": {"owner": US, "mediaCategory": "NONE", "text": "Vrijdag: papier", "entity": SHARE},
        "sourcePost": ACTIVITY,
        "decoratedGeneratedActivity": {
            "comment": {"owner": who, "text": text, "entity": urn(at), "object": ACTIVITY},
        },
        "action": action,
        "notificationId": 5603453217,
        "organizationalEntity": US,
        "generatedActivity": urn(at).replace("urn:li:activity", "activity"),
        **more,
    }


def mention(who: str = OMER, at: int = MADE) -> dict[str, Any]:
    share = f"urn:li:share:{number(at)}"
    return {
        **notification("SHARE_MENTION", at=at),
        "sourcePost": f"urn:li:activity:{number(at, 8)}",
        "decoratedSourcePost": {"owner": who, "text": "Mooi werk van de gemeente", "entity": share},
        "generatedActivity": share,
        "decoratedGeneratedActivity": {
            "share": {"owner": who, "text": "Mooi werk van de gemeente", "entity": share, "mediaCategory": "NONE"}
        },
    }


def webhook(*notifications: Any) -> dict[str, Any]:
    return {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": list(notifications)}


def events(body: Any, external_id: str = US) -> list[Event]:
    """Everything a body means; the first refusal is raised."""
    return [
        event
        for item in LinkedInConnector.split(body)
        for event in LinkedInConnector.parse(item.payload, account(item.account_id or external_id))
    ]


def by_webhook(value: dict[str, Any]) -> InboundMessage:
    [message] = events(webhook(value))
    assert isinstance(message, InboundMessage)
    return message


def by_poll(value: dict[str, Any], **context: Any) -> InboundMessage:
    post = {"urn": SHARE, "author": US, "text": "Vrijdag: papier", "published": MADE - 60_000}
    [message] = LinkedInConnector.parse(comment_item(value, post=post, **context).payload, account())
    assert isinstance(message, InboundMessage)
    return message
