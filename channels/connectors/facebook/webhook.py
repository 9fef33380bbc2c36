"""Is a webhook Facebook's, and the answer when Facebook asks whether the address is ours (Graph docs, webhooks)."""

import hashlib
import hmac
from collections.abc import Mapping

from channels.connectors.base import Handshake

LONGEST_CHALLENGE = 200


def is_signed(body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
    """X-Hub-Signature-256 over the raw bytes: Meta escapes what JSON need not escape, so a body written anew never fits."""
    secret = credentials.get("app_secret", "")
    given = headers.get("x-hub-signature-256", "")
    if not secret or not given:
        return False
    expected = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def handshake(params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
    expected = credentials.get("verify_token", "")
    given = params.get("hub.verify_token", "")
    challenge = params.get("hub.challenge", "")
    if params.get("hub.mode") != "subscribe" or not expected or not challenge:
        return None
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        return None
    if len(challenge) > LONGEST_CHALLENGE or not challenge.isascii() or not challenge.isprintable():
        return None
    return Handshake(body=challenge)
