"""Puts a message together from what people say: an opening, the matter, a detail, a closing; never the same one twice."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from sandbox.state import Row
from sandbox.town.places import DAYS, HOURS, PLACES, STREETS
from sandbox.town.texts_civic import AFTERTHOUGHTS, CIVIC, CLOSINGS, DEMANDS, FOLLOW_UPS, FOREIGN, OPENINGS
from sandbox.town.texts_civic import DETAIL as CIVIC_DETAIL
from sandbox.town.texts_own import AFTERWARDS, ANSWERS, CHATTER, SIGNED
from sandbox.town.texts_street import DETAIL as STREET_DETAIL
from sandbox.town.texts_street import STREET

MATTERS = STREET | CIVIC
DETAILS = STREET_DETAIL | CIVIC_DETAIL
WEIGHTS = {
    "afval": 16, "parkeren": 12, "wegwerk": 12, "verlichting": 5, "groen": 9, "overlast": 10, "vergunning": 8, "balie": 10,
    "belasting": 6, "zorg": 6, "evenement": 8, "verkeer": 8, "compliment": 8, "boos": 7, "spam": 3,
}  # fmt: skip
PICTURE_OF = {
    "afval": "afval", "wegwerk": "stoeptegel", "verlichting": "lantaarn", "groen": "boom", "verkeer": "fietspad",
    "parkeren": "parkeren", "evenement": "feest",
}  # fmt: skip
CONTENT = {"compliment", "evenement", "spam", "balie", "vergunning", "zorg"}  # nothing here waits to be solved
TRIES = 12


@dataclass
class Writer:
    """One stream of texts; the same seed writes the same town."""

    rng: random.Random
    used: set[str] = field(default_factory=set)

    def pick_subject(self) -> str:
        return self.rng.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]

    def matter(self, subject: str, language: str = "nl", *, longest: int = 2_000) -> str:
        """What somebody brings up about a subject, or in their own language."""
        if language in FOREIGN and self.rng.random() < 0.75:
            return self._new(lambda: self._filled(self.rng.choice(FOREIGN[language])), longest)
        return self._new(lambda: self._composed(subject), longest)

    def reaction(self, subject: str, reactions: tuple[str, ...], language: str = "nl") -> str:
        """What somebody writes under a post of ours."""
        dice = self.rng.random()
        if language in FOREIGN and dice < 0.5:
            return self.matter(subject, language)
        if dice < 0.8:
            return self._new(lambda: self._around(self.rng.choice(reactions)), 1_200)
        return self.matter(subject)

    def chatter(self, to: Row | None) -> str:
        """Residents among each other."""
        first = to["name"].split()[0] if to is not None else "allemaal"
        return self._new(lambda: self._with_afterthought(self.rng.choice(CHATTER)).replace("{first}", first), 600)

    def follow_up(self) -> tuple[str, str]:
        """After an answer: (kind, text); thanks, another question, or unhappy."""
        kind = self.rng.choices(("thanks", "question", "unhappy"), (5, 4, 2))[0]
        return kind, self._new(lambda: self._with_afterthought(self.rng.choice(FOLLOW_UPS[kind])), 600)

    def afterwards(self, kind: str) -> str:
        """What the municipality writes back on that."""
        return self.rng.choice(AFTERWARDS[kind]) + self.rng.choice(SIGNED)

    def answer(self, subject: str, language: str = "nl") -> str:
        """What the municipality writes back."""
        pool = ANSWERS["foreign"] if language in FOREIGN else ANSWERS.get(subject, ANSWERS["boos"])
        start = self.rng.choice(("", "", "Goedendag, ", "Beste inwoner, "))
        text = self.rng.choice(pool)
        if start and language not in FOREIGN:
            text = start + text[0].lower() + text[1:]
        return text + self.rng.choice(SIGNED)

    def _with_afterthought(self, text: str) -> str:
        return self._filled(f"{text} {self.rng.choice(AFTERTHOUGHTS)}".strip())

    def _composed(self, subject: str) -> str:
        rng = self.rng
        matter = rng.choice(MATTERS[subject])
        parts = [rng.choice(OPENINGS) if subject != "spam" else "", matter]
        if rng.random() < 0.55:
            parts.append(rng.choice(DETAILS[subject]))
        if rng.random() < 0.12:
            parts.append(rng.choice(DETAILS[subject]))
        if subject != "spam":
            has_demand = subject not in CONTENT and not matter.endswith("?")
            parts.append(rng.choice(DEMANDS if has_demand else CLOSINGS))
        return self._filled(_joined(parts))

    def _around(self, reaction: str) -> str:
        rng = self.rng
        opening = rng.choice(OPENINGS) if rng.random() < 0.25 else ""
        closing = rng.choice(CLOSINGS) if rng.random() < 0.35 else ""
        return self._filled(_joined([opening, reaction, closing]))

    def _filled(self, text: str) -> str:
        rng = self.rng
        for name, values in (("{street}", STREETS), ("{place}", PLACES), ("{day}", DAYS), ("{hour}", HOURS)):
            while name in text:
                text = text.replace(name, rng.choice(values), 1)
        while "{n}" in text:
            text = text.replace("{n}", str(rng.randint(3, 188)), 1)
        return text

    def _new(self, write: Callable[[], str], longest: int) -> str:
        text = ""
        for _attempt in range(TRIES):
            text = write()
            if text not in self.used and len(text) <= longest:
                break
        self.used.add(text)
        return text[:longest]


def _joined(parts: list[str]) -> str:
    """After an opening that ends in a comma the sentence goes on in small letters."""
    kept = list(dict.fromkeys(part for part in parts if part))
    if len(kept) > 1 and kept[0].endswith(",") and not kept[1][:2].isupper():
        kept[1] = kept[1][0].lower() + kept[1][1:]
    return " ".join(kept)
