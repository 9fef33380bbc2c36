"""Our own posts over the wire: what is sent and in which order, what a failure means before and at the one call that shows."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.connectors.twitter import values
from channels.errors import (
    ConnectorError,
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutcomeUnknown,
    OutOfCredit,
    PayloadError,
    PermanentError,
    RateLimited,
    StoppedByPlatform,
    TransientError,
)
from channels.messages import OutboundPost, OwnPost, Picture, PostFigures
from tests.channels.hostile_server import (
    Behaviour,
    HostileServer,
    answer,
    hang,
    hostile_server,
    json_answer,
    reset,
)
from tests.contract.twitter.lists import page
from tests.contract.twitter.payloads import FATMA, OUR_POST, QUESTION, US, in_post_words
from tests.contract.twitter.test_error_table import TYPES, old, problem
from tests.contract.twitter.wire import LOOKUP, OWN, calls, connector, in_turn, rates, sent_json

UPLOAD, METADATA = "/x/2/media/upload", "/x/2/media/metadata"
NEW = "2080000000000000900"
MEDIA = "1880028106020515840"
SINCE = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TREE = Picture(content=b"\x89PNG tree", content_type="image/png", name="boom.png", alt="Een boom in bloei")
BIKE = Picture(content=b"\xff\xd8\xff bike", content_type="image/jpeg", name="fiets.jpg")


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        running.on[UPLOAD] = json_answer(
            {"data": {"id": MEDIA, "media_key": f"3_{MEDIA}", "expires_after_secs": 86400}}
        )
        running.on[METADATA] = json_answer({"data": {"id": MEDIA}})
        running.on[LOOKUP] = json_answer({"data": {"id": NEW, "text": "x"}}, "201 Created")
        yield running


def post(**changed: Any) -> OutboundPost:
    return OutboundPost(**{"key": "9f1c", "text": "Nieuwe bomen op het plein", **changed})


def made(own_id: str, text: str, *, under: str = "", root: str = "", answers_user: str = US, **more: Any) -> dict[str, Any]:  # fmt: skip
    """A post of ours as the timeline shows it."""
    found = {
        "id": own_id, "text": text, "author_id": US, "conversation_id": root or under or own_id, "edit_history_tweet_ids": [own_id],
        "created_at": "2026-11-20T09:30:00.000Z", **more,
    }  # fmt: skip
    if under:
        found |= {"referenced_tweets": [{"type": "replied_to", "id": under}], "in_reply_to_user_id": answers_user}
    return found


# -- sending -----------------------------------------------------------------------------------------------------------


def test_a_post_is_one_call(server: HostileServer) -> None:
    receipt = connector(server).publish(post(text="Kijk & lees é https://eikenrode.nl"))
    assert [(request.method, sent_json(request)) for request in server.seen] == [
        ("POST", {"text": "Kijk & lees é https://eikenrode.nl"})
    ]
    assert (receipt.external_id, receipt.permalink) == (NEW, f"https://x.com/gem_eikenrode/status/{NEW}")
    assert receipt.sent_at == values.time_of(NEW)


def test_a_part_hangs_under_the_one_before_it(server: HostileServer) -> None:
    connector(server).publish(post(in_reply_to=OUR_POST))
    assert sent_json(server.seen[0])["reply"] == {"in_reply_to_tweet_id": OUR_POST}


def test_pictures_go_first_each_with_its_words(server: HostileServer) -> None:
    second = "1880028106020515841"
    server.on[UPLOAD] = in_turn(*(json_answer({"data": {"id": one}}) for one in (MEDIA, second)))
    connector(server).publish(post(pictures=(TREE, BIKE)))
    assert [request.target for request in server.seen] == [UPLOAD, METADATA, UPLOAD, LOOKUP]
    first = sent_json(server.seen[0])
    assert (base64.b64decode(first["media"]), first["media_category"]) == (TREE.content, "tweet_image")
    assert sent_json(server.seen[1]) == {"id": MEDIA, "metadata": {"alt_text": {"text": "Een boom in bloei"}}}
    assert sent_json(server.seen[3]) == {"text": "Nieuwe bomen op het plein", "media": {"media_ids": [MEDIA, second]}}


def test_a_picture_needs_no_text(server: HostileServer) -> None:
    connector(server).publish(post(text="", pictures=(TREE,)))
    assert sent_json(server.seen[-1])["media"] == {"media_ids": [MEDIA]}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"text": " "}, "empty"),
        ({"text": "a" * 281}, "too_long"),
        ({"text": "a\ufeffb"}, "invalid_character"),
        ({"pictures": (BIKE,) * 5}, "too_many_pictures"),
        ({"pictures": (Picture(content=b"x" * 5_000_001, content_type="image/png"),)}, "picture_too_large"),
    ],
)
def test_what_x_will_never_take_does_not_leave(server: HostileServer, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(PermanentError) as caught:
        connector(server).publish(post(**changed))
    assert caught.value.code == code
    assert server.seen == []


# -- what goes wrong ---------------------------------------------------------------------------------------------------

Kind = type[ConnectorError]
# name, what X answers, before anything is seen (upload and alt text), at the call that shows the post
FAILURES: list[tuple[str, Behaviour, Kind, Kind]] = [
    ("401", json_answer(problem(401, "Unauthorized", "Unauthorized"), "401 X"), CredentialsRejected, CredentialsRejected),
    ("402", json_answer({"title": "CreditsDepleted", "type": TYPES + "credits"}, "402 X"), OutOfCredit, OutOfCredit),
    ("429", json_answer(problem(429), "429 X", **rates(100, 0)), RateLimited, RateLimited),
    ("scope", json_answer(problem(403, "Missing required scope: media.write"), "403 X"), Misconfigured, Misconfigured),
    ("suspended", json_answer(old(64), "403 X"), StoppedByPlatform, StoppedByPlatform),
    ("duplicate", json_answer(problem(403, "You are not allowed to create a Tweet with duplicate content."), "403 X"), PermanentError, PermanentError),
    ("400", json_answer({"title": "Invalid Request", "type": TYPES + "invalid-request", "detail": "x"}, "400 X"), PermanentError, PermanentError),
    ("403", json_answer(problem(403, "Nope"), "403 X"), PermanentError, PermanentError),
    ("413", answer(b"too large", "413 X", "text/plain"), PermanentError, PermanentError),
    ("500", json_answer(problem(500), "500 X"), TransientError, OutcomeUnknown),
    ("503 html", answer(b"<html>", "503 X", "text/html"), TransientError, OutcomeUnknown),
    ("200 html", answer(b"<html>", "200 OK", "text/html"), TransientError, OutcomeUnknown),
    ("half json", answer(b'{"data": {"id": "1', "200 OK"), TransientError, OutcomeUnknown),
    ("no id", json_answer({"data": {}}), TransientError, OutcomeUnknown),
    ("a list", answer(b"[]", "200 OK"), TransientError, OutcomeUnknown),
    ("reset", reset, TransientError, OutcomeUnknown),
]  # fmt: skip


def failure(server: HostileServer, path: str, behaviour: Behaviour) -> ConnectorError:
    server.on[path] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).publish(post(pictures=(TREE,)))
    return caught.value


@pytest.mark.parametrize(("behaviour", "before", "at"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES])
def test_only_the_call_that_shows_the_post_can_be_unknown(
    server: HostileServer, behaviour: Behaviour, before: Kind, at: Kind
) -> None:
    assert type(failure(server, UPLOAD, behaviour)) is before
    assert all(request.target != LOOKUP for request in server.seen)
    server.on[UPLOAD] = json_answer({"data": {"id": MEDIA}})
    assert type(failure(server, LOOKUP, behaviour)) is at


@pytest.mark.parametrize(
    ("behaviour", "kind", "code"),
    [
        (json_answer(problem(403, "Nope"), "403 X"), PermanentError, "picture_refused"),
        (json_answer(problem(500), "500 X"), TransientError, "picture_unsure"),
    ],
)
def test_a_picture_without_its_words_is_not_posted(
    server: HostileServer, behaviour: Behaviour, kind: Kind, code: str
) -> None:
    error = failure(server, METADATA, behaviour)
    assert (type(error), error.code) == (kind, code)
    assert all(request.target != LOOKUP for request in server.seen)


def test_silence_is_unknown_only_once_the_post_left(server: HostileServer) -> None:
    assert type(failure(server, UPLOAD, hang(server))) is TransientError
    server.on[UPLOAD] = json_answer({"data": {"id": MEDIA}})
    assert type(failure(server, LOOKUP, hang(server))) is OutcomeUnknown
    assert sum(request.target == LOOKUP for request in server.seen) == 1


def test_a_part_whose_root_is_gone_says_so(server: HostileServer) -> None:
    detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
    server.on[LOOKUP] = json_answer(problem(403, detail), "403 X")
    with pytest.raises(Gone):
        connector(server).publish(post(in_reply_to=OUR_POST))


# -- looking whether it is there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("convert", [lambda body: body, in_post_words], ids=["tweet words", "post words"])
def test_a_post_is_found_by_its_text_whatever_x_made_of_the_links(server: HostileServer, convert: Any) -> None:
    urls = [
        {"start": 8, "end": 31, "url": "https://t.co/aaaaaaaaaa", "expanded_url": "https://eikenrode.nl/bomen"},
        {"start": 32, "end": 55, "url": "https://t.co/bbbbbbbbbb", "expanded_url": f"https://x.com/g/status/{NEW}/photo/1", "media_key": "3_1"},
    ]  # fmt: skip
    text = "Café &amp; bomen https://t.co/aaaaaaaaaa https://t.co/bbbbbbbbbb"
    body = page(made(QUESTION, "Iets anders"), made(NEW, text, entities={"urls": urls}))
    server.on[OWN] = json_answer(convert(body))
    ours = post(text="Cafe\u0301 & bomen\nhttps://eikenrode.nl/bomen ", pictures=(TREE,))
    receipt = connector(server).find_published(ours, since=SINCE)
    assert receipt is not None
    assert (receipt.external_id, receipt.sent_at) == (NEW, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    assert calls(server, OWN)[0]["start_time"] == "2026-11-20T08:59:00Z"


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        (made(NEW, "Bomen", under=OUR_POST), {"text": "Bomen"}),  # a part is no post of its own
        (made(NEW, "Bomen"), {"text": "Bomen", "in_reply_to": OUR_POST}),
        (made(NEW, "Bomen", under=QUESTION, root=OUR_POST), {"text": "Bomen", "in_reply_to": OUR_POST}),
        (made(NEW, "@piet Bomen"), {"text": "@jan Bomen"}),
        (made(NEW, "Bomen", referenced_tweets=[{"type": "retweeted", "id": "1"}]), {"text": "Bomen"}),
        (made(NEW, "Bomen"), {"text": "Bomen!"}),
    ],
)
def test_another_place_or_text_is_not_ours(server: HostileServer, there: Any, wanted: Any) -> None:
    server.on[OWN] = json_answer(page(there))
    assert connector(server).find_published(post(**wanted), since=SINCE) is None


def test_a_part_is_found_under_the_one_before_it(server: HostileServer) -> None:
    server.on[OWN] = json_answer(
        page(made(NEW, "Deel twee", under=QUESTION, root=OUR_POST), made(QUESTION, "Deel twee"))
    )
    receipt = connector(server).find_published(post(text="Deel twee", in_reply_to=QUESTION), since=SINCE)
    assert receipt is not None
    assert receipt.external_id == NEW


def test_too_many_posts_to_look_through_is_no_proof(server: HostileServer) -> None:
    server.on[OWN] = json_answer(page(made(NEW, "Iets anders"), next_token="more"))
    with pytest.raises(TransientError):
        connector(server).find_published(post(), since=SINCE)
    assert len(calls(server, OWN)) == 4


# -- reading -----------------------------------------------------------------------------------------------------------

METRICS = {"impression_count": 812, "like_count": 14, "reply_count": 3, "retweet_count": 5, "quote_count": 2, "bookmark_count": 9}  # fmt: skip
FIGURES = PostFigures(reach=812, reactions=14, comments=3, shares=7)


def test_our_posts_and_parts_are_listed_answers_and_reposts_are_not(server: HostileServer) -> None:
    media = [{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "alt_text": "Een boom"}]
    part = made("2080000000000000300", "Deel twee", under=OUR_POST)
    body = page(
        made("2080000000000000500", "Dank u", under=QUESTION, answers_user=FATMA),
        made("2080000000000000450", "RT", referenced_tweets=[{"type": "retweeted", "id": "1"}]),
        made("2080000000000000400", "Deel drie", under=part["id"], root=OUR_POST),
        part,
        made(OUR_POST, "Deel een", attachments={"media_keys": ["3_1"]}, public_metrics=METRICS),
        media=media,
    )
    server.on[OWN] = json_answer(body)
    found = connector(server).list_posts(since=SINCE)
    assert [(one.text, one.external_id, one.root_id) for one in found] == [
        ("Deel drie", "2080000000000000400", OUR_POST),
        ("Deel twee", "2080000000000000300", OUR_POST),
        ("Deel een", OUR_POST, OUR_POST),
    ]
    assert found[2] == OwnPost(
        external_id=OUR_POST,
        root_id=OUR_POST,
        text="Deel een",
        permalink=f"https://x.com/gem_eikenrode/status/{OUR_POST}",
        posted_at=values.time_of(OUR_POST),
        picture_url="https://pbs.example/1.jpg",
        figures=FIGURES,
    )
    assert "public_metrics" in calls(server, OWN)[0]["tweet.fields"]


def test_a_part_whose_root_is_older_is_listed_too(server: HostileServer) -> None:
    part = made(NEW, "Vandaag ook", under=OUR_POST)
    own_answer = made("2080000000000000901", "En dat was het", under="2080000000000000250", root=QUESTION)
    above = [made(OUR_POST, "Gisteren"), made("2080000000000000250", "Dank u", under=QUESTION, answers_user=FATMA)]
    server.on[OWN] = json_answer(page(own_answer, part, tweets=above))
    assert [one.text for one in connector(server).list_posts(since=SINCE)] == ["Vandaag ook"]


def test_two_pages_are_listed_at_most(server: HostileServer) -> None:
    server.on[OWN] = in_turn(
        *(json_answer(page(made(own_id, own_id), next_token="more")) for own_id in (QUESTION, OUR_POST))
    )
    assert [one.text for one in connector(server).list_posts(since=SINCE)] == [QUESTION, OUR_POST]


def test_an_edited_post_keeps_its_id(server: HostileServer) -> None:
    edited = made(NEW, "Verbeterd", root=OUR_POST, edit_history_tweet_ids=[OUR_POST, NEW], public_metrics=METRICS)
    server.on[OWN] = json_answer(page(edited))
    (found,) = connector(server).list_posts(since=SINCE)
    assert (found.external_id, found.root_id, found.text) == (OUR_POST, OUR_POST, "Verbeterd")


@pytest.mark.parametrize(
    ("metrics", "figures"),
    [
        (METRICS, FIGURES),
        ({**METRICS, "repost_count": 6}, PostFigures(reach=812, reactions=14, comments=3, shares=8)),
        ({"like_count": 0}, PostFigures(reactions=0)),
        (None, PostFigures()),
    ],
)
def test_figures_that_are_not_told_are_not_nought(server: HostileServer, metrics: Any, figures: PostFigures) -> None:
    gone = {"resource_id": "12", "resource_type": "tweet", "type": TYPES + "resource-not-found"}
    server.on[LOOKUP] = json_answer({"data": [made(OUR_POST, "x", public_metrics=metrics)], "errors": [gone]})
    assert connector(server).measure_posts([OUR_POST, "12", "seen-by-person:7"]) == {OUR_POST: figures}
    assert [one["ids"] for one in calls(server, LOOKUP)] == [f"{OUR_POST},12"]


@pytest.mark.parametrize("odd", [-1, "3", True, 1.5])
def test_a_figure_that_is_no_count_is_not_believed(server: HostileServer, odd: Any) -> None:
    server.on[LOOKUP] = json_answer({"data": [made(OUR_POST, "x", public_metrics={"like_count": odd})]})
    with pytest.raises(PayloadError):
        connector(server).measure_posts([OUR_POST])


def test_an_edited_post_is_measured_by_its_newest_version(server: HostileServer) -> None:
    history = [OUR_POST, NEW]
    first = made(OUR_POST, "x", edit_history_tweet_ids=history, public_metrics={"like_count": 1})
    second = made(NEW, "y", edit_history_tweet_ids=history, public_metrics=METRICS)
    server.on[LOOKUP] = in_turn(json_answer({"data": [first]}), json_answer({"data": [second]}))
    assert connector(server).measure_posts([OUR_POST]) == {OUR_POST: FIGURES}
    assert [one["ids"] for one in calls(server, LOOKUP)] == [OUR_POST, NEW]


def test_nothing_to_measure_is_no_question(server: HostileServer) -> None:
    assert connector(server).measure_posts(["seen-by-person:7"]) == {}
    assert server.seen == []


# -- taking away -------------------------------------------------------------------------------------------------------


def deletion(server: HostileServer, behaviour: Behaviour) -> ConnectorError | None:
    server.on[f"{LOOKUP}/{NEW}"] = behaviour
    try:
        connector(server).delete_post(NEW)
    except ConnectorError as error:
        return error
    return None


def test_a_post_is_taken_away_with_one_call(server: HostileServer) -> None:
    assert deletion(server, json_answer({"data": {"deleted": True}})) is None
    assert [(request.method, request.target) for request in server.seen] == [("DELETE", f"{LOOKUP}/{NEW}")]


@pytest.mark.parametrize(
    ("behaviour", "kind"),
    [
        (json_answer({"errors": [{"resource_id": NEW, "resource_type": "tweet", "type": TYPES + "resource-not-found"}]}), Gone),
        (json_answer(problem(404, "x", "Not Found Error", TYPES + "resource-not-found"), "404 X"), Gone),
        (json_answer(problem(403, "You are not authorized to delete this Tweet."), "403 X"), PermanentError),
        (json_answer({"data": {"deleted": False}}), OutcomeUnknown),
        (json_answer({"data": []}), OutcomeUnknown),
        (json_answer(problem(503), "503 X"), OutcomeUnknown),
        (reset, OutcomeUnknown),
        (json_answer(problem(429), "429 X"), RateLimited),
    ],
)  # fmt: skip
def test_what_becomes_of_a_deletion(server: HostileServer, behaviour: Behaviour, kind: Kind) -> None:
    assert type(deletion(server, behaviour)) is kind


def test_what_only_a_person_saw_can_not_be_taken_away(server: HostileServer) -> None:
    with pytest.raises(PermanentError):
        connector(server).delete_post("seen-by-person:7")
    assert server.seen == []


def test_what_is_left_of_the_limits_is_kept(server: HostileServer) -> None:
    ours = connector(server)
    server.on[UPLOAD] = json_answer({"data": {"id": MEDIA}}, **rates(1875, 1874))
    server.on[LOOKUP] = json_answer({"data": {"id": NEW}}, "201 Created", **rates(100, 99))
    server.on[f"{LOOKUP}/{NEW}"] = json_answer({"data": {"deleted": True}}, **rates(50, 49))
    ours.publish(post(pictures=(BIKE,)))
    ours.delete_post(NEW)
    assert {name: one.remaining for name, one in ours.budgets.items()} == {"media": 1874, "post_write": 99, "post_delete": 49}  # fmt: skip
    assert all(one.reset_at and one.reset_at < datetime.now(UTC) + timedelta(hours=1) for one in ours.budgets.values())
