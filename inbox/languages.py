"""In which of our two languages a resident is answered by what is not written by a person."""

import re
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from inbox.models import Message

# Languages that a Dutch municipality reads: with fewer to choose from, everything foreign would be taken for English.
_CANDIDATES = ["nl", "en", "de", "fr", "tr", "pl", "ar", "es", "it", "pt", "ro", "uk", "ru"]
_SURE = 0.9
# Under about this many letters the guess is worth nothing (measured).
_ENOUGH = 20
_NOISE = re.compile(r"https?://\S+|[@#]\w+")


def language_of(message: Message) -> str:
    """ "en" where the platform or the words say so, else "nl"."""
    said = message.language.lower().split("-")[0]
    if said in ("nl", "en"):
        return said
    words = _NOISE.sub(" ", message.text[:2_000])
    if sum(letter.isalpha() for letter in words) < _ENOUGH:
        return "nl"
    language, sureness = _identifier().classify(words)
    return "en" if language == "en" and sureness >= _SURE else "nl"


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    return identifier
