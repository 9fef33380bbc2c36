"""Stop everything that would go out, at once; and afterwards decide about each post that missed its moment.

Every call commits its start while it holds the switch. A pause takes the same lock: what had started before is seen and
listed, what had not finds the pause and waits. So after the commit of a pause nothing starts.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.content import with_content
from calendar_app.models import Pause, PostPart, PostTarget, PublishingSwitch, TargetState
from calendar_app.outcomes import HALFWAY, PAUSED, WITH_PARTS, WITHDRAWN, has_left, miss, show_change
from calendar_app.permissions import may_approve, may_plan
from calendar_app.publishing import (
    PublishRefused,
    current_pause,
    go_out,
    locked_switch,
    refusal,
    refuse,
    refuse_unless_planner,
    release_for,
)
from channels.messages import POSTS
from channels.models import Delivery, DeliveryState
from core.events import publish_on_commit

__all__ = ["PauseRefused", "current_pause", "drop", "left_before", "missed_targets", "pause", "release", "resume"]

REMEMBERED = timedelta(hours=1)  # what was published so long before a pause is listed with it


class PauseRefused(Exception):
    """str() says why, for the person; `code` is "forbidden", "no_reason", "paused" or "not_paused"."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def pause(*, reason: str, by: User) -> Pause:
    """From its commit on nothing starts. Raises PauseRefused."""
    if not may_plan(by):
        raise PauseRefused(_("U mag het plaatsen niet pauzeren."), code="forbidden")
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise PauseRefused(_("Schrijf waarom. Collega's zien het op elke pagina."), code="no_reason")
    with transaction.atomic():
        switch = locked_switch()
        if switch.pause_id is not None:
            raise PauseRefused(_("Alles is al gepauzeerd."), code="paused")
        pause = Pause.objects.create(reason=reason, began_at=Now(), began_by=by, already_left=_already_left())
        PublishingSwitch.objects.filter(pk=switch.pk).update(pause=pause)
        record("publishing.paused", pause, by=by, in_flight=len(pause.already_left["in_flight"]))
        publish_on_commit("everyone", "calendar", "publishing")
    pause.refresh_from_db()
    return pause


def _already_left() -> dict[str, list[int]]:
    """Under the switch's lock: every call that started has committed that. A thread is under way as long as a part of it is."""
    posts = Delivery.objects.filter(mode__in=POSTS, started_at__gte=Now() - REMEMBERED)
    begun = posts.filter(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN, DeliveryState.SENT])
    there = PostTarget.objects.filter(
        state__in=[TargetState.PUBLISHED, TargetState.DELETED], started_at__gte=Now() - REMEMBERED
    )
    # In this order: what arrives between the two is in both, and never in neither.
    left = set(begun.filter(post_part__isnull=False).values_list("post_part__target", flat=True))
    published = set(there.values_list("pk", flat=True))
    return {"in_flight": sorted(left - published), "published": sorted(published)}


def resume(*, by: User) -> Pause:
    """Publishing works again for what is still to come. What missed its moment waits for a person. Raises PauseRefused."""
    if not may_approve(by):
        raise PauseRefused(_("Een eindredacteur, manager of beheerder kan hervatten."), code="forbidden")
    with transaction.atomic():
        # In the order of all locks: deliveries, targets, last the switch. Nothing is begun meanwhile: it is paused.
        waiting = Delivery.objects.filter(mode__in=POSTS, state__in=[DeliveryState.QUEUED, DeliveryState.CLAIMED])
        deliveries = list(waiting.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
        held = PostTarget.objects.filter(state=TargetState.PUBLISHING, parts__delivery__in=deliveries)
        passed = PostTarget.objects.due().filter(state=TargetState.SCHEDULED, post__removed_at=None)
        pks = {*held.values_list("pk", flat=True), *passed.values_list("pk", flat=True)}
        rows = PostTarget.objects.filter(pk__in=pks).select_for_update(of=("self",), no_key=True).order_by("pk")
        targets = {target.pk: target for target in rows}
        switch = locked_switch()
        pause = switch.pause
        if pause is None:
            raise PauseRefused(_("Er is niets gepauzeerd."), code="not_paused")
        Delivery.objects.filter(pk__in=deliveries).update(
            state=DeliveryState.CANCELLED, error_code=PAUSED, error="", claimed_by="", lease_until=None,
            finished_at=Now(), updated_at=Now(),
        )  # fmt: skip
        for target in targets.values():
            if target.state in (TargetState.SCHEDULED, TargetState.PUBLISHING):
                miss(target, PAUSED)
        Pause.objects.filter(pk=pause.pk).update(ended_at=Now(), ended_by=by)
        PublishingSwitch.objects.filter(pk=switch.pk).update(pause=None)
        record("publishing.resumed", pause, by=by, missed=len(targets))
        publish_on_commit("everyone", "calendar", "publishing")
    pause.refresh_from_db()
    return pause


# -- what it left behind ---------------------------------------------------------------------------------------------------


def missed_targets(user: User) -> list[PostTarget]:
    """What waits for a person: missed its moment, or stopped halfway. With all that `content_of` reads."""
    mine = PostTarget.objects.visible_to(user).filter(post__removed_at=None)
    missed = mine.filter(state=TargetState.MISSED) | mine.filter(state=TargetState.FAILED, reason_code=HALFWAY)
    found = with_content(missed.values_list("pk", flat=True))
    prefetch_related_objects(found, WITH_PARTS)
    return sorted(found, key=lambda target: (target.moment or timezone.now(), target.pk))


def left_before(pause: Pause, user: User) -> list[PostTarget]:
    """What had already left when it began, as it stands now; as far as `user` may see it."""
    left: dict[str, Any] = pause.already_left
    pks = [*left.get("in_flight", ()), *left.get("published", ())]
    found = with_content(PostTarget.objects.visible_to(user).filter(pk__in=pks).values_list("pk", flat=True))
    prefetch_related_objects(found, WITH_PARTS)
    return found


def release(*, target: PostTarget, by: User, to: datetime | None = None) -> PostTarget:
    """Let what was missed go out after all: now, or at another moment, with the approval that it has. Raises PublishRefused."""
    if to is None:
        return go_out(target=target, by=by, states=(TargetState.MISSED,), action="post.released")
    refuse_unless_planner(target, by)
    if to <= timezone.now():
        refuse(target, by, _("Kies een moment dat nog komt."), code="past")
    with transaction.atomic():
        problem = release_for(target.pk, (TargetState.MISSED,), to=to)
        if not problem:
            record("post.released", target, by=by, post=target.post_id, to=to.isoformat())
            show_change(target)
    if problem:
        refuse(target, by, refusal(problem), code=problem)
    target.refresh_from_db()
    return target


def drop(*, target: PostTarget, by: User) -> PostTarget:
    """It does not go out any more: what was missed, or what still waits in the queue (its channel is down). Raises PublishRefused."""
    refuse_unless_planner(target, by)
    with transaction.atomic():
        waiting = Delivery.objects.filter(post_part__target=target.pk, state=DeliveryState.QUEUED)
        queued = list(waiting.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
        locked = PostTarget.objects.select_for_update(of=("self",), no_key=True).get(pk=target.pk)
        is_waiting = locked.state == TargetState.PUBLISHING and bool(queued) and not has_left(locked)
        if locked.state != TargetState.MISSED and not is_waiting:
            raise PublishRefused(refusal("started"), code="started")
        PostPart.objects.filter(target=target.pk).delete()
        Delivery.objects.filter(pk__in=queued).update(
            state=DeliveryState.CANCELLED, error_code=WITHDRAWN, error="", finished_at=Now(), updated_at=Now()
        )
        PostTarget.objects.filter(pk=target.pk).update(
            state=TargetState.CANCELLED, reason_code=WITHDRAWN, reason="", snapshot={}, updated_at=Now()
        )
        record("post.dropped", target, by=by, post=target.post_id)
        show_change(target)
    target.refresh_from_db()
    return target
