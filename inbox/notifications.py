"""Telling people inside Balie what concerns them: many things of one kind together; heard on the open screen."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.events import publish_on_commit
from inbox.models import Notification, NotificationKind
from inbox.sanitise import clean, first_line

SHOWN = 100  # lines in the list of the bell


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything unread of one kind, newest first."""

    kind: NotificationKind
    notifications: list[Notification]


def group_of(user: int) -> str:
    """The group of live events that only this person hears."""
    return f"user-{user}"


def notify(whom: Iterable[tuple[int, int]], *, kind: NotificationKind, by: User | None = None) -> None:
    """Tell each of `whom` (primary keys of a person and a conversation) once. Inside a transaction; one statement.

    Whether somebody may see the conversation is for the caller to know; what they may not see is not shown either way."""
    rows = [
        Notification(user_id=user, conversation_id=conversation, kind=kind, actor=by)
        for user, conversation in dict.fromkeys(whom)
        if by is None or by.pk != user  # nobody is told what they did themselves
    ]
    if not rows:
        return
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    publish_on_commit([group_of(row.user_id) for row in rows], "notifications")


def notify_about(
    users: Iterable[User], *, kind: NotificationKind, path: str, title: str, by: User | None = None
) -> None:
    """Tell each of `users` once about a page of ours: `path` begins with "/", `title` is what it is called (cut to one line).
    Inside a transaction; one statement. Whether they may see that page is for the caller to know."""
    if not path.startswith("/") or path.startswith("//"):
        raise ValueError(path)
    name = first_line(clean(title, 1000))
    rows = [
        Notification(user_id=user, kind=kind, path=path, title=name, actor=by)
        for user in dict.fromkeys(user.pk for user in users)
        if by is None or by.pk != user
    ]
    if not rows:
        return
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    publish_on_commit([group_of(row.user_id) for row in rows], "notifications")


@transaction.atomic
def withdraw_about(*, path: str, kinds: Iterable[NotificationKind]) -> None:
    """What was told about that page is no longer so, for anybody: it need not be read."""
    unread = Notification.objects.unread().filter(conversation=None, path=path, kind__in=list(kinds))
    users = list(unread.values_list("user", flat=True))
    if users and unread.update(read_at=timezone.now()):
        publish_on_commit([group_of(user) for user in users], "notifications")


def count_unread(user: User) -> int:
    return Notification.objects.visible_to(user).unread().count()


def unread_bundles(user: User) -> list[Bundle]:
    """One query."""
    found = (
        Notification.objects.visible_to(user)
        .unread()
        .select_related("conversation__channel", "conversation__identity", "actor")
        .only(
            "kind", "created_at", "path", "title", "actor__first_name", "actor__last_name", "actor__username", "conversation__preview",
            "conversation__next_due_at", "conversation__channel__platform", "conversation__channel__name",
            "conversation__identity__name", "conversation__identity__handle", "conversation__identity__platform",
        )
        .order_by("-pk")[:SHOWN]
    )  # fmt: skip
    by_kind: dict[str, list[Notification]] = {}
    for each in found:
        by_kind.setdefault(each.kind, []).append(each)
    return [Bundle(kind, by_kind[kind]) for kind in NotificationKind if kind in by_kind]


@transaction.atomic
def mark_notified(*, by: User, pk: int | None = None, conversation: int | None = None, path: str = "") -> int:
    """One has seen them: one line, all of a conversation or of a page, or everything. Returns how many were unread. Not
    audited: it is no decision."""
    mine = Notification.objects.filter(user=by, read_at=None)
    if pk is not None:
        mine = mine.filter(pk=pk)
    if conversation is not None:
        mine = mine.filter(conversation=conversation)
    if path:
        mine = mine.filter(path=path)
    changed = mine.update(read_at=timezone.now())
    if changed:
        publish_on_commit(group_of(by.pk), "notifications")
    return changed
