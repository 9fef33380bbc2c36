"""Reading an account over a real connection: pages, cursors, limits, conversations, context."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.connectors.twitter import values
from channels.connectors.twitter.connector import TwitterConnector
from channels.errors import CredentialsRejected, Misconfigured, OutOfCredit, PayloadError, RateLimited, TransientError
from channels.messages import Direction, InboundMessage, Page
from tests.channels.hostile_server import Behaviour, HostileServer, answer, hostile_server, json_answer, reset
from tests.contract.twitter.payloads import FATMA, HANDLE, PIET, US, USERS, account, in_post_words, mention
from tests.contract.twitter.wire import (
    DMS,
    LOOKUP,
    MENTIONS,
    OWN,
    SEARCH,
    by_query,
    calls,
    connector,
    in_turn,
    quiet,
    rates,
)

TYPES = "https://api.x.com/2/problems/"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        quiet(running)
        running.on[LOOKUP] = json_answer({"meta": {"result_count": 0}})
        yield running


def x_id(minutes_ago: float, extra: int = 0) -> str:
    return str(int(values.id_at(datetime.now(UTC) - timedelta(minutes=minutes_ago))) + extra)


def post(
    own_id: str, author: str = FATMA, *, under: str = "", answers_user: str = "", text: str = "", **more: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": own_id,
        "text": text or f"@{HANDLE} vraag {own_id[-4:]}",
        "author_id": author,
        "conversation_id": under or own_id,
        "edit_history_tweet_ids": [own_id],
        **more,
    }
    if under:
        found["referenced_tweets"] = [{"type": "replied_to", "id": under}]
        found["in_reply_to_user_id"] = answers_user or US
    if f"@{HANDLE}" in found["text"]:
        found["entities"] = {"mentions": [mention(US, HANDLE)]}
    return found


def page(*posts: dict[str, Any], next_token: str = "", **includes: Any) -> dict[str, Any]:
    meta: dict[str, Any] = {"result_count": len(posts)}
    if posts:
        meta |= {"newest_id": posts[0]["id"], "oldest_id": posts[-1]["id"]}
    if next_token:
        meta["next_token"] = next_token
    found = {"data": list(posts), "includes": {"users": USERS, **includes}, "meta": meta}
    return found if posts else {"meta": meta}


def invalid(parameter: str, message: str = "x") -> Behaviour:
    error = {"parameters": {parameter: ["x"]}, "message": message}
    return json_answer({"errors": [error], "title": "Invalid Request", "detail": "x", "type": TYPES + "invalid-request"}, "400 X")  # fmt: skip


def messages(*pages: Page) -> list[InboundMessage]:
    found = [e for one in pages for item in one.items for e in TwitterConnector.parse(item.payload, account())]
    return [one for one in found if isinstance(one, InboundMessage)]


def read_all(server: HostileServer, cursor: Any = None, **settings: Any) -> list[Page]:
    pages = [connector(server, **settings).poll(cursor or {})]
    while pages[-1].more:
        assert len(pages) < 20
        pages.append(connector(server, **settings).poll(pages[-1].cursor))
    return pages


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
    assert expected - 5 <= caught.value.retry_after.total_seconds() <= expected


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


# -- conversations -----------------------------------------------------------------------------------------------------


def test_answers_under_our_own_posts_are_searched(server: HostileServer) -> None:
    ours, answer_id = x_id(60), x_id(5)
    server.on[OWN] = json_answer(page(post(ours, US, text="Vrijdag papier")))
    untagged = post(answer_id, PIET, under=ours, answers_user=US, text="Fijn")
    server.on[SEARCH] = json_answer(page(untagged, tweets=[post(ours, US, text="Vrijdag papier")]))
    first = connector(server).poll({})
    asked = calls(server, SEARCH)
    assert [q["query"] for q in asked] == [f"conversation_id:{ours}"]
    assert asked[0]["since_id"] == ours
    reply = [m for item in first.items if "papier" not in item.payload["post"]["text"] for m in messages(Page(items=(item,), cursor={}))]  # fmt: skip
    assert [m.external_id for m in reply] == [answer_id]
    assert reply[0].is_summons is False
    assert reply[0].thread_id == f"{ours}:{PIET}"
    assert reply[0].root is not None
    assert (reply[0].root.text, reply[0].root.is_ours) == ("Vrijdag papier", True)
    # The next search starts at what was found.
    server.on[SEARCH] = json_answer({"meta": {"result_count": 0}})
    connector(server).poll(first.cursor)
    assert calls(server, SEARCH)[-1]["since_id"] == answer_id


def test_many_conversations_take_few_searches_and_the_oldest_are_dropped(server: HostileServer) -> None:
    own = [post(x_id(n * 10), US, text="Bericht") for n in range(60)]
    server.on[OWN] = json_answer(page(*own))
    pages = read_all(server)
    asked = [q["query"] for q in calls(server, SEARCH)]
    assert len(asked) == 3
    assert all(len(query) <= 512 for query in asked)
    watched = {word for query in asked for word in query.replace("conversation_id:", "").split(" OR ")}
    assert watched == {one["id"] for one in own[:36]}
    assert len(pages[-1].cursor["watch"]) == 36


def test_a_search_result_of_many_pages_is_read_to_its_end_first(server: HostileServer) -> None:
    ours = x_id(60)
    server.on[OWN] = json_answer(page(post(ours, US, text="Bericht")))
    newest, older = post(x_id(2), PIET, under=ours), post(x_id(3), FATMA, under=ours)
    pages = {"": page(newest, next_token="p2"), "p2": page(older)}
    server.on[SEARCH] = by_query(lambda q: json_answer(pages[q.get("next_token", "")]))
    done = read_all(server)
    assert [q["since_id"] for q in calls(server, SEARCH)] == [ours, ours]
    assert done[-1].cursor["watch"][ours]["since"] == newest["id"]


def test_a_conversation_that_is_older_than_a_week_is_searched_by_time(server: HostileServer) -> None:
    old = x_id(60 * 24 * 9)
    watch = {old: {"at": int(time.time()) - 60, "since": old, "ours": True}}
    connector(server).poll({"watch": watch})
    asked = calls(server, SEARCH)[0]
    assert "since_id" not in asked
    assert datetime.now(UTC) - datetime.fromisoformat(asked["start_time"]) < timedelta(days=7)


def test_a_search_that_takes_no_since_id_looks_by_time(server: HostileServer) -> None:
    ours = x_id(60)
    server.on[SEARCH] = by_query(lambda q: invalid("since_id") if "since_id" in q else json_answer(page(post(x_id(1), PIET, under=ours))))  # fmt: skip
    watch = {ours: {"at": int(time.time()), "since": ours, "ours": True}}
    done = connector(server).poll({"watch": watch})
    assert ["start_time" in q for q in calls(server, SEARCH)] == [False, True]
    assert len(messages(done)) == 1


def test_what_others_say_to_each_other_elsewhere_is_not_stored(server: HostileServer) -> None:
    root = x_id(60)
    asked = post(x_id(50), FATMA, under=root, answers_user=PIET)
    server.on[MENTIONS] = json_answer(page(asked, tweets=[post(root, PIET, text="Wie weet dit?")]))
    more = post(x_id(40), FATMA, under=root, answers_user=FATMA, text="En nog iets")
    others = post(x_id(30), PIET, under=root, answers_user=FATMA, text="Geen idee")
    server.on[SEARCH] = json_answer(page(others, more))
    found = messages(*read_all(server))
    assert {m.text for m in found} == {asked["text"], "En nog iets"}
    assert {m.thread_id for m in found} == {f"{root}:{FATMA}"}


def test_a_quiet_conversation_is_forgotten_after_a_week(server: HostileServer) -> None:
    watch = {x_id(60): {"at": int(time.time()) - 8 * 86_400, "since": "1", "ours": True}}
    assert connector(server).poll({"watch": watch}).cursor["watch"] == {}
    assert calls(server, SEARCH) == []


# -- context -----------------------------------------------------------------------------------------------------------


def test_the_posts_above_are_fetched_together_and_once(server: HostileServer) -> None:
    roots = [post(x_id(600 + n), PIET, text=f"Begin {n}") for n in range(3)]
    server.on[MENTIONS] = json_answer(
        page(*(post(x_id(n + 1), FATMA, under=root["id"]) for n, root in enumerate(roots)))
    )
    server.on[LOOKUP] = json_answer(page(*roots))
    first = connector(server).poll({})
    assert len(calls(server, LOOKUP)) == 1
    assert set(calls(server, LOOKUP)[0]["ids"].split(",")) == {root["id"] for root in roots}
    assert {m.root.text for m in messages(first) if m.root} == {"Begin 0", "Begin 1", "Begin 2"}
    assert {m.root.author.handle for m in messages(first) if m.root} == {"pietkok"}
    server.on[MENTIONS] = json_answer(page(post(x_id(0), FATMA, under=roots[0]["id"])))
    second = connector(server).poll(first.cursor)
    assert len(calls(server, LOOKUP)) == 1
    assert [m.root.external_id for m in messages(second) if m.root] == [roots[0]["id"]]


def test_without_the_post_above_the_message_comes_all_the_same(server: HostileServer) -> None:
    root = x_id(600)
    server.on[MENTIONS] = json_answer(page(post(x_id(1), FATMA, under=root)))
    server.on[LOOKUP] = answer(b"", "503 X")
    done = connector(server).poll({})
    assert [m.root.external_id for m in messages(done) if m.root] == [root]
    assert done.cursor["roots"] == []  # asked again with the next one


def test_a_resident_who_begins_and_goes_on_is_one_conversation_without_a_post_above(server: HostileServer) -> None:
    begin = post(x_id(10), FATMA)
    more = post(x_id(9), FATMA, under=begin["id"], answers_user=FATMA)
    server.on[MENTIONS] = json_answer(page(more, begin, tweets=[begin]))
    found = messages(connector(server).poll({}))
    assert len({m.thread_id for m in found}) == 1
    assert [m.root for m in found] == [None, None]
    assert calls(server, LOOKUP) == []


def test_our_own_answers_made_elsewhere_are_outgoing(server: HostileServer) -> None:
    question = post(x_id(20), FATMA)
    own = post(x_id(10), US, under=question["id"], answers_user=FATMA, text="@fatmadb Dinsdag.")
    on = post(x_id(9), US, under=own["id"], answers_user=US, text="En woensdag.", conversation_id=question["id"])
    server.on[OWN] = json_answer(page({**on, "conversation_id": question["id"]}, own, tweets=[own, question]))
    found = messages(connector(server).poll({}))
    assert [m.direction for m in found] == [Direction.OUT] * 2
    assert {m.thread_id for m in found} == {f"{question['id']}:{FATMA}"}
    assert {m.contact.handle for m in found} == {"fatmadb"}
    assert {m.is_summons for m in found} == {None}


# -- direct messages ---------------------------------------------------------------------------------------------------


def event(own_id: str, text: str = "x") -> dict[str, Any]:
    return {
        "id": own_id,
        "event_type": "MessageCreate",
        "text": text,
        "sender_id": FATMA,
        "dm_conversation_id": f"{US}-{FATMA}",
    }


def test_direct_messages_are_read_until_one_that_is_known(server: HostileServer) -> None:
    ids = [x_id(n) for n in range(1, 7)]
    pages = {
        "": {"data": [event(ids[0]), event(ids[1])], "meta": {"next_token": "p2"}},
        "p2": {"data": [event(ids[2]), event(ids[3])], "meta": {"next_token": "p3"}},
    }
    server.on[DMS] = by_query(lambda q: json_answer(pages[q.get("pagination_token", "")]))
    done = read_all(server, {"dm": {"since": ids[3]}})
    assert [m.external_id for m in messages(*done)] == ids[:3]
    assert done[-1].cursor["dm"] == {"since": ids[0]}
    assert len(calls(server, DMS)) == 2
    assert all("since_id" not in q for q in calls(server, DMS))


def test_a_known_message_that_was_deleted_does_not_make_us_read_for_ever(server: HostileServer) -> None:
    server.on[DMS] = json_answer({"data": [event(x_id(1)), event(x_id(9))], "meta": {"next_token": "p2"}})
    done = read_all(server, {"dm": {"since": x_id(5)}})
    assert len(messages(*done)) == 1
    assert len(calls(server, DMS)) == 1


def test_the_first_run_reads_direct_messages_of_the_backfill_only(server: HostileServer) -> None:
    new, old = event(x_id(60)), event(x_id(60 * 24 * 8))
    server.on[DMS] = json_answer({"data": [new, old], "meta": {"next_token": "p2"}})
    done = read_all(server)
    assert [m.external_id for m in messages(*done)] == [new["id"]]
    assert done[-1].cursor["dm"] == {"since": new["id"]}


def test_a_next_token_on_the_last_page_leads_to_an_empty_one(server: HostileServer) -> None:
    pages = {"": {"data": [event(x_id(1))], "meta": {"next_token": "p2"}}, "p2": {"meta": {"result_count": 0}}}
    server.on[DMS] = by_query(lambda q: json_answer(pages[q.get("pagination_token", "")]))
    done = read_all(server)
    assert len(messages(*done)) == 1
    assert "next" not in done[-1].cursor["dm"]


# -- vocabularies ------------------------------------------------------------------------------------------------------


def test_what_is_asked_is_in_the_vocabulary_of_the_channel(server: HostileServer) -> None:
    connector(server).poll({})
    connector(server, vocabulary="post").poll({})
    connector(server, vocabulary="nonsense").poll({})
    old, new, default = calls(server, MENTIONS)
    assert "referenced_tweets" in old["tweet.fields"]
    assert "referenced_tweets.id" in old["expansions"]
    assert "note_tweet" in old["tweet.fields"]
    assert "post.fields" not in old
    assert "note_post" in new["post.fields"]
    assert "referenced_posts" in new["expansions"]
    assert "tweet" not in " ".join([*new, *new.values()])
    assert default == {**old, "start_time": default["start_time"]}


def test_both_vocabularies_mean_the_same(server: HostileServer) -> None:
    root = x_id(60)
    found = page(
        post(x_id(1), FATMA, under=root, note_tweet={"text": "Lang verhaal"}), tweets=[post(root, US, text="Bericht")]
    )
    server.on[MENTIONS] = in_turn(json_answer(found), json_answer(in_post_words(found)))
    one = messages(connector(server).poll({}))
    other = messages(connector(server, vocabulary="post").poll({}))
    assert one == other
    assert one[0].text == "Lang verhaal"
