"""What X finds inside a text: mentions, addresses, hashtags; and the language it guesses."""

import re
from typing import Any

from sandbox.accounts import HANDLE, X_USER
from sandbox.state import Row, State
from sandbox.x.weight import URL

MENTION = re.compile(r"(?<![\w@])@(\w{1,15})\b")
HASHTAG = re.compile(r"(?<!\w)#(\w+)")


def entities(state: State, text: str) -> dict[str, Any]:
    """Positions count code points. Empty when there is nothing."""
    found: dict[str, Any] = {}
    mentions = []
    for match in MENTION.finditer(text):
        name = match.group(1)
        entry: dict[str, Any] = {"start": match.start(), "end": match.end(), "username": name}
        if name.lower() == HANDLE:
            entry["id"] = X_USER
        elif (own_id := state.x_id_of(name)) is not None:
            entry["id"] = own_id
        mentions.append(entry)
    if mentions:
        found["mentions"] = mentions
    urls = [
        {"start": m.start(), "end": m.end(), "url": m.group(), "expanded_url": m.group(), "display_url": m.group().split("//")[-1]}
        for m in URL.finditer(text)
    ]  # fmt: skip
    if urls:
        found["urls"] = urls
    tags = [{"start": m.start(), "end": m.end(), "tag": m.group(1)} for m in HASHTAG.finditer(text)]
    if tags:
        found["hashtags"] = tags
    return found


def language(state: State, item: Row) -> str:
    if item["resident"]:
        resident = state.resident(item["resident"])
        if resident is not None:
            return str(resident["language"])
    return "nl"
