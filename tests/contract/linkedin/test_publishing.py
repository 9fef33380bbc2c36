"""Our own posts against the simulated LinkedIn, as a process of its own on the real wire."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels.connectors.linkedin.connector import LinkedInConnector
from channels.connectors.linkedin.little import escaped, plain
from channels.errors import Gone, OutcomeUnknown, PermanentError, TransientError
from channels.messages import OutboundPost, Picture, PostFigures
from tests.contract.conftest import Sandbox
from tests.contract.linkedin.test_against_sandbox import fault, poll_all, say
from tests.contract.pictures import JPEG, PNG

LINK = "https://www.eikenrode.example/afval_papier?utm_source=linkedin&utm_medium=social"
PHOTO = Picture(content=PNG, content_type="image/png", alt="Een eik (oud) in de sneeuw | “stil”")


def post(text: str, **more: Any) -> OutboundPost:
    return OutboundPost(key=str(uuid4()), text=text, **more)


def shown(sandbox: Sandbox, text: str) -> list[dict[str, Any]]:
    found = sandbox.control("GET", "/control/items?platform=linkedin&by=page&kind=post")["items"]
    return [item for item in found if item["text"] == text and not item["deleted"]]


def elsewhere(sandbox: Sandbox, text: str, age: timedelta) -> dict[str, Any]:
    at = int((datetime.now(UTC) - age).timestamp() * 1000)
    made: dict[str, Any] = sandbox.control(
        "POST", "/control/elsewhere", json={"platform": "linkedin", "text": text, "at": at}
    )
    return made


# -- words -------------------------------------------------------------------------------------------------------------

RESERVED = "\\|{}@[]()<>#*_~"
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(f"{RESERVED}\n"), max_size=200)


@pytest.mark.parametrize("sign", RESERVED)
def test_every_reserved_sign_is_escaped_once(sign: str) -> None:
    assert escaped(f"a{sign}b") == f"a\\{sign}b"
    assert LinkedInConnector.count_post(f"a{sign}b") == 4


def test_the_backslash_is_escaped_and_nothing_twice() -> None:
    assert escaped(r"C:\map_1 (oud)") == r"C:\\map\_1 \(oud\)"
    assert LinkedInConnector.count_post("é😀") == 3


@given(TEXTS)
@example("{hashtag|\\#|Eikenrode} en @[Fatima](urn:li:person:1)")
@example("\\\\(a\\)")
def test_what_is_escaped_reads_as_it_was_written(text: str) -> None:
    assert plain(escaped(text)) == text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
@example("Kom ook (gratis)! #eikenrode @gemeente [nieuw] {a|b} <c> *d* _e_ ~f~ \\ einde")
@example("{hashtag|\\#|Eikenrode} en @[Fatima](urn:li:person:1)")
def test_any_text_stands_there_as_it_was_written(sandbox: Sandbox, linkedin: LinkedInConnector, text: str) -> None:
    whole = f"{text} {uuid4()}"
    receipt = linkedin.publish(post(whole))
    [item] = shown(sandbox, whole)
    assert item["id"] == receipt.external_id
    assert linkedin.find_published(post(whole), since=datetime.now(UTC) - timedelta(minutes=1)) == receipt


# -- out ---------------------------------------------------------------------------------------------------------------


def test_a_post_with_a_link_stands_on_the_page(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    text = f"Morgen halen wij het papier op (ook karton) 😀\n{LINK}"
    receipt = linkedin.publish(post(text))
    [item] = shown(sandbox, text)
    assert receipt.external_id == item["id"]
    assert receipt.permalink == f"https://www.linkedin.com/feed/update/{item['id']}"
    assert receipt.sent_at is not None
    assert abs(receipt.sent_at - datetime.now(UTC)) < timedelta(seconds=30)


@pytest.mark.parametrize("number", [1, 2, 20])
def test_pictures_go_along_with_what_is_to_be_read_aloud(
    sandbox: Sandbox, linkedin: LinkedInConnector, number: int
) -> None:
    pictures = tuple(Picture(content=JPEG, content_type="image/jpeg", alt=f"Foto {each}") for each in range(number - 1))
    receipt = linkedin.publish(post(f"Winter {number}", pictures=(PHOTO, *pictures)))
    [item] = shown(sandbox, f"Winter {number}")
    assert (item["id"], item["pictures"]) == (receipt.external_id, number)
    assert item["alts"] == [PHOTO.alt, *(picture.alt for picture in pictures)]


def test_pictures_alone_are_a_post_and_are_found_again(linkedin: LinkedInConnector) -> None:
    since = datetime.now(UTC)
    receipt = linkedin.publish(post("", pictures=(PHOTO,) * 3))
    assert linkedin.find_published(post("", pictures=(PHOTO,) * 3), since=since) == receipt
    assert linkedin.find_published(post("", pictures=(PHOTO,) * 2), since=since) is None


# -- in ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pictures", [(), (PHOTO,), (PHOTO, PHOTO)])
def test_what_is_said_below_a_post_hangs_together_with_it(
    sandbox: Sandbox, linkedin: LinkedInConnector, pictures: tuple[Picture, ...]
) -> None:
    since = datetime.now(UTC) - timedelta(minutes=5)
    receipt = linkedin.publish(post(f"Praat mee over het plein {len(pictures)}", pictures=pictures))
    [own] = [one for one in linkedin.list_posts(since=since) if one.external_id == receipt.external_id]
    assert own.root_id == ""  # nobody said anything yet
    said = say(sandbox, "Graag meer groen", post=receipt.external_id)
    root = poll_all(linkedin)[0][said["id"]].root
    assert root is not None
    [own] = [one for one in linkedin.list_posts(since=since) if one.external_id == receipt.external_id]
    assert own.root_id == root.external_id
    assert root.is_ours


def test_what_stands_on_the_page_is_listed_wherever_it_was_made(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    made = elsewhere(sandbox, "Van de telefoon (onderweg)", timedelta(days=1))
    receipt = linkedin.publish(post("Uit Balie"))
    listed = linkedin.list_posts(since=datetime.now(UTC) - timedelta(days=1, minutes=1))
    ids = [one.external_id for one in listed]
    assert ids.index(receipt.external_id) < ids.index(made["id"])
    own = listed[ids.index(made["id"])]
    assert own.text == "Van de telefoon (onderweg)"
    assert own.permalink
    assert own.posted_at == datetime.fromtimestamp(made["created_at"] / 1000, UTC)
    assert made["id"] not in {one.external_id for one in linkedin.list_posts(since=datetime.now(UTC))}


def test_figures_are_told_of_those_that_are_there(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    old, gone = (elsewhere(sandbox, f"Oud {name}", timedelta(days=2)) for name in ("blijft", "gaat"))
    say(sandbox, "Mooi", post=old["id"])
    sandbox.control("POST", "/control/delete", json={"platform": "linkedin", "id": gone["id"]})
    young = linkedin.publish(post("Net geplaatst")).external_id
    figures = linkedin.measure_posts([old["id"], gone["id"], young, "urn:li:person:1"])
    assert figures.keys() == {old["id"], young}
    told = figures[old["id"]]
    assert told.reach is not None
    assert told.reactions is not None
    assert told.shares is not None
    assert told.reach > told.reactions > told.shares > 0
    assert told.comments == 1
    assert (figures[young].comments, figures[young].shares) == (0, 0)


def test_without_the_right_to_see_statistics_the_rest_is_told(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    old = elsewhere(sandbox, "Zonder cijfers", timedelta(days=2))["id"]
    whole = linkedin.measure_posts([old])[old]
    fault(sandbox, "403", "/organizationalEntityShareStatistics", "GET", times=1)
    part = linkedin.measure_posts([old])[old]
    assert part == PostFigures(reactions=whole.reactions, comments=whole.comments)


def test_a_post_that_is_taken_away_is_gone(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    receipt = linkedin.publish(post("Dit was een vergissing"))
    linkedin.delete_post(receipt.external_id)
    assert shown(sandbox, "Dit was een vergissing") == []
    assert linkedin.measure_posts([receipt.external_id]) == {}
    with pytest.raises(Gone):
        linkedin.delete_post(receipt.external_id)
    with pytest.raises(PermanentError):
        linkedin.delete_post("seen-by-person:7")


# -- when it goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout_after", "closed_after"])
@pytest.mark.parametrize("pictures", [(), (PHOTO,)])
def test_what_was_accepted_without_an_answer_is_unknown_and_found_once(
    sandbox: Sandbox, linkedin: LinkedInConnector, kind: str, pictures: tuple[Picture, ...]
) -> None:
    one = post(f"Bericht {kind} ({len(pictures)})", pictures=pictures)
    since = datetime.now(UTC)
    assert linkedin.find_published(one, since=since) is None
    fault(sandbox, kind, "/posts", "POST", seconds=5)
    with pytest.raises(OutcomeUnknown):
        linkedin.publish(one)
    receipt, give_up_at = None, time.monotonic() + 60
    while receipt is None and time.monotonic() < give_up_at:
        receipt = linkedin.find_published(one, since=since)
    assert receipt is not None
    [item] = shown(sandbox, one.text)
    assert receipt.external_id == item["id"]


@pytest.mark.parametrize("kind", ["half_json", "slow_drip"])
def test_the_head_of_the_answer_is_all_there_is(sandbox: Sandbox, linkedin: LinkedInConnector, kind: str) -> None:
    fault(sandbox, kind, "/posts", "POST", seconds=5)
    receipt = linkedin.publish(post(f"Bericht {kind}"))
    [item] = shown(sandbox, f"Bericht {kind}")
    assert item["id"] == receipt.external_id


UNSURE = ["timeout_before", "timeout_after", "closed_before", "closed_after", "500", "502", "html_200"]
UPLOADS = [
    *((kind, "/images", "POST") for kind in (*UNSURE, "half_json", "slow_drip")),
    *((kind, "/dms-uploads", "PUT") for kind in UNSURE),
]


@pytest.mark.parametrize(("kind", "endpoint", "method"), UPLOADS)
def test_a_picture_that_did_not_arrive_for_certain_is_no_post_yet(
    sandbox: Sandbox, linkedin: LinkedInConnector, kind: str, endpoint: str, method: str
) -> None:
    one = post(f"Foto {kind} {endpoint}", pictures=(PHOTO, PHOTO))
    fault(sandbox, kind, endpoint, method, times=1, seconds=5)
    with pytest.raises(TransientError) as caught:
        linkedin.publish(one)
    assert caught.value.code == "picture_unsure"
    assert shown(sandbox, one.text) == []
    receipt = linkedin.publish(one)
    [item] = shown(sandbox, one.text)
    assert (item["id"], item["pictures"]) == (receipt.external_id, 2)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (post("x" * 3_001), "too_long"),
        (post("(" * 1_501), "too_long"),  # with their backslashes
        (post(" \n"), "empty"),
        (post("Te veel", pictures=(PHOTO,) * 21), "too_many_pictures"),
        (post("Te lang", pictures=(Picture(content=PNG, content_type="image/png", alt="x" * 4_087),)), "too_long"),
    ],
)
def test_what_can_not_be_published_is_told_before_any_call(
    sandbox: Sandbox, linkedin: LinkedInConnector, one: OutboundPost, code: str
) -> None:
    sandbox.control("DELETE", "/control/calls")
    with pytest.raises(PermanentError) as caught:
        linkedin.publish(one)
    assert caught.value.code == code
    assert sandbox.control("GET", "/control/calls?platform=linkedin")["calls"] == []


def test_as_long_as_may_be_is_taken(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    text = "(" * 1_500
    linkedin.publish(post(text))
    assert len(shown(sandbox, text)) == 1


def test_no_secret_reached_an_address(
    sandbox: Sandbox, linkedin: LinkedInConnector, credentials: dict[str, str]
) -> None:
    linkedin.publish(post("Geen geheimen", pictures=(PHOTO,)))
    told = str(sandbox.control("GET", "/control/calls?platform=linkedin"))
    assert "dms-uploads" in told
    assert credentials["access_token"] not in told
