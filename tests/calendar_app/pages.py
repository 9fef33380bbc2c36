"""A connector with a page of our own behind it, which shows what the test says; and time that passes there."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone

from calendar_app.models import PageReading, PublishedPost
from calendar_app.own_posts import due_for_sync, sync_channel
from channels import errors
from channels.messages import OwnPost, PostFigures
from channels.models import Channel
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


def own(external_id: str = "post-a", **more: Any) -> OwnPost:
    values: dict[str, Any] = {"text": "Markt op het plein", "posted_at": timezone.now() - timedelta(minutes=30), **more}
    return OwnPost(external_id=external_id, **values)


def look(channel: Channel) -> int | None:
    """As if the moment were there."""
    due_for_sync()
    PageReading.objects.filter(channel=channel).update(next_sync_at=timezone.now(), next_measure_at=timezone.now())
    return sync_channel(channel.pk)


def later(channel: Channel, **passed: float) -> None:
    """As if all that is known were seen that much earlier."""
    for post in PublishedPost.objects.filter(channel=channel):
        for name in ("seen_at", "missing_since", "measured_at", "delete_asked_at"):
            at = getattr(post, name)
            setattr(post, name, at - timedelta(**passed) if at else None)
        post.save()
    PageReading.objects.update(next_sync_at=timezone.now(), next_measure_at=timezone.now())


def aged(channel: Channel, external_id: str, age: timedelta, measured: timedelta | None) -> PublishedPost:
    now = timezone.now()
    return PublishedPost.objects.create(
        channel=channel, external_id=external_id, root_id=external_id, text="x", posted_at=now - age,
        measured_at=now - measured if measured else None,
    )  # fmt: skip
