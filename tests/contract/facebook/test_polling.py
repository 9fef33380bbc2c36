"""Polling step by step, with a real server that answers in Graph's shapes."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import PayloadError, TransientError
from tests.channels.hostile_server import Behaviour, HostileServer, Request, answer, hostile_server, json_answer
from tests.contract.test_error_table_facebook import PAGE, body, connector


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def on(server: HostileServer, path: str, behaviour: Behaviour) -> None:
    server.on[f"/graph/v26.0/{path}"] = behaviour


def query(request: Request) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(request.target).query).items()}


def comment(own_id: str, text: str, who: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": own_id,
        "message": text,
        "from": {"id": who},
        "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"),
        **more,
    }


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
