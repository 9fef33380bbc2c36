"""Where a conversation stands: open, waiting for the resident, snoozed, resolved. Every change has an actor."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from core.events import publish_on_commit
from inbox.models import Conversation, ResolveReason, Status
from inbox.obligations import follow
from inbox.turns import unanswered_since


class ReasonNeeded(Exception):
    """The resident's last word was not answered: resolving asks why no answer is needed."""


def _lock(conversation: Conversation) -> Conversation:
    return (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel")
        .get(pk=conversation.pk)
    )


def _tell(conversation: Conversation) -> None:
    publish_on_commit(f"channel-{conversation.channel_id}", "list", f"conversation-{conversation.pk}")


@transaction.atomic
def resolve(*, conversation: Conversation, by: User, reason: str = "") -> Conversation:
    """Done. Raises ReasonNeeded when the resident still waits and no `reason` (a ResolveReason) is given."""
    locked = _lock(conversation)
    if locked.status == Status.RESOLVED:
        return locked
    if reason and reason not in ResolveReason.values:
        raise ValueError(reason)
    if locked.awaiting_since is not None and not reason:
        raise ReasonNeeded(_("Er is nog niet geantwoord. Kies waarom dat niet nodig is."))
    locked.status, locked.resolve_reason = Status.RESOLVED, reason
    locked.snoozed_until = locked.awaiting_since = None
    locked.unread_count = 0
    locked.save()
    follow({locked.pk})
    record("conversation.resolved", locked, by=by, reason=reason)
    _tell(locked)
    return locked


@transaction.atomic
def reopen(*, conversation: Conversation, by: User) -> Conversation:
    locked = _lock(conversation)
    if locked.status == Status.OPEN:
        return locked
    before = locked.status
    locked.status, locked.resolve_reason, locked.snoozed_until = Status.OPEN, "", None
    locked.awaiting_since = locked.awaiting_since or unanswered_since(locked)
    locked.save()
    follow({locked.pk})
    record("conversation.reopened", locked, by=by, before=before)
    _tell(locked)
    return locked


@transaction.atomic
def snooze(*, conversation: Conversation, until: datetime, by: User) -> Conversation:
    """Out of sight until `until`; a new message of the resident brings it back at once. Raises ValueError for the past."""
    if until <= timezone.now():
        raise ValueError(_("Kies een moment in de toekomst."))
    locked = _lock(conversation)
    if locked.status == Status.RESOLVED:
        locked.awaiting_since = unanswered_since(locked)
    locked.status, locked.snoozed_until, locked.resolve_reason = Status.SNOOZED, until, ""
    locked.save()
    follow({locked.pk})
    record("conversation.snoozed", locked, by=by, until=until.isoformat())
    _tell(locked)
    return locked


@transaction.atomic
def wait_for_resident(*, conversation: Conversation, by: User) -> Conversation:
    """The ball is in the resident's court, for instance after a phone call."""
    locked = _lock(conversation)
    locked.status, locked.snoozed_until, locked.resolve_reason = Status.WAITING, None, ""
    locked.awaiting_since = None
    locked.save()
    follow({locked.pk})
    record("conversation.waiting", locked, by=by)
    _tell(locked)
    return locked


@transaction.atomic
def mark_read(*, conversation: Conversation, by: User) -> bool:
    """Somebody of the team has seen it. True when that changed anything. Reading is not audited: it is no decision."""
    changed = Conversation.objects.filter(pk=conversation.pk, unread_count__gt=0).update(unread_count=0)
    if changed:
        _tell(conversation)
    return bool(changed)


@transaction.atomic
def mark_unread(*, conversation: Conversation, by: User) -> bool:
    changed = Conversation.objects.filter(pk=conversation.pk, unread_count=0).update(unread_count=1)
    if changed:
        _tell(conversation)
    return bool(changed)


@transaction.atomic
def wake_snoozed() -> int:
    """Conversations whose time has come are open again. Returns how many."""
    due = list(
        Conversation.objects.select_for_update(skip_locked=True, of=("self",), no_key=True).filter(
            status=Status.SNOOZED, snoozed_until__lte=timezone.now()
        )[:500]
    )
    for conversation in due:
        conversation.status, conversation.snoozed_until = Status.OPEN, None
        conversation.unread_count = max(conversation.unread_count, 1)
        conversation.save(update_fields=["status", "snoozed_until", "unread_count", "updated_at"])
        record("conversation.woken", conversation, by=None)
        _tell(conversation)
    follow([conversation.pk for conversation in due])
    return len(due)
