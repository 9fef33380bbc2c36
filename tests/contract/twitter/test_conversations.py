"""What belongs together, over a real connection: threads under posts, context, direct messages, both vocabularies."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from channels.messages import Direction, Page
from tests.channels.hostile_server import HostileServer, answer, hostile_server, json_answer
from tests.contract.twitter.lists import event, invalid, messages, page, post, read_all, x_id
from tests.contract.twitter.payloads import FATMA, PIET, US, in_post_words
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
)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        quiet(running)
        running.on[LOOKUP] = json_answer({"meta": {"result_count": 0}})
        yield running


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
