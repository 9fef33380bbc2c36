"""X (Twitter), API v2, through tweepy on our own session.

Credentials: `account_id` (user id), `access_token` (OAuth 2.0, of the user), `refresh_token`, `client_id`, `client_secret`,
`consumer_secret` (signs webhooks), `bearer_token` (the app's, for managing webhooks), `access_tier`.
Settings: `vocabulary` ("tweet" or "post"), `backfill_days` (7), `direct_messages` (true), `access_tier`.
Threads and ids: see `people` and `posts`; refusals, limits and costs: docs/platforms/twitter.md.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import requests

from channels.connectors.base import Capabilities, Connector, Handshake
from channels.connectors.twitter import (
    bodies,
    people,
    polling,
    posts,
    publishing,
    sending,
    tokens,
    values,
    vocabulary,
    webhook,
)
from channels.connectors.twitter.client import REBASED_HOSTS, Client
from channels.connectors.twitter.matching import shown_text
from channels.connectors.twitter.text import LIMIT, weighted_length
from channels.errors import Misconfigured, PayloadError
from channels.messages import (
    Account,
    AccountStatus,
    Change,
    Event,
    InboundMessage,
    Kind,
    OutboundMessage,
    OutboundPost,
    OwnPost,
    Page,
    PostFigures,
    RawItem,
    Receipt,
    Visibility,
)

IDS_PER_REQUEST = 100  # X API docs, post lookup


class TwitterConnector(Connector):
    platform = "twitter"
    capabilities = Capabilities(
        public_reply=True,
        direct_message=True,
        public_max_length=LIMIT,
        private_max_length=sending.DM_LENGTH,
        needs_summons=True,
        receives_webhooks=True,
        refreshes_tokens=True,
        rechecks=True,
        publishes=True,
        post_max_length=LIMIT,
        post_max_pictures=publishing.MOST_PICTURES,
        post_link_in_text=True,
        post_threads=True,
        lists_posts=True,
        measures_posts=True,
        deletes_posts=True,
    )
    # The access lives two hours: without the means to renew it a channel is dead at once.
    required_credentials = frozenset({"account_id", "access_token", "refresh_token", "client_id", "client_secret"})
    rebased_hosts: ClassVar[frozenset[str]] = REBASED_HOSTS

    def __init__(self, account: Account, http: requests.Session) -> None:
        super().__init__(account, http)
        self.client = Client(
            session=http,
            token=account.credentials.get("access_token", ""),
            vocabulary=vocabulary.chosen(account.settings.get("vocabulary")),
        )
        self.budgets = self.client.budgets

    # -- in ------------------------------------------------------------------------------------------------------------

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        return polling.Poll(self.client, self._acting(), cursor).run()

    def _acting(self) -> Account:
        """The account with a certain id: a channel that is only being connected has it in its credentials."""
        if not self.account.external_id.isdigit():
            raise Misconfigured("The account id of this channel is no user id of X.", code="account_id")
        return self.account

    @classmethod
    def split(cls, body: Any) -> list[RawItem]:
        return bodies.split(body)

    @classmethod
    def parse(cls, payload: Mapping[str, Any], account: Account) -> list[Event]:
        return bodies.parse(payload, account)

    def recheck(self, external_ids: Sequence[str]) -> list[InboundMessage]:
        """Posts; encrypted messages have other ids and X can not be asked about them. Those still there come back as EDITED
        with the text of now, for the caller to compare; an edited one is read again by its newest id."""
        asked = [one for one in external_ids if values.is_id(one)]
        found: list[InboundMessage] = []
        newer: list[str] = []
        for start in range(0, len(asked), IDS_PER_REQUEST):
            found += self._look_up(asked[start : start + IDS_PER_REQUEST], newer)
        for start in range(0, len(newer), IDS_PER_REQUEST):
            found += self._look_up(newer[start : start + IDS_PER_REQUEST], [])
        return found

    def _look_up(self, ids: Sequence[str], newer: list[str]) -> list[InboundMessage]:
        body = self.client.get_tweets(list(ids), **self.client.post_fields)
        now = datetime.now(UTC)
        changes = []
        for one in values.listing(body.get("data"), "data"):
            post = posts.read(one)
            if post.latest_id != post.id and post.latest_id not in ids:
                newer.append(post.latest_id)
                continue
            at = (values.time_of(post.id) or now) if post.id != post.first_id else now
            changes.append(_changed(post.first_id, Change.EDITED, at, shown_text(post.body)))
            if posts.is_withheld(post.body):
                changes.append(_changed(post.first_id, Change.HIDDEN, now))
        for error in values.listing(body.get("errors"), "errors"):
            for item in bodies.missing_items(error):
                gone = bodies.parse(item.payload, self.account)
                changes += [_changed(one.external_id, Change.DELETED, now) for one in gone if isinstance(one, InboundMessage)]  # fmt: skip
        return changes

    # -- out -----------------------------------------------------------------------------------------------------------

    def send(self, message: OutboundMessage) -> Receipt:
        return sending.send(self.client, self.account, message)

    def find_sent(self, message: OutboundMessage, *, since: datetime) -> Receipt | None:
        return sending.find(self.client, self._acting(), message, since)

    @classmethod
    def count_text(cls, text: str, *, private: bool) -> int:
        return len(text) if private else weighted_length(text)

    # -- our own posts ---------------------------------------------------------------------------------------------------

    def publish(self, post: OutboundPost) -> Receipt:
        return publishing.publish(self.client, self.account, post, self.still_allowed)

    def find_published(self, post: OutboundPost, *, since: datetime) -> Receipt | None:
        return publishing.find(self.client, self._acting(), post, since)

    def list_posts(self, *, since: datetime) -> list[OwnPost]:
        return publishing.list_posts(self.client, self._acting(), since)

    def measure_posts(self, external_ids: Sequence[str]) -> dict[str, PostFigures]:
        return publishing.measure(self.client, external_ids)

    def delete_post(self, external_id: str) -> None:
        publishing.delete(self.client, external_id)

    # -- account -------------------------------------------------------------------------------------------------------

    def check(self) -> AccountStatus:
        body = self.client.get_me(user_fields=list(vocabulary.USER_FIELDS), user_auth=False)
        who = people.author(body.get("data"))
        if not who.external_id:
            raise PayloadError("X does not say who we are.", reason="missing_id")
        expected = self.account.external_id or self.account.credentials.get("account_id", "")
        if expected and who.external_id != expected:
            raise Misconfigured("This access token belongs to another account.", code="other_account")
        try:
            expires_at = values.moment(self.account.credentials.get("expires_at"), "expires_at")
        except PayloadError:
            expires_at = None
        return AccountStatus(
            external_id=who.external_id,
            name=who.name,
            handle=who.handle,
            avatar_url=who.avatar_url,
            expires_at=expires_at,
        )

    def refresh(self) -> dict[str, str]:
        return tokens.refresh(self.http, self.account.credentials)

    # -- webhooks ------------------------------------------------------------------------------------------------------

    @classmethod
    def verify_webhook(cls, body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
        return webhook.is_signed(body, headers, credentials)

    @classmethod
    def answer_handshake(cls, params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
        return webhook.handshake(params, credentials)


def _changed(external_id: str, change: Change, at: datetime, text: str = "") -> InboundMessage:
    return InboundMessage(
        external_id=external_id,
        thread_id="",
        kind=Kind.REPLY,
        visibility=Visibility.PUBLIC,
        change=change,
        text=text,
        changed_at=at,
    )
