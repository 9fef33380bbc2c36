"""What goes out and how it is found again, with a real server that answers in LinkedIn's shapes."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.connectors.linkedin import urns
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.connectors.linkedin.rest import sign_in_address
from channels.errors import Gone, OutcomeUnknown, PermanentError, TransientError
from channels.messages import SendMode
from tests.channels.hostile_server import HostileServer, answer, hostile_server, json_answer
from tests.contract.linkedin.payloads import ACTIVITY, FATMA, MADE, OMER, SHARE, US, comment, number, urn
from tests.contract.linkedin.wire import (
    QUESTION,
    READ_QUESTION,
    WRITE,
    calls,
    comments_of,
    connector,
    listed,
    message,
)

SAID = number(MADE + 60_000)
MADE_URN = f"urn:li:comment:({ACTIVITY},{SAID})"
CREATED = "201 Created"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def sent(server: HostileServer) -> tuple[str, Any]:
    [request] = [request for request in server.seen if request.method == "POST"]
    return request.target, json.loads(request.body)


# -- sending -----------------------------------------------------------------------------------------------------------


def test_an_answer_goes_under_the_comment_as_the_page(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    made = comment("Ja, ook daar", US, MADE + 60_000, parentComment=QUESTION)
    server.on[WRITE] = json_answer(made, CREATED, x_restli_id=SAID)
    receipt = connector(server).send(message(text="Ja, ook daar & tot dinsdag é"))
    target, body = sent(server)
    assert target == WRITE
    assert body == {
        "actor": US,
        "object": ACTIVITY,
        "parentComment": QUESTION,
        "message": {"text": "Ja, ook daar & tot dinsdag é"},
    }
    assert receipt.external_id == MADE_URN
    assert receipt.sent_at == datetime.fromtimestamp((MADE + 60_000) / 1000, UTC)
    assert receipt.permalink == urns.permalink(MADE_URN, QUESTION)


def test_an_answer_to_an_answer_goes_under_the_comment_above_both(server: HostileServer) -> None:
    top = urn(MADE - 90_000)
    server.on[READ_QUESTION] = json_answer(comment(parentComment=top.replace("urn:li:activity", "activity")))
    server.on[comments_of(top)] = json_answer({}, CREATED, x_restli_id=SAID)
    receipt = connector(server).send(message())
    assert sent(server)[1]["parentComment"] == top
    assert receipt.external_id == MADE_URN


def test_a_mention_is_answered_under_its_post(server: HostileServer) -> None:
    made = comment("Dank u", US, MADE + 60_000)
    server.on[comments_of(SHARE)] = json_answer(made, CREATED, x_restli_id=SAID)
    receipt = connector(server).send(message(in_reply_to=SHARE, root_id="", thread_id=f"post:{ACTIVITY}:{OMER}"))
    body = sent(server)[1]
    assert (body["object"], "parentComment" in body) == (ACTIVITY, False)
    assert receipt.external_id == MADE_URN
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("said", "header"),
    [
        ({}, SAID),
        ({}, MADE_URN.replace("urn:li:activity", "activity")),
        ({"commentUrn": MADE_URN}, ""),
        ({"$URN": MADE_URN}, SAID),
        ({"id": SAID, "object": ACTIVITY}, ""),
        ({"id": {}, "object": 7}, SAID),
        ({"commentUrn": MADE_URN, "created": "x"}, SAID),
    ],
)
def test_the_id_is_taken_from_wherever_linkedin_says_it(server: HostileServer, said: Any, header: str) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    server.on[WRITE] = json_answer(said, CREATED, x_restli_id=header)
    assert connector(server).send(message()).external_id == MADE_URN


def test_an_id_in_the_header_is_enough_when_the_body_breaks(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    server.on[WRITE] = answer(b'{"id": "70', CREATED, x_restli_id=SAID)
    assert connector(server).send(message()).external_id == MADE_URN


def test_taken_without_an_id_is_an_unknown_outcome(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    server.on[WRITE] = json_answer({}, CREATED)
    with pytest.raises(OutcomeUnknown):
        connector(server).send(message())
    # A share's own number says nothing of the activity that its comments are named after.
    server.on[comments_of(SHARE)] = json_answer({}, CREATED, x_restli_id=SAID)
    with pytest.raises(OutcomeUnknown):
        connector(server).send(message(in_reply_to=SHARE, root_id="", thread_id=""))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"text": "x" * 1_251}, "too_long"),
        ({"text": "😀" * 626}, "too_long"),
        ({"text": "  \n"}, "empty"),
        ({"mode": SendMode.DIRECT_MESSAGE}, "unsupported"),
        ({"mode": SendMode.PRIVATE_REPLY}, "unsupported"),
        ({"in_reply_to": "", "root_id": ""}, "no_target"),
        ({"in_reply_to": "seen-by-person:7", "root_id": ""}, "no_target"),
    ],
)
def test_what_can_not_be_sent_is_told_before_any_call(server: HostileServer, changed: Any, code: str) -> None:
    with pytest.raises(PermanentError) as caught:
        connector(server).send(message(**changed))
    assert caught.value.code == code
    assert server.seen == []


def test_a_comment_that_is_gone_is_not_answered(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer({"status": 404, "message": "Could not find entity"}, "404 X")
    with pytest.raises(Gone):
        connector(server).send(message())
    assert [request.method for request in server.seen] == ["GET"]


def test_length_is_counted_in_utf_16() -> None:
    assert LinkedInConnector.count_text("é😀\ud800", private=False) == 4


# -- looking whether it arrived ----------------------------------------------------------------------------------------


def test_our_own_comment_with_this_text_is_found(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    others = [
        comment("Ja, ook daar", OMER, MADE + 120_000),
        comment("Iets anders", US, MADE + 90_000),
        comment("Ja,  ook\ndaar", US, MADE + 60_000),
    ]
    server.on[WRITE] = json_answer(listed(*others))
    receipt = connector(server).find_sent(message(), since=datetime.fromtimestamp(MADE / 1000, UTC))
    assert receipt is not None
    assert receipt.external_id == MADE_URN


def test_what_we_said_before_is_not_what_we_look_for(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    server.on[WRITE] = json_answer(listed(comment("Ja, ook daar", US, MADE)))
    since = datetime.fromtimestamp(MADE / 1000, UTC) + timedelta(minutes=2)
    assert connector(server).find_sent(message(), since=since) is None


def test_with_the_question_gone_the_answer_is_gone_too(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer({"status": 404, "message": "Could not find entity"}, "404 X")
    assert connector(server).find_sent(message(), since=datetime.now(UTC)) is None


def test_looking_goes_on_where_the_list_is_not_new_to_old_and_ends_undecided(server: HostileServer) -> None:
    server.on[READ_QUESTION] = json_answer(comment())
    since = datetime.fromtimestamp(MADE / 1000, UTC)
    older = [comment("x", FATMA, MADE - 3_600_000 - index) for index in range(100)]
    server.on[WRITE] = json_answer(listed(*older, more=True))
    assert connector(server).find_sent(message(), since=since) is None
    assert len(calls(server, WRITE)) == 1
    server.on[WRITE] = json_answer(listed(*reversed(older), more=True))
    with pytest.raises(TransientError) as caught:
        connector(server).find_sent(message(), since=since)
    assert caught.value.code == "too_many"


# -- addresses ---------------------------------------------------------------------------------------------------------


def test_urns_in_a_path_are_encoded_whole_and_lists_in_a_query_keep_their_structure() -> None:
    assert comments_of(QUESTION).endswith(f"%2C{number(MADE)}%29/comments")
    assert "%28urn%3Ali%3Aactivity%3A" in comments_of(QUESTION)
    assert urns.listed(["COMMENT", "urn:li:x:(1,2)"]) == "List(COMMENT,urn%3Ali%3Ax%3A%281%2C2%29)"


def test_signing_in_is_another_host_at_linkedin_itself_only() -> None:
    assert sign_in_address("https://api.linkedin.com", "accessToken") == "https://www.linkedin.com/oauth/v2/accessToken"
    beside = sign_in_address("http://127.0.0.1:1/linkedin", "accessToken")
    assert beside == "http://127.0.0.1:1/linkedin/oauth/v2/accessToken"
