"""The one way to call a platform: a `requests.Session` that can not hang, wander off or swallow the machine.

`requests` has no default time-out and its read time-out starts anew with every byte, so a server that drips one byte a
second holds a worker for ever. Here every call has one deadline for connect, headers and body together, and a cap on the
bytes that come out of decompression. Redirects are never followed (they would carry our token to another host), the
environment is not read (~/.netrc replaces the Authorization header, proxies see everything), cookies are not kept.

What goes wrong becomes one of `channels.errors`. The rule for writes: only what is proven not to have left us may be
tried again; all else is `OutcomeUnknown`.
"""

import json
import math
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from channels.deadlines import ClockedHTTPPool, ClockedHTTPSPool, deadline
from channels.errors import (
    ConnectorError,
    CredentialsRejected,
    Gone,
    Misconfigured,
    OutcomeUnknown,
    OutOfCredit,
    PayloadError,
    PermanentError,
    RateLimited,
    TransientError,
)

USER_AGENT = "Balie"
CHUNK = 65_536
LONGEST_RETRY_AFTER = timedelta(days=1)  # a header with more is a wrong clock, not a promise


class NotSent(requests.ConnectionError):
    """Proven: not one byte of the request left this machine."""


class BodyTooLarge(requests.RequestException):
    """The answer is larger than we read. What it said is unknown."""


class _ClockedAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": ClockedHTTPPool, "https": ClockedHTTPSPool}


# -- the session -------------------------------------------------------------------------------------------------------


class PlatformSession(requests.Session):
    """See `make_session`. Raises `requests.RequestException` only; hand it to `transport_error`."""

    def __init__(
        self,
        base_url: str,
        *,
        rebased_hosts: frozenset[str],
        connect_timeout: float,
        read_timeout: float,
        total_timeout: float,
        max_bytes: int,
    ) -> None:
        super().__init__()
        self.base_url = base_url.rstrip("/")
        self.rebased_hosts = rebased_hosts
        self.connect_timeout = connect_timeout
        self.read_timeout = read_timeout
        self.total_timeout = total_timeout
        self.max_bytes = max_bytes
        self.trust_env = False
        self.headers["User-Agent"] = USER_AGENT
        self.headers["Accept-Encoding"] = "gzip, deflate"
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("http://", _ClockedAdapter())
        self.mount("https://", _ClockedAdapter())

    def rebase(self, url: str) -> str:
        """`url` as it is called: a path alone, or a host in `rebased_hosts`, goes to `base_url` (its path in front)."""
        if url.startswith("/") and not url.startswith("//"):
            return self.base_url + url
        parts = urlsplit(url)
        if parts.hostname not in self.rebased_hosts:
            return url
        base = urlsplit(self.base_url)
        return urlunsplit((base.scheme, base.netloc, base.path + parts.path, parts.query, ""))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        text = url.decode() if isinstance(url, bytes) else url
        # Before the request is prepared, so that OAuth 1.0a signs the address that is really called.
        return super().request(method, self.rebase(text), *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        kwargs["stream"] = True
        kwargs["timeout"] = kwargs.get("timeout") or (self.connect_timeout, self.read_timeout)
        with deadline(self.total_timeout, self.read_timeout) as call:
            try:
                response = super().send(request, **kwargs)
            except requests.RequestException as error:
                if call.sent:
                    raise
                raise NotSent("the request did not leave", request=request) from error
            except TimeoutError as error:
                # The deadline passed between two socket operations, where urllib3 does not look for it.
                kind = requests.ReadTimeout if call.sent else NotSent
                raise kind("total deadline passed", request=request) from error
            self._read(response)
        return response

    def _read(self, response: requests.Response) -> None:
        """The whole body, decompressed, within the deadline and the cap."""
        parts = []
        size = 0
        try:
            for part in response.iter_content(CHUNK):
                size += len(part)
                if size > self.max_bytes:
                    raise BodyTooLarge(f"more than {self.max_bytes} bytes", request=response.request)
                parts.append(part)
        except TimeoutError as error:
            raise requests.ReadTimeout("total deadline passed", request=response.request) from error
        finally:
            response.close()
        response._content = b"".join(parts)
        response._content_consumed = True  # type: ignore[attr-defined]


def make_session(
    base_url: str,
    *,
    rebased_hosts: frozenset[str] = frozenset(),
    connect_timeout: float = 3.05,
    read_timeout: float = 15.0,
    total_timeout: float = 20.0,
    max_bytes: int = 5_000_000,
) -> requests.Session:
    """A session for the platform at `base_url`; time-outs in seconds, `max_bytes` counted after decompression.

    `rebased_hosts` are hosts that a third-party library has hard-coded; they are sent to `base_url`, whose path is kept as
    a prefix. An address that is only a path is taken from `base_url` too. Bodies are read completely: `stream` has no
    effect. `total_timeout` covers everything from connecting to the last byte (DNS excepted: the system's resolver has
    its own).
    """
    return PlatformSession(
        base_url,
        rebased_hosts=rebased_hosts,
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        total_timeout=total_timeout,
        max_bytes=max_bytes,
    )


# -- results into errors -----------------------------------------------------------------------------------------------


def transport_error(error: requests.RequestException, *, write: bool) -> ConnectorError:
    """What to do next when a call gave no answer. The message holds no address: that may hold identifiers."""
    if isinstance(error, ValueError) and not isinstance(error, requests.exceptions.InvalidJSONError):
        # InvalidURL, MissingSchema, InvalidHeader…: the request could not even be made.
        return Misconfigured("The address or the credentials of this platform can not be used.", code="bad_request")
    if isinstance(error, NotSent | requests.ConnectTimeout):
        cause = error.__cause__
        if isinstance(cause, requests.exceptions.SSLError):
            return TransientError("No secure connection with the platform.", code="tls")
        if isinstance(error, requests.ConnectTimeout) or isinstance(cause, requests.ConnectTimeout | TimeoutError):
            return TransientError("The platform can not be reached (time-out).", code="connect_timeout")
        return TransientError("The platform can not be reached.", code="unreachable")
    if write:
        return OutcomeUnknown("The connection broke before the platform answered.")
    if isinstance(error, BodyTooLarge):
        return PayloadError("The platform's answer is too large.", reason="too_large")
    if isinstance(error, requests.exceptions.ContentDecodingError):
        return PayloadError("The platform's answer can not be unpacked.", reason="encoding")
    if isinstance(error, requests.Timeout):
        return TransientError("The platform did not answer in time.", code="timeout")
    return TransientError("The connection with the platform broke.", code="connection_broken")


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("number out of range")
    return value


def decode_json(response: requests.Response, *, write: bool) -> Any:
    """The body as JSON, whatever Content-Type says (Graph calls it text/javascript at times).

    Raises PayloadError; OutcomeUnknown when it is the answer to a write that the platform says went well. Half JSON, HTML,
    an empty body, NaN, bottomless nesting and wrong character sets all end here.
    """
    body = response.content
    if not body.strip():
        reason = "empty"
    else:
        try:
            return json.loads(body, parse_constant=_no_constant, parse_float=_finite)
        except UnicodeDecodeError:
            reason = "encoding"
        except RecursionError:
            reason = "depth"
        except ValueError:
            reason = "html" if body.lstrip()[:1] == b"<" else "json"
    if write and response.ok:
        raise OutcomeUnknown("The platform's answer to the message can not be read.", code="outcome_unknown")
    raise PayloadError("The platform's answer can not be read.", reason=reason)


def retry_after(response: requests.Response) -> timedelta | None:
    """The `Retry-After` header (seconds or a date), at most a day. A date is compared with the platform's own clock."""
    value = response.headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_RETRY_AFTER)
    until, now = _http_date(value), _http_date(response.headers.get("Date", "")) or datetime.now(UTC)
    if until is None:
        return None
    return min(max(until - now, timedelta()), LONGEST_RETRY_AFTER)


def _http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def status_error(response: requests.Response, *, write: bool) -> ConnectorError:
    """What a status says when the platform's own error body says nothing better. Not for 2xx."""
    status = response.status_code
    says = f"The platform answered {status}."
    if status >= 500:
        return OutcomeUnknown(says) if write else TransientError(says, code="platform_error")
    if status == 429:
        return RateLimited("The platform's limit is reached.", retry_after=retry_after(response))
    if status == 401:
        return CredentialsRejected("The platform no longer accepts our credentials.")
    if status == 402:
        return OutOfCredit("The paid usage of the platform is spent.")
    if status in {404, 410}:
        return Gone("It is no longer there, or no longer visible to us.")
    if status in {408, 425}:
        return TransientError(says, code="timeout")
    if status == 409 or status == 303:
        return OutcomeUnknown(says) if write else TransientError(says, code="platform_error")
    if status < 400 or status in {405, 407, 426}:
        return Misconfigured(f"{says} Check the platform's address and version.", code="misconfigured")
    if write:
        return PermanentError(f"The platform refused it ({status}).", code="rejected")
    return Misconfigured(f"The platform refused our question ({status}).", code="misconfigured")
