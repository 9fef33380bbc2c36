"""Some 400 residents, the same in every sandbox."""

import random
import re
import unicodedata

from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.town import names
from sandbox.town.places import PLACES
from sandbox.world import World

NUMBER = 400
LANGUAGES = ("nl", "en", "tr", "pl", "ar")
GONE = 8  # accounts that were deleted
NO_DMS = 25


def plain(text: str) -> str:
    """Letters that fit in a handle."""
    text = text.replace("ı", "i").replace("ł", "l").replace("Ł", "L").replace("ø", "o")
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "", ascii_only)


def full_names(rng: random.Random) -> list[tuple[str, str]]:
    """(name, language) of everybody, mixed."""
    special = [(name, "nl") for group in (names.MOROCCAN, names.SURINAMESE, names.LONG, names.EMOJI) for name in group]
    special += [(name, "tr" if number % 2 else "nl") for number, name in enumerate(names.TURKISH)]
    special += [(name, "pl" if number % 2 else "nl") for number, name in enumerate(names.POLISH)]
    for number, name in enumerate(names.ELSEWHERE):
        language = "ar" if name in {"Ahmad Al-Khatib", "Nour Haddad"} else "en" if number % 2 else "nl"
        special.append((name, language))
    special += [(f"{rng.choice(names.DUTCH_FIRST)} {last}", "nl") for last in names.DOUBLE]
    known = {name for name, _ in special}
    while len(special) < NUMBER:
        name = f"{rng.choice(names.DUTCH_FIRST)} {rng.choice(names.DUTCH_LAST)}"
        if name not in known:
            known.add(name)
            special.append((name, "nl"))
    rng.shuffle(special)
    return special


def handle_for(rng: random.Random, name: str, taken: set[str]) -> str:
    parts = [plain(part) for part in name.split() if plain(part)] or ["eikenroder"]
    first, last = parts[0][:9], parts[-1][:9]
    for _attempt in range(30):
        pattern = rng.choice(names.HANDLES)
        found = pattern.format(
            first=first, last=last, year=rng.choice((54, 61, 68, 72, 79, 83, 88, 91, 96, 2002)), n=rng.randint(2, 99)
        )
        found = re.sub(r"[^a-z0-9_]", "_", found)[:15]
        if found not in taken:
            taken.add(found)
            return found
    raise ValueError(f"no handle for {name}")


def settle(world: World, rng: random.Random, days: int) -> list[Row]:
    """All residents move in."""
    taken = {"gem_eikenrode"}
    found = []
    for number, (name, language) in enumerate(full_names(rng)):
        bio = rng.choice(names.BIOS).format(place=rng.choice(PLACES))
        found.append(
            world.add_resident(
                name, handle_for(rng, name, taken), at=now_ms() - days * 86_400_000, bio=bio, language=language,
                gone=int(number < GONE), no_dms=int(GONE <= number < GONE + NO_DMS),
            )
        )  # fmt: skip
    return found
