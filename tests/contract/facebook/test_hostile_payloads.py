"""Null, missing and wrong types at every place of every kind of body: PayloadError or fine, never anything else."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from channels.connectors.facebook.bodies import graph_item
from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import PayloadError
from tests.contract.facebook import payloads
from tests.contract.facebook.payloads import GRAPH_COMMENT, GRAPH_MESSAGE, GRAPH_POST, GRAPH_REPLY, PAGE, PSID

MISSING = object()
WRONG: list[Any] = [
    None, MISSING, "", "x", "1" * 5_000, 0, -1, 10**40, 1.5, True, False, [], [None], ["x"], [[]], {}, {"x": None},
    {"data": None}, {"data": [None]}, {"id": None}, {"id": {}}, "\x00\ud800", "2026-13-45T99:99:99+0000", "٣",
]  # fmt: skip

VALUES = {
    "comment": {
        **payloads.comment_change()["entry"][0]["changes"][0]["value"],
        "photo": "https://cdn.example/p.jpg",
        "video": "https://cdn.example/v.mp4",
        "post": {"status_type": "added_photos", "permalink_url": "https://www.facebook.com/1", "id": "1"},
    },
    "post": {
        "item": "post", "verb": "add", "post_id": "1_2", "from": {"id": "3", "name": "A"}, "message": "x",
        "created_time": 1, "photos": ["https://cdn.example/p.jpg"], "link": "https://example.org/",
    },
}  # fmt: skip
MESSAGE = payloads.message_event(
    reply_to={"mid": "m_1"},
    is_echo=False,
    metadata="k",
    attachments=[{"type": "image", "payload": {"url": "u", "title": "t", "coordinates": {"lat": 1, "long": 2}}}],
)
PARTIES = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": 1}
BODIES: dict[str, Any] = {
    "comment": payloads.change(VALUES["comment"]),
    "comment removed": payloads.change({**VALUES["comment"], "verb": "remove"}),
    "post": payloads.change(VALUES["post"]),
    "mention": payloads.change(VALUES["post"], field="mention"),
    "message": payloads.messaging(MESSAGE),
    "echo": payloads.messaging({**MESSAGE, "message": {**MESSAGE["message"], "is_echo": True}}),
    "edit": payloads.messaging({**PARTIES, "message_edit": {"mid": "m_1", "text": "x", "num_edit": "1"}}),
    "postback": payloads.messaging({**PARTIES, "postback": {"title": "x", "payload": "y", "mid": "m_2"}}),
    "delivery": payloads.messaging({**PARTIES, "delivery": {"mids": ["m_1"], "watermark": 1}}),
    "read": payloads.messaging({**PARTIES, "read": {"watermark": 1}}),
    "policy": payloads.messaging({**PARTIES, "policy_enforcement": {"action": "block", "reason": "x"}}),
    "graph comments": {"data": [{**GRAPH_COMMENT, "parent": GRAPH_REPLY["parent"]}], "paging": {"next": "x"}},
    "graph posts": {"data": [{**GRAPH_POST, "comments": {"data": [GRAPH_COMMENT]}}]},
    "graph messages": {"data": [GRAPH_MESSAGE]},
}
ITEMS: dict[str, Any] = {
    "comment": {"what": "comment", "value": GRAPH_COMMENT, "post": GRAPH_POST, "read_at": "2026-09-21T15:00:00+00:00"},
    "reply": {"what": "comment", "value": GRAPH_REPLY, "post": GRAPH_POST, "page_id": PAGE},
    "post": {"what": "post", "value": {**GRAPH_POST, "from": {"id": "9"}}, "read_at": "2026-09-21T15:00:00+00:00"},
    "tagged": {"what": "tagged", "value": {**GRAPH_POST, "from": {"id": "9"}}},
    "message": {"what": "message", "value": GRAPH_MESSAGE, "resident_id": PSID},
}


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], (*path, key))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


def spoiled(body: Any, path: tuple[Any, ...], wrong: Any) -> Any:
    if not path:
        return None if wrong is MISSING else wrong
    body = copy.deepcopy(body)
    inner = body
    for key in path[:-1]:
        inner = inner[key]
    if wrong is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    return body


def parse_all(payload: Any) -> None:
    """As the inbox does: what can not be read raises PayloadError, and all that comes out can be stored."""
    with contextlib.suppress(PayloadError):
        for event in FacebookConnector.parse(payload, payloads.account()):
            for name in ("external_id", "thread_id", "text", "in_reply_to"):
                assert isinstance(getattr(event, name, ""), str)


@pytest.mark.parametrize("name", BODIES)
def test_anything_at_any_place_of_a_body(name: str) -> None:
    for path in places(BODIES[name]):
        for wrong in WRONG:
            body = spoiled(BODIES[name], path, wrong)
            try:
                items = FacebookConnector.split(body)
            except PayloadError:
                continue
            for item in items:
                assert 0 < len(item.event_id) <= 300
                json.dumps(item.payload)
                parse_all(item.payload)


@pytest.mark.parametrize("name", ITEMS)
def test_anything_at_any_place_of_an_item(name: str) -> None:
    for path in places(ITEMS[name]):
        if path:
            for wrong in WRONG:
                parse_all(spoiled(ITEMS[name], path, wrong))


@pytest.mark.parametrize("body", [None, 7, "x", [], {}, [None], {"object": "page"}, {"entry": []}, {"data": []}])
def test_what_is_no_body_at_all_is_refused(body: Any) -> None:
    try:
        items = FacebookConnector.split(body)
    except PayloadError:
        return
    for item in items:
        with pytest.raises(PayloadError):
            FacebookConnector.parse(item.payload, payloads.account())


def test_objects_that_are_none_keep_their_own_event() -> None:
    values: list[Any] = [None, 1, "x", [], {}]
    assert len({graph_item(value).event_id for value in values}) == 5
