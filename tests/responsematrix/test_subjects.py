"""What a message is about: by words and small queries, bounded whatever is typed."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responsematrix.subjects import BadQuery, Problem, Recogniser, parse_keywords, parse_query, subject_words


def words_of(text: str, *, keywords: str = "", query: str = "") -> tuple[str, ...] | None:
    found = Recogniser([subject_words("x", keywords=keywords, query=query)]).recognise(text)
    return found[0].words if found else None


@pytest.mark.parametrize(
    ("keywords", "text", "expected"),
    [
        ("afval", "Mijn afvalbak is stuk", ("afvalbak",)),
        ("afval", "Het restafval ligt er nog", None),
        ("*afval", "Het restafval ligt er nog", ("restafval",)),
        ("=raad", "De raadszaal", None),
        ("=raad", "De Raad besloot", ("Raad",)),
        ("grof vuil", "Wie haalt het grof vuil?", ("grof", "vuil")),
        ("grof vuil", "Het grof gemalen vuil", None),
        ("gft-bak", "Mijn GFT-bakken zijn vol", ("GFT", "bakken")),
        ('"groene bak"', "de groene bakken", None),
        ('"groene bak"', "De Groene Bak!", ("Groene", "Bak")),
        ("café", "terras van het cafe", ("cafe",)),
        ("cafe", "het cafe\u0301 is dicht", ("caf\u00e9",)),
        ("afval, container\nvuilnis", "VUILNIS naast de containers", ("VUILNIS", "containers")),
        ("#parkeren", "#Parkeren is duur", ("Parkeren",)),
        ("afval*", "afvalpas", ("afvalpas",)),
        ("afval", "", None),
    ],
)
def test_keywords(keywords, text, expected):
    assert words_of(text, keywords=keywords) == expected


@pytest.mark.parametrize(
    ("query", "text", "is_hit"),
    [
        ("(afval OR container) AND NOT compliment", "de container is vol", True),
        ("(afval OR container) AND NOT compliment", "compliment voor het legen van de container", False),
        ("afval container", "afval naast de container", True),
        ("afval container", "afval", False),
        ("a1 OR b1 AND c1", "a1", True),
        ("a1 OR b1 AND c1", "b1", False),
        ("NOT x1 AND a1", "a1", True),
        ("NOT (x1 OR y1) AND a1", "a1 y1", False),
        ("NOT NOT a1", "a1", True),
        ("afval EN NIET gratis", "afval", True),
        ("afval OF vuil", "vuil", True),
        ('"op de stoep" AND fiets', "Fietsen op de stoep", True),
        ("tuin of balkon", "tuin balkon", False),  # in small letters it is a word
        ("tuin of balkon", "balkon of tuin", True),
    ],
)
def test_queries(query, text, is_hit):
    assert (words_of(text, query=query) is not None) is is_hit


def test_only_what_was_looked_for_counts_as_a_hit():
    found = words_of("Afval! De container is vol, geen spoed", query="(afval OR container) AND NOT compliment")

    assert found == ("Afval", "container")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("", Problem.EMPTY),
        ("  ", Problem.EMPTY),
        ("(" * 500 + "afval" + ")" * 500, Problem.TOO_DEEP),
        (" OR ".join(f"w{n}" for n in range(10_000)), Problem.TOO_LONG),
        (" OR ".join(f"w{n}" for n in range(1_000)), Problem.TOO_MANY_TERMS),
        ("a " * 9_999, Problem.TOO_MANY_TERMS),
        ("de het een", Problem.ONLY_STOP_WORDS),
        ("de OR afval", Problem.ONLY_STOP_WORDS),
        ('"van de"', Problem.ONLY_STOP_WORDS),
        ("NOT compliment", Problem.MATCHES_EVERYTHING),
        ("afval OR NOT compliment", Problem.MATCHES_EVERYTHING),
        (":*", Problem.UNREADABLE),
        ("afval & vuil", Problem.UNREADABLE),
        ("*", Problem.UNREADABLE),
        ("-", Problem.UNREADABLE),
        ("afval \x00", Problem.UNREADABLE),
        ("(afval", Problem.BRACKETS),
        ("afval)", Problem.BRACKETS),
        ("()", Problem.MISSING_TERM),
        ("afval AND", Problem.MISSING_TERM),
        ("OR afval", Problem.MISSING_TERM),
        ("afval AND OR vuil", Problem.MISSING_TERM),
        ("NOT", Problem.MISSING_TERM),
        ('"grof vuil', Problem.OPEN_QUOTE),
        ('"' + "a " * 20 + '"', Problem.TOO_MANY_TERMS),
    ],
)
def test_a_query_that_can_not_be_used_says_why(query, problem):
    with pytest.raises(BadQuery) as caught:
        parse_query(query)

    assert caught.value.problem is problem


@pytest.mark.parametrize(
    ("keywords", "problem"),
    [
        (" , ;\n", Problem.EMPTY),
        ("de, het", Problem.ONLY_STOP_WORDS),
        ("afval, (vuil)", Problem.UNREADABLE),
        ('af"val', Problem.UNREADABLE),
        (",".join(f"w{n}" for n in range(1_000)), Problem.TOO_MANY_TERMS),
        ("a" * 30_000, Problem.TOO_LONG),
    ],
)
def test_keywords_that_can_not_be_used_say_why(keywords, problem):
    with pytest.raises(BadQuery) as caught:
        parse_keywords(keywords)

    assert caught.value.problem is problem


@settings(deadline=None)
@given(st.text(alphabet='ab ()"*=:|-\\\n\t\u0301é', max_size=60) | st.text(max_size=60))
def test_whatever_is_typed_is_a_query_or_is_refused(text):
    for parse in (parse_query, parse_keywords):
        try:
            query = parse(text)
        except BadQuery:
            continue
        assert not query.holds(set())
        assert query.wanted() <= set(range(len(query.terms)))


TREES = st.recursive(
    st.sampled_from(["afval", "bak", "=raad"]),
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT ({one})"),
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map(lambda it: f"({it[0]} {it[1]} {it[2]})"),
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(TREES, st.sets(st.sampled_from(["afval", "bak", "raad"])))
def test_a_query_means_what_python_makes_of_it(text, present):
    try:
        query = parse_query(text)
    except BadQuery as error:
        assert error.problem in (Problem.MATCHES_EVERYTHING, Problem.TOO_DEEP)  # noqa: PT017
        return

    as_python = text.replace("=raad", "raad").replace("NOT", "not").replace("AND", "and").replace("OR", "or")
    expected = eval(as_python, {name: name in present for name in ("afval", "bak", "raad")})
    assert query.holds({n for n, term in enumerate(query.terms) if term.words[0] in present}) is expected


def test_the_subject_with_most_words_comes_first_then_the_earliest_then_the_upper():
    subjects = [
        subject_words("parking", keywords="parkeren, vergunning"),
        subject_words("permits", keywords="vergunning, aanvragen"),
        subject_words("waste", keywords="afval"),
        subject_words("silent"),
    ]
    recogniser = Recogniser(subjects)

    assert [found.subject for found in recogniser.recognise("Vergunning aanvragen")] == ["permits", "parking"]
    assert [found.subject for found in recogniser.recognise("afval en parkeren")] == ["waste", "parking"]
    assert [found.subject for found in recogniser.recognise("vergunning")] == ["parking", "permits"]
    assert recogniser.recognise("Goedemorgen") == []


@pytest.mark.parametrize(
    "text",
    ["a" * 1_000_000, "afval " * 100_000, "a\u0301" * 100_000, "😀" * 64_000, "\u202eafval\x00\ufffe" * 10_000],
    ids=["one word", "one word often", "accents", "emoji", "controls"],
)
def test_a_hostile_text_costs_little(text):
    recogniser = Recogniser([subject_words("waste", keywords=", ".join(f"afval{n}, *vuil{n}" for n in range(100)))])
    began = time.process_time()

    recogniser.recognise(text)

    # A guard against a quadratic slip, not a measurement: the real figure is a few milliseconds.
    assert time.process_time() - began < 1
