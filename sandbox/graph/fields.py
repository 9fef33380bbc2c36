"""The `fields` language of Graph: id,from{id,name},comments.limit(5).filter(stream){id,message}."""

import re
from dataclasses import dataclass, field

from sandbox.graph.errors import GraphError

_NAME = re.compile(r"[A-Za-z0-9_]+")


@dataclass
class Field:
    """A field with its modifiers (limit, order, filter …) and the fields asked of it."""

    name: str
    options: dict[str, str] = field(default_factory=dict)
    fields: dict[str, "Field"] = field(default_factory=dict)


def parse_fields(text: str) -> dict[str, Field]:
    """Raises GraphError (2500) on a syntax error."""
    found, rest = _parse(text.strip(), 0)
    if rest != len(text.strip()):
        raise _syntax(text, rest)
    return found


def _syntax(text: str, place: int) -> GraphError:
    return GraphError(f'Syntax error "Expected end of string instead of "{text[place : place + 1]}"." at character {place}: {text[:80]}', 2500)  # fmt: skip


def _parse(text: str, place: int) -> tuple[dict[str, Field], int]:
    found: dict[str, Field] = {}
    while place < len(text) and text[place] != "}":
        if text[place] in ", ":
            place += 1
            continue
        match = _NAME.match(text, place)
        if match is None:
            raise _syntax(text, place)
        entry = Field(match.group())
        place = match.end()
        while place < len(text) and text[place] == ".":
            name = _NAME.match(text, place + 1)
            if name is None or text[name.end() : name.end() + 1] != "(":
                raise _syntax(text, place)
            end = text.find(")", name.end())
            if end < 0:
                raise _syntax(text, place)
            entry.options[name.group()] = text[name.end() + 1 : end]
            place = end + 1
        if text[place : place + 1] == "{":
            entry.fields, place = _parse(text, place + 1)
            if text[place : place + 1] != "}":
                raise _syntax(text, place)
            place += 1
        found[entry.name] = entry
    return found, place
