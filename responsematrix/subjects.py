"""Recognise what a message is about: words per subject, and small queries such as `(afval OR container) AND NOT compliment`.

Pure Python, deterministic, and linear in the length of the query and of the text. What a term matches:

- `afval`: every word that begins with it (afvalbak, afvalcontainers); a stop word only itself;
- `=raad`: exactly this word; `*vuil`: every word that contains it (grofvuil, vuilniszak);
- `"grof vuil"`: these words after each other; `gft-afval` too, but then the last word may go on.

Case and accents do not matter. AND, OR and NOT (or EN, OF, NIET) are written in capitals; two terms beside each other mean
AND; NOT binds strongest, then AND. Keywords are a list, one per line or with commas: any of them is enough.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MAXIMUM_LENGTH = 20_000  # characters of a query or a list of keywords
MAXIMUM_TERMS = 300
MAXIMUM_DEPTH = 20
MAXIMUM_PHRASE = 8  # words
MAXIMUM_TEXT = 10_000  # characters of a message that are looked at

_STOP_WORDS = """
aan al als bij dan dat de der deze die dit door een en er ge geen had heb hebben heeft het hier hij hoe hun ik in is ja je jij
kan kunnen maar me met mij mijn naar nee niet nog nu of om omdat ons onze ook op over te tot u uit uw van veel voor waar
wanneer wat we wel wie wij wil worden wordt ze zij zijn zo zou zonder
a an and are at be by for from i it my not on or our that the this to was we with you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
OPERATORS = {"AND": "and", "EN": "and", "OR": "or", "OF": "or", "NOT": "not", "NIET": "not"}
_STRENGTH = {"or": 1, "and": 2, "not": 3}
_TOKEN = re.compile(r'\s+|(?P<bracket>[()])|"(?P<phrase>[^"]*)"|(?P<term>[=*]?[^\s()"=*:|&!,;]+\*?)')
_WORD = re.compile(r"[^\W_]+")


class Problem(StrEnum):
    """Why a query is refused; `explain.words_for_query` says it to a person."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_MANY_TERMS = "too_many_terms"
    TOO_DEEP = "too_deep"
    BRACKETS = "brackets"
    OPEN_QUOTE = "open_quote"
    UNREADABLE = "unreadable"
    MISSING_TERM = "missing_term"
    ONLY_STOP_WORDS = "only_stop_words"
    MATCHES_EVERYTHING = "matches_everything"


class BadQuery(ValueError):
    """The query can not be used. `at` is the place (characters from 0) and `detail` the piece of text concerned."""

    def __init__(self, problem: Problem, at: int = 0, detail: str = "") -> None:
        super().__init__(f"{problem} at {at}: {detail[:40]}")
        self.problem, self.at, self.detail = problem, at, detail[:40]


class Fit(StrEnum):
    PREFIX = "prefix"
    WHOLE = "whole"
    INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Sought:
    """One term: words after each other, of which the last fits as `fit` says (the others wholly)."""

    words: tuple[str, ...]
    fit: Fit

    @property
    def is_stop_word(self) -> bool:
        return self.fit is Fit.WHOLE and all(word in STOP_WORDS for word in self.words)


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `program` is in postfix order: numbers are places in `terms`, the rest "and", "or", "not"."""

    terms: tuple[Sought, ...]
    program: tuple[int | str, ...]

    def holds(self, found: frozenset[int] | set[int]) -> bool:
        """Is it true when exactly these terms (places in `terms`) occur?"""
        stack: list[bool] = []
        for step in self.program:
            if isinstance(step, int):
                stack.append(step in found)
            elif step == "not":
                stack.append(not stack.pop())
            else:
                right, left = stack.pop(), stack.pop()
                stack.append((left and right) if step == "and" else (left or right))
        return stack[0]

    def wanted(self) -> frozenset[int]:
        """The terms that are looked for, not excluded: those under an even number of NOTs."""
        stack: list[tuple[frozenset[int], frozenset[int]]] = []
        none: frozenset[int] = frozenset()
        for step in self.program:
            if isinstance(step, int):
                stack.append((frozenset([step]), none))
            elif step == "not":
                wanted, excluded = stack.pop()
                stack.append((excluded, wanted))
            else:
                (a, b), (c, d) = stack.pop(), stack.pop()
                stack.append((a | c, b | d))
        return stack[0][0]


def fold(text: str) -> str:
    """Without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def parse_query(text: str) -> Query:
    """Raises BadQuery: too long, too deep, unbalanced, nothing between operators, only stop words, or true for any text."""
    if len(text) > MAXIMUM_LENGTH:
        raise BadQuery(Problem.TOO_LONG)
    parser = _Parser()
    place = 0
    while place < len(text):
        found = _TOKEN.match(text, place)
        if found is None:
            raise BadQuery(Problem.OPEN_QUOTE if text[place] == '"' else Problem.UNREADABLE, place, text[place])
        parser.take(found)
        place = found.end()
    return _checked(parser.finish(len(text)))


def parse_keywords(text: str) -> Query:
    """A list with commas, semicolons or lines between; any of them is enough. Raises BadQuery."""
    if len(text) > MAXIMUM_LENGTH:
        raise BadQuery(Problem.TOO_LONG)
    terms: dict[Sought, None] = {}
    for part in re.split(r"[,;\n]", text):
        entry = part.strip()
        if not entry:
            continue
        if '"' in entry.strip('"') or not re.fullmatch(r'"[^"]+"|[=*]?[^"=*:|&!()]+\*?', entry):
            raise BadQuery(Problem.UNREADABLE, text.find(entry), entry)
        is_phrase = entry.startswith('"')
        terms[_sought(entry.strip('"'), is_phrase=is_phrase, at=text.find(entry))] = None
        if len(terms) > MAXIMUM_TERMS:
            raise BadQuery(Problem.TOO_MANY_TERMS)
    if not terms:
        raise BadQuery(Problem.EMPTY)
    return _checked(Query(tuple(terms), (0, *[step for place in range(1, len(terms)) for step in (place, "or")])))


def _sought(entry: str, *, is_phrase: bool, at: int) -> Sought:
    words = tuple(_WORD.findall(fold(entry)))
    if not words:
        raise BadQuery(Problem.UNREADABLE, at, entry)
    if len(words) > MAXIMUM_PHRASE:
        raise BadQuery(Problem.TOO_MANY_TERMS, at, entry)
    if is_phrase or entry.startswith("=") or (len(words) == 1 and words[0] in STOP_WORDS):
        return Sought(words, Fit.WHOLE)
    return Sought(words, Fit.INSIDE if entry.startswith("*") and len(words) == 1 else Fit.PREFIX)


def _checked(query: Query) -> Query:
    if query.holds(set()):
        raise BadQuery(Problem.MATCHES_EVERYTHING)
    if query.holds({place for place, term in enumerate(query.terms) if term.is_stop_word}):
        raise BadQuery(Problem.ONLY_STOP_WORDS)
    return query


class _Parser:
    """Shunting-yard: one pass, no recursion, so nesting can not exhaust anything."""

    def __init__(self) -> None:
        self.terms: dict[Sought, int] = {}
        self.count = self.depth = 0
        self.program: list[int | str] = []
        self.waiting: list[str] = []
        self.needs_term = True  # at the start, after an operator and after an opening bracket

    def take(self, found: re.Match[str]) -> None:
        bracket, phrase, term = found.group("bracket", "phrase", "term")
        if bracket == "(":
            self._before_term()
            self.depth += 1
            if self.depth > MAXIMUM_DEPTH:
                raise BadQuery(Problem.TOO_DEEP, found.start())
            self.waiting.append("(")
        elif bracket == ")":
            self._close(found.start())
        elif term in OPERATORS:
            self._operator(OPERATORS[term], found.start(), term)
        elif phrase is not None or term is not None:
            self._before_term()
            self._term(_sought(term if phrase is None else phrase, is_phrase=term is None, at=found.start()))

    def finish(self, at: int) -> Query:
        if not self.program and not self.waiting:
            raise BadQuery(Problem.EMPTY)
        if self.needs_term:
            raise BadQuery(Problem.MISSING_TERM, at)
        if "(" in self.waiting:
            raise BadQuery(Problem.BRACKETS, at)
        self.program.extend(reversed(self.waiting))
        return Query(tuple(self.terms), tuple(self.program))

    def _before_term(self) -> None:
        if not self.needs_term:
            self._operator("and", 0, "")
        self.needs_term = True

    def _term(self, sought: Sought) -> None:
        self.count += 1
        if self.count > MAXIMUM_TERMS:
            raise BadQuery(Problem.TOO_MANY_TERMS)
        self.program.append(self.terms.setdefault(sought, len(self.terms)))
        self.needs_term = False

    def _operator(self, operator: str, at: int, text: str) -> None:
        if operator == "not":
            self._before_term()
            self.waiting.append("not")
            return
        if self.needs_term:
            raise BadQuery(Problem.MISSING_TERM, at, text)
        while self.waiting and self.waiting[-1] != "(" and _STRENGTH[self.waiting[-1]] >= _STRENGTH[operator]:
            self.program.append(self.waiting.pop())
        self.waiting.append(operator)
        self.needs_term = True

    def _close(self, at: int) -> None:
        if self.needs_term:
            raise BadQuery(Problem.MISSING_TERM, at, ")")
        while self.waiting and self.waiting[-1] != "(":
            self.program.append(self.waiting.pop())
        if not self.waiting:
            raise BadQuery(Problem.BRACKETS, at, ")")
        self.waiting.pop()
        self.depth -= 1


@dataclass(frozen=True, slots=True)
class SubjectWords:
    """What recognises one subject: any of its queries is enough."""

    code: str
    queries: tuple[Query, ...] = ()


def subject_words(code: str, *, keywords: str = "", query: str = "") -> SubjectWords:
    """Raises BadQuery. Both may be empty: such a subject is only ever chosen by a person."""
    queries = []
    if keywords.strip():
        queries.append(parse_keywords(keywords))
    if query.strip():
        queries.append(parse_query(query))
    return SubjectWords(code, tuple(queries))


@dataclass(frozen=True, slots=True)
class Recognition:
    """A subject that a text is about, and by which of its words (as they stand there, in order, each once)."""

    subject: str
    words: tuple[str, ...]


class Recogniser:
    """Compiled words of all subjects; the order of `subjects` breaks ties."""

    def __init__(self, subjects: Iterable[SubjectWords]) -> None:
        self._subjects = [
            (subject.code, [(query, query.wanted()) for query in subject.queries]) for subject in subjects
        ]
        self._exact: dict[str, list[Sought]] = {}  # by their first word, said wholly
        self._prefix: dict[str, list[Sought]] = {}  # by what a word begins with
        self._inside: list[Sought] = []
        queries = [query for _code, queries in self._subjects for query, _wanted in queries]
        for term in dict.fromkeys(term for query in queries for term in query.terms):
            if term.fit is Fit.INSIDE:
                self._inside.append(term)
            elif len(term.words) > 1 or term.fit is Fit.WHOLE:
                self._exact.setdefault(term.words[0], []).append(term)
            else:
                self._prefix.setdefault(term.words[0], []).append(term)
        self._lengths = sorted({len(start) for start in self._prefix})

    def recognise(self, text: str) -> list[Recognition]:
        """Every subject that fits, best first: most different terms, then the word that comes first, then their order."""
        # Composed, so that an accent of its own does not cut a word in two.
        spoken = _WORD.findall(unicodedata.normalize("NFC", text[:MAXIMUM_TEXT]))
        found = self._find([fold(word) for word in spoken])
        ranked = []
        for order, (code, queries) in enumerate(self._subjects):
            hits: set[Sought] = set()
            for query, wanted in queries:
                present = {place for place, term in enumerate(query.terms) if term in found}
                if present and query.holds(present):
                    hits.update(query.terms[place] for place in present & wanted)
            if hits:
                places = sorted({place for term in hits for place in found[term]})
                words = tuple(dict.fromkeys(spoken[place] for place in places))
                ranked.append((-len(hits), places[0], order, Recognition(code, words)))
        return [recognition for *_, recognition in sorted(ranked, key=lambda entry: entry[:3])]

    def _find(self, words: list[str]) -> dict[Sought, list[int]]:
        """Each term that occurs, with the places of its words."""
        found: dict[Sought, list[int]] = {}
        for place, word in enumerate(words):
            for length in self._lengths:
                if length > len(word):
                    break
                for term in self._prefix.get(word[:length], ()):
                    found.setdefault(term, []).append(place)
            for term in self._exact.get(word, ()):
                if _follows(term, words, place):
                    found.setdefault(term, []).extend(range(place, place + len(term.words)))
            for term in self._inside:
                if term.words[0] in word:
                    found.setdefault(term, []).append(place)
        return found


def _follows(term: Sought, words: list[str], place: int) -> bool:
    spoken = words[place : place + len(term.words)]
    if len(spoken) < len(term.words) or tuple(spoken[:-1]) != term.words[:-1]:
        return False
    return spoken[-1] == term.words[-1] or (term.fit is Fit.PREFIX and spoken[-1].startswith(term.words[-1]))
