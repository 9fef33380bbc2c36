"""Our own posts against the simulated Facebook, as a process of its own on the real wire."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import (
    Gone,
    OutcomeUnknown,
    PermanentError,
    TransientError,
)
from channels.messages import OutboundPost, Picture
from tests.contract.conftest import Sandbox
from tests.contract.facebook.test_against_sandbox import fault, poll_all, say
from tests.contract.pictures import JPEG, PNG

LINK = "https://www.eikenrode.example/afval?utm_source=facebook&utm_medium=social"


def post(text: str, **more: Any) -> OutboundPost:
    return OutboundPost(key=str(uuid4()), text=text, **more)


def shown(sandbox: Sandbox, text: str) -> list[dict[str, Any]]:
    found = sandbox.control("GET", "/control/items?platform=facebook&by=page&kind=post")["items"]
    return [item for item in found if item["text"] == text and not item["deleted"]]


def test_a_post_with_a_link_stands_on_the_page(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    text = "Morgen halen wij het papier op. Café ‘De Eik’ is open 😀 & meer…"
    before = datetime.now(UTC)
    receipt = facebook.publish(post(text, link=LINK))
    [item] = shown(sandbox, text)
    assert (receipt.external_id, item["link"], item["pictures"]) == (item["id"], LINK, 0)
    assert receipt.permalink
    assert receipt.sent_at is not None
    assert abs(receipt.sent_at - before) < timedelta(seconds=30)


def test_pictures_go_along_with_what_is_to_be_read_aloud(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    pictures = (
        Picture(content=PNG, content_type="image/png", alt="Een eik in de sneeuw"),
        Picture(content=JPEG, content_type="image/jpeg", alt="Kinderen op het ijs, “voorzichtig”"),
        Picture(content=PNG, content_type="image/png"),
    )
    receipt = facebook.publish(post("Winter in Eikenrode", pictures=pictures, link=LINK))
    # With pictures there is no card for a link: it is read below the text.
    [item] = shown(sandbox, f"Winter in Eikenrode\n{LINK}")
    assert (item["id"], item["pictures"]) == (receipt.external_id, 3)
    assert item["alts"] == ["Een eik in de sneeuw", "Kinderen op het ijs, “voorzichtig”", ""]
    [listed] = [
        one
        for one in facebook.list_posts(since=datetime.now(UTC) - timedelta(hours=1))
        if one.external_id == item["id"]
    ]
    assert facebook.http.get(listed.picture_url).content == PNG


def test_pictures_alone_are_a_post_and_are_found_again(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    since = datetime.now(UTC)
    pictures = (Picture(content=PNG, content_type="image/png", alt="Boom"),) * 4
    receipt = facebook.publish(post("", pictures=pictures))
    again = facebook.find_published(post("", pictures=pictures), since=since)
    assert again is not None
    assert again.external_id == receipt.external_id
    assert facebook.find_published(post("", pictures=pictures[:2]), since=since) is None


@pytest.mark.parametrize("pictures", [(), (Picture(content=JPEG, content_type="image/jpeg", alt="Plein"),)])
def test_what_is_said_below_a_post_hangs_together_with_it(
    sandbox: Sandbox, facebook: FacebookConnector, pictures: tuple[Picture, ...]
) -> None:
    receipt = facebook.publish(post(f"Praat mee over het plein {len(pictures)}", pictures=pictures))
    said = say(sandbox, "comment", "Graag meer groen", post=receipt.external_id)
    root = poll_all(facebook)[0][said["id"]].root
    assert root is not None
    listed = facebook.list_posts(since=datetime.now(UTC) - timedelta(minutes=5))
    [own] = [one for one in listed if one.external_id == receipt.external_id]
    assert root.external_id == (own.root_id or own.external_id) == receipt.external_id
    assert root.is_ours
    assert own.figures is not None
    assert own.figures.comments == 1


def test_what_stands_on_the_page_is_listed_wherever_it_was_made(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    made = sandbox.control(
        "POST",
        "/control/elsewhere",
        json={"platform": "facebook", "text": "Van de telefoon", "at": int(yesterday.timestamp() * 1000)},
    )
    receipt = facebook.publish(post("Uit Balie"))
    say(sandbox, "visitor_post", "Van een bezoeker")
    listed = facebook.list_posts(since=yesterday - timedelta(minutes=1))
    ids = [one.external_id for one in listed]
    assert ids.index(receipt.external_id) < ids.index(made["id"])
    assert [one.posted_at for one in listed] == sorted((one.posted_at for one in listed if one.posted_at), reverse=True)
    assert "Van een bezoeker" not in {one.text for one in listed}
    own = listed[ids.index(made["id"])]
    assert own.text == "Van de telefoon"
    assert own.permalink
    assert own.figures is not None
    assert own.figures.reactions
    assert own.figures.reach is None  # the list does not tell
    assert made["id"] not in {one.external_id for one in facebook.list_posts(since=datetime.now(UTC))}


def test_figures_are_told_of_those_that_are_there(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    at = int((datetime.now(UTC) - timedelta(days=2)).timestamp() * 1000)
    old, gone = (
        sandbox.control("POST", "/control/elsewhere", json={"platform": "facebook", "text": f"Oud {name}", "at": at})
        for name in ("blijft", "gaat")
    )
    sandbox.control("POST", "/control/delete", json={"platform": "facebook", "id": gone["id"]})
    young = facebook.publish(post("Net geplaatst")).external_id
    figures = facebook.measure_posts([old["id"], gone["id"], young])
    assert figures.keys() == {old["id"], young}
    told = figures[old["id"]]
    assert told.reach is not None
    assert told.reactions is not None
    assert told.shares is not None
    assert told.reach > told.reactions > told.shares > 0
    assert (told.comments, figures[young].shares) == (0, 0)


def test_a_post_that_is_taken_away_is_gone(sandbox: Sandbox, facebook: FacebookConnector) -> None:
    receipt = facebook.publish(post("Dit was een vergissing"))
    facebook.delete_post(receipt.external_id)
    assert shown(sandbox, "Dit was een vergissing") == []
    with pytest.raises(Gone):
        facebook.delete_post(receipt.external_id)
    assert facebook.measure_posts([receipt.external_id]) == {}


# -- when it goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout_after", "closed_after", "half_json", "slow_drip"])
@pytest.mark.parametrize("more", [{"link": LINK}, {"pictures": (Picture(content=PNG, content_type="image/png"),)}])
def test_what_was_accepted_without_an_answer_is_unknown_and_found_again(
    sandbox: Sandbox, facebook: FacebookConnector, kind: str, more: dict[str, Any]
) -> None:
    one = post(f"Bericht {kind} {sorted(more)}", **more)
    since = datetime.now(UTC)
    assert facebook.find_published(one, since=since) is None
    fault(sandbox, kind, "/feed", "POST", seconds=5)
    with pytest.raises(OutcomeUnknown):
        facebook.publish(one)
    receipt, give_up_at = None, time.monotonic() + 60
    while receipt is None and time.monotonic() < give_up_at:
        receipt = facebook.find_published(one, since=since)
    assert receipt is not None
    [item] = shown(sandbox, one.text)
    assert receipt.external_id == item["id"]
    assert receipt.permalink


def test_the_same_text_with_another_link_is_another_post(facebook: FacebookConnector) -> None:
    since = datetime.now(UTC)
    facebook.publish(post("Lees meer op onze site", link=LINK))
    assert facebook.find_published(post("Lees meer op onze site", link=LINK), since=since) is not None
    other = post("Lees meer op onze site", link="https://www.eikenrode.example/parkeren")
    assert facebook.find_published(other, since=since) is None


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after", "closed_before", "closed_after", "half_json", "slow_drip", "500", "502", "html_200"]
)  # fmt: skip
def test_a_picture_that_did_not_arrive_for_certain_is_no_post_yet(
    sandbox: Sandbox, facebook: FacebookConnector, kind: str
) -> None:
    one = post(f"Foto {kind}", pictures=(Picture(content=PNG, content_type="image/png", alt="Boom"),) * 2)
    fault(sandbox, kind, "/photos", "POST", times=1, seconds=5)
    with pytest.raises(TransientError) as caught:
        facebook.publish(one)
    assert caught.value.code == "picture_unsure"
    assert shown(sandbox, one.text) == []
    receipt = facebook.publish(one)
    [item] = shown(sandbox, one.text)
    assert (item["id"], item["pictures"]) == (receipt.external_id, 2)


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (post("x" * 63_207), "too_long"),
        (post("x" * 63_180, pictures=(Picture(content=PNG, content_type="image/png"),), link=LINK), "too_long"),
        (post(" \n"), "empty"),
        (post("Te veel", pictures=(Picture(content=PNG, content_type="image/png"),) * 11), "too_many_pictures"),
    ],
)
def test_what_can_not_be_published_is_told_before_any_call(
    sandbox: Sandbox, facebook: FacebookConnector, one: OutboundPost, code: str
) -> None:
    sandbox.control("DELETE", "/control/calls")
    with pytest.raises(PermanentError) as caught:
        facebook.publish(one)
    assert caught.value.code == code
    assert sandbox.control("GET", "/control/calls?platform=facebook")["calls"] == []
