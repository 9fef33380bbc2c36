"""Every body in the collection of recorded payloads is understood or refused by name."""

from datetime import UTC, datetime

import pytest

from channels.connectors.linkedin.connector import LinkedInConnector
from channels.connectors.linkedin.urns import time_of
from channels.errors import Refused
from channels.messages import Change, Direction, InboundMessage, Kind, Visibility
from tests.contract.linkedin.payloads import RECORDED, account, events, recorded

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="../shared/payloads/linkedin is not beside this repository: recorded payloads not run"
)
FILES = sorted(str(path.relative_to(RECORDED)) for path in RECORDED.rglob("*.json")) if RECORDED.is_dir() else []
REFUSALS = {
    "documented-exchanges.json": "request",
    "postman-community-management.json": "api_spec",
    "recorded/errors.json": "api_error",
    "recorded/notification_like.json": "like",
    "recorded/oauth_introspect_200.json": "token_info",
    "recorded/oauth_refresh_200.json": "token",
}
PAGE = "urn:li:organization:96072893"


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_body_is_understood_or_refused_by_name(name: str) -> None:
    """Not one PayloadError: all of these are real."""
    reasons, parsed = set(), []
    try:
        for item in LinkedInConnector.split(recorded(name)):
            try:
                parsed += LinkedInConnector.parse(item.payload, account(item.account_id))
            except Refused as error:
                reasons.add(error.reason)
    except Refused as error:
        reasons.add(error.reason)
    expected = {REFUSALS[name]} if name in REFUSALS else set()
    assert (reasons, bool(parsed)) == (expected, name not in REFUSALS)


@pytest.mark.parametrize("name", [name for name in FILES if name not in REFUSALS])
def test_the_same_body_twice_has_the_same_event_ids_and_no_two_events_share_one(name: str) -> None:
    first = [item.event_id for item in LinkedInConnector.split(recorded(name))]
    assert first == [item.event_id for item in LinkedInConnector.split(recorded(name))]
    assert len(set(first)) == len(first)
    assert all(0 < len(event_id) <= 300 for event_id in first)


def only(name: str) -> InboundMessage:
    [found] = events(recorded(name), "")
    assert isinstance(found, InboundMessage)
    return found


def test_a_comment_by_notification() -> None:
    message = only("recorded/notification_comment.json")
    assert message.external_id == "urn:li:comment:(urn:li:activity:7094637247890620418,7094977717598625792)"
    assert message.thread_id == "post:urn:li:activity:7094637247890620418:urn:li:person:zLqTygBP8S"
    assert (message.kind, message.direction, message.visibility) == (Kind.COMMENT, Direction.IN, Visibility.PUBLIC)
    assert message.author.external_id == message.contact.external_id == "urn:li:person:zLqTygBP8S"
    assert (message.author.name, message.author.handle) == ("", "")
    assert message.sent_at == datetime(2023, 8, 9, 9, 48, 26, 310000, tzinfo=UTC)
    assert message.root is not None
    assert (message.root.text, message.root.is_ours) == ("This is my post 0008", True)
    assert message.root.external_id == "urn:li:activity:7094637247890620418"


def test_a_comment_of_the_page_itself_is_outbound_and_waits_for_its_place() -> None:
    message = only("recorded/notification_admin_comment.json")
    assert (message.direction, message.author.external_id) == (Direction.OUT, PAGE)
    assert message.external_id == "urn:li:comment:(urn:li:activity:7094637247890620418,7094977564829528064)"
    assert (message.text, message.contact.external_id) == ("Commenting as Admin...", "")
    assert message.thread_id == ""  # a notification does not tell what it answers


def test_a_list_of_comments_tells_who_we_are_by_the_impersonator_alone() -> None:
    resident, ours = events(recorded("recorded/socialactions_comments_200.json"), "")
    assert isinstance(resident, InboundMessage)
    assert isinstance(ours, InboundMessage)
    assert (resident.direction, ours.direction) == (Direction.IN, Direction.OUT)
    assert (resident.change, ours.change) == (Change.CREATED, Change.CREATED)
    assert resident.text == "User Test Comment 004"
    assert resident.thread_id == "post:urn:li:activity:7095684521727016961:urn:li:person:zLqTygBP8S"
    assert ours.thread_id == f"comment:{ours.external_id}"
    assert resident.sent_at == datetime(2023, 8, 11, 8, 38, 42, 924000, tzinfo=UTC)
    assert resident.permalink.startswith("https://www.linkedin.com/feed/update/urn:li:activity:7095684521727016961")


def test_the_documented_answer_to_a_comment_is_a_comment_of_ours() -> None:
    bodies = [one["response"]["body"] for one in recorded("documented-exchanges.json") if "response" in one]
    [comment] = [body for body in bodies if body]
    [event] = events(comment, "urn:li:organization:5515715")
    assert isinstance(event, InboundMessage)
    assert (event.direction, event.text) == (Direction.OUT, "...")
    assert event.external_id == "urn:li:comment:(urn:li:activity:7095684521727016961,7095684947448897536)"


def test_a_recorded_number_tells_when_its_comment_was_made() -> None:
    for event in events(recorded("recorded/socialactions_comments_200.json"), PAGE):
        assert isinstance(event, InboundMessage)
        told = time_of(event.external_id)
        assert told is not None
        assert event.sent_at is not None
        assert abs((told - event.sent_at).total_seconds()) < 0.01
