"""LinkedIn pages, on the Community Management API (version 202607 by default), with requests on our own session.

Credentials: `account_id` (urn:li:organization:…, or its number), `access_token`, `client_id`, `client_secret`, and, where
LinkedIn gives the app one, `refresh_token`. Settings: `linkedin_version` ("202607"), `backfill_days` (7).
Threads and ids: see `people` and `urns`; refusals and limits: docs/platforms/linkedin.md.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import requests

from channels.connectors import texts
from channels.connectors.base import Capabilities, Connector, Handshake
from channels.connectors.linkedin import bodies, own_posts, polling, publishing, sending, tokens, urns, values, webhook
from channels.connectors.linkedin.rest import DEFAULT_VERSION, Rest, elements
from channels.errors import ConnectorError, Gone, Misconfigured
from channels.messages import (
    Account,
    AccountStatus,
    Event,
    OutboundMessage,
    OutboundPost,
    OwnPost,
    Page,
    PostFigures,
    RawItem,
    Receipt,
)

ROLES_PER_REQUEST = 100


class LinkedInConnector(Connector):
    platform = "linkedin"
    capabilities = Capabilities(
        public_reply=True,
        public_max_length=sending.COMMENT_LENGTH,
        receives_webhooks=True,
        refreshes_tokens=True,
        names_authors=False,
        publishes=True,
        post_max_length=publishing.POST_LENGTH,
        post_max_pictures=publishing.MOST_PICTURES,
        post_link_in_text=True,
        lists_posts=True,
        measures_posts=True,
        deletes_posts=True,
    )
    # No refresh_token: LinkedIn gives it to approved apps only, and without it the access still lives 60 days.
    required_credentials = frozenset({"account_id", "access_token", "client_id", "client_secret"})

    def __init__(self, account: Account, http: requests.Session) -> None:
        super().__init__(account, http)
        self.rest = Rest(
            session=http,
            base_url=account.base_url,
            token=account.credentials.get("access_token", ""),
            version=str(account.settings.get("linkedin_version") or DEFAULT_VERSION),
        )

    @property
    def page(self) -> str:
        """Our page, as LinkedIn names it."""
        found = urns.organization(self.account.external_id or self.account.credentials.get("account_id", ""))
        if not urns.is_organization(found):
            raise Misconfigured("The account id of this channel is no page of LinkedIn.", code="account_id")
        return found

    # -- in ------------------------------------------------------------------------------------------------------------

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        days = self.account.settings.get("backfill_days")
        backfill_days = days if isinstance(days, int) and days > 0 else polling.DEFAULT_BACKFILL_DAYS
        return polling.Poll(self.rest, self.page, cursor, backfill_days).run()

    @classmethod
    def split(cls, body: Any) -> list[RawItem]:
        return bodies.split(body)

    @classmethod
    def parse(cls, payload: Mapping[str, Any], account: Account) -> list[Event]:
        return bodies.parse(payload, account.external_id)

    # -- out -----------------------------------------------------------------------------------------------------------

    def send(self, message: OutboundMessage) -> Receipt:
        return sending.send(self.rest, self.page, message)

    def find_sent(self, message: OutboundMessage, *, since: datetime) -> Receipt | None:
        return sending.find(self.rest, self.page, message, since)

    @classmethod
    def count_text(cls, text: str, *, private: bool) -> int:
        return texts.utf16_length(text)

    # -- our own posts -------------------------------------------------------------------------------------------------

    def publish(self, post: OutboundPost) -> Receipt:
        return publishing.publish(self.rest, self.page, post, self.still_allowed)

    def find_published(self, post: OutboundPost, *, since: datetime) -> Receipt | None:
        return publishing.find(self.rest, self.page, post, since)

    @classmethod
    def count_post(cls, text: str) -> int:
        return publishing.count(text)

    def list_posts(self, *, since: datetime) -> list[OwnPost]:
        return own_posts.list_posts(self.rest, self.page, since)

    def measure_posts(self, external_ids: Sequence[str]) -> dict[str, PostFigures]:
        return own_posts.measure(self.rest, self.page, external_ids)

    def delete_post(self, external_id: str) -> None:
        own_posts.delete(self.rest, external_id)

    # -- account -------------------------------------------------------------------------------------------------------

    def check(self) -> AccountStatus:
        """That the person who gave the access administers our page, what the page is called, and until when the access lives."""
        roles = self.rest.get(
            "organizationAcls",
            q="roleAssignee",
            role="ADMINISTRATOR",
            state="APPROVED",
            start=0,
            count=ROLES_PER_REQUEST,
        )
        pages = [values.mapping(role, "role").get("organization") for role in elements(roles)]
        if self.page not in [urns.organization(one) for one in pages if isinstance(one, str)]:
            raise Misconfigured("This access belongs to nobody who administers the page.", code="not_administrator")
        try:
            organization = self.rest.get("organizations", self.page.rpartition(":")[2])
        except Gone as error:
            raise Misconfigured(str(error), code="page_unlinked") from error
        return AccountStatus(
            external_id=self.page,
            name=values.text(organization.get("localizedName"), "localizedName"),
            handle=values.text(organization.get("vanityName"), "vanityName"),
            expires_at=self._token_expiry(),
        )

    def _token_expiry(self) -> datetime | None:
        try:
            return tokens.expiry(self.http, self.account.base_url, self.account.credentials)
        except ConnectorError:
            return None  # the page itself answered: that it does not tell until when is no reason to fail

    def refresh(self) -> dict[str, str]:
        return tokens.refresh(self.http, self.account.base_url, self.account.credentials)

    # -- webhooks ------------------------------------------------------------------------------------------------------

    @classmethod
    def verify_webhook(cls, body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
        return webhook.is_signed(body, headers, credentials)

    @classmethod
    def answer_handshake(cls, params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
        return webhook.handshake(params, credentials)
