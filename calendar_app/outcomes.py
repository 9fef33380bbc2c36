"""What came of a delivery, for the target that it belongs to; and the ways in which a target does not go out."""

from django.db.models import Prefetch
from django.db.models.functions import Now
from django.utils import timezone

from accounts.audit import record
from calendar_app.approval import reviewers_of
from calendar_app.changing import end_approval, path_of
from calendar_app.models import PostPart, PostTarget, PublishedPost, TargetState
from channels.messages import SendMode
from channels.models import SEEN_BY_PERSON, Delivery, DeliveryState
from core.events import publish_on_commit
from inbox.models import NotificationKind
from inbox.notifications import notify_about

# Why a delivery did not start, besides what `approval_problem` says.
WITHDRAWN, TOO_EARLY, TOO_LATE, PAUSED, HALFWAY = "withdrawn", "too_early", "too_late", "paused", "halfway"


def show_change(target: PostTarget) -> None:
    publish_on_commit("calendar", "calendar", f"post-{target.post_id}")


WITH_PARTS = Prefetch("parts", PostPart.objects.select_related("delivery").order_by("position"))


def parts_of(target: PostTarget) -> list[PostPart]:
    """With their deliveries, in order. Of many targets they are fetched together before (`WITH_PARTS`)."""
    if "parts" not in getattr(target, "_prefetched_objects_cache", {}):
        return list(PostPart.objects.filter(target=target).select_related("delivery").order_by("position"))
    return list(target.parts.all())


def first_open_part(target: PostTarget) -> PostPart | None:
    """The first that is not on the platform."""
    return next((p for p in parts_of(target) if p.delivery is None or p.delivery.state != DeliveryState.SENT), None)


def has_left(target: PostTarget) -> bool:
    """Something of it is on the platform, or may be."""
    gone = (DeliveryState.SENDING, DeliveryState.SENT, DeliveryState.UNKNOWN)
    return PostPart.objects.filter(target=target, delivery__state__in=gone).exists()


# -- not going out; the target is locked -----------------------------------------------------------------------------------


def send_back(target: PostTarget, code: str) -> None:
    """Its approval does not hold (any more): somebody reviews it again. Who approved, and who can approve, hears it."""
    PostPart.objects.filter(target=target).delete()
    PostTarget.objects.filter(pk=target.pk).update(snapshot={}, own_moment=None)
    target.snapshot, target.own_moment = {}, None
    record("post.sent_back", target, by=None, result="refused", code=code, post=target.post_id)
    end_approval(target, state=TargetState.IN_REVIEW, reason_code=code[:40], by=None)
    people = [*reviewers_of(target.post), target.post.owner]
    notify_about(people, kind=NotificationKind.UNPUBLISHED, path=path_of(target.post), title=str(target.post))
    show_change(target)


def miss(target: PostTarget, code: str) -> None:
    """Its moment passed: it waits for a person. What is halfway has failed, and can be finished."""
    if has_left(target):
        _set(target, TargetState.FAILED, HALFWAY)
    else:
        PostPart.objects.filter(target=target).delete()
        _set(target, TargetState.MISSED, code, snapshot={})
    record("post.missed", target, by=None, code=code, post=target.post_id)


def _set(target: PostTarget, state: TargetState, code: str, *, reason: str = "", **values: object) -> None:
    values = {"state": state, "reason_code": code[:40], "reason": reason[:500], **values}
    PostTarget.objects.filter(pk=target.pk).update(**values, updated_at=Now())
    for name, value in values.items():
        setattr(target, name, value)
    show_change(target)


# -- outcomes --------------------------------------------------------------------------------------------------------------


def record_outcome(delivery: Delivery) -> None:
    """Keep the target in step with its delivery; runs in the transaction that commits the outcome. The delivery is locked."""
    if delivery.state == DeliveryState.SENDING:
        return  # the delivery says so; the target stays "publishing"
    rows = PostPart.objects.filter(delivery=delivery).select_related("target")
    part = rows.select_for_update(of=("target",), no_key=True).first()
    if part is None:
        return
    target = part.target
    match delivery.state:
        case DeliveryState.QUEUED | DeliveryState.CLAIMED:
            _waits(target, delivery)
        case DeliveryState.SENT:
            _sent(target, part.position, delivery)
        case DeliveryState.FAILED:
            _set(target, TargetState.FAILED, delivery.error_code or "rejected", reason=delivery.error)
            record("post.failed", target, by=None, result="failed", code=delivery.error_code, post=target.post_id)
        case DeliveryState.UNKNOWN:
            if target.state != TargetState.UNKNOWN:
                record("post.unknown", target, by=None, result="unknown", code=delivery.error_code, post=target.post_id)
            _set(
                target, TargetState.UNKNOWN, delivery.error_code or "outcome_unknown", reason=delivery.error,
                started_at=target.started_at or delivery.started_at,
            )  # fmt: skip
        case DeliveryState.CANCELLED:
            _cancelled(target, delivery)


def _waits(target: PostTarget, delivery: Delivery) -> None:
    """Still to go: what keeps it is shown."""
    if (target.reason_code, target.reason) != (delivery.error_code, delivery.error):
        _set(target, TargetState.PUBLISHING, delivery.error_code, reason=delivery.error)


def _cancelled(target: PostTarget, delivery: Delivery) -> None:
    if target.state != TargetState.PUBLISHING or delivery.error_code == WITHDRAWN:
        return
    if delivery.error_code == TOO_LATE:
        miss(target, TOO_LATE)
    elif has_left(target):
        _set(target, TargetState.FAILED, delivery.error_code)
    else:
        send_back(target, delivery.error_code)


def _sent(target: PostTarget, position: int, delivery: Delivery) -> None:
    if position + 1 == len(target.snapshot["parts"]):
        _published(target, delivery if position == 0 else None)
        return
    following = PostPart.objects.get(target=target, position=position + 1)
    if following.delivery_id is not None:
        return  # on its way already
    if delivery.external_id.startswith(SEEN_BY_PERSON):
        # Nobody knows the id that the rest would answer.
        _set(target, TargetState.FAILED, "no_place")
        return
    following.delivery = Delivery.objects.create(
        channel_id=target.channel_id,
        mode=SendMode.POST,
        text=following.text,
        in_reply_to=delivery.external_id,
        root_id=delivery.root_id or delivery.external_id,
        not_before=timezone.now(),
    )
    following.save(update_fields=["delivery"])
    _set(target, TargetState.PUBLISHING, "", started_at=target.started_at or delivery.started_at)


def _published(target: PostTarget, first: Delivery | None) -> None:
    first = first or parts_of(target)[0].delivery
    assert first is not None
    at = first.finished_at or timezone.now()
    started_at = target.started_at or first.started_at
    _set(target, TargetState.PUBLISHED, "", published_at=at, started_at=started_at)
    record("post.published", target, by=None, post=target.post_id)
    if first.external_id.startswith(SEEN_BY_PERSON):
        return  # found by the sync of our own posts, when the platform shows it
    made = PublishedPost(
        channel_id=target.channel_id,
        external_id=first.external_id,
        root_id=first.receipt_thread_id or first.external_id,
        target=target,
        text=target.snapshot["parts"][0],
        permalink=first.permalink,
        posted_at=at,
    )
    # Whoever reads our own page may have seen it before we knew that it was ours.
    PublishedPost.objects.bulk_create(
        [made],
        update_conflicts=True,
        unique_fields=["channel", "external_id"],
        update_fields=["target", "text", "permalink"],
    )


def seconds_late(target: PostTarget) -> float | None:
    """Seconds between its moment and the moment it stood there; None when it does not (yet)."""
    if target.published_at is None or target.moment is None:
        return None
    return (target.published_at - target.moment).total_seconds()
