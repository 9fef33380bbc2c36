"""LinkedIn's "little text": what is reserved in it is escaped with a backslash, and a post ends where that was forgotten."""

import re

RESERVED = "|{}@[]()<>#*_~"
MENTION = re.compile(r"@\[([^\]]+)\]\(urn:li:[^)]+\)|\{hashtag\|\\?#\|([^}]+)\}")


def little_text(text: str) -> str:
    """As it is told: every reserved character escaped."""
    return "".join(f"\\{sign}" if sign in RESERVED or sign == "\\" else sign for sign in text)


def shown_of(text: str) -> str:
    """What LinkedIn keeps of a commentary: everything after the first unescaped reserved character is lost, silently."""
    kept: list[str] = []
    place = 0
    while place < len(text):
        if match := MENTION.match(text, place):
            kept.append(match.group(1) or f"#{match.group(2)}")
            place = match.end()
        elif text[place] == "\\" and place + 1 < len(text):
            kept.append(text[place + 1])
            place += 2
        elif text[place] in RESERVED or text[place] == "\\":
            break
        else:
            kept.append(text[place])
            place += 1
    return "".join(kept)
