"""Reading a page step by step: what was posted, commented, said in Messenger, and where the page is named.

The cursor is a list of things still to read plus, per stream, from when. One run reads the lists of posts, mentions and
conversations; whatever changed since is put on the list and read by itself. A run that is cut off goes on where it was.

{"feed": since, "tagged": since, "conversations": since   seconds since 1970, of the last run that ended
 "seen": {post id: updated_time}                          posts whose comments were read
 "started": seconds                                       of this run, the next `since`
 "todo": [task, ...]                                      empty between runs
 "again": [task, ...]}                                    whose answers could not be read; part of the next run

`paging.next` is never followed: it holds the token and the real host. Only `after` is taken from it.
"""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from channels.connectors.facebook import fields, people
from channels.connectors.facebook.bodies import graph_item
from channels.connectors.facebook.graph import Graph
from channels.errors import ConnectorError, Gone, Misconfigured, PayloadError
from channels.messages import Page, RawItem

STREAMS = ("feed", "conversations", "tagged")
REQUESTS_PER_CALL = 6
OVERLAP = 900  # seconds that are read again: lists lag behind, clocks differ, comments are edited
WATCHED_DAYS = 30  # comments under older posts come by webhook only
DEFAULT_BACKFILL_DAYS = 7
SLOW_DOWN_AT = 80  # percent of the allowance (Graph docs, rate limits)
PAGE_SIZE = 50
MOST_SEEN = 400
LONGEST_ROOT_TEXT = 5_000
MOST_TRIES = 20

AUTHOR = "from{id,name,picture{url}}"
ATTACHMENTS = "attachments{media_type,media,title,url,unshimmed_url,target,subattachments}"
POST_FIELDS = f"id,message,story,created_time,updated_time,permalink_url,status_type,is_hidden,{AUTHOR},{ATTACHMENTS}"
COMMENT_FIELDS = (
    f"id,message,created_time,permalink_url,is_hidden,can_hide,can_reply_privately,comment_count,attachment,{AUTHOR},"
    "parent{id,from{id,name},parent{id,parent{id,parent{id}}}}"
)
CONVERSATION_FIELDS = "id,updated_time,participants"
MESSAGE_FIELDS = "id,message,created_time,from,to,sticker,attachments{id,mime_type,name,image_data,video_data,file_url}"

Task = dict[str, Any]


class Poll:
    """One call of `FacebookConnector.poll`."""

    def __init__(self, graph: Graph, page_id: str, cursor: Mapping[str, Any], backfill_days: int) -> None:
        self.graph = graph
        self.page_id = page_id
        now = int(time.time())
        self.backfill_from = now - backfill_days * 86_400
        self.watched_from = now - max(WATCHED_DAYS, backfill_days) * 86_400
        self.since = {stream: _seconds(cursor.get(stream)) for stream in STREAMS}
        seen = cursor.get("seen")
        self.seen: dict[str, str] = dict(seen) if isinstance(seen, Mapping) else {}
        self.todo = _tasks(cursor.get("todo"))
        self.again = _tasks(cursor.get("again"))
        self.started = _seconds(cursor.get("started")) or now
        if not self.todo:
            self.started = now
            self.todo = [*({"do": stream} for stream in STREAMS), *self.again]
            self.again = []
        self.items: list[RawItem] = []
        self.read_at = datetime.now(UTC).isoformat()

    def run(self) -> Page:
        """Do tasks until the list is empty, the handful is used up, or the allowance gets scarce."""
        is_scarce = False
        for done in range(REQUESTS_PER_CALL):
            if not self.todo or is_scarce:
                break
            task = self.todo.pop(0)
            try:
                TASKS[str(task.get("do"))](self, task)
            except Gone as error:
                if task.get("do") in STREAMS:
                    raise Misconfigured(str(error), code="page_unlinked") from error
                # Deleted between the list and now: nothing to read any more.
            except ConnectorError as error:
                if isinstance(error, PayloadError) and task.get("do") not in STREAMS:
                    # One post or conversation whose answer can not be read stops nothing: it is told, and tried in later runs.
                    self._set_aside(task, error)
                    continue
                if not done:
                    raise
                # What was read so far is kept; the next call starts with what failed, and says so.
                self.todo.insert(0, task)
                break
            is_scarce = self.graph.usage >= SLOW_DOWN_AT
        return Page(items=tuple(self.items), cursor=self._cursor(), more=bool(self.todo) and not is_scarce)

    def _set_aside(self, task: Task, error: PayloadError) -> None:
        subject = fields.loose(task.get("id")) or fields.digest(task.get("post"))
        payload = {"what": "unreadable", "value": task, "error": error.reason}
        self.items.append(RawItem(event_id=f"unreadable:{task['do']}:{subject}", payload=payload))
        tries = _seconds(task.get("tries")) + 1
        if tries < MOST_TRIES:
            self.again.append({**task, "tries": tries})

    def _cursor(self) -> dict[str, Any]:
        since = {stream: self.since[stream] if self.todo else self.started for stream in STREAMS}
        newest = sorted(self.seen.items(), key=lambda pair: pair[1], reverse=True)[:MOST_SEEN]
        return {**since, "seen": dict(newest), "started": self.started, "todo": self.todo, "again": self.again}

    def _from(self, stream: str) -> int:
        """Since when this run reads a stream; the first run goes back as far as the backfill."""
        return max(self.since[stream] - OVERLAP, 0) or self.backfill_from

    def _read(self, path: str, task: Task, **args: Any) -> tuple[list[Mapping[str, Any]], str]:
        """One page of an edge: its objects, and `after` for the next ("" at the end)."""
        body = self.graph.call(path, **args, limit=PAGE_SIZE, after=task.get("after", ""))
        found = []
        for value in fields.listing(body.get("data"), "data"):
            if isinstance(value, Mapping):
                found.append(value)
            else:
                self.items.append(graph_item(value))  # kept, to be refused by its parser
        return found, after(body)

    def feed(self, task: Task) -> None:
        posts, more = self._read(f"{self.page_id}/feed", task, fields=POST_FIELDS, since=self.watched_from)
        since = self._from("feed")
        for post in posts:
            post_id = fields.loose(post.get("id"))
            created, updated = _time_of(post, "created_time"), _time_of(post, "updated_time")
            writer = post.get("from")
            is_own = isinstance(writer, Mapping) and fields.loose(writer.get("id")) == self.page_id
            if not is_own and max(created, updated) >= since:
                self.items.append(graph_item(post, "post", read_at=self.read_at))
            stamp = fields.loose(post.get("updated_time"))
            is_known = self.seen.get(post_id) == stamp and bool(stamp)
            if (post_id and max(created, updated) >= since) or (post_id and post_id in self.seen and not is_known):
                was_read_at = _time_of({"at": self.seen.get(post_id, "")}, "at")
                begin = min(since, was_read_at - OVERLAP) if was_read_at else since
                self.todo.append(
                    {
                        "do": "comments",
                        "post": _root_of(post),
                        "since": max(begin, self.backfill_from, 0),
                        "stamp": stamp,
                    }
                )
        if more and posts:
            self.todo.append({"do": "feed", "after": more})

    def comments(self, task: Task) -> None:
        post = task.get("post")
        post = post if isinstance(post, Mapping) else {}
        post_id = fields.loose(post.get("id"))
        comments, more = self._read(
            f"{post_id}/comments",
            task,
            fields=COMMENT_FIELDS,
            filter="stream",
            order="chronological",
            since=task.get("since", ""),
        )
        for comment in comments:
            self.items.append(graph_item(comment, "comment", post=post, read_at=self.read_at))
        if more and comments:
            self.todo.append({**task, "after": more})
        else:
            self.seen[post_id] = str(task.get("stamp", ""))

    def tagged(self, task: Task) -> None:
        since = self._from("tagged")
        posts, more = self._read(f"{self.page_id}/tagged", task, fields=POST_FIELDS, since=since)
        for post in posts:
            if max(_time_of(post, "created_time"), _time_of(post, "updated_time")) >= since:
                self.items.append(graph_item(post, "tagged", read_at=self.read_at))
        if more and posts and _time_of(posts[-1], "created_time") >= since:
            self.todo.append({"do": "tagged", "after": more})

    def conversations(self, task: Task) -> None:
        since = self._from("conversations")
        found, more = self._read(
            f"{self.page_id}/conversations", task, platform="messenger", fields=CONVERSATION_FIELDS
        )
        recent = [one for one in found if _time_of(one, "updated_time") >= since]
        for conversation in recent:
            if conversation_id := fields.loose(conversation.get("id")):
                resident = resident_of(conversation, self.page_id)
                self.todo.append({"do": "messages", "id": conversation_id, "resident": resident, "since": since})
        # Newest first: a page that ends before our time has nothing for us behind it.
        if more and found and len(recent) == len(found):
            self.todo.append({"do": "conversations", "after": more})

    def messages(self, task: Task) -> None:
        since = _seconds(task.get("since"))
        found, more = self._read(f"{fields.loose(task.get('id'))}/messages", task, fields=MESSAGE_FIELDS)
        recent = [one for one in found if _time_of(one, "created_time") >= since or "created_time" not in one]
        for message in recent:
            resident = task.get("resident", "")
            self.items.append(graph_item(message, "message", resident_id=resident, read_at=self.read_at))
        if more and found and len(recent) == len(found):
            self.todo.append({**task, "after": more})


TASKS: dict[str, Callable[[Poll, Task], None]] = {
    "feed": Poll.feed,
    "comments": Poll.comments,
    "tagged": Poll.tagged,
    "conversations": Poll.conversations,
    "messages": Poll.messages,
}


def _tasks(value: Any) -> list[Task]:
    """Tasks of a cursor; those of another version of this program are left out."""
    tasks = [dict(task) for task in value if isinstance(task, Mapping)] if isinstance(value, list) else []
    return [task for task in tasks if task.get("do") in TASKS]


def after(body: Mapping[str, Any]) -> str:
    """The cursor of the next page; "" at the end, which is where `next` is absent."""
    paging = body.get("paging")
    if not isinstance(paging, Mapping) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    found = cursors.get("after") if isinstance(cursors, Mapping) else None
    return found if isinstance(found, str) else ""


def resident_of(conversation: Mapping[str, Any], page_id: str) -> str:
    """The page-scoped id of whoever the conversation is with; "" when it does not tell."""
    try:
        people_in_it = [people.author(one) for one in fields.edge(conversation.get("participants"), "participants")]
    except PayloadError:
        return ""
    return next((one.external_id for one in people_in_it if one.external_id not in {"", page_id}), "")


def _root_of(post: Mapping[str, Any]) -> dict[str, Any]:
    """What comments need to know of their post: it travels in the cursor, so no more than that."""
    kept = {
        key: post[key]
        for key in ("id", "message", "story", "created_time", "permalink_url", "status_type", "from", "attachments")
        if key in post
    }
    if isinstance(kept.get("message"), str):
        kept["message"] = kept["message"][:LONGEST_ROOT_TEXT]
    return kept


def _time_of(value: Mapping[str, Any], name: str) -> int:
    """Seconds since 1970, 0 when there is no such time."""
    try:
        found = fields.moment(value.get(name), name)
    except PayloadError:
        return 0
    return int(found.timestamp()) if found else 0


def _seconds(value: Any) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11 else 0
