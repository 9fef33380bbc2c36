"""Work that nobody does goes back to the queue: not touched in time, out of office, or the day is over."""

from collections.abc import Collection
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.audit import record
from accounts.models import ShiftEnd, User
from core.events import publish_on_commit
from inbox.availability import is_out_of_office, off_since, office_hours
from inbox.models import Conversation, NotificationKind, Status
from inbox.notifications import notify

AT_ONCE = 200
NOT_TOUCHING = ("conversation.claimed", "conversation.assigned")


def return_work() -> int:
    """Returns how many conversations went back. Safe to run by any number of workers."""
    return _end_leases() + _end_shifts()


@transaction.atomic
def _end_leases() -> int:
    """Whoever did anything with it keeps it; who did nothing gives it back. Only what waits for us goes back."""
    expired = list(
        Conversation.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(lease_until__lte=Now())
        .order_by("lease_until")
        .only("pk", "channel", "assignee", "status")[:AT_ONCE]
    )
    if not expired:
        return 0
    touched = _touched([conversation.pk for conversation in expired])
    back = [each for each in expired if each.pk not in touched and each.status == Status.OPEN]
    kept = {each.pk for each in expired} - {each.pk for each in back}
    Conversation.objects.filter(pk__in=kept).update(lease_until=None)
    _give_back(back, reason="lease")
    notify([(each.assignee_id, each.pk) for each in back if each.assignee_id], kind=NotificationKind.RETURNED)
    return len(back)


def _touched(conversations: Collection[int]) -> set[int]:
    """In which of these whoever has it did something since they got it: decided, wrote, or began to write."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT c.id FROM inbox_conversation c WHERE c.id = ANY(%s) AND (
                   EXISTS (SELECT FROM accounts_auditevent e WHERE e.object_type = 'inbox.conversation'
                           AND e.object_id = c.id::text AND e.actor_id = c.assignee_id AND e.at >= c.assigned_at
                           AND NOT e.action = ANY(%s))
                   OR EXISTS (SELECT FROM inbox_message m WHERE (m.conversation_id = c.id OR m.answered_id = c.id)
                              AND m.sent_by_id = c.assignee_id AND m.sent_at >= c.assigned_at)
                   OR EXISTS (SELECT FROM inbox_draft d WHERE d.conversation_id = c.id AND d.user_id = c.assignee_id
                              AND d.updated_at >= c.assigned_at))""",
            [list(conversations), list(NOT_TOUCHING)],
        )
        return {row[0] for row in cursor.fetchall()}


@transaction.atomic
def _end_shifts() -> int:
    now = timezone.now()
    today = timezone.localdate(now)
    may_be_off = User.objects.filter(
        Q(is_active=False)
        | Q(out_of_office_from__lte=today, out_of_office_until__gte=today)
        | ~Q(shift_end=ShiftEnd.NEVER),
        conversations__status=Status.OPEN,
    ).distinct()
    hours = None
    is_known = False
    returned = 0
    for user in may_be_off:
        if not is_known:
            hours, is_known = office_hours(now), True
        since = off_since(user, now, hours)
        if since is not None:
            returned += _end_shift(user, since, now)
    return returned


def _end_shift(user: User, since: datetime, now: datetime) -> int:
    """What somebody took after that, they took on purpose."""
    before = Q(assigned_at=None) | Q(assigned_at__lt=since)
    back = list(
        Conversation.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(before, assignee=user, status=Status.OPEN)
        .only("pk", "channel", "assignee", "status")[:AT_ONCE]
    )
    _give_back(back, reason="left" if not user.is_active else "away" if is_out_of_office(user, now) else "shift")
    return len(back)


def _give_back(conversations: Collection[Conversation], *, reason: str) -> None:
    """They are locked: nobody took them meanwhile."""
    Conversation.objects.filter(pk__in=[each.pk for each in conversations]).update(
        assignee=None, assigned_at=None, lease_until=None, updated_at=Now()
    )
    for each in conversations:
        record("conversation.returned", each, by=None, reason=reason, whom=each.assignee_id)
        publish_on_commit(f"channel-{each.channel_id}", "list", f"conversation-{each.pk}")
