"""Texts as people read them, and whether two texts are the same post.

X changes what is posted: addresses become t.co links, & < > become HTML entities, a reply gets the @names it answers in
front, attached pictures get a link at the end.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from channels.connectors.twitter import values
from channels.connectors.twitter.vocabulary import NOTE, either

SHORT_LINK = re.compile(r"https?://t\.co/[A-Za-z0-9]+")
MEDIA_LINK = re.compile(r"https?://(?:twitter|x)\.com/[^/\s]{1,50}/status/\d{1,19}/(?:photo|video)/\d{1,2}")
LEADING_MENTIONS = re.compile(r"(?:[@＠][A-Za-z0-9_]{1,50}\s+)+")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def shown_text(post: Mapping[str, Any]) -> str:
    """The whole text of a post (long ones have it in the note only), with real links and without escapes.

    Raises PayloadError for values of another type."""
    note = values.mapping(either(post, NOTE), "note")
    full = values.text(note.get("text"), "note text")
    body = full or values.text(post.get("text"), "text")
    entities = [post.get("entities")] if not full else [note.get("entities"), post.get("entities")]
    return readable(body, *entities)


def readable(body: str, *entities: Any) -> str:
    targets: dict[str, str] = {}
    for entity in entities:
        for url in values.listing(values.mapping(entity, "entities").get("urls"), "urls"):
            link = values.mapping(url, "url")
            short, target = link.get("url"), link.get("expanded_url")
            if isinstance(short, str) and isinstance(target, str) and target:
                is_media = bool(link.get("media_key")) or MEDIA_LINK.fullmatch(target) is not None
                targets.setdefault(short, "" if is_media else target)
    if targets:
        body = SHORT_LINK.sub(lambda match: targets.get(match.group(), match.group()), body).rstrip()
    return body.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def same_text(ours: str, found: str, *, has_names: bool = True) -> bool:
    """Is `found` (as `shown_text` gives it) what X made of `ours`? `has_names`: X may have put names in front."""
    one, other = _words(ours, has_names), _words(found, has_names)
    return len(one) == len(other) and all(_same_word(*pair) for pair in zip(one, other, strict=True))


def _words(text: str, has_names: bool) -> list[str]:
    whole = unicodedata.normalize("NFC", text).strip()
    match = LEADING_MENTIONS.match(whole + " ") if has_names else None
    rest = whole[match.end() :] if match else whole
    return [_SCHEME.sub("", word).rstrip("/") if "t.co/" not in word else word for word in (rest or whole).split()]


def _same_word(ours: str, found: str) -> bool:
    # A link that X did not tell the target of: all we know is that an address stood here.
    return ours == found or (SHORT_LINK.search(found) is not None and "." in ours)
