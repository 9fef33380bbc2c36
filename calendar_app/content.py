"""What a post says on a channel: worked out in one place, so that what is approved, shown and sent is the same thing."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from calendar_app.models import Post, PostPicture, PostTarget
from channels.connectors.base import Capabilities
from channels.platforms import Platform
from channels.registry import CONNECTORS

# A line of three hyphens cuts a text into the parts of a thread, where the platform has those.
_CUT = re.compile(r"^[ \t]*-{3}[ \t]*$", re.M)
# Where an address in a text ends: not in the middle of a longer one. A full stop may follow, at the end of a sentence.
_ENDS = r"(?![^\s.,;:!?)\]}»”’\"'<>]|[.,;:!?]\S)"


@dataclass(frozen=True, slots=True)
class ShownPicture:
    digest: str  # sha-256 of the file
    alt: str
    file: str
    content_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Content:
    """`parts` are the texts of the calls, in order, at least one; pictures and link go with the first. `link` is empty where it
    stands in the text."""

    parts: tuple[str, ...]
    link: str
    pictures: tuple[ShownPicture, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(self.parts)


def capabilities_of(target: PostTarget) -> Capabilities:
    return CONNECTORS[Platform(target.channel.platform)].capabilities


def content_of(target: PostTarget) -> Content:
    """Reads `target.post`, its campaign, `target.channel` and the pictures with their items: prefetch them for many
    (`with_content`)."""
    post, able = target.post, capabilities_of(target)
    text = (target.text if target.has_own_text else post.text).replace("\r\n", "\n")
    pieces = [piece.strip() for piece in _CUT.split(text)]
    parts = [piece for piece in pieces if piece] if able.post_threads else []
    if not parts:
        parts = ["\n\n".join(piece for piece in pieces if piece)]
    link = tagged_link(target)
    if link and able.post_link_in_text:
        found = re.compile(re.escape(link_of(target)) + _ENDS)
        if found.search(text):
            parts = [found.sub(lambda _found: link, part) for part in parts]
        else:
            parts[0] = f"{parts[0]}\n{link}".strip()
        link = ""
    return Content(tuple(parts), link, tuple(_shown(each) for each in pictures_of(target)))


def link_of(target: PostTarget) -> str:
    return target.link if target.has_own_link else target.post.link


def tagged_link(target: PostTarget) -> str:
    """The link with its origin (UTM); tags that it has already stay."""
    link, post = link_of(target), target.post
    if not link or not post.has_utm:
        return link
    parts = urlsplit(link)
    query = parse_qsl(parts.query, keep_blank_values=True)
    known = {name for name, _value in query}
    tags = {"utm_source": target.channel.platform, "utm_medium": "social"}
    if post.campaign is not None:
        tags["utm_campaign"] = post.campaign.code
    query += [(name, value) for name, value in tags.items() if name not in known]
    return urlunsplit(parts._replace(query=urlencode(query)))


def pictures_of(target: PostTarget) -> list[PostPicture]:
    """In order: the channel's own, or else those of the post."""
    owner = target.pk if target.has_own_pictures else None
    return [each for each in target.post.pictures.all() if each.target_id == owner]


def _shown(picture: PostPicture) -> ShownPicture:
    item = picture.item
    return ShownPicture(item.digest, picture.alt or item.alt, item.file, item.content_type, item.name)


def digest_of(content: Content) -> str:
    """The fingerprint that an approval is bound to: every word, the link, every picture by its bytes, every alt text."""
    whole = [list(content.parts), content.link, [[each.digest, each.alt] for each in content.pictures]]
    return hashlib.sha256(json.dumps(whole, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def snapshot_of(content: Content) -> dict[str, Any]:
    """As JSON, for versions and for the archive of what went out."""
    return {
        "parts": list(content.parts),
        "link": content.link,
        "pictures": [
            {
                "digest": each.digest,
                "alt": each.alt,
                "file": each.file,
                "content_type": each.content_type,
                "name": each.name,
            }
            for each in content.pictures
        ],
    }


def content_in(snapshot: dict[str, Any]) -> Content:
    """What `snapshot_of` kept."""
    pictures = tuple(ShownPicture(**picture) for picture in snapshot["pictures"])
    return Content(tuple(snapshot["parts"]), snapshot["link"], pictures)


def with_content(targets: Iterable[int]) -> list[PostTarget]:
    """Targets by key with all that `content_of` reads, in a fixed number of queries, in the order of their keys."""
    found = PostTarget.objects.filter(pk__in=list(targets)).select_related("channel", "post__campaign", "approved_by")
    return list(found.prefetch_related("post__pictures__item").order_by("pk"))


def targets_of(post: Post) -> list[PostTarget]:
    """All targets of one post, likewise."""
    return with_content(post.targets.values_list("pk", flat=True))
