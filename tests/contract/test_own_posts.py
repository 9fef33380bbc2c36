"""What holds for posts of our own on every platform where they go out in one call, against the simulated platforms."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from channels.connectors.base import Connector
from channels.errors import OutcomeUnknown, PermanentError, TransientError
from channels.http import make_session
from channels.messages import Account, OutboundPost, Picture
from channels.registry import CONNECTORS
from tests.contract.conftest import Sandbox
from tests.contract.facebook.test_against_sandbox import WRITE_FAULTS as FACEBOOK_FAULTS
from tests.contract.linkedin.test_against_sandbox import WRITE_FAULTS as LINKEDIN_FAULTS
from tests.contract.pictures import PNG

PHOTO = Picture(content=PNG, content_type="image/png", alt="Een eik")


@dataclass
class Desk:
    """A connector, and what the platform behind it holds. `visible` is the path of the one call that makes a post visible."""

    sandbox: Sandbox
    platform: str
    base: str
    visible: str

    def __post_init__(self) -> None:
        self.sandbox.control("DELETE", "/control/faults")
        credentials = self.sandbox.credentials(self.platform)
        url = self.sandbox.base(self.base)
        account = Account(external_id=credentials["account_id"], base_url=url, credentials=credentials)
        http = make_session(url, read_timeout=1.0, total_timeout=2.0, rebased_hosts=self.kind.rebased_hosts)
        self.connector = self.kind(account, http)

    @property
    def kind(self) -> type[Connector]:
        return CONNECTORS[self.platform]

    def shown(self, text: str) -> list[dict[str, Any]]:
        found = self.sandbox.control("GET", f"/control/items?platform={self.platform}&by=page&kind=post")["items"]
        return [item for item in found if item["text"] == text and not item["deleted"]]

    def fault(self, kind: str, endpoint: str = "", **more: Any) -> None:
        wanted = {"platform": self.platform, "fault": kind, "endpoint": endpoint or self.visible, "method": "*", **more}
        self.sandbox.control("POST", "/control/faults", json=wanted)

    def calls(self) -> list[str]:
        return [one["path"] for one in self.sandbox.control("GET", f"/control/calls?platform={self.platform}")["calls"]]


DESKS: dict[str, Callable[[Sandbox], Desk]] = {
    "twitter": lambda sandbox: Desk(sandbox, "twitter", "x", "/2/tweets"),
    "facebook": lambda sandbox: Desk(sandbox, "facebook", "graph", "/feed"),
    "linkedin": lambda sandbox: Desk(sandbox, "linkedin", "linkedin", "/rest/posts"),
}


@pytest.fixture(params=DESKS)
def desk(request: pytest.FixtureRequest, sandbox: Sandbox) -> Desk:
    return DESKS[request.param](sandbox)


def post(text: str, *pictures: Picture) -> OutboundPost:
    return OutboundPost(key=str(uuid4()), text=f"{text} {uuid4().hex[:8]}", pictures=pictures)


def test_it_is_asked_after_every_picture_whether_the_post_may_still_go_out(desk: Desk) -> None:
    one, asked = post("Kijk", PHOTO, PHOTO, PHOTO), []

    def stop_at_the_last() -> None:
        asked.append(desk.shown(one.text))
        if len(asked) == 3:
            raise TransientError("a pause began")

    desk.connector.still_allowed = stop_at_the_last
    desk.sandbox.control("DELETE", "/control/calls")
    with pytest.raises(TransientError, match="a pause began"):
        desk.connector.publish(one)
    assert asked == [[], [], []]
    assert desk.shown(one.text) == []
    assert not [path for path in desk.calls() if path.endswith(desk.visible)]


@pytest.mark.parametrize("kind", ["timeout_before", "closed_before"])
def test_what_was_never_accepted_is_unknown_and_not_found(desk: Desk, kind: str) -> None:
    one, since = post(f"Bericht {kind}"), datetime.now(UTC)
    desk.fault(kind, seconds=5)
    with pytest.raises(OutcomeUnknown):
        desk.connector.publish(one)
    assert desk.connector.find_published(one, since=since) is None
    assert desk.shown(one.text) == []


@pytest.mark.parametrize("kind", ["500", "502", "html_200"])
def test_an_answer_that_says_nothing_leaves_it_unknown(desk: Desk, kind: str) -> None:
    desk.fault(kind, times=1)
    with pytest.raises(OutcomeUnknown):
        desk.connector.publish(post(f"Bericht {kind}"))


def test_the_same_post_twice_stands_there_once(desk: Desk) -> None:
    one = post("Precies hetzelfde")
    desk.connector.publish(one)
    with pytest.raises((OutcomeUnknown, PermanentError)) as caught:
        desk.connector.publish(one)
    assert caught.value.code == "duplicate"
    assert len(desk.shown(one.text)) == 1


def test_what_is_no_picture_is_refused_for_good(desk: Desk) -> None:
    one = post("Kapotte foto", Picture(content=b"<svg/>", content_type="image/png"))
    with pytest.raises(PermanentError) as caught:
        desk.connector.publish(one)
    assert caught.value.code == "picture_refused"
    assert desk.shown(one.text) == []


REFUSALS = [
    *(("facebook", endpoint, *case) for endpoint in ("/feed", "/photos") for case in FACEBOOK_FAULTS[:7]),
    *(
        ("linkedin", endpoint, *case)
        for endpoint in ("/rest/posts", "/images", "/dms-uploads")
        for case in LINKEDIN_FAULTS[:7]
    ),
]


@pytest.mark.parametrize(
    ("platform", "endpoint", "kind", "expected", "code"), REFUSALS, ids=["-".join(case[:3]) for case in REFUSALS]
)
def test_every_refusal_has_its_branch_whichever_call_it_meets(
    sandbox: Sandbox, platform: str, endpoint: str, kind: str, expected: type[Exception], code: str
) -> None:
    desk, one = DESKS[platform](sandbox), post(f"Bericht {kind}", PHOTO)
    desk.fault(kind, endpoint, times=1, seconds=120)
    with pytest.raises(expected) as caught:
        desk.connector.publish(one)
    assert (type(caught.value), getattr(caught.value, "code", "")) == (expected, code)
    assert desk.shown(one.text) == []
