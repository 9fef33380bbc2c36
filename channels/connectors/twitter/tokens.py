"""Renewing the access token (two hours) with the refresh token, which X replaces at the same time: both are to be stored.

Our own call: tweepy has none (X API docs, OAuth 2.0 authorization code flow with PKCE, confidential client).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import requests

from channels.connectors.twitter.client import HOST
from channels.connectors.twitter.problems import wait_for
from channels.errors import CredentialsRejected, Misconfigured, PayloadError, RateLimited
from channels.http import decode_json, status_error, transport_error


def refresh(http: requests.Session, credentials: Mapping[str, str]) -> dict[str, str]:
    """All credentials, with new tokens and `expires_at` (ISO 8601). Raises CredentialsRejected when a person is needed."""
    token, client_id = credentials.get("refresh_token", ""), credentials.get("client_id", "")
    if not token:
        raise CredentialsRejected("X gave no right to renew the access: connect the channel again.")
    try:
        response = http.request(
            "POST",
            f"{HOST}/2/oauth2/token",
            data={"grant_type": "refresh_token", "refresh_token": token, "client_id": client_id},
            auth=(client_id, credentials.get("client_secret", "")),
        )
    except requests.RequestException as error:
        raise transport_error(error, write=True) from error
    if response.status_code in {400, 401, 403}:
        raise _rejected(response)
    if response.status_code == 429:
        raise RateLimited("X's limit is reached.", retry_after=wait_for(response), budget="token")
    if not response.ok or response.status_code >= 300:
        raise status_error(response, write=True)
    body = decode_json(response, write=True)
    access = body.get("access_token") if isinstance(body, Mapping) else None
    if not isinstance(access, str) or not access:
        raise PayloadError("X's answer holds no token.", reason="no_token")
    renewed = {**credentials, "access_token": access}
    rotated, lifetime = body.get("refresh_token"), body.get("expires_in")
    if isinstance(rotated, str) and rotated:
        renewed["refresh_token"] = rotated
    renewed.pop("expires_at", None)
    if isinstance(lifetime, int) and 0 < lifetime < 10_000_000:
        renewed["expires_at"] = (datetime.now(UTC) + timedelta(seconds=lifetime)).isoformat()
    return renewed


def _rejected(response: requests.Response) -> CredentialsRejected | Misconfigured:
    try:
        body = decode_json(response, write=False)
    except PayloadError:
        body = None
    error = body.get("error") if isinstance(body, Mapping) else None
    if error in {"invalid_client", "unauthorized_client"}:
        return Misconfigured("X does not know the app by this id and secret.", code="client")
    return CredentialsRejected("X no longer renews the access: connect the channel again.")
