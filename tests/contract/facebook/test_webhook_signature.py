"""Only what Facebook signed comes in, judged by the bytes as they came."""

import hashlib
import hmac
import json

import pytest

from channels.connectors.base import Handshake
from channels.connectors.facebook.connector import FacebookConnector

CREDENTIALS = {"app_secret": "s3cret", "verify_token": "ver1fy"}
# As Meta writes it: ASCII, with the letters and slashes escaped that JSON need not escape.
BODY = rb'{"object":"page","entry":[{"id":"1","changes":[{"value":{"message":"caf\u00e9 \u003Cb> https:\/\/x"}}]}]}'


def sign(body: bytes, secret: str = "s3cret") -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def test_the_raw_bytes_count_not_the_json() -> None:
    assert FacebookConnector.verify_webhook(BODY, sign(BODY), CREDENTIALS)
    written_anew = json.dumps(json.loads(BODY)).encode()
    assert not FacebookConnector.verify_webhook(written_anew, sign(BODY), CREDENTIALS)


@pytest.mark.parametrize(
    ("body", "headers", "credentials"),
    [
        (BODY, {}, CREDENTIALS),
        (BODY, {"x-hub-signature-256": ""}, CREDENTIALS),
        (BODY, {"x-hub-signature-256": "sha256="}, CREDENTIALS),
        (BODY, {"x-hub-signature-256": "sha256=é"}, CREDENTIALS),
        (BODY, {"x-hub-signature": sign(BODY)["x-hub-signature-256"]}, CREDENTIALS),
        (BODY, sign(BODY, "other"), CREDENTIALS),
        (BODY, sign(BODY, ""), {"verify_token": "x"}),
        (BODY, sign(BODY, ""), {"app_secret": ""}),
        (BODY[:-1] + b" ", sign(BODY), CREDENTIALS),
    ],
)
def test_everything_else_is_refused(body: bytes, headers: dict[str, str], credentials: dict[str, str]) -> None:
    assert not FacebookConnector.verify_webhook(body, headers, credentials)


def question(**changed: str) -> dict[str, str]:
    params = {"hub.mode": "subscribe", "hub.verify_token": "ver1fy", "hub.challenge": "1158201444"}
    return {**params, **{f"hub.{key}": value for key, value in changed.items()}}


def test_the_challenge_comes_back_as_plain_text() -> None:
    assert FacebookConnector.answer_handshake(question(), CREDENTIALS) == Handshake("1158201444", "text/plain")


@pytest.mark.parametrize(
    "params",
    [
        {},
        question(mode="unsubscribe"),
        question(verify_token="wrong"),
        question(verify_token="é"),
        question(challenge=""),
        question(challenge="x" * 201),
        question(challenge="a\r\nSet-Cookie: x"),
    ],
)
def test_other_questions_get_no_answer(params: dict[str, str]) -> None:
    assert FacebookConnector.answer_handshake(params, CREDENTIALS) is None


def test_without_a_verify_token_nobody_gets_an_answer() -> None:
    assert FacebookConnector.answer_handshake(question(verify_token=""), {}) is None
