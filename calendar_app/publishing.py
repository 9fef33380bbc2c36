"""Publishing, exactly once: what is due becomes deliveries, and nothing leaves before everything was checked again under lock.

A target is begun once: its state changes under its lock, in the transaction that makes the delivery of its first part. From
there `channels.delivery` sends, once. `may_start` has the last word before every call, `outcomes.record_outcome` keeps the
target in step with what came of it.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.approval import approval_problem
from calendar_app.content import Content, content_in, content_of, digest_of, snapshot_of, with_content
from calendar_app.models import Pause, PostPart, PostTarget, PublishingSwitch, TargetState
from calendar_app.outcomes import (
    TOO_EARLY,
    TOO_LATE,
    WITHDRAWN,
    first_open_part,
    miss,
    record_outcome,
    send_back,
    show_change,
)
from calendar_app.permissions import may_plan
from channels.delivery import Hold
from channels.messages import SendMode
from channels.models import SEEN_BY_PERSON, Delivery, DeliveryState

__all__ = [
    "PublishRefused",
    "current_pause",
    "may_start",
    "publish_due",
    "publish_now",
    "record_outcome",
    "retry",
    "settle",
]

logger = structlog.get_logger(__name__)

BATCH = 50  # targets that are begun in one transaction
HELD_BY_PAUSE = timedelta(seconds=5)


class PublishRefused(Exception):
    """It does not go out; str() says why, for the person who asked."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def late_limit() -> timedelta:
    """What is later than this never goes out by itself: a person looks whether it still makes sense."""
    return timedelta(minutes=settings.PUBLISH_LATE_LIMIT)


def current_pause() -> Pause | None:
    """One query."""
    switch = PublishingSwitch.objects.select_related("pause__began_by").filter(pk=1).first()
    return switch.pause if switch else None


# Calls that start hold it together, so none waits for another; who pauses or resumes holds it alone.
TOGETHER = "SELECT pg_advisory_xact_lock_shared(hashtext('calendar_app.publishing'))"
ALONE = "SELECT pg_advisory_xact_lock(hashtext('calendar_app.publishing'))"


def locked_switch() -> PublishingSwitch:
    """Whoever holds it knows: every call that started has committed that, no other starts, no pause begins or ends."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE)
    return PublishingSwitch.objects.select_for_update(no_key=True).get_or_create(pk=1)[0]


def _is_paused_for_certain() -> bool:
    """Until this transaction ends no pause can begin."""
    with connection.cursor() as cursor:
        cursor.execute(TOGETHER)
    return PublishingSwitch.objects.filter(pk=1, pause__isnull=False).exists()


# -- beginning -------------------------------------------------------------------------------------------------------------


def publish_due(*, limit: int = 500) -> int:
    """Begin every post whose moment is there, by the database's clock. Returns how many targets began."""
    if current_pause() is not None:
        return 0
    due = PostTarget.objects.due().filter(state=TargetState.SCHEDULED, post__removed_at=None)
    pks = list(due.values_list("pk", flat=True)[:limit])
    begun = 0
    for first in range(0, len(pks), BATCH):
        some = pks[first : first + BATCH]
        try:
            begun += _begin(some)
        except Exception:
            # One that can not be read must not keep the others.
            logger.exception("publishing.batch_failed", targets=some)
            begun += sum(_begin_alone(pk) for pk in some)
    return begun


def _begin_alone(pk: int) -> int:
    try:
        return _begin([pk])
    except Exception:
        logger.exception("publishing.not_begun", target=pk)
        return 0


@transaction.atomic
def _begin(pks: Sequence[int], *, by: User | None = None) -> int:
    """Make the deliveries of what is scheduled, due and approved; the rest goes where it belongs."""
    rows = PostTarget.objects.filter(pk__in=pks, state=TargetState.SCHEDULED)
    # Whom somebody else holds is found again in a second.
    locked = list(
        rows.select_for_update(of=("self",), no_key=True, skip_locked=by is None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    # Read after the lock, in statements of their own: they see what was committed by whoever held it before.
    rows = PostTarget.objects.filter(pk__in=locked, post__removed_at=None)
    too_late = set(rows.due(ago=late_limit()).values_list("pk", flat=True))
    on_time = set(rows.due().values_list("pk", flat=True)) - too_late
    approvers: dict[int, User] = {}
    ready: list[tuple[PostTarget, Content]] = []
    for target in with_content(on_time | too_late):
        if target.approved_by is not None:  # one person approved many: their rights are read once
            target.approved_by = approvers.setdefault(target.approved_by.pk, target.approved_by)
        if target.pk in too_late:
            miss(target, TOO_LATE)
        elif problem := approval_problem(target):
            send_back(target, problem)
        else:
            ready.append((target, content_of(target)))
    _queue(ready)
    for target, _content in ready:
        if by is not None:
            record("post.published_now", target, by=by, post=target.post_id)
        show_change(target)
    return len(ready)


def _queue(ready: Sequence[tuple[PostTarget, Content]]) -> None:
    deliveries, parts = [], []
    for target, content in ready:
        target.snapshot = snapshot_of(content)
        target.state, target.reason_code, target.reason, target.alarmed_at = TargetState.PUBLISHING, "", "", None
        assert target.moment is not None
        delivery = Delivery(
            channel=target.channel,
            mode=SendMode.POST,
            text=content.parts[0],
            link=content.link,
            pictures=target.snapshot["pictures"],
            not_before=target.moment,
        )
        deliveries.append(delivery)
        parts += [
            PostPart(target=target, position=position, text=text, delivery=None if position else delivery)
            for position, text in enumerate(content.parts)
        ]
    Delivery.objects.bulk_create(deliveries)
    PostPart.objects.bulk_create(parts)
    fields = ["snapshot", "state", "reason_code", "reason", "alarmed_at"]
    PostTarget.objects.bulk_update([target for target, _content in ready], fields)


# -- the last word before a call -------------------------------------------------------------------------------------------


def may_start(delivery: Delivery) -> Hold | None:
    """For `deliver`: the delivery is locked; here its target, and the switch together with other calls that start."""
    rows = PostTarget.objects.filter(parts__delivery=delivery).select_for_update(of=("self",), no_key=True)
    # With what the database's clock says: no host decides by its own that it is time.
    found = rows.values_list("pk", "parts__position", Now()).first()
    if found is None:
        return Hold(code=WITHDRAWN)
    pk, position, now = found
    (target,) = with_content([pk])
    if target.state != TargetState.PUBLISHING or target.post.removed_at:
        return Hold(code=WITHDRAWN)
    # What began is finished: half a message is worse than one whose approver left a minute ago.
    problem = approval_problem(target) if position == 0 else ""
    if problem or (problem := _differs(delivery, position, target)):
        return Hold(code=problem)
    moment = target.moment
    if moment is None or moment > now:
        return Hold(code=TOO_EARLY, until=moment)
    if position == 0 and moment < now - late_limit():
        return Hold(code=TOO_LATE)
    if _is_paused_for_certain():
        return Hold(code="paused", until=timezone.now() + HELD_BY_PAUSE)
    return None


def _differs(delivery: Delivery, position: int, target: PostTarget) -> str:
    """What leaves is what was approved, letter by letter: the fingerprint is worked out again from what was stored to send."""
    kept = target.snapshot
    is_first = position == 0
    is_same = (
        digest_of(content_in(kept)) == target.approved_digest
        and delivery.text == kept["parts"][position]
        and delivery.link == (kept["link"] if is_first else "")
        and delivery.pictures == (kept["pictures"] if is_first else [])
    )
    return "" if is_same else "content_changed"


# -- by a person -------------------------------------------------------------------------------------------------------------


def refuse_unless_planner(target: PostTarget, by: User) -> None:
    """Raises PublishRefused, after it was written down that somebody tried."""
    if not may_plan(by) or not PostTarget.objects.visible_to(by).filter(pk=target.pk).exists():
        refuse(target, by, _("U mag dit bericht niet plaatsen."), code="forbidden")


def refuse(target: PostTarget, by: User, message: str, *, code: str) -> None:
    """Outside the transaction that undoes what was begun: an attempt is remembered."""
    record("post.publish", target, by=by, result="refused", code=code, post=target.post_id)
    raise PublishRefused(message, code=code)


def publish_now(*, target: PostTarget, by: User) -> PostTarget:
    """Publish what is approved, without waiting for its moment. Raises PublishRefused; what its approval no longer holds for goes
    back to be reviewed."""
    return go_out(target=target, by=by, states=(TargetState.APPROVED, TargetState.SCHEDULED), action="post.publish_now")


def go_out(*, target: PostTarget, by: User, states: Sequence[str], action: str) -> PostTarget:
    refuse_unless_planner(target, by)
    with transaction.atomic():
        problem = release_for(target.pk, states)
        if not problem:
            record(action, target, by=by, post=target.post_id)
            problem = "" if _begin([target.pk], by=by) else "not_due"
    if problem:
        refuse(target, by, refusal(problem), code=problem)
    target.refresh_from_db()
    return target


def release_for(pk: int, states: Sequence[str], *, to: datetime | None = None) -> str:
    """Schedule it for that moment (this very one, when not told), inside a transaction. Returns why not."""
    PostTarget.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    (target,) = with_content([pk])
    if target.state not in states or target.post.removed_at:
        return "not_approved" if target.approved_by_id is None else "started"
    if to is None and current_pause() is not None:
        return "paused"
    if problem := approval_problem(target):
        send_back(target, problem)
        return problem
    PostTarget.objects.filter(pk=pk).update(
        state=TargetState.SCHEDULED, own_moment=to or Now(), reason_code="", reason="", alarmed_at=None,
        updated_at=Now(),
    )  # fmt: skip
    return ""


def retry(*, target: PostTarget, by: User) -> PostTarget:
    """Send again what certainly was not sent; a thread goes on with the part that failed. Raises PublishRefused."""
    refuse_unless_planner(target, by)
    with transaction.atomic():
        problem = _retry(target.pk, by)
    if problem:
        refuse(target, by, refusal(problem), code=problem)
    target.refresh_from_db()
    return target


def _retry(pk: int, by: User) -> str:
    list(Delivery.objects.select_for_update(no_key=True).filter(post_part__target=pk).order_by("pk"))
    locked = PostTarget.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if locked.state != TargetState.FAILED:
        return "not_failed"
    if current_pause() is not None:
        return "paused"
    (target,) = with_content([pk])
    part = first_open_part(target)
    if part is None:
        return "not_failed"
    if part.position == 0 and (problem := approval_problem(target)):
        send_back(target, problem)
        return problem
    if part.delivery is None:
        return "no_place"  # what it would answer was never told by the platform
    failed = Delivery.objects.filter(pk=part.delivery.pk, state__in=[DeliveryState.FAILED, DeliveryState.CANCELLED])
    again = failed.update(
        state=DeliveryState.QUEUED, attempts=0, not_before=Now(), error="", error_code="", finished_at=None,
        started_at=None, claimed_by="", lease_until=None, reconcile_attempts=0, updated_at=Now(),
    )  # fmt: skip
    if not again:
        return "not_failed"  # under way, or nobody knows: never twice
    PostTarget.objects.filter(pk=pk).update(
        state=TargetState.PUBLISHING, own_moment=Now(), reason_code="", reason="", alarmed_at=None, updated_at=Now()
    )
    record("post.retried", target, by=by, post=target.post_id, part=part.position)
    show_change(target)
    return ""


def settle(*, target: PostTarget, was_published: bool, by: User) -> PostTarget:
    """A person looked at the platform: it is there (published), or it is not (failed, and may be sent again). Raises
    PublishRefused."""
    refuse_unless_planner(target, by)
    with transaction.atomic():
        unknown = Delivery.objects.filter(post_part__target=target.pk, state=DeliveryState.UNKNOWN)
        delivery = unknown.select_for_update(of=("self",), no_key=True).order_by("pk").first()
        if delivery is None:
            raise PublishRefused(refusal("not_unknown"), code="not_unknown")
        delivery.error_code = delivery.error = ""
        if was_published:
            # The proof is a person's word: recorded as such, until the platform itself shows the post.
            delivery.state = DeliveryState.SENT
            delivery.external_id = delivery.external_id or f"{SEEN_BY_PERSON}{delivery.pk}"
        else:
            delivery.state, delivery.error_code = DeliveryState.FAILED, "not_sent"
            delivery.error = "Somebody saw that it is not there."
        delivery.finished_at = delivery.started_at
        delivery.save()
        record("post.settled", target, by=by, was_published=was_published, post=target.post_id)
        record_outcome(delivery)
    target.refresh_from_db()
    return target


def refusal(code: str) -> str:
    """What a person is told who wanted it to go out."""
    told = {
        "not_approved": _("Dit bericht is niet goedgekeurd."),
        "started": _("Dit bericht is al begonnen of gaat niet meer door."),
        "paused": _("Alles is gepauzeerd. Hervat eerst het plaatsen."),
        "not_due": _("Dit bericht kan nu niet worden geplaatst."),
        "not_failed": _("Alleen wat niet geplaatst is, kan opnieuw."),
        "not_unknown": _("De uitkomst is al bekend."),
        "no_place": _("Het vervolg kan niet meer onder het eerste deel. Plaats het op het platform zelf."),
    }
    return told.get(code) or _("De goedkeuring geldt niet meer. Het bericht is terug ter beoordeling.")
