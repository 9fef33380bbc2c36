"""Is a webhook LinkedIn's, and the answer when LinkedIn asks whether the address is ours (LinkedIn docs, webhook validation)."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from channels.connectors.base import Handshake

PREFIX = b"hmacsha256="  # part of what is signed, not of the header
LONGEST_CHALLENGE = 200


def is_signed(body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
    """X-LI-Signature: lower hex HMAC-SHA256 over the prefix and the raw bytes, with the secret of the app."""
    secret = credentials.get("client_secret", "")
    given = headers.get("x-li-signature", "")
    if not secret or not given:
        return False
    expected = hmac.new(secret.encode(), PREFIX + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def handshake(params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
    """LinkedIn asks anew every two hours and blocks the address after three wrong answers."""
    secret = credentials.get("client_secret", "")
    code = params.get("challengeCode", "")
    if not secret or not code or len(code) > LONGEST_CHALLENGE or not code.isascii() or not code.isprintable():
        return None
    response = hmac.new(secret.encode(), code.encode(), hashlib.sha256).hexdigest()
    body = json.dumps({"challengeCode": code, "challengeResponse": response})
    return Handshake(body=body, content_type="application/json")
