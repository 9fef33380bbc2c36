"""Every error of LinkedIn has one meaning, on a read and on a write. Over a real connection."""

import logging
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from channels.errors import (
    ConnectorError,
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
from tests.channels.hostile_server import Behaviour, HostileServer, answer, hang, hostile_server, json_answer, reset
from tests.contract.linkedin.payloads import ACTIVITY, RECORDED, US, comment, recorded
from tests.contract.linkedin.wire import (
    CREDENTIALS,
    INTROSPECT,
    NOTIFICATIONS,
    READ_QUESTION,
    REST,
    ROLES,
    TOKEN,
    TOKENS,
    WRITE,
    connector,
    listed,
    message,
)

Kind = type[ConnectorError]
THROTTLED = "Resource level throttle limit for calls to this resource is reached."


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def on_read(server: HostileServer, behaviour: Behaviour) -> ConnectorError:
    server.on[READ_QUESTION] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).send(message())
    assert all(request.method == "GET" for request in server.seen)
    return caught.value


def on_write(server: HostileServer, behaviour: Behaviour) -> ConnectorError:
    server.on[READ_QUESTION] = json_answer(comment())
    server.on[WRITE] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).send(message())
    assert [request.method for request in server.seen].count("POST") == 1
    return caught.value


def body(status: int, code: str = "", service: int | None = None, text: str = "Message") -> dict[str, Any]:
    found: dict[str, Any] = {"status": status, "message": text}
    return {**found, **({"code": code} if code else {}), **({} if service is None else {"serviceErrorCode": service})}


CASES: list[tuple[str, int, dict[str, Any], Kind, Kind, str]] = [
    # name, status, body, on a read, on a write, code
    ("65600", 401, body(401, "", 65600), CredentialsRejected, CredentialsRejected, "token_invalid"),
    ("65601", 401, body(401, "REVOKED_ACCESS_TOKEN", 65601), CredentialsRejected, CredentialsRejected, "token_revoked"),
    ("65602", 401, body(401, "EXPIRED_ACCESS_TOKEN", 65602), CredentialsRejected, CredentialsRejected, "token_expired"),
    ("expired, code only", 401, body(401, "EXPIRED_ACCESS_TOKEN"), CredentialsRejected, CredentialsRejected, "token_expired"),
    ("no token", 401, body(401, "", 401, "Empty oauth2_access_token"), CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("403 denied", 403, body(403, "ACCESS_DENIED", 100), Misconfigured, Misconfigured, "permission"),
    ("403/100", 403, body(403, "", 100, "Not enough permissions to access: x"), Misconfigured, Misconfigured, "permission"),
    ("restricted", 403, body(403, "MEMBER_RESTRICTED", 100, "Member is restricted"), StoppedByPlatform, StoppedByPlatform, "stopped"),
    ("426", 426, body(426, "NONEXISTENT_VERSION", None, "Requested version 20241101 is not active"), Misconfigured, Misconfigured, "version"),
    ("version as 400", 400, body(400, "NONEXISTENT_VERSION"), Misconfigured, Misconfigured, "version"),
    ("version as 403", 403, body(403, "", None, "Requested version 20251101 is not active"), Misconfigured, Misconfigured, "version"),
    ("no version", 400, body(400, "VERSION_MISSING"), Misconfigured, Misconfigured, "version"),
    ("400", 400, body(400, "ILLEGAL_ARGUMENT"), Misconfigured, PermanentError, ""),
    ("422", 422, body(422, "MISSING_FIELD"), Misconfigured, PermanentError, ""),
    ("too long", 422, body(422, "FIELD_LENGTH_TOO_LONG"), Misconfigured, PermanentError, ""),
    ("409", 409, body(409), TransientError, OutcomeUnknown, ""),
    ("duplicate as 422", 422, body(422, "DUPLICATE_POST", None, "Content is a duplicate of urn:li:share:1"), TransientError, OutcomeUnknown, ""),
    ("404", 404, body(404, "RESOURCE_NOT_FOUND", 0, "Could not find entity urn"), Gone, Gone, "gone"),
    ("no such resource", 404, body(404, "RESOURCE_NOT_FOUND", None, "No root resource defined for path '/x'"), Misconfigured, Misconfigured, "address"),
    ("429", 429, body(429, "TOO_MANY_REQUESTS", 101, THROTTLED), RateLimited, RateLimited, "rate_limited"),
    ("500", 500, body(500, "INTERNAL_SERVER_ERROR", 0), TransientError, OutcomeUnknown, ""),
    ("500 about the token", 500, body(500, "", 65600, "Unable to verify access token"), TransientError, OutcomeUnknown, ""),
    ("503", 503, body(503), TransientError, OutcomeUnknown, ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "status", "said", "read", "write", "code"), CASES, ids=[case[0] for case in CASES])
def test_every_refusal_has_its_branch(
    server: HostileServer, name: str, status: int, said: dict[str, Any], read: Kind, write: Kind, code: str
) -> None:
    for expected, error in (
        (read, on_read(server, json_answer(said, f"{status} X"))),
        (write, on_write(server, json_answer(said, f"{status} X"))),
    ):
        assert type(error) is expected
        if code:
            assert error.code == code


def test_what_a_write_is_refused_for_is_told_apart(server: HostileServer) -> None:
    said = body(
        422, "FIELD_LENGTH_TOO_LONG", None, "ERROR :: /message/text :: length is greater than maximum allowed 1250"
    )
    assert on_write(server, json_answer(said, "422 X")).code == "too_long"
    assert on_write(server_anew(server), json_answer(body(409), "409 X")).code == "duplicate"


def server_anew(server: HostileServer) -> HostileServer:
    server.seen.clear()
    return server


@pytest.mark.skipif(not RECORDED.is_dir(), reason="../shared/payloads/linkedin is not beside this repository")
def test_every_recorded_error_has_its_branch(server: HostileServer) -> None:
    expected = [CredentialsRejected, CredentialsRejected, Misconfigured, Misconfigured, Misconfigured, RateLimited]
    found = []
    for one in recorded("recorded/errors.json"):
        if "endpoint" not in one:
            behaviour = json_answer(one["body"], f"{one['status']} X") if "body" in one else answer(b"", "429 X")
            found.append(type(on_read(server, behaviour)))
    assert found == expected


def test_a_refused_parameter_is_named(server: HostileServer) -> None:
    details = {"inputErrors": [{"code": "QUERY_PARAM_NOT_ALLOWED", "input": {"inputPath": {"fieldPath": "adType"}}}]}
    error = on_read(server, json_answer({"status": 400, "message": "Invalid param.", "errorDetails": details}, "400 X"))
    assert "QUERY_PARAM_NOT_ALLOWED adType" in str(error)


@pytest.mark.parametrize(
    ("behaviour", "read", "write"),
    [
        (answer(b"<html>Bad gateway</html>", "502 Bad Gateway", "text/html"), TransientError, OutcomeUnknown),
        (answer(b"<html>Forbidden</html>", "403 Forbidden", "text/html"), Misconfigured, PermanentError),
        (answer(b"<html>Not here</html>", "404 Not Found", "text/html"), Misconfigured, Misconfigured),
        (answer(b"", "401 Unauthorized"), CredentialsRejected, CredentialsRejected),
        (answer(b"<html>Sorry</html>", "200 OK", "text/html"), PayloadError, OutcomeUnknown),
        (answer(b'{"id": "70', "201 Created"), PayloadError, OutcomeUnknown),
        (answer(b"[]", "201 Created"), PayloadError, OutcomeUnknown),
        (answer(b"", "201 Created"), PayloadError, OutcomeUnknown),
        (answer(b"", "302 Found"), Misconfigured, Misconfigured),
        (reset, TransientError, OutcomeUnknown),
    ],
    ids=["502", "403", "404", "401", "html", "half", "list", "nothing", "redirect", "reset"],
)  # fmt: skip
def test_what_is_no_answer_of_linkedin(server: HostileServer, behaviour: Behaviour, read: Kind, write: Kind) -> None:
    assert type(on_read(server, behaviour)) is read
    assert type(on_write(server, behaviour)) is write


def test_silence_is_a_failure_of_a_read_and_an_unknown_outcome_of_a_write(server: HostileServer) -> None:
    assert type(on_read(server, hang(server))) is TransientError
    assert type(on_write(server, hang(server))) is OutcomeUnknown


def test_what_never_left_may_go_again(server: HostileServer) -> None:
    ours = connector(server)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    ours.rest.base_url = f"http://127.0.0.1:{port}"
    with pytest.raises(TransientError):
        ours.send(message())
    with pytest.raises(TransientError):
        ours.rest.create("socialActions", ACTIVITY, "comments", body={})


# -- limits ------------------------------------------------------------------------------------------------------------


def test_a_burst_is_over_in_a_minute_unless_linkedin_says_otherwise(server: HostileServer) -> None:
    error = on_read(server, json_answer(body(429, "", 101, THROTTLED), "429 X"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=60)
    error = on_read(server, json_answer(body(429, "", 101, THROTTLED), "429 X", Retry_After="7"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(seconds=7)


def test_a_limit_of_the_day_ends_at_midnight_in_utc(server: HostileServer) -> None:
    text = "Resource level throttle APPLICATION_AND_MEMBER DAY limit for calls to this resource is reached."
    with time_machine.travel(datetime(2026, 11, 23, 22, 10, tzinfo=UTC), tick=True):
        error = on_read(server, json_answer(body(429, "", 101, text), "429 X"))
    assert isinstance(error, RateLimited)
    assert error.until == datetime(2026, 11, 24, tzinfo=UTC)


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_no_token_gets_into_a_message_an_address_or_the_log(
    server: HostileServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leaky = body(403, "ACCESS_DENIED", 100, f"Token {TOKEN} or AQ{'x' * 40} may not access_token=abc\nmore")
    error = on_write(server, json_answer(leaky, "403 X"))
    for secret in (TOKEN, "x" * 40, "abc"):
        assert secret not in str(error)
    assert "\n" not in str(error)
    assert all(TOKEN not in request.target for request in server.seen)
    assert TOKEN not in caplog.text


# -- who we are and how long ---------------------------------------------------------------------------------------------

ROLE = {"role": "ADMINISTRATOR", "organization": US, "roleAssignee": "urn:li:person:x", "state": "APPROVED"}
OTHER = {**ROLE, "organization": "urn:li:organization:5"}


def known(server: HostileServer) -> None:
    server.on[ROLES] = json_answer(listed(OTHER, ROLE))
    server.on[f"{REST}/organizations/71820045"] = json_answer(
        {"localizedName": "Gemeente Eikenrode", "vanityName": "gem"}
    )


def test_the_page_says_what_it_is_called_and_until_when_the_access_lives(server: HostileServer) -> None:
    known(server)
    server.on[INTROSPECT] = json_answer({"active": True, "expires_at": 1_800_000_000})
    status = connector(server).check()
    assert (status.external_id, status.name, status.handle) == (US, "Gemeente Eikenrode", "gem")
    assert status.expires_at == datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
    assert b"client_id=client-1" in server.seen[-1].body


def test_that_linkedin_does_not_tell_until_when_is_no_failure(server: HostileServer) -> None:
    known(server)
    for behaviour in (json_answer({"error": "x"}, "400 X"), json_answer({"active": True}), reset):
        server.on[INTROSPECT] = behaviour
        assert connector(server).check().expires_at is None


def test_a_page_of_somebody_else_is_not_ours(server: HostileServer) -> None:
    server.on[ROLES] = json_answer(listed(OTHER))
    with pytest.raises(Misconfigured) as caught:
        connector(server).check()
    assert caught.value.code == "not_administrator"


@pytest.mark.parametrize(
    ("given", "known_as"), [("71820045", US), ("urn:li:company:71820045", US), (US, US), ("urn:li:person:1", ""), ("", "")]
)  # fmt: skip
def test_a_page_is_known_by_its_number_too(server: HostileServer, given: str, known_as: str) -> None:
    known(server)
    server.on[INTROSPECT] = json_answer({})
    ours = connector(server)
    object.__setattr__(ours.account, "external_id", "")
    object.__setattr__(ours.account, "credentials", {**CREDENTIALS, "account_id": given})
    if known_as:
        assert ours.check().external_id == known_as
        return
    with pytest.raises(Misconfigured) as caught:
        ours.check()
    assert caught.value.code == "account_id"


def test_every_call_names_version_and_protocol(server: HostileServer) -> None:
    server.on[NOTIFICATIONS] = json_answer(body(400), "400 X")
    for settings, expected in (({}, "202607"), ({"linkedin_version": "202608"}, "202608")):
        with pytest.raises(Misconfigured):
            connector(server, **settings).poll({})
        headers = {name.lower(): value for name, value in server.seen[-1].headers.items()}
        assert headers["linkedin-version"] == expected
        assert headers["x-restli-protocol-version"] == "2.0.0"
        assert headers["authorization"] == f"Bearer {TOKEN}"
    with pytest.raises(Misconfigured) as caught:
        connector(server, linkedin_version="v26")
    assert caught.value.code == "version"


# -- renewing ----------------------------------------------------------------------------------------------------------


def test_a_renewed_access_comes_with_everything_else(server: HostileServer) -> None:
    told = {
        "access_token": "AQnew",
        "expires_in": 5_184_000,
        "refresh_token": "AQrefresh-1",
        "refresh_token_expires_in": 439_200,
    }
    server.on[TOKENS] = json_answer(told)
    renewed = connector(server).refresh()
    assert {**CREDENTIALS, "access_token": "AQnew"}.items() <= renewed.items()
    left = datetime.fromisoformat(renewed["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=59) < left < timedelta(days=61)
    until = datetime.fromisoformat(renewed["refresh_expires_at"]) - datetime.now(UTC)
    assert timedelta(days=5) < until < timedelta(days=6)  # counts down: never made longer by renewing
    assert b"grant_type=refresh_token" in server.seen[0].body
    assert all("AQrefresh-1" not in request.target for request in server.seen)


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (json_answer({"error": "invalid_request", "error_description": "expired or revoked"}, "400 X"), CredentialsRejected),
        (json_answer({"error": "invalid_grant"}, "400 X"), CredentialsRejected),
        (json_answer({"error": "invalid_client"}, "401 X"), Misconfigured),
        (answer(b"", "403 X"), CredentialsRejected),
        (json_answer({}, "429 X"), RateLimited),
        (json_answer({}, "500 X"), OutcomeUnknown),
        (json_answer({"expires_in": 1}), PayloadError),
        (json_answer([]), PayloadError),
        (reset, OutcomeUnknown),
    ],
)  # fmt: skip
def test_when_the_access_is_not_renewed(server: HostileServer, behaviour: Behaviour, expected: Kind) -> None:
    server.on[TOKENS] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).refresh()
    assert type(caught.value) is expected


def test_without_the_right_to_renew_a_person_is_needed(server: HostileServer) -> None:
    with pytest.raises(CredentialsRejected):
        connector(server, credentials={**CREDENTIALS, "refresh_token": ""}).refresh()
    assert server.seen == []
