"""What can happen on a platform, whoever does it: an API call, the trainer, the town's own life.

Each act writes the item and a line in the log of events in one transaction, then tells the listeners (webhooks, open
pages, residents who react).
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.accounts import FACEBOOK, HANDLE, LINKEDIN, PAGE, TWITTER, X_USER
from sandbox.ids import digits, letters, linkedin_id, now_ms, snowflake
from sandbox.state import Row, State

OWN_KINDS = ("post", "reply", "comment", "dm")
NAMES_US = re.compile(rf"(?<![\w@])@{HANDLE}\b", re.IGNORECASE)
FIRST_FACEBOOK_NUMBER = 901_000_000_000_000


class Refused(Exception):
    """The act is impossible; the text says why, in words for a trainer or a test."""


@dataclass(frozen=True)
class Settings:
    """`url` is the sandbox's own address, without trailing slash; `balie` that of the product, "" without webhooks."""

    state: str = "var/sandbox.sqlite3"
    url: str = "http://127.0.0.1:8001"
    balie: str = ""
    pace: float = 20.0
    seed_days: int = 30
    hang: float = 60.0  # how long a fault lets a caller wait, in seconds


@dataclass(frozen=True)
class Happening:
    """A line of the log: `kind` is created, edited, deleted, hidden, unhidden, delivered, read or revoked."""

    seq: int
    platform: str
    kind: str
    item: Row
    at: int
    data: dict[str, Any]


class World:
    def __init__(self, state: State, settings: Settings) -> None:
        self.state = state
        self.settings = settings
        self.listeners: list[Callable[[Happening], None]] = []

    # -- people --------------------------------------------------------------------------------------------------------

    def add_resident(self, name: str, handle: str, *, at: int | None = None, **more: Any) -> Row:
        """A new resident with ids on every platform that belong to the handle for ever."""
        birth = 1_300_000_000_000 + int(digits(11, handle, "born"))
        number = self.state.insert(
            "residents",
            name=name,
            handle=handle,
            x_id=str(snowflake(birth, int(digits(6, handle, "x")))),
            fb_id=digits(16, handle, "facebook"),
            psid=digits(16, handle, "messenger"),
            li_id="urn:li:person:" + letters(10, handle, "linkedin"),
            created=at or now_ms(),
            **more,
        )
        self.state.forget_residents()
        found = self.state.resident(number)
        assert found is not None
        return found

    def find_resident(self, who: str) -> Row | None:
        """By handle (with or without @), number, name, or an id of any platform."""
        who = who.strip().removeprefix("@")
        number = int(who) if who.isdecimal() and len(who) < 9 else -1
        return self.state.row(
            "SELECT * FROM residents WHERE handle = ? OR id = ? OR name = ? OR x_id = ? OR fb_id = ? OR psid = ? OR li_id = ? LIMIT 1",
            who, number, who, who, who, who, who,
        )  # fmt: skip

    def resident_named(self, who: str) -> Row:
        """The resident; a new one when nobody is called so."""
        if not who.strip():
            raise Refused("A resident needs a name.")
        found = self.find_resident(who)
        if found is not None:
            return found
        name = who.strip().removeprefix("@")[:60]
        handle = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_")[:14] or "inwoner"
        free = handle
        number = 1
        while self.state.row("SELECT 1 FROM residents WHERE handle = ?", free):
            number += 1
            free = f"{handle[:11]}_{number}"
        return self.add_resident(name if " " in name or not name.islower() else name.capitalize(), free)

    # -- saying --------------------------------------------------------------------------------------------------------

    def add(
        self,
        platform: str,
        kind: str,
        text: str,
        *,
        resident: Row | None = None,
        to: Row | None = None,
        parent: Row | None = None,
        attachment: str = "",
        origin: str = "resident",
        metadata: str = "",
        at: int | None = None,
        is_live: bool = True,
    ) -> Row:
        """Something is said: by `resident`, or by the municipality when None. `to` is the other one in a direct message.

        `kind`: post (ours), mention, reply (X), comment (Facebook, LinkedIn), visitor_post (Facebook), dm.
        Raises Refused when the parent or the other one is missing.
        """
        state, at = self.state, at or now_ms()
        if kind in {"reply", "comment"} and parent is None:
            raise Refused(f"A {kind} needs something to answer.")
        contact = resident if resident is not None else to
        if contact is None and parent is not None and parent["resident"]:
            contact = state.resident(parent["resident"])
        with state.writing():
            item_id, root, thread = self._place(platform, kind, resident, contact, parent, at, is_live)
            seq = state.insert(
                "items",
                platform=platform, kind=kind, id=item_id, resident=resident["id"] if resident else 0, text=text,
                parent=parent["id"] if parent is not None else "", root=root, thread=thread, created=at, updated=at,
                attachment=attachment, origin=origin, metadata=metadata, contact=contact["id"] if contact else 0,
                mentions=int(bool(NAMES_US.search(text))),
            )  # fmt: skip
            if platform == LINKEDIN and kind != "comment":
                number = item_id.rpartition(":")[2]
                state.insert("aliases", platform=platform, id=activity_of(number), item=seq)
            if root and root != item_id:
                state.run(
                    "UPDATE items SET updated = max(updated, ?) WHERE platform = ? AND id = ?", at, platform, root
                )
            item = state.item_at(seq)
            assert item is not None
            happening = self._log(item, "created", at)
            if is_live:
                self._tell(happening)
        return item

    def _place(
        self, platform: str, kind: str, resident: Row | None, contact: Row | None, parent: Row | None, at: int, is_live: bool
    ) -> tuple[str, str, str]:  # fmt: skip
        """(id, root, thread) of a new item."""
        state = self.state
        if kind == "dm" and contact is None:
            raise Refused("A direct message needs a resident.")
        if platform == TWITTER:
            count = state.next_number("count", 0)
            number = state.next_number("twitter", snowflake(at, 0)) if is_live else snowflake(at, count)
            if kind == "dm":
                assert contact is not None
                return str(number), "", x_thread(contact)
            return str(number), parent["root"] if parent is not None else str(number), ""
        if platform == FACEBOOK:
            if kind == "dm":
                assert contact is not None
                count = state.next_number("count", 0)
                return "m_" + letters(64, "message", at, count, contact["id"]), "", fb_thread(contact)
            number = FIRST_FACEBOOK_NUMBER + 37 * state.next_number("facebook", 1)
            if parent is not None:
                post = parent["root"]
                return f"{post.rpartition('_')[2]}_{number}", post, ""
            owner = resident["fb_id"] if kind == "mention" and resident is not None else PAGE
            return f"{owner}_{number}", f"{owner}_{number}", ""
        if platform == LINKEDIN:
            count = state.next_number("count", 0)
            number = state.next_number("linkedin", linkedin_id(at, 0)) if is_live else linkedin_id(at, count)
            if kind == "dm":
                raise Refused("LinkedIn has no direct messages for pages.")
            if parent is not None:
                return f"urn:li:comment:({activity_of_root(parent['root'])},{number})", parent["root"], ""
            return f"urn:li:share:{number}", f"urn:li:share:{number}", ""
        raise Refused(f"There is no platform {platform}.")

    # -- changing ------------------------------------------------------------------------------------------------------

    def edit(self, item: Row, text: str, *, at: int | None = None, is_live: bool = True) -> Row:
        """New text. On X the edited post gets a new id; the old one leads to it."""
        state, at = self.state, at or now_ms()
        history = [*json.loads(item["history"]), {"id": item["id"], "text": item["text"], "at": item["updated"]}]
        with state.writing():
            new_id = item["id"]
            if item["platform"] == TWITTER and item["kind"] != "dm":
                number = (
                    state.next_number("twitter", snowflake(at, 0))
                    if is_live
                    else snowflake(at, state.next_number("count", 0))
                )
                new_id = str(number)
                state.insert("aliases", platform=TWITTER, id=item["id"], item=item["seq"])
            state.run(
                "UPDATE items SET id = ?, text = ?, updated = ?, history = ?, mentions = ? WHERE seq = ?",
                new_id, text, at, json.dumps(history), int(bool(NAMES_US.search(text))), item["seq"],
            )  # fmt: skip
            return self._changed(item, "edited", at, is_live)

    def delete(self, item: Row, *, at: int | None = None, by_us: bool = False, is_live: bool = True) -> Row:
        at = at or now_ms()
        with self.state.writing():
            self.state.run("UPDATE items SET deleted = ?, updated = ? WHERE seq = ?", at, at, item["seq"])
            return self._changed(item, "deleted", at, is_live, {"by_us": by_us})

    def hide(self, item: Row, is_hidden: bool, *, at: int | None = None, is_live: bool = True) -> Row:
        at = at or now_ms()
        with self.state.writing():
            self.state.run("UPDATE items SET hidden = ? WHERE seq = ?", int(is_hidden), item["seq"])
            return self._changed(item, "hidden" if is_hidden else "unhidden", at, is_live, {"by_us": True})

    def note(self, item: Row, kind: str) -> None:
        """Something that changes no text: "delivered" and "read" (of our messages), "revoked"."""
        with self.state.writing():
            self._tell(self._log(item, kind, now_ms()))

    def _changed(
        self, item: Row, kind: str, at: int, is_live: bool, data: dict[str, Any] | None = None
    ) -> Row:  # fmt: skip
        found = self.state.item_at(item["seq"])
        assert found is not None
        happening = self._log(found, kind, at, data)
        if is_live:
            self._tell(happening)
        return found

    def _log(self, item: Row, kind: str, at: int, data: dict[str, Any] | None = None) -> Happening:
        seq = self.state.insert(
            "events", platform=item["platform"], kind=kind, item=item["seq"], at=at, data=json.dumps(data or {})
        )
        return Happening(seq, item["platform"], kind, item, at, data or {})

    def _tell(self, happening: Happening) -> None:
        for listener in self.listeners:
            listener(happening)

    # -- reading -------------------------------------------------------------------------------------------------------

    def newest_post(self, platform: str) -> Row:
        """Our newest own post, made when there is none yet (an empty town)."""
        found = self.state.row(
            "SELECT * FROM items WHERE platform = ? AND kind = 'post' AND deleted = 0 ORDER BY created DESC LIMIT 1",
            platform,
        )
        if found is not None:
            return found
        return self.add(platform, "post", "Welkom bij Gemeente Eikenrode. Stel hier gerust uw vraag.", origin="town")

    def last_from(self, platform: str, resident: Row, *, kind: str = "dm") -> int:
        """When the resident last wrote to us in this kind; 0 never."""
        found = self.state.value(
            "SELECT max(created) FROM items WHERE platform = ? AND resident = ? AND kind = ?",
            platform, resident["id"], kind,
        )  # fmt: skip
        return int(found or 0)


def x_thread(resident: Row) -> str:
    smaller, larger = sorted((int(resident["x_id"]), int(X_USER)))
    return f"{smaller}-{larger}"


def fb_thread(resident: Row) -> str:
    return "t_" + digits(15, resident["psid"], "thread")


def activity_of(share_number: str) -> str:
    """The activity that LinkedIn makes beside every share: another number of about the same moment."""
    return f"urn:li:activity:{int(share_number) + 403_430_401}"


def activity_of_root(share_urn: str) -> str:
    return activity_of(share_urn.rpartition(":")[2])
