"""X's weighted length (twitter-text, configuration 3): 280 at most, after NFC; an address is 23, an emoji 2, whatever it is
made of; most European letters 1, everything else 2. `static/js/weighted-length.js` counts the same in the browser.

X puts the names of those whom a reply answers in front of it; they stand in no text that we send, and do not count.
"""

import re
import unicodedata
from collections.abc import Collection

from channels.connectors.twitter.links import find_links

LIMIT = 280
LINK_WEIGHT = 23
EMOJI_WEIGHT = 2
HEAVY = 2

_LIGHT = re.compile("[\\u0000-\\u10ff\\u2000-\\u200d\\u2010-\\u201f\\u2032-\\u2037]+")
_PICTURE = (
    "(?:[\\u00a9\\u00ae]\\ufe0f|[\\u203c\\u2049\\u2122\\u2139\\u2194-\\u21aa\\u231a-\\u23ff\\u24c2\\u25aa-\\u25fe\\u2600-\\u27bf"
    "\\u2934\\u2935\\u2b05-\\u2b55\\u3030\\u303d\\u3297\\u3299\\U0001f000-\\U0001faff])"
)
_ELEMENT = f"{_PICTURE}(?:[\\U0001f3fb-\\U0001f3ff]|\\ufe0f)?\\u20e3?"
# What is drawn as one picture: keycaps, flags, flags of regions, and pictures joined by U+200D (Unicode UTS 51).
_EMOJI = re.compile(
    "[0-9#*]\\ufe0f?\\u20e3|[\\U0001f1e6-\\U0001f1ff]{2}|\\U0001f3f4[\\U000e0020-\\U000e007e]+\\U000e007f|"
    f"{_ELEMENT}(?:\\u200d{_ELEMENT})*"
)
_INVALID = re.compile("[\\ufeff\\ufffe\\uffff]")
_MENTION = re.compile(r"@([A-Za-z0-9_]{1,50})[ \t\r\n]+")


def weighted_length(text: str, *, populated: Collection[str] = (), joins_emoji: bool = True) -> int:
    """`populated`: handles (without @) that X itself puts in front; they do not count when the text begins with them.

    `joins_emoji` is False for X's older configuration 2, which counts every part of an emoji."""
    text = _without_populated(unicodedata.normalize("NFC", text), populated)
    rest, links, position = [], 0, 0
    for start, end in find_links(text):
        rest.append(text[position:start])
        links, position = links + 1, end
    rest.append(text[position:])
    remaining = "\n".join(rest)  # a separator, so that nothing joins across a link
    total = links * LINK_WEIGHT - links
    if joins_emoji:
        remaining, emoji = _EMOJI.subn("", remaining)
        total += emoji * EMOJI_WEIGHT
    heavy = len(_LIGHT.sub("", remaining))
    return total + heavy * HEAVY + len(remaining) - heavy


def _without_populated(text: str, populated: Collection[str]) -> str:
    names = {name.lower().removeprefix("@") for name in populated}
    position = 0
    while (match := _MENTION.match(text, position)) and match.group(1).lower() in names:
        position = match.end()
    return text[position:]


def has_invalid_characters(text: str) -> bool:
    """Byte order marks and non-characters, which X refuses."""
    return _INVALID.search(text) is not None


def is_valid(text: str) -> bool:
    """Would X take this as a post?"""
    return bool(text) and not has_invalid_characters(text) and weighted_length(text) <= LIMIT
