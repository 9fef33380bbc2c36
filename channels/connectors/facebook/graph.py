"""facebook-sdk's GraphAPI on our own session: its method names, none of its way of calling.

The library builds addresses from a module global, puts the token into the query string (where proxies and access logs keep
it), loses status and headers, knows no version past 3.1 and form-encodes nested objects to their keys. So `request`, through
which all its methods go, is written anew: token in the Authorization header, `appsecret_proof` beside it (a keyed hash that
is worthless without the token), nested values as JSON, errors as `channels.errors`, usage headers kept.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import facebook
import requests

from channels.connectors.facebook.graph_errors import graph_error, read_error
from channels.errors import Misconfigured, OutcomeUnknown, PayloadError
from channels.http import decode_json, status_error, transport_error
from channels.messages import Budget

DEFAULT_VERSION = "v26.0"
_VERSION = re.compile(r"^v\d{1,3}\.\d{1,2}$")
LONGEST_REGAIN = timedelta(days=1)


class Graph(facebook.GraphAPI):  # type: ignore[misc]
    """One page's view of Graph. All methods raise `channels.errors.ConnectorError`.

    `usage` is the highest percentage that the last answer's usage headers told, `budgets` the same in our words.
    """

    def __init__(
        self, *, session: requests.Session, base_url: str, token: str, app_secret: str, version: str = DEFAULT_VERSION
    ) -> None:
        super().__init__(access_token=token, session=session)  # its check of versions knows none that still lives
        if not _VERSION.match(version):
            raise Misconfigured("The Graph version is not of the form v26.0.", code="version")
        self.version = version
        self.base_url = base_url.rstrip("/")
        self.app_secret = app_secret
        self.budgets: dict[str, Budget] = {}
        self.regain: timedelta | None = None

    @property
    def usage(self) -> int:
        """Percent of our allowance that is used, the worst of what the platform told."""
        return max((budget.limit - budget.remaining for budget in self.budgets.values()), default=0)

    def request(
        self,
        path: str,
        args: Mapping[str, Any] | None = None,
        post_args: Mapping[str, Any] | None = None,
        files: Any = None,
        method: str | None = None,
    ) -> Any:
        method = method or ("GET" if post_args is None else "POST")
        write = method != "GET"
        params = {key: _flat(value) for key, value in (args or {}).items() if value not in (None, "")}
        data = dict(post_args or {})
        # The library's own methods may hand over another token (debug_access_token): never into the address.
        token = str(params.pop("access_token", "") or data.pop("access_token", "") or self.access_token or "")
        if not token:
            raise Misconfigured("This channel has no access token.", code="no_token")
        if self.app_secret and token == self.access_token:
            proof = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            if write and data:
                data["appsecret_proof"] = proof
            else:
                params["appsecret_proof"] = proof
        is_nested = any(isinstance(value, Mapping | list | tuple) for value in data.values())
        body: dict[str, Any] = {}
        if files is not None:
            body = {"data": {key: _flat(value) for key, value in data.items()}, "files": files}
        elif data:
            body = {"json": data} if is_nested else {"data": data}
        try:
            response = self.session.request(
                method,
                f"{self.base_url}/{quote(path.lstrip('/'), safe='/.:~')}",
                params=params,
                headers={"Authorization": f"Bearer {token}"},
                **body,
            )
        except requests.RequestException as error:
            raise transport_error(error, write=write) from error
        self._read_usage(response)
        return self._answer(response, write=write, token=token)

    def _answer(self, response: requests.Response, *, write: bool, token: str) -> Any:
        if not response.ok:
            try:
                answer = decode_json(response, write=write)
            except PayloadError:
                answer = None
            error = read_error(answer)
            if error is None and response.status_code in {404, 410}:
                # Graph says in words that something is gone. Without words it is not Graph that answers.
                raise Misconfigured("This is not the address of Graph.", code="address")
            if error is None:
                raise status_error(response, write=write)
        else:
            if 300 <= response.status_code < 400:
                raise status_error(response, write=write)
            answer = decode_json(response, write=write)
            error = read_error(answer)
            if error is None:
                return answer
        raise graph_error(
            error, response, write=write, regain=self.regain, secrets=(token, self.app_secret, str(self.access_token))
        )

    def call(self, path: str, **args: Any) -> Mapping[str, Any]:
        """GET an object or an edge ("me", "123/comments"). Raises PayloadError when the answer is no object."""
        answer = self.request(f"{self.version}/{path}", args)
        if not isinstance(answer, Mapping):
            raise PayloadError("Facebook's answer is no object.", reason="wrong_type")
        return answer

    def write(self, parent_object: str, connection_name: str, **data: Any) -> Mapping[str, Any]:
        """POST to an edge. Raises OutcomeUnknown when Graph says it went well and nothing else."""
        if not self.access_token:
            raise Misconfigured("This channel has no access token.", code="no_token")  # the library would assert it
        answer = self.put_object(parent_object, connection_name, **data)
        if not isinstance(answer, Mapping):
            raise OutcomeUnknown("Facebook took the message, but its answer can not be read.")
        return answer

    def debug_access_token(self, token: str, app_id: str, app_secret: str) -> Any:
        """GET /debug_token inside a batch: there the token that is asked about stands in the body, not in an address."""
        query = urlencode({"input_token": token})
        batch = [{"method": "GET", "relative_url": f"{self.version}/debug_token?{query}"}]
        answers = self.request("", post_args={"access_token": f"{app_id}|{app_secret}", "batch": json.dumps(batch)})
        first = answers[0] if isinstance(answers, list) and answers else None
        if not isinstance(first, Mapping) or first.get("code") != 200 or not isinstance(first.get("body"), str):
            raise PayloadError("Facebook's answer is no batch.", reason="wrong_type")
        try:
            return json.loads(first["body"])
        except (ValueError, RecursionError) as error:
            raise PayloadError("Facebook's answer can not be read.", reason="json") from error

    # -- usage -----------------------------------------------------------------------------------------------------

    def _read_usage(self, response: requests.Response) -> None:
        """X-App-Usage {call_count, total_time, total_cputime} and X-Business-Use-Case-Usage {id: [{type, the same,
        estimated_time_to_regain_access in minutes}]}: percentages of what is allowed (Graph docs, rate limits)."""
        self.regain = None
        app = _json_header(response, "X-App-Usage")
        if isinstance(app, Mapping):
            self._note("app", app)
        business = _json_header(response, "X-Business-Use-Case-Usage")
        if isinstance(business, Mapping):
            for cases in business.values():
                for case in cases if isinstance(cases, list) else []:
                    if isinstance(case, Mapping):
                        self._note(str(case.get("type") or "page")[:40], case)

    def _note(self, name: str, usage: Mapping[str, Any]) -> None:
        used = max((_percent(usage.get(key)) for key in ("call_count", "total_time", "total_cputime")), default=0)
        minutes = usage.get("estimated_time_to_regain_access")
        reset_at = None
        if isinstance(minutes, int | float) and 0 < minutes < 1_000_000:
            wait = min(timedelta(minutes=minutes), LONGEST_REGAIN)
            self.regain = max(self.regain or wait, wait)
            reset_at = datetime.now(UTC) + wait
        self.budgets[name] = Budget(name=name, limit=100, remaining=100 - used, reset_at=reset_at)


def _percent(value: Any) -> int:
    return min(max(int(value), 0), 100) if isinstance(value, int | float) and abs(value) < 1_000_000 else 0


def _json_header(response: requests.Response, name: str) -> Any:
    try:
        return json.loads(response.headers.get(name, "null"))
    except (ValueError, RecursionError):
        return None


def _flat(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, Mapping | list | tuple) else value
