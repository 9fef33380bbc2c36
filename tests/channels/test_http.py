"""The session against a real server that hangs, drips, resets and floods."""

import gzip
import logging
import socket
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import requests

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
    TransientError,
)
from channels.http import decode_json, make_session, retry_after, status_error, transport_error
from tests.channels.hostile_server import (
    HostileServer,
    answer,
    drip,
    endless,
    hang,
    hostile_server,
    json_answer,
    raw,
    reset,
)


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def quick(server: HostileServer, **options: object) -> requests.Session:
    return make_session(
        server.url,
        **{"connect_timeout": 0.5, "read_timeout": 0.5, "total_timeout": 1.0, **options},  # type: ignore[arg-type]
    )


def failure(session: requests.Session, method: str, path: str, *, write: bool) -> tuple[ConnectorError, float]:
    started = time.monotonic()
    with pytest.raises(requests.RequestException) as caught:
        session.request(method, path, json={"a": 1} if write else None)
    return transport_error(caught.value, write=write), time.monotonic() - started


def test_a_library_s_hard_coded_host_is_sent_to_the_base_url_with_its_prefix(server: HostileServer) -> None:
    server.on["/x/2/users/me"] = json_answer({"ok": True})
    session = make_session(server.url + "/x/", rebased_hosts=frozenset({"api.twitter.com"}))
    response = session.get("https://api.twitter.com/2/users/me?a=1")
    assert response.json() == {"ok": True}
    assert server.seen[0].target == "/x/2/users/me?a=1"
    assert session.get("/2/users/me").ok


def test_a_redirect_is_never_followed(server: HostileServer) -> None:
    server.on["/"] = answer(b"", "302 Found", Location=f"{server.url}/elsewhere")
    response = make_session(server.url).get("/", headers={"Authorization": "Bearer secret"}, allow_redirects=True)
    assert response.status_code == 302
    assert len(server.seen) == 1
    assert isinstance(status_error(response, write=False), Misconfigured)


def test_cookies_and_the_environment_have_no_say(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login someone password else\n")  # type: ignore[operator]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    server.on["/"] = json_answer({}, Set_Cookie="tracking=1")
    session = make_session(server.url)
    for _ in range(2):
        session.get("/", headers={"Authorization": "Bearer token"})
    assert [request.headers["authorization"] for request in server.seen] == ["Bearer token", "Bearer token"]
    assert "cookie" not in server.seen[1].headers


def test_tokens_are_not_logged(server: HostileServer, caplog: pytest.LogCaptureFixture) -> None:
    server.on["/"] = json_answer({})
    with caplog.at_level(logging.DEBUG):
        make_session(server.url).post("/", headers={"Authorization": "Bearer hush-hush"}, data={"token": "hush-hush"})
    assert "hush-hush" not in caplog.text


@pytest.mark.parametrize("write", [True, False])
def test_a_refused_connection_is_proven_not_sent(write: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error, _ = failure(make_session(f"http://127.0.0.1:{port}"), "POST", "/", write=write)
    assert type(error) is TransientError
    assert error.code == "unreachable"


@pytest.mark.parametrize("write", [True, False])
def test_a_name_that_does_not_exist_is_proven_not_sent(write: bool) -> None:
    error, _ = failure(make_session("http://platform.invalid"), "POST", "/", write=write)
    assert type(error) is TransientError


def test_a_connection_that_is_never_accepted_times_out_before_anything_left() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(3):  # fill the queue of the listener
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(address)
            waiting.append(client)
        session = make_session(f"http://127.0.0.1:{address[1]}", connect_timeout=0.3)
        error, took = failure(session, "POST", "/", write=True)
        assert (type(error), error.code) == (TransientError, "connect_timeout")
        assert took < 15
        for client in waiting:
            client.close()


def test_no_secure_connection_is_proven_not_sent(server: HostileServer) -> None:
    session = make_session(server.url.replace("http:", "https:"), connect_timeout=0.5, total_timeout=1)
    error, _ = failure(session, "POST", "/", write=True)
    assert type(error) is TransientError
    assert server.seen == []


@pytest.mark.parametrize(("write", "kind"), [(True, OutcomeUnknown), (False, TransientError)])
def test_silence_after_the_request_left(server: HostileServer, write: bool, kind: type[ConnectorError]) -> None:
    server.on["/"] = hang(server)
    error, took = failure(quick(server), "POST", "/", write=write)
    assert type(error) is kind
    assert len(server.seen) == 1
    assert took < 15


@pytest.mark.parametrize(("write", "kind"), [(True, OutcomeUnknown), (False, TransientError)])
def test_a_reset_after_the_request_left(server: HostileServer, write: bool, kind: type[ConnectorError]) -> None:
    server.on["/"] = reset
    error, _ = failure(quick(server), "POST", "/", write=write)
    assert type(error) is kind


@pytest.mark.parametrize(("write", "kind"), [(True, OutcomeUnknown), (False, TransientError)])
def test_a_body_that_stops_halfway(server: HostileServer, write: bool, kind: type[ConnectorError]) -> None:
    server.on["/"] = raw(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"id": "1')
    error, _ = failure(quick(server), "POST", "/", write=write)
    assert type(error) is kind


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
    ids=["headers", "length", "chunked", "until closed"],
)
@pytest.mark.parametrize(("write", "kind"), [(True, OutcomeUnknown), (False, TransientError)])
def test_a_slow_drip_ends_at_the_total_deadline(
    server: HostileServer, head: bytes, write: bool, kind: type[ConnectorError]
) -> None:
    server.on["/"] = drip(server, head)
    error, took = failure(quick(server), "POST", "/", write=write)
    assert type(error) is kind
    assert 0.8 < took < 15


@pytest.mark.parametrize(("write", "kind"), [(True, OutcomeUnknown), (False, PayloadError)])
def test_an_endless_body_ends_at_the_cap(server: HostileServer, write: bool, kind: type[ConnectorError]) -> None:
    server.on["/"] = endless(server, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    error, _ = failure(quick(server, max_bytes=300_000, read_timeout=5, total_timeout=20), "POST", "/", write=write)
    assert type(error) is kind
    if isinstance(error, PayloadError):
        assert error.reason == "too_large"


def test_the_cap_counts_what_comes_out_of_a_gzip_bomb(server: HostileServer) -> None:
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < 100_000
    server.on["/"] = answer(bomb, Content_Encoding="gzip")
    error, _ = failure(quick(server, max_bytes=1_000_000, read_timeout=5, total_timeout=20), "GET", "/", write=False)
    assert isinstance(error, PayloadError)
    assert error.reason == "too_large"


def test_what_is_not_gzip_at_all_is_a_payload_error(server: HostileServer) -> None:
    server.on["/"] = answer(b"{}", Content_Encoding="gzip")
    error, _ = failure(quick(server), "GET", "/", write=False)
    assert isinstance(error, PayloadError)
    assert error.reason == "encoding"


def test_an_address_that_is_none_asks_for_a_person() -> None:
    error, _ = failure(make_session("nonsense"), "GET", "/", write=True)
    assert isinstance(error, Misconfigured)


def test_no_message_tells_an_address_or_a_token(server: HostileServer) -> None:
    server.on["/secret-path"] = reset
    for write in (True, False):
        error, _ = failure(quick(server), "POST", "/secret-path?token=hush", write=write)
        assert "hush" not in str(error)
        assert "secret-path" not in str(error)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b'{"id": "1', "json"),
        (b"<html>502</html>", "html"),
        (b'{"id": "\xe9"}', "encoding"),
        (b"[" * 200_000, "depth"),
        (b'{"a": NaN}', "json"),
        (b'{"a": 1e400}', "json"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "json"),
    ],
    ids=["empty", "blank", "half", "html", "latin-1", "deep", "NaN", "1e400", "huge number"],
)
def test_a_body_that_is_no_json(server: HostileServer, body: bytes, reason: str) -> None:
    server.on["/"] = answer(body)
    response = make_session(server.url).get("/")
    with pytest.raises(PayloadError) as caught:
        decode_json(response, write=False)
    assert caught.value.reason == reason
    with pytest.raises(OutcomeUnknown):
        decode_json(response, write=True)
    response.status_code = 400
    with pytest.raises(PayloadError):
        decode_json(response, write=True)


def test_json_counts_whatever_it_is_called(server: HostileServer) -> None:
    server.on["/"] = answer(b'{"a": 1.5}', content_type="text/javascript; charset=UTF-8")
    assert decode_json(make_session(server.url).get("/"), write=False) == {"a": 1.5}


STATUSES: list[tuple[int, type[ConnectorError], type[ConnectorError]]] = [
    # status, on a read, on a write
    (301, Misconfigured, Misconfigured),
    (303, TransientError, OutcomeUnknown),
    (400, Misconfigured, PermanentError),
    (401, CredentialsRejected, CredentialsRejected),
    (402, OutOfCredit, OutOfCredit),
    (403, Misconfigured, PermanentError),
    (404, Gone, Gone),
    (407, Misconfigured, Misconfigured),
    (408, TransientError, TransientError),
    (409, TransientError, OutcomeUnknown),
    (410, Gone, Gone),
    (413, Misconfigured, PermanentError),
    (422, Misconfigured, PermanentError),
    (425, TransientError, TransientError),
    (426, Misconfigured, Misconfigured),
    (429, RateLimited, RateLimited),
    (500, TransientError, OutcomeUnknown),
    (502, TransientError, OutcomeUnknown),
    (503, TransientError, OutcomeUnknown),
    (504, TransientError, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "on_read", "on_write"), STATUSES)
def test_every_status_has_one_meaning(
    status: int, on_read: type[ConnectorError], on_write: type[ConnectorError]
) -> None:
    response = requests.Response()
    response.status_code = status
    assert type(status_error(response, write=False)) is on_read
    assert type(status_error(response, write=True)) is on_write


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "30"}, timedelta(seconds=30)),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "999999999999"}, timedelta(days=1)),
        # The platform's clock is years off: only the distance between its own two dates counts.
        (
            {"Retry-After": "Wed, 21 Oct 2015 07:30:00 GMT", "Date": "Wed, 21 Oct 2015 07:28:00 GMT"},
            timedelta(minutes=2),
        ),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, timedelta()),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(headers: dict[str, str], expected: timedelta | None) -> None:
    response = requests.Response()
    response.status_code = 429
    response.headers.update(headers)
    assert retry_after(response) == expected
    error = status_error(response, write=False)
    assert isinstance(error, RateLimited)
    assert error.retry_after == expected
