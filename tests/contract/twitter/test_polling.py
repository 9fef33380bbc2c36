"""Reading an account over a real connection: pages, cursors, limits and failures."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.connectors.twitter import values
from channels.errors import CredentialsRejected, Misconfigured, OutOfCredit, PayloadError, RateLimited, TransientError
from tests.channels.hostile_server import Behaviour, HostileServer, answer, hostile_server, json_answer, reset
from tests.contract.twitter.lists import TYPES, invalid, messages, page, post, read_all, x_id
from tests.contract.twitter.wire import (
    DMS,
    LOOKUP,
    MENTIONS,
    OWN,
    SEARCH,
    by_query,
    calls,
    connector,
    quiet,
    rates,
)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        quiet(running)
        running.on[LOOKUP] = json_answer({"meta": {"result_count": 0}})
        yield running


# -- cursors -----------------------------------------------------------------------------------------------------------


def test_the_first_run_goes_back_as_far_as_the_backfill(server: HostileServer) -> None:
    read_all(server, backfill_days=3)
    for path in (MENTIONS, OWN):
        start = datetime.fromisoformat(calls(server, path)[0]["start_time"])
        assert timedelta(days=3) - timedelta(seconds=30) < datetime.now(UTC) - start < timedelta(days=3, seconds=30)
        assert "since_id" not in calls(server, path)[0]


def test_the_cursor_moves_only_after_the_last_page_to_the_newest_of_the_first(server: HostileServer) -> None:
    first, second, third, late = (post(x_id(n)) for n in (5, 10, 15, 1))
    pages = {"": page(first, next_token="p2"), "p2": page(second, next_token="p3"), "p3": page(third)}
    server.on[MENTIONS] = by_query(lambda q: json_answer(pages[q.get("pagination_token", "")]))
    start = connector(server).poll({})
    assert start.more
    assert "since" not in start.cursor["mentions"]
    # Something new arrives while older pages are read: it must not move the end of this run.
    pages[""] = page(late, next_token="p2")
    rest = read_all(server, start.cursor)
    assert rest[-1].cursor["mentions"] == {"since": first["id"]}
    asked = calls(server, MENTIONS)
    assert len({q["start_time"] for q in asked}) == 1
    assert {m.external_id for m in messages(start, *rest)} == {first["id"], second["id"], third["id"]}
    pages[""] = page(late)
    again = connector(server).poll(rest[-1].cursor)
    assert calls(server, MENTIONS)[-1]["since_id"] == first["id"]
    assert again.cursor["mentions"] == {"since": late["id"]}


def test_paging_goes_on_with_the_same_since_id(server: HostileServer) -> None:
    pages = {"": page(post(x_id(1)), next_token="p2"), "p2": page(post(x_id(2)))}
    server.on[MENTIONS] = by_query(lambda q: json_answer(pages[q.get("pagination_token", "")]))
    since = x_id(60)
    read_all(server, {"mentions": {"since": since}})
    assert [q["since_id"] for q in calls(server, MENTIONS)] == [since, since]


def test_an_empty_page_leaves_the_cursor_where_it_is(server: HostileServer) -> None:
    since = x_id(60)
    done = connector(server).poll({"mentions": {"since": since}})
    assert done.cursor["mentions"] == {"since": since}
    assert not done.more


def test_a_rejected_since_id_becomes_a_time(server: HostileServer) -> None:
    since = x_id(600)
    server.on[MENTIONS] = by_query(
        lambda q: invalid("since_id") if "since_id" in q else json_answer(page(post(x_id(1))))
    )
    done = connector(server).poll({"mentions": {"since": since}})
    start = datetime.fromisoformat(calls(server, MENTIONS)[-1]["start_time"])
    known = values.time_of(since)
    assert known is not None
    assert timedelta(0) <= known - start <= timedelta(minutes=2)
    assert len(messages(done)) == 1
    assert "since" in done.cursor["mentions"]


def test_a_page_token_that_ran_out_begins_the_run_again(server: HostileServer) -> None:
    since, newest = x_id(60), x_id(1)
    server.on[MENTIONS] = by_query(
        lambda q: invalid("pagination_token") if "pagination_token" in q else json_answer(page(post(newest)))
    )
    done = connector(server).poll({"mentions": {"since": since, "next": "old", "newest": x_id(2)}})
    assert done.cursor["mentions"] == {"since": newest}
    assert [q.get("since_id") for q in calls(server, MENTIONS)] == [since, since]


def test_the_same_page_token_again_ends_the_run(server: HostileServer) -> None:
    server.on[MENTIONS] = json_answer(page(post(x_id(1)), next_token="again"))
    pages = read_all(server)
    assert len(pages) == 2


def test_a_page_that_is_none_moves_nothing(server: HostileServer) -> None:
    since = x_id(60)
    server.on[MENTIONS] = json_answer({"data": {"id": "1"}, "meta": {"newest_id": x_id(1)}})
    first = connector(server).poll({"mentions": {"since": since}})
    assert first.cursor["mentions"]["since"] == since
    with pytest.raises(PayloadError):
        connector(server).poll(first.cursor)


@pytest.mark.parametrize(
    "cursor", [{"mentions": 7}, {"watch": [], "hold": 3, "roots": None, "failed": "x"}, {"search": {"queue": None}}]
)
def test_a_cursor_that_was_damaged_starts_anew(server: HostileServer, cursor: dict[str, Any]) -> None:
    assert not connector(server).poll(cursor).more


# -- failures ----------------------------------------------------------------------------------------------------------


def test_a_limit_on_one_list_leaves_the_others(server: HostileServer) -> None:
    server.on[MENTIONS] = json_answer(page(post(x_id(1))))
    server.on[DMS] = json_answer(
        {"title": "Too Many Requests", "type": "about:blank"}, "429 X", **rates(15, 0, reset_in=300)
    )
    done = connector(server).poll({})
    assert len(messages(done)) == 1
    assert not done.more
    assert 290 < done.cursor["hold"]["dm"] - time.time() < 310
    connector(server).poll(done.cursor)
    assert len(calls(server, DMS)) == 1  # not asked again before the reset


@pytest.mark.parametrize("has_reset", [True, False])
def test_a_limit_on_everything_is_raised(server: HostileServer, has_reset: bool) -> None:
    headers = rates(300, 0, reset_in=120) if has_reset else {}
    for path in (MENTIONS, OWN, DMS, SEARCH):
        server.on[path] = json_answer({"title": "Too Many Requests", "type": "about:blank"}, "429 X", **headers)
    with pytest.raises(RateLimited) as caught:
        connector(server).poll({})
    assert caught.value.retry_after is not None
    expected = 120 if has_reset else 900
    assert expected - 60 <= caught.value.retry_after.total_seconds() <= expected


def test_what_is_left_of_a_small_limit_is_spread(server: HostileServer) -> None:
    server.on[DMS] = json_answer({"meta": {"result_count": 0}}, **rates(15, 6, reset_in=400))
    done = connector(server).poll({})
    assert 90 < done.cursor["hold"]["dm"] - time.time() < 110  # 6 left, 3 of them kept for looking up what was sent
    server.on[DMS] = json_answer({"meta": {"result_count": 0}}, **rates(15, 14))
    assert connector(server).poll({}).cursor["hold"] == {}


def test_a_missing_permission_for_one_list_is_told_after_the_others_were_read(server: HostileServer) -> None:
    server.on[MENTIONS] = json_answer(page(post(x_id(1))))
    server.on[DMS] = json_answer({"title": "Forbidden", "detail": "no dm.read", "type": "about:blank"}, "403 X")
    first = connector(server).poll({})
    assert len(messages(first)) == 1
    assert first.more
    with pytest.raises(Misconfigured):
        connector(server).poll(first.cursor)
    assert len(calls(server, MENTIONS)) == 1
    # In the next run, later, the mentions are read all the same.
    later = {**first.cursor, "failed": {"stream": "dm", "at": int(time.time()) - 3600}}
    connector(server).poll(later)
    assert len(calls(server, MENTIONS)) == 2


def test_direct_messages_can_be_left_alone(server: HostileServer) -> None:
    connector(server, direct_messages=False).poll({})
    assert calls(server, DMS) == []


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (json_answer({"title": "Unauthorized", "type": "about:blank"}, "401 X"), CredentialsRejected),
        (json_answer({"title": "CreditsDepleted", "type": TYPES + "credits"}, "402 X"), OutOfCredit),
        (answer(b"", "503 X"), TransientError),
        (reset, TransientError),
    ],
)
def test_what_concerns_the_whole_account_is_raised_at_once(
    server: HostileServer, behaviour: Behaviour, kind: type[Exception]
) -> None:
    server.on[MENTIONS] = behaviour
    with pytest.raises(kind):
        connector(server).poll({})
    assert calls(server, OWN) == []


def test_what_was_read_before_the_account_failed_is_kept(server: HostileServer) -> None:
    server.on[MENTIONS] = json_answer(page(post(x_id(1))))
    server.on[OWN] = json_answer({"title": "Unauthorized", "type": "about:blank"}, "401 X")
    first = connector(server).poll({})
    assert len(messages(first)) == 1
    assert first.more
    with pytest.raises(CredentialsRejected):
        connector(server).poll(first.cursor)
