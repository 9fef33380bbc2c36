"""tweepy's Client on our session: its routes and parameters, our time-outs, budgets and errors.

tweepy 4.17 has a hard-coded host, no time-outs, drops what X says in an error, loses the headers of answers that went well,
and writes the token into its debug log. So `request` is ours: hosts are sent to the base address by the session, every
answer's rate headers are kept, and every failure is one of `channels.errors`.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any

import requests
import tweepy

from channels.connectors.twitter.problems import epoch, inner_refusal, refusal
from channels.connectors.twitter.vocabulary import MEDIA_FIELDS, USER_FIELDS, Vocabulary
from channels.errors import Misconfigured, OutcomeUnknown, PayloadError
from channels.http import decode_json, transport_error
from channels.messages import Budget

HOST = "https://api.x.com"
REBASED_HOSTS = frozenset({"api.x.com", "api.twitter.com", "upload.twitter.com"})
# Endpoint families, as X counts them (X docs, rate limits).
FAMILIES = (
    ("GET", re.compile(r"/2/users/me"), "me"),
    ("GET", re.compile(r"/2/users/\d+/mentions"), "mentions"),
    ("GET", re.compile(r"/2/users/\d+/tweets"), "own_posts"),
    ("GET", re.compile(r"/2/tweets/search/recent"), "search"),
    ("GET", re.compile(r"/2/tweets"), "posts"),
    ("POST", re.compile(r"/2/tweets"), "post_write"),
    ("DELETE", re.compile(r"/2/tweets/\d+"), "post_delete"),
    ("POST", re.compile(r"/2/media/(?:upload|metadata)"), "media"),
    ("GET", re.compile(r"/2/dm_(?:events|conversations/[^?]+/dm_events)"), "dm_read"),
    ("POST", re.compile(r"/2/dm_conversations/[^?]+/messages"), "dm_write"),
)
LISTS = frozenset({"posts", "mentions", "own_posts", "search", "dm_read"})

# Its debug log holds the Authorization header: never let it come to that, whatever the root logger says.
logging.getLogger("tweepy").setLevel(logging.INFO)


class Client(tweepy.Client):  # type: ignore[misc]  # untyped
    """Methods return `dict` (the whole body). Always with the user's OAuth 2 token, hence `user_auth=False`."""

    def __init__(self, *, session: requests.Session, token: str, vocabulary: Vocabulary) -> None:
        super().__init__(bearer_token=token, return_type=dict, wait_on_rate_limit=False)
        self.session = session
        self.vocabulary = vocabulary
        self.budgets: dict[str, Budget] = {}
        self.calls = 0

    def request(
        self, method: str, route: str, params: Any = None, json: Any = None, user_auth: bool = False
    ) -> "Answer":
        write = method != "GET"
        if not self.bearer_token:
            raise Misconfigured("This channel has no access token.", code="no_token")
        self.calls += 1
        try:
            response = self.session.request(
                method,
                HOST + route,
                params=self._renamed(params),
                json=json,
                headers={"Authorization": f"Bearer {self.bearer_token}"},
            )
        except requests.RequestException as error:
            raise transport_error(error, write=write) from error
        family = _family(method, route)
        self._note(family, response)
        if not 200 <= response.status_code < 300:
            try:
                refused = decode_json(response, write=False)
            except PayloadError:
                refused = None
            raise refusal(response, refused, write=write, budget=family, secrets=(str(self.bearer_token),))
        body = decode_json(response, write=write)
        if not isinstance(body, dict):
            if write:
                raise OutcomeUnknown("X took the message, but its answer can not be read.")
            raise PayloadError("X's answer is no object.", reason="wrong_type")
        if body.get("data") is None and body.get("errors"):
            told = inner_refusal(body, response, write=write, budget=family)
            # A list may be empty because all in it is gone: that is what the caller asked to know.
            if told is not None and (write or family not in LISTS):
                raise told
        return Answer(body)

    def _renamed(self, params: Any) -> dict[str, Any]:
        """tweepy knows the old names only: here they become those of the channel's vocabulary."""
        given = dict(params or {})
        if "tweet.fields" in given:
            given[self.vocabulary.post_parameter] = given.pop("tweet.fields")
        return given

    def _note(self, family: str, response: requests.Response) -> None:
        """x-rate-limit-limit, -remaining and -reset (unix seconds) of every answer, also of refusals."""
        limit, remaining = (response.headers.get(f"x-rate-limit-{name}", "") for name in ("limit", "remaining"))
        if all(value.isascii() and value.isdigit() and len(value) < 10 for value in (limit, remaining)):
            reset_at = epoch(response.headers.get("x-rate-limit-reset", ""))
            self.budgets[family] = Budget(name=family, limit=int(limit), remaining=int(remaining), reset_at=reset_at)

    @property
    def post_fields(self) -> dict[str, list[str]]:
        """The parameters of every call that reads posts."""
        words = self.vocabulary
        return {
            "tweet_fields": list(words.post_fields),
            "expansions": list(words.post_expansions),
            "user_fields": list(USER_FIELDS),
            "media_fields": list(MEDIA_FIELDS),
        }

    @property
    def measured_fields(self) -> dict[str, list[str]]:
        """As `post_fields`, with how a post does."""
        fields = self.post_fields
        return {**fields, "tweet_fields": [*fields["tweet_fields"], "public_metrics"]}

    @property
    def dm_fields(self) -> dict[str, list[str]]:
        """The parameters of every call that reads direct messages."""
        words = self.vocabulary
        return {
            "dm_event_fields": list(words.dm_fields),
            "expansions": list(words.dm_expansions),
            "user_fields": list(USER_FIELDS),
            "media_fields": list(MEDIA_FIELDS),
        }


class Answer:
    """What tweepy's `return_type=dict` asks of an answer."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = body

    def json(self) -> Mapping[str, Any]:
        return self.body


def _family(method: str, route: str) -> str:
    for verb, pattern, name in FAMILIES:
        if verb == method and pattern.fullmatch(route):
            return name
    return "other"
