"""Text of strangers, made safe to store; what it looks like is decided where it is shown."""

import re

# PostgreSQL can not hold NUL or half of a surrogate pair; U+FFFE and U+FFFF are no characters at all.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")


def clean(text: str, limit: int) -> str:
    """`text` without what the database can not hold, at most `limit` characters."""
    if len(text) > limit:
        text = text[:limit]
    return _UNSTORABLE.sub("", text) if not text.isascii() or "\x00" in text else text


def first_line(text: str, limit: int = 200) -> str:
    """The beginning of `text` on one line, for lists."""
    return " ".join(text[: limit * 3].split())[:limit]
