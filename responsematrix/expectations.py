"""The text of an expectation message: plain words with a few names in braces, filled in by us and by no template engine."""

import re
from collections.abc import Mapping

# What may stand between braces, in both languages' texts.
NAMES = ("team", "uiterlijk", "onderwerp", "gemeente")
MAXIMUM_LENGTH = 1_000  # characters
_NAME = re.compile(r"\{([^{}\n]{0,40})\}")


def unknown_names(text: str) -> list[str]:
    """What stands between braces and is none of ours, in order, each once."""
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name not in NAMES))


def fill_in(text: str, values: Mapping[str, str]) -> str:
    """`{team}` and the like replaced by `values`, in one pass: what a value itself contains stays as it is. Unknown names stay."""
    return _NAME.sub(lambda found: values.get(found[1], found[0]) if found[1] in NAMES else found[0], text)


def text_for(expectations: Mapping[tuple[str, str], str], *, visibility: str, language: str) -> str:
    """The text of a rule for this conversation; in Dutch when there is none in `language`; empty: nothing is said."""
    return expectations.get((visibility, language)) or expectations.get((visibility, "nl"), "")
