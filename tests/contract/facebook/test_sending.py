"""What goes out and how it is found again, with a real server that answers in Graph's shapes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from channels.connectors.facebook import sending
from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import Gone, OutcomeUnknown, PermanentError, ReplyWindowClosed, TransientError
from channels.messages import Change, SendMode
from tests.channels.hostile_server import Behaviour, HostileServer, Request, hang, hostile_server, json_answer
from tests.contract.test_error_table_facebook import PAGE, body, connector, message

DAY = timedelta(days=1)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def on(server: HostileServer, path: str, behaviour: Behaviour) -> None:
    server.on[f"/graph/v26.0/{path}"] = behaviour


def query(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(request.target).query).items()}


# -- sending -----------------------------------------------------------------------------------------------------------


def test_a_comment_is_posted_under_what_it_answers(server: HostileServer) -> None:
    on(
        server,
        "1_2/comments",
        json_answer({"id": "1_9", "created_time": "2026-09-21T14:13:20+0000", "permalink_url": "p"}),
    )
    receipt = connector(server).send(message(text="Tot dinsdag & bedankt é"))
    form = parse_qs(server.seen[0].body.decode())
    assert form["message"] == ["Tot dinsdag & bedankt é"]
    assert (receipt.external_id, receipt.permalink) == ("1_9", "p")
    assert receipt.sent_at == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(seconds=0), {"messaging_type": "RESPONSE"}),
        (timedelta(hours=23, minutes=59), {"messaging_type": "RESPONSE"}),
        (timedelta(hours=24, minutes=1), {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (timedelta(days=7) - timedelta(minutes=1), {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (timedelta(days=7) + timedelta(minutes=1), None),
        (None, None),
    ],
)
def test_the_reply_window(server: HostileServer, age: timedelta | None, expected: dict[str, str] | None) -> None:
    on(server, f"{PAGE}/messages", json_answer({"recipient_id": 555, "message_id": "m_1"}))
    now = datetime(2026, 9, 21, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        last = None if age is None else now - age
        if expected is None:
            with pytest.raises(ReplyWindowClosed):
                sending.messaging_type(last, datetime.now(UTC))
            return
        assert sending.messaging_type(last, datetime.now(UTC)) == expected


def test_a_closed_window_is_told_before_any_call(server: HostileServer) -> None:
    for mode in (SendMode.DIRECT_MESSAGE, SendMode.PRIVATE_REPLY):
        with pytest.raises(ReplyWindowClosed):
            connector(server).send(message(mode, last_inbound_at=datetime.now(UTC) - 8 * DAY))
    with pytest.raises(ReplyWindowClosed):
        connector(server).send(message(SendMode.DIRECT_MESSAGE, last_inbound_at=None))
    assert server.seen == []


def test_a_messenger_message_is_json_and_carries_our_key(server: HostileServer) -> None:
    on(server, f"{PAGE}/messages", json_answer({"recipient_id": 555, "message_id": "m_1"}))
    receipt = connector(server).send(message(SendMode.DIRECT_MESSAGE, last_inbound_at=datetime.now(UTC) - 2 * DAY))
    sent = json.loads(server.seen[0].body)
    assert sent["recipient"] == {"id": "555"}
    assert sent["message"] == {"text": "Dank u", "metadata": "9f1c"}
    assert (sent["messaging_type"], sent["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    assert (receipt.external_id, receipt.thread_id, receipt.recipient_id) == ("m_1", "dm:555", "555")


def test_a_private_reply_names_the_comment_and_opens_a_thread(server: HostileServer) -> None:
    on(server, f"{PAGE}/messages", json_answer({"recipient_id": "777", "message_id": "m_2"}))
    receipt = connector(server).send(message(SendMode.PRIVATE_REPLY))
    sent = json.loads(server.seen[0].body)
    assert sent["recipient"] == {"comment_id": "1_2"}
    assert (receipt.thread_id, receipt.recipient_id) == ("dm:777", "777")


@pytest.mark.parametrize(
    ("mode", "text", "code"),
    [
        (SendMode.REPLY, "x" * 8_001, "too_long"),
        (SendMode.DIRECT_MESSAGE, "😀" * 1_001, "too_long"),
        (SendMode.PRIVATE_REPLY, "x" * 2_001, "too_long"),
        (SendMode.REPLY, "  \n", "empty"),
    ],
)
def test_what_can_not_be_sent_is_told_before_any_call(
    server: HostileServer, mode: SendMode, text: str, code: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        connector(server).send(message(mode, text=text))
    assert caught.value.code == code
    assert server.seen == []


def test_silence_after_a_message_left_is_an_unknown_outcome(server: HostileServer) -> None:
    on(server, f"{PAGE}/messages", hang(server))
    with pytest.raises(OutcomeUnknown):
        connector(server).send(message(SendMode.DIRECT_MESSAGE))
    assert len(server.seen) == 1


def test_length_is_counted_as_facebook_does() -> None:
    assert FacebookConnector.count_text("é😀\ud800", private=True) == 4


# -- looking whether it arrived ----------------------------------------------------------------------------------------


def comment(own_id: str, text: str, who: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": own_id,
        "message": text,
        "from": {"id": who},
        "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        **more,
    }


def test_our_own_comment_is_found_again_only_where_it_should_stand(server: HostileServer) -> None:
    now = datetime.now(UTC)
    under = {"parent": {"id": "1_2"}}
    elsewhere = {"parent": {"id": "1_7"}}
    found = [
        comment("1_90", "Dank u", "555", now, **under),  # a resident says the same
        comment("1_91", "Iets anders", PAGE, now, **under),
        comment("1_92", "Dank u", PAGE, now, **elsewhere),  # to somebody else
        comment("1_93", "Dank  u", PAGE, now, **under),
        comment("1_94", "Dank u", PAGE, now - DAY, **under),  # said before
    ]
    on(server, "100_1/comments", json_answer({"data": found}))
    receipt = connector(server).find_sent(message(), since=now)
    assert receipt is not None
    assert receipt.external_id == "1_93"
    asked = query(server.seen[0])
    assert (asked["order"], asked["filter"]) == ("reverse_chronological", "stream")
    on(server, "100_1/comments", json_answer({"data": [*found[:3], found[4]]}))
    on(server, "1_2", json_answer({"id": "1_2"}))
    assert connector(server).find_sent(message(), since=now) is None


def test_an_answer_that_facebook_moved_up_is_found(server: HostileServer) -> None:
    now = datetime.now(UTC)
    on(server, "100_1/comments", json_answer({"data": [comment("1_9", "Dank u", PAGE, now, parent={"id": "1_1"})]}))
    on(server, "1_2", json_answer({"id": "1_2", "parent": {"id": "1_1"}}))
    receipt = connector(server).find_sent(message(), since=now)
    assert receipt is not None
    assert receipt.external_id == "1_9"


def test_our_own_message_is_found_in_its_conversation(server: HostileServer) -> None:
    now = datetime.now(UTC)
    stamp = now.strftime("%Y-%m-%dT%H:%M:%S+0000")
    people = {"participants": {"data": [{"id": "555"}, {"id": PAGE}]}}
    on(server, f"{PAGE}/conversations", json_answer({"data": [{"id": "t_1", "updated_time": stamp, **people}]}))
    ours = comment("m_5", "Dank u", PAGE, now, to={"data": [{"id": "555"}]})
    on(server, "t_1/messages", json_answer({"data": [comment("m_6", "Dank u", "555", now), ours]}))
    for mode in (SendMode.DIRECT_MESSAGE, SendMode.PRIVATE_REPLY):
        receipt = connector(server).find_sent(message(mode), since=now)
        assert receipt is not None
        assert (receipt.external_id, receipt.thread_id, receipt.recipient_id) == ("m_5", "dm:555", "555")
    on(server, "t_1/messages", json_answer({"data": []}))
    assert connector(server).find_sent(message(SendMode.DIRECT_MESSAGE), since=now) is None


def test_too_much_to_look_through_is_not_a_no(server: HostileServer) -> None:
    now = datetime.now(UTC)
    page = {
        "data": [comment("1_90", "Iets anders", "555", now)],
        "paging": {"cursors": {"after": "x"}, "next": "https://graph.facebook.com/next"},
    }
    on(server, "100_1/comments", json_answer(page))
    with pytest.raises(TransientError):
        connector(server).find_sent(message(), since=now)


# -- rechecking --------------------------------------------------------------------------------------------------------


def test_a_recheck_finds_the_deleted_ones_in_halves(server: HostileServer) -> None:
    there = {
        f"1_{number}": {"id": f"1_{number}", "message": f"tekst {number}", "is_hidden": number == 3}
        for number in range(8)
    }
    del there["1_5"]

    def look_up(conn: Any, request: Request) -> None:
        ids = query(request)["ids"].split(",")
        if any(one not in there for one in ids):
            json_answer(body(100, 33), "400 X")(conn, request)
        else:
            json_answer({one: there[one] for one in ids})(conn, request)

    on(server, "", look_up)
    on(server, f"{PAGE}/feed", json_answer({"data": []}))
    changes = connector(server).recheck([f"1_{number}" for number in range(8)] + ["m_1"])
    assert [one.external_id for one in changes if one.change == Change.DELETED] == ["1_5"]
    assert [one.external_id for one in changes if one.change == Change.HIDDEN] == ["1_3"]
    assert {one.text for one in changes if one.change == Change.EDITED} == {
        value["message"] for value in there.values()
    }


def test_nothing_is_deleted_when_we_may_no_longer_look(server: HostileServer) -> None:
    on(server, "", json_answer(body(100, 33), "400 X"))
    on(server, f"{PAGE}/feed", json_answer(body(10), "403 X"))
    with pytest.raises(Exception, match="Message describing"):
        connector(server).recheck(["1_1"])


def test_a_deleted_comment_can_not_be_answered(server: HostileServer) -> None:
    on(server, "1_2/comments", json_answer(body(100, 33), "400 X"))
    with pytest.raises(Gone):
        connector(server).send(message())
