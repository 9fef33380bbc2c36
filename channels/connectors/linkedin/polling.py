"""Reading a page step by step: what LinkedIn notifies of, and from time to time all comments under our posts.

Notifications are the cheap road: one question tells of everything new, and each comment that they name is read by itself,
because a notification does not tell under which comment an answer stands. At first and then once an hour the posts are read with their comments, so that nothing is missed.

{"since": ms, "swept": ms      of the last run that ended, and of the last that read all posts
 "noted": [id, ...]            notifications that were seen: the time range overlaps
 "below": {comment: digest}    what was known below a top-level comment when it was read
 "started": ms, "sweep": bool  of this run
 "todo": [task, ...]           empty between runs
 "again": [task, ...]}         whose answers could not be read; part of the next run
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from channels.connectors.linkedin import comments, notifications, urns, values
from channels.connectors.linkedin.bodies import comment_item, notification_item
from channels.connectors.linkedin.little import plain
from channels.connectors.linkedin.rest import Rest, elements, has_more
from channels.errors import ConnectorError, Gone, Misconfigured, PayloadError
from channels.messages import Page, RawItem

REQUESTS_PER_CALL = 6
OVERLAP = 900_000  # milliseconds that are read again: lists lag behind, clocks differ
SWEEP_EVERY = 3_600_000
WATCHED_DAYS = 30  # comments under older posts come by notification only
DEFAULT_BACKFILL_DAYS = 7
DAY = 86_400_000
NOTIFICATIONS_KEPT = 60 * DAY  # LinkedIn docs
PAGE_SIZE = 100
SHIFT = 5  # elements of a page that are asked for again: new comments move the others along
SINGLY = 3  # more new comments than these under one post: its list is read instead
MOST_NOTED = 500
MOST_BELOW = 1_000
MOST_TRIES = 20
LONGEST_ROOT_TEXT = 3_000
ACTIONS = ["COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT", "COMMENT_DELETE", "SHARE_MENTION"]
READ_SINGLY = {"COMMENT", "ADMIN_COMMENT", "COMMENT_EDIT"}

Task = dict[str, Any]


class Poll:
    """One call of `LinkedInConnector.poll`."""

    def __init__(self, rest: Rest, ours: str, cursor: Mapping[str, Any], backfill_days: int) -> None:
        self.rest = rest
        self.ours = ours
        now = int(time.time() * 1000)
        self.backfill_from = now - backfill_days * DAY
        self.watched_from = now - max(WATCHED_DAYS, backfill_days) * DAY
        self.since, self.swept = _number(cursor.get("since")), _number(cursor.get("swept"))
        noted, below = cursor.get("noted"), cursor.get("below")
        self.noted: list[str] = [str(one) for one in noted] if isinstance(noted, list) else []
        self.known_below: dict[str, str] = dict(below) if isinstance(below, Mapping) else {}
        self.todo, self.again = _tasks(cursor.get("todo")), _tasks(cursor.get("again"))
        self.started = _number(cursor.get("started")) or now
        self.sweep = bool(cursor.get("sweep"))
        if not self.todo:
            self.started = now
            self.sweep = now - self.swept >= SWEEP_EVERY
            self.todo = [{"do": "notifications"}, *([{"do": "posts"}] if self.sweep else []), *self.again]
            self.again = []
        self.items: list[RawItem] = []

    def run(self) -> Page:
        """Do tasks until the list is empty or the handful is used up."""
        for done in range(REQUESTS_PER_CALL):
            if not self.todo:
                break
            task = self.todo.pop(0)
            try:
                TASKS[str(task.get("do"))](self, task)
            except Gone as error:
                if task.get("do") in {"notifications", "posts"}:
                    raise Misconfigured(str(error), code="page_unlinked") from error
                # Deleted between the list and now: nothing to read any more.
            except ConnectorError as error:
                if isinstance(error, PayloadError) and task.get("do") not in {"notifications", "posts"}:
                    # One comment or post whose answer can not be read stops nothing: it is told, and tried in later runs.
                    self._set_aside(task, error)
                    continue
                if not done:
                    raise
                # What was read so far is kept; the next call starts with what failed, and says so.
                self.todo.insert(0, task)
                break
        return Page(items=tuple(self.items), cursor=self._cursor(), more=bool(self.todo))

    def _set_aside(self, task: Task, error: PayloadError) -> None:
        subject = str(task.get("urn", ""))[:200]
        payload = {"what": "unreadable", "value": task, "error": error.reason}
        self.items.append(RawItem(event_id=f"unreadable:{task['do']}:{subject}", payload=payload))
        tries = _number(task.get("tries")) + 1
        if tries < MOST_TRIES:
            self.again.append({**task, "tries": tries})

    def _cursor(self) -> dict[str, Any]:
        has_ended = not self.todo
        return {
            "since": self.started if has_ended else self.since,
            "swept": self.started if has_ended and self.sweep else self.swept,
            "noted": self.noted[-MOST_NOTED:],
            "below": dict(list(self.known_below.items())[-MOST_BELOW:]),
            "started": self.started,
            "sweep": self.sweep,
            "todo": self.todo,
            "again": self.again,
        }

    # -- notifications -------------------------------------------------------------------------------------------------

    def notifications(self, task: Task) -> None:
        begin = max(self.since - OVERLAP, self.started - NOTIFICATIONS_KEPT) if self.since else self.backfill_from
        start = _number(task.get("start"))
        body = self.rest.get(
            "organizationalEntityNotifications",
            q="criteria",
            actions=urns.listed(ACTIONS),
            organizationalEntity=urns.encoded(self.ours),
            timeRange=f"(start:{begin},end:{self.started + OVERLAP})",
            start=start,
            count=PAGE_SIZE,
        )
        found = elements(body)
        if has_more(body, PAGE_SIZE):
            self.todo.insert(0, {"do": "notifications", "start": start + len(found) - SHIFT})
        by_post: dict[str, list[Task]] = {}
        for one in found:
            item = notification_item(one)
            if item.event_id in self.noted:
                continue
            self.noted.append(item.event_id)
            single = self._single(one)
            if single is None:
                self.items.append(item)
            else:
                by_post.setdefault(single["post"]["urn"], []).append(single)
        for post_urn, singles in by_post.items():
            self._read_new(post_urn, singles)

    def _single(self, value: Any) -> Task | None:
        """The task that reads the comment of a notification; None when the notification itself tells all there is."""
        try:
            if not isinstance(value, Mapping) or notifications.action_of(value) not in READ_SINGLY:
                return None
            urn, post = notifications.urn_of(value), notifications.post_of(value)
            is_edit = notifications.action_of(value) == "COMMENT_EDIT"
        except PayloadError:
            return None
        post["urn"] = post["urn"] or urns.parts(urn)[0]
        post["text"] = post["text"][:LONGEST_ROOT_TEXT]
        return {"do": "comment", "urn": urn, "post": post, "edit": is_edit} if urn else None

    def _read_new(self, post_urn: str, singles: list[Task]) -> None:
        """One by one when they are few; the list of the post when they are many, or when all posts are read anyway."""
        is_first = not self.since
        fresh = [task for task in singles if not task["edit"]]
        if is_first or len(fresh) > SINGLY:
            since = max(self.since - OVERLAP, 0) or self.backfill_from
            self._add({"do": "comments", "urn": post_urn, "post": singles[0]["post"], "since": since})
            singles = [] if is_first else [task for task in singles if task["edit"]]
        for task in singles:
            self._add(task)

    def _add(self, task: Task) -> None:
        """Unless it is on the list already: then that one goes back as far as both, and knows of the post what both do."""
        for known in self.todo:
            if known["do"] == task["do"] and known.get("urn") == task["urn"] and "start" not in known:
                known["since"] = min(_number(known.get("since")), _number(task.get("since")))
                known["post"] = {**(known.get("post") or {}), **(task.get("post") or {})}
                return
        self.todo.append(task)

    # -- posts and comments --------------------------------------------------------------------------------------------

    def posts(self, task: Task) -> None:
        start = _number(task.get("start"))
        body = self.rest.get(
            "posts", author=urns.encoded(self.ours), q="author", count=PAGE_SIZE, start=start, sortBy="LAST_MODIFIED"
        )
        found = elements(body)
        newest = 0
        for one in found:
            if not isinstance(one, Mapping):
                continue
            made, changed = (
                _number(one.get("publishedAt")) or _number(one.get("createdAt")),
                _number(one.get("lastModifiedAt")),
            )
            newest = max(newest, made, changed)
            urn = urns.post(values.loose(one.get("id")))
            if urn and max(made, changed) >= self.watched_from:
                since = max(self.swept - OVERLAP, 0) or self.backfill_from
                self._add({"do": "comments", "urn": urn, "post": _root_of(one, urn, made), "since": since})
        # Last changed first: a page without anything of our time has nothing for us behind it.
        if has_more(body, PAGE_SIZE) and newest >= self.watched_from:
            self.todo.append({"do": "posts", "start": start + len(found) - SHIFT})

    def comments(self, task: Task) -> None:
        """The top-level comments of a post, and a task for each below which something changed."""
        start, since = _number(task.get("start")), _number(task.get("since"))
        body = self.rest.get("socialActions", str(task.get("urn", "")), "comments", start=start, count=PAGE_SIZE)
        found = elements(body)
        is_past = bool(found)
        for one in found:
            changed = _changed(one)
            is_past = is_past and changed is not None and changed < since
            if changed is None or changed >= since:
                self._keep(one, task)
            self._look_below(one, task)
        if has_more(body, PAGE_SIZE) and not is_past:
            self.todo.append({**task, "start": start + len(found) - SHIFT})

    def _look_below(self, comment: Any, task: Task) -> None:
        """commentsSummary tells how many answers there are and names the newest: another summary means that there is news."""
        try:
            summary = (
                values.mapping(comment.get("commentsSummary"), "commentsSummary")
                if isinstance(comment, Mapping)
                else {}
            )
            urn = comments.urn_of(comment) if summary else ""
        except PayloadError:
            return
        total = summary.get("aggregatedTotalComments") or summary.get("totalFirstLevelComments")
        if not urn or not total:
            return
        stamp = values.digest(total, summary.get("selectedComments"))
        if self.known_below.pop(urn, "") != stamp:
            actor = comment.get("actor")
            below = {"do": "below", "urn": urn, "actor": actor if isinstance(actor, str) else "", "stamp": stamp}
            self._add({**below, "post": task.get("post"), "since": task.get("since")})
        else:
            self.known_below[urn] = stamp

    def below(self, task: Task) -> None:
        """The answers under one comment; what is ours speaks to whoever said something last before it."""
        start, since = _number(task.get("start")), _number(task.get("since"))
        urn = str(task.get("urn", ""))
        body = self.rest.get("socialActions", urn, "comments", start=start, count=PAGE_SIZE)
        found = elements(body)
        said = sorted((_made(one), str(one.get("actor", ""))) for one in found if isinstance(one, Mapping))
        top = str(task.get("actor", ""))
        for one in found:
            changed = _changed(one)
            if changed is None or changed >= since:
                self._keep(one, task, **self._answers(one, said, top))
        if has_more(body, PAGE_SIZE):
            self.todo.append({**task, "start": start + len(found) - SHIFT})
        elif task.get("stamp"):
            self.known_below[urn] = str(task["stamp"])

    def _answers(self, comment: Any, said: list[tuple[int, str]], top: str) -> dict[str, str]:
        if not isinstance(comment, Mapping) or urns.actor(values.loose(comment.get("actor"))) != self.ours:
            return {}
        before = [actor for at, actor in said if at < _made(comment) and urns.actor(actor) not in {"", self.ours}]
        resident = before[-1] if before else top
        return {"answers": "" if urns.actor(resident) == self.ours else resident}

    def comment(self, task: Task) -> None:
        """One comment that a notification named. An answer of ours is read with all around it, to know whom it is for."""
        post_urn, number = urns.parts(str(task.get("urn", "")))
        found = self.rest.get("socialActions", post_urn, "comments", number)
        parent = comments.parent_of(found)
        if parent and comments.is_ours(found, self.ours):
            self._add({"do": "around", "urn": parent, "post": task.get("post"), "since": _made(found)})
            return
        self._keep(found, task)

    def around(self, task: Task) -> None:
        """A top-level comment, for its author; then what is below it."""
        post_urn, number = urns.parts(str(task.get("urn", "")))
        found = self.rest.get("socialActions", post_urn, "comments", number)
        self._add({**task, "do": "below", "actor": values.loose(found.get("actor"))})

    def _keep(self, comment: Any, task: Task, **context: Any) -> None:
        self.items.append(comment_item(comment, post=task.get("post"), **context))


TASKS: dict[str, Callable[[Poll, Task], None]] = {
    "notifications": Poll.notifications,
    "posts": Poll.posts,
    "comments": Poll.comments,
    "below": Poll.below,
    "comment": Poll.comment,
    "around": Poll.around,
}


def _tasks(value: Any) -> list[Task]:
    """Tasks of a cursor; those of another version of this program are left out."""
    tasks = [dict(task) for task in value if isinstance(task, Mapping)] if isinstance(value, list) else []
    return [task for task in tasks if task.get("do") in TASKS]


def _root_of(post: Mapping[str, Any], urn: str, published: int) -> dict[str, Any]:
    """What comments need to know of their post: it travels in the cursor, so no more than that."""
    text = post.get("commentary")
    return {
        "urn": urn,
        "author": values.loose(post.get("author")),
        "text": plain(text)[:LONGEST_ROOT_TEXT] if isinstance(text, str) else "",
        "published": published or None,
    }


def _made(comment: Any) -> int:
    return _stamp(comment, "created") or 0


def _changed(comment: Any) -> int | None:
    """When a comment was made or last changed; None when it does not tell: then it is kept, for its parser to judge."""
    return _stamp(comment, "lastModified") or _stamp(comment, "created")


def _stamp(comment: Any, name: str) -> int | None:
    stamp = comment.get(name) if isinstance(comment, Mapping) else None
    return _number(stamp.get("time")) or None if isinstance(stamp, Mapping) else None


def _number(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e15 else 0
