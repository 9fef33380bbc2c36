"""Reading single values out of bodies that we did not write: every surprise is a PayloadError, never another exception.

A missing value or null is empty (X leaves out what was not asked for or may not be seen), another type is not understood.
Identifiers are digits, sent as a string or (in old bodies) as a number.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.errors import PayloadError

X_EPOCH = 1_288_834_974_657  # milliseconds; the time in an id counts from here (X docs, ids)
FIRST_SNOWFLAKE = 29_700_859_247  # smaller ids are from before November 2010 and hold no time
_ID = re.compile(r"[0-9]{1,19}")
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,50}")


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


def identifier(value: Any, name: str) -> str:
    """Digits as text; "" when absent."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PayloadError(f"{name} is no identifier", reason="wrong_type")
    found = str(value)
    if not _ID.fullmatch(found):
        raise PayloadError(f"{name} is no identifier", reason="bad_id")
    return found


def required(value: Any, name: str) -> str:
    found = identifier(value, name)
    if not found:
        raise PayloadError(f"{name} is missing", reason="missing_id")
    return found


def is_id(value: str) -> bool:
    """Can it be an id of X? What a person saw at the platform, and ids of encrypted messages, are none."""
    return _ID.fullmatch(value) is not None


def count(value: Any, name: str) -> int | None:
    """A number of times; None when X does not tell."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise PayloadError(f"{name} is no count", reason="wrong_type")
    return value


def handle(value: Any) -> str:
    """A name that can stand in an address, else ""."""
    return value if isinstance(value, str) and _HANDLE.fullmatch(value) else ""


def moment(value: Any, name: str) -> datetime | None:
    """ISO 8601, or milliseconds since 1970 as digits (bodies in the old shape)."""
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise PayloadError(f"{name} is no time", reason="bad_time")
    try:
        if isinstance(value, int) or (value.isascii() and value.isdigit()):
            return datetime.fromtimestamp(int(value) / 1000, UTC)
        if not value.isascii():
            raise ValueError(value)
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise PayloadError(f"{name} is no time", reason="bad_time") from error


def time_of(x_id: str) -> datetime | None:
    """The moment that is hidden in an id; None for ids from before that."""
    if not _ID.fullmatch(x_id) or int(x_id) < FIRST_SNOWFLAKE:
        return None
    return datetime.fromtimestamp(((int(x_id) >> 22) + X_EPOCH) / 1000, UTC)


def id_at(at: datetime) -> str:
    """The smallest id of that moment."""
    return str(max(int(at.timestamp() * 1000) - X_EPOCH, 0) << 22)


def iso(at: datetime) -> str:
    """As X takes it: seconds, UTC, Z."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def digest(*values: Any) -> str:
    """A short stable fingerprint of JSON values, for event ids."""
    data = json.dumps(values, sort_keys=True, default=str).encode()
    return hashlib.sha256(data).hexdigest()[:12]


def loose(value: Any) -> str:
    """For event ids only: whatever stands there, as short text. Never raises."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return str(value)[:100]
    return "" if value is None else digest(value)
