"""Is a webhook X's, and the answer when X asks whether the address is ours (X API docs, webhooks)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

from channels.connectors.base import Handshake

LONGEST_TOKEN = 500


def signature(secret: str, data: bytes) -> str:
    """sha256= and the base64 (not hex, as Meta has it) of the HMAC."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), data, hashlib.sha256).digest()).decode()


def is_signed(body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
    """`x-twitter-webhooks-signature` over the raw body."""
    secret = credentials.get("consumer_secret", "")
    given = headers.get("x-twitter-webhooks-signature", "")
    if not secret or not given:
        return False
    return hmac.compare_digest(signature(secret, body).encode(), given.encode("utf-8", "replace"))


def handshake(params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
    """The challenge-response check, which X may make at any time: 200 with {"response_token": ...}."""
    secret = credentials.get("consumer_secret", "")
    token = params.get("crc_token", "")
    if not secret or not token or len(token) > LONGEST_TOKEN:
        return None
    answer = {"response_token": signature(secret, token.encode("utf-8", "replace"))}
    return Handshake(body=json.dumps(answer), content_type="application/json")
