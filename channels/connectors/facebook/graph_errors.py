"""Graph's error bodies into `channels.errors`: one table, read by code and subcode.

{"error": {message, type, code, error_subcode, error_user_title, error_user_msg, is_transient, fbtrace_id}}, with HTTP
400, 403, 500 and at times 200. Codes: Graph docs, "Handling errors" and "Messenger Platform error codes".
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
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
    ReplyNotAllowed,
    ReplyWindowClosed,
    StoppedByPlatform,
    TransientError,
)
from channels.http import retry_after, status_error

DEFAULT_WAIT = timedelta(hours=1)
LONGEST_MESSAGE = 300
# Anything that could be a token: Meta's start with EAA (app, user, page), app tokens are "id|secret".
_SECRETS = re.compile(
    r"EAA[0-9A-Za-z_-]{10,}|\d{6,}\|[0-9A-Za-z_-]{10,}|(access_token|input_token|appsecret_proof)=[^&\s\"']+"
)
_WINDOW_WORDS = ("outside of allowed window", "outside the allowed window")

LOGIN_CODES = {102, 190, 458, 459, 460, 463, 464, 467}
LOGIN_SUBCODES = {
    458: ("app_removed", "The app was removed from the page."),
    459: ("checkpoint", "Facebook asks the person who connected the page to sign in there first."),
    460: ("password_changed", "The password was changed: the page has to be connected again."),
    463: ("token_expired", "The access to the page has expired."),
    464: ("checkpoint", "Facebook asks the person who connected the page to confirm their account."),
    467: ("token_invalid", "The access to the page was withdrawn."),
}
LIMIT_CODES = {4, 17, 32, 341, 613, *range(80000, 80015)}
WINDOW_SUBCODES = {2018278, 2018065, 2534022}  # outside of the 24 hours or 7 days
NO_RECIPIENT_SUBCODES = {2018001, 1545041}
TRANSIENT_CODES = {1, 2}
PERMISSION_CODES = {3, 10, *range(200, 300)}


@dataclass(frozen=True, slots=True)
class GraphError:
    """An error body, read without trusting it."""

    code: int = 0
    subcode: int = 0
    message: str = ""
    is_transient: bool = False


def read_error(body: Any) -> GraphError | None:
    """The error in a decoded body; None when there is none in it."""
    if not isinstance(body, Mapping) or not body.get("error"):
        return None
    error = body["error"]
    if not isinstance(error, Mapping):
        return GraphError(message=str(error)[:LONGEST_MESSAGE])
    said = error.get("error_user_msg") or error.get("message")
    return GraphError(
        code=_number(error.get("code")),
        subcode=_number(error.get("error_subcode")),
        message=said if isinstance(said, str) else "",
        is_transient=error.get("is_transient") is True,
    )


def _number(value: Any) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def safe(message: str, secrets: Iterable[str] = ()) -> str:
    """`message` on one line, cut, without anything that is or looks like a token."""
    for secret in secrets:
        if len(secret) >= 4:
            message = message.replace(secret, "…")
    return " ".join(_SECRETS.sub("…", message).split())[:LONGEST_MESSAGE]


def graph_error(
    error: GraphError,
    response: requests.Response,
    *,
    write: bool,
    regain: timedelta | None = None,
    secrets: Iterable[str] = (),
) -> ConnectorError:
    """What to do next. `regain`: how long the usage headers say that we have to wait."""
    says = safe(error.message, secrets) or f"Facebook answered error {error.code}."
    code, subcode = error.code, error.subcode
    words = error.message.lower()
    if code in LOGIN_CODES:
        short, told = LOGIN_SUBCODES.get(subcode or code, ("credentials_rejected", says))
        return CredentialsRejected(told, code=short)
    if code in LIMIT_CODES:
        return RateLimited(says, retry_after=regain or retry_after(response) or DEFAULT_WAIT)
    if subcode in WINDOW_SUBCODES or (code in PERMISSION_CODES and any(part in words for part in _WINDOW_WORDS)):
        return ReplyWindowClosed(says)
    if code == 551 or subcode in NO_RECIPIENT_SUBCODES:
        return PermanentError(says, code="recipient_unavailable")
    if code == 368:
        return StoppedByPlatform(says)
    if code in PERMISSION_CODES:
        return Misconfigured(says, code="permission")
    if code == 100:
        return _parameter_error(subcode, words, says)
    if code == 803:
        return Gone(says)
    if code == 506:
        return OutcomeUnknown(says, code="duplicate") if write else TransientError(says)
    if code == 1609005:
        return PermanentError(says, code="bad_link")
    if code == 10900:
        return ReplyNotAllowed(says, code="already_replied")
    if code == 10901:
        return ReplyWindowClosed(says)
    if code == 10903:
        return ReplyNotAllowed(says)
    if code in TRANSIENT_CODES or error.is_transient:
        return OutcomeUnknown(says) if write else TransientError(says, code="platform_error")
    if code in {12, 2500, 2635}:  # a dead version, an unknown path
        return Misconfigured(says, code="version")
    fallback = status_error(response, write=write)
    if response.ok:  # an error that says it went well: nothing was promised
        fallback = PermanentError(says) if write else TransientError(says, code="platform_error")
    fallback.args = (says,)
    return fallback


def _parameter_error(subcode: int, words: str, says: str) -> ConnectorError:
    """Code 100 is many things: gone, or a parameter that this version or our permissions do not know."""
    if "this endpoint requires" in words or "requires either" in words or "permission to" in words:
        return Misconfigured(says, code="permission")
    if subcode == 33 or "does not exist" in words:
        return Gone(says)
    return Misconfigured(says, code="parameter")
