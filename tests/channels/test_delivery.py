"""The delivery machine: one claim, one call, and a state that is true whatever happens."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from channels import errors
from channels.delivery import (
    MAX_ATTEMPTS,
    RECONCILE_WAITS,
    deliver,
    due_deliveries,
    reconcile,
    recover_expired,
    unknown_deliveries,
)
from channels.messages import OutboundMessage, Receipt
from channels.models import Channel, ChannelState, Delivery, DeliveryState
from tests.factories import DeliveryFactory

pytestmark = pytest.mark.django_db

PAST = timedelta(seconds=-1)


def nobody(delivery: Delivery) -> None:
    """No message belongs to these deliveries."""


def sent_after(pk: int) -> Delivery | None:
    return deliver(pk, on_outcome=nobody)


def test_a_queued_delivery_is_sent_with_its_proof(channel, scripted):
    delivery = DeliveryFactory(channel=channel)

    done = sent_after(delivery.pk)

    assert (done.state, done.external_id != "", done.attempts) == (DeliveryState.SENT, True, 1)
    assert [message.key for message in scripted.sent] == [str(delivery.key)]


@pytest.mark.parametrize("state", [s for s in DeliveryState.values if s != "queued"])
def test_nothing_but_a_queued_delivery_is_sent(channel, scripted, state):
    delivery = DeliveryFactory(channel=channel, state=state, external_id="x", started_at=timezone.now())

    assert sent_after(delivery.pk) is None
    assert scripted.sent == []


def test_a_delivery_waits_for_its_moment(channel, scripted):
    delivery = DeliveryFactory(channel=channel, not_before=timezone.now() + timedelta(hours=1))

    assert sent_after(delivery.pk) is None
    assert due_deliveries() == []


@pytest.mark.parametrize(
    ("failure", "state", "code"),
    [
        (errors.TransientError("weg"), DeliveryState.QUEUED, "transient"),
        (errors.RateLimited("druk", retry_after=timedelta(minutes=3)), DeliveryState.QUEUED, "rate_limited"),
        (errors.PermanentError("mag niet"), DeliveryState.FAILED, "rejected"),
        (errors.ReplyWindowClosed("te laat"), DeliveryState.FAILED, "window_closed"),
        (errors.Gone("weg"), DeliveryState.FAILED, "gone"),
        (errors.OutcomeUnknown("?"), DeliveryState.UNKNOWN, "outcome_unknown"),
        (errors.PayloadError(reason="html"), DeliveryState.UNKNOWN, "payload"),
        (errors.StoppedByPlatform("geblokkeerd"), DeliveryState.QUEUED, "stopped"),
        (errors.Misconfigured("recht ontbreekt"), DeliveryState.QUEUED, "misconfigured"),
        (RuntimeError("a bug of ours"), DeliveryState.UNKNOWN, "outcome_unknown"),
    ],
)
def test_failures_say_what_to_do_next(channel, scripted, failure, state, code):
    scripted.outcomes.append(failure)
    delivery = DeliveryFactory(channel=channel)

    done = sent_after(delivery.pk)

    assert (done.state, done.error_code) == (state, code)
    if state == DeliveryState.QUEUED:
        assert done.not_before > timezone.now()


def test_waiting_for_our_turn_is_no_failed_attempt(channel, scripted):
    scripted.outcomes.append(errors.RateLimited(retry_after=timedelta(minutes=3)))

    done = sent_after(DeliveryFactory(channel=channel).pk)

    assert done.attempts == 0
    assert done.not_before == pytest.approx(timezone.now() + timedelta(minutes=3), abs=timedelta(seconds=5))


@pytest.mark.parametrize("until", [timezone.now() - timedelta(days=1), timezone.now() + timedelta(days=400)])
def test_a_reset_by_a_wrong_clock_is_not_believed(channel, scripted, until):
    scripted.outcomes.append(errors.RateLimited(until=until))

    done = sent_after(DeliveryFactory(channel=channel).pk)

    assert timezone.now() < done.not_before < timezone.now() + timedelta(hours=26)


def test_attempts_end(channel, scripted):
    scripted.outcomes.append(errors.TransientError("weg"))

    done = sent_after(DeliveryFactory(channel=channel, attempts=MAX_ATTEMPTS - 1).pk)

    assert done.state == DeliveryState.FAILED


def test_a_channel_that_may_not_send_keeps_its_queue(channel, scripted):
    scripted.outcomes.append(errors.StoppedByPlatform("geblokkeerd"))
    first, second = DeliveryFactory(channel=channel), DeliveryFactory(channel=channel)
    sent_after(first.pk)

    channel.refresh_from_db()
    assert (channel.state, channel.state_reason) == (ChannelState.STOPPED, "geblokkeerd")
    assert sent_after(second.pk) is None
    assert due_deliveries() == []
    second.refresh_from_db()
    assert (second.state, second.attempts) == (DeliveryState.QUEUED, 0)


def test_a_rejected_token_is_renewed_once_and_the_message_goes_again(channel, scripted):
    scripted.outcomes.append(errors.CredentialsRejected("verlopen"))
    delivery = DeliveryFactory(channel=channel)

    assert sent_after(delivery.pk).state == DeliveryState.QUEUED
    assert sent_after(delivery.pk).state == DeliveryState.SENT

    channel.refresh_from_db()
    assert channel.get_credentials()["access_token"] == "nieuw-1"
    assert channel.get_credentials()["app_secret"] == "sleutel"
    assert channel.state == ChannelState.OK


def test_a_lease_that_ends_before_the_call_goes_back_to_the_queue(channel, scripted):
    delivery = DeliveryFactory(
        channel=channel, state=DeliveryState.CLAIMED, lease_until=timezone.now() + PAST, claimed_by="dood"
    )

    assert recover_expired(on_outcome=nobody) == 1

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.QUEUED
    assert sent_after(delivery.pk).state == DeliveryState.SENT
    assert len(scripted.sent) == 1


def test_a_lease_that_ends_during_the_call_is_unknown_and_never_sent_again(channel, scripted):
    delivery = DeliveryFactory(
        channel=channel, state=DeliveryState.SENDING, started_at=timezone.now(), lease_until=timezone.now() + PAST
    )

    recover_expired(on_outcome=nobody)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.UNKNOWN
    assert sent_after(delivery.pk) is None
    assert due_deliveries() == []
    assert scripted.sent == []


@pytest.mark.parametrize("behind", [timedelta(minutes=10), -timedelta(minutes=10)])
def test_a_worker_whose_clock_is_wrong_keeps_its_lease_and_no_longer(channel, scripted, behind):
    delivery = DeliveryFactory(channel=channel, not_before=timezone.now() - timedelta(hours=1))
    leases = []

    def look(message: OutboundMessage) -> Receipt:
        leases.append(Delivery.objects.get().lease_until)
        assert recover_expired(on_outcome=nobody) == 0
        return Receipt(external_id="c1")

    scripted.outcomes.append(look)
    with time_machine.travel(timezone.now() - behind):
        done = sent_after(delivery.pk)

    assert done.state == DeliveryState.SENT
    assert abs(leases[0] - timezone.now()) < timedelta(minutes=2)


def test_a_live_lease_is_left_alone(channel):
    DeliveryFactory(channel=channel, state=DeliveryState.CLAIMED, lease_until=timezone.now() + timedelta(seconds=50))

    assert recover_expired(on_outcome=nobody) == 0


def test_an_unknown_outcome_that_is_found_at_the_platform_was_sent(channel, scripted):
    scripted.found.append(Receipt(external_id="c7", sent_at=datetime(2026, 11, 2, tzinfo=UTC)))
    delivery = DeliveryFactory(
        channel=channel, state=DeliveryState.UNKNOWN, started_at=timezone.now(), not_before=timezone.now() + PAST
    )

    assert unknown_deliveries() == [delivery.pk]
    done = reconcile(delivery.pk, on_outcome=nobody)

    assert (done.state, done.external_id) == (DeliveryState.SENT, "c7")
    assert scripted.sent == []


def test_an_unknown_outcome_that_is_not_found_waits_for_a_person_after_some_looks(channel, scripted):
    delivery = DeliveryFactory(channel=channel, state=DeliveryState.UNKNOWN, started_at=timezone.now())
    for _look in RECONCILE_WAITS:
        Delivery.objects.update(not_before=timezone.now() + PAST)
        reconcile(delivery.pk, on_outcome=nobody)

    delivery.refresh_from_db()
    Delivery.objects.update(not_before=timezone.now() + PAST)
    assert (delivery.state, unknown_deliveries(), due_deliveries()) == (DeliveryState.UNKNOWN, [], [])


def test_no_answer_is_no_look(channel, scripted):
    scripted.found.append(errors.TransientError("weg"))
    delivery = DeliveryFactory(
        channel=channel, state=DeliveryState.UNKNOWN, started_at=timezone.now(), not_before=timezone.now() + PAST
    )

    done = reconcile(delivery.pk, on_outcome=nobody)

    assert (done.state, done.reconcile_attempts) == (DeliveryState.UNKNOWN, 0)


def test_a_message_seen_during_a_call_that_timed_out_was_sent(channel, scripted):
    delivery = DeliveryFactory(channel=channel)

    def seen_meanwhile(message):
        Delivery.objects.filter(pk=delivery.pk).update(external_id="c8")
        raise errors.OutcomeUnknown("time-out")

    scripted.outcomes.append(seen_meanwhile)

    assert sent_after(delivery.pk).state == DeliveryState.SENT


def test_unreadable_credentials_stop_nothing_but_their_channel(channel, scripted, settings):
    settings.CREDENTIALS_KEYS = ["rbUkd8lpPkSz8n1cY6KqUqJtB2oFZgPDwxPvNvUPbC0="]
    delivery = DeliveryFactory(channel=channel)

    done = sent_after(delivery.pk)

    assert (done.state, done.error_code) == (DeliveryState.QUEUED, "credentials_other_key")
    assert Channel.objects.get().state == ChannelState.REAUTHORISE
    assert scripted.sent == []
