"""Reading single values out of bodies that we did not write: every surprise is a PayloadError, never another exception.

What is absent or null is empty; a value of another type is not understood.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.errors import PayloadError

LONGEST_URN = 200
LATEST = 253_402_300_799_000  # milliseconds: the last moment that a datetime can hold


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """An object; empty when absent."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise PayloadError(f"{name} is no object", reason="wrong_type")
    return value


def listing(value: Any, name: str) -> Sequence[Any]:
    """A list; empty when absent."""
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise PayloadError(f"{name} is no list", reason="wrong_type")
    return value


def text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PayloadError(f"{name} is no text", reason="wrong_type")
    return value


def urn(value: Any, name: str) -> str:
    """A name of LinkedIn's; "" when absent."""
    found = text(value, name).strip()
    if len(found) > LONGEST_URN:
        raise PayloadError(f"{name} is too long for a URN", reason="wrong_type")
    return found


def identifier(value: Any, name: str) -> str:
    """A number or a string, as text; "" when absent."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PayloadError(f"{name} is no identifier", reason="wrong_type")
    found = str(value).strip()
    if len(found) > LONGEST_URN:
        raise PayloadError(f"{name} is too long for an identifier", reason="wrong_type")
    return found


def moment(value: Any, name: str) -> datetime | None:
    """Milliseconds since 1970, as LinkedIn counts everywhere in its REST API."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise PayloadError(f"{name} is no time", reason="bad_time")
    return datetime.fromtimestamp(value / 1000, UTC)


def digest(*found: Any) -> str:
    """A short stable fingerprint of JSON values, for event ids."""
    data = json.dumps(found, sort_keys=True, default=str).encode()
    return hashlib.sha256(data).hexdigest()[:12]


def loose(value: Any) -> str:
    """For event ids only: whatever stands there, as short text. Never raises."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)[:200]
    return "" if value is None else digest(value)
