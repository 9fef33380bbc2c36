"""What should have been published and was not: nobody needs to discover that by looking at the page of the town."""

from collections.abc import Iterable
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.audit import record
from accounts.models import Membership, User
from calendar_app.changing import path_of
from calendar_app.models import PostTarget, TargetState
from calendar_app.outcomes import TOO_LATE, miss, show_change
from calendar_app.permissions import APPROVES
from calendar_app.publishing import current_pause, late_limit
from channels.messages import POSTS
from channels.models import ChannelTeam, Delivery, DeliveryState
from inbox.models import NotificationKind
from inbox.notifications import notify_about

logger = structlog.get_logger(__name__)

WAITING = (TargetState.SCHEDULED, TargetState.PUBLISHING)
ENDED_BADLY = (TargetState.FAILED, TargetState.UNKNOWN, TargetState.MISSED)
# An unknown outcome is looked up first: most are known again within this time.
LOOKED_UP = timedelta(minutes=1)
MANY = 500  # in one round


def bark() -> int:
    """Tell once about each target that is overdue or ended badly. Returns about how many."""
    told = 0
    if current_pause() is None:  # while everything is paused every page says so already
        _give_up_waiting()
        overdue = PostTarget.objects.due(ago=timedelta(minutes=settings.PUBLISH_WATCHDOG))
        late = overdue.filter(state__in=WAITING, alarmed_at=None, post__removed_at=None)
        told += _tell_all(late.values_list("pk", flat=True)[:MANY], WAITING, NotificationKind.LATE)
    bad = PostTarget.objects.filter(state__in=ENDED_BADLY, alarmed_at=None, post__removed_at=None)
    bad = bad.exclude(Q(state=TargetState.UNKNOWN) & Q(started_at__gt=Now() - LOOKED_UP))
    return told + _tell_all(bad.values_list("pk", flat=True)[:MANY], ENDED_BADLY, NotificationKind.UNPUBLISHED)


def _tell_all(pks: Iterable[int], states: tuple[TargetState, ...], kind: NotificationKind) -> int:
    told = 0
    for pk in list(pks):
        try:
            told += _tell(pk, states, kind)
        except Exception:
            # One that can not be told keeps none of the others.
            logger.exception("watchdog.not_told", target=pk)
    return told


@transaction.atomic
def _tell(pk: int, states: tuple[TargetState, ...], kind: NotificationKind) -> int:
    rows = PostTarget.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    target = rows.filter(pk=pk, state__in=states, alarmed_at=None).select_related("post").first()
    if target is None:
        return 0
    PostTarget.objects.filter(pk=pk).update(alarmed_at=Now(), updated_at=Now())
    record("post.alarm", target, by=None, state=target.state, code=target.reason_code, post=target.post_id)
    notify_about(concerned_with(target), kind=kind, path=path_of(target.post), title=str(target.post))
    show_change(target)
    return 1


def concerned_with(target: PostTarget) -> list[User]:
    """Who made it and who approved it, and every approver of its channel."""
    teams = ChannelTeam.objects.filter(channel=target.channel_id).values("team")
    approvers = Membership.objects.filter(team__in=teams, role__in=APPROVES).values("user")
    own = [pk for pk in (target.post.owner_id, target.post.edited_by_id, target.approved_by_id) if pk]
    return list(User.objects.filter(Q(pk__in=approvers) | Q(pk__in=own), is_active=True).order_by("pk"))


def _give_up_waiting() -> None:
    """What waits in the queue (its channel is down) until it is too late: a person decides, as with all that is too late. What is
    halfway waits on: the rest of it still belongs there."""
    overdue = PostTarget.objects.due(ago=late_limit()).filter(state=TargetState.PUBLISHING, started_at=None)
    for pk in list(overdue.values_list("pk", flat=True)[:MANY]):
        with transaction.atomic():
            waiting = Delivery.objects.filter(post_part__target=pk, mode__in=POSTS, state=DeliveryState.QUEUED)
            delivery = waiting.select_for_update(of=("self",), no_key=True, skip_locked=True).first()
            if delivery is None:
                continue
            target = PostTarget.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
            if target.state != TargetState.PUBLISHING or target.started_at is not None:
                continue
            Delivery.objects.filter(pk=delivery.pk).update(
                state=DeliveryState.CANCELLED, error_code=TOO_LATE, finished_at=Now(), updated_at=Now()
            )
            miss(target, TOO_LATE)
