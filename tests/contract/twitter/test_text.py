"""The counter against X's own conformance tests, and the browser's counter against ours."""

import json
import math
import random
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from channels.connectors.twitter.connector import TwitterConnector
from channels.connectors.twitter.links import find_links, is_link
from channels.connectors.twitter.text import LIMIT, has_invalid_characters, is_valid, weighted_length
from tests.contract.twitter.payloads import SHARED

CONFORMANCE = SHARED / "twitter-text"
ROOT = Path(__file__).resolve().parents[3]
VALIDATE: dict[str, list[dict[str, Any]]] = {}
EXTRACT: dict[str, list[dict[str, Any]]] = {}
if CONFORMANCE.is_dir():
    VALIDATE = yaml.safe_load((CONFORMANCE / "validate.yml").read_text())["tests"]
    EXTRACT = yaml.safe_load((CONFORMANCE / "extract.yml").read_text())["tests"]
needs_conformance = pytest.mark.skipif(
    not VALIDATE, reason="the conformance tests (../shared/payloads/twitter-text) are not here"
)


def cases(*sections: str) -> list[Any]:
    found = [(section, case) for section in sections for case in VALIDATE.get(section, [])]
    return [pytest.param(case, id=f"{section}: {case['description']}"[:90]) for section, case in found]


@needs_conformance
@pytest.mark.parametrize(
    "case", cases("WeightedTweetsWithDiscountedEmojiCounterTest", "UnicodeDirectionalMarkerCounterTest")
)
def test_configuration_3_counts_as_x_does(case: dict[str, Any]) -> None:
    length = weighted_length(case["text"])
    assert length == case["expected"]["weightedLength"]
    assert length * 1000 // LIMIT == case["expected"]["permillage"]
    assert is_valid(case["text"]) is case["expected"]["valid"]


@needs_conformance
@pytest.mark.parametrize("case", cases("WeightedTweetsCounterTest"))
def test_configuration_2_counts_every_part_of_an_emoji(case: dict[str, Any]) -> None:
    length = weighted_length(case["text"], joins_emoji=False)
    assert length == case["expected"]["weightedLength"]
    assert (length <= LIMIT and not has_invalid_characters(case["text"])) is case["expected"]["valid"]


@needs_conformance
@pytest.mark.parametrize("case", cases("tweets"))
def test_what_was_valid_with_140_signs_is_valid_now(case: dict[str, Any]) -> None:
    if case["description"].startswith("Invalid Tweet: 141 characters"):
        assert 140 < weighted_length(case["text"]) <= LIMIT  # these cases are from before the limit became 280
    else:
        assert is_valid(case["text"]) is case["expected"]


@needs_conformance
@pytest.mark.parametrize("case", cases("urls"))
def test_addresses_with_a_scheme(case: dict[str, Any]) -> None:
    assert is_link(case["text"]) is case["expected"]


@needs_conformance
@pytest.mark.parametrize("case", cases("urls_without_protocol"))
def test_addresses_without_a_scheme(case: dict[str, Any]) -> None:
    assert is_link(case["text"], needs_scheme=False) is case["expected"]
    assert not is_link(case["text"])
    assert list(find_links(case["text"])) == [(0, len(case["text"]))]


# Three names that only the full list of top-level domains can settle; see links.py.
NEEDS_THE_LIST = {
    "test http://example.comだよね.comtest/hogehoge",
    "Hello http://xn--はじめよう.com/index.html",
    "example.comてすとですtwitter.みんなです",
}


@needs_conformance
@pytest.mark.parametrize("section", ["urls", "urls_with_directional_markers", "tco_urls_with_params"])
def test_addresses_inside_a_text(section: str) -> None:
    for case in EXTRACT[section]:
        found = [case["text"][start:end] for start, end in find_links(case["text"])]
        expected = [one["url"] if isinstance(one, dict) else one for one in case["expected"]]
        if case["text"] in NEEDS_THE_LIST:
            assert found != expected
        else:
            assert found == expected, case["text"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Goedemorgen", 11),
        ("Café", 4),
        ("Cafe\u0301", 4),
        ("👍🏽", 2),
        ("🇳🇱 en 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 8),
        ("©", 1),
        ("©\ufe0f", 2),
        ("Kijk op https://www.eikenrode.example/afval/kalender?wijk=de-weide&jaar=2026#papier.", 32),
        ("Kijk op eikenrode.nl.", 8 + 23 + 1),
        ("(zie https://eikenrode.nl/afval_(papier))", 5 + 23 + 1),
        ("i.v.m. het weer o.a. morgen", 27),
        ("Dank.Wij komen", 14),
        ("mail naar info@eikenrode.nl", 27),
        ("مرحبا", 5),
        ("你好", 4),
        ("a\nb", 3),
    ],
)
def test_what_an_agent_may_type(text: str, length: int) -> None:
    assert weighted_length(text) == length
    assert TwitterConnector.count_text(text, private=False) == length


def test_names_that_x_puts_in_front_do_not_count() -> None:
    text = "@fatmadb @PietKok @iemand Dank u"
    assert weighted_length(text) == 32
    assert weighted_length(text, populated=["fatmadb", "@pietkok"]) == len("@iemand Dank u")
    assert weighted_length(text, populated=["pietkok"]) == 32


def test_a_private_message_counts_characters() -> None:
    assert TwitterConnector.count_text("https://eikenrode.nl 你好", private=True) == 23


HOSTILE = [
    "a", "a.", "http://", "é", "1", "#", "\u200d", "👨\u200d", "e\u0301", "か.", "http://a.nl/(", "http://a.nl/()", "http://x.nl/.",
    "http://x.nl?", "(", ")", "a.nl ", "@a ", "http://か.nl", "https://t.co/a", "a-", "..", "a.b.c@", "😀", "\ud83d", "www.", "a_",
]  # fmt: skip


@pytest.mark.parametrize("part", HOSTILE)
def test_a_hundred_thousand_signs_take_no_time(part: str) -> None:
    text = (part * 100_000)[:100_000]

    def seconds(value: str) -> float:
        best = math.inf
        for _ in range(3):
            began = time.process_time()
            weighted_length(value)
            best = min(best, time.process_time() - began)
        return best

    seconds(text[:1000])
    assert seconds(text) < 4  # some 0.1 on an idle machine; a quadratic step would take minutes


def node() -> str | None:
    return shutil.which("node") or shutil.which("node", path=str(ROOT / ".venv" / "bin"))


def in_browser(texts: list[str], populated: list[str]) -> list[int]:
    script = (
        "import {weightedLength} from '" + (ROOT / "static/js/weighted-length.js").as_uri() + "';"
        "import {readFileSync} from 'node:fs';"
        "const {texts, populated} = JSON.parse(readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(texts.map((text) => weightedLength(text, populated))));"
    )
    command = [str(node()), "--input-type=module", "--eval", script]
    given = json.dumps({"texts": texts, "populated": populated})
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found: list[int] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(node() is None, reason="there is no node on this machine to run the browser's counter")
def test_the_browser_counts_the_same() -> None:
    texts = [case["text"] for section in (*VALIDATE.values(), *EXTRACT.values()) for case in section]
    texts += [str(one) for case in EXTRACT.get("urls", []) for one in case["expected"]]
    texts += [part * 40 for part in HOSTILE]
    parts = [
        "http://", "https://", "eikenrode", ".nl", ".com", ".", "/", "(", ")", "?", "#", "-", "_", "@fatmadb ", " ", "\n", "é",
        "e\u0301", "日本", "か", "пр", "👍", "🏽", "\u200d", "\ufe0f", "1", "\u20e3", "🇳", "🇱", "xn--p1ai", "пр.рф", "t.co", "'", '"',
        "&amp;", "\u2066", "\ufeff", "ſ", "K", "ß", "a" * 64, ":8080", "!", ",", "~", "İ",
    ]  # fmt: skip
    dice = random.Random(20261124)
    texts += ["".join(dice.choices(parts, k=dice.randint(1, 14))) for _ in range(6_000)]
    for populated in ([], ["fatmadb"]):
        ours = [weighted_length(text, populated=populated) for text in texts]
        theirs = in_browser(texts, populated)
        different = [(text, one, other) for text, one, other in zip(texts, ours, theirs, strict=True) if one != other]
        assert not different, different[:5]
