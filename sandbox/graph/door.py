"""Who may come in at Graph, in which version, and the headers that tell how busy we were."""

import hashlib
import hmac
import json
import time
from typing import Any

from starlette.requests import Request

from sandbox.accounts import CREDENTIALS, FACEBOOK, PAGE
from sandbox.graph import errors
from sandbox.ids import letters
from sandbox.state import State

NEWEST = "v26.0"
OLDEST = "v21.0"
LIVE = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0")
CALLS_PER_HOUR = 20_000  # stands for 100 percent


def version_of(asked: str) -> str:
    """The version that answers: a dead one falls forward to the oldest that lives, none is the newest."""
    if not asked:
        return NEWEST
    return asked if asked in LIVE else OLDEST


def token_of(request: Request, values: dict[str, Any]) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() in {"bearer", "oauth"} and token:
        return token.strip()
    return str(values.get("access_token") or "")


def check_token(state: State, token: str, proof: str | None) -> str:
    """ "page" or "app". Raises GraphError."""
    own = CREDENTIALS[FACEBOOK]
    if not token:
        raise errors.no_token()
    if proof and not hmac.compare_digest(
        proof, hmac.new(own["app_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()
    ):
        raise errors.bad_proof()
    if token == f"{own['app_id']}|{own['app_secret']}":
        return "app"
    known = state.row("SELECT * FROM tokens WHERE token = ? AND platform = ?", token, FACEBOOK)
    if known is None or known["revoked"]:
        raise errors.bad_token()
    return "page"


def usage_headers(state: State, version: str) -> dict[str, str]:
    now = int(time.time())
    row = state.row("SELECT begun, used FROM rates WHERE key = 'graph'")
    begun, used = (row["begun"], row["used"]) if row is not None and now - row["begun"] < 3_600 else (now, 0)
    state.run("INSERT OR REPLACE INTO rates (key, begun, used) VALUES ('graph', ?, ?)", begun, used + 1)
    percent = min(100 * (used + 1) // CALLS_PER_HOUR, 100)
    load = {"call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2}
    cases = [{"type": "pages", **load, "estimated_time_to_regain_access": 0}]
    return {
        "facebook-api-version": version,
        "X-App-Usage": json.dumps(load, separators=(",", ":")),
        "X-Business-Use-Case-Usage": json.dumps({PAGE: cases}, separators=(",", ":")),
        "x-fb-trace-id": letters(11, time.time_ns()),
        "x-fb-rev": "1028274411",
        "Cache-Control": "private, no-cache, no-store, must-revalidate",
    }
