"""Proving that an address listens, the way each platform does it."""

import base64
import hashlib
import hmac
import secrets
import uuid

import httpx

from sandbox.accounts import CREDENTIALS, FACEBOOK, LINKEDIN, TWITTER

SECONDS = {TWITTER: 10.0, FACEBOOK: 10.0, LINKEDIN: 3.0}


def sign(platform: str, body: bytes) -> dict[str, str]:
    """The signature header over the raw body: base64 (X), hex (Meta), hex over a prefixed body (LinkedIn)."""
    own = CREDENTIALS[platform]
    if platform == TWITTER:
        mac = hmac.new(own["consumer_secret"].encode(), body, hashlib.sha256).digest()
        return {"x-twitter-webhooks-signature": "sha256=" + base64.b64encode(mac).decode()}
    if platform == FACEBOOK:
        newer = hmac.new(own["app_secret"].encode(), body, hashlib.sha256).hexdigest()
        older = hmac.new(own["app_secret"].encode(), body, hashlib.sha1).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={newer}", "X-Hub-Signature": f"sha1={older}"}
    return {
        "X-LI-Signature": hmac.new(own["client_secret"].encode(), b"hmacsha256=" + body, hashlib.sha256).hexdigest()
    }


async def shake_hands(platform: str, url: str) -> bool:
    """Whether the address answers the platform's challenge rightly and in time."""
    own = CREDENTIALS[platform]
    try:
        async with httpx.AsyncClient(timeout=SECONDS[platform], trust_env=False) as client:
            if platform == TWITTER:
                token = secrets.token_urlsafe(24)
                mac = hmac.new(own["consumer_secret"].encode(), token.encode(), hashlib.sha256).digest()
                answer = await client.get(url, params={"crc_token": token})
                expected = {"response_token": "sha256=" + base64.b64encode(mac).decode()}
                return answer.status_code == 200 and answer.json().get("response_token") == expected["response_token"]
            if platform == FACEBOOK:
                challenge = str(secrets.randbelow(10**9))
                params = {
                    "hub.mode": "subscribe",
                    "hub.verify_token": own["verify_token"],
                    "hub.challenge": challenge,
                }
                answer = await client.get(url, params=params)
                return answer.status_code == 200 and answer.text.strip() == challenge
            code = str(uuid.uuid4())
            expected_response = hmac.new(own["client_secret"].encode(), code.encode(), hashlib.sha256).hexdigest()
            answer = await client.get(url, params={"challengeCode": code})
            told = answer.json() if answer.status_code == 200 else {}
            return told.get("challengeCode") == code and told.get("challengeResponse") == expected_response
    except (httpx.HTTPError, ValueError, AttributeError):
        return False
