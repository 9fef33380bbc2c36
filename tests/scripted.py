"""A connector that follows a script: real in every way but for the platform behind it."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from channels import errors
from channels.connectors.base import Capabilities, Connector, Handshake
from channels.messages import (
    Account,
    AccountStatus,
    Author,
    Change,
    Event,
    InboundMessage,
    Kind,
    OutboundMessage,
    OutboundPost,
    Page,
    RawItem,
    Receipt,
    Visibility,
)

SENT_AT = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)


class ScriptedConnector(Connector):
    platform = "facebook"
    capabilities = Capabilities(
        public_reply=True,
        direct_message=True,
        private_reply=True,
        public_max_length=8000,
        private_max_length=2000,
        reply_window=timedelta(hours=24),
        human_agent_window=timedelta(days=7),
        receives_webhooks=True,
        refreshes_tokens=True,
        rechecks=True,
        publishes=True,
        post_max_length=5000,
        post_max_pictures=4,
        post_threads=True,
    )
    required_credentials = frozenset({"access_token"})

    sent: ClassVar[list[OutboundMessage]] = []
    published: ClassVar[list[OutboundPost]] = []  # `outcomes` and `found` are theirs too
    uploading: ClassVar[list[Callable[[], object]]] = []  # what happens while the next pictures are uploaded
    outcomes: ClassVar[list[Any]] = []  # of the next sends: an error to raise, a Receipt, or a function of the message
    found: ClassVar[list[Any]] = []  # of the next find_sent
    pages: ClassVar[list[Any]] = []  # of the next polls: a Page or an error
    renewals: ClassVar[list[str]] = []
    changes: ClassVar[list[InboundMessage]] = []
    _ids: ClassVar[Any] = itertools.count(1)

    @classmethod
    def begin(cls) -> None:
        for script in (
            cls.sent,
            cls.published,
            cls.uploading,
            cls.outcomes,
            cls.found,
            cls.pages,
            cls.renewals,
            cls.changes,
        ):
            script.clear()

    def poll(self, cursor: Mapping[str, Any]) -> Page:
        step = self.pages.pop(0) if self.pages else Page(items=(), cursor=cursor)
        if isinstance(step, Exception):
            raise step
        assert isinstance(step, Page)
        return step

    def send(self, message: OutboundMessage) -> Receipt:
        return self._take(message, self.sent, "sent")

    def find_sent(self, message: OutboundMessage, *, since: datetime) -> Receipt | None:
        return self._find()

    def publish(self, post: OutboundPost) -> Receipt:
        for _picture in post.pictures:
            if self.uploading:
                self.uploading.pop(0)()
            self.still_allowed()
        return self._take(post, self.published, "post")

    def find_published(self, post: OutboundPost, *, since: datetime) -> Receipt | None:
        return self._find()

    def _take(self, what: Any, taken: list[Any], name: str) -> Receipt:
        step = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(step, errors.TransientError | errors.ChannelError | errors.PermanentError):
            raise step
        taken.append(what)
        if isinstance(step, Exception):
            raise step
        if callable(step):
            step = step(what)
        return step or Receipt(external_id=f"{name}-{next(self._ids)}", sent_at=datetime.now(UTC))

    def _find(self) -> Receipt | None:
        step = self.found.pop(0) if self.found else None
        if isinstance(step, Exception):
            raise step
        assert step is None or isinstance(step, Receipt)
        return step

    @classmethod
    def split(cls, body: Any) -> list[RawItem]:
        if not isinstance(body, dict) or "items" not in body:
            raise errors.PayloadError(reason="no_items")
        return [RawItem(event_id=i["event"], payload=i, account_id=i.get("account", "")) for i in body["items"]]

    @classmethod
    def parse(cls, payload: Mapping[str, Any], account: Account) -> list[Event]:
        if payload.get("kind") == "like":
            raise errors.Refused(reason="reaction")
        if "id" not in payload:
            raise errors.PayloadError("no id", reason="missing_id")
        return [inbound(payload["id"], **{k: v for k, v in payload.items() if k in {"text", "thread_id"}})]

    @classmethod
    def count_text(cls, text: str, *, private: bool) -> int:
        return len(text)

    def check(self) -> AccountStatus:
        return AccountStatus(external_id=self.account.external_id, name="Gemeente Eikenrode")

    def refresh(self) -> dict[str, str]:
        self.renewals.append(self.account.credentials["access_token"])
        return {**self.account.credentials, "access_token": f"nieuw-{len(self.renewals)}"}

    def recheck(self, external_ids: Sequence[str]) -> list[InboundMessage]:
        return [change for change in self.changes if change.external_id in external_ids]

    @classmethod
    def verify_webhook(cls, body: bytes, headers: Mapping[str, str], credentials: Mapping[str, str]) -> bool:
        return headers.get("x-signature") == credentials.get("app_secret")

    @classmethod
    def answer_handshake(cls, params: Mapping[str, str], credentials: Mapping[str, str]) -> Handshake | None:
        return Handshake(params["challenge"]) if params.get("token") == credentials.get("app_secret") else None


RESIDENT = Author(external_id="psid-1", name="Fatima Yıldız", handle="fatima")


def inbound(external_id: str, **values: Any) -> InboundMessage:
    """A resident's public comment, unless `values` say otherwise."""
    message = InboundMessage(
        external_id=external_id,
        thread_id="comment:1",
        kind=Kind.COMMENT,
        visibility=Visibility.PUBLIC,
        author=RESIDENT,
        contact=RESIDENT,
        text="Wanneer wordt het afval opgehaald?",
        sent_at=SENT_AT,
        change=Change.CREATED,
    )
    return replace(message, **values)


Outcome = Callable[[OutboundMessage], Receipt]
