"""Text of strangers, made safe to store; what it looks like is decided where it is shown."""

import re

# PostgreSQL can not hold NUL or half of a surrogate pair; U+FFFE and U+FFFF are no characters at all.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff\ufffe\uffff]")

_SPACE = re.compile(r"[\x00-\x20]")


def clean(text: str, limit: int) -> str:
    """`text` without what the database can not hold, at most `limit` characters."""
    if len(text) > limit:
        text = text[:limit]
    return _UNSTORABLE.sub("", text) if not text.isascii() or "\x00" in text else text


def web_address(address: str, limit: int = 600) -> str:
    """`address` when it may stand behind a link, else nothing: only http and https, in the usual spelling."""
    address = clean(address, limit)
    return address if address.startswith(("https://", "http://")) and not _SPACE.search(address) else ""


def first_line(text: str, limit: int = 200) -> str:
    """The beginning of `text` on one line, for lists."""
    return " ".join(text[: limit * 3].split())[:limit]
