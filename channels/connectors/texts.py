"""What the connectors share of reading and making texts: lengths, likeness, a link that has to stand in the text."""

import unicodedata
from typing import Any


def utf16_length(text: str) -> int:
    """UTF-16 units, as browsers and most platforms count; never less than the number of characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def same_text(found: Any, text: str) -> bool:
    """Equal but for white space and composition, which platforms change."""
    return isinstance(found, str) and _essence(found) == _essence(text)


def _essence(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def with_link(text: str, link: str) -> str:
    """The text with `link` below it, unless there is none or it stands in the text already."""
    return f"{text}\n{link}".strip() if link and link not in text else text
