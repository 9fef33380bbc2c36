"""LinkedIn's refusals into `channels.errors`: one table, read by code, service code and status.

{"status", "code", "message", "serviceErrorCode"}, at times with {"errorDetails": {"inputErrors": [...]}} instead of a code
(LinkedIn docs, error handling; recorded bodies). The same refusal of a version was seen under several statuses: words and
codes come before the status. The token endpoint has {error, error_description}.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from channels.errors import (
    ConnectorError,
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutcomeUnknown,
    PermanentError,
    RateLimited,
    StoppedByPlatform,
    TransientError,
)
from channels.http import retry_after, status_error

BURST_WAIT = timedelta(seconds=60)  # LinkedIn gives no Retry-After; bursts were over after some 35 seconds
LONGEST_MESSAGE = 300
_SECRETS = re.compile(r"AQ[0-9A-Za-z_-]{20,}|(access_token|refresh_token|client_secret)=[^&\s\"']+")

LOGIN_CODES = {
    65600: ("token_invalid", "LinkedIn does not know our access token."),
    65601: ("token_revoked", "The access to the page was withdrawn."),
    65602: ("token_expired", "The access to the page has expired."),
}
LOGIN_WORDS = {
    "INVALID_ACCESS_TOKEN": 65600,
    "REVOKED_ACCESS_TOKEN": 65601,
    "EXPIRED_ACCESS_TOKEN": 65602,
}
VERSION_CODES = {"NONEXISTENT_VERSION", "VERSION_MISSING"}
ACCESS_CODES = {"ACCESS_DENIED", "PERMISSION_DENIED"}
RESTRICTED_CODES = {"MEMBER_RESTRICTED", "APPLICATION_RESTRICTED"}
DUPLICATE_CODES = {"DUPLICATE_POST", "DUPLICATE_ENTITY"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal, read without trusting it."""

    code: str = ""
    service_code: int = 0
    message: str = ""
    fields: tuple[tuple[str, str], ...] = ()  # (code, path) of every parameter that is named

    @property
    def words(self) -> str:
        return self.message.lower()


def read_problem(body: Any) -> Problem | None:
    """The refusal in a decoded body; None when LinkedIn says nothing in its own words."""
    if not isinstance(body, Mapping) or not {"message", "code", "serviceErrorCode", "errorDetails"} & body.keys():
        return None
    code, service, message = body.get("code"), body.get("serviceErrorCode"), body.get("message")
    return Problem(
        code=code.strip().upper() if isinstance(code, str) else "",
        service_code=service if isinstance(service, int) and not isinstance(service, bool) else 0,
        message=message if isinstance(message, str) else "",
        fields=tuple(_fields(body.get("errorDetails"))),
    )


def _fields(details: Any) -> Iterable[tuple[str, str]]:
    found = details.get("inputErrors") if isinstance(details, Mapping) else None
    for one in found if isinstance(found, list) else []:
        if not isinstance(one, Mapping):
            continue
        place: Any = one
        for key in ("input", "inputPath", "fieldPath"):
            place = place.get(key) if isinstance(place, Mapping) else None
        yield str(one.get("code", ""))[:60], str(place or "")[:60]


def safe(message: str, secrets: Iterable[str] = ()) -> str:
    """`message` on one line, cut, without anything that is or looks like a token."""
    for secret in secrets:
        if len(secret) >= 4:
            message = message.replace(secret, "…")
    return " ".join(_SECRETS.sub("…", message).split())[:LONGEST_MESSAGE]


def refusal(response: requests.Response, body: Any, *, write: bool, secrets: Iterable[str] = ()) -> ConnectorError:
    """What to do next about an answer that is not 2xx. `body` is the decoded one, None when it can not be read."""
    status = response.status_code
    problem = read_problem(body)
    if problem is None:
        if status == 404:
            # LinkedIn says in words that something is gone. Without words it is not LinkedIn that answers.
            return Misconfigured("This is not the address of LinkedIn's API.", code="address")
        if status == 429:
            return _limited(response, "")
        return status_error(response, write=write)
    says = safe(problem.message, secrets) or f"LinkedIn answered {status}."
    if problem.fields and status < 500:
        says = safe(f"{problem.message} ({', '.join(' '.join(one) for one in problem.fields[:3])})", secrets)
    if status >= 500:
        # Also what LinkedIn answers when its own look at our token fails: worth another try before anything else.
        return OutcomeUnknown(says) if write else TransientError(says, code="platform_error")
    if status == 426 or problem.code in VERSION_CODES or "is not active" in problem.words:
        return Misconfigured(f"{says} (LinkedIn-Version)", code="version")
    login = LOGIN_WORDS.get(problem.code, problem.service_code)
    if login in LOGIN_CODES:
        code, told = LOGIN_CODES[login]
        return CredentialsRejected(told, code=code)
    if status == 401:
        return CredentialsRejected("LinkedIn no longer accepts our access.")
    if status == 429:
        return _limited(response, problem.message)
    if problem.code in RESTRICTED_CODES or "is restricted" in problem.words:
        return StoppedByPlatform(says)
    if status == 403 or problem.code in ACCESS_CODES:
        return Misconfigured(says, code="permission")
    if status == 409 or problem.code in DUPLICATE_CODES or "duplicate" in problem.words:
        return OutcomeUnknown(says, code="duplicate") if write else TransientError(says, code="platform_error")
    if status in {404, 410}:
        if "root resource" in problem.words:
            return Misconfigured(says, code="address")
        return Gone("It is no longer there, or no longer visible to us.")
    if status in {400, 413, 414, 422}:
        if not write:
            return Misconfigured(says, code="parameter")
        is_long = problem.code == "FIELD_LENGTH_TOO_LONG" or "greater than maximum allowed" in problem.words
        return PermanentError(says, code="too_long" if is_long else "rejected")
    fallback = status_error(response, write=write)
    fallback.args = (says,)
    return fallback


def _limited(response: requests.Response, message: str) -> RateLimited:
    """Limits are per day (they end at 00:00 UTC, and say DAY) or against bursts; LinkedIn tells neither how much nor when."""
    told = retry_after(response)
    says = "LinkedIn's limit is reached."
    if told is None and re.search(r"\bDAY\b", message, re.IGNORECASE):
        now = datetime.now(UTC)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return RateLimited("LinkedIn's limit of today is reached.", until=midnight)
    return RateLimited(says, retry_after=told or BURST_WAIT)
