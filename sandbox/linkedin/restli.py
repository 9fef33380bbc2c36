"""Rest.li 2.0: what stands raw and what must be encoded in an address, versions, paging."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response

from sandbox.accounts import LINKEDIN
from sandbox.answers import json_answer, linkedin_body
from sandbox.ids import letters, now_ms
from sandbox.state import State

LIVE_VERSIONS = ("202601", "202602", "202603", "202604", "202605", "202606", "202607", "202608")
LONGEST_URL, LONGEST_QUERY = 8_192, 4_096
_STRUCTURE = re.compile(r"[():,]")


class RestError(Exception):
    def __init__(self, status: int, message: str, *, code: str = "", service_code: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.body = linkedin_body(status, message, code=code, service_code=service_code)

    def answer(self) -> Response:
        return json_answer(self.body, self.status)


def bad(message: str, code: str = "ILLEGAL_ARGUMENT") -> RestError:
    return RestError(400, message, code=code)


def bad_parameter(name: str, code: str = "FIELD_INVALID") -> RestError:
    error = RestError(400, "Invalid param. Please see errorDetails for more information.")
    error.body = {
        "errorDetailType": "com.linkedin.common.error.BadRequest",
        "message": "Invalid param. Please see errorDetails for more information.",
        "errorDetails": {"inputErrors": [{"code": code, "input": {"inputPath": {"fieldPath": name}}}]},
        "status": 400,
    }
    return error


def denied(resource: str) -> RestError:
    return RestError(403, f"Not enough permissions to access: {resource}", code="ACCESS_DENIED", service_code=100)


def gone(what: str) -> RestError:
    return RestError(404, f"Could not find entity {what}", code="RESOURCE_NOT_FOUND", service_code=0)


@dataclass
class Address:
    """The path below /rest in decoded parts, and the query in values still as they were sent."""

    parts: list[str]
    query: dict[str, str]

    def plain(self, name: str, default: str = "") -> str:
        """A decoded value."""
        return unquote(self.query.get(name, default))

    def listed(self, name: str) -> list[str]:
        """List(a,b): brackets and commas raw, the values encoded. Raises RestError."""
        raw = self.query.get(name, "")
        if not (raw.startswith("List(") and raw.endswith(")")):
            raise bad_parameter(name)
        return [unquote(one) for one in raw[5:-1].split(",") if one]

    def record(self, name: str) -> dict[str, str]:
        """(start:1,end:2), raw. Raises RestError."""
        raw = self.query.get(name, "")
        if not (raw.startswith("(") and raw.endswith(")")):
            raise bad_parameter(name)
        pairs = [one.partition(":") for one in raw[1:-1].split(",") if one]
        return {key: unquote(value) for key, _, value in pairs}

    def number(self, name: str, default: int) -> int:
        value = self.query.get(name, str(default))
        if not value.isdecimal():
            raise bad_parameter(name)
        return int(value)


def address_of(request: Request) -> Address:
    """Raises RestError when a URN in the path is not fully encoded or the address is too long."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    path, query = raw.decode("latin-1").partition("?")[0], request.scope["query_string"].decode("latin-1")
    if len(path) + len(query) > LONGEST_URL or len(query) > LONGEST_QUERY:
        raise RestError(414, "Request URI is too long", code="URI_TOO_LONG")
    parts = path.partition("/rest/")[2].split("/")
    for part in parts[1:2]:
        is_key = parts[0] == "eventSubscriptions" and part.startswith("(")
        if _STRUCTURE.search(part) and not is_key:
            raise bad("Syntax exception in path variables")
    pairs = [one.partition("=") for one in query.split("&") if one]
    return Address([unquote(one) for one in parts if one], {unquote(key): value for key, _, value in pairs})


def check_token(request: Request, state: State) -> None:
    """Raises RestError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise RestError(401, "Empty oauth2_access_token", service_code=401)
    known = state.row(
        "SELECT * FROM tokens WHERE token = ? AND platform = ? AND kind = 'access'", token.strip(), LINKEDIN
    )
    if known is None:
        raise RestError(401, "Invalid access token", code="INVALID_ACCESS_TOKEN", service_code=65600)
    if known["revoked"]:
        raise RestError(
            401,
            "The token used in the request has been revoked by the user",
            code="REVOKED_ACCESS_TOKEN",
            service_code=65601,
        )
    if known["expires"] and known["expires"] < now_ms():
        raise RestError(
            401, "The token used in the request has expired", code="EXPIRED_ACCESS_TOKEN", service_code=65602
        )


def check_headers(request: Request, state: State) -> None:
    """Token, version and protocol. Raises RestError."""
    check_token(request, state)
    version = request.headers.get("linkedin-version", "")
    if not version:
        message = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
        raise RestError(400, message, code="VERSION_MISSING")
    if version.partition(".")[0] not in LIVE_VERSIONS:
        shown = version if len(version) == 8 else f"{version}01"
        raise RestError(426, f"Requested version {shown} is not active", code="NONEXISTENT_VERSION")
    if request.headers.get("x-restli-protocol-version") != "2.0.0":
        raise bad("Header X-Restli-Protocol-Version with value 2.0.0 is required")


def paged(address: Address, path: str, found: list[Any], start: int, count: int, total: int | None) -> dict[str, Any]:
    """`found` holds one more than `count` when there is a next page."""
    links = []
    if len(found) > count:
        rest = "&".join(f"{key}={value}" for key, value in address.query.items() if key not in {"start", "count"})
        href = f"{path}?{rest}{'&' if rest else ''}start={start + count}&count={count}"
        links.append({"type": "application/json", "rel": "next", "href": href})
    if start:
        links.append({"type": "application/json", "rel": "prev", "href": f"{path}?start={max(start - count, 0)}"})
    paging: dict[str, Any] = {"start": start, "count": count, "links": links}
    if total is not None:
        paging["total"] = total
    return {"paging": paging, "elements": found[:count]}


def common_headers() -> dict[str, str]:
    return {"x-li-uuid": letters(22, now_ms()), "x-li-fabric": "prod-lva1", "x-restli-protocol-version": "2.0.0"}
