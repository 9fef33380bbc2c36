"""What leaves for Graph when something is published, byte by byte, and answers that the sandbox does not give."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qs, quote

import pytest

from channels.errors import Misconfigured, OutcomeUnknown, PermanentError, TransientError
from channels.messages import OutboundPost, Picture, PostFigures
from tests.channels.hostile_server import HostileServer, Request, hostile_server, json_answer
from tests.contract.facebook.test_sending import on, query
from tests.contract.pictures import JPEG
from tests.contract.test_error_table_facebook import PAGE, body, connector

LINK = "https://www.eikenrode.example/afval"
POST = OutboundPost(key="9f1c", text="Morgen papier", link=LINK)
PHOTO = Picture(content=JPEG, content_type="image/jpeg", name="../eik.jpg", alt='Een eik & "sneeuw" ❄')


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def parts(request: Request) -> dict[str, Any]:
    """The parts of a form with a file in it."""
    kind = next(value for name, value in request.headers.items() if name.lower() == "content-type")
    whole = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body)
    return {part.get_param("name", header="content-disposition"): part for part in whole.iter_parts()}


def test_a_picture_is_a_file_that_nobody_sees_and_the_post_names_it(server: HostileServer) -> None:
    on(server, f"{PAGE}/photos", json_answer({"id": "777"}))
    on(server, f"{PAGE}/feed", json_answer({"id": "31", "permalink_url": "p"}))
    receipt = connector(server).publish(OutboundPost(key="9f1c", text="Kijk", pictures=(PHOTO, PHOTO)))
    first, _second, last = server.seen
    sent = parts(first)
    assert sent["source"].get_payload(decode=True) == JPEG
    assert sent["source"].get_content_type() == "image/jpeg"
    assert sent["source"].get_filename() == "picture-1.jpg"
    assert sent["published"].get_payload(decode=True) == b"false"
    assert sent["alt_text_custom"].get_payload(decode=True).decode() == PHOTO.alt
    form = parse_qs(last.body.decode())
    assert form["message"] == ["Kijk"]
    assert [json.loads(form[f"attached_media[{place}]"][0]) for place in (0, 1)] == [{"media_fbid": "777"}] * 2
    assert "link" not in form
    # Comments under it name the page and the post.
    assert (receipt.external_id, receipt.permalink) == (f"{PAGE}_31", "p")


def test_a_link_stands_beside_the_text(server: HostileServer) -> None:
    on(server, f"{PAGE}/feed", json_answer({"id": f"{PAGE}_31"}))
    connector(server).publish(POST)
    [request] = server.seen
    form = parse_qs(request.body.decode())
    assert (form["message"], form["link"]) == (["Morgen papier"], [LINK])
    assert "access_token" not in request.target


@pytest.mark.parametrize("answer", [{"id": ""}, {"success": True}, {"id": {}}, ["x"]])
def test_taken_without_an_id_is_an_unknown_outcome(server: HostileServer, answer: Any) -> None:
    on(server, f"{PAGE}/feed", json_answer(answer))
    with pytest.raises(OutcomeUnknown):
        connector(server).publish(POST)


@pytest.mark.parametrize("answer", [{"id": ""}, {"id": "a/b"}, {"success": True}, ["x"]])
def test_a_picture_without_an_id_is_no_post(server: HostileServer, answer: Any) -> None:
    on(server, f"{PAGE}/photos", json_answer(answer))
    with pytest.raises(TransientError):
        connector(server).publish(OutboundPost(key="9f1c", text="Kijk", pictures=(PHOTO,)))
    assert len(server.seen) == 1


@pytest.mark.parametrize("edge", ["photos", "feed"])
def test_a_page_that_is_gone_is_for_an_administrator(server: HostileServer, edge: str) -> None:
    on(server, f"{PAGE}/photos", json_answer({"id": "777"}))
    on(server, f"{PAGE}/{edge}", json_answer(body(100, 33), "400 X"))
    with pytest.raises(Misconfigured) as caught:
        connector(server).publish(OutboundPost(key="9f1c", text="Kijk", pictures=(PHOTO,)))
    assert caught.value.code == "page_unlinked"


# -- looking -----------------------------------------------------------------------------------------------------------


def found(text: str, at: datetime, url: str = "", who: str = PAGE, kind: str = "link") -> dict[str, Any]:
    card = {"attachments": {"data": [{"media_type": kind, "url": url}]}} if url else {}
    return {
        "id": f"{PAGE}_31", "message": text, "from": {"id": who}, "created_time": at.strftime("%Y-%m-%dT%H:%M:%S+0000"), **card,
    }  # fmt: skip


NOW = datetime.now(UTC)
SHIM = f"https://l.facebook.com/l.php?u={quote(LINK + '/?fbclid=abc', safe='')}&h=AT0"
CASES = {
    "the same": (found("Morgen papier", NOW, LINK), True),
    "sent round by Facebook": (found("Morgen  papier ", NOW, SHIM), True),
    "no card was made": (found("Morgen papier", NOW), True),
    "another link": (found("Morgen papier", NOW, "https://elders.example/"), False),
    "another text": (found("Morgen glas", NOW, LINK), False),
    "a resident": (found("Morgen papier", NOW, LINK, "555"), False),
    "with a picture": (found("Morgen papier", NOW, "https://x.example/p", kind="photo"), False),
    "said before": (found("Morgen papier", NOW - timedelta(minutes=2), LINK), False),
}


@pytest.mark.parametrize(("post", "expected"), CASES.values(), ids=CASES)
def test_a_post_is_known_by_its_text_and_link(server: HostileServer, post: dict[str, Any], expected: bool) -> None:
    on(server, f"{PAGE}/feed", json_answer({"data": [post]}))
    assert (connector(server).find_published(POST, since=NOW) is not None) is expected


def test_an_address_in_the_text_gets_a_card_of_its_own(server: HostileServer) -> None:
    on(
        server,
        f"{PAGE}/feed",
        json_answer({"data": [found("Zie eikenrode.example", NOW, "https://eikenrode.example/")]}),
    )
    post = OutboundPost(key="9f1c", text="Zie eikenrode.example")
    assert connector(server).find_published(post, since=NOW) is not None


def test_too_much_to_look_through_is_not_a_no(server: HostileServer) -> None:
    page = {
        "data": [found("Iets anders", NOW)],
        "paging": {"cursors": {"after": "x"}, "next": "https://graph.facebook.com/next"},
    }
    on(server, f"{PAGE}/feed", json_answer(page))
    with pytest.raises(TransientError) as caught:
        connector(server).find_published(POST, since=NOW)
    assert caught.value.code == "too_many"


# -- figures -----------------------------------------------------------------------------------------------------------

COUNTED = {
    "reactions": {"summary": {"total_count": 12}},
    "comments": {"summary": {"total_count": 3}},
    "shares": {"count": 2},
}
INVALID = body(100, message="(#100) The value must be a valid insights metric")


def measured(server: HostileServer, refusals: list[dict[str, Any]]) -> tuple[dict[str, PostFigures], list[str]]:
    def answer(conn: Any, request: Request) -> None:
        asked = query(request)["fields"]
        if refusals:
            json_answer(refusals.pop(0), "400 X")(conn, request)
            return
        name = asked.partition("metric(")[2].partition(")")[0]
        told = {"insights": {"data": [{"name": name, "values": [{"value": 500}]}]}} if name else {}
        json_answer({"1_2": {"id": "1_2", **COUNTED, **told}})(conn, request)

    on(server, "", answer)
    figures = connector(server).measure_posts(["1_2"])
    return figures, [query(request)["fields"].partition("insights")[2] for request in server.seen]


def test_reach_is_told_under_its_name_of_today(server: HostileServer) -> None:
    figures, asked = measured(server, [])
    assert figures == {"1_2": PostFigures(reach=500, reactions=12, comments=3, shares=2)}
    assert asked == [".metric(post_total_media_view_unique)"]


def test_reach_is_told_under_its_older_name(server: HostileServer) -> None:
    figures, asked = measured(server, [INVALID])
    assert figures["1_2"].reach == 500
    assert asked[-1] == ".metric(post_impressions_unique)"


@pytest.mark.parametrize("refusal", [INVALID, body(200), body(10)], ids=["no such name", "200", "10"])
def test_without_the_right_to_see_it_reach_is_not_told(server: HostileServer, refusal: dict[str, Any]) -> None:
    figures, asked = measured(server, [refusal, refusal])
    assert figures == {"1_2": PostFigures(reach=None, reactions=12, comments=3, shares=2)}
    assert asked[-1] == ""


def test_a_refusal_of_the_rest_is_told(server: HostileServer) -> None:
    with pytest.raises(Misconfigured) as caught:
        measured(server, [body(200)] * 3)
    assert caught.value.code == "permission"


def test_what_is_not_told_is_not_nought(server: HostileServer) -> None:
    on(server, "", json_answer({"1_2": {"id": "1_2", "reactions": {"data": []}, "shares": {"count": "many"}}}))
    assert connector(server).measure_posts(["1_2"]) == {"1_2": PostFigures()}


# -- taking away -------------------------------------------------------------------------------------------------------


def test_a_post_is_not_gone_when_we_may_no_longer_look(server: HostileServer) -> None:
    on(server, f"{PAGE}_31", json_answer(body(100, 33), "400 X"))
    on(server, f"{PAGE}/feed", json_answer(body(100, 33), "400 X"))
    with pytest.raises(Misconfigured):
        connector(server).delete_post(f"{PAGE}_31")
    assert server.seen[0].method == "DELETE"


def test_a_deletion_that_did_not_succeed_is_told(server: HostileServer) -> None:
    on(server, f"{PAGE}_31", json_answer({"success": False}))
    with pytest.raises(PermanentError):
        connector(server).delete_post(f"{PAGE}_31")
