"""What the clock does: everything that a lost worker or broker left behind is found in the rows, and done once."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels import errors
from channels.delivery import deliver
from channels.messages import Change, Page, RawItem, Receipt
from channels.models import Channel, Delivery, DeliveryState
from config.celery import app
from inbox import tasks
from inbox.ingest import store_raw
from inbox.models import Conversation, Message, Status
from inbox.replies import record_outcome
from tests.factories import (
    ChannelFactory,
    ConversationFactory,
    DeliveryFactory,
    MessageFactory,
    TeamFactory,
    UserFactory,
)
from tests.scripted import inbound

pytestmark = pytest.mark.django_db

AGO = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _at_once() -> Iterator[None]:
    """Tasks run where they are started, for real, instead of in a worker."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


def item(number: int) -> RawItem:
    return RawItem(event_id=f"e{number}", payload={"id": f"m{number}"})


def states() -> list[str]:
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def test_every_channel_that_is_due_is_read_and_a_failing_one_stops_no_other(channel, scripted):
    for _each in range(2):
        ChannelFactory()
    ChannelFactory(next_poll_at=timezone.now() + AGO)
    broken = ChannelFactory()
    Channel.objects.filter(pk=broken.pk).update(encrypted_credentials=Fernet(Fernet.generate_key()).encrypt(b"{}"))
    scripted.pages += [Page(items=(item(1),), cursor={}), KeyError("onverwacht"), Page(items=(item(2),), cursor={})]

    tasks.poll_channels()

    assert Message.objects.count() == 2
    assert Channel.objects.filter(poll_failures=1).count() == 2
    assert Channel.objects.filter(polled_at=None, poll_failures=0).count() == 1


def test_the_sweep_finishes_what_others_left(channel, scripted):
    values = {
        "channel": channel,
        "lease_until": timezone.now() - AGO,
        "claimed_by": "weg",
        "started_at": timezone.now() - AGO,
    }
    DeliveryFactory(channel=channel, state="queued")
    DeliveryFactory(state="claimed", **values)
    DeliveryFactory(state="sending", **values)
    DeliveryFactory(channel=channel, state="unknown", not_before=timezone.now() - AGO, started_at=timezone.now() - AGO)
    DeliveryFactory(channel=channel, state="queued", not_before=timezone.now() + AGO)
    store_raw(channel, [item(1)], source="webhook")
    ChannelFactory(state="limited", state_until=timezone.now() - AGO)
    scripted.found += [None, Receipt(external_id="gevonden")]  # the longest waiting one is looked up first

    tasks.sweep()

    assert states() == ["sent", "sent", "sent", "unknown", "queued"]
    assert len(scripted.sent) == 2, "what may have been sent is looked up, never sent again"
    assert Message.objects.get(external_id="m1")
    assert not Channel.objects.filter(state="limited").exists()


def test_the_sweep_twice_does_nothing_twice(channel, scripted):
    DeliveryFactory(channel=channel)

    for _again in range(3):
        tasks.sweep()

    assert (states(), len(scripted.sent)) == ([DeliveryState.SENT], 1)


def test_the_queue_of_a_channel_that_may_not_send_waits_and_the_others_go(channel, scripted):
    for state in ("reauthorise", "stopped", "off", "limited"):
        DeliveryFactory(
            channel=ChannelFactory(state=state, state_until=timezone.now() + AGO if state == "limited" else None)
        )
    DeliveryFactory(channel=channel)

    tasks.sweep()

    assert states() == ["queued"] * 4 + ["sent"]
    Channel.objects.update(state="ok", state_until=None)
    tasks.sweep()
    assert states() == ["sent"] * 5


def test_snoozed_conversations_wake_and_deleted_messages_are_blanked(channel, scripted):
    ConversationFactory(channel=channel, status=Status.SNOOZED, snoozed_until=timezone.now() - AGO)
    MessageFactory(conversation=ConversationFactory(channel=channel), external_id="m1", sent_at=timezone.now())
    scripted.changes.append(inbound("m1", change=Change.DELETED, thread_id="", text=""))

    tasks.wake_snoozed()
    tasks.recheck_channels()

    assert not Conversation.objects.filter(status=Status.SNOOZED).exists()
    assert Message.objects.get().deleted_at is not None


def test_a_channel_whose_renewal_fails_stops_no_other(channel, scripted, monkeypatch):
    other = ChannelFactory()
    Channel.objects.update(token_expires_at=timezone.now() + AGO)

    def refresh(self) -> dict[str, str]:
        if self.account.external_id == channel.external_id:
            raise errors.CredentialsRejected("ingetrokken")
        return {**self.account.credentials, "access_token": "nieuw"}

    monkeypatch.setattr(scripted, "refresh", refresh)
    tasks.refresh_tokens()

    assert Channel.objects.get(pk=other.pk).get_credentials()["access_token"] == "nieuw"


# -- at the same moment ---------------------------------------------------------------------------------------------------------------


def together(*works) -> None:
    """Run `works` in threads that begin at the same moment, each with a connection of its own."""
    start = threading.Barrier(len(works))

    def run(work) -> None:
        start.wait()
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


@pytest.mark.django_db(transaction=True)
def test_of_any_number_of_workers_one_sends(scripted):
    delivery = DeliveryFactory()

    together(*[lambda: deliver(delivery.pk, on_outcome=record_outcome)] * 4)

    assert (states(), len(scripted.sent)) == (["sent"], 1)


@pytest.mark.django_db(transaction=True)
def test_a_double_click_at_the_same_moment_is_one_answer(scripted):
    team = TeamFactory()
    conversation = ConversationFactory(channel=ChannelFactory(teams=[team]))
    MessageFactory(conversation=conversation)
    client, statuses, key = Client(), [], str(uuid4())
    client.force_login(UserFactory(teams=[team]))
    cookie = client.cookies["sessionid"].value

    def click() -> None:
        browser = Client(headers={"Cookie": f"sessionid={cookie}", "HX-Request": "true"})
        data = {"mode": "reply", "text": "Morgen.", "key": key}
        statuses.append(browser.post(reverse("reply", args=[conversation.pk]), data).status_code)

    together(click, click, click)

    assert statuses == [200, 200, 200]
    assert (Message.objects.filter(direction="out").count(), len(scripted.sent)) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_batches_with_the_same_events_at_the_same_moment_store_them_once(scripted):
    channel = ChannelFactory()
    for number in range(20):
        store_raw(channel, [item(number)], source="webhook")

    together(*[lambda: tasks.ingest_channel(channel.pk)] * 3)

    assert (Message.objects.count(), Conversation.objects.get().message_count) == (20, 20)
