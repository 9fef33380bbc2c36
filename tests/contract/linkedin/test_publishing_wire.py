"""What leaves for LinkedIn when something is published, byte by byte, and answers that the sandbox does not give."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.connectors.linkedin import rest
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.errors import Misconfigured, OutcomeUnknown, TransientError
from channels.http import make_session
from channels.messages import Account, OutboundPost, Picture, PostFigures
from tests.channels.hostile_server import HostileServer, answer, hostile_server, json_answer
from tests.contract.linkedin.payloads import ACTIVITY, MADE, SHARE, US, comment
from tests.contract.linkedin.wire import CREDENTIALS, POSTS, REST, TOKEN, calls, comments_of, connector, listed
from tests.contract.pictures import PNG

CREATED = "201 Created"
IMAGES, METADATA = f"{REST}/images", f"{REST}/socialMetadata"
STATISTICS = f"{REST}/organizationalEntityShareStatistics"
IMAGE = "urn:li:image:C4D22AQH"
UPLOAD = "/linkedin/dms-uploads/C4D22AQH/uploaded-image/0"
POST = OutboundPost(key="9f1c", text="Kom ook (gratis)!")
PHOTO = Picture(content=PNG, content_type="image/png", alt="Een eik (oud)")
NOW = datetime.now(UTC)
OTHER = SHARE.replace("share", "ugcPost")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def uploads_to(server: HostileServer, address: str, image: Any = IMAGE) -> None:
    server.on[IMAGES] = json_answer({"value": {"uploadUrl": address, "image": image, "uploadUrlExpiresAt": 1}})
    server.on[UPLOAD] = answer(b"", CREATED)
    server.on[POSTS] = answer(b"", CREATED, x_restli_id=SHARE)


def test_a_post_says_everything_that_linkedin_asks(server: HostileServer) -> None:
    server.on[POSTS] = answer(b"", CREATED, x_restli_id=SHARE)
    receipt = connector(server).publish(POST)
    [request] = server.seen
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (headers["linkedin-version"], headers["x-restli-protocol-version"]) == ("202607", "2.0.0")
    assert json.loads(request.body) == {
        "author": US,
        "commentary": r"Kom ook \(gratis\)!",
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": False,
    }
    assert receipt.external_id == SHARE


@pytest.mark.parametrize("number", [1, 2])
def test_a_picture_is_put_where_linkedin_says(server: HostileServer, number: int) -> None:
    uploads_to(server, f"{server.url}{UPLOAD}?m=1")
    connector(server).publish(OutboundPost(key="9f1c", text="Kijk", pictures=(PHOTO,) * number))
    asked, put = server.seen[0], server.seen[1]
    assert (asked.method, asked.target) == ("POST", f"{IMAGES}?action=initializeUpload")
    assert json.loads(asked.body) == {"initializeUploadRequest": {"owner": US}}
    headers = {name.lower(): value for name, value in put.headers.items()}
    assert (put.method, put.target, put.body) == ("PUT", f"{UPLOAD}?m=1", PNG)
    assert (headers["authorization"], headers["content-type"]) == (f"Bearer {TOKEN}", "image/png")
    image = {"id": IMAGE, "altText": "Een eik (oud)"}
    content = json.loads(server.seen[-1].body)["content"]
    assert content == ({"media": image} if number == 1 else {"multiImage": {"images": [image, image]}})
    assert len(server.seen) == 2 * number + 1


@pytest.mark.parametrize(
    "address", ["https://evil.example/upload", "http://www.linkedin.com/upload", "//evil.example/x", "", "http://127.0.0.1:1/x"]
)  # fmt: skip
def test_our_token_goes_to_no_other_place(server: HostileServer, address: str) -> None:
    uploads_to(server, address)
    with pytest.raises(TransientError) as caught:
        connector(server).publish(OutboundPost(key="9f1c", text="Kijk", pictures=(PHOTO,)))
    assert caught.value.code == "picture_unsure"
    assert len(server.seen) == 1


def test_linkedin_itself_takes_pictures_on_another_host_than_its_api(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(external_id=US, base_url="https://api.linkedin.com", credentials=CREDENTIALS)
    linkedin = LinkedInConnector(account, make_session(account.base_url))
    went: list[str] = []

    class Reached(Exception):
        pass

    def reached(self: rest.Rest, method: str, address: str, **more: Any) -> Any:
        went.append(address)
        raise Reached

    monkeypatch.setattr(rest.Rest, "_ask", reached)
    with pytest.raises(Reached):
        linkedin.rest.upload("https://www.linkedin.com/dms-uploads/x", PNG, "image/png")
    with pytest.raises(Exception, match="another place"):
        linkedin.rest.upload("https://www.linkedin.com.evil.example/x", PNG, "image/png")
    assert went == ["https://www.linkedin.com/dms-uploads/x"]


@pytest.mark.parametrize("image", ["", "urn:li:person:1", {}, None])
def test_a_picture_without_a_name_is_no_post(server: HostileServer, image: Any) -> None:
    uploads_to(server, f"{server.url}{UPLOAD}", image)
    with pytest.raises(TransientError):
        connector(server).publish(OutboundPost(key="9f1c", text="Kijk", pictures=(PHOTO,)))
    assert POSTS not in {request.target for request in server.seen}


@pytest.mark.parametrize(("header", "said"), [("", {}), ("urn:li:comment:(urn:li:activity:1,2)", {}), ("x", {"id": 7})])
def test_taken_without_an_id_is_an_unknown_outcome(server: HostileServer, header: str, said: Any) -> None:
    server.on[POSTS] = json_answer(said, CREATED, x_restli_id=header)
    with pytest.raises(OutcomeUnknown):
        connector(server).publish(POST)


def test_a_ugc_post_is_a_post_too(server: HostileServer) -> None:
    server.on[POSTS] = answer(b"", CREATED, x_restli_id=OTHER)
    assert connector(server).publish(POST).external_id == OTHER


# -- looking -----------------------------------------------------------------------------------------------------------


def found(commentary: str, at: datetime = NOW, **more: Any) -> dict[str, Any]:
    made = int(at.timestamp() * 1000)
    return {"id": SHARE, "author": US, "commentary": commentary, "createdAt": made, "publishedAt": made, **more}


CASES = {
    "the same": (found(r"Kom ook \(gratis\)!"), True),
    "told as it is shown": (found("Kom  ook (gratis)!"), True),
    "another text": (found("Kom ook"), False),
    "a draft": (found(r"Kom ook \(gratis\)!", lifecycleState="DRAFT"), False),
    "said before": (found(r"Kom ook \(gratis\)!", NOW - timedelta(minutes=2)), False),
}


@pytest.mark.parametrize(("post", "expected"), CASES.values(), ids=CASES)
def test_a_post_is_known_by_its_text(server: HostileServer, post: dict[str, Any], expected: bool) -> None:
    server.on[POSTS] = json_answer(listed(post))
    receipt = connector(server).find_published(POST, since=NOW)
    assert (receipt is not None) is expected
    assert calls(server, POSTS)[0]["sortBy"] == "CREATED"


def test_too_much_to_look_through_is_not_a_no(server: HostileServer) -> None:
    server.on[POSTS] = json_answer(listed(*(found("Iets anders") for _ in range(100)), more=True))
    with pytest.raises(TransientError) as caught:
        connector(server).find_published(POST, since=NOW)
    assert caught.value.code == "too_many"


# -- names and figures -------------------------------------------------------------------------------------------------


def told(entity: str = SHARE, comments: int = 0, **reactions: Any) -> dict[str, Any]:
    kinds = {name: {"reactionType": name, "count": count} for name, count in reactions.items()}
    return {"entity": entity, "commentSummary": {"count": comments}, "reactionSummaries": kinds}


def test_the_activity_is_read_from_a_comment_where_nothing_else_tells_it(server: HostileServer) -> None:
    server.on[POSTS] = json_answer(listed(found("Praat mee")))
    server.on[METADATA] = json_answer({"results": {SHARE: told(comments=1)}, "errors": {}})
    server.on[comments_of(SHARE)] = json_answer(listed(comment("Graag", made=MADE)))
    [own] = connector(server).list_posts(since=NOW - timedelta(days=1))
    assert (own.external_id, own.root_id) == (SHARE, ACTIVITY)


def test_of_a_post_without_comments_no_other_name_is_asked(server: HostileServer) -> None:
    server.on[POSTS] = json_answer(listed(found(r"Praat mee \#plein {hashtag|\#|eikenrode}")))
    server.on[METADATA] = json_answer({"results": {SHARE: told()}, "errors": {}})
    [own] = connector(server).list_posts(since=NOW - timedelta(days=1))
    assert (own.root_id, own.text) == ("", "Praat mee #plein #eikenrode")
    assert [request.target.partition("?")[0] for request in server.seen] == [POSTS, METADATA]


def test_figures_come_from_two_questions(server: HostileServer) -> None:
    gone = SHARE.replace("share:", "share:1")
    results = {SHARE: told(comments=3, LIKE=4, PRAISE=2), OTHER: told(LIKE="many")}
    server.on[METADATA] = json_answer({"results": results, "errors": {gone: {"status": 404}}})
    statistics = {
        "share": SHARE,
        "totalShareStatistics": {"uniqueImpressionsCount": 90, "shareCount": 1, "likeCount": 9},
    }
    server.on[STATISTICS] = json_answer(listed(statistics))
    figures = connector(server).measure_posts([SHARE, OTHER, gone])
    assert figures == {
        SHARE: PostFigures(reach=90, reactions=6, comments=3, shares=1),
        OTHER: PostFigures(reach=None, reactions=None, comments=0, shares=None),
    }
    asked = [request.target.partition("?")[2] for request in server.seen]
    assert asked[0].startswith("ids=List(urn%3Ali%3Ashare%3A")
    assert "shares=List(urn%3Ali%3Ashare%3A" in asked[1]
    assert "ugcPosts=List(urn%3Ali%3AugcPost%3A" in asked[2]


def test_what_linkedin_does_not_tell_is_not_nought(server: HostileServer) -> None:
    server.on[METADATA] = json_answer({"results": {}, "errors": {SHARE: {"status": 403}}})
    server.on[STATISTICS] = json_answer(listed())
    assert connector(server).measure_posts([SHARE]) == {SHARE: PostFigures()}


def test_an_address_never_grows_longer_than_linkedin_takes(server: HostileServer) -> None:
    server.on[METADATA] = json_answer({"results": {}, "errors": {}})
    server.on[STATISTICS] = json_answer(listed())
    ids = [f"urn:li:share:{7_000_000_000_000_000_000 + number}" for number in range(100)]
    assert len(connector(server).measure_posts(ids)) == 100
    assert all(len(request.target) < 4_096 for request in server.seen)
    assert len(server.seen) == 4


def test_a_wrong_question_is_told(server: HostileServer) -> None:
    server.on[METADATA] = json_answer({"results": {SHARE: told()}, "errors": {}})
    server.on[STATISTICS] = json_answer({"status": 400, "message": "Invalid param"}, "400 X")
    with pytest.raises(Misconfigured) as caught:
        connector(server).measure_posts([SHARE])
    assert caught.value.code == "parameter"
