"""OAuth 2 of X: refresh with rotation (HTTP Basic), revocation; an access token lives two hours."""

import base64
import binascii
import secrets

from starlette.requests import Request
from starlette.responses import Response

from sandbox.accounts import CREDENTIALS, TWITTER
from sandbox.answers import json_answer
from sandbox.ids import now_ms
from sandbox.world import World
from sandbox.x.door import world_of

ACCESS_SECONDS = 7_200
SCOPE = "tweet.read tweet.write tweet.moderate.write users.read dm.read dm.write offline.access"


def _refused(status: int, error: str, description: str) -> Response:
    return json_answer({"error": error, "error_description": description}, status)


def _is_client(request: Request, form_id: str) -> bool:
    """A confidential client proves itself with HTTP Basic; a client_id in the form is not enough."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return False
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, ValueError):
        return False
    own = CREDENTIALS[TWITTER]
    return name == own["client_id"] and secrets.compare_digest(secret, own["client_secret"])


async def token(request: Request) -> Response:
    world = world_of(request)
    form = await request.form()
    if not _is_client(request, str(form.get("client_id", ""))):
        return _refused(401, "unauthorized_client", "Missing valid authorization header")
    if form.get("grant_type") != "refresh_token":
        return _refused(400, "unsupported_grant_type", "Only the grant type refresh_token is offered here")
    return _rotate(world, str(form.get("refresh_token", "")))


def _rotate(world: World, old: str) -> Response:
    state = world.state
    with state.writing():
        known = state.row("SELECT * FROM tokens WHERE token = ? AND platform = ? AND kind = 'refresh'", old, TWITTER)
        if known is None or known["revoked"]:
            return _refused(400, "invalid_request", "Value passed for the token was invalid.")
        access, refresh = secrets.token_urlsafe(60), secrets.token_urlsafe(60)
        state.run("UPDATE tokens SET revoked = 1 WHERE token = ?", old)
        expires = now_ms() + ACCESS_SECONDS * 1000
        state.insert("tokens", token=access, platform=TWITTER, kind="access", expires=expires)
        state.insert("tokens", token=refresh, platform=TWITTER, kind="refresh")
    return json_answer(
        {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "access_token": access,
            "refresh_token": refresh,
            "scope": SCOPE,
        }
    )


async def revoke(request: Request) -> Response:
    world = world_of(request)
    form = await request.form()
    if not _is_client(request, str(form.get("client_id", ""))):
        return _refused(401, "unauthorized_client", "Missing valid authorization header")
    world.state.run(
        "UPDATE tokens SET revoked = 1 WHERE token = ? AND platform = ?", str(form.get("token", "")), TWITTER
    )
    return json_answer({"revoked": True})
