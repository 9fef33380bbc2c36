"""LinkedIn's "little text": the text of a post as the API takes and gives it.

What LinkedIn gives a meaning (a mention `@[Name](urn)`, a hashtag template) is made of reserved signs; each of them is escaped with a
backslash when it only means itself. A post silently ends at the first one that is not (LinkedIn docs, little text format).
"""

import re

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_MENTION = re.compile(r"@\[((?:\\.|[^\]\\])*)\]\(urn:li:[^)]*\)|\{hashtag\|\\?#\|([^}]*)\}")
_ESCAPED = re.compile(r"\\([\\|{}@\[\]()<>#*_~])")


def escaped(text: str) -> str:
    """A text of people as little text: every sign means itself."""
    return _RESERVED.sub(lambda found: f"\\{found[0]}", text)


def plain(commentary: str) -> str:
    """Little text as it is shown: mentions and hashtags by their words, without backslashes."""
    shown = _MENTION.sub(lambda found: found[1] if found[1] is not None else f"#{found[2]}", commentary)
    return _ESCAPED.sub(r"\1", shown)
