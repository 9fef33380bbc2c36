"""The connector against the simulated Facebook, as a process of its own on the real wire."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import (
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutcomeUnknown,
    PayloadError,
    RateLimited,
    ReplyNotAllowed,
    StoppedByPlatform,
    TransientError,
)
from channels.messages import Change, Direction, InboundMessage, Kind, OutboundMessage, Receipt, SendMode
from tests.contract.conftest import Sandbox


def say(sandbox: Sandbox, kind: str, text: str, who: str = "Fatma de Boer", **more: str) -> dict[str, Any]:
    said: dict[str, Any] = sandbox.control(
        "POST", "/control/say", json={"platform": "facebook", "kind": kind, "resident": who, "text": text, **more}
    )
    return said


def fault(sandbox: Sandbox, kind: str, endpoint: str, method: str = "*", **more: Any) -> None:
    wanted = {"platform": "facebook", "fault": kind, "endpoint": endpoint, "method": method, **more}
    sandbox.control("POST", "/control/faults", json=wanted)


def poll_all(facebook: FacebookConnector, cursor: Any = None) -> tuple[dict[str, InboundMessage], dict[str, Any]]:
    """Everything that polling to the end brings, by external id; the cursor goes through JSON as in the database."""
    found: dict[str, InboundMessage] = {}
    cursor = cursor or {}
    for _ in range(60):
        page = facebook.poll(cursor)
        cursor = json.loads(json.dumps(page.cursor))
        for item in page.items:
            for event in FacebookConnector.parse(item.payload, facebook.account):
                assert isinstance(event, InboundMessage)
                if event.change == Change.CREATED:
                    found[event.external_id] = event
        if not page.more:
            return found, cursor
    raise AssertionError("polling never ends")


def reply_to(said: dict[str, Any], text: str, **more: Any) -> OutboundMessage:
    values = {
        "key": str(uuid4()), "mode": SendMode.REPLY, "text": text, "thread_id": f"comment:{said['id']}", "in_reply_to": said["id"],
        "root_id": said["post"], "last_inbound_at": datetime.now(UTC), **more,
    }  # fmt: skip
    return OutboundMessage(**values)


def answers_with(sandbox: Sandbox, text: str) -> list[dict[str, Any]]:
    found = sandbox.control("GET", "/control/items?platform=facebook&by=page")["items"]
    return [item for item in found if item["text"] == text]


# -- in ----------------------------------------------------------------------------------------------------------------


def test_the_account_says_who_it_is_and_until_when(facebook: FacebookConnector, credentials: dict[str, str]) -> None:
    status = facebook.check()
    assert status.external_id == credentials["account_id"]
    assert status.name == "Gemeente Eikenrode"
    assert status.avatar_url
    assert status.expires_at is not None
    assert status.expires_at > datetime.now(UTC) + timedelta(days=80)


def test_comments_at_every_depth_are_one_thread_under_their_post(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    top = say(sandbox, "comment", "Wanneer wordt het papier opgehaald?")
    second = say(sandbox, "comment", "Bij ons ook niet", "Ömer Yıldız", in_reply_to=top["id"])
    third = say(sandbox, "comment", "Vreemd", "Kees Vos", in_reply_to=second["id"])
    fourth = say(sandbox, "comment", "Heel vreemd", "Fatma de Boer", in_reply_to=third["id"])
    found, _ = poll_all(facebook)
    thread = [found[said["id"]] for said in (top, second, third, fourth)]
    assert {message.thread_id for message in thread} == {f"comment:{top['id']}"}
    assert [message.kind for message in thread] == [Kind.COMMENT, Kind.REPLY, Kind.REPLY, Kind.REPLY]
    assert [message.in_reply_to for message in thread] == [top["post"], top["id"], second["id"], third["id"]]
    assert all(message.direction == Direction.IN and message.author.name for message in thread)
    assert thread[0].root is not None
    assert thread[0].root.is_ours
    assert thread[0].root.text


def test_visitor_posts_mentions_and_messages_both_ways(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    post = say(sandbox, "visitor_post", "De lantaarn bij de Molenhoek is stuk")
    below = say(sandbox, "comment", "Al een week", "Kees Vos", in_reply_to=post["id"])
    mention = say(sandbox, "mention", "Complimenten voor @gem_eikenrode", "Anna Nowak")
    message = say(sandbox, "dm", "Mag ik u iets vragen?", "Sanne Kok")
    elsewhere = sandbox.control(
        "POST",
        "/control/elsewhere",
        json={"platform": "facebook", "text": "Zeker, zegt u het maar", "in_reply_to": message["id"]},
    )
    found, _ = poll_all(facebook)
    assert found[post["id"]].kind == Kind.VISITOR_POST
    assert found[below["id"]].thread_id == found[post["id"]].thread_id == f"post:{post['id']}"
    assert found[mention["id"]].kind == Kind.MENTION
    asked, answered = found[message["id"]], found[elsewhere["id"]]
    assert (asked.direction, answered.direction) == (Direction.IN, Direction.OUT)
    assert asked.thread_id == answered.thread_id == f"dm:{asked.author.external_id}"
    assert answered.contact.external_id == asked.author.external_id


def test_a_second_poll_brings_what_is_new_and_little_else(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    say(sandbox, "comment", "Eerste vraag")
    first, cursor = poll_all(facebook)
    comment = say(sandbox, "comment", "Tweede vraag")
    message = say(sandbox, "dm", "Derde vraag", "Kees Vos")
    second, cursor = poll_all(facebook, cursor)
    assert {comment["id"], message["id"]} <= second.keys()
    assert not {comment["id"], message["id"]} & first.keys()
    assert cursor["todo"] == []


def test_an_edit_is_another_event_with_the_same_id_and_a_hide_is_told(
    sandbox: Sandbox, facebook: FacebookConnector
) -> None:
    said = say(sandbox, "comment", "Waarom is de wijk afgesloten?")
    before = {item.event_id for item in facebook.poll({}).items}
    _, cursor = poll_all(facebook)
    sandbox.control(
        "POST", "/control/edit", json={"platform": "facebook", "id": said["id"], "text": "Waarom is de weg afgesloten?"}
    )
    sandbox.control("POST", "/control/hide", json={"platform": "facebook", "id": said["id"], "hidden": True})
    changed: list[InboundMessage] = []
    more = True
    while more:
        page = facebook.poll(cursor)
        cursor, more = dict(page.cursor), page.more
        for item in page.items:
            if said["id"] in item.event_id and item.event_id not in before:
                changed += [
                    e for e in FacebookConnector.parse(item.payload, facebook.account) if isinstance(e, InboundMessage)
                ]
    assert [(event.change, event.text) for event in changed] == [
        (Change.CREATED, "Waarom is de weg afgesloten?"),
        (Change.HIDDEN, ""),
    ]
    assert all(event.changed_at for event in changed)


def test_a_recheck_finds_what_was_deleted_edited_and_hidden(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    kept, edited, deleted, hidden = (say(sandbox, "comment", f"Vraag {number}") for number in range(4))
    sandbox.control("POST", "/control/edit", json={"platform": "facebook", "id": edited["id"], "text": "Anders"})
    sandbox.control("POST", "/control/delete", json={"platform": "facebook", "id": deleted["id"]})
    sandbox.control("POST", "/control/hide", json={"platform": "facebook", "id": hidden["id"], "hidden": True})
    changes = facebook.recheck([kept["id"], edited["id"], deleted["id"], hidden["id"]])
    assert [one.external_id for one in changes if one.change == Change.DELETED] == [deleted["id"]]
    assert [one.external_id for one in changes if one.change == Change.HIDDEN] == [hidden["id"]]
    assert {one.external_id: one.text for one in changes if one.change == Change.EDITED}[edited["id"]] == "Anders"


# -- out ---------------------------------------------------------------------------------------------------------------


def test_a_public_answer_arrives_under_the_comment_and_comes_back_as_ours(
    sandbox: Sandbox, facebook: FacebookConnector
) -> None:
    said = say(sandbox, "comment", "Is het gemeentehuis open?")
    receipt = facebook.send(reply_to(said, "Ja, tot vijf uur. Café ernaast ook 😀"))
    [item] = answers_with(sandbox, "Ja, tot vijf uur. Café ernaast ook 😀")
    assert (item["id"], item["in_reply_to"]) == (receipt.external_id, said["id"])
    assert receipt.permalink
    found, _ = poll_all(facebook)
    ours = found[receipt.external_id]
    assert (ours.direction, ours.thread_id) == (Direction.OUT, f"comment:{said['id']}")
    assert ours.contact.external_id == found[said["id"]].author.external_id


def test_an_answer_to_a_visitors_post(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    said = say(sandbox, "visitor_post", "Er ligt glas op het fietspad")
    receipt = facebook.send(reply_to(said, "We ruimen het op", thread_id=f"post:{said['id']}", root_id=""))
    found, _ = poll_all(facebook)
    assert found[receipt.external_id].thread_id == f"post:{said['id']}"


def test_a_private_reply_opens_the_residents_messenger_thread_once(
    sandbox: Sandbox, facebook: FacebookConnector
) -> None:
    said = say(sandbox, "comment", "Mijn adres is Dorpsstraat 1", "Joke Bakker")
    message = reply_to(said, "We schrijven u liever hier", mode=SendMode.PRIVATE_REPLY)
    receipt = facebook.send(message)
    assert receipt.thread_id == f"dm:{receipt.recipient_id}"
    answer = say(sandbox, "dm", "Dat is goed", "Joke Bakker")
    found, _ = poll_all(facebook)
    assert found[answer["id"]].thread_id == receipt.thread_id == found[receipt.external_id].thread_id
    again = facebook.find_sent(message, since=datetime.now(UTC) - timedelta(minutes=1))
    assert again is not None
    assert (again.external_id, again.thread_id) == (receipt.external_id, receipt.thread_id)
    with pytest.raises(ReplyNotAllowed) as caught:
        facebook.send(reply_to(said, "Nog eens", mode=SendMode.PRIVATE_REPLY))
    assert caught.value.code == "already_replied"


def direct(said: dict[str, Any], found: dict[str, InboundMessage], text: str) -> OutboundMessage:
    asked = found[said["id"]]
    return reply_to(
        said, text, mode=SendMode.DIRECT_MESSAGE, thread_id=asked.thread_id, in_reply_to="", recipient_id=asked.author.external_id,
        last_inbound_at=asked.sent_at,
    )  # fmt: skip


def test_a_message_in_messenger_carries_our_key(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    said = say(sandbox, "dm", "Tot hoe laat kan ik langskomen?", "Piet Smit")
    found, _ = poll_all(facebook)
    message = direct(said, found, "Tot acht uur")
    receipt = facebook.send(message)
    [item] = answers_with(sandbox, "Tot acht uur")
    assert (item["id"], item["metadata"]) == (receipt.external_id, message.key)


def test_a_deleted_comment_can_no_longer_be_answered(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    said = say(sandbox, "comment", "Laat maar")
    sandbox.control("POST", "/control/delete", json={"platform": "facebook", "id": said["id"]})
    with pytest.raises(Gone):
        facebook.send(reply_to(said, "Toch even antwoorden"))


# -- when it goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout_after", "closed_after", "half_json", "slow_drip"])
@pytest.mark.parametrize("mode", [SendMode.REPLY, SendMode.DIRECT_MESSAGE, SendMode.PRIVATE_REPLY])
def test_what_was_accepted_without_an_answer_is_unknown_and_found_again(
    sandbox: Sandbox, facebook: FacebookConnector, kind: str, mode: SendMode
) -> None:
    text = f"Antwoord {kind} {mode}"
    said = say(sandbox, "dm" if mode == SendMode.DIRECT_MESSAGE else "comment", f"Vraag {kind} {mode}")
    if mode == SendMode.DIRECT_MESSAGE:
        message = direct(said, poll_all(facebook)[0], text)
    else:
        message = reply_to(said, text, mode=mode)
    since = datetime.now(UTC)
    assert facebook.find_sent(message, since=since) is None
    fault(sandbox, kind, "/comments" if mode == SendMode.REPLY else "/messages", "POST", seconds=5)
    with pytest.raises(OutcomeUnknown):
        facebook.send(message)
    [item] = answers_with(sandbox, text)
    receipt = None
    give_up_at = time.monotonic() + 60
    while receipt is None and time.monotonic() < give_up_at:
        receipt = facebook.find_sent(message, since=since)
    assert isinstance(receipt, Receipt)
    assert receipt.external_id == item["id"]
    assert len(answers_with(sandbox, text)) == 1


@pytest.mark.parametrize("kind", ["timeout_before", "closed_before"])
def test_what_was_never_accepted_is_unknown_and_not_found(
    sandbox: Sandbox, facebook: FacebookConnector, kind: str
) -> None:
    said = say(sandbox, "comment", f"Vraag {kind}")
    message = reply_to(said, f"Antwoord {kind}")
    fault(sandbox, kind, "/comments", "POST", seconds=5)
    since = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        facebook.send(message)
    assert facebook.find_sent(message, since=since) is None
    assert answers_with(sandbox, message.text) == []


WRITE_FAULTS = [
    ("401", CredentialsRejected, "token_expired"),
    ("revoked_token", CredentialsRejected, "app_removed"),
    ("402", RateLimited, "rate_limited"),
    ("403", Misconfigured, "permission"),
    ("platform_ban", StoppedByPlatform, "stopped"),
    ("429", RateLimited, "rate_limited"),
    ("429_no_reset", RateLimited, "rate_limited"),
    ("500", OutcomeUnknown, "outcome_unknown"),
    ("502", OutcomeUnknown, "outcome_unknown"),
    ("html_200", OutcomeUnknown, "outcome_unknown"),
]


@pytest.mark.parametrize(("kind", "expected", "code"), WRITE_FAULTS, ids=[case[0] for case in WRITE_FAULTS])
def test_every_refusal_of_a_message_has_its_branch(
    sandbox: Sandbox, facebook: FacebookConnector, kind: str, expected: type[Exception], code: str
) -> None:
    said = say(sandbox, "comment", f"Vraag bij {kind}")
    fault(sandbox, kind, "/comments", "POST", times=1, seconds=120)
    with pytest.raises(expected) as caught:
        facebook.send(reply_to(said, f"Antwoord bij {kind}"))
    assert type(caught.value) is expected
    assert getattr(caught.value, "code", "") == code
    if kind == "429":
        assert isinstance(caught.value, RateLimited)
        assert caught.value.retry_after == timedelta(minutes=2)


READ_FAULTS = [
    ("401", CredentialsRejected),
    ("403", Misconfigured),
    ("429", RateLimited),
    ("500", TransientError),
    ("502", TransientError),
    ("html_200", PayloadError),
    ("half_json", PayloadError),
    ("timeout_before", TransientError),
    ("closed_before", TransientError),
    ("slow_drip", TransientError),
]


@pytest.mark.parametrize(("kind", "expected"), READ_FAULTS, ids=[case[0] for case in READ_FAULTS])
def test_every_failure_of_polling_has_its_branch(
    sandbox: Sandbox, facebook: FacebookConnector, kind: str, expected: type[Exception]
) -> None:
    fault(sandbox, kind, "/feed", "GET", times=1, seconds=5)
    with pytest.raises(expected) as caught:
        facebook.poll({})
    assert type(caught.value) is expected
    poll_all(facebook)


def test_no_token_reached_an_address(
    sandbox: Sandbox, facebook: FacebookConnector, credentials: dict[str, str]
) -> None:
    facebook.check()
    poll_all(facebook)
    calls = json.dumps(sandbox.control("GET", "/control/calls"))
    assert "appsecret_proof" in calls
    assert "access_token" not in calls
    assert credentials["access_token"] not in calls
