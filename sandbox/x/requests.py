"""What a caller sent."""

import json
from typing import Any

from starlette.requests import Request

from sandbox.x import problems


async def json_body(request: Request) -> dict[str, Any]:
    """Raises Problem 400."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise problems.invalid("body", "", "Requests with bodies must have content-type of application/json.")
    return body
