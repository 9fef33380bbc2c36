"""Every error of X has one meaning, on a read and on a write. Over a real connection."""

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels.connectors.twitter.problems import BadRequest
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
    ReplyNotAllowed,
    StoppedByPlatform,
    TransientError,
)
from tests.channels.hostile_server import Behaviour, HostileServer, answer, hang, hostile_server, json_answer, reset
from tests.contract.twitter.payloads import RECORDED, recorded
from tests.contract.twitter.wire import CREDENTIALS, LOOKUP, ME, OWN, TOKEN, TOKENS, connector, message, rates

TYPES = "https://api.x.com/2/problems/"
SUMMONED = (
    "Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the "
    "post you are replying to."
)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def on_read(server: HostileServer, behaviour: Behaviour) -> ConnectorError:
    server.on[OWN] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).find_sent(message(), since=datetime.now(UTC))
    return caught.value


def on_write(server: HostileServer, behaviour: Behaviour) -> ConnectorError:
    server.on[LOOKUP] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).send(message())
    return caught.value


def problem(status: int, detail: str = "", title: str = "Forbidden", kind: str = "about:blank") -> dict[str, Any]:
    return {"title": title, "detail": detail, "type": kind, "status": status}


def old(code: int, words: str = "Words of X") -> dict[str, Any]:
    return {"errors": [{"code": code, "message": words}]}


Kind = type[ConnectorError]
CASES: list[tuple[str, int, Any, Kind, Kind, str]] = [
    # name, status, body, on a read, on a write, code ("" where the two differ)
    ("401", 401, problem(401, "Unauthorized", "Unauthorized"), CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("401 without words", 401, {}, CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("32", 403, old(32), CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("89", 403, old(89), CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("402 CreditsDepleted", 402, {"title": "CreditsDepleted", "type": TYPES + "credits"}, OutOfCredit, OutOfCredit, "out_of_credit"),
    ("402 credits-depleted", 402, problem(402, "credits depleted", "Payment Required", TYPES + "credits-depleted"), OutOfCredit, OutOfCredit, "out_of_credit"),
    ("402 without words", 402, {}, OutOfCredit, OutOfCredit, "out_of_credit"),
    ("credits under 403", 403, problem(403, "", "CreditsDepleted", TYPES + "credits"), OutOfCredit, OutOfCredit, "out_of_credit"),
    ("429 usage-capped", 429, problem(429, "Usage cap exceeded", "UsageCapExceeded", TYPES + "usage-capped"), OutOfCredit, OutOfCredit, "usage_capped"),
    ("429 problem", 429, problem(429, "Too Many Requests", "Too Many Requests"), RateLimited, RateLimited, "rate_limited"),
    ("429 old", 429, old(88, "Rate limit exceeded"), RateLimited, RateLimited, "rate_limited"),
    ("429 without words", 429, {}, RateLimited, RateLimited, "rate_limited"),
    ("daily limit", 403, old(185, "User is over daily status update limit"), RateLimited, RateLimited, "rate_limited"),
    ("403 client-forbidden", 403, {**problem(403, "x", "Client Forbidden", TYPES + "client-forbidden"), "reason": "client-not-enrolled"}, Misconfigured, Misconfigured, "client_forbidden"),
    ("403 unsupported-authentication", 403, problem(403, "x", "Unsupported Authentication", TYPES + "unsupported-authentication"), Misconfigured, Misconfigured, "unsupported_authentication"),
    ("403 unsupported-authentication, nested", 403, {"errors": [problem(403, "x", "Unsupported Authentication", TYPES + "unsupported-authentication")]}, Misconfigured, Misconfigured, "unsupported_authentication"),
    ("403 oauth1-permissions", 403, problem(403, "x", "Forbidden", "https://api.twitter.com/2/problems/oauth1-permissions"), Misconfigured, Misconfigured, "permissions"),
    ("403 suspended", 403, old(64, "Your account is suspended and is not permitted to access this feature"), StoppedByPlatform, StoppedByPlatform, "suspended"),
    ("403 suspended in words", 403, problem(403, "Your account is suspended and is not permitted to perform this action."), StoppedByPlatform, StoppedByPlatform, "suspended"),
    ("403 locked", 403, old(326, "To protect our users from spam…"), StoppedByPlatform, StoppedByPlatform, "locked"),
    ("403 duplicate", 403, problem(403, "You are not allowed to create a Tweet with duplicate content."), Misconfigured, PermanentError, ""),
    ("187", 403, old(187, "Status is a duplicate."), Misconfigured, PermanentError, ""),
    ("403 not summoned", 403, problem(403, SUMMONED), Misconfigured, ReplyNotAllowed, ""),
    ("433", 403, old(433), Misconfigured, ReplyNotAllowed, ""),
    ("403 answered post gone", 403, problem(403, "You attempted to reply to a Tweet that is deleted or not visible to you."), Gone, Gone, "gone"),
    ("385", 403, old(385), Gone, Gone, "gone"),
    ("403 not-authorized-for-resource", 403, problem(403, "x", "Authorization Error", TYPES + "not-authorized-for-resource"), Gone, Gone, "gone"),
    ("404 not found", 404, problem(404, "Could not find tweet", "Not Found Error", TYPES + "resource-not-found"), Gone, Gone, "gone"),
    ("404 without words", 404, {}, Misconfigured, Misconfigured, "address"),
    ("403 no messages", 403, problem(403, "You cannot send messages to this user."), Misconfigured, PermanentError, ""),
    ("349", 403, old(349, "You cannot send messages to this user."), Misconfigured, PermanentError, ""),
    ("186", 403, old(186, "Tweet needs to be a bit shorter."), Misconfigured, PermanentError, ""),
    ("blocked", 403, old(136, "You have been blocked from the author of this account"), Misconfigured, PermanentError, ""),
    ("226", 403, old(226, "This request looks like it might be automated."), Misconfigured, PermanentError, ""),
    ("disallowed", 400, problem(400, "x", "Disallowed Resource", TYPES + "disallowed-resource"), BadRequest, PermanentError, ""),
    ("403 of another kind", 403, problem(403, "Nope"), Misconfigured, PermanentError, "forbidden"),
    ("400", 400, {"title": "Invalid Request", "type": TYPES + "invalid-request", "detail": "x", "errors": [{"message": "x", "parameters": {"ids": ["1"]}}]}, BadRequest, PermanentError, ""),
    ("400 not found", 400, {"errors": [problem(400, "x", "Not Found Error", TYPES + "resource-not-found")]}, Gone, Gone, "gone"),
    ("409", 409, problem(409, "x", "Conflict", TYPES + "conflict"), TransientError, OutcomeUnknown, ""),
    ("500", 500, problem(500, "x", "Internal Server Error"), TransientError, OutcomeUnknown, ""),
    ("503", 503, problem(503, "x", "Service Unavailable"), TransientError, OutcomeUnknown, ""),
    ("503 duplicate", 503, problem(503, "duplicate content"), TransientError, OutcomeUnknown, ""),
    ("error is a list", 403, [], Misconfigured, PermanentError, ""),
    ("error is odd", 403, {"errors": [7, {"code": [], "message": {}}], "title": {}}, Misconfigured, PermanentError, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "content", "read", "write", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_error_has_one_meaning(
    server: HostileServer, status: int, content: Any, read: Kind, write: Kind, code: str
) -> None:
    behaviour = json_answer(content, f"{status} X")
    for error, kind in ((on_read(server, behaviour), read), (on_write(server, behaviour), write)):
        assert type(error) is kind
        if code:
            assert error.code == code
        assert str(error)


OBSERVED: dict[str, tuple[Kind, Kind]] = {
    "duplicate-content": (Misconfigured, PermanentError),
    "reply-not-summoned": (Misconfigured, ReplyNotAllowed),
    "credits-depleted-A": (OutOfCredit, OutOfCredit),
    "credits-depleted-B": (OutOfCredit, OutOfCredit),
    "client-forbidden": (Misconfigured, Misconfigured),
    "unauthorized": (CredentialsRejected, CredentialsRejected),
    "app-only-on-user-endpoint": (Misconfigured, Misconfigured),
}


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads (../shared/payloads/x) are not here")
def test_errors_that_were_seen_live(server: HostileServer) -> None:
    cases = recorded("errors-observed.json")
    assert {case["case"] for case in cases} == OBSERVED.keys()
    for case in cases:
        headers = {name.replace("-", "_"): value for name, value in case.get("headers", {}).items()}
        behaviour = json_answer(case["body"], f"{case['status']} X", **headers)
        read, write = OBSERVED[case["case"]]
        assert type(on_read(server, behaviour)) is read, case["case"]
        assert type(on_write(server, behaviour)) is write, case["case"]


def test_the_same_text_twice_is_told_as_such(server: HostileServer) -> None:
    """Nothing is ever sent again by itself, so a duplicate is what the agent typed twice."""
    error = on_write(server, json_answer(problem(403, "You are not allowed to create a Tweet with duplicate content."), "403 X"))  # fmt: skip
    assert error.code == "duplicate"


@pytest.mark.parametrize(
    ("behaviour", "read", "write"),
    [
        (answer(b"<html>Bad gateway</html>", "502 Bad Gateway", "text/html"), TransientError, OutcomeUnknown),
        (answer(b"<html>Forbidden</html>", "403 Forbidden", "text/html"), Misconfigured, PermanentError),
        (answer(b"<html>Sorry</html>", "200 OK", "text/html"), PayloadError, OutcomeUnknown),
        (answer(b'{"data": {"id": "1', "201 Created"), PayloadError, OutcomeUnknown),
        (answer(b"", "200 OK"), PayloadError, OutcomeUnknown),
        (answer(b"[]", "200 OK"), PayloadError, OutcomeUnknown),
        (reset, TransientError, OutcomeUnknown),
        (answer(b"", "302 Found", Location="https://x.com/login"), Misconfigured, Misconfigured),
    ],
    ids=["502 html", "403 html", "200 html", "half json", "empty", "list", "reset", "redirect"],
)
def test_answers_that_are_none(server: HostileServer, behaviour: Behaviour, read: Kind, write: Kind) -> None:
    assert type(on_read(server, behaviour)) is read
    assert type(on_write(server, behaviour)) is write


def test_silence_is_unknown_for_a_write_and_another_try_for_a_read(server: HostileServer) -> None:
    assert type(on_write(server, hang(server))) is OutcomeUnknown
    assert type(on_read(server, hang(server))) is TransientError


def test_nobody_home_is_proven_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransientError) as caught:
        connector(HostileServer("127.0.0.1", port)).send(message())
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    "content", [{}, {"data": None}, {"data": {}}, {"data": {"id": None}}, {"data": {"id": "x"}}, {"data": []}]
)
def test_a_post_that_went_well_without_an_id_is_unknown(server: HostileServer, content: Any) -> None:
    assert type(on_write(server, json_answer(content, "201 Created"))) is OutcomeUnknown


def test_a_refusal_inside_an_answer_that_went_well(server: HostileServer) -> None:
    gone = {
        "errors": [{**problem(404, "x", "Not Found Error", TYPES + "resource-not-found"), "resource_type": "tweet"}]
    }
    assert type(on_write(server, json_answer(gone))) is Gone


# -- limits ------------------------------------------------------------------------------------------------------------


def limited(server: HostileServer, **headers: str) -> RateLimited:
    error = on_read(server, json_answer(problem(429, "Too Many Requests"), "429 X", **headers))
    assert isinstance(error, RateLimited)
    return error


def test_the_wait_lasts_until_the_reset(server: HostileServer) -> None:
    error = limited(server, **rates(900, 0, reset_in=300))
    assert error.retry_after is not None
    assert timedelta(seconds=290) < error.retry_after <= timedelta(seconds=301)
    assert error.budget == "own_posts"


def test_without_a_reset_the_wait_is_a_window(server: HostileServer) -> None:
    assert limited(server).retry_after == timedelta(minutes=15)
    assert limited(server, x_rate_limit_reset="soon").retry_after == timedelta(minutes=15)


def test_a_reset_in_the_past_or_a_year_away_is_not_believed(server: HostileServer) -> None:
    assert limited(server, **rates(900, 0, reset_in=-3600)).retry_after == timedelta(seconds=5)
    assert limited(server, **rates(900, 0, reset_in=31_536_000)).retry_after == timedelta(hours=25)


def test_a_reset_is_read_by_the_clock_of_x(server: HostileServer) -> None:
    reset = str(int(datetime(2020, 1, 1, 0, 5, tzinfo=UTC).timestamp()))
    error = limited(server, x_rate_limit_reset=reset, Date="Wed, 01 Jan 2020 00:00:00 GMT")
    assert error.retry_after == timedelta(minutes=5)


def test_every_answer_tells_what_is_left_also_a_refusal(server: HostileServer) -> None:
    ours = connector(server)
    server.on[OWN] = json_answer({"meta": {"result_count": 0}}, **rates(900, 899))
    ours.find_sent(message(), since=datetime.now(UTC))
    assert (ours.budgets["own_posts"].limit, ours.budgets["own_posts"].remaining) == (900, 899)
    server.on[OWN] = json_answer(problem(403), "403 X", **rates(900, 898))
    with pytest.raises(Misconfigured):
        ours.find_sent(message(), since=datetime.now(UTC))
    assert ours.budgets["own_posts"].remaining == 898
    assert ours.budgets["own_posts"].reset_at is not None


# -- tokens ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (
            400,
            {"error": "invalid_request", "error_description": "Value passed for the token was invalid."},
            CredentialsRejected,
        ),
        (400, {"error": "invalid_grant"}, CredentialsRejected),
        (400, "odd", CredentialsRejected),
        (
            401,
            {"error": "unauthorized_client", "error_description": "Missing valid authorization header"},
            Misconfigured,
        ),
        (401, {"error": "invalid_client"}, Misconfigured),
        (429, {}, RateLimited),
        (503, {}, OutcomeUnknown),
        (200, {}, PayloadError),
        (200, {"access_token": 7}, PayloadError),
        (200, [], PayloadError),
        (302, {}, Misconfigured),
    ],
)
def test_a_renewal_that_fails(server: HostileServer, status: int, content: Any, kind: Kind) -> None:
    server.on[TOKENS] = json_answer(content, f"{status} X")
    with pytest.raises(ConnectorError) as caught:
        connector(server).refresh()
    assert type(caught.value) is kind


def test_without_a_refresh_token_a_person_is_needed(server: HostileServer) -> None:
    with pytest.raises(CredentialsRejected):
        connector(server, credentials={**CREDENTIALS, "refresh_token": ""}).refresh()
    assert server.seen == []


def test_without_an_access_token_nothing_is_asked(server: HostileServer) -> None:
    with pytest.raises(Misconfigured):
        connector(server, credentials={}).check()
    assert server.seen == []


def test_another_account_behind_the_token_asks_for_a_person(server: HostileServer) -> None:
    server.on[ME] = json_answer({"data": {"id": "999", "name": "Someone else", "username": "else"}})
    with pytest.raises(Misconfigured, match="another account"):
        connector(server).check()


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_no_token_ends_up_in_an_address_an_error_or_a_log(
    server: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = on_write(server, json_answer(problem(403, f"Bad {TOKEN} " + "x" * 900), "403 X"))
    assert str(error).startswith("X does not allow this. (Bad … x")
    assert len(str(error)) < 300
    assert logging.getLogger("tweepy.client").getEffectiveLevel() >= logging.INFO
    assert TOKEN not in caplog.text
    assert all(TOKEN not in request.target for request in server.seen)
    assert all(request.headers["authorization"] == f"Bearer {TOKEN}" for request in server.seen)
