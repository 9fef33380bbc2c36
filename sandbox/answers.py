"""JSON answers, and the answers of a platform that fails: the bodies and headers that each one really uses."""

import json
import time
from typing import Any

from starlette.responses import Response

from sandbox.accounts import FACEBOOK, LINKEDIN, PAGE, TWITTER
from sandbox.ids import letters

HTML = "<!DOCTYPE html><html><head><title>Even geduld</title></head><body><h1>We zijn zo terug</h1></body></html>"


def json_answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(data, status, headers, media_type="application/json; charset=utf-8")


def x_problem(status: int, title: str, detail: str, kind: str = "about:blank", **more: Any) -> dict[str, Any]:
    """X's problem body ("about:blank" or https://api.x.com/2/problems/…)."""
    return {"title": title, "detail": detail, "type": kind, "status": status, **more}


def graph_body(
    message: str, code: int, *, kind: str = "OAuthException", subcode: int = 0, **more: Any
) -> dict[str, Any]:
    """Graph's error body; `more`: error_user_title, error_user_msg, is_transient."""
    error: dict[str, Any] = {"message": message, "type": kind, "code": code, **more}
    if subcode:
        error["error_subcode"] = subcode
    error["fbtrace_id"] = "A" + letters(22, message, code, time.time_ns())
    return {"error": error}


def linkedin_body(status: int, message: str, *, code: str = "", service_code: int | None = None) -> dict[str, Any]:
    body: dict[str, Any] = {"status": status, "message": message}
    if code:
        body["code"] = code
    if service_code is not None:
        body["serviceErrorCode"] = service_code
    return body


def failing(platform: str, fault: str, seconds: float | None) -> Response | None:
    """The answer of a fault that is an answer; None for faults that are something else (silence, half an answer)."""
    if fault == "html_200":
        return Response(HTML, 200, media_type="text/html")
    if fault == "502":
        return Response("<html><head><title>502 Bad Gateway</title></head></html>", 502, media_type="text/html")
    return {TWITTER: _x, FACEBOOK: _graph, LINKEDIN: _linkedin}[platform](fault, seconds)


def _x(fault: str, seconds: float | None) -> Response | None:
    reset = str(int(time.time() + (seconds or 60)))
    used_up = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
    suspended = "Your account is suspended and is not permitted to access this feature."
    depleted = {
        "account_id": 1_553_086_854_915_936_256,
        "title": "CreditsDepleted",
        "detail": "Your enrolled account [1553086854915936256] does not have any credits to fulfill this request.",
        "type": "https://api.twitter.com/2/problems/credits",
    }
    table: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {
        "401": (401, x_problem(401, "Unauthorized", "Unauthorized"), {}),
        "revoked_token": (401, x_problem(401, "Unauthorized", "Unauthorized"), {}),
        "402": (402, depleted, {}),
        "403": (
            403,
            x_problem(
                403,
                "Client Forbidden",
                "When authenticating requests to the X API v2 endpoints, you must use keys and tokens from a developer App that is attached to a Project.",
                "https://api.twitter.com/2/problems/client-forbidden",
                reason="client-not-enrolled",
                required_enrollment="Appropriate Level of API Access",
            ),
            {},
        ),
        "platform_ban": (403, x_problem(403, "Forbidden", suspended), {}),
        "429": (429, x_problem(429, "Too Many Requests", "Too Many Requests"), used_up),
        "429_no_reset": (429, x_problem(429, "Too Many Requests", "Too Many Requests"), {}),
        "500": (
            500,
            x_problem(
                500, "Internal Error", "Something is broken.", "https://api.x.com/2/problems/internal-error"
            ),
            {},
        ),
    }  # fmt: skip
    found = table.get(fault)
    return json_answer(found[1], found[0], found[2]) if found else None


def _graph(fault: str, seconds: float | None) -> Response | None:
    minutes = max(1, round((seconds or 60) / 60))
    usage = [
        {"type": "pages", "call_count": 100, "total_cputime": 31, "total_time": 44, "estimated_time_to_regain_access": minutes}
    ]  # fmt: skip
    expired = "Error validating access token: Session has expired on Monday, 23-Nov-26 10:00:00 PST."
    revoked = "Error validating access token: The user has not authorized application 1517776481860211."
    blocked = "The action attempted has been deemed abusive or is otherwise disallowed"
    table: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {
        "401": (401, graph_body(expired, 190, subcode=463), {}),
        "revoked_token": (401, graph_body(revoked, 190, subcode=458), {}),
        "402": (403, graph_body("(#4) Application request limit reached", 4), {}),
        "403": (403, graph_body("(#200) Requires pages_manage_engagement permission to manage the object", 200), {}),
        "platform_ban": (
            400,
            graph_body(blocked, 368, error_user_title="Je kunt deze functie nu niet gebruiken", is_transient=False),
            {},
        ),
        "429": (
            400,
            graph_body("(#80001) There have been too many calls to this Page account. Wait a bit and try again.", 80001),
            {"X-Business-Use-Case-Usage": json.dumps({PAGE: usage})},
        ),
        "429_no_reset": (403, graph_body("(#4) Application request limit reached", 4, is_transient=True), {}),
        "500": (500, graph_body("An unknown error has occurred.", 1, is_transient=True), {}),
    }  # fmt: skip
    found = table.get(fault)
    return json_answer(found[1], found[0], found[2]) if found else None


def _linkedin(fault: str, seconds: float | None) -> Response | None:
    table: dict[str, tuple[int, dict[str, Any], dict[str, str]]] = {
        "401": (
            401,
            linkedin_body(401, "The token used in the request has expired", code="EXPIRED_ACCESS_TOKEN", service_code=65602),
            {},
        ),
        "revoked_token": (
            401,
            linkedin_body(
                401, "The token used in the request has been revoked by the user", code="REVOKED_ACCESS_TOKEN", service_code=65601
            ),
            {},
        ),
        "402": (403, linkedin_body(403, "Not enough permissions to access: partner", code="ACCESS_DENIED", service_code=100), {}),
        "403": (
            403,
            linkedin_body(
                403, "Not enough permissions to access: partnerApiSocialActions.CREATE.20260701", code="ACCESS_DENIED", service_code=100
            ),
            {},
        ),
        "platform_ban": (403, linkedin_body(403, "Member is restricted", code="MEMBER_RESTRICTED", service_code=100), {}),
        "429": (
            429,
            linkedin_body(429, "Resource level throttle limit for calls to this resource is reached.", code="TOO_MANY_REQUESTS", service_code=101),
            {"Retry-After": str(int(seconds or 60))},
        ),
        "429_no_reset": (
            429,
            linkedin_body(429, "Resource level throttle limit for calls to this resource is reached.", code="TOO_MANY_REQUESTS", service_code=101),
            {},
        ),
        "500": (500, linkedin_body(500, "Internal Server Error", code="INTERNAL_SERVER_ERROR", service_code=0), {}),
    }  # fmt: skip
    found = table.get(fault)
    return json_answer(found[1], found[0], found[2]) if found else None
