"""Identifiers as the platforms make them: X and LinkedIn hide the time in theirs, Facebook counts."""

import base64
import hashlib
import time

X_EPOCH = 1_288_834_974_657  # milliseconds; X ids count from here


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def snowflake(at_ms: int, sequence: int) -> int:
    """An X id of that moment. `sequence` keeps ids of the same millisecond apart (22 bits)."""
    return (max(at_ms - X_EPOCH, 0) << 22) | (sequence & 0x3FFFFF)


def snowflake_ms(x_id: int) -> int:
    return (x_id >> 22) + X_EPOCH


def linkedin_id(at_ms: int, sequence: int) -> int:
    return (at_ms << 22) | (sequence & 0x3FFFFF)


def digest(*parts: object) -> bytes:
    return hashlib.sha256("|".join(str(part) for part in parts).encode()).digest()


def digits(length: int, *parts: object) -> str:
    """`length` decimal digits that belong to these words for ever, not starting with 0."""
    number = int.from_bytes(digest(*parts), "big")
    return str(number % (9 * 10 ** (length - 1)) + 10 ** (length - 1))


def letters(length: int, *parts: object) -> str:
    """URL-safe letters and digits that belong to these words for ever."""
    return (
        base64.b64encode(digest(*parts) + digest("more", *parts)).decode().replace("+", "k").replace("/", "Q")[:length]
    )


def uuid_text(*parts: object) -> str:
    found = digest(*parts).hex()
    return f"{found[:8]}-{found[8:12]}-4{found[13:16]}-a{found[17:20]}-{found[20:32]}"
