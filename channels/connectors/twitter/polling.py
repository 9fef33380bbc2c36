"""Reading an account step by step: who names it, what it says itself, the threads under its posts, its direct messages.

{"mentions", "own", "dm": {"since": id, "next": token, "newest": id, "start": time}
                                      since: of the last run that ended; the others only while a run has pages left
 "search": {"queue": [[conversation ids]], "next": token, "newest": id}
 "watch": {conversation: {"at": seconds, "since": id, "ours": true | absent, "with": [user ids]}}   see `watching`
 "roots": [ids]                       root posts that were already fetched as context
 "hold": {stream: seconds since 1970} nothing before then: the limit is used up, or nearly
 "failed": {"stream", "at"}           to be asked once more at once, so that its failure is told}

Posts come newest first. `since` is `newest_id` of the first page of a run; the run goes on with the same since_id until the last
page, and only then `since` moves (X API docs, pagination): a run that is cut off loses nothing.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.connectors.twitter import bodies, posts, values
from channels.connectors.twitter.client import Client
from channels.connectors.twitter.problems import BadRequest
from channels.connectors.twitter.watching import Watch
from channels.errors import ConnectorError, Misconfigured, PayloadError, PermanentError, RateLimited
from channels.messages import Account, Page, RawItem

STREAMS = ("mentions", "own", "search", "dm")
FAMILY = {"mentions": "mentions", "own": "own_posts", "search": "search", "dm": "dm_read"}
PAGE_SIZE = 100
SEARCHES_PER_CALL = 3
SEARCH_REACH = timedelta(days=7) - timedelta(minutes=10)  # since_id and start_time must lie within 7 days
DEFAULT_BACKFILL_DAYS = 7
MOST_ROOTS = 400
ASK_AGAIN_WITHIN = 60  # seconds


class Poll:
    """One call of `TwitterConnector.poll`."""

    def __init__(self, client: Client, account: Account, cursor: Mapping[str, Any]) -> None:
        self.client = client
        self.account = account
        self.now = int(time.time())
        days = account.settings.get("backfill_days")
        is_days = isinstance(days, int | float) and not isinstance(days, bool) and days > 0
        self.backfill_from = values.days_ago(float(days) if is_days else DEFAULT_BACKFILL_DAYS)  # type: ignore[arg-type]
        self.state = {stream: _state(cursor.get(stream)) for stream in STREAMS}
        self.watch = Watch(cursor.get("watch"), self.now)
        self.roots = [one for one in cursor.get("roots") or [] if isinstance(one, str)]
        hold = cursor.get("hold")
        self.hold = {k: v for k, v in hold.items() if isinstance(v, int)} if isinstance(hold, Mapping) else {}
        self.failed = _state(cursor.get("failed"))
        self.collected: list[tuple[Mapping[str, Any], Mapping[str, Any]]] = []  # (post, includes of its page)
        self.items: list[RawItem] = []

    def run(self) -> Page:
        """A page of every stream. What fails stops only itself, and is raised when it is all there was to do."""
        order = self._order()
        failure: tuple[str, ConnectorError] | None = None
        succeeded = 0
        for stream in order:
            if self.hold.get(stream, 0) > self.now:
                continue
            before = self.client.calls
            try:
                STEPS[stream](self)
            except RateLimited as error:
                wait = error.retry_after or timedelta(minutes=15)
                self.hold[stream] = self.now + max(int(wait.total_seconds()), 1)
                failure = failure or (stream, error)
            except ConnectorError as error:
                if failure is None or isinstance(failure[1], RateLimited):
                    failure = (stream, error)
                if not isinstance(error, Misconfigured | PayloadError | PermanentError):
                    break  # the whole account or the connection: the other streams would fare the same
            else:
                self._spread(stream)
                succeeded += self.client.calls > before
        if failure and not succeeded:
            raise failure[1]
        self.failed = {}
        is_to_tell = failure is not None and not isinstance(failure[1], RateLimited)
        if failure and is_to_tell:
            # What was read is kept first. The next call asks this stream alone, and raises.
            self.failed = {"stream": failure[0], "at": self.now}
        self._finish_posts()
        return Page(items=tuple(self.items), cursor=self._cursor(), more=is_to_tell or self._has_more())

    def _order(self) -> tuple[str, ...]:
        stream, at = self.failed.get("stream"), self.failed.get("at")
        if stream in STREAMS and isinstance(at, int) and self.now - at < ASK_AGAIN_WITHIN:
            return (str(stream),)
        wants_dms = self.account.settings.get("direct_messages", True) is not False
        return STREAMS if wants_dms else STREAMS[:-1]

    def _has_more(self) -> bool:
        pending = [s for s in ("mentions", "own", "dm") if self.state[s].get("next")]
        pending += ["search"] if self.state["search"].get("queue") else []
        return any(self.hold.get(stream, 0) <= self.now for stream in pending)

    def _cursor(self) -> dict[str, Any]:
        return {
            **self.state,
            "watch": self.watch.kept(),
            "roots": self.roots[-MOST_ROOTS:],
            "hold": {stream: until for stream, until in self.hold.items() if until > self.now},
            "failed": self.failed,
        }

    def _spread(self, stream: str) -> None:
        """From half of a limit on, what is left is spread until the reset; a fifth stays for looking up what we sent."""
        budget = self.client.budgets.get(FAMILY[stream])
        if budget is None or budget.reset_at is None or budget.remaining * 2 > budget.limit:
            return
        left = max(budget.remaining - budget.limit // 5, 0)
        seconds = min(max(int(budget.reset_at.timestamp()) - self.now, 0), 900)
        self.hold[stream] = self.now + seconds // (left + 1)

    # -- timelines -----------------------------------------------------------------------------------------------------

    def mentions(self) -> None:
        self._timeline("mentions", self.client.get_users_mentions)

    def own(self) -> None:
        self._timeline("own", self.client.get_users_tweets)

    def _timeline(self, stream: str, call: Callable[..., Any]) -> None:
        state = self.state[stream]
        for _ in range(3):
            params: dict[str, Any] = {"max_results": PAGE_SIZE, **self.client.post_fields}
            if state.get("next"):
                params["pagination_token"] = state["next"]
            if state.get("since"):
                params["since_id"] = state["since"]
            else:
                state.setdefault("start", values.iso(self.backfill_from))
                params["start_time"] = state["start"]
            try:
                body = call(self.account.external_id, **params)
            except BadRequest as error:
                if not self._mend(state, error):
                    raise
                continue
            self._take_page(state, body)
            return
        raise Misconfigured("X takes no page of this list.", code="bad_request")

    def _mend(self, state: dict[str, Any], error: BadRequest) -> bool:
        """X does not take where we were: begin the run again, or look from a time instead of from an id."""
        if state.get("next") and error.parameters & {"pagination_token", "next_token"}:
            for name in ("next", "newest"):
                state.pop(name, None)
            return True
        if state.get("since") and "since_id" in error.parameters:
            known = values.time_of(state["since"]) or self.backfill_from
            for name in ("since", "next", "newest"):
                state.pop(name, None)
            state["start"] = values.iso(max(known, self.backfill_from) - timedelta(minutes=1))
            return True
        return False

    def _take_page(self, state: dict[str, Any], body: Mapping[str, Any]) -> None:
        data, meta = self._collect(body)
        newest = _newest(data, meta)
        state.setdefault("newest", newest)
        token = meta.get("next_token")
        if isinstance(token, str) and token and data and token != state.get("next"):
            state["next"] = token
            return
        if state["newest"]:
            state["since"] = max(state["newest"], state.get("since") or "0", key=int)
            state.pop("start", None)
        for name in ("next", "newest"):
            state.pop(name, None)

    def _collect(self, body: Mapping[str, Any]) -> tuple[list[Any], Mapping[str, Any]]:
        """Keep the posts of a page. Raises PayloadError before anything is kept when the page is none."""
        data = list(values.listing(body.get("data"), "data"))
        meta = values.mapping(body.get("meta"), "meta")
        along = values.mapping(body.get("includes"), "includes")
        errors = values.listing(body.get("errors"), "errors")
        for post in data:
            if isinstance(post, Mapping):
                self.collected.append((post, along))
            else:
                self.items += [bodies.odd_item(post)]
        for error in errors:
            self.items += bodies.missing_items(error)
        return data, meta

    # -- conversations -------------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Answers that do not name us: under our own posts, and from people who spoke to us in other threads."""
        self._learn()
        state = self.state["search"]
        if not state.get("queue"):
            if any(self.state[stream].get("next") for stream in ("mentions", "own")):
                return  # when those are read to the end, all conversations are known
            state["queue"] = self.watch.groups()
        for _ in range(SEARCHES_PER_CALL):
            if not state.get("queue"):
                return
            self._search_group(state)

    def _search_group(self, state: dict[str, Any]) -> None:
        group = [one for one in state["queue"][0] if isinstance(one, str)]
        query = " OR ".join(f"conversation_id:{one}" for one in group)
        params: dict[str, Any] = {"max_results": PAGE_SIZE, **self.client.post_fields}
        since, oldest = self.watch.since(group), datetime.now(UTC) - SEARCH_REACH
        if state.get("next"):
            params["next_token"] = state["next"]
        known = values.time_of(since) if since else None
        if known is not None and known > oldest and not state.get("from_time"):
            params["since_id"] = since
        else:
            params["start_time"] = values.iso(max(known or self.backfill_from, oldest))
        try:
            body = self.client.search_recent_tweets(query, **params)
        except BadRequest as error:
            if state.get("next") and error.parameters & {"next_token", "pagination_token"}:
                state.pop("next", None)
                state.pop("newest", None)
                return
            if "since_id" in params and "since_id" in error.parameters:
                state["from_time"] = True
                return
            raise
        before = len(self.collected)
        data, meta = self._collect(body)
        found, self.collected = self.collected[before:], self.collected[:before]
        # Who talks to others in somebody else's thread is none of our business: not stored at all.
        self.collected += [pair for pair in found if self.watch.concerns(_read(pair[0]), self.account)]
        state.setdefault("newest", _newest(data, meta))
        token = meta.get("next_token")
        if isinstance(token, str) and token and data and token != state.get("next"):
            state["next"] = token
            return
        self.watch.advance(group, state["newest"])
        state["queue"] = state["queue"][1:]
        for name in ("next", "newest", "from_time"):
            state.pop(name, None)

    def _learn(self) -> None:
        """Which conversations the collected posts belong to."""
        for post, along in self.collected:
            self.watch.learn(_read(post), along, self.account)

    def _finish_posts(self) -> None:
        self._learn()
        roots = self._fetch_roots()
        seen = set()
        for post, along in self.collected:
            if values.loose(post.get("id")) in seen:
                continue  # an answer that names us stands in two lists
            seen.add(values.loose(post.get("id")))
            root = roots.get(str(post.get("conversation_id")))
            if root is not None:
                body, with_root = root
                along = _joined(along, {**with_root, "tweets": [body, *_list(with_root.get("tweets"))]})
            self.items.append(bodies.post_item(post, along))

    def _fetch_roots(self) -> dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
        """The posts above the conversations, as context. Each is paid for once; without them the messages come all the same."""
        known = {str(post.get("id")) for post, _ in self.collected}
        for _, along in self.collected:
            for name in ("tweets", "posts"):
                known |= {str(one.get("id")) for one in _list(along.get(name)) if isinstance(one, Mapping)}
        wanted = [str(post.get("conversation_id") or "") for post, _ in self.collected]
        unique = dict.fromkeys(one for one in wanted if one.isascii() and one.isdigit() and len(one) < 20)
        missing = [one for one in unique if one not in known and one not in self.roots][:PAGE_SIZE]
        if not missing:
            return {}
        try:
            body = self.client.get_tweets(missing, **self.client.post_fields)
            along = values.mapping(body.get("includes"), "includes")
            data = values.listing(body.get("data"), "data")
        except ConnectorError:
            return {}  # only context, and asked again with the next message of the conversation
        self.roots += missing
        found = {str(post.get("id")): (post, along) for post in data if isinstance(post, Mapping)}
        for root, with_root in found.values():
            self.watch.learn(_read(root), with_root, self.account)
        return found

    # -- direct messages -----------------------------------------------------------------------------------------------

    def dm(self) -> None:
        """There is no since_id: pages are read until an event that is known (X API docs, direct message lookup)."""
        state = self.state["dm"]
        params: dict[str, Any] = {"max_results": PAGE_SIZE, "event_types": "MessageCreate", **self.client.dm_fields}
        if state.get("next"):
            params["pagination_token"] = state["next"]
        try:
            body = self.client.get_direct_message_events(user_auth=False, **params)
        except BadRequest as error:
            if not (state.get("next") and "pagination_token" in error.parameters):
                raise
            for name in ("next", "newest"):
                state.pop(name, None)
            return
        data = list(values.listing(body.get("data"), "data"))
        meta = values.mapping(body.get("meta"), "meta")
        along = values.mapping(body.get("includes"), "includes")
        state.setdefault("newest", _newest(data, {}))
        is_end = not data
        for event in data:
            if not isinstance(event, Mapping):
                self.items.append(bodies.odd_item(event))
                continue
            if self._is_known(event):
                is_end = True
                continue
            self.items.append(bodies.dm_item(event, along))
        token = meta.get("next_token")
        if isinstance(token, str) and token and not is_end and token != state.get("next"):
            state["next"] = token
            return
        if state["newest"]:
            state["since"] = max(state["newest"], state.get("since") or "0", key=int)
        for name in ("next", "newest"):
            state.pop(name, None)

    def _is_known(self, event: Mapping[str, Any]) -> bool:
        """Read in an earlier run; in the first run, older than what we begin with."""
        own_id = _id(event.get("id"))
        if not own_id:
            return False
        since = self.state["dm"].get("since")
        if since:
            return int(own_id) <= int(since)
        at = values.time_of(own_id)
        return at is not None and at < self.backfill_from


STEPS: dict[str, Callable[[Poll], None]] = {
    "mentions": Poll.mentions,
    "own": Poll.own,
    "search": Poll.search,
    "dm": Poll.dm,
}


def _state(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _id(value: Any) -> str:
    """For ordering: what is no id counts as none, its own parser will say so."""
    try:
        return values.identifier(value, "id")
    except PayloadError:
        return ""


def _read(post: Mapping[str, Any]) -> posts.Post | None:
    try:
        return posts.read(post)
    except PayloadError:
        return None


def _newest(data: list[Any], meta: Mapping[str, Any]) -> str:
    told = _id(meta.get("newest_id"))
    ids = [_id(one.get("id")) for one in data if isinstance(one, Mapping)]
    return told or max((one for one in ids if one), key=int, default="")


def _joined(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [*_list(one.get(name)), *_list(other.get(name))] for name in {*one, *other}}
