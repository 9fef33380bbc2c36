"""Only what LinkedIn signed comes in, judged by the bytes as they came."""

import hashlib
import hmac
import json
from uuid import uuid4

import pytest

from channels.connectors.linkedin.connector import LinkedInConnector

CREDENTIALS = {"client_secret": "s3cret"}
BODY = '{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS",\n "notifications":[{"text":"café <b>"}]}'.encode()


def sign(body: bytes, secret: str = "s3cret", prefix: bytes = b"hmacsha256=") -> dict[str, str]:
    return {"x-li-signature": hmac.new(secret.encode(), prefix + body, hashlib.sha256).hexdigest()}


def test_the_raw_bytes_count_with_the_prefix_in_front() -> None:
    assert LinkedInConnector.verify_webhook(BODY, sign(BODY), CREDENTIALS)
    written_anew = json.dumps(json.loads(BODY)).encode()
    assert not LinkedInConnector.verify_webhook(written_anew, sign(BODY), CREDENTIALS)


@pytest.mark.parametrize(
    ("body", "headers", "credentials"),
    [
        (BODY, {}, CREDENTIALS),
        (BODY, {"x-li-signature": ""}, CREDENTIALS),
        (BODY, {"x-li-signature": "é"}, CREDENTIALS),
        (BODY, {"x-li-signature": "hmacsha256=" + sign(BODY)["x-li-signature"]}, CREDENTIALS),
        (BODY, {"x-li-signature": sign(BODY)["x-li-signature"].upper()}, CREDENTIALS),
        (BODY, {"x-hub-signature-256": sign(BODY)["x-li-signature"]}, CREDENTIALS),
        (BODY, sign(BODY, prefix=b""), CREDENTIALS),
        (BODY, sign(BODY, "other"), CREDENTIALS),
        (BODY, sign(BODY, ""), {}),
        (BODY, sign(BODY, ""), {"client_secret": ""}),
        (BODY[:-1] + b" ", sign(BODY), CREDENTIALS),
    ],
)
def test_everything_else_is_refused(body: bytes, headers: dict[str, str], credentials: dict[str, str]) -> None:
    assert not LinkedInConnector.verify_webhook(body, headers, credentials)


@pytest.mark.parametrize("more", [{}, {"applicationId": "208114417"}])
def test_the_challenge_comes_back_signed_as_json(more: dict[str, str]) -> None:
    code = str(uuid4())
    answer = LinkedInConnector.answer_handshake({"challengeCode": code, **more}, CREDENTIALS)
    assert answer is not None
    assert answer.content_type == "application/json"
    expected = hmac.new(b"s3cret", code.encode(), hashlib.sha256).hexdigest()
    assert json.loads(answer.body) == {"challengeCode": code, "challengeResponse": expected}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"challengeCode": ""},
        {"challengeCode": "x" * 201},
        {"challengeCode": "é"},
        {"challengeCode": "a\r\nSet-Cookie: x"},
        {"hub.challenge": "1"},
        {"crc_token": "1"},
    ],
)
def test_other_questions_get_no_answer(params: dict[str, str]) -> None:
    assert LinkedInConnector.answer_handshake(params, CREDENTIALS) is None


def test_without_a_secret_nobody_gets_an_answer() -> None:
    assert LinkedInConnector.answer_handshake({"challengeCode": "x"}, {}) is None
