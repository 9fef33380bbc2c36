"""Renewing the access token (60 days), and asking until when it lives (LinkedIn docs, refresh tokens and token introspection).

The refresh token (365 days) is not extended by using it: `refresh_token_expires_in` counts down, and when it ends a person has
to connect the page again. Only approved apps get one.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from channels.connectors.linkedin.problems import BURST_WAIT
from channels.connectors.linkedin.rest import sign_in_address
from channels.errors import CredentialsRejected, Misconfigured, PayloadError, RateLimited
from channels.http import decode_json, retry_after, status_error, transport_error

CLIENT_ERRORS = {"invalid_client", "unauthorized_client"}


def refresh(http: requests.Session, base_url: str, credentials: Mapping[str, str]) -> dict[str, str]:
    """All credentials, with a new access token, `expires_at` and `refresh_expires_at` (ISO 8601).

    Raises CredentialsRejected when a person is needed."""
    token = credentials.get("refresh_token", "")
    if not token:
        raise CredentialsRejected("LinkedIn gave no right to renew the access: connect the channel again.")
    form = {"grant_type": "refresh_token", "refresh_token": token}
    body = _post(http, base_url, "accessToken", {**form, **_client(credentials)})
    access = body.get("access_token")
    if not isinstance(access, str) or not access:
        raise PayloadError("LinkedIn's answer holds no token.", reason="no_token")
    renewed = {**credentials, "access_token": access}
    rotated = body.get("refresh_token")
    if isinstance(rotated, str) and rotated:
        renewed["refresh_token"] = rotated
    for name, key in (("expires_in", "expires_at"), ("refresh_token_expires_in", "refresh_expires_at")):
        lifetime = body.get(name)
        renewed.pop(key, None)
        if isinstance(lifetime, int) and 0 < lifetime < 100_000_000:
            renewed[key] = (datetime.now(UTC) + timedelta(seconds=lifetime)).isoformat()
    return renewed


def expiry(http: requests.Session, base_url: str, credentials: Mapping[str, str]) -> datetime | None:
    """Until when the access token lives, as LinkedIn says; None when it does not say."""
    form = {"token": credentials.get("access_token", ""), **_client(credentials)}
    seconds = _post(http, base_url, "introspectToken", form).get("expires_at")
    if isinstance(seconds, int) and 10**9 < seconds < 10**11:
        return datetime.fromtimestamp(seconds, UTC)
    return None


def _client(credentials: Mapping[str, str]) -> dict[str, str]:
    return {"client_id": credentials.get("client_id", ""), "client_secret": credentials.get("client_secret", "")}


def _post(http: requests.Session, base_url: str, name: str, form: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        response = http.request("POST", sign_in_address(base_url, name), data=form)
    except requests.RequestException as error:
        raise transport_error(error, write=True) from error
    if response.status_code in {400, 401, 403}:
        raise _rejected(response)
    if response.status_code == 429:
        raise RateLimited("LinkedIn's limit is reached.", retry_after=retry_after(response) or BURST_WAIT)
    if not 200 <= response.status_code < 300:
        raise status_error(response, write=True)
    body = decode_json(response, write=True)
    if not isinstance(body, Mapping):
        raise PayloadError("LinkedIn's answer is no object.", reason="wrong_type")
    return body


def _rejected(response: requests.Response) -> CredentialsRejected | Misconfigured:
    try:
        body = decode_json(response, write=False)
    except PayloadError:
        body = None
    error = body.get("error") if isinstance(body, Mapping) else None
    if error in CLIENT_ERRORS:
        return Misconfigured("LinkedIn does not know the app by this id and secret.", code="client")
    return CredentialsRejected("LinkedIn no longer renews the access: connect the channel again.")
