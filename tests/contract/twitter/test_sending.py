"""What goes out over the wire, looking whether it arrived, looking again at what is known, and renewing the access."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest

from channels.connectors.twitter import values
from channels.connectors.twitter.matching import same_text
from channels.errors import Gone, OutcomeUnknown, PermanentError, TransientError
from channels.messages import Change, SendMode
from tests.channels.hostile_server import HostileServer, Request, hang, hostile_server, json_answer
from tests.contract.twitter.payloads import (
    FATMA,
    OUR_POST,
    OWN_REPLY,
    QUESTION,
    REPLY,
    US,
    USERS,
    in_post_words,
    mention,
)
from tests.contract.twitter.wire import (
    CREDENTIALS,
    LOOKUP,
    ME,
    OWN,
    TOKENS,
    by_query,
    calls,
    connector,
    message,
    sent_json,
)

IN_CONVERSATION = f"/x/2/dm_conversations/{US}-{FATMA}/messages"
WITH_PERSON = f"/x/2/dm_conversations/with/{FATMA}/messages"
PRIVATE = SendMode.DIRECT_MESSAGE


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


# -- sending -----------------------------------------------------------------------------------------------------------


def test_a_reply_names_what_it_answers(server: HostileServer) -> None:
    server.on[LOOKUP] = json_answer({"data": {"id": "2080000000000000900", "text": "x"}}, "201 Created")
    receipt = connector(server).send(message(text="Tot dinsdag & bedankt é"))
    assert [request.method for request in server.seen] == ["POST"]
    assert sent_json(server.seen[0]) == {"text": "Tot dinsdag & bedankt é", "reply": {"in_reply_to_tweet_id": QUESTION}}
    assert receipt.external_id == "2080000000000000900"
    assert receipt.permalink == "https://x.com/gem_eikenrode/status/2080000000000000900"
    assert receipt.sent_at == values.time_of("2080000000000000900")


def test_a_private_message_goes_into_its_conversation(server: HostileServer) -> None:
    data = {"dm_conversation_id": f"{US}-{FATMA}", "dm_event_id": "2080000000000000901"}
    server.on[IN_CONVERSATION] = json_answer({"data": data}, "201 Created")
    receipt = connector(server).send(message(PRIVATE))
    assert sent_json(server.seen[0]) == {"text": "Ja, ook daar"}
    assert (receipt.external_id, receipt.thread_id) == ("2080000000000000901", f"dm:{US}-{FATMA}")


@pytest.mark.parametrize("thread_id", ["", f"private-reply:{QUESTION}", "dm:1/../2"])
def test_without_a_conversation_it_goes_to_the_person(server: HostileServer, thread_id: str) -> None:
    data = {"dm_conversation_id": f"{US}-{FATMA}", "dm_event_id": "2080000000000000901"}
    server.on[WITH_PERSON] = json_answer({"data": data}, "201 Created")
    receipt = connector(server).send(message(PRIVATE, thread_id=thread_id))
    assert receipt.thread_id == f"dm:{US}-{FATMA}"
    assert receipt.recipient_id == FATMA


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"text": " \n"}, "empty"),
        ({"text": "a" * 281}, "too_long"),
        ({"text": "你" * 141}, "too_long"),
        ({"text": "a\ufeffb"}, "invalid_character"),
        ({"in_reply_to": ""}, "no_target"),
        ({"mode": PRIVATE, "text": "a" * 10_001}, "too_long"),
        ({"mode": PRIVATE, "thread_id": "", "recipient_id": ""}, "no_target"),
    ],
)
def test_what_x_will_never_take_does_not_leave(server: HostileServer, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(PermanentError) as caught:
        connector(server).send(message(**changed))
    assert caught.value.code == code
    assert server.seen == []


def test_280_with_a_long_address_leaves(server: HostileServer) -> None:
    server.on[LOOKUP] = json_answer({"data": {"id": "1"}}, "201 Created")
    link = "https://www.eikenrode.example/" + "a" * 300
    assert connector(server).send(message(text="a" * 256 + " " + link)).external_id == "1"


def test_a_time_out_after_the_body_left_is_unknown_and_not_tried_again(server: HostileServer) -> None:
    server.on[LOOKUP] = hang(server)
    with pytest.raises(OutcomeUnknown):
        connector(server).send(message())
    assert len(server.seen) == 1


# -- looking whether it arrived ----------------------------------------------------------------------------------------


def own_posts(*posts: dict[str, Any], next_token: str = "") -> dict[str, Any]:
    return {"data": list(posts), "includes": {"users": USERS, "tweets": [REPLY]}, "meta": {"next_token": next_token} if next_token else {}}  # fmt: skip


@pytest.mark.parametrize("convert", [lambda body: body, in_post_words], ids=["tweet words", "post words"])
def test_a_reply_is_found_by_place_and_text(server: HostileServer, convert: Any) -> None:
    other_place = {
        **OWN_REPLY,
        "id": "1",
        "edit_history_tweet_ids": ["1"],
        "referenced_tweets": [{"type": "replied_to", "id": "5"}],
    }
    server.on[OWN] = json_answer(convert(own_posts(other_place, OWN_REPLY)))
    since = datetime(2026, 11, 20, 9, 29, tzinfo=UTC)
    receipt = connector(server).find_sent(message(text="Ja, ook daar <3"), since=since)
    assert receipt is not None
    assert receipt.external_id == OWN_REPLY["id"]
    assert receipt.sent_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert calls(server, OWN)[0]["start_time"] == "2026-11-20T09:28:00Z"  # a minute of slack between two clocks


@pytest.mark.parametrize("changed", [{"text": "Nee"}, {"in_reply_to": OUR_POST}, {"text": "Ja, ook daar <3 hoor"}])
def test_another_text_or_place_is_not_ours(server: HostileServer, changed: dict[str, Any]) -> None:
    server.on[OWN] = json_answer(own_posts(OWN_REPLY))
    ours = message(**{"text": "Ja, ook daar <3", **changed})
    assert connector(server).find_sent(ours, since=datetime.now(UTC)) is None


def test_all_pages_are_looked_through_and_too_many_is_no_proof(server: HostileServer) -> None:
    pages = {"": own_posts({**OWN_REPLY, "text": "Iets anders"}, next_token="p2"), "p2": own_posts(OWN_REPLY)}
    server.on[OWN] = by_query(lambda q: json_answer(pages[q.get("pagination_token", "")]))
    ours = message(text="Ja, ook daar <3")
    assert connector(server).find_sent(ours, since=datetime.now(UTC)) is not None
    server.on[OWN] = json_answer(own_posts({**OWN_REPLY, "text": "Iets anders"}, next_token="more"))
    with pytest.raises(TransientError):
        connector(server).find_sent(ours, since=datetime.now(UTC))


def test_a_private_message_is_found_in_its_conversation(server: HostileServer) -> None:
    def event(own_id: str, sender: str, text: str, at: str) -> dict[str, Any]:
        return {"id": own_id, "event_type": "MessageCreate", "text": text, "sender_id": sender, "created_at": at, "dm_conversation_id": f"{US}-{FATMA}"}  # fmt: skip

    events = [
        event("4", FATMA, "Ja, ook daar", "2026-11-20T10:03:00.000Z"),
        event("3", US, "Ja, ook daar", "2026-11-20T10:02:00.000Z"),
        event("2", US, "Ja, ook daar", "2026-11-20T09:00:00.000Z"),
    ]
    server.on[f"/x/2/dm_conversations/{US}-{FATMA}/dm_events"] = json_answer({"data": events, "meta": {}})
    at = datetime(2026, 11, 20, 10, 1, tzinfo=UTC)
    receipt = connector(server).find_sent(message(PRIVATE), since=at)
    assert receipt is not None
    assert (receipt.external_id, receipt.thread_id) == ("3", f"dm:{US}-{FATMA}")
    assert connector(server).find_sent(message(PRIVATE), since=at + timedelta(hours=1)) is None


@pytest.mark.parametrize(
    ("ours", "found"),
    [
        ("Kijk op https://eikenrode.nl/afval", "@fatmadb Kijk op https://eikenrode.nl/afval"),
        ("Kijk op eikenrode.nl/afval.", "@fatmadb @pietkok Kijk op http://eikenrode.nl/afval."),
        ("Kijk (eikenrode.nl)", "Kijk (https://t.co/abc123)"),
        ("@fatmadb hoi", "@fatmadb @pietkok hoi"),
        ("cafe\u0301  open\n\nmorgen", "café open morgen"),
        ("@fatmadb", "@fatmadb"),
    ],
)
def test_what_x_changes_in_a_text_is_no_difference(ours: str, found: str) -> None:
    assert same_text(ours, found)


@pytest.mark.parametrize(("ours", "found"), [("Ja", "Nee"), ("Ja", "Ja ja"), ("Ja", "https://t.co/abc123"), ("", "Ja")])
def test_what_is_another_text_stays_another(ours: str, found: str) -> None:
    assert not same_text(ours, found)


# -- what is known -----------------------------------------------------------------------------------------------------


def test_rechecking_tells_texts_of_now_and_what_is_gone(server: HostileServer) -> None:
    gone = {"resource_id": "456", "resource_type": "tweet", "type": "https://api.x.com/2/problems/resource-not-found"}
    hidden = {
        "resource_id": "457",
        "resource_type": "post",
        "type": "https://api.x.com/2/problems/not-authorized-for-resource",
    }
    withheld = {
        **REPLY,
        "id": "458",
        "edit_history_tweet_ids": ["458"],
        "withheld": {"copyright": False, "country_codes": ["NL"]},
    }
    edited_id = "2080000000000000250"
    history = [QUESTION, edited_id]
    versions = {
        QUESTION: {**REPLY, "edit_history_tweet_ids": history},
        edited_id: {**REPLY, "id": edited_id, "text": "Verbeterd", "edit_history_tweet_ids": history},
    }

    def choose(asked: dict[str, str]) -> Any:
        ids = asked["ids"].split(",")
        found = [versions[one] for one in ids if one in versions] + ([withheld] if "458" in ids else [])
        return json_answer({"data": found, "errors": [gone, hidden] if "456" in ids else []})

    server.on[LOOKUP] = by_query(choose)
    changes = connector(server).recheck([QUESTION, "456", "457", "458", "e4f4d3fc-8bbf-4928-92eb-e5058d6bb6f6"])
    found = {(one.external_id, one.change, one.text) for one in changes}
    assert found == {
        (QUESTION, Change.EDITED, "Verbeterd"),
        ("456", Change.DELETED, ""),
        ("457", Change.DELETED, ""),
        ("458", Change.EDITED, "@gem_eikenrode Ook in De Weide?"),
        ("458", Change.HIDDEN, ""),
    }
    assert [q["ids"] for q in calls(server, LOOKUP)] == [f"{QUESTION},456,457,458", edited_id]


def test_rechecking_when_everything_is_gone(server: HostileServer) -> None:
    gone = {"resource_id": "456", "resource_type": "tweet", "type": "https://api.x.com/2/problems/resource-not-found"}
    server.on[LOOKUP] = json_answer({"errors": [gone]})
    assert [one.change for one in connector(server).recheck(["456"])] == [Change.DELETED]


def test_a_post_that_we_answer_and_that_is_gone_is_told_as_gone(server: HostileServer) -> None:
    detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
    server.on[LOOKUP] = json_answer({"title": "Forbidden", "detail": detail, "type": "about:blank"}, "403 X")
    with pytest.raises(Gone):
        connector(server).send(message())


# -- account -----------------------------------------------------------------------------------------------------------


def test_the_account_says_who_it_is(server: HostileServer) -> None:
    server.on[ME] = json_answer({"data": USERS[0]})
    expires = "2026-11-24T16:00:00+00:00"
    status = connector(server, credentials={**CREDENTIALS, "expires_at": expires}).check()
    assert (status.external_id, status.handle, status.name) == (US, "gem_eikenrode", "Gemeente Eikenrode")
    assert status.expires_at == datetime.fromisoformat(expires)


def test_renewing_the_access_replaces_both_tokens(server: HostileServer) -> None:
    answer = {"token_type": "bearer", "expires_in": 7200, "access_token": "access-2", "refresh_token": "refresh-2"}
    server.on[TOKENS] = json_answer(answer)
    renewed = connector(server).refresh()
    request: Request = server.seen[0]
    assert request.headers["authorization"] == "Basic " + base64.b64encode(b"client-1:secret-1").decode()
    form = {key: value[0] for key, value in parse_qs(request.body.decode()).items()}
    assert form == {"grant_type": "refresh_token", "refresh_token": "refresh-1", "client_id": "client-1"}
    assert renewed.keys() == CREDENTIALS.keys() | {"expires_at"}
    assert (renewed["access_token"], renewed["refresh_token"]) == ("access-2", "refresh-2")
    assert renewed["client_secret"] == "secret-1"
    left = datetime.fromisoformat(renewed["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=119) < left <= timedelta(hours=2)


def test_mentions_of_others_are_no_summons(server: HostileServer) -> None:
    from tests.contract.twitter.payloads import body, events

    other = {**REPLY, "text": "@pietkok Weet jij het?", "entities": {"mentions": [mention("9", "pietkok")]}}
    assert [getattr(one, "is_summons", None) for one in events(body(other))] == [False]
