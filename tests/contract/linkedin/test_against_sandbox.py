"""The connector against the simulated LinkedIn, as a process of its own on the real wire."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from channels.connectors.linkedin import urns
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.errors import (
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutcomeUnknown,
    PayloadError,
    PermanentError,
    RateLimited,
    StoppedByPlatform,
    TransientError,
)
from channels.messages import Change, Direction, InboundMessage, Kind, OutboundMessage, Receipt, SendMode
from tests.contract.conftest import Sandbox
from tests.contract.linkedin.conftest import connector_to

Found = dict[str, InboundMessage]


def say(sandbox: Sandbox, text: str, who: str = "Fatma de Boer", kind: str = "comment", **more: str) -> dict[str, Any]:
    said: dict[str, Any] = sandbox.control(
        "POST", "/control/say", json={"platform": "linkedin", "kind": kind, "resident": who, "text": text, **more}
    )
    return said


def elsewhere(sandbox: Sandbox, text: str, said: dict[str, Any]) -> dict[str, Any]:
    """A colleague answers on LinkedIn itself."""
    told: dict[str, Any] = sandbox.control(
        "POST", "/control/elsewhere", json={"platform": "linkedin", "text": text, "in_reply_to": said["id"]}
    )
    return told


def fault(sandbox: Sandbox, kind: str, endpoint: str, method: str = "*", **more: Any) -> None:
    wanted = {"platform": "linkedin", "fault": kind, "endpoint": endpoint, "method": method, **more}
    sandbox.control("POST", "/control/faults", json=wanted)


def poll_all(linkedin: LinkedInConnector, cursor: Any = None) -> tuple[Found, dict[str, Any], list[InboundMessage]]:
    """Everything that polling to the end brings: what was made by id, the cursor (through JSON, as in the database), and
    every event."""
    found: Found = {}
    every: list[InboundMessage] = []
    cursor = cursor or {}
    for _ in range(60):
        page = linkedin.poll(cursor)
        cursor = json.loads(json.dumps(page.cursor))
        for item in page.items:
            for event in LinkedInConnector.parse(item.payload, linkedin.account):
                assert isinstance(event, InboundMessage)
                every.append(event)
                if event.change in (Change.CREATED, Change.EDITED) and event.thread_id:
                    found.setdefault(event.external_id, event)
        if not page.more:
            return found, cursor, every
    raise AssertionError("polling never ends")


def reply_to(said: dict[str, Any], text: str, **more: Any) -> OutboundMessage:
    post = urns.parts(said["id"])[0]
    values = {
        "key": str(uuid4()), "mode": SendMode.REPLY, "text": text, "thread_id": f"post:{post}:x", "in_reply_to": said["id"],
        "root_id": post, "last_inbound_at": datetime.now(UTC), **more,
    }  # fmt: skip
    return OutboundMessage(**values)


def answers_with(sandbox: Sandbox, text: str) -> list[dict[str, Any]]:
    found = sandbox.control("GET", "/control/items?platform=linkedin&by=page")["items"]
    return [item for item in found if item["text"] == text]


# -- in ----------------------------------------------------------------------------------------------------------------


def test_the_account_says_who_it_is_and_until_when(linkedin: LinkedInConnector, credentials: dict[str, str]) -> None:
    status = linkedin.check()
    assert (status.external_id, status.name) == (credentials["account_id"], "Gemeente Eikenrode")
    assert status.handle == "gem-eikenrode"
    assert status.expires_at is not None
    assert status.expires_at > datetime.now(UTC) + timedelta(days=30)


def test_comments_on_both_levels_stand_under_our_post(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    top = say(sandbox, "Wanneer wordt het papier opgehaald?")
    below = say(sandbox, "Bij ons ook niet", "Ömer Yıldız", in_reply_to=top["id"])
    again = say(sandbox, "Vreemd", in_reply_to=below["id"])
    found, _, _ = poll_all(linkedin)
    first, second, third = (found[said["id"]] for said in (top, below, again))
    assert first.thread_id == third.thread_id != second.thread_id
    assert [message.kind for message in (first, second, third)] == [Kind.COMMENT, Kind.REPLY, Kind.REPLY]
    assert [message.in_reply_to for message in (second, third)] == [top["id"]] * 2
    for message in (first, second, third):
        assert message.direction == Direction.IN
        assert message.author.external_id.startswith("urn:li:person:")
        assert message.author.name == ""
        assert message.root is not None
        assert message.root.is_ours
        assert message.root.text


def test_a_first_poll_and_a_later_one_give_the_same_messages(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    _, cursor, _ = poll_all(linkedin)
    top = say(sandbox, "Eerste vraag")
    answered = elsewhere(sandbox, "Eerste antwoord", top)
    below = say(sandbox, "Tweede vraag", in_reply_to=answered["id"])
    mention = say(sandbox, "Complimenten voor de gemeente", "Anna Nowak", "mention")
    later, after, _ = poll_all(linkedin, cursor)
    assert {said["id"] for said in (top, answered, below, mention)} <= later.keys()
    assert (later[answered["id"]].direction, later[mention["id"]].kind) == (Direction.OUT, Kind.MENTION)
    assert len({later[said["id"]].thread_id for said in (top, answered, below)}) == 1
    first, _, _ = poll_all(linkedin)
    for said in (top, answered, below, mention):
        one, other = first[said["id"]], later[said["id"]]
        for name in (
            "thread_id",
            "direction",
            "kind",
            "in_reply_to",
            "text",
            "sent_at",
            "author",
            "contact",
            "permalink",
        ):
            assert getattr(one, name) == getattr(other, name), name
    assert not poll_all(linkedin, after)[0]


def test_what_a_webhook_says_is_what_polling_says(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    """The same body comes by both roads: as the notification says it, and as the comment that is read for it."""
    top = say(sandbox, "Is de milieustraat open?")
    below = say(sandbox, "En op zaterdag?", in_reply_to=top["id"])
    page = linkedin.rest.get(
        "organizationalEntityNotifications", q="criteria", organizationalEntity=urns.encoded(linkedin.page), count=2
    )
    body = {"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": page["elements"]}
    hooked = {}
    for item in LinkedInConnector.split(body):
        assert item.account_id == linkedin.page
        [event] = LinkedInConnector.parse(item.payload, linkedin.account)
        assert isinstance(event, InboundMessage)
        hooked[event.external_id] = event
    polled, _, _ = poll_all(linkedin)
    for said in (top, below):
        one, other = hooked[said["id"]], polled[said["id"]]
        for name in ("thread_id", "direction", "text", "sent_at", "author", "contact"):
            assert getattr(one, name) == getattr(other, name), name


def test_edits_and_deletions_are_told(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    edited, deleted = say(sandbox, "Waarom is de wijk afgesloten?"), say(sandbox, "Laat maar")
    _, cursor, _ = poll_all(linkedin)
    time.sleep(1.1)  # less between making and changing is no edit
    sandbox.control(
        "POST", "/control/edit", json={"platform": "linkedin", "id": edited["id"], "text": "Waarom de weg?"}
    )
    sandbox.control("POST", "/control/delete", json={"platform": "linkedin", "id": deleted["id"]})
    _, _, every = poll_all(linkedin, cursor)
    changes = {(event.external_id, event.change, event.text) for event in every}
    assert (edited["id"], Change.EDITED, "Waarom de weg?") in changes
    assert (deleted["id"], Change.DELETED, "") in changes
    assert all(event.changed_at for event in every)


# -- out ---------------------------------------------------------------------------------------------------------------


def test_an_answer_arrives_under_the_comment_and_comes_back_as_ours(
    sandbox: Sandbox, linkedin: LinkedInConnector
) -> None:
    said = say(sandbox, "Is het gemeentehuis open?")
    receipt = linkedin.send(reply_to(said, "Ja, tot vijf uur. Café ernaast ook 😀 (tot zes)"))
    [item] = answers_with(sandbox, "Ja, tot vijf uur. Café ernaast ook 😀 (tot zes)")
    assert (item["id"], item["in_reply_to"]) == (receipt.external_id, said["id"])
    found, _, _ = poll_all(linkedin)
    ours = found[receipt.external_id]
    assert (ours.direction, ours.thread_id) == (Direction.OUT, found[said["id"]].thread_id)
    assert ours.contact.external_id == found[said["id"]].author.external_id
    assert ours.permalink == receipt.permalink


def test_an_answer_to_an_answer_stays_on_the_second_level(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    top = say(sandbox, "Wie ruimt dit op?")
    below = say(sandbox, "Dat wil ik ook weten", "Kees Vos", in_reply_to=top["id"])
    receipt = linkedin.send(reply_to(below, "Wij, morgen"))
    [item] = answers_with(sandbox, "Wij, morgen")
    assert (item["id"], item["in_reply_to"]) == (receipt.external_id, top["id"])
    found, _, _ = poll_all(linkedin)
    assert found[receipt.external_id].thread_id == found[below["id"]].thread_id


def test_a_mention_is_answered_under_it(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    said = say(sandbox, "Mooi werk van de gemeente", "Anna Nowak", "mention")
    mention = poll_all(linkedin)[0][said["id"]]
    message = reply_to(said, "Dank u wel!", thread_id=mention.thread_id, root_id="")
    receipt = linkedin.send(message)
    [item] = answers_with(sandbox, "Dank u wel!")
    assert item["id"] == receipt.external_id
    again = linkedin.find_sent(message, since=datetime.now(UTC) - timedelta(minutes=1))
    assert again is not None
    assert again.external_id == receipt.external_id


def test_a_deleted_comment_can_no_longer_be_answered(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    said = say(sandbox, "Laat maar")
    sandbox.control("POST", "/control/delete", json={"platform": "linkedin", "id": said["id"]})
    with pytest.raises(Gone):
        linkedin.send(reply_to(said, "Toch even antwoorden"))


# -- when it goes wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["timeout_after", "closed_after", "slow_drip"])
def test_what_was_accepted_without_an_answer_is_unknown_and_found_once(
    sandbox: Sandbox, linkedin: LinkedInConnector, kind: str
) -> None:
    said = say(sandbox, f"Vraag {kind}")
    message = reply_to(said, f"Antwoord {kind}")
    since = datetime.now(UTC)
    assert linkedin.find_sent(message, since=since) is None
    fault(sandbox, kind, "/comments", "POST", seconds=5)
    with pytest.raises(OutcomeUnknown):
        linkedin.send(message)
    receipt = None
    give_up_at = time.monotonic() + 60
    while receipt is None and time.monotonic() < give_up_at:
        receipt = linkedin.find_sent(message, since=since)
    [item] = answers_with(sandbox, message.text)
    assert isinstance(receipt, Receipt)
    assert receipt.external_id == item["id"]


def test_half_an_answer_with_the_id_in_its_head_is_enough(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    said = say(sandbox, "Vraag en half antwoord")
    fault(sandbox, "half_json", "/comments", "POST")
    receipt = linkedin.send(reply_to(said, "Heel antwoord"))
    [item] = answers_with(sandbox, "Heel antwoord")
    assert item["id"] == receipt.external_id


@pytest.mark.parametrize("kind", ["timeout_before", "closed_before"])
def test_what_was_never_accepted_is_unknown_and_not_found(
    sandbox: Sandbox, linkedin: LinkedInConnector, kind: str
) -> None:
    said = say(sandbox, f"Vraag {kind}")
    message = reply_to(said, f"Antwoord {kind}")
    fault(sandbox, kind, "/comments", "POST", seconds=5)
    since = datetime.now(UTC)
    with pytest.raises(OutcomeUnknown):
        linkedin.send(message)
    assert linkedin.find_sent(message, since=since) is None
    assert answers_with(sandbox, message.text) == []


WRITE_FAULTS = [
    ("401", CredentialsRejected, "token_expired"),
    ("revoked_token", CredentialsRejected, "token_revoked"),
    ("402", Misconfigured, "permission"),
    ("403", Misconfigured, "permission"),
    ("platform_ban", StoppedByPlatform, "stopped"),
    ("429", RateLimited, "rate_limited"),
    ("429_no_reset", RateLimited, "rate_limited"),
    ("500", OutcomeUnknown, "outcome_unknown"),
    ("502", OutcomeUnknown, "outcome_unknown"),
    ("html_200", OutcomeUnknown, "outcome_unknown"),
]


@pytest.mark.parametrize(("kind", "expected", "code"), WRITE_FAULTS, ids=[case[0] for case in WRITE_FAULTS])
def test_every_refusal_of_a_message_has_its_branch(
    sandbox: Sandbox, linkedin: LinkedInConnector, kind: str, expected: type[Exception], code: str
) -> None:
    said = say(sandbox, f"Vraag bij {kind}")
    fault(sandbox, kind, "/comments", "POST", times=1, seconds=120)
    with pytest.raises(expected) as caught:
        linkedin.send(reply_to(said, f"Antwoord bij {kind}"))
    assert type(caught.value) is expected
    assert getattr(caught.value, "code", "") == code
    if isinstance(caught.value, RateLimited):
        assert caught.value.retry_after == timedelta(minutes=2 if kind == "429" else 1)


READ_FAULTS = [
    ("401", CredentialsRejected),
    ("403", Misconfigured),
    ("429", RateLimited),
    ("500", TransientError),
    ("502", TransientError),
    ("html_200", PayloadError),
    ("half_json", PayloadError),
    ("timeout_before", TransientError),
    ("closed_before", TransientError),
    ("slow_drip", TransientError),
]


@pytest.mark.parametrize(("kind", "expected"), READ_FAULTS, ids=[case[0] for case in READ_FAULTS])
def test_every_failure_of_polling_has_its_branch(
    sandbox: Sandbox, linkedin: LinkedInConnector, kind: str, expected: type[Exception]
) -> None:
    fault(sandbox, kind, "/organizationalEntityNotifications", "GET", times=1, seconds=5)
    with pytest.raises(expected) as caught:
        linkedin.poll({})
    assert type(caught.value) is expected
    poll_all(linkedin)


@pytest.mark.parametrize("version", ["202511", "202512", "202612"])
def test_a_version_that_does_not_live_is_told(sandbox: Sandbox, credentials: dict[str, str], version: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        connector_to(sandbox, credentials, linkedin_version=version).check()
    assert caught.value.code == "version"


def test_an_answer_that_linkedin_finds_too_long_is_refused(sandbox: Sandbox, linkedin: LinkedInConnector) -> None:
    said = say(sandbox, "Mag het ook lang?")
    with pytest.raises(PermanentError) as caught:
        linkedin.rest.create(
            "socialActions",
            said["id"],
            "comments",
            body={"actor": linkedin.page, "object": "urn:li:activity:1", "message": {"text": "x" * 1_251}},
        )
    assert caught.value.code == "too_long"


# -- access ------------------------------------------------------------------------------------------------------------


def test_the_access_is_renewed_and_the_right_to_renew_is_not(sandbox: Sandbox, credentials: dict[str, str]) -> None:
    renewed = connector_to(sandbox, credentials).refresh()
    assert renewed["access_token"] != credentials["access_token"]
    assert renewed["refresh_token"] == credentials["refresh_token"]
    fresh = connector_to(sandbox, renewed)
    status = fresh.check()
    assert status.expires_at is not None
    told = datetime.fromisoformat(renewed["expires_at"])
    assert abs((status.expires_at - told).total_seconds()) < 60
    assert datetime.fromisoformat(renewed["refresh_expires_at"]) <= datetime.now(UTC) + timedelta(days=365)


def test_an_access_that_was_withdrawn_is_not_renewed(sandbox: Sandbox, credentials: dict[str, str]) -> None:
    sandbox.control("POST", "/control/token/revoke", json={"platform": "linkedin"})
    try:
        linkedin = connector_to(sandbox, credentials)
        with pytest.raises(CredentialsRejected) as caught:
            linkedin.check()
        assert caught.value.code == "token_revoked"
        with pytest.raises(CredentialsRejected):
            linkedin.refresh()
    finally:
        sandbox.control("POST", "/control/token/restore", json={"platform": "linkedin"})


def test_no_secret_reached_an_address(
    sandbox: Sandbox, linkedin: LinkedInConnector, credentials: dict[str, str]
) -> None:
    linkedin.check()
    poll_all(linkedin)
    told = json.dumps(sandbox.control("GET", "/control/calls"))
    for name in ("access_token", "refresh_token", "client_secret"):
        assert credentials[name] not in told
