"""How a post will look on each platform: its parts with their lengths, where the platform folds a text, and how it lays out
pictures. Drawn by us, in our own colours; what is counted is counted by the platform's own rules."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from calendar_app.content import capabilities_of, content_of, link_of, pictures_of, tagged_link
from calendar_app.models import MediaItem, PostTarget
from calendar_app.models.posts import STARTED
from calendar_app.validation import Problem, problems_of
from channels.connectors.texts import with_link
from channels.platforms import Platform
from channels.registry import CONNECTORS

# After about how many characters a reader has to ask for the rest. What is not named here shows all of it.
FOLDS = {Platform.FACEBOOK: 477, Platform.LINKEDIN: 210}
# How many pictures a platform lays out before it writes "+2" over the last one.
GRIDS = {Platform.TWITTER: 4, Platform.FACEBOOK: 5, Platform.LINKEDIN: 5}
DEFAULT_GRID = 4
LINK_SHOWN = 26  # characters of an address

# What platforms show as something to click: addresses, and names and subjects with their sign.
_MARKED = re.compile(r"https?://\S{3,600}|(?<![\w/])[#@]\w{1,100}")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text; `kind` is "plain", or "mark" for what the platform shows as a link."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class PartShown:
    """One part of a post: what is seen at once, what is behind "more", and what does not fit. Lengths are the platform's."""

    number: int
    seen: tuple[Piece, ...]
    folded: tuple[Piece, ...]
    over: str
    length: int
    longest: int  # 0: no limit is known

    @property
    def left(self) -> int:
        return self.longest - self.length

    @property
    def excess(self) -> int:
        return max(self.length - self.longest, 0) if self.longest else 0

    @property
    def is_near(self) -> bool:
        return 0 <= self.left <= max(self.longest // 14, 5)


@dataclass(frozen=True, slots=True)
class PictureShown:
    alt: str
    pk: int | None  # of the item in the library


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    target: PostTarget
    parts: tuple[PartShown, ...]
    card: str  # the host of a link that stands beside the text; empty when there is none
    link: str  # the link as it goes out, with its tags
    is_tagged: bool
    pictures: tuple[PictureShown, ...]
    grid: int  # how many of them are laid out
    problems: Sequence[Problem] = field(default_factory=tuple)
    is_sent: bool = False  # what went out, no longer what is written

    @property
    def platform(self) -> str:
        return self.target.channel.platform

    @property
    def shown_pictures(self) -> tuple[PictureShown, ...]:
        return self.pictures[: self.grid]

    @property
    def more_pictures(self) -> int:
        return max(len(self.pictures) - self.grid, 0)

    @property
    def is_empty(self) -> bool:
        return not self.pictures and not self.card and not any(part.seen for part in self.parts)

    @property
    def excess(self) -> int:
        return max((part.excess for part in self.parts), default=0)


def previews_of(targets: Sequence[PostTarget]) -> list[Preview]:
    """Of targets that were read by `content.targets_of`; at most one query, for what went out already."""
    sent = [target for target in targets if has_left(target)]
    digests = {picture["digest"] for target in sent for picture in target.snapshot.get("pictures", ())}
    items = dict(MediaItem.objects.filter(digest__in=digests).values_list("digest", "pk")) if digests else {}
    return [_sent(target, items) if has_left(target) else preview_of(target) for target in targets]


def has_left(target: PostTarget) -> bool:
    return target.state in STARTED and bool(target.snapshot)


def preview_of(target: PostTarget) -> Preview:
    """What it says now, also when that was only typed and not kept yet."""
    content = content_of(target)
    pictures = tuple(PictureShown(each.alt or each.item.alt, each.item_id) for each in pictures_of(target))
    link = tagged_link(target)
    parts, card = _with_card(content.parts, content.link, bool(pictures))
    return Preview(
        target=target,
        parts=parts_of(target, parts),
        card=card,
        link=link,
        is_tagged=link != link_of(target),
        pictures=pictures,
        grid=GRIDS.get(Platform(target.channel.platform), DEFAULT_GRID),
        problems=problems_of(target),
    )


def _sent(target: PostTarget, items: dict[str, int]) -> Preview:
    snapshot: dict[str, Any] = target.snapshot
    link, pictures = str(snapshot.get("link", "")), snapshot.get("pictures", ())
    parts, card = _with_card([str(part) for part in snapshot.get("parts", ())], link, bool(pictures))
    return Preview(
        target=target,
        parts=parts_of(target, parts),
        card=card,
        link=link,
        is_tagged=False,
        pictures=tuple(PictureShown(str(each.get("alt", "")), items.get(each.get("digest", ""))) for each in pictures),
        grid=GRIDS.get(Platform(target.channel.platform), DEFAULT_GRID),
        is_sent=True,
    )


def _with_card(parts: Sequence[str], link: str, has_pictures: bool) -> tuple[Sequence[str], str]:
    """The texts, and the host on the card of a link that stands beside them. A post with pictures has no card: then the link goes
    into the text."""
    if link and has_pictures and parts:
        return [with_link(parts[0], link), *parts[1:]], ""
    return parts, _host(link)


def parts_of(target: PostTarget, texts: Sequence[str]) -> tuple[PartShown, ...]:
    platform = Platform(target.channel.platform)
    connector, longest, fold = CONNECTORS[platform], capabilities_of(target).post_max_length, FOLDS.get(platform, 0)
    shown = []
    for number, text in enumerate(texts, 1):
        length = connector.count_post(text)
        fits = _fitting(text, longest, connector.count_post) if longest and length > longest else len(text)
        cut = min(_fold_at(text, fold) if fold else len(text), fits)
        shown.append(
            PartShown(
                number, pieces(text[:cut], platform), pieces(text[cut:fits], platform), text[fits:], length, longest
            ),
        )
    return tuple(shown)


def _fitting(text: str, longest: int, count: Any) -> int:
    """How much of the front of `text` is not too long: so many characters of it, found by halving."""
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if count(text[:middle]) <= longest:
            least = middle
        else:
            most = middle - 1
    return least


def _fold_at(text: str, fold: int) -> int:
    """Where the rest is folded away: at a space, and only when that saves more than a few words."""
    if len(text) <= fold + 20:
        return len(text)
    space = text.rfind(" ", 0, fold)
    return space if space > fold // 2 else fold


def pieces(text: str, platform: str = "") -> tuple[Piece, ...]:
    """`text` cut where the platform shows something to click."""
    found, last = [], 0
    for match in _MARKED.finditer(text):
        if match.start() > last:
            found.append(Piece(text[last : match.start()]))
        found.append(Piece(_as_shown(match.group(), platform), "mark"))
        last = match.end()
    if last < len(text):
        found.append(Piece(text[last:]))
    return tuple(found)


def _as_shown(marked: str, platform: str) -> str:
    """X shows the front of a long address, LinkedIn an address of its own."""
    if not marked.startswith("http"):
        return marked
    bare = marked.split("://", 1)[1].removeprefix("www.")
    if platform == Platform.TWITTER:
        return bare if len(bare) <= LINK_SHOWN else f"{bare[:LINK_SHOWN]}…"
    if platform == Platform.LINKEDIN and len(marked) > LINK_SHOWN:
        return "https://lnkd.in/…"
    return marked


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""
