"""Facebook Pages and Messenger, on Graph (v26.0 by default) through facebook-sdk's names.

Credentials: `account_id` (the page), `access_token` (of the page), `app_id`, `app_secret`, `verify_token`.
Settings: `graph_version` ("v26.0"), `backfill_days` (7). Threads and ids: see `people`; refusals: docs/platforms/facebook.md.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

import requests

from channels.connectors import texts
from channels.connectors.base import Capabilities, Connector, Handshake
from channels.connectors.facebook import bodies, fields, own_posts, people, polling, publishing, sending, webhook
from channels.connectors.facebook.graph import DEFAULT_VERSION, Graph
from channels.errors import ConnectorError, Gone, Misconfigured, PayloadError
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

RECHECK_FIELDS = "id,message,created_time,is_hidden"


class FacebookConnector(Connector):
    platform = "facebook"
    capabilities = Capabilities(
        public_reply=True,
        direct_message=True,
        private_reply=True,
        public_max_length=sending.COMMENT_LENGTH,
        private_max_length=sending.MESSAGE_LENGTH,
        reply_window=sending.REPLY_WINDOW,
        human_agent_window=sending.HUMAN_AGENT_WINDOW,
        receives_webhooks=True,
        rechecks=True,
        publishes=True,
        post_max_length=publishing.POST_LENGTH,
        post_max_pictures=publishing.MOST_PICTURES,
        lists_posts=True,
        measures_posts=True,
        deletes_posts=True,
    )
    required_credentials = frozenset({"account_id", "access_token", "app_id", "app_secret", "verify_token"})
    rebased_hosts: ClassVar[frozenset[str]] = frozenset({"graph.facebook.com"})

    def __init__(self, account: Account, http: requests.Session) -> None:
        super().__init__(account, http)
        self.graph = Graph(
            session=http,
            base_url=account.base_url,
            token=account.credentials.get("access_token", ""),
            app_secret=account.credentials.get("app_secret", ""),
            version=str(account.settings.get("graph_version") or DEFAULT_VERSION),
        )
        self.budgets = self.graph.budgets

    @property
    def page_id(self) -> str:
        return self.account.external_id or self.account.credentials.get("account_id", "")

    # -- in ------------------------------------------------------------------------------------------------------------

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        days = self.account.settings.get("backfill_days")
        backfill_days = days if isinstance(days, int) and days > 0 else polling.DEFAULT_BACKFILL_DAYS
        return polling.Poll(self.graph, self.page_id, cursor, backfill_days).run()

    @classmethod
    def split(cls, body: Any) -> list[RawItem]:
        return bodies.split(body)

    @classmethod
    def parse(cls, payload: Mapping[str, Any], account: Account) -> list[Event]:
        return bodies.parse(payload, account.external_id)

    def recheck(self, external_ids: Sequence[str]) -> list[InboundMessage]:
        """Comments and posts; Graph can not be asked about Messenger messages. Those still there come back as EDITED with
        the text of now (and UNHIDDEN or HIDDEN), for the caller to compare."""
        asked = [one for one in external_ids if not one.startswith(("m_", "mid.", "postback:"))]
        known, gone = own_posts.look_up(self.graph, self.page_id, asked, RECHECK_FIELDS)
        now = datetime.now(UTC)
        changes = [_changed(one, Change.DELETED, now) for one in gone]
        for one, value in known.items():
            text = fields.text(value.get("message"), "message")
            if text:
                changes.append(_changed(one, Change.EDITED, now, text))
            if "is_hidden" in value:
                hidden = fields.flag(value["is_hidden"], "is_hidden")
                changes.append(_changed(one, Change.HIDDEN if hidden else Change.UNHIDDEN, now))
        return changes

    # -- out -----------------------------------------------------------------------------------------------------------

    def send(self, message: OutboundMessage) -> Receipt:
        return sending.send(self.graph, self.page_id, message)

    def find_sent(self, message: OutboundMessage, *, since: datetime) -> Receipt | None:
        return sending.find(self.graph, self.page_id, message, since)

    @classmethod
    def count_text(cls, text: str, *, private: bool) -> int:
        return texts.utf16_length(text)

    # -- our own posts -------------------------------------------------------------------------------------------------

    def publish(self, post: OutboundPost) -> Receipt:
        return publishing.publish(self.graph, self.page_id, post, self.still_allowed)

    def find_published(self, post: OutboundPost, *, since: datetime) -> Receipt | None:
        return publishing.find(self.graph, self.page_id, post, since)

    def list_posts(self, *, since: datetime) -> list[OwnPost]:
        return own_posts.list_posts(self.graph, self.page_id, since)

    def measure_posts(self, external_ids: Sequence[str]) -> dict[str, PostFigures]:
        return own_posts.measure(self.graph, self.page_id, external_ids)

    def delete_post(self, external_id: str) -> None:
        own_posts.delete(self.graph, self.page_id, external_id)

    # -- account -------------------------------------------------------------------------------------------------------

    def check(self) -> AccountStatus:
        """The page as its own token sees it, and until when the token lives (absent for tokens that do not end)."""
        try:
            page = self.graph.call(self.page_id or "me", fields="id,name,username,picture{url}")
        except Gone as error:
            raise Misconfigured(str(error), code="page_unlinked") from error
        who = people.author(page)
        if not who.external_id:
            raise PayloadError("Facebook does not say which page this is.", reason="missing_id")
        if self.page_id and who.external_id != self.page_id:
            raise Misconfigured("This access token belongs to another page.", code="other_account")
        return AccountStatus(
            external_id=who.external_id,
            name=who.name,
            handle=fields.text(page.get("username"), "username"),
            avatar_url=who.avatar_url,
            expires_at=self._token_expiry(),
        )

    def _token_expiry(self) -> datetime | None:
        credentials = self.account.credentials
        try:
            answer = self.graph.debug_access_token(
                credentials.get("access_token", ""), credentials.get("app_id", ""), credentials.get("app_secret", "")
            )
            told = fields.mapping(fields.mapping(answer, "debug_token").get("data"), "data")
            moments = [fields.moment(told.get(name) or None, name) for name in ("expires_at", "data_access_expires_at")]
        except ConnectorError:
            return None  # the page itself answered: that it does not tell until when is no reason to fail
        return min((moment for moment in moments if moment), default=None)

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
        kind=Kind.COMMENT,
        visibility=Visibility.PUBLIC,
        change=change,
        text=text,
        changed_at=at,
    )
