"""The part of X's search language that a webcare tool uses: operators, quoted words, minus, OR and brackets."""

import re
from collections.abc import Callable

from sandbox.accounts import HANDLE, X_USER
from sandbox.state import Row, State
from sandbox.world import World
from sandbox.x.objects import author_id

Test = Callable[[Row], bool]
TOKEN = re.compile(r'\s*(\(|\)|-?"[^"]*"|-?[^\s()]+)')


class QueryError(ValueError):
    """The query can not be read; the text is X's."""


def compile_query(world: World, query: str) -> Test:
    """A test for one post. Raises QueryError."""
    tokens = TOKEN.findall(query)
    if not tokens:
        raise QueryError("The 'query' parameter must not be empty.")
    test, rest = _any_of(world, tokens)
    if rest:
        raise QueryError(f"There were errors processing your request: no viable alternative at '{rest[0]}'")
    return test


def conversation_in(query: str) -> str:
    """The conversation when the whole query is about one, else ""."""
    match = re.search(r"(?:^|\s)conversation_id:(\d+)(?:\s|$)", query)
    return match.group(1) if match and " OR " not in query else ""


def _any_of(world: World, tokens: list[str]) -> tuple[Test, list[str]]:
    choices: list[Test] = []
    while True:
        test, tokens = _all_of(world, tokens)
        choices.append(test)
        if tokens and tokens[0] == "OR":
            tokens = tokens[1:]
            continue
        return (lambda item: any(choice(item) for choice in choices)), tokens


def _all_of(world: World, tokens: list[str]) -> tuple[Test, list[str]]:
    needed: list[Test] = []
    while tokens and tokens[0] not in {"OR", ")"}:
        token, tokens = tokens[0], tokens[1:]
        if token == "(":
            inner, tokens = _any_of(world, tokens)
            if not tokens or tokens[0] != ")":
                raise QueryError("There were errors processing your request: missing ')'")
            tokens = tokens[1:]
            needed.append(inner)
        elif token != "AND":
            needed.append(_one(world, token))
    if not needed:
        raise QueryError("There were errors processing your request: an operator is missing")
    return (lambda item: all(test(item) for test in needed)), tokens


def _one(world: World, token: str) -> Test:
    if token.startswith("-") and len(token) > 1:
        test = _one(world, token[1:])
        return lambda item: not test(item)
    state = world.state
    name, colon, value = token.partition(":")
    if colon and name == "conversation_id":
        return lambda item: item["root"] == value
    if colon and name == "from":
        wanted = _user_id(world, value)
        return lambda item: author_id(state, item) == wanted
    if colon and name == "to":
        receiver = _user_id(world, value)
        return lambda item: _answers(state, item) == receiver
    if colon and name in {"in_reply_to_tweet_id", "in_reply_to_post_id"}:
        return lambda item: item["parent"] == value
    if colon and name == "lang":
        return lambda item: (
            (state.value("SELECT language FROM residents WHERE id = ?", item["resident"]) or "nl") == value
        )
    if token == "is:reply":
        return lambda item: bool(item["parent"])
    if token in {"is:retweet", "is:quote", "is:nullcast"}:
        return lambda item: False
    if token in {"has:media", "has:images"}:
        return lambda item: bool(item["attachment"])
    if colon and name in {"is", "has"}:
        raise QueryError(f"There were errors processing your request: Reference to invalid operator '{token}'.")
    words = token.strip('"').lower()
    pattern = re.compile(rf"(?<![\w@#]){re.escape(words)}(?!\w)")
    return lambda item: pattern.search(item["text"].lower()) is not None


def _user_id(world: World, value: str) -> str:
    if value.lower().removeprefix("@") == HANDLE:
        return X_USER
    found = world.find_resident(value)
    return str(found["x_id"]) if found is not None else "-"


def _answers(state: State, item: Row) -> str:
    parent = state.item("twitter", item["parent"]) if item["parent"] else None
    return author_id(state, parent) if parent is not None else ""
