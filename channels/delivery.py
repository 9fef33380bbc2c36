"""Sending, once: claim a row, commit that we start, make one call, commit what came of it.

The row is the queue. A worker may die at any line: before `sending` nothing left, so the row goes back to the queue when
its lease ends; after it nobody knows, so the row becomes `unknown` and is looked up at the platform, never sent again.
Times are the database's, so that two hosts with different clocks agree.
"""

import os
import random
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from channels import errors
from channels.encryption import CredentialsUnreadable
from channels.messages import POSTS, REPLIES, Receipt, SendMode
from channels.models import Channel, ChannelState, Delivery, DeliveryState
from channels.outgoing import PictureChanged, outbound, outbound_post
from channels.registry import connector_for
from channels.state import BLOCKS_SENDING, note_error, note_success, refresh_credentials, retry_at, store_budgets

logger = structlog.get_logger(__name__)

# Called inside the transaction that commits the outcome: whoever owns the message keeps its own rows in step.
OnOutcome = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Why a delivery may not start now. Without `until` it never will: it is cancelled."""

    code: str
    text: str = ""
    until: datetime | None = None


# Asked right before the call, with the delivery locked, in the transaction that commits `sending`; then the channel is locked.
MayStart = Callable[[Delivery], Hold | None]

MAX_ATTEMPTS = 8
# An unknown outcome is looked up after these waits; what is still unknown then waits for a person.
RECONCILE_WAITS = (timedelta(seconds=2), timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=10))
# Pictures that are uploaded longer than this wait for better times: the worker that does it has to end, with all that it is doing.
UPLOADS_WITHIN = timedelta(seconds=40)
OPEN_STATES = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING, DeliveryState.UNKNOWN)


def worker_name() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{random.getrandbits(32):08x}"


def _lease() -> timedelta:
    return timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)


def deliver(pk: int, *, on_outcome: OnOutcome, may_start: MayStart | None = None) -> Delivery | None:
    """Send delivery `pk` if it is due and nobody else does. Returns it as it is afterwards; None when it was not ours.
    `may_start` has the last word before the call."""
    worker = worker_name()
    # One table, one statement: of any number of workers exactly one gets the row.
    claimed = Delivery.objects.filter(pk=pk, state=DeliveryState.QUEUED, not_before__lte=Now()).update(
        state=DeliveryState.CLAIMED, claimed_by=worker, lease_until=Now() + _lease(), attempts=F("attempts") + 1
    )
    if not claimed:
        return None
    delivery = _start(pk, worker, on_outcome, may_start)
    if delivery is None:
        return None
    channel = delivery.channel
    token = ""
    try:
        token = channel.get_credentials().get("access_token", "")
        connector = connector_for(channel)
        connector.still_allowed = partial(_keep_going, pk, worker, on_outcome, may_start)
        post = outbound_post(delivery) if delivery.mode in POSTS else None
    except OSError as error:
        logger.exception("delivery.no_picture", delivery=pk)
        code = "picture_changed" if isinstance(error, PictureChanged) else "picture_missing"
        return _finish(pk, worker, on_outcome, error=errors.PermanentError(str(error), code=code))
    except Exception as error:
        # Nothing has left yet: credentials that can not be read are for an administrator, the row waits.
        logger.exception("delivery.no_connector", delivery=pk)
        code = error.code if isinstance(error, CredentialsUnreadable) else ""
        return _finish(pk, worker, on_outcome, error=errors.Misconfigured(str(error), code=code))
    try:
        receipt = connector.publish(post) if post else connector.send(outbound(delivery))
    except _Withheld:
        return Delivery.objects.get(pk=pk)
    except errors.ConnectorError as error:
        # Once: a token that is refused right after its renewal is for a person, and the row waits for that.
        is_renewable = isinstance(error, errors.CredentialsRejected) and delivery.error_code != "refreshed"
        if is_renewable and refresh_credentials(channel, rejected_token=token):
            error = errors.TransientError("The access was renewed.", code="refreshed")
        return _finish(pk, worker, on_outcome, error=error)
    except Exception as error:
        # A bug of ours in the middle of a call: it may have been carried out, so it counts as unknown.
        logger.exception("delivery.crashed", delivery=pk)
        return _finish(pk, worker, on_outcome, error=errors.OutcomeUnknown(type(error).__name__))
    finally:
        store_budgets(channel, connector.budgets.values())
    return _finish(pk, worker, on_outcome, receipt=receipt)


@transaction.atomic
def _start(pk: int, worker: str, on_outcome: OnOutcome, may_start: MayStart | None) -> Delivery | None:
    """Commit `sending` before the call, with the channel's state checked under the same lock."""
    delivery = (
        Delivery.objects.select_for_update(no_key=True)
        .filter(pk=pk, state=DeliveryState.CLAIMED, claimed_by=worker)
        .first()
    )
    if delivery is None:
        return None  # the lease ended and somebody else has it
    if (hold := _why_not(delivery, may_start)) is not None:
        _hold_back(delivery, hold)
        on_outcome(delivery)
        return None
    delivery.state = DeliveryState.SENDING
    delivery.started_at = timezone.now()
    # The lease by the clock that also says when it ends: a worker whose own clock is behind keeps it.
    Delivery.objects.filter(pk=pk).update(
        state=delivery.state, started_at=delivery.started_at, lease_until=Now() + _lease(), updated_at=Now()
    )
    on_outcome(delivery)
    return delivery


def _why_not(delivery: Delivery, may_start: MayStart | None) -> Hold | None:
    """What keeps the delivery, which is locked. The channel is locked last, and so for the shortest time: many start at once."""
    if may_start is not None and (hold := may_start(delivery)) is not None:
        return hold
    channel = Channel.objects.select_for_update(no_key=True).get(pk=delivery.channel_id)
    delivery.channel = channel
    limited_until = channel.state_until if channel.state == ChannelState.LIMITED else None
    if channel.state in BLOCKS_SENDING or channel.closed_at or (limited_until and limited_until > timezone.now()):
        code = "channel_closed" if channel.closed_at else f"channel_{channel.state}"
        until = limited_until or timezone.now() + timedelta(seconds=30)
        return Hold(code=code, text=channel.state_reason, until=until)
    return None


class _Withheld(errors.TransientError):
    """It was allowed to start and is not any more; the row says what became of it."""


def _keep_going(pk: int, worker: str, on_outcome: OnOutcome, may_start: MayStart | None) -> None:
    """Between two calls of one delivery that nobody sees anything of yet: everything is asked once more, and the lease begins anew."""
    with transaction.atomic():
        mine = Delivery.objects.filter(pk=pk, state=DeliveryState.SENDING, claimed_by=worker)
        delivery = mine.select_for_update(no_key=True).first()
        hold = _why_not(delivery, may_start) if delivery is not None else None
        if delivery is not None and hold is not None:
            _hold_back(delivery, hold)
            on_outcome(delivery)
        elif delivery is not None:
            mine.update(lease_until=Now() + _lease())
    if delivery is None:
        # Somebody took us for dead. We know that nothing was seen, so it may be sent again, unless a person decided meanwhile.
        raise errors.TransientError("It took too long.", code="timeout")
    if hold is not None:
        raise _Withheld(hold.text, code=hold.code)
    if delivery.started_at is not None and timezone.now() - delivery.started_at > UPLOADS_WITHIN:
        raise errors.TransientError("The pictures took too long.", code="timeout")


def _hold_back(delivery: Delivery, hold: Hold) -> None:
    """Nothing left: back to the queue until then, or out of it."""
    delivery.claimed_by, delivery.lease_until = "", None
    delivery.attempts -= 1
    delivery.error_code, delivery.error = hold.code[:40], hold.text[:500]
    if hold.until is None:
        delivery.state, delivery.finished_at = DeliveryState.CANCELLED, timezone.now()
    else:
        delivery.state, delivery.not_before = DeliveryState.QUEUED, hold.until
    delivery.save()


@transaction.atomic
def _finish(
    pk: int,
    worker: str,
    on_outcome: OnOutcome,
    *,
    receipt: Receipt | None = None,
    error: errors.ConnectorError | None = None,
) -> Delivery:
    delivery = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("channel").get(pk=pk)
    is_open = delivery.state in (DeliveryState.SENDING, DeliveryState.UNKNOWN)
    # Somebody looked and did not see a post; we have it from the platform.
    is_denied = (
        receipt is not None
        and delivery.mode in POSTS
        and delivery.state == DeliveryState.FAILED
        and delivery.error_code == "not_sent"
    )
    if delivery.claimed_by != worker or not (is_open or is_denied):
        return delivery  # a person or a reconciliation was first; their proof stands
    channel = delivery.channel
    if receipt is not None:
        _mark_sent(delivery, receipt)
    elif error is not None:
        _mark_failed(delivery, error)
    delivery.save()
    on_outcome(delivery)
    # Last: whoever else writes to conversations comes to the channel after them as well, so nobody waits crosswise.
    if receipt is not None:
        note_success(channel)
    elif error is not None:
        note_error(channel, error)
    return delivery


def _mark_sent(delivery: Delivery, receipt: Receipt) -> None:
    delivery.state = DeliveryState.SENT
    delivery.external_id = receipt.external_id
    delivery.receipt_thread_id = receipt.thread_id or delivery.receipt_thread_id
    delivery.permalink = receipt.permalink
    delivery.finished_at = receipt.sent_at or timezone.now()
    delivery.lease_until = None
    delivery.error = delivery.error_code = ""


def _mark_failed(delivery: Delivery, error: errors.ConnectorError) -> None:
    """Sort the failure by what to do next."""
    now = timezone.now()
    delivery.error_code, delivery.error = error.code[:40], str(error)[:500]
    delivery.lease_until = None
    match error:
        case errors.RateLimited():
            delivery.state, delivery.not_before = DeliveryState.QUEUED, retry_at(error, default=timedelta(minutes=1))
            delivery.attempts -= 1  # waiting our turn is no failure
        case errors.TransientError() if delivery.attempts < MAX_ATTEMPTS:
            wait = (
                0
                if error.code == "refreshed"
                else min(5 * 2 ** (delivery.attempts - 1), 900) * random.uniform(0.8, 1.2)
            )
            delivery.state, delivery.not_before = DeliveryState.QUEUED, now + timedelta(seconds=wait)
        case errors.ChannelError():
            delivery.state, delivery.not_before = DeliveryState.QUEUED, now + timedelta(seconds=30)
            delivery.attempts -= 1
        case errors.OutcomeUnknown() | errors.PayloadError():
            if delivery.external_id:
                # The platform already showed us the message (webhook or poll) while the call was under way.
                delivery.state, delivery.finished_at = DeliveryState.SENT, now
                delivery.error = delivery.error_code = ""
            else:
                delivery.state = DeliveryState.UNKNOWN
                delivery.not_before = now + RECONCILE_WAITS[0]
        case _:
            delivery.state, delivery.finished_at = DeliveryState.FAILED, now


def due_deliveries(limit: int = 500, *, modes: tuple[SendMode, ...] = REPLIES) -> list[int]:
    """Rows of these `modes` that a worker should pick up now, oldest first; none of a channel that may not send, none of a limited one."""
    blocked = Channel.objects.filter(state__in=[*BLOCKS_SENDING, ChannelState.LIMITED]).values("pk")
    due = Delivery.objects.filter(state=DeliveryState.QUEUED, not_before__lte=Now(), mode__in=modes).exclude(
        channel__in=blocked
    )
    return list(due.order_by("not_before", "pk").values_list("pk", flat=True)[:limit])


def recover_expired(*, on_outcome: OnOutcome, modes: tuple[SendMode, ...] = REPLIES) -> int:
    """Rows whose worker died: back to the queue when no call was made, `unknown` when one may have been."""
    recovered = 0
    expired = Delivery.objects.filter(
        state__in=[DeliveryState.CLAIMED, DeliveryState.SENDING], lease_until__lte=Now(), mode__in=modes
    ).values_list("pk", flat=True)
    for pk in list(expired[:500]):
        with transaction.atomic():
            delivery = (
                Delivery.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
                .select_related("channel")
                .filter(pk=pk, lease_until__lte=Now())
                .first()
            )
            if delivery is None:
                continue
            if delivery.state == DeliveryState.CLAIMED:
                delivery.state, delivery.claimed_by = DeliveryState.QUEUED, ""
            elif delivery.state == DeliveryState.SENDING:
                if delivery.external_id:
                    delivery.state, delivery.finished_at = DeliveryState.SENT, timezone.now()
                else:
                    delivery.state = DeliveryState.UNKNOWN
                    delivery.error_code, delivery.error = "worker_lost", "The worker died half-way."
                    delivery.not_before = timezone.now()
            else:
                continue
            delivery.lease_until = None
            delivery.save()
            on_outcome(delivery)
            recovered += 1
    return recovered


def unknown_deliveries(limit: int = 100, *, modes: tuple[SendMode, ...] = REPLIES) -> list[int]:
    """Unknown outcomes that it is time to look up. After the last look they wait for a person."""
    unknown = Delivery.objects.filter(
        state=DeliveryState.UNKNOWN,
        not_before__lte=Now(),
        reconcile_attempts__lt=len(RECONCILE_WAITS),
        mode__in=modes,
    )
    return list(unknown.order_by("not_before").values_list("pk", flat=True)[:limit])


def reconcile(pk: int, *, on_outcome: OnOutcome) -> Delivery | None:
    """Look at the platform whether the message is there. Found: sent, with its id. Not found or no answer: still unknown."""
    moved = Delivery.objects.filter(pk=pk, state=DeliveryState.UNKNOWN, not_before__lte=Now()).update(
        not_before=Now() + timedelta(seconds=45)
    )
    if not moved:
        return None
    delivery = Delivery.objects.select_related("channel").get(pk=pk)
    receipt: Receipt | None = None
    looked = False
    try:
        connector = connector_for(delivery.channel)
        since = (delivery.started_at or delivery.created_at) - timedelta(minutes=2)
        try:
            if delivery.mode in POSTS:
                receipt = connector.find_published(outbound_post(delivery), since=since)
            else:
                receipt = connector.find_sent(outbound(delivery), since=since)
            looked = True
            if receipt is not None and _is_anothers(delivery, receipt):
                receipt = None  # the same words, sent by another row
            elif receipt is not None and _is_being_said(delivery):
                receipt, looked = None, False
        finally:
            store_budgets(delivery.channel, connector.budgets.values())
    except (errors.ConnectorError, OSError) as error:
        logger.warning("delivery.not_reconciled", delivery=pk, code=getattr(error, "code", type(error).__name__))
    return _settle(pk, receipt, looked=looked, on_outcome=on_outcome)


def _is_anothers(delivery: Delivery, receipt: Receipt) -> bool:
    """What stands on the platform belongs to one delivery."""
    same = Delivery.objects.filter(channel_id=delivery.channel_id, external_id=receipt.external_id)
    return bool(receipt.external_id) and same.exclude(pk=delivery.pk).exists()


def _is_being_said(delivery: Delivery) -> bool:
    """Another row says the same there at this moment, and its id is not known yet: what was found may be that."""
    same = Delivery.objects.filter(
        channel_id=delivery.channel_id,
        mode=delivery.mode,
        text=delivery.text,
        thread_id=delivery.thread_id,
        in_reply_to=delivery.in_reply_to,
    )
    return same.filter(state=DeliveryState.SENDING).exclude(pk=delivery.pk).exists()


@transaction.atomic
def _settle(pk: int, receipt: Receipt | None, *, looked: bool, on_outcome: OnOutcome) -> Delivery | None:
    delivery = Delivery.objects.select_for_update(of=("self",), no_key=True).select_related("channel").get(pk=pk)
    if delivery.state != DeliveryState.UNKNOWN:
        return delivery
    now = timezone.now()
    if receipt is not None:
        _mark_sent(delivery, receipt)
    elif looked:
        delivery.reconcile_attempts += 1
        delivery.reconciled_at = now
        delivery.not_before = now + RECONCILE_WAITS[min(delivery.reconcile_attempts, len(RECONCILE_WAITS) - 1)]
    else:
        delivery.not_before = now + timedelta(seconds=60)  # no answer is no look
    delivery.save()
    on_outcome(delivery)
    return delivery
