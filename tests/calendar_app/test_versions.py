"""The difference between two versions: readable for the person, and done in a moment for any two texts."""

import random
from itertools import pairwise
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calendar_app.versions import difference, segments

WORDS = st.lists(
    st.sampled_from(["de ", "Molenstraat ", "is ", "dicht", ". ", "\n", "maandag ", "open", "🙂", "é"]), max_size=40
)


def sides(found: list[tuple[str, str]]) -> tuple[str, str]:
    """What the old and the new text were."""
    return tuple("".join(text for kind, text in found if kind in ("same", side)) for side in ("removed", "added"))


@given(old=WORDS.map("".join), new=WORDS.map("".join))
@settings(deadline=None)
def test_both_texts_can_be_read_from_it(old, new):
    found = segments(old, new)

    if not any(kind == "skipped" for kind, _text in found):
        assert sides(found) == (old, new)
    assert all(text for _kind, text in found)
    assert all(one[0] != other[0] for one, other in pairwise(found))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("De straat is dicht.", "De straat is open.",
         [("same", "De straat is "), ("removed", "dicht"), ("added", "open"), ("same", ".")]),
        ("De straat is dicht.", "De Molenstraat is dicht.",
         [("same", "De "), ("removed", "straat"), ("added", "Molenstraat"), ("same", " is dicht.")]),
        ("een twee drie", "vier vijf zes", [("removed", "een twee drie"), ("added", "vier vijf zes")]),
        ("een", "een twee", [("same", "een"), ("added", " twee")]),
        ("", "nieuw", [("added", "nieuw")]),
        ("weg", "", [("removed", "weg")]),
        ("gelijk", "gelijk", [("same", "gelijk")]),
        ("", "", []),
    ],
)  # fmt: skip
def test_words_are_compared_and_not_letters(old, new, expected):
    assert segments(old, new) == expected


def test_what_stayed_the_same_far_from_a_change_is_left_out():
    lead, tail = "woord " * 500, " slot" * 500

    found = segments(lead + "oud" + tail, lead + "nieuw" + tail)

    assert [kind for kind, _text in found] == ["skipped", "same", "removed", "added", "same", "skipped"]
    assert found[0][1] == str(len(lead) - 160)
    assert found[2:4] == [("removed", "oud"), ("added", "nieuw")]


HOSTILE = {
    "other words": lambda chance: (
        " ".join(f"w{chance.randrange(9999)}" for _n in range(11_000)),
        " ".join(f"w{chance.randrange(9999)}" for _n in range(11_000)),
    ),
    "two letters": lambda chance: tuple("".join(chance.choice("a b ") for _n in range(70_000)) for _side in "ab"),
    "lines": lambda chance: tuple("".join(chance.choice("ab\n") for _n in range(70_000)) for _side in "ab"),
    "signs": lambda chance: tuple("".join(chance.choice("!?.") for _n in range(70_000)) for _side in "ab"),
    "nothing but line ends": lambda chance: ("\n" * 70_000, "\n" * 69_999 + "x"),
    "short sentences": lambda chance: tuple(
        "".join(chance.choice(["a. ", "b. "]) for _n in range(190)) for _side in "ab"
    ),
    "few long sentences": lambda chance: tuple(
        ". ".join(" ".join(chance.choice("ab") for _n in range(190)) for _s in range(100)) for _side in "ab"
    ),
    "just small enough": lambda chance: tuple(" ".join(chance.choice("ab") for _n in range(99)) for _side in "ab"),
    "no words": lambda chance: ("\u202e" * 70_000, "\u202d" * 70_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_two_texts_take_long(name):
    old, new = HOSTILE[name](random.Random(4))
    began = process_time()

    found = segments(old, new)

    assert process_time() - began < 10
    if not any(kind == "skipped" for kind, _text in found):
        assert sides(found) == (old, new)


def version(**more) -> dict:
    return {
        "title": "Molenstraat", "text": "De Molenstraat is dicht.", "link": "", "has_utm": True, "campaign": "",
        "planned_at": None, "pictures": [], "channels": [channel()], **more,
    }  # fmt: skip


def channel(pk: int = 1, **more) -> dict:
    own = {"own_text": None, "own_link": None, "own_pictures": None}
    return {"channel": pk, "name": f"Kanaal {pk}", "platform": "facebook", "parts": ["x"], "link": "", **own, **more}


def picture(digest: str, alt: str = "Een straat.") -> dict:
    return {"digest": digest, "alt": alt, "name": f"{digest}.jpg"}


def test_the_same_version_has_no_difference():
    assert difference(version(), version()).is_empty


def test_each_thing_that_changed_is_named():
    old = version(pictures=[picture("a"), picture("b")], planned_at="2026-03-29T00:30:00+00:00")
    new = version(
        title="Molenstraat dicht", text="De Molenstraat is open.", link="https://eikenrode.nl", has_utm=False,
        campaign="Wegwerk", planned_at="2026-10-25T01:30:00+00:00", pictures=[picture("b", "Een lege straat."), picture("c")],
    )  # fmt: skip

    found = {part.label: part.segments for part in difference(old, new).parts}

    assert found.keys() == {
        "Titel", "Tekst", "Link", "Herkomst in de link", "Campagne", "Moment", "Afbeelding", "Alt-tekst van b.jpg",
    }  # fmt: skip
    assert found["Link"] == [("added", "https://eikenrode.nl")]
    assert found["Herkomst in de link"] == [("removed", "ja"), ("added", "nee")]
    assert found["Moment"] == [("removed", "zondag 29 maart 2026 01:30"), ("added", "zondag 25 oktober 2026 02:30")]
    assert found["Alt-tekst van b.jpg"] == [("same", "Een "), ("added", "lege "), ("same", "straat.")]


def test_another_order_of_pictures_is_told():
    parts = difference(
        version(pictures=[picture("a"), picture("b")]), version(pictures=[picture("b"), picture("a")])
    ).parts

    assert [(each.label, each.segments) for each in parts] == [
        ("Volgorde van de afbeeldingen", [("removed", "a.jpg, b.jpg"), ("added", "b.jpg, a.jpg")])
    ]


def test_channels_that_came_went_and_got_words_of_their_own():
    old = version(channels=[channel(1), channel(2), channel(3, own_text="Kort.")])
    new = version(channels=[channel(2, own_text="Kort."), channel(3, own_text="Korter."), channel(4)])

    found = [(each.name, each.kind, [part.segments for part in each.parts]) for each in difference(old, new).channels]

    assert found == [
        ("Kanaal 1", "removed", []),
        ("Kanaal 2", "same", [[("added", "Kort.")]]),
        ("Kanaal 3", "same", [[("removed", "Kort"), ("added", "Korter"), ("same", ".")]]),
        ("Kanaal 4", "added", []),
    ]


def test_a_first_version_is_all_new():
    found = difference({}, version())

    assert {part.label for part in found.parts} == {"Titel", "Tekst", "Herkomst in de link"}
    assert [each.kind for each in found.channels] == ["added"]
