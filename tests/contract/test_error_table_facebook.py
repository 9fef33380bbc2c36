"""Every error of Graph has one meaning, on a read and on a write. Over a real connection."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import (
    ConnectorError,
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutcomeUnknown,
    PayloadError,
    PermanentError,
    RateLimited,
    ReplyNotAllowed,
    ReplyWindowClosed,
    StoppedByPlatform,
    TransientError,
)
from channels.http import make_session
from channels.messages import Account, OutboundMessage, SendMode
from tests.channels.hostile_server import Behaviour, HostileServer, answer, hostile_server, json_answer, reset

PAGE = "100"
TOKEN = "EAABsecretpagetoken0123456789"
SECRET = "app-secret-0123456789"


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


def connector(server: HostileServer, **settings: object) -> FacebookConnector:
    credentials = {
        "account_id": PAGE, "access_token": TOKEN, "app_id": "42", "app_secret": SECRET, "verify_token": "v",
    }  # fmt: skip
    account = Account(
        external_id=PAGE,
        base_url=f"{server.url}/graph",
        credentials=credentials,
        settings={"backfill_days": 7, **settings},
    )
    return FacebookConnector(account, make_session(account.base_url, read_timeout=1, total_timeout=2))


def message(mode: SendMode = SendMode.REPLY, **changed: object) -> OutboundMessage:
    values = {
        "key": "9f1c", "mode": mode, "text": "Dank u", "in_reply_to": "1_2", "root_id": "100_1",
        "thread_id": "dm:555" if mode == SendMode.DIRECT_MESSAGE else "comment:1_2", "recipient_id": "555",
        "last_inbound_at": datetime.now(UTC) - timedelta(hours=1), **changed,
    }  # fmt: skip
    return OutboundMessage(**values)  # type: ignore[arg-type]


def on_read(server: HostileServer, behaviour: Behaviour) -> ConnectorError:
    """What `find_sent` raises: a read of something that may be gone."""
    server.on["/graph/v26.0/100_1/comments"] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).find_sent(message(), since=datetime.now(UTC))
    return caught.value


def on_write(server: HostileServer, behaviour: Behaviour) -> ConnectorError:
    server.on["/graph/v26.0/1_2/comments"] = behaviour
    with pytest.raises(ConnectorError) as caught:
        connector(server).send(message())
    return caught.value


def body(code: int, subcode: int = 0, text: str = "Message describing the error", **more: object) -> dict[str, object]:
    error = {"message": text, "type": "OAuthException", "code": code, "fbtrace_id": "A", **more}
    return {"error": {**error, "error_subcode": subcode} if subcode else error}


Kind = type[ConnectorError]
CASES: list[tuple[str, int, dict[str, object], Kind, Kind, str]] = [
    # name, status, body, on a read, on a write, code
    ("190", 400, body(190), CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("102", 400, body(102), CredentialsRejected, CredentialsRejected, "credentials_rejected"),
    ("190/458", 400, body(190, 458), CredentialsRejected, CredentialsRejected, "app_removed"),
    ("190/459", 400, body(190, 459), CredentialsRejected, CredentialsRejected, "checkpoint"),
    ("190/460", 400, body(190, 460), CredentialsRejected, CredentialsRejected, "password_changed"),
    ("190/463", 400, body(190, 463), CredentialsRejected, CredentialsRejected, "token_expired"),
    ("190/464", 400, body(190, 464), CredentialsRejected, CredentialsRejected, "checkpoint"),
    ("190/467", 401, body(190, 467), CredentialsRejected, CredentialsRejected, "token_invalid"),
    ("460 as code", 400, body(460), CredentialsRejected, CredentialsRejected, "password_changed"),
    ("3", 403, body(3), Misconfigured, Misconfigured, "permission"),
    ("10", 403, body(10), Misconfigured, Misconfigured, "permission"),
    ("200", 403, body(200), Misconfigured, Misconfigured, "permission"),
    ("283", 403, body(283), Misconfigured, Misconfigured, "permission"),
    ("299", 403, body(299), Misconfigured, Misconfigured, "permission"),
    ("10 window", 400, body(10, 2018278), ReplyWindowClosed, ReplyWindowClosed, "window_closed"),
    (
        "10 window in words", 403, body(10, text="(#10) This message is sent outside of allowed window."),
        ReplyWindowClosed, ReplyWindowClosed, "window_closed",
    ),
    *[
        (str(code), 400, body(code), RateLimited, RateLimited, "rate_limited")
        for code in (4, 17, 32, 341, 613, 80001, 80006, 80014)
    ],
    ("4 transient", 403, body(4, is_transient=True), RateLimited, RateLimited, "rate_limited"),
    ("1", 500, body(1), TransientError, OutcomeUnknown, ""),
    ("2", 503, body(2, is_transient=True), TransientError, OutcomeUnknown, ""),
    ("1 as 400", 400, body(1, 1965014, is_transient=False), TransientError, OutcomeUnknown, ""),
    ("unknown, transient", 400, body(999_999, is_transient=True), TransientError, OutcomeUnknown, ""),
    ("368", 403, body(368), StoppedByPlatform, StoppedByPlatform, "stopped"),
    ("100/33", 400, body(100, 33), Gone, Gone, "gone"),
    ("100 does not exist", 400, body(100, text="Object with ID '2' does not exist"), Gone, Gone, "gone"),
    (
        "100 without permission", 400,
        body(100, text="(#100) Object does not exist, … This endpoint requires the 'pages_read_engagement' permission"),
        Misconfigured, Misconfigured, "permission",
    ),
    (
        "100 without proof", 400,
        body(100, text="(#100) Pages Public Content Access requires either app secret proof or an app token"),
        Misconfigured, Misconfigured, "permission",
    ),
    ("100 retired tag", 400, body(100, text="(#100) Invalid parameter"), Misconfigured, Misconfigured, "parameter"),
    ("100 nobody", 400, body(100, 2018001), PermanentError, PermanentError, "recipient_unavailable"),
    ("803", 404, body(803), Gone, Gone, "gone"),
    ("506", 400, body(506), TransientError, OutcomeUnknown, ""),
    ("551", 400, body(551), PermanentError, PermanentError, "recipient_unavailable"),
    ("1609005", 400, body(1609005), PermanentError, PermanentError, "bad_link"),
    ("10900", 400, body(10900), ReplyNotAllowed, ReplyNotAllowed, "already_replied"),
    ("10901", 400, body(10901), ReplyWindowClosed, ReplyWindowClosed, "window_closed"),
    ("10903", 400, body(10903), ReplyNotAllowed, ReplyNotAllowed, "reply_not_allowed"),
    ("2500", 400, body(2500), Misconfigured, Misconfigured, "version"),
    ("2635", 400, body(2635), Misconfigured, Misconfigured, "version"),
    ("code as text", 400, body("190"), CredentialsRejected, CredentialsRejected, ""),  # type: ignore[arg-type]
    ("unknown 400", 400, body(424_242), Misconfigured, PermanentError, ""),
    ("unknown 500", 500, body(424_242), TransientError, OutcomeUnknown, ""),
    ("unknown with 200", 200, body(424_242), TransientError, PermanentError, ""),
    ("190 with 200", 200, body(190), CredentialsRejected, CredentialsRejected, ""),
    ("old shape", 400, {"error_type": "OAuthException", "code": 400}, Misconfigured, PermanentError, ""),
    ("error is text", 400, {"error": "oops"}, Misconfigured, PermanentError, ""),
    ("error is odd", 400, {"error": {"code": [], "message": {}}}, Misconfigured, PermanentError, ""),
    ("404 without words", 404, {}, Misconfigured, Misconfigured, "address"),
    ("429 without words", 429, {}, RateLimited, RateLimited, ""),
    ("502 without words", 502, {}, TransientError, OutcomeUnknown, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "content", "read", "write", "code"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_every_error_has_one_meaning(
    server: HostileServer, status: int, content: dict[str, object], read: Kind, write: Kind, code: str
) -> None:
    behaviour = json_answer(content, f"{status} X")
    for error, kind in ((on_read(server, behaviour), read), (on_write(server, behaviour), write)):
        assert type(error) is kind
        if code:
            assert error.code == code
        assert str(error)


@pytest.mark.parametrize(
    ("behaviour", "read", "write"),
    [
        (answer(b"<html>Bad gateway</html>", "502 Bad Gateway", "text/html"), TransientError, OutcomeUnknown),
        (answer(b"<html>Sorry</html>", "200 OK", "text/html"), PayloadError, OutcomeUnknown),
        (answer(b'{"id": "1_', "200 OK"), PayloadError, OutcomeUnknown),
        (answer(b"", "200 OK"), PayloadError, OutcomeUnknown),
        (answer(b"[]", "200 OK"), PayloadError, OutcomeUnknown),
        (reset, TransientError, OutcomeUnknown),
        (answer(b"", "302 Found", Location="https://www.facebook.com/login"), Misconfigured, Misconfigured),
    ],
    ids=["502 html", "200 html", "half json", "empty", "list", "reset", "redirect"],
)
def test_answers_that_are_none(server: HostileServer, behaviour: Behaviour, read: Kind, write: Kind) -> None:
    assert type(on_read(server, behaviour)) is read
    assert type(on_write(server, behaviour)) is write


@pytest.mark.parametrize("content", [{}, {"id": None}, {"id": []}, {"success": True}])
def test_a_comment_that_went_well_without_an_id_is_unknown(server: HostileServer, content: dict[str, object]) -> None:
    assert type(on_write(server, json_answer(content))) is OutcomeUnknown


def test_the_wait_is_what_the_usage_header_says(server: HostileServer) -> None:
    usage = '{"100": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 25}]}'
    error = on_read(server, json_answer(body(80001), "400 X", X_Business_Use_Case_Usage=usage))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(minutes=25)
    error = on_read(server, json_answer(body(4), "400 X"))
    assert isinstance(error, RateLimited)
    assert error.retry_after == timedelta(hours=1)


def test_what_staff_read_holds_no_token_and_is_short(server: HostileServer) -> None:
    text = f"Bad {TOKEN} and EAAotherTokenOf12345678 and\nSECRET {SECRET} access_token=hush&x=1 " + "x" * 500
    for told in ({"text": text}, {"text": "hidden", "error_user_msg": text}):
        error = on_read(server, json_answer(body(424_242, 0, **told), "400 X"))
        assert str(error).startswith("Bad … and … and SECRET …")
        assert "hush" not in str(error)
        assert len(str(error)) <= 300


def test_no_token_ever_stands_in_an_address(server: HostileServer) -> None:
    for path in ("/graph/v26.0/1_2/comments", "/graph/v26.0/100/messages"):
        server.on[path] = json_answer({"id": "1_9", "message_id": "m_1", "recipient_id": "555"})
    for path in ("100/feed", "100/conversations", "100/tagged", "100_1/comments"):
        server.on[f"/graph/v26.0/{path}"] = json_answer({"data": []})
    server.on["/graph/v26.0/100"] = json_answer({"id": PAGE, "name": "Gemeente Eikenrode"})
    server.on["/graph/"] = json_answer([{"code": 200, "body": '{"data": {"expires_at": 1800000000}}'}])
    ours = connector(server)
    ours.send(message())
    ours.send(message(SendMode.DIRECT_MESSAGE))
    ours.poll({})
    ours.find_sent(message(), since=datetime.now(UTC))
    status = ours.check()
    assert status.expires_at == datetime.fromtimestamp(1_800_000_000, UTC)
    assert (status.external_id, status.name) == (PAGE, "Gemeente Eikenrode")
    assert len(server.seen) >= 8
    for request in server.seen:
        assert TOKEN not in request.target
        assert SECRET not in request.target
        assert "appsecret_proof" in request.target + request.body.decode() or request.target == "/graph/"
    assert all(request.headers["authorization"] == f"Bearer {TOKEN}" for request in server.seen[:-1])


def test_a_version_that_is_none_and_a_missing_token_ask_for_a_person(server: HostileServer) -> None:
    with pytest.raises(Misconfigured):
        connector(server, graph_version="26")
    account = Account(external_id=PAGE, base_url=server.url)
    with pytest.raises(Misconfigured):
        FacebookConnector(account, make_session(server.url)).check()


def test_another_page_behind_the_token_asks_for_a_person(server: HostileServer) -> None:
    server.on["/graph/v26.0/100"] = json_answer({"id": "999", "name": "Someone else"})
    with pytest.raises(Misconfigured, match="another page"):
        connector(server).check()


def test_a_page_that_is_gone_is_no_deleted_message(server: HostileServer) -> None:
    server.on["/graph/v26.0/100/feed"] = json_answer(body(100, 33), "400 X")
    with pytest.raises(Misconfigured) as caught:
        connector(server).poll({})
    assert caught.value.code == "page_unlinked"
