"""Our own posts against the simulated platform."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from PIL import Image

from channels.errors import Gone, OutcomeUnknown, PermanentError, TransientError
from channels.messages import OutboundPost, Picture
from tests.contract.conftest import Sandbox
from tests.contract.twitter.test_against_sandbox import Desk, town

__all__ = ["town"]  # a fixture

TEXT = "Café & plein: zie https://eikenrode.example/plein en\n\nkom langs"


def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def picture(alt: str = "") -> Picture:
    buffer = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(buffer, "PNG")
    return Picture(content=buffer.getvalue(), content_type="image/png", name="plein.png", alt=alt)


def post(text: str = TEXT, *, alts: tuple[str, ...] = (), in_reply_to: str = "") -> OutboundPost:
    return OutboundPost(key="k", text=text, pictures=tuple(picture(alt) for alt in alts), in_reply_to=in_reply_to)


def test_a_post_with_pictures_arrives_once_and_is_found(town: Sandbox) -> None:
    desk, ours = Desk(town), post(alts=("Het plein", "De fontein"))
    assert desk.connector.find_published(ours, since=since()) is None
    receipt = desk.connector.publish(ours)
    (item,) = desk.said_by_us("Café")
    assert (item["id"], item["kind"], item["text"]) == (receipt.external_id, "post", TEXT)
    assert (item["pictures"], item["alts"]) == (2, ["Het plein", "De fontein"])
    assert desk.connector.find_published(ours, since=since()) == receipt
    (listed,) = desk.connector.list_posts(since=since())
    assert (listed.external_id, listed.text.split(), listed.permalink) == (
        receipt.external_id,
        TEXT.split(),
        receipt.permalink,
    )
    assert "/media/" in listed.picture_url
    assert desk.poll() == []  # no message of anybody


def test_a_chain_of_posts_is_made_part_by_part(town: Sandbox) -> None:
    desk = Desk(town)
    ids = [""]
    for number in (1, 2, 3):
        part = post(f"Deel {number}", in_reply_to=ids[-1])
        ids.append(desk.connector.publish(part).external_id)
        found = desk.connector.find_published(part, since=since())
        assert found is not None
        assert found.external_id == ids[-1]
    listed = desk.connector.list_posts(since=since())
    assert [one.external_id for one in listed] == ids[:0:-1]
    assert {one.root_id for one in listed} == {ids[1]}
    desk.say("reply", "Goed verhaal", in_reply_to=ids[3])
    (comment,) = desk.poll()
    assert comment.root is not None
    assert comment.root.external_id == ids[1]


@pytest.mark.parametrize("fault", ["timeout_after", "closed_after", "half_json", "502", "timeout_before"])
def test_an_unknown_outcome_is_looked_up(town: Sandbox, fault: str) -> None:
    desk, ours = Desk(town), post(alts=("Het plein",))
    desk.fault(fault, method="POST", endpoint="tweets")
    with pytest.raises(OutcomeUnknown):
        desk.connector.publish(ours)
    stored = desk.said_by_us("Café")
    receipt = desk.connector.find_published(ours, since=since())
    assert (receipt is None) is (fault in {"502", "timeout_before"})
    assert [item["id"] for item in stored] == ([receipt.external_id] if receipt else [])


@pytest.mark.parametrize("fault", ["timeout_after", "closed_after", "502", "half_json"])
@pytest.mark.parametrize("endpoint", ["media/upload", "media/metadata"])
def test_nothing_is_seen_when_a_picture_fails(town: Sandbox, endpoint: str, fault: str) -> None:
    desk, ours = Desk(town), post(alts=("Het plein",))
    desk.fault(fault, method="POST", endpoint=endpoint)
    with pytest.raises(TransientError):
        desk.connector.publish(ours)
    assert desk.said_by_us("Café") == []
    assert desk.connector.publish(ours).external_id  # the same call may be made again


def test_a_file_that_is_no_picture_is_refused_by_name(town: Sandbox) -> None:
    broken = OutboundPost(key="k", text=TEXT, pictures=(Picture(content=b"no picture", content_type="image/png"),))
    with pytest.raises(PermanentError) as caught:
        Desk(town).connector.publish(broken)
    assert caught.value.code == "picture_refused"


def test_the_same_text_twice_is_a_duplicate(town: Sandbox) -> None:
    desk = Desk(town)
    desk.connector.publish(post())
    with pytest.raises(PermanentError) as caught:
        desk.connector.publish(post())
    assert caught.value.code == "duplicate"


def test_posts_made_elsewhere_are_listed_and_answers_are_not(town: Sandbox) -> None:
    desk = Desk(town)
    made = desk.post("Met de telefoon geplaatst")
    said = desk.say("mention", "Is het loket open?")
    town.control("POST", "/control/elsewhere", json={"platform": "twitter", "text": "Ja", "in_reply_to": said["id"]})
    assert [one.external_id for one in desk.connector.list_posts(since=since())] == [made["id"]]
    assert desk.connector.list_posts(since=datetime.now(UTC) + timedelta(minutes=1)) == []


@pytest.mark.parametrize("vocabulary", ["tweet", "post"])
def test_figures_are_told_for_what_is_there(town: Sandbox, vocabulary: str) -> None:
    desk = Desk(town, vocabulary=vocabulary)
    own_id = desk.connector.publish(post()).external_id
    desk.say("reply", "Mooi", in_reply_to=own_id)
    found = desk.connector.measure_posts([own_id, "2080000000000000900"])
    assert found.keys() == {own_id}
    assert found[own_id].comments == 1
    assert None not in (found[own_id].reach, found[own_id].reactions, found[own_id].shares)


def test_an_edited_post_is_measured_under_the_id_that_we_know(town: Sandbox) -> None:
    desk = Desk(town)
    own_id = desk.connector.publish(post()).external_id
    town.control("POST", "/control/edit", json={"platform": "twitter", "id": own_id, "text": "Verbeterd"})
    assert desk.connector.measure_posts([own_id]).keys() == {own_id}
    assert [(one.external_id, one.text) for one in desk.connector.list_posts(since=since())] == [(own_id, "Verbeterd")]


def test_a_post_is_taken_away_and_then_gone(town: Sandbox) -> None:
    desk = Desk(town)
    own_id = desk.connector.publish(post()).external_id
    desk.connector.delete_post(own_id)
    assert [item["deleted"] for item in desk.said_by_us("Café")] == [True]
    assert desk.connector.list_posts(since=since()) == []
    assert desk.connector.measure_posts([own_id]) == {}
    with pytest.raises(Gone):
        desk.connector.delete_post(own_id)


def test_a_deletion_without_an_answer_is_unknown(town: Sandbox) -> None:
    desk = Desk(town)
    own_id = desk.connector.publish(post()).external_id
    desk.fault("timeout_after", method="DELETE")
    with pytest.raises(OutcomeUnknown):
        desk.connector.delete_post(own_id)
    with pytest.raises(Gone):
        desk.connector.delete_post(own_id)
