"""What X's refusals mean. Three shapes: a problem {type, title, detail, status}, {"errors": [problem]}, and the old
{"errors": [{code, message}]} (X API docs, errors); the token endpoint has {error, error_description}.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from channels.errors import (
    ConnectorError,
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutOfCredit,
    PermanentError,
    RateLimited,
    ReplyNotAllowed,
    StoppedByPlatform,
)
from channels.http import retry_after, status_error

DEFAULT_WAIT = timedelta(minutes=15)  # X's window; used when it does not say how long
LONGEST_WAIT = timedelta(hours=25)  # daily limits; more is a wrong clock
MISSING_TYPES = frozenset({"resource-not-found", "not-authorized-for-resource"})


class BadRequest(Misconfigured):
    """X does not take one of our parameters; `parameters` are those that it names."""

    code = "bad_request"

    def __init__(self, message: str, *, parameters: frozenset[str]) -> None:
        super().__init__(message)
        self.parameters = parameters


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal, whatever its shape. `kind` is the last part of the type ("" for about:blank)."""

    kind: str = ""
    title: str = ""
    detail: str = ""
    code: int = 0
    parameters: frozenset[str] = frozenset()
    raw: Mapping[str, Any] = field(default_factory=dict)

    @property
    def words(self) -> str:
        return f"{self.title} {self.detail}".lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """The first rule that fits decides. `on` is "read", "write" or "" for both."""

    error: type[ConnectorError]
    code: str
    message: str
    kinds: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()
    pattern: str = ""
    statuses: frozenset[int] = frozenset()
    on: str = ""

    def fits(self, problem: Problem, status: int, *, write: bool) -> bool:
        if self.on and (self.on == "write") != write:
            return False
        if self.statuses and status not in self.statuses:
            return False
        if not (self.kinds or self.codes or self.pattern):
            return bool(self.statuses)
        return (
            problem.kind in self.kinds
            or problem.code in self.codes
            or bool(self.pattern and re.search(self.pattern, problem.words))
        )


RULES = (
    Rule(OutOfCredit, "usage_capped", "The monthly or daily use of X's API is spent.", kinds=frozenset({"usage-capped"})),
    Rule(
        OutOfCredit, "out_of_credit", "The credits for X's API are spent.",
        kinds=frozenset({"credits", "credits-depleted"}), pattern=r"creditsdepleted|credits depleted",
    ),
    Rule(OutOfCredit, "out_of_credit", "The credits for X's API are spent.", statuses=frozenset({402})),
    Rule(
        Misconfigured, "client_forbidden", "The app at X belongs to no project with access to the API.",
        kinds=frozenset({"client-forbidden"}), pattern=r"client-not-enrolled",
    ),
    Rule(
        Misconfigured, "unsupported_authentication", "X wants another kind of token for this.",
        kinds=frozenset({"unsupported-authentication"}), pattern=r"^unsupported authentication",
    ),
    Rule(
        Misconfigured, "permissions", "The app at X misses a permission.",
        kinds=frozenset({"oauth1-permissions"}), pattern=r"oauth1 app permissions|missing required scope|insufficient scope",
    ),
    Rule(StoppedByPlatform, "suspended", "X suspended our account.", codes=frozenset({64}), pattern=r"your account is suspended"),
    Rule(
        StoppedByPlatform, "locked", "X locked our account until someone signs in there.",
        codes=frozenset({326}), pattern=r"your account is (temporarily )?locked|to protect our users from spam",
    ),
    Rule(CredentialsRejected, "credentials_rejected", "X no longer accepts our credentials.", statuses=frozenset({401})),
    Rule(CredentialsRejected, "credentials_rejected", "X no longer accepts our credentials.", codes=frozenset({32, 89})),
    Rule(RateLimited, "rate_limited", "X's limit is reached.", statuses=frozenset({429})),
    Rule(
        RateLimited, "rate_limited", "X's limit is reached.", codes=frozenset({88, 185}),
        pattern=r"over daily status update limit",
    ),
    Rule(
        PermanentError, "duplicate", "We already posted exactly this text on X.",
        codes=frozenset({187}), pattern=r"duplicate content|status is a duplicate", on="write",
    ),
    Rule(
        ReplyNotAllowed, "reply_not_allowed",
        "X does not take this reply through its API: the author did not mention or quote us. Reply from the X app.",
        codes=frozenset({433}), pattern=r"reply to this conversation is not allowed|who can reply to this conversation",
        on="write",
    ),
    Rule(
        Gone, "gone", "It is no longer there, or no longer visible to us.",
        kinds=MISSING_TYPES, codes=frozenset({34, 144, 179, 385}), pattern=r"deleted or not visible to you",
    ),
    Rule(
        PermanentError, "recipient_unavailable", "This person takes no direct messages from us.",
        codes=frozenset({108, 150, 349}), pattern=r"cannot send (a )?(direct )?messages? to|not (permitted|allowed) to (send|direct) message",
        on="write",
    ),
    Rule(
        PermanentError, "too_long", "Longer than X takes.",
        codes=frozenset({186, 354}), pattern=r"too long|text is too|length must be", on="write",
    ),
    Rule(
        PermanentError, "blocked", "X does not let us answer this person.",
        codes=frozenset({136, 162}), pattern=r"you have been blocked|blocked from", on="write",
    ),
    Rule(
        PermanentError, "automated", "X takes this for automated and did not post it.",
        codes=frozenset({226}), pattern=r"looks like it might be automated", on="write",
    ),
    Rule(
        PermanentError, "rejected", "X refused the message.",
        kinds=frozenset({"disallowed-resource"}), on="write",
    ),
    Rule(PermanentError, "forbidden", "X does not allow this.", statuses=frozenset({403}), on="write"),
    Rule(Misconfigured, "forbidden", "X does not allow us to read this.", statuses=frozenset({403}), on="read"),
    Rule(PermanentError, "rejected", "X refused the message.", statuses=frozenset({400, 422}), on="write"),
)  # fmt: skip


def problems(body: Any) -> Iterator[Problem]:
    """Every refusal in a body, the outer one last: the inner ones say more. Never raises."""
    if not isinstance(body, Mapping):
        return
    inner = body.get("errors")
    for entry in inner if isinstance(inner, list) else ():
        if isinstance(entry, Mapping):
            yield _problem(entry)
    if any(isinstance(body.get(name), str) for name in ("type", "title", "detail", "error")):
        outer = _problem(body)
        named = [problem.parameters for problem in problems({"errors": inner})] if isinstance(inner, list) else []
        yield Problem(outer.kind, outer.title, outer.detail, outer.code, outer.parameters.union(*named), outer.raw)


def _problem(entry: Mapping[str, Any]) -> Problem:
    def said(*names: str) -> str:
        return next((entry[name] for name in names if isinstance(entry.get(name), str)), "")

    code, parameters = entry.get("code"), entry.get("parameters")
    named = [key for key in parameters if isinstance(key, str)] if isinstance(parameters, Mapping) else []
    if isinstance(entry.get("parameter"), str):
        named.append(entry["parameter"])
    return Problem(
        kind=said("type").rstrip("/").rpartition("/")[2] if said("type") != "about:blank" else "",
        title=said("title", "reason", "error"),
        detail=said("detail", "message", "error_description"),
        code=code if isinstance(code, int) else 0,
        parameters=frozenset(named),
        raw=entry,
    )


def refusal(response: requests.Response, body: Any, *, write: bool, budget: str, secrets: tuple[str, ...] = ()) -> ConnectorError:  # fmt: skip
    """The one meaning of an answer that is not 2xx. `body` is None when it could not be read."""
    found = list(problems(body))
    status = response.status_code
    if status >= 500:
        return status_error(response, write=write)
    for rule in RULES:
        for problem in found or [Problem()]:
            if rule.fits(problem, status, write=write):
                return _error(rule, problem, response, budget, secrets)
    if status == 404 and not found:
        return Misconfigured("This is not the address of X's API.", code="address")
    if status in {400, 422} and not write:
        named = frozenset[str]().union(*(problem.parameters for problem in found))
        return BadRequest(_said("X does not understand our question.", found[0] if found else Problem(), secrets), parameters=named)  # fmt: skip
    return status_error(response, write=write)


def inner_refusal(body: Mapping[str, Any], response: requests.Response, *, write: bool, budget: str) -> ConnectorError | None:  # fmt: skip
    """A 2xx answer without data that lists errors: what it means, None when that is not known."""
    for problem in problems({"errors": body.get("errors")}):
        for rule in RULES:
            if not rule.statuses and rule.fits(problem, 0, write=write):
                return _error(rule, problem, response, budget, ())
    return None


def _error(rule: Rule, problem: Problem, response: requests.Response, budget: str, secrets: tuple[str, ...]) -> ConnectorError:  # fmt: skip
    if rule.error is RateLimited:
        return RateLimited(rule.message, retry_after=wait_for(response), budget=budget, code=rule.code)
    is_vague = rule.code in {"forbidden", "rejected"}
    return rule.error(_said(rule.message, problem, secrets) if is_vague else rule.message, code=rule.code)


def _said(message: str, problem: Problem, secrets: tuple[str, ...]) -> str:
    detail = " ".join(problem.detail.split())
    for secret in secrets:
        if secret:
            detail = detail.replace(secret, "…")
    return f"{message} ({detail[:200]})" if detail else message


def wait_for(response: requests.Response) -> timedelta:
    """How long nothing more is taken here: `retry-after`, else until `x-rate-limit-reset` by X's own clock, else 15 minutes.

    A reset that has passed is a clock that differs: a few seconds then."""
    told = retry_after(response)
    if told is not None:
        return told
    reset = epoch(response.headers.get("x-rate-limit-reset", ""))
    if reset is None:
        return DEFAULT_WAIT
    wait = reset - (_date(response) or datetime.now(UTC))
    return min(max(wait, timedelta(seconds=5)), LONGEST_WAIT)


def epoch(value: str) -> datetime | None:
    if not (value.isascii() and value.isdigit() and len(value) <= 11):
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _date(response: requests.Response) -> datetime | None:
    try:
        found = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
