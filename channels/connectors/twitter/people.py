"""Who is who in a body, what hangs on a post, and the two names of a thread.

Threads: a public one is f"{conversation_id}:{resident}" (of our own reply: the user whom it answers), a private one
f"dm:{dm_conversation_id}"; a private conversation of two is "{smaller}-{larger}" user id (X API docs, direct messages).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from channels.connectors.twitter import values
from channels.connectors.twitter.vocabulary import INCLUDED_POSTS, either
from channels.errors import PayloadError
from channels.messages import Attachment, AttachmentKind, Author

KINDS = {"photo": AttachmentKind.IMAGE, "video": AttachmentKind.VIDEO, "animated_gif": AttachmentKind.VIDEO,
         "audio": AttachmentKind.AUDIO}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Includes:
    """What X sends along with posts and messages, by id."""

    users: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    posts: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    media: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def author(self, user_id: str, *, handle: str = "") -> Author:
        """Only the id (and what `handle` says) when the user was not sent along."""
        if user_id in self.users:
            return author(self.users[user_id])
        handle = values.handle(handle)
        return Author(external_id=user_id, handle=handle, profile_url=profile_url(handle))


def includes(body: Any) -> Includes:
    """From `includes` of a v2 body or an activity event. Entries without an id are left out.

    Raises PayloadError when the lists are none."""
    found = values.mapping(body, "includes")
    users = {}
    for entry in values.listing(found.get("users"), "users"):
        user = unwrapped(entry)
        if user.get("id") is not None:
            users[values.required(user.get("id"), "user id")] = user
    posts = {}
    for entry in values.listing(either(found, INCLUDED_POSTS), "posts"):
        post = values.mapping(entry, "post")
        if post.get("id") is not None:
            posts[values.required(post.get("id"), "post id")] = post
    media = {}
    for entry in values.listing(found.get("media"), "media"):
        one = values.mapping(entry, "media")
        key = one.get("media_key")
        if isinstance(key, str):
            media[key] = one
    return Includes(users, posts, media)


def unwrapped(user: Any) -> Mapping[str, Any]:
    """Activity events wrap some users in {"data": ...}."""
    found = values.mapping(user, "user")
    return values.mapping(found["data"], "user") if isinstance(found.get("data"), Mapping) else found


def author(user: Any) -> Author:
    """A user of v2 (username, profile_image_url) or of the old shape (screen_name, profile_image_url_https)."""
    found = unwrapped(user)
    handle = values.handle(found.get("username") or found.get("screen_name"))
    avatar = found.get("profile_image_url_https") or found.get("profile_image_url")
    return Author(
        external_id=values.identifier(found.get("id_str") or found.get("id"), "user id"),
        name=values.text(found.get("name"), "name"),
        handle=handle,
        avatar_url=values.text(avatar, "profile_image_url"),
        profile_url=profile_url(handle),
    )


def profile_url(handle: str) -> str:
    return f"https://x.com/{handle}" if handle else ""


def permalink(post_id: str, handle: str) -> str:
    return f"https://x.com/{handle or 'i/web'}/status/{post_id}"


def attachments(body: Mapping[str, Any], known: Includes) -> tuple[Attachment, ...]:
    """The media of a post or message, with what they show for those who can not see them."""
    found = []
    keys = values.mapping(body.get("attachments"), "attachments").get("media_keys")
    for key in values.listing(keys, "media_keys"):
        if not isinstance(key, str):
            raise PayloadError("media_key is no text", reason="wrong_type")
        found.append(_attachment(key, known.media.get(key, {})))
    return tuple(found)


def _attachment(key: str, media: Mapping[str, Any]) -> Attachment:
    kind = KINDS.get(values.text(media.get("type"), "media type"), AttachmentKind.FILE)
    url = values.text(media.get("url"), "media url")
    if not url and kind == AttachmentKind.VIDEO:
        url = _best_variant(media)
    return Attachment(
        kind=kind,
        url=url or values.text(media.get("preview_image_url"), "preview_image_url"),
        external_id=key,
        alt=values.text(media.get("alt_text"), "alt_text"),
    )


def _best_variant(media: Mapping[str, Any]) -> str:
    best, best_rate = "", -1
    for entry in values.listing(media.get("variants"), "variants"):
        variant = values.mapping(entry, "variant")
        rate, url = variant.get("bit_rate"), values.text(variant.get("url"), "variant url")
        number = rate if isinstance(rate, int) else 0
        if url and variant.get("content_type") == "video/mp4" and number > best_rate:
            best, best_rate = url, number
    return best


def public_thread(conversation_id: str, resident_id: str) -> str:
    return f"{conversation_id}:{resident_id}"


def private_thread(conversation_id: str) -> str:
    return f"dm:{conversation_id}"


def pair(one: str, other: str) -> str:
    """The id of the private conversation of two users."""
    return "-".join(sorted((one, other), key=int))
