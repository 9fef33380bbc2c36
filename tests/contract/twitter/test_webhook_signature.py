"""X signs the raw bytes in base64, and asks at any time whether the address is ours."""

import base64
import hashlib
import hmac
import json

import pytest

from channels.connectors.twitter.connector import TwitterConnector

SECRET = "consumer-secret"
CREDENTIALS = {"consumer_secret": SECRET}
BODY = b'{"data": {"payload": "caf\\u00e9 < / \\/"}}'


def signed(data: bytes, secret: str = SECRET) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), data, hashlib.sha256).digest()).decode()


def is_ours(body: bytes, signature: str | None, credentials: dict[str, str] = CREDENTIALS) -> bool:
    headers = {} if signature is None else {"x-twitter-webhooks-signature": signature}
    return TwitterConnector.verify_webhook(body, headers, credentials)


def test_the_right_signature_over_the_raw_bytes() -> None:
    assert is_ours(BODY, signed(BODY))
    rewritten = json.dumps(json.loads(BODY)).encode()
    assert rewritten != BODY
    assert not is_ours(rewritten, signed(BODY))


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        signed(BODY, "other"),
        signed(BODY)[7:],
        "sha1=" + signed(BODY)[7:],
        "sha256=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest(),
        "sha256=\ud800é",
    ],
)
def test_any_other_signature_is_refused(signature: str | None) -> None:
    assert not is_ours(BODY, signature)


def test_without_a_secret_nothing_is_ours() -> None:
    assert not is_ours(BODY, signed(BODY, ""), {})
    assert not is_ours(BODY, signed(BODY, ""), {"consumer_secret": ""})


def test_the_challenge_is_answered_as_json() -> None:
    answer = TwitterConnector.answer_handshake({"crc_token": "abc", "nonce": "x"}, CREDENTIALS)
    assert answer is not None
    assert answer.content_type == "application/json"
    assert json.loads(answer.body) == {"response_token": signed(b"abc")}


@pytest.mark.parametrize("params", [{}, {"crc_token": ""}, {"crc_token": "a" * 501}, {"hub.challenge": "1"}])
def test_no_challenge_no_answer(params: dict[str, str]) -> None:
    assert TwitterConnector.answer_handshake(params, CREDENTIALS) is None


def test_without_a_secret_no_answer() -> None:
    assert TwitterConnector.answer_handshake({"crc_token": "abc"}, {}) is None
