"""Celery: the clock and the network. Tasks take primary keys, call one function and hold no logic."""

from celery import shared_task

from channels import delivery, state
from channels.models import Channel, ChannelState
from inbox import (
    escalation,
    expectations,
    ingest,
    ledger,
    lifecycle,
    mail,
    media,
    obligations,
    polling,
    replies,
    returning,
    routing,
)


@shared_task
def poll_channels() -> None:
    for pk in polling.due_channels():
        poll_channel.delay(pk)


@shared_task(time_limit=600, soft_time_limit=580)
def poll_channel(pk: int) -> None:
    polling.poll(pk)


@shared_task
def ingest_channel(pk: int) -> None:
    ingest.ingest_new(Channel.objects.get(pk=pk))


@shared_task
def deliver_reply(pk: int) -> None:
    delivery.deliver(pk, on_outcome=replies.record_outcome)


@shared_task
def reconcile_reply(pk: int) -> None:
    delivery.reconcile(pk, on_outcome=replies.record_outcome)


@shared_task
def sweep() -> None:
    """The only retry mechanism: whatever a lost worker or broker left behind is found in the rows."""
    state.end_expired_states()
    delivery.recover_expired(on_outcome=replies.record_outcome)
    for pk in delivery.due_deliveries():
        deliver_reply.delay(pk)
    for pk in delivery.unknown_deliveries():
        reconcile_reply.delay(pk)
    for pk in polling.unprocessed():
        ingest_channel.delay(pk)


@shared_task
def recheck_channels() -> None:
    for pk in Channel.objects.open().values_list("pk", flat=True):
        recheck_channel.delay(pk)


@shared_task
def recheck_channel(pk: int) -> None:
    polling.recheck(pk)


@shared_task
def mark_breached() -> None:
    obligations.mark_breached()
    ledger.mark_broken()


@shared_task
def wake_snoozed() -> None:
    lifecycle.wake_snoozed()


@shared_task
def share_out() -> None:
    """First what comes back, then what is given out."""
    returning.return_work()
    routing.route()


@shared_task
def escalate() -> None:
    escalation.escalate()


@shared_task
def send_mail() -> None:
    mail.send_due()


@shared_task
def send_expectations() -> None:
    expectations.send_expectations()


@shared_task(time_limit=300, soft_time_limit=280)
def fetch_media() -> None:
    media.fetch_pending()


@shared_task
def refresh_tokens() -> None:
    for channel in Channel.objects.open().exclude(state=ChannelState.OFF):
        state.renew_if_expiring(channel)
