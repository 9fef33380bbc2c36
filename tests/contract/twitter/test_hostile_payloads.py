"""Null, missing and wrong types at every place of every kind of body: PayloadError or fine, never anything else."""

import contextlib
import copy
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from channels.connectors.twitter.connector import TwitterConnector
from channels.errors import PayloadError
from tests.contract.twitter import payloads
from tests.contract.twitter.payloads import (
    DM,
    FATMA,
    INCLUDES,
    OWN_REPLY,
    REPLY,
    ROOT,
    US,
    activity,
    body,
    in_post_words,
    old_dm,
)

MISSING = object()
WRONG: list[Any] = [
    None, MISSING, "", "x", "1" * 5_000, 0, -1, 10**40, 1.5, True, False, [], [None], ["x"], [[]], {}, {"x": None},
    {"data": None}, {"data": [None]}, {"id": None}, {"id": {}}, "\x00\ud800", "2026-13-45T99:99:99Z", "٣", "1-2-3", "-",
]  # fmt: skip
EDITED = {**REPLY, "id": "2080000000000000250", "edit_history_tweet_ids": [REPLY["id"], "2080000000000000250"]}
LONG = {
    **REPLY,
    "note_tweet": {"text": "Lang", "entities": REPLY["entities"]},
    "withheld": {"copyright": False, "country_codes": ["NL"]},
}
QUOTE = {**ROOT, "id": "2080000000000000500", "author_id": FATMA, "conversation_id": "2080000000000000500",
         "referenced_tweets": [{"type": "quoted", "id": payloads.OUR_POST}]}  # fmt: skip
VIDEO = {
    "media_key": "3_1", "type": "video", "preview_image_url": "p", "alt_text": "a",
    "variants": [{"bit_rate": 1, "content_type": "video/mp4", "url": "u"}],
}  # fmt: skip
OLD = old_dm()
OLD["direct_message_events"][0]["message_create"]["message_data"]["attachment"] = {
    "type": "media", "media": {"id_str": "1", "media_url_https": "u", "type": "photo", "ext_alt_text": "a"},
}  # fmt: skip
NOT_FOUND = {
    "resource_id": "456", "resource_type": "tweet", "title": "Not Found Error", "detail": "x", "parameter": "ids",
    "value": "456", "type": "https://api.x.com/2/problems/resource-not-found",
}  # fmt: skip
CHAT = {"id": "e4f4", "created_at_msec": "1784841183370", "sender_id": FATMA, "conversation_id": f"{FATMA}:{US}"}
READ = {"created_timestamp": "1518452444662", "sender_id": FATMA, "target": {"recipient_id": US}, "last_read_event_id": "963085315333238788"}  # fmt: skip
BODIES: dict[str, Any] = {
    "reply": body(REPLY),
    "post words": in_post_words(body(EDITED)),
    "long and withheld": {**body(LONG), "includes": {**INCLUDES, "media": [VIDEO]}},
    "own reply": body({**OWN_REPLY, "in_reply_to_user_id": US}, {**OWN_REPLY}),
    "quote": body(QUOTE),
    "gone": body(REPLY, errors=[NOT_FOUND]),
    "direct message": body({**DM, "participant_ids": [US, FATMA], "attachments": {"media_keys": ["3_1"]}}),
    "mention event": activity("post.mention.create", REPLY, INCLUDES),
    "quote event": activity("post.quote.create", QUOTE, INCLUDES),
    "delete event": activity("post.delete", {"id": "1", "author_id": US}),
    "message event": activity("dm.received", OLD),
    "encrypted event": activity("chat.received", CHAT),
    "revoked event": activity("oauth.revoke", {}),
    "account activity": {"for_user_id": US, **OLD},
    "read": {"for_user_id": US, "direct_message_mark_read_events": [READ]},
    "deleted": {"for_user_id": US, "tweet_delete_events": [{"status": {"id": "1", "user_id": US}, "timestamp_ms": "1432228155593"}]},
    "revoked": {"user_event": {"revoke": {"date_time": "x", "target": {"app_id": "1"}, "source": {"user_id": US}}}},
    "edit": body(EDITED),
}  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


def spoiled(value: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return None if wrong is MISSING else wrong
    value = copy.deepcopy(value)
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    if wrong is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    return value


def texts(value: Any) -> Iterator[Any]:
    if is_dataclass(value):
        for field in fields(value):
            if field.type in {str, "str"}:
                yield getattr(value, field.name)
            else:
                yield from texts(getattr(value, field.name))
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)


def parse_all(payload: Any) -> None:
    """As the inbox does: what can not be read raises PayloadError, and all that comes out can be stored."""
    with contextlib.suppress(PayloadError):
        for event in TwitterConnector.parse(payload, payloads.account()):
            assert all(isinstance(one, str) for one in texts(event))
            assert len(getattr(event, "external_id", "")) <= 300
            assert len(getattr(event, "thread_id", "")) <= 300


@pytest.mark.parametrize("name", BODIES)
def test_anything_at_any_place_of_a_body(name: str) -> None:
    parsed = 0
    for item in TwitterConnector.split(BODIES[name]):
        parsed += len(TwitterConnector.parse(item.payload, payloads.account()))
    assert parsed, "unspoiled, it means something"
    for path in places(BODIES[name]):
        for wrong in WRONG:
            try:
                items = TwitterConnector.split(spoiled(BODIES[name], path, wrong))
            except PayloadError:
                continue
            for item in items:
                assert 0 < len(item.event_id) <= 300
                json.dumps(item.payload)
                parse_all(item.payload)


@pytest.mark.parametrize("name", BODIES)
def test_anything_at_any_place_of_an_item(name: str) -> None:
    for item in TwitterConnector.split(BODIES[name]):
        for path in places(dict(item.payload)):
            if path and len(path) < 3:
                for wrong in WRONG:
                    parse_all(spoiled(dict(item.payload), path, wrong))


def test_objects_that_are_none_keep_their_own_event() -> None:
    values: list[Any] = [1, "x", [], 2.5]
    items = TwitterConnector.split({"data": values})
    assert len({item.event_id for item in items}) == 4
    for item in items:
        with pytest.raises(PayloadError):
            TwitterConnector.parse(item.payload, payloads.account())
