"""The town goes on: now and then somebody writes, and whoever is answered may write again."""

import asyncio
import json
import logging
import random
import time
from datetime import datetime

from sandbox.accounts import FACEBOOK, LINKEDIN, TWITTER
from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.town.rhythm import HERE, quietness
from sandbox.town.texts_own import POSTS
from sandbox.town.writing import PICTURE_OF, Writer
from sandbox.world import Happening, World

logger = logging.getLogger(__name__)
KINDS = (
    (TWITTER, "mention", 22), (TWITTER, "reply", 8), (TWITTER, "dm", 9), (FACEBOOK, "comment", 24), (FACEBOOK, "visitor_post", 6),
    (FACEBOOK, "mention", 2), (FACEBOOK, "dm", 14), (LINKEDIN, "comment", 12), (LINKEDIN, "mention", 1),
)  # fmt: skip
FOLLOW_UP_CHANCE = 0.55
FOLLOW_UP_AFTER = (6_000, 45_000)  # milliseconds
READ_AFTER = 2_500
REACTIONS = (1, 4)  # to a new post of the municipality
REACT_AFTER = (4_000, 90_000)  # milliseconds
REACTS_TO = {"api"}  # what Balie sent; the history and answers from elsewhere are left in peace


class Life:
    """`run` for as long as the server lives. Nothing happens while the pace is 0."""

    def __init__(self, world: World, rng: random.Random | None = None) -> None:
        self.world = world
        self.rng = rng or random.Random()
        self.writer = Writer(self.rng)
        self.next_at = 0.0
        world.listeners.append(self.notice)

    @property
    def pace(self) -> float:
        return float(self.world.state.setting("pace", 0))

    async def run(self) -> None:
        self._plan_next()
        while True:
            await asyncio.sleep(0.5)
            try:
                self.do_planned()
                if self.pace and time.monotonic() >= self.next_at:
                    self.somebody_writes()
                    self._plan_next()
            except Exception:
                logger.exception("the town stumbled")

    def _plan_next(self) -> None:
        slower = quietness(datetime.now(HERE).hour)
        self.next_at = time.monotonic() + max(self.pace, 1.0) * slower * self.rng.uniform(0.5, 1.5)

    # -- spontaneous ---------------------------------------------------------------------------------------------------

    def somebody_writes(self) -> Row | None:
        """One new message by somebody, somewhere; None in a town without people."""
        rng = self.rng
        who = self._some_resident()
        if who is None:
            return None
        platform, kind, _ = rng.choices(KINDS, [weight for _, _, weight in KINDS])[0]
        subject = self.writer.pick_subject()
        picture = PICTURE_OF.get(subject, "") if rng.random() < 0.12 else ""
        if kind in {"reply", "comment"}:
            post = self.world.newest_post(platform) if rng.random() < 0.5 else self._some_post(platform)
            return self._react(post, who, subject, picture)
        text = self.writer.matter(
            subject, who["language"], longest=255 if platform == TWITTER and kind == "mention" else 2_000
        )
        if kind == "mention":
            text = f"@gem_eikenrode {text}" if platform == TWITTER else f"{text} – met Gemeente Eikenrode"
        return self.world.add(platform, kind, text, resident=who, attachment=picture, origin="town")

    def _react(self, post: Row, who: Row, subject: str, picture: str = "") -> Row:
        """`who` says something under a post."""
        platform = post["platform"]
        found = next(((about, reactions) for about, text, reactions in POSTS if text == post["text"]), None)
        text = (
            self.writer.reaction(found[0], found[1], who["language"])
            if found
            else self.writer.matter(subject, who["language"])
        )
        if platform == TWITTER and self.rng.random() < 0.7:
            text = f"@gem_eikenrode {text}"
        kind = "reply" if platform == TWITTER else "comment"
        return self.world.add(platform, kind, text, resident=who, parent=post, attachment=picture, origin="town")

    def _some_resident(self) -> Row | None:
        return self.world.state.row("SELECT * FROM residents WHERE gone = 0 ORDER BY random() LIMIT 1")

    def _some_post(self, platform: str) -> Row:
        found = self.world.state.row(
            "SELECT * FROM (SELECT * FROM items WHERE platform = ? AND kind = 'post' AND deleted = 0 ORDER BY created DESC LIMIT 5) "
            "ORDER BY random() LIMIT 1",
            platform,
        )
        return found if found is not None else self.world.newest_post(platform)

    # -- reacting ------------------------------------------------------------------------------------------------------

    def notice(self, happening: Happening) -> None:
        """An answer arrived: it is delivered and read; and perhaps the resident writes again. A new post gets reactions."""
        item = happening.item
        if happening.kind != "created" or item["resident"] or item["origin"] not in REACTS_TO or not self.pace:
            return
        now = now_ms()
        if item["platform"] == FACEBOOK and item["kind"] == "dm":
            self._plan(now + 600, item, "delivered")
            self._plan(now + READ_AFTER, item, "read")
        if item["kind"] == "post":
            for _ in range(self.rng.randint(*REACTIONS)):
                self._plan(now + self.rng.randint(*REACT_AFTER), item, "react")
        if item["contact"] and self.rng.random() < FOLLOW_UP_CHANCE:
            self._plan(now + self.rng.randint(*FOLLOW_UP_AFTER), item, "follow up")

    def _plan(self, at: int, item: Row, act: str) -> None:
        self.world.state.insert("plans", at=at, data=json.dumps({"item": item["seq"], "act": act}))

    def do_planned(self) -> None:
        for plan in self.world.state.rows("SELECT * FROM plans WHERE at <= ? ORDER BY at", now_ms()):
            data = json.loads(plan["data"])
            with self.world.state.writing():
                self.world.state.run("DELETE FROM plans WHERE id = ?", plan["id"])
                item = self.world.state.item_at(data["item"])
                if item is None or item["deleted"]:
                    continue
                if data["act"] == "follow up":
                    self._follow_up(item)
                elif data["act"] == "react":
                    if (who := self._some_resident()) is not None:
                        self._react(item, who, self.writer.pick_subject())
                else:
                    self.world.note(item, data["act"])

    def _follow_up(self, item: Row) -> None:
        who = self.world.state.resident(item["contact"])
        if who is None or who["gone"]:
            return
        platform, (_mood, text) = item["platform"], self.writer.follow_up()
        if item["kind"] == "dm":
            self.world.add(platform, "dm", text, resident=who, origin="town")
            return
        parent = item
        if platform == LINKEDIN and item["parent"] != item["root"]:
            above = self.world.state.item(LINKEDIN, item["parent"])
            parent = above if above is not None else item
        text = f"@gem_eikenrode {text}" if platform == TWITTER else text
        self.world.add(platform, item["kind"], text, resident=who, parent=parent, origin="town")
