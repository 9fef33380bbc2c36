"""Null, missing and wrong types at every place of every kind of body: PayloadError or fine, never anything else."""

import contextlib
import json
from typing import Any

import pytest

from channels.connectors.linkedin.bodies import item_of
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.errors import PayloadError
from channels.messages import InboundMessage
from tests.contract.facebook.test_hostile_payloads import MISSING, places, spoiled
from tests.contract.linkedin import payloads
from tests.contract.linkedin.payloads import FATMA, US, comment, mention, notification, urn, webhook

WRONG: list[Any] = [
    None, MISSING, "", "x", "1" * 5_000, 0, -1, 10**40, 1.5, float("1e300"), True, False, [], [None], ["x"], [[]], {}, {"x": None},
    {"text": None}, {"time": {}}, "\x00\ud800", "٣", "urn:li:comment:(activity:1,2)", "urn:li:comment:(x:" + "9" * 300 + ",1)",
    "urn:li:person:" + "x" * 500, "urn:li:activity:" + "9" * 25, f"urn:li:comment:(activity:1,{'9' * 25})",
]  # fmt: skip
RICH = comment(
    parentComment=urn(extra=1),
    content=[{"type": "IMAGE", "url": "https://media.example/a.jpg", "entity": {"image": "urn:li:image:C4"}}],
    commentsSummary={"selectedComments": [urn(extra=2)], "aggregatedTotalComments": 1},
    message={
        "text": "Dag Fatma",
        "attributes": [{"start": 4, "length": 5, "value": {"person": {"person": FATMA}}}],
    },
)
BODIES: dict[str, Any] = {
    "comment": webhook(notification()),
    "admin comment": webhook(notification("ADMIN_COMMENT", who=US)),
    "edit": webhook(notification("COMMENT_EDIT")),
    "delete": webhook(notification("COMMENT_DELETE")),
    "mention": webhook(mention()),
    "notification list": {"elements": [notification()], "paging": {"start": 0, "count": 10, "links": []}},
    "comment list": {"elements": [RICH], "paging": {"links": [], "total": 1}},
    "one comment": RICH,
}
POST = {"urn": payloads.SHARE, "author": US, "text": "Vrijdag: papier", "published": payloads.MADE}
ITEMS: dict[str, Any] = {
    "comment": {"what": "comment", "value": RICH, "post": POST},
    "own answer": {"what": "comment", "value": {**RICH, "actor": US, "message": {"text": "x"}}, "answers": FATMA},
    "notification": {"what": "notification", "value": notification()},
}


def parse_all(payload: Any) -> None:
    """As the inbox does: what can not be read raises PayloadError, and all that comes out can be stored."""
    with contextlib.suppress(PayloadError):
        for event in LinkedInConnector.parse(payload, payloads.account()):
            assert isinstance(event, InboundMessage)
            for name in ("external_id", "thread_id", "text", "in_reply_to", "permalink"):
                assert isinstance(getattr(event, name), str)
            assert 0 < len(event.external_id) <= 300
            assert len(event.thread_id) <= 300
            assert len(event.author.external_id) <= 300


@pytest.mark.parametrize("name", BODIES)
def test_anything_at_any_place_of_a_body(name: str) -> None:
    for path in places(BODIES[name]):
        for wrong in WRONG:
            try:
                items = LinkedInConnector.split(spoiled(BODIES[name], path, wrong))
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


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "unknown_body"),
        (7, "unknown_body"),
        ("x", "unknown_body"),
        ([], "empty"),
        ({}, "unknown_body"),
        ([None], "unknown_body"),
        ([[[comment()]]], "unknown_body"),
        ({"type": "LEAD_ACTION"}, "lead"),
        ({"type": "SOMETHING"}, "unknown_type"),
        ({"notifications": []}, "unknown_type"),
        (webhook(), "empty"),
        ({"elements": []}, "empty"),
        ({"elements": 7}, "wrong_type"),
        ({"challengeCode": "x"}, "challenge"),
        ({"error": "invalid_grant"}, "api_error"),
        ({"status": 404, "message": "Could not find entity"}, "api_error"),
    ],
)
def test_what_holds_nothing_is_refused_by_name(body: Any, reason: str) -> None:
    with pytest.raises(PayloadError) as caught:
        LinkedInConnector.split(body)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (notification("LIKE"), "like"),
        (notification("SHARE"), "share"),
        (notification("DANCE"), "unknown_action"),
        (notification(generatedActivity=None, decoratedGeneratedActivity=None), "missing_id"),
        (notification(decoratedGeneratedActivity=None), "no_content"),
        (notification(generatedActivity={}), "wrong_type"),
        (notification(lastModifiedAt="yesterday"), "bad_time"),
        ({**mention(), "decoratedGeneratedActivity": None}, "no_content"),
        (mention(who=US), "own_post"),
        (comment(**{"$URN": None, "id": None}), "missing_id"),
        (comment(parentComment="urn:li:activity:1"), "wrong_urn"),
        ({"id": payloads.SHARE, "commentary": "x", "author": US}, "post"),
        ({"role": "ADMINISTRATOR"}, "unknown_event"),
    ],
)
def test_what_is_no_message_has_a_named_reason(value: Any, reason: str) -> None:
    with pytest.raises(PayloadError) as caught:
        LinkedInConnector.parse(item_of(value).payload, payloads.account())
    assert caught.value.reason == reason


def test_one_broken_notification_does_not_take_the_others_along() -> None:
    items = LinkedInConnector.split(webhook(None, 7, {}, notification(), {"action": "COMMENT"}))
    understood, broken = 0, 0
    for item in items:
        try:
            understood += len(LinkedInConnector.parse(item.payload, payloads.account()))
        except PayloadError:
            broken += 1
    assert (understood, broken) == (1, 4)
    assert len({item.event_id for item in items}) == 5
