"""Which conversations are worth a search: those under our own posts, and those in which someone spoke to us.

Bounded: the ones that were busy last, within the seven days that search reaches back.
"""

from collections.abc import Mapping
from typing import Any

from channels.connectors.twitter import posts, values
from channels.connectors.twitter.people import Includes, includes
from channels.errors import PayloadError
from channels.messages import Account

MOST_WATCHED = 36
PER_QUERY = 12  # "conversation_id:" and 19 digits, with OR between, within 512 characters
WATCHED_SECONDS = 7 * 86_400
MOST_PEOPLE = 20


class Watch:
    """`entries` is what the cursor keeps, by conversation; see `polling`."""

    def __init__(self, kept: Any, now: int) -> None:
        self.now = now
        self.entries: dict[str, dict[str, Any]] = {}
        for conversation, entry in (kept if isinstance(kept, Mapping) else {}).items():
            if isinstance(entry, Mapping) and isinstance(entry.get("at"), int):
                self.entries[str(conversation)] = dict(entry)

    def kept(self) -> dict[str, dict[str, Any]]:
        fresh = [(c, e) for c, e in self.entries.items() if e["at"] > self.now - WATCHED_SECONDS]
        return dict(sorted(fresh, key=lambda pair: pair[1]["at"], reverse=True)[:MOST_WATCHED])

    def groups(self) -> list[list[str]]:
        """Conversations per search, those that were read equally far together."""
        ordered = sorted(self.kept(), key=lambda one: int(self.entries[one].get("since") or 0))
        return [ordered[start : start + PER_QUERY] for start in range(0, len(ordered), PER_QUERY)]

    def since(self, group: list[str]) -> str:
        """From which id all of `group` must be read; "" when that is unknown."""
        found = [str(self.entries.get(one, {}).get("since") or "") for one in group]
        return min(found, key=int) if found and all(found) else ""

    def advance(self, group: list[str], newest: str) -> None:
        for one in group:
            if newest and one in self.entries:
                self.entries[one]["since"] = max(newest, str(self.entries[one].get("since") or "0"), key=int)

    def learn(self, post: posts.Post | None, along: Any, account: Account) -> None:
        """`post` shows that its conversation is ours, or that someone in it speaks with us."""
        if post is None or not post.conversation_id or post.is_repost:
            return
        known = _includes(along)
        us = account.external_id
        is_ours = _root_author(post, known) == us
        if not is_ours and post.author_id == us:
            partner = post.answers_user
        elif not is_ours and posts.addresses(post, known, account):
            partner = post.author_id
        else:
            partner = ""
        entry = self.entries.get(post.conversation_id)
        if entry is None:
            if not is_ours and not partner:
                return
            # All answers are newer than the post above them.
            entry = self.entries[post.conversation_id] = {"at": 0, "since": post.conversation_id}
        at = values.time_of(post.id)
        entry["at"] = max(entry["at"], int(at.timestamp()) if at else self.now)
        if is_ours:
            entry["ours"] = True
        people: list[str] = list(entry["with"]) if isinstance(entry.get("with"), list) else []
        if partner and partner != us and partner not in people:
            entry["with"] = [*people, partner][-MOST_PEOPLE:]

    def concerns(self, post: posts.Post | None, account: Account) -> bool:
        """Is a post that a search found for us: under our own post, to us, or by one who spoke to us there."""
        if post is None:
            return True  # its parser says what is wrong with it
        entry = self.entries.get(post.conversation_id, {})
        people = entry.get("with")
        return (
            entry.get("ours") is True
            or post.author_id in {"", account.external_id}
            or (isinstance(people, list) and post.author_id in people)
            or posts.addresses(post, Includes(), account)
        )


def _includes(along: Any) -> Includes:
    try:
        return includes(along)
    except PayloadError:
        return Includes()


def _root_author(post: posts.Post, known: Includes) -> str:
    if post.is_root:
        return post.author_id
    found = known.posts.get(post.conversation_id, {}).get("author_id")
    return found if isinstance(found, str) else ""
