"""The one contract that every platform implements. Stateless, no database, no Django.

A connector gets an `Account` and the session of `channels.http`; it turns platform bodies into `RawItem`s and `Event`s
and an `OutboundMessage` into a `Receipt`. Every failure it raises is one of `channels.errors`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

import requests

from channels.messages import (
    Account,
    AccountStatus,
    Budget,
    Event,
    InboundMessage,
    OutboundMessage,
    OutboundPost,
    OwnPost,
    Page,
    PostFigures,
    RawItem,
    Receipt,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a platform can do: the interface asks this, never which platform it is.

    A flag that belongs to a method is true exactly when the connector overrides that method (a contract test holds it).
    """

    public_reply: bool = False
    direct_message: bool = False
    private_reply: bool = False  # a private answer to a public message
    public_max_length: int = 0  # in the platform's own units, see `count_text`
    private_max_length: int = 0
    reply_window: timedelta | None = None  # private answers only, after the resident's last message
    human_agent_window: timedelta | None = None  # extended window in which a person may still answer
    needs_summons: bool = False  # a public answer is only taken if the author mentioned or quoted us
    receives_webhooks: bool = False
    refreshes_tokens: bool = False
    rechecks: bool = False  # can say which known messages were changed or deleted
    names_authors: bool = True  # False: the platform gives opaque ids only
    publishes: bool = False  # `publish` and `find_published`
    post_max_length: int = 0  # in the platform's own units, see `count_post`
    post_max_pictures: int = 0
    post_link_in_text: bool = False  # a link stands in the text; elsewhere the platform takes it apart and makes a card
    post_threads: bool = False  # a long post may go out as a chain of posts
    lists_posts: bool = False
    measures_posts: bool = False
    deletes_posts: bool = False


@dataclass(frozen=True, slots=True)
class Handshake:
    """Our answer when a platform checks that a webhook address is ours."""

    body: str
    content_type: str = "text/plain"


class Connector(ABC):
    platform: ClassVar[str]  # a value of channels.platforms.Platform
    capabilities: ClassVar[Capabilities]
    required_credentials: ClassVar[frozenset[str]]
    # Hosts of the real platform that a third-party library has hard-coded: the session sends them to `base_url`.
    rebased_hosts: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, account: Account, http: requests.Session) -> None:
        self.account = account
        self.http = http
        # What the answers of this connector's calls said about rate limits, newest per name; kept by the caller, also
        # after an exception.
        self.budgets: dict[str, Budget] = {}
        # To be called after every call of `publish` that nobody sees anything of: raises when the post may not go out any more. Set
        # by whoever publishes.
        self.still_allowed: Callable[[], None] = lambda: None

    # -- in ------------------------------------------------------------------------------------------------------------

    @abstractmethod
    def poll(self, cursor: Mapping[str, Any]) -> Page:
        """One step of reading what is new since `cursor` (the connector's own, {} at first: then up to
        `account.settings["backfill_days"]`, default 7). One call makes a handful of requests at most; `page.more` asks to
        be called again. Overlaps on purpose: the same item twice is normal."""

    @classmethod
    @abstractmethod
    def split(cls, body: Any) -> list[RawItem]:
        """Cut a decoded webhook or API body into single events, without understanding more than ids.

        Raises PayloadError when it is no body of this platform, Refused when it holds nothing for an inbox."""

    @classmethod
    @abstractmethod
    def parse(cls, payload: Mapping[str, Any], account: Account) -> list[Event]:
        """What one `RawItem.payload` means. Pure. Raises PayloadError (not understood) or Refused (not for the inbox)."""

    def recheck(self, external_ids: Sequence[str]) -> list[InboundMessage]:
        """Which of these known messages were edited, hidden or deleted at the platform: only the changed ones known to be
        so (a deletion has `Change.DELETED`); the caller compares texts. At most 100 ids."""
        raise NotImplementedError

    # -- out -----------------------------------------------------------------------------------------------------------

    @abstractmethod
    def send(self, message: OutboundMessage) -> Receipt:
        """Make the one call that sends `message`. Never retries. Raises any ConnectorError; whatever may have been
        carried out raises OutcomeUnknown."""

    @abstractmethod
    def find_sent(self, message: OutboundMessage, *, since: datetime) -> Receipt | None:
        """Look at the platform whether `message` was posted after `since` (our own recent items; same text, same place).
        None means: certainly not there now. Raises what a read can raise."""

    @classmethod
    @abstractmethod
    def count_text(cls, text: str, *, private: bool) -> int:
        """The length of `text` by the platform's own counting."""

    # -- our own posts ---------------------------------------------------------------------------------------------------

    def publish(self, post: OutboundPost) -> Receipt:
        """Put `post` on our own page. Pictures go first, each with its alt text, and `still_allowed` is asked after each: what fails before the one call that makes the
        post visible is TransientError or PermanentError (nothing is seen yet). That one call is never retried; whatever may
        have been carried out raises OutcomeUnknown."""
        raise NotImplementedError

    def find_published(self, post: OutboundPost, *, since: datetime) -> Receipt | None:
        """Look at our own page whether `post` was made after `since` (same text, same place). None means: certainly not there
        now. Raises what a read can raise."""
        raise NotImplementedError

    @classmethod
    def count_post(cls, text: str) -> int:
        """The length of a post by the platform's own counting, without a link that stands beside it."""
        return cls.count_text(text, private=False)

    def list_posts(self, *, since: datetime) -> list[OwnPost]:
        """Posts on our own page since then, newest first, by whoever made them; at most 200. Raises what a read can raise."""
        raise NotImplementedError

    def measure_posts(self, external_ids: Sequence[str]) -> dict[str, PostFigures]:
        """Figures of our posts by external id; one that is gone is missing. At most 100 ids."""
        raise NotImplementedError

    def delete_post(self, external_id: str) -> None:
        """Take our post from the platform. Raises Gone when it is no longer there, and whatever a write can raise."""
        raise NotImplementedError

    # -- account -------------------------------------------------------------------------------------------------------

    @abstractmethod
    def check(self) -> AccountStatus:
        """Who are we, do the credentials work. Changes nothing at the platform."""

    def refresh(self) -> dict[str, str]:
        """New credentials for `account` (all keys, to be stored whole), where tokens can be renewed without a person.
        Raises CredentialsRejected when a person is needed."""
        raise NotImplementedError

    # -- webhooks ------------------------------------------------------------------------------------------------------

    @classmethod
    def verify_webhook(cls, body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
        """Is `body` signed with our secret? Constant time, fails closed. `headers` have lower-case names."""
        raise NotImplementedError

    @classmethod
    def answer_handshake(cls, params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
        """Our answer to the platform's check of the webhook address; None when the question is not ours."""
        raise NotImplementedError
