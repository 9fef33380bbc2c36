"""Thirty days of a town in one go: posts of ours with threads, mentions, direct messages, answers, edits, deletions."""

import random

from sandbox.accounts import FACEBOOK, LINKEDIN, TWITTER
from sandbox.ids import now_ms
from sandbox.state import Row
from sandbox.town.people import settle
from sandbox.town.rhythm import DAY_MS, HOUR_MS, in_office_hours, moment
from sandbox.town.texts_own import POSTS
from sandbox.town.writing import PICTURE_OF, Writer
from sandbox.world import World

SEED = 48_210  # residents of Eikenrode, and the start of all chance
POSTS_PER_PLATFORM = 16
# Of 30 days; a shorter town gets its share.
NEW = {
    (TWITTER, "mention"): 128, (TWITTER, "dm"): 34, (FACEBOOK, "visitor_post"): 44, (FACEBOOK, "mention"): 16,
    (FACEBOOK, "dm"): 62, (LINKEDIN, "mention"): 9,
}  # fmt: skip
COMMENTS = {TWITTER: 45, FACEBOOK: 160, LINKEDIN: 72}
EDITED, DELETED, HIDDEN = 0.022, 0.05, 0.03


class Seeding:
    def __init__(self, world: World, days: int) -> None:
        self.world, self.days = world, days
        self.rng = random.Random(SEED)
        self.writer = Writer(self.rng)
        self.now = now_ms()
        self.people = settle(world, self.rng, days)
        # A few write often, most once.
        self.weights = [1.0 / (1 + number % 97) + 0.05 for number in range(len(self.people))]

    def share(self, number: int) -> int:
        return max(1, round(number * min(self.days / 30, 1)))

    def anybody(self) -> Row:
        return self.rng.choices(self.people, self.weights)[0]

    def run(self) -> None:
        for platform in (TWITTER, FACEBOOK, LINKEDIN):
            self.own_posts(platform)
        for (platform, kind), number in NEW.items():
            for _ in range(self.share(number)):
                self.conversation(platform, kind)

    def say(self, platform: str, kind: str, text: str, at: int, **more: object) -> Row:
        item = self.world.add(platform, kind, text, at=at, is_live=False, origin="town", **more)  # type: ignore[arg-type]
        is_resident = bool(item["resident"])
        dice = self.rng.random()
        if is_resident and dice < EDITED and platform != LINKEDIN and kind != "dm":
            later = min(at + self.rng.randint(60_000, 1_500_000), self.now - 30_000)
            if later > at:
                item = self.world.edit(
                    item, text + self.rng.choice((" (aangepast)", " Edit: typefout.", " 🙂")), at=later, is_live=False
                )
        return item

    def moderate(self, item: Row) -> None:
        """Some words are taken back, some are hidden; only at the end of a thread, so that nothing hangs in the air."""
        at = min(item["created"] + self.rng.randint(10 * 60_000, DAY_MS), self.now - 10_000)
        dice = self.rng.random()
        if item["kind"] != "dm" and dice < DELETED:
            self.world.delete(item, at=at, is_live=False)
        elif item["platform"] == FACEBOOK and item["kind"] == "comment" and dice < DELETED + HIDDEN:
            self.world.hide(item, True, at=at, is_live=False)

    def picture(self, subject: str) -> str:
        return PICTURE_OF.get(subject, "") if self.rng.random() < 0.16 else ""

    # -- our posts and what stands below them --------------------------------------------------------------------------

    def own_posts(self, platform: str) -> None:
        chosen = [POSTS[(number + len(platform)) % len(POSTS)] for number in range(self.share(POSTS_PER_PLATFORM))]
        step = self.days * DAY_MS // len(chosen)
        made: list[tuple[Row, str, tuple[str, ...]]] = []
        for number, (subject, text, reactions) in enumerate(chosen):
            at = self.now - self.days * DAY_MS + number * step + self.rng.randrange(step // 2 + 1) + HOUR_MS
            at = min(at, self.now - 2 * HOUR_MS)
            picture = PICTURE_OF.get(subject, "") if self.rng.random() < 0.4 else ""
            made.append((self.say(platform, "post", text, at, attachment=picture), subject, reactions))
        for _ in range(self.share(COMMENTS[platform])):
            # The newest posts draw the most comments.
            post, subject, reactions = self.rng.choices(made, [1 + number for number in range(len(made))])[0]
            self.comment_thread(platform, post, subject, reactions)

    def comment_thread(self, platform: str, post: Row, subject: str, reactions: tuple[str, ...]) -> None:
        who = self.anybody()
        age = (self.now - post["created"]) / DAY_MS
        at = post["created"] + int(self.rng.expovariate(1 / (0.25 * max(age, 0.3))) * DAY_MS) + 120_000
        if at > self.now - 120_000:
            at = moment(self.rng, self.now, max(age, 1.0))
            at = max(at, post["created"] + 60_000)
        text = self.writer.reaction(subject, reactions, who["language"])
        kind = "reply" if platform == TWITTER else "comment"
        if platform == TWITTER and self.rng.random() < 0.6:
            text = f"@gem_eikenrode {text}"
        first = self.say(platform, kind, text, at, resident=who, parent=post, attachment=self.picture(subject))
        last = first
        if self.rng.random() < 0.22:
            last = self.bystander(platform, kind, first)
        if self.rng.random() < self.chance_of_answer(at):
            last = self.answered(platform, kind, first, subject, who)
        if last["resident"]:
            self.moderate(last)

    def bystander(self, platform: str, kind: str, first: Row) -> Row:
        """Another resident joins in, sometimes a third, one level deeper (LinkedIn has two levels)."""
        last, depth = first, 0
        while depth < 3 and (depth == 0 or self.rng.random() < 0.3):
            at = last["created"] + self.rng.randint(90_000, 5 * HOUR_MS)
            if at > self.now - 60_000:
                break
            above = self.world.state.resident(last["resident"]) if last["resident"] else None
            parent = first if platform == LINKEDIN else last
            last = self.say(platform, kind, self.writer.chatter(above), at, resident=self.anybody(), parent=parent)
            depth += 1
        return last

    # -- conversations -------------------------------------------------------------------------------------------------

    def chance_of_answer(self, at: int) -> float:
        age = self.now - at
        if age < 10 * HOUR_MS:
            return 0.12
        return 0.5 if age < 48 * HOUR_MS else 0.84

    def conversation(self, platform: str, kind: str) -> None:
        who, subject = self.anybody(), self.writer.pick_subject()
        if kind == "dm" and subject in {"compliment", "spam"}:
            subject = "balie"
        at = moment(self.rng, self.now, self.days)
        text = self.writer.matter(
            subject, who["language"], longest=255 if platform == TWITTER and kind != "dm" else 2_000
        )
        if platform == TWITTER and kind == "mention":
            text = self.rng.choice((f"@gem_eikenrode {text}", f"@gem_eikenrode {text}", f"{text} @gem_eikenrode"))
        elif kind == "mention":
            text = f"{text} #eikenrode" if platform == LINKEDIN else f"{text} – met Gemeente Eikenrode"
        first = self.say(platform, kind, text, at, resident=who, attachment=self.picture(subject))
        if kind == "dm" and self.rng.random() < 0.3:
            extra = (
                self.writer.follow_up()[1]
                if self.rng.random() < 0.3
                else "Het gaat om mijn eigen adres, dat stuur ik liever hier."
            )
            first = self.say(platform, "dm", extra, min(at + 45_000, self.now - 1_000), resident=who)
        answer_kind = {TWITTER: "reply", FACEBOOK: "comment", LINKEDIN: "comment"}[platform] if kind != "dm" else "dm"
        is_answered = subject != "spam" and self.rng.random() < self.chance_of_answer(at)
        last = self.answered(platform, answer_kind, first, subject, who) if is_answered else first
        if last["resident"]:
            self.moderate(last)

    def answered(self, platform: str, kind: str, first: Row, subject: str, who: Row) -> Row:
        """The municipality answers, the resident perhaps again, up to three rounds. Returns the last thing said."""
        last, rounds, mood = first, 0, ""
        while rounds < 3:
            at = in_office_hours(self.rng, last["created"])
            if at > self.now - 60_000:
                return last
            text = self.writer.afterwards(mood) if mood else self.writer.answer(subject, who["language"])
            parent = first if platform == LINKEDIN else last
            if kind == "dm":
                last = self.say(platform, "dm", text, at, to=who)
            else:
                text = f"@{who['handle']} {text}" if platform == TWITTER else text
                last = self.say(platform, kind, text, at, parent=parent)
            rounds += 1
            back = at + self.rng.randint(4 * 60_000, 9 * HOUR_MS)
            if self.rng.random() > 0.42 or back > self.now - 60_000:
                return last
            mood, said = self.writer.follow_up()
            if kind == "dm":
                last = self.say(platform, "dm", said, back, resident=who)
            else:
                said = f"@gem_eikenrode {said}" if platform == TWITTER else said
                last = self.say(
                    platform, kind, said, back, resident=who, parent=first if platform == LINKEDIN else last
                )
            if self.rng.random() < 0.5:
                return last
        return last


def seed(world: World, days: int) -> None:
    """A town of `days` days; 0 is an empty one, with the accounts of the municipality only."""
    if days > 0:
        Seeding(world, days).run()
