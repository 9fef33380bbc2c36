"""Reading single values out of bodies that we did not write: every surprise is a PayloadError, never another exception.

Meta sends the same identifier now as a number, then as a string, and leaves out what our permissions do not cover: a
missing value or null is empty, a value of another type is not understood.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from channels.errors import PayloadError

MILLISECONDS_FROM = 100_000_000_000  # seconds reach this in the year 5138, milliseconds did in 1973


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


def edge(value: Any, name: str) -> Sequence[Any]:
    """The `data` of a nested edge ({"data": [...], "paging": ...}); empty when absent."""
    return listing(mapping(value, name).get("data"), name)


def text(value: Any, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise PayloadError(f"{name} is no text", reason="wrong_type")
    return value


def flag(value: Any, name: str) -> bool:
    if value is None:
        return False
    if not isinstance(value, bool):
        raise PayloadError(f"{name} is not true or false", reason="wrong_type")
    return value


def identifier(value: Any, name: str) -> str:
    """A number or a string, as text; "" when absent."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PayloadError(f"{name} is no identifier", reason="wrong_type")
    found = str(value).strip()
    if len(found) > 250:
        raise PayloadError(f"{name} is too long for an identifier", reason="wrong_type")
    return found


def required(value: Any, name: str) -> str:
    found = identifier(value, name)
    if not found:
        raise PayloadError(f"{name} is missing", reason="missing_id")
    return found


def moment(value: Any, name: str) -> datetime | None:
    """Seconds or milliseconds since 1970 (number or digits), or ISO 8601 as Graph writes it (2021-07-21T21:05:14+0000)."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and not value.isascii():
        raise PayloadError(f"{name} is no time", reason="bad_time")
    try:
        if isinstance(value, str) and not value.lstrip("-").isdigit():
            found = datetime.fromisoformat(value)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise PayloadError(f"{name} is no time", reason="bad_time")
        number = float(value)
        return datetime.fromtimestamp(number / 1000 if abs(number) >= MILLISECONDS_FROM else number, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise PayloadError(f"{name} is no time", reason="bad_time") from error


def digest(*values: Any) -> str:
    """A short stable fingerprint of JSON values, for event ids."""
    data = json.dumps(values, sort_keys=True, default=str).encode()
    return hashlib.sha256(data).hexdigest()[:12]


def loose(value: Any) -> str:
    """For event ids only: whatever stands there, as short text. Never raises."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)[:100]
    return "" if value is None else digest(value)
