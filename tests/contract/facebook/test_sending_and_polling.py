"""What goes over the wire, to a real server that answers in Graph's shapes."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from channels.connectors.facebook import sending
from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import Gone, OutcomeUnknown, PayloadError, PermanentError, ReplyWindowClosed, TransientError
from channels.messages import Change, SendMode
from tests.channels.hostile_server import Behaviour, HostileServer, Request, answer, hang, hostile_server, json_answer
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


# -- polling -----------------------------------------------------------------------------------------------------------


def stamp(seconds_ago: int) -> str:
    return datetime.fromtimestamp(time.time() - seconds_ago, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def post(number: int, *, updated: int = 100, who: str = PAGE) -> dict[str, Any]:
    return {
        "id": f"{PAGE}_{number}", "message": f"post {number}", "created_time": stamp(3_600), "updated_time": stamp(updated),
        "from": {"id": who},
    }  # fmt: skip


def quiet(server: HostileServer) -> None:
    for edge in ("feed", "tagged", "conversations"):
        on(server, f"{PAGE}/{edge}", json_answer({"data": []}))


def run(server: HostileServer, cursor: dict[str, Any]) -> tuple[list[str], dict[str, Any], int]:
    """Poll to the end: event ids, last cursor, number of calls. The cursor goes through JSON as it does in the database."""
    ids: list[str] = []
    for calls in range(1, 30):
        page = connector(server).poll(cursor)
        ids += [item.event_id for item in page.items]
        cursor = json.loads(json.dumps(page.cursor))
        if not page.more:
            return ids, cursor, calls
    raise AssertionError("polling never ends")


def test_a_run_reads_posts_comments_mentions_and_conversations(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", json_answer({"data": [post(1), post(2, who="777")]}))
    on(server, f"{PAGE}_1/comments", json_answer({"data": [comment("1_1", "Hoi", "555", datetime.now(UTC))]}))
    on(server, f"{PAGE}_2/comments", json_answer({"data": []}))
    on(server, f"{PAGE}/tagged", json_answer({"data": [{**post(3, who="777"), "id": "777_3"}]}))
    people = {"participants": {"data": [{"id": "555"}, {"id": PAGE}]}}
    on(server, f"{PAGE}/conversations", json_answer({"data": [{"id": "t_1", "updated_time": stamp(10), **people}]}))
    on(server, "t_1/messages", json_answer({"data": [comment("m_5", "Hallo", "555", datetime.now(UTC))]}))
    ids, cursor, _ = run(server, {})
    kinds = sorted(event_id.rsplit(":", 1)[0] for event_id in ids)
    assert kinds == ["graph_comment:1_1", "graph_message:m_5", f"graph_post:{PAGE}_2", "graph_tagged:777_3"]
    assert cursor["todo"] == []
    # Again: the same things have the same ids, and nothing is read that did not change.
    before = len(server.seen)
    again, _, calls = run(server, cursor)
    assert set(again) <= set(ids)
    assert calls == 1
    assert len(server.seen) - before <= 6


def test_one_call_makes_a_handful_of_requests_and_the_next_goes_on(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", json_answer({"data": [post(number) for number in range(20)]}))
    for number in range(20):
        on(
            server,
            f"{PAGE}_{number}/comments",
            json_answer({"data": [comment(f"{number}_1", "x", "5", datetime.now(UTC))]}),
        )
    page = connector(server).poll({})
    assert page.more
    assert len(server.seen) <= 6
    ids, cursor, _ = run(server, dict(page.cursor))
    assert len({*ids, *(item.event_id for item in page.items)}) == 20
    assert cursor["todo"] == []


def test_only_the_cursor_is_taken_from_paging(server: HostileServer) -> None:
    quiet(server)

    def comments(conn: Any, request: Request) -> None:
        number = int(query(request).get("after", "c0")[1:])
        paging = {"cursors": {"after": f"c{number + 1}"}}
        if number < 2:
            paging["next"] = f"https://graph.facebook.com/v26.0/steal?access_token=x&after=c{number + 1}"  # type: ignore[assignment]
        json_answer({"data": [comment(f"1_{number}", "x", "5", datetime.now(UTC))], "paging": paging})(conn, request)

    on(server, f"{PAGE}/feed", json_answer({"data": [post(1)]}))
    on(server, f"{PAGE}_1/comments", comments)
    ids, _, _ = run(server, {})
    assert [event_id.split(":")[1] for event_id in ids] == ["1_0", "1_1", "1_2"]
    assert all("steal" not in request.target for request in server.seen)


def test_polling_slows_down_when_the_allowance_gets_scarce(server: HostileServer) -> None:
    quiet(server)
    usage = json.dumps({"call_count": 12, "total_time": 81, "total_cputime": 3})
    on(server, f"{PAGE}/feed", json_answer({"data": [post(1)]}, X_App_Usage=usage))
    ours = connector(server)
    page = ours.poll({})
    assert len(server.seen) == 1
    assert not page.more
    assert page.cursor["todo"]
    assert (ours.budgets["app"].limit, ours.budgets["app"].remaining) == (100, 19)


def test_a_post_that_is_gone_meanwhile_stops_nothing(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", json_answer({"data": [post(1), post(2)]}))
    on(server, f"{PAGE}_1/comments", json_answer(body(100, 33), "400 X"))
    on(server, f"{PAGE}_2/comments", json_answer({"data": [comment("2_1", "x", "5", datetime.now(UTC))]}))
    ids, cursor, _ = run(server, {})
    assert len(ids) == 1
    assert cursor["todo"] == []


def test_what_was_read_before_a_failure_is_kept_and_the_failure_comes_next(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", json_answer({"data": [post(1), post(2, who="777")]}))
    on(server, f"{PAGE}_1/comments", json_answer({}, "500 X"))
    page = connector(server).poll({})
    assert [item.event_id.split(":")[1] for item in page.items] == [f"{PAGE}_2"]
    assert page.more
    with pytest.raises(TransientError):
        connector(server).poll(page.cursor)
    on(server, f"{PAGE}_1/comments", json_answer({"data": [comment("1_1", "x", "5", datetime.now(UTC))]}))
    on(server, f"{PAGE}_2/comments", json_answer({"data": []}))
    ids, _, _ = run(server, dict(page.cursor))
    assert len(ids) == 1


def test_a_broken_object_in_a_list_is_kept_and_the_rest_goes_on(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", json_answer({"data": [post(1), None, "x", {"id": {}}, {}]}))
    broken = [None, {"id": "1_1", "from": 7}, comment("1_2", "x", "5", datetime.now(UTC))]
    on(server, f"{PAGE}_1/comments", json_answer({"data": broken}))
    ours = connector(server)
    items = ours.poll({}).items
    understood = []
    for item in items:
        try:
            understood += FacebookConnector.parse(item.payload, ours.account)
        except PayloadError as error:
            assert error.reason in {"unknown_event", "wrong_type", "missing_id", "no_content"}  # noqa: PT017
    assert len(understood) == 1


def test_a_post_whose_comments_can_not_be_read_stops_nothing_and_is_tried_again(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", json_answer({"data": [post(1), post(2)]}))
    on(server, f"{PAGE}_1/comments", answer(b"<html>oops</html>"))
    on(server, f"{PAGE}_2/comments", json_answer({"data": [comment("2_1", "x", "5", datetime.now(UTC))]}))
    page = connector(server).poll({})
    told, understood = page.items
    assert understood.event_id.startswith("graph_comment:2_1:")
    with pytest.raises(PayloadError) as caught:
        FacebookConnector.parse(told.payload, connector(server).account)
    assert caught.value.reason == "unreadable"
    assert not page.more
    on(server, f"{PAGE}/feed", json_answer({"data": []}))
    on(server, f"{PAGE}_1/comments", json_answer({"data": [comment("1_1", "x", "5", datetime.now(UTC))]}))
    ids, cursor, _ = run(server, dict(page.cursor))
    assert [event_id.split(":")[1] for event_id in ids] == ["1_1"]
    assert cursor["again"] == []


def test_a_list_that_can_not_be_read_stops_the_run_where_it_was(server: HostileServer) -> None:
    quiet(server)
    on(server, f"{PAGE}/feed", answer(b"<html>Log in to this network</html>"))
    with pytest.raises(PayloadError):
        connector(server).poll({})


@pytest.mark.parametrize(
    "cursor",
    [
        {"todo": 7},
        {"todo": [{"do": "x"}, 7]},
        {"again": "x"},
        {"seen": []},
        {"feed": "x", "started": {}},
        {"todo": [{"do": "feed"}]},
    ],
)
def test_an_odd_cursor_starts_anew(server: HostileServer, cursor: dict[str, Any]) -> None:
    quiet(server)
    assert run(server, cursor)[1]["todo"] == []


def test_a_deleted_comment_can_not_be_answered(server: HostileServer) -> None:
    on(server, "1_2/comments", json_answer(body(100, 33), "400 X"))
    with pytest.raises(Gone):
        connector(server).send(message())
