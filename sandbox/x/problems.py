"""What X says when it refuses."""

from typing import Any

from starlette.responses import Response

from sandbox.answers import json_answer, x_problem

PROBLEMS = "https://api.x.com/2/problems/"


class Problem(Exception):
    """An answer instead of what was asked."""

    def __init__(self, body: dict[str, Any], status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(body.get("detail", ""))
        self.body, self.status, self.headers = body, status, headers

    def answer(self) -> Response:
        return json_answer(self.body, self.status, self.headers)


def unauthorized() -> Problem:
    return Problem(x_problem(401, "Unauthorized", "Unauthorized"), 401)


def forbidden(detail: str) -> Problem:
    return Problem(x_problem(403, "Forbidden", detail), 403)


def app_only() -> Problem:
    detail = (
        "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  Supported authentication types are "
        "[OAuth 1.0a User Context, OAuth 2.0 User Context]."
    )
    return Problem(x_problem(403, "Unsupported Authentication", detail, f"{PROBLEMS}unsupported-authentication"), 403)


def user_only() -> Problem:
    detail = (
        "Authenticating with OAuth 2.0 User Context is forbidden for this endpoint.  Supported authentication types are "
        "[OAuth 2.0 Application-Only]."
    )
    return Problem(x_problem(403, "Unsupported Authentication", detail, f"{PROBLEMS}unsupported-authentication"), 403)


def invalid(parameter: str, value: str, message: str) -> Problem:
    """400 for one parameter, as X words it."""
    body = {
        "errors": [{"parameters": {parameter: [value]}, "message": message}],
        "title": "Invalid Request",
        "detail": "One or more parameters to your request was invalid.",
        "type": f"{PROBLEMS}invalid-request",
    }
    return Problem(body, 400)


def too_many(headers: dict[str, str]) -> Problem:
    return Problem(x_problem(429, "Too Many Requests", "Too Many Requests"), 429, headers)


def missing(kind: str, value: str, parameter: str = "id") -> dict[str, Any]:
    """The entry of `errors` for something deleted, protected or never there (HTTP 200)."""
    return {
        "value": value,
        "detail": f"Could not find {kind} with {parameter}: [{value}].",
        "title": "Not Found Error",
        "resource_type": kind,
        "parameter": parameter,
        "resource_id": value,
        "type": f"{PROBLEMS}resource-not-found",
    }
