"""A connector with a page of our own behind it, which shows what the test says."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from channels import errors
from channels.messages import OwnPost, PostFigures
from tests.scripted import ScriptedConnector


class PagedConnector(ScriptedConnector):
    capabilities = replace(ScriptedConnector.capabilities, lists_posts=True, measures_posts=True, deletes_posts=True)

    page: ClassVar[list[OwnPost]] = []
    figures: ClassVar[dict[str, PostFigures]] = {}
    asked: ClassVar[list[list[str]]] = []  # of measure_posts
    deleted: ClassVar[list[str]] = []
    deletions: ClassVar[list[Exception]] = []  # what the next calls raise
    trouble: ClassVar[Exception | None] = None  # of every read
    troubled_account: ClassVar[str] = ""
    refused_tokens: ClassVar[set[str]] = set()

    @classmethod
    def begin(cls) -> None:
        super().begin()
        cls.page, cls.figures, cls.asked, cls.deleted, cls.deletions = [], {}, [], [], []
        cls.trouble, cls.troubled_account, cls.refused_tokens = None, "", set()

    def _enter(self) -> None:
        if self.account.credentials.get("access_token") in self.refused_tokens:
            raise errors.CredentialsRejected("no")
        if self.trouble is not None:
            raise self.trouble
        if self.account.external_id == self.troubled_account:
            raise errors.TransientError("away", code="timeout")

    def list_posts(self, *, since: datetime) -> list[OwnPost]:
        self._enter()
        return [own for own in self.page if own.posted_at is None or own.posted_at >= since]

    def measure_posts(self, external_ids: Sequence[str]) -> dict[str, PostFigures]:
        self._enter()
        self.asked.append(list(external_ids))
        assert len(external_ids) <= 100
        return {one: self.figures[one] for one in external_ids if one in self.figures}

    def delete_post(self, external_id: str) -> None:
        self._enter()
        self.deleted.append(external_id)
        if self.deletions:
            raise self.deletions.pop(0)
