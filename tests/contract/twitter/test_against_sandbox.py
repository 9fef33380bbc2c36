"""The connector against the simulated platform, which runs as a process of its own."""

import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from channels.connectors.twitter.connector import TwitterConnector
from channels.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    OutOfCredit,
    PermanentError,
    RateLimited,
    Refused,
    ReplyNotAllowed,
)
from channels.http import make_session
from channels.messages import (
    Account,
    AttachmentKind,
    Change,
    Direction,
    Event,
    InboundMessage,
    Kind,
    OutboundMessage,
    SendMode,
)
from tests.channels.hostile_server import Request, answer, hostile_server
from tests.contract.conftest import Sandbox

MINUTE = timedelta(minutes=1)


@pytest.fixture
def town(sandbox: Sandbox) -> Sandbox:
    """An empty town in which nothing happens by itself, with tokens and limits as on the first day."""
    sandbox.control("DELETE", "/control/faults")
    sandbox.control("POST", "/control/reset", json={"seed_days": 0, "pace": 0})
    sandbox.control("POST", "/control/token/restore", json={"platform": "twitter"})
    sandbox.control("POST", "/control/rates", json={"factor": 1000})
    sandbox.control("POST", "/control/tier", json={"tier": "self-serve"})
    return sandbox


class Desk:
    """A channel on the sandbox: what it knows between two polls."""

    def __init__(self, town: Sandbox, **settings: Any) -> None:
        self.town = town
        self.credentials = town.credentials("twitter")
        self.settings = settings
        self.cursor: dict[str, Any] = {}

    @property
    def account(self) -> Account:
        return Account(
            external_id=self.credentials["account_id"],
            base_url=self.town.base("x"),
            name="Gemeente Eikenrode",
            handle="gem_eikenrode",
            credentials=self.credentials,
            settings=self.settings,
        )

    @property
    def connector(self) -> TwitterConnector:
        session = make_session(
            self.town.base("x"), rebased_hosts=TwitterConnector.rebased_hosts, read_timeout=2, total_timeout=3
        )
        return TwitterConnector(self.account, session)

    def poll(self) -> list[InboundMessage]:
        found: list[InboundMessage] = []
        for _ in range(30):
            page = self.connector.poll(self.cursor)
            json.dumps(page.cursor)
            self.cursor = dict(page.cursor)
            for item in page.items:
                found += understood(lambda payload=item.payload: TwitterConnector.parse(payload, self.account))
            if not page.more:
                return found
        raise AssertionError("polling does not end")

    def say(self, kind: str, text: str, resident: str = "fatma", **more: Any) -> Any:
        data = {"platform": "twitter", "kind": kind, "resident": resident, "text": text, **more}
        return self.town.control("POST", "/control/say", json=data)

    def post(self, text: str) -> Any:
        return self.town.control("POST", "/control/elsewhere", json={"platform": "twitter", "text": text})

    def fault(self, name: str, **more: Any) -> None:
        self.town.control("POST", "/control/faults", json={"platform": "twitter", "fault": name, **more})

    def said_by_us(self, text: str) -> list[Any]:
        items: list[Any] = self.town.control("GET", "/control/items?platform=twitter&by=page")["items"]
        return [item for item in items if text in item["text"]]


def understood(parse: Callable[[], list[Event]]) -> list[InboundMessage]:
    try:
        return [event for event in parse() if isinstance(event, InboundMessage)]
    except Refused as refusal:
        if refusal.reason not in {"own_post", "repost"}:
            raise
        return []


def reply_to(message: InboundMessage, text: str = "Dank u, wij kijken ernaar.", **changed: Any) -> OutboundMessage:
    values: dict[str, Any] = {
        "key": "k", "mode": SendMode.REPLY, "text": text, "thread_id": message.thread_id, "in_reply_to": message.external_id,
        "recipient_id": message.author.external_id, **changed,
    }  # fmt: skip
    return OutboundMessage(**values)


# -- in ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vocabulary", ["tweet", "post"])
def test_a_mention_arrives_once(town: Sandbox, vocabulary: str) -> None:
    desk = Desk(town, vocabulary=vocabulary)
    said = desk.say("mention", "Wanneer komt de grijze bak? & <spoed>", attachment="straat")
    messages = desk.poll()
    assert len(messages) == 1
    message = messages[0]
    assert message.external_id == said["id"]
    assert message.thread_id == f"{said['id']}:{message.author.external_id}"
    assert (message.kind, message.direction, message.is_summons) == (Kind.MENTION, Direction.IN, True)
    assert message.text == "@gem_eikenrode Wanneer komt de grijze bak? & <spoed>"
    assert message.author.handle == said["handle"]
    assert [attachment.kind for attachment in message.attachments] == [AttachmentKind.IMAGE]
    assert message.attachments[0].alt
    assert desk.poll() == []
    second = desk.say("mention", "En de groene?")
    assert [one.external_id for one in desk.poll()] == [second["id"]]


def test_many_mentions_are_read_page_by_page(town: Sandbox) -> None:
    desk = Desk(town)
    said = {desk.say("mention", f"Vraag {number}", resident=f"r{number % 7}")["id"] for number in range(230)}
    found = desk.poll()
    assert {one.external_id for one in found} == said
    assert desk.poll() == []


def test_answers_under_our_post_arrive_also_without_our_name(town: Sandbox) -> None:
    desk = Desk(town)
    ours = desk.post("Vrijdag halen we het papier op.")
    assert desk.poll() == []
    tagged = desk.say("reply", "Ook in De Weide?", in_reply_to=ours["id"])
    untagged = desk.say("reply", "Fijn zo", resident="piet", in_reply_to=ours["id"], untagged=True)
    found = {one.external_id: one for one in desk.poll()}
    assert found.keys() == {tagged["id"], untagged["id"]}
    assert found[tagged["id"]].is_summons is True
    assert found[untagged["id"]].is_summons is False
    for message in found.values():
        assert message.kind == Kind.REPLY
        assert message.thread_id == f"{ours['id']}:{message.author.external_id}"
        assert message.root is not None
        assert (message.root.text, message.root.is_ours) == ("Vrijdag halen we het papier op.", True)


def test_our_own_reply_made_elsewhere_is_outgoing(town: Sandbox) -> None:
    desk = Desk(town)
    said = desk.say("mention", "Is het loket open?")
    question = desk.poll()[0]
    town.control(
        "POST",
        "/control/elsewhere",
        json={"platform": "twitter", "text": "Ja, tot vijf uur.", "in_reply_to": said["id"]},
    )
    answers = desk.poll()
    assert [one.direction for one in answers] == [Direction.OUT]
    assert answers[0].thread_id == question.thread_id
    assert answers[0].in_reply_to == said["id"]
    assert answers[0].contact.external_id == question.author.external_id


def test_an_edit_changes_the_message_and_a_deletion_is_noticed(town: Sandbox) -> None:
    desk = Desk(town)
    said = desk.say("mention", "Lantaarn kapot op de Dorpstraat")
    first = desk.poll()[0]
    town.control("POST", "/control/edit", json={"platform": "twitter", "id": said["id"], "text": "@gem_eikenrode Lantaarn kapot op de Dorpsstraat"})  # fmt: skip
    edits = [*desk.poll(), *desk.connector.recheck([first.external_id])]
    changed = [one for one in edits if one.change == Change.EDITED]
    assert {one.external_id for one in changed} == {first.external_id}
    assert changed[-1].text.endswith("Dorpsstraat")
    town.control("POST", "/control/delete", json={"platform": "twitter", "id": said["id"]})
    gone = desk.connector.recheck([first.external_id])
    assert [(one.external_id, one.change) for one in gone if one.change == Change.DELETED] != []


def test_private_messages_both_ways(town: Sandbox) -> None:
    desk = Desk(town)
    said = desk.say("direct_message", "Mag ik u iets vragen?")
    message = desk.poll()[0]
    assert (message.external_id, message.kind, message.text) == (
        said["id"],
        Kind.DIRECT_MESSAGE,
        "Mag ik u iets vragen?",
    )
    sent = desk.connector.send(reply_to(message, "Natuurlijk.", mode=SendMode.DIRECT_MESSAGE))
    assert sent.thread_id == message.thread_id
    town.control("POST", "/control/elsewhere", json={"platform": "twitter", "text": "Zegt u het maar.", "resident": said["handle"], "kind": "dm"})  # fmt: skip
    seen = {one.text: one for one in desk.poll()}
    assert seen.keys() == {"Natuurlijk.", "Zegt u het maar."}
    assert {one.direction for one in seen.values()} == {Direction.OUT}
    assert {one.thread_id for one in seen.values()} == {message.thread_id}
    assert seen["Natuurlijk."].external_id == sent.external_id
    assert {one.contact.external_id for one in seen.values()} == {message.author.external_id}


# -- out ---------------------------------------------------------------------------------------------------------------


def test_a_reply_arrives_and_comes_back_as_our_own(town: Sandbox) -> None:
    desk = Desk(town)
    desk.say("mention", "Wanneer komt het papier?")
    message = desk.poll()[0]
    receipt = desk.connector.send(reply_to(message, "Vrijdag, zie https://eikenrode.example/afval"))
    assert [item["id"] for item in desk.said_by_us("Vrijdag, zie")] == [receipt.external_id]
    echo = desk.poll()
    assert [(one.external_id, one.thread_id, one.direction) for one in echo] == [
        (receipt.external_id, message.thread_id, Direction.OUT)
    ]


def test_who_did_not_name_us_can_not_be_answered(town: Sandbox) -> None:
    desk = Desk(town)
    ours = desk.post("Vrijdag halen we het papier op.")
    desk.poll()
    desk.say("reply", "Fijn zo", in_reply_to=ours["id"], untagged=True)
    message = desk.poll()[0]
    assert message.is_summons is False
    with pytest.raises(ReplyNotAllowed):
        desk.connector.send(reply_to(message))
    town.control("POST", "/control/tier", json={"tier": "enterprise"})
    assert desk.connector.send(reply_to(message)).external_id


def test_a_private_message_can_begin_with_the_author_of_a_post(town: Sandbox) -> None:
    desk = Desk(town)
    desk.say("mention", "Ik heb een privévraag")
    message = desk.poll()[0]
    private = reply_to(
        message, "Stelt u die hier.", mode=SendMode.DIRECT_MESSAGE, thread_id=f"private-reply:{message.external_id}"
    )
    receipt = desk.connector.send(private)
    ids = sorted((message.author.external_id, desk.account.external_id), key=int)
    assert receipt.thread_id == "dm:" + "-".join(ids)
    assert desk.connector.find_sent(private, since=datetime.now(UTC) - MINUTE) is not None


def test_a_resident_without_private_messages_is_told_so(town: Sandbox) -> None:
    desk = Desk(town)
    said = desk.say("mention", "Hallo")
    message = desk.poll()[0]
    town.control("POST", "/control/residents", json={"resident": said["handle"], "no_dms": True})
    with pytest.raises(PermanentError):
        desk.connector.send(reply_to(message, mode=SendMode.DIRECT_MESSAGE, thread_id=""))


@pytest.mark.parametrize("fault", ["timeout_after", "closed_after", "half_json", "502"])
@pytest.mark.parametrize("mode", [SendMode.REPLY, SendMode.DIRECT_MESSAGE])
def test_an_unknown_outcome_is_looked_up(town: Sandbox, fault: str, mode: SendMode) -> None:
    desk = Desk(town)
    desk.say("mention" if mode == SendMode.REPLY else "direct_message", "Kunt u helpen?")
    message = desk.poll()[0]
    out = reply_to(message, "Zeker, @gem_eikenrode helpt & belt: zie https://eikenrode.example/hulp", mode=mode)
    since = datetime.now(UTC) - MINUTE
    assert desk.connector.find_sent(out, since=since) is None
    desk.fault(fault, method="POST")
    with pytest.raises(OutcomeUnknown):
        desk.connector.send(out)
    stored = desk.said_by_us("Zeker")
    receipt = desk.connector.find_sent(out, since=since)
    if fault == "502":
        assert stored == []
        assert receipt is None
    else:
        assert receipt is not None
        assert [item["id"] for item in stored] == [receipt.external_id]


def test_the_same_text_twice_is_refused_as_a_duplicate(town: Sandbox) -> None:
    desk = Desk(town)
    desk.say("mention", "Vraag")
    message = desk.poll()[0]
    desk.connector.send(reply_to(message))
    with pytest.raises(PermanentError) as caught:
        desk.connector.send(reply_to(message))
    assert caught.value.code == "duplicate"


# -- limits and access -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["429", "429_no_reset"])
def test_a_limit_tells_how_long(town: Sandbox, fault: str) -> None:
    desk = Desk(town)
    desk.fault(fault, method="GET", times=10)
    with pytest.raises(RateLimited) as caught:
        desk.connector.poll({})
    assert caught.value.retry_after is not None
    assert timedelta(0) < caught.value.retry_after <= timedelta(minutes=15, seconds=5)


def test_the_limit_of_private_messages_is_never_reached_by_polling(town: Sandbox) -> None:
    town.control("POST", "/control/rates", json={"factor": 1})
    desk = Desk(town)
    for _ in range(40):
        desk.poll()
    calls = town.control("GET", "/control/calls?platform=twitter&path=dm_events")["calls"]
    assert calls
    assert {call["status"] for call in calls[-12:]} == {200}
    assert desk.cursor["hold"]["dm"] > time.time()


def test_spent_credit_is_told(town: Sandbox) -> None:
    desk = Desk(town)
    desk.fault("402")
    with pytest.raises(OutOfCredit):
        desk.connector.poll({})


def test_renewing_the_access_rotates_the_refresh_token(town: Sandbox) -> None:
    desk = Desk(town)
    assert desk.connector.check().external_id == desk.account.external_id
    town.control("POST", "/control/token/revoke", json={"platform": "twitter", "what": "access"})
    with pytest.raises(CredentialsRejected):
        desk.connector.check()
    old = desk.credentials
    desk.credentials = desk.connector.refresh()
    assert desk.credentials["refresh_token"] != old["refresh_token"]
    assert desk.connector.check().handle == "gem_eikenrode"
    desk.credentials = {**desk.credentials, "refresh_token": old["refresh_token"]}
    with pytest.raises(CredentialsRejected):
        desk.connector.refresh()  # a refresh token works once


# -- webhooks ----------------------------------------------------------------------------------------------------------


def test_webhooks_are_signed_and_mean_what_the_poll_brings(town: Sandbox) -> None:
    bodies: list[bytes] = []
    desk = Desk(town)

    def receive(conn: socket.socket, request: Request) -> None:
        if request.method == "GET":
            params = {key: value[0] for key, value in parse_qs(urlsplit(request.target).query).items()}
            handshake = TwitterConnector.answer_handshake(params, desk.credentials)
            assert handshake is not None
            answer(handshake.body.encode())(conn, request)
        elif TwitterConnector.verify_webhook(request.body, request.headers, desk.credentials):
            bodies.append(request.body)
            answer(b"")(conn, request)
        else:
            answer(b"", "401 Unauthorized")(conn, request)

    told: dict[str, InboundMessage] = {}
    with hostile_server() as receiver:
        receiver.on["/webhooks/twitter"] = receive
        headers = {"Authorization": f"Bearer {desk.credentials['bearer_token']}"}
        address = {"url": f"{receiver.url}/webhooks/twitter"}
        registered = requests.post(f"{town.base('x')}/2/webhooks", json=address, headers=headers, timeout=10)
        assert registered.ok, registered.text
        webhook_id = registered.json()["data"]["id"]
        try:
            desk.say("mention", "Café dicht? & <nu>")
            desk.say("direct_message", "Privé", resident="piet")
            polled = {one.external_id: one for one in desk.poll()}
            give_up_at = time.monotonic() + 60
            while told.keys() != polled.keys() and time.monotonic() < give_up_at:
                time.sleep(0.2)
                for body in list(bodies):
                    for item in TwitterConnector.split(json.loads(body)):
                        assert item.account_id == desk.account.external_id
                        for one in understood(
                            lambda payload=item.payload: TwitterConnector.parse(payload, desk.account)
                        ):
                            told[one.external_id] = one
        finally:
            requests.delete(f"{town.base('x')}/2/webhooks/{webhook_id}", headers=headers, timeout=10)
    assert len(polled) == 2
    assert told.keys() == polled.keys()
    for own_id, message in told.items():
        other = polled[own_id]
        assert (message.thread_id, message.text, message.direction) == (other.thread_id, other.text, other.direction)
        assert (message.kind, message.is_summons) == (other.kind, other.is_summons)
        assert message.author.external_id == other.author.external_id
