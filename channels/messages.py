"""What travels between a platform and Balie, in words that belong to no platform.

Everything here is frozen and knows no Django: connectors make and take these, `inbox` stores them.
Times are aware datetimes in UTC, identifiers are text (platforms send numbers and strings for the same thing).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What sort of thing a resident (or we) said."""

    MENTION = "mention"
    COMMENT = "comment"
    REPLY = "reply"
    DIRECT_MESSAGE = "direct_message"
    VISITOR_POST = "visitor_post"


class Visibility(StrEnum):
    PUBLIC = "public"
    PRIVATE = "private"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class Change(StrEnum):
    """What happened to a message. Edits may arrive before the creation that they change."""

    CREATED = "created"
    EDITED = "edited"
    DELETED = "deleted"
    HIDDEN = "hidden"
    UNHIDDEN = "unhidden"


class AttachmentKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    LINK = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account of ours on a platform, with what is needed to act as it.

    `credentials` are secret; their keys differ per connector (see each connector's docstring). `settings` are not:
    for example `access_tier` on X. `base_url` has no trailing slash; any server that speaks the protocol can stand there.
    """

    external_id: str
    base_url: str
    name: str = ""
    handle: str = ""
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote something. Platforms may withhold everything: then `external_id` is empty and the author unknown."""

    external_id: str = ""
    name: str = ""
    handle: str = ""  # without @
    avatar_url: str = ""
    profile_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture, video or file that belongs to a message, still at the platform."""

    kind: AttachmentKind
    url: str = ""  # may be short-lived; fetched through the SSRF guard soon after ingest
    external_id: str = ""
    name: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootPost:
    """The public post under which a conversation takes place: shown as context, also when Balie did not publish it.

    A parser that only knows the id leaves the rest empty; what is known already is never overwritten by an empty value.
    """

    external_id: str
    text: str = ""
    author: Author = Author()
    is_ours: bool | None = None
    permalink: str = ""
    posted_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMessage:
    """One thing that happened to one message on a platform, whoever wrote it.

    `thread_id` groups messages into a conversation with one resident and must be the same whichever road (webhook, poll)
    the message came by; see each connector for its rule. `contact` is the resident of the thread: the author of an
    incoming message, the one spoken to in an outgoing one (empty when the payload does not tell).
    For `Change.DELETED`, `HIDDEN` and `UNHIDDEN` only `external_id` is certain; text is empty and `thread_id` may be empty.
    """

    external_id: str
    thread_id: str
    kind: Kind
    visibility: Visibility
    direction: Direction = Direction.IN
    change: Change = Change.CREATED
    author: Author = Author()
    contact: Author = Author()
    text: str = ""
    sent_at: datetime | None = None
    changed_at: datetime | None = None  # of an edit, deletion, hide
    in_reply_to: str = ""  # external id of the message that this one answers
    root: RootPost | None = None
    attachments: tuple[Attachment, ...] = ()
    permalink: str = ""
    language: str = ""  # BCP 47 as the platform says it, else empty
    # On X an answer through the API is accepted only if the author mentioned or quoted us: True, False; None elsewhere.
    is_summons: bool | None = None
    # Our own idempotency key, where the platform gives it back (Messenger `metadata`): ties an echo to its Delivery.
    delivery_key: str = ""
    is_encrypted: bool = False  # content can not be read through the API: say so, never pretend it is empty


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusUpdate:
    """The platform tells how our own messages fare. By ids, or everything in the thread up to `watermark`."""

    status: str  # "delivered" | "read"
    external_ids: tuple[str, ...] = ()
    thread_id: str = ""
    watermark: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNotice:
    """Something about the channel itself: `code` is "revoked" or "stopped"; `detail` is shown to staff."""

    code: str
    detail: str = ""


Event = InboundMessage | StatusUpdate | ChannelNotice


@dataclass(frozen=True, slots=True, kw_only=True)
class RawItem:
    """One event exactly as the platform sent it, before it is understood.

    `event_id` is stable: the same event by the same road has the same id, a changed one (an edit) has another, so it
    usually is "<kind>:<platform id>:<change or short hash>". `account_id` says whose it is, empty when the payload does
    not tell (then it is the account that was polled). `payload` is JSON-serialisable and holds all that `parse` needs
    (for X also the matching part of `includes`).
    """

    event_id: str
    payload: Mapping[str, Any]
    account_id: str = ""
    occurred_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the platform says is left of a rate limit. `name` is the endpoint family ("mentions", "dm_read", "page")."""

    name: str
    limit: int
    remaining: int
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one step of polling brought. Store `items`, then keep `cursor`; call again at once when `more`.

    `cursor` is JSON-serialisable and belongs to the connector; an empty one means "from the start" (backfill).
    """

    items: tuple[RawItem, ...]
    cursor: Mapping[str, Any]
    more: bool = False


class SendMode(StrEnum):
    REPLY = "reply"  # public, under `in_reply_to`
    DIRECT_MESSAGE = "direct_message"  # private, to `recipient_id` or in `thread_id`
    PRIVATE_REPLY = "private_reply"  # private, started from the public comment `in_reply_to`
    POST = "post"  # public, on our own page; never through `Connector.send` but through `Connector.publish`


# Who sends what: answers belong to conversations, posts to the calendar.
REPLIES = (SendMode.REPLY, SendMode.DIRECT_MESSAGE, SendMode.PRIVATE_REPLY)
POSTS = (SendMode.POST,)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundMessage:
    """One answer to send. All the connector needs is here: sending asks nothing of the database."""

    key: str  # UUID of the delivery; sent along where the platform takes a client id
    mode: SendMode
    text: str
    thread_id: str = ""
    in_reply_to: str = ""
    root_id: str = ""  # external id of the root post
    recipient_id: str = ""
    last_inbound_at: datetime | None = None  # decides the reply window


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of ours, ready for the platform: re-encoded, without metadata."""

    content: bytes = field(repr=False)
    content_type: str  # image/jpeg, image/png
    name: str = ""
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPost:
    """One post on our own page, or one part of a chain of posts (X). All the connector needs is here.

    `text` already holds whatever of `link` has to stand in it where the platform has no link of its own
    (`Capabilities.post_link_in_text`)."""

    key: str  # UUID of the delivery
    text: str
    link: str = ""
    pictures: tuple[Picture, ...] = ()
    in_reply_to: str = ""  # external id of the part before this one


@dataclass(frozen=True, slots=True, kw_only=True)
class PostFigures:
    """How a post of ours does. None: the platform does not tell (another thing than nought)."""

    reach: int | None = None
    reactions: int | None = None
    comments: int | None = None
    shares: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPost:
    """A post on our own page, wherever it was made. `external_id` is the id that `publish` gives in its receipt; `root_id` the one
    that `InboundMessage.root` names in conversations under it (the same, where it stays empty)."""

    external_id: str
    root_id: str = ""
    text: str = ""
    permalink: str = ""
    posted_at: datetime | None = None
    picture_url: str = ""
    figures: PostFigures | None = None  # where the same answer held them


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The platform accepted it. `thread_id` is filled when only now known (a private reply opens a new thread)."""

    external_id: str
    sent_at: datetime | None = None
    thread_id: str = ""
    recipient_id: str = ""
    permalink: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStatus:
    """What the platform says of our own account: proof that the credentials work, and until when."""

    external_id: str
    name: str = ""
    handle: str = ""
    avatar_url: str = ""
    expires_at: datetime | None = None
