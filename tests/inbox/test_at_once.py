"""Workers, batches and agents at the same conversation at the same moment: nobody waits crosswise, nothing is kept twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from time import sleep
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from channels.delivery import deliver
from channels.messages import Author, Direction, Kind, Receipt, SendMode, Visibility
from channels.models import Channel, Delivery, DeliveryState
from inbox.batch import Batch
from inbox.facts import choose_facts
from inbox.lifecycle import resolve, wait_for_resident
from inbox.models import Conversation, Message, Notification, NotificationKind, Obligation
from inbox.notifications import notify
from inbox.promises import send_new_promise
from inbox.replies import record_outcome, send_reply
from tests.inbox.matrices import arrive, matrix_in_force
from tests.scripted import inbound

pytestmark = pytest.mark.django_db(transaction=True)

A_MOMENT = 0.4  # enough for another thread to come to a lock and wait there
PRIVATE = {"kind": Kind.DIRECT_MESSAGE, "visibility": Visibility.PRIVATE}


@pytest.fixture
def promised(team, channel, scripted):
    return matrix_in_force(team)


def answer(conversation: Conversation, by, mode: SendMode = SendMode.REPLY) -> Message:
    return send_reply(conversation=conversation, text="Morgen.", mode=mode, by=by, key=uuid4())


def together(*acts: Callable[[], object]) -> list[object]:
    """Each in a thread and with a connection of its own; raises what one of them raised."""

    def alone(act: Callable[[], object]) -> object:
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(alone, act) for act in acts]]


class Slow:
    """The outcome of a delivery, written down while somebody else is at work: `begun` when its row is locked."""

    def __init__(self, until: Event | None = None) -> None:
        self.begun, self.until = Event(), until

    def __call__(self, delivery: Delivery) -> None:
        if delivery.state == DeliveryState.SENT:
            self.begun.set()
            if self.until:
                self.until.wait(5)
            else:
                sleep(A_MOMENT)
        record_outcome(delivery)


def test_an_answer_is_written_while_the_one_before_it_arrives(channel, promised, agent):
    conversation = arrive(channel, "m1", ago=60)
    first = answer(conversation, agent)
    written = Event()
    outcome = Slow(until=written)

    def write() -> None:
        with transaction.atomic():
            answer(conversation, agent)
            written.set()
            outcome.begun.wait(5)
            sleep(A_MOMENT)

    together(lambda: deliver(first.delivery_id, on_outcome=outcome), write)

    assert Delivery.objects.filter(state=DeliveryState.SENT).count() == 1
    assert Conversation.objects.get().message_count == 3


def test_a_resident_writes_while_our_answer_arrives(channel, promised, agent):
    conversation = arrive(channel, "m1", ago=60)
    message = answer(conversation, agent)
    came = Event()
    outcome = Slow(until=came)

    def come() -> None:
        with transaction.atomic():
            Batch(channel).run([inbound("m2", thread_id="t1", sent_at=timezone.now())])
            came.set()
            outcome.begun.wait(5)
            sleep(A_MOMENT)
            Channel.objects.filter(pk=channel.pk).update(last_event_at=Now())  # as ingest ends

    Channel.objects.update(state="stopped")  # so that a success moves the channel too
    Channel.objects.update(state="limited", state_until=timezone.now() - timedelta(seconds=1))
    together(lambda: deliver(message.delivery_id, on_outcome=outcome), come)

    conversation.refresh_from_db()
    assert Delivery.objects.get().state == DeliveryState.SENT
    assert (conversation.message_count, conversation.status) == (3, "open")


def test_a_private_answer_to_a_comment_is_written_while_a_batch_holds_the_private_conversation(
    channel, promised, agent
):
    home = arrive(channel, "d1", thread="dm:1", ago=90, **PRIVATE)
    public = arrive(channel, "m1", ago=60)
    assert home.pk < public.pk
    held = Event()

    def batch() -> None:
        with transaction.atomic():
            locked = Conversation.objects.select_for_update(no_key=True)
            locked.get(pk=home.pk)
            held.set()
            sleep(A_MOMENT)
            locked.get(pk=public.pk)
            Conversation.objects.filter(pk=home.pk).update(message_count=7)

    def write() -> Message:
        held.wait(5)
        return answer(public, agent, SendMode.PRIVATE_REPLY)

    _none, message = together(batch, write)

    assert message.conversation_id == home.pk
    assert Conversation.objects.get(pk=home.pk).message_count == 8  # what came in meanwhile was not overwritten


def test_the_echo_of_an_answer_comes_in_while_its_receipt_is_written_down(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=60)
    message = answer(conversation, agent)
    scripted.outcomes.append(Receipt(external_id="o1", sent_at=timezone.now()))
    outcome = Slow()

    def echo() -> None:
        outcome.begun.wait(5)
        Batch(channel).run([
            inbound("o1", thread_id="t1", text="Morgen.", direction=Direction.OUT, author=Author(external_id="page"),
                    sent_at=timezone.now())
        ])  # fmt: skip

    together(lambda: deliver(message.delivery_id, on_outcome=outcome), echo)

    assert Message.objects.filter(external_id="o1").get().pk == message.pk
    assert Conversation.objects.get().message_count == 2


def test_the_real_thread_of_a_private_answer_appears_while_it_is_moved_there(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=60)
    scripted.outcomes.append(Receipt(external_id="mid.1", thread_id="dm:9", sent_at=timezone.now()))
    message = answer(conversation, agent, SendMode.PRIVATE_REPLY)
    came = Event()

    def come() -> None:
        with transaction.atomic():
            someone = Author(external_id="psid-9")
            Batch(channel).run([
                inbound("d1", thread_id="dm:9", sent_at=timezone.now(), author=someone, contact=someone, **PRIVATE)
            ])  # fmt: skip
            came.set()
            sleep(A_MOMENT)

    def send() -> None:
        came.wait(5)
        deliver(message.delivery_id, on_outcome=record_outcome)

    together(come, send)

    home = Conversation.objects.get(thread_id="dm:9")
    assert Message.objects.get(pk=message.pk).conversation_id == home.pk
    assert (Delivery.objects.get().state, home.message_count) == (DeliveryState.SENT, 2)


def test_a_new_promise_is_made_while_the_one_before_it_arrives(channel, promised, agent):
    conversation = arrive(channel, "m1", ago=60)
    hours = [timezone.now() + timedelta(hours=each) for each in (5, 6)]
    first = send_new_promise(conversation=conversation, promised_for=hours[0], by=agent, key=uuid4())
    held = Event()
    outcome = Slow(until=held)

    def promise() -> None:
        with transaction.atomic():
            Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
            held.set()
            outcome.begun.wait(5)
            sleep(A_MOMENT)
            send_new_promise(conversation=conversation, promised_for=hours[1], by=agent, key=uuid4())

    together(lambda: deliver(first.message.delivery_id, on_outcome=outcome), promise)

    assert sorted(first.obligation.promises.values_list("state", flat=True)) == ["open", "superseded"]


@pytest.mark.parametrize("act", ["resolve", "wait", "facts"])
def test_somebody_decides_while_a_term_is_reminded_of(channel, promised, agent, act):
    conversation = arrive(channel, "m1", ago=60)
    held = Event()

    def remind() -> None:
        with transaction.atomic():
            Obligation.objects.select_for_update(no_key=True).get()
            notify([(agent.pk, conversation.pk)], kind=NotificationKind.DEADLINE)
            held.set()
            sleep(A_MOMENT)

    def decide() -> None:
        held.wait(5)
        if act == "resolve":
            resolve(conversation=conversation, by=agent, reason="thanks")
        elif act == "wait":
            wait_for_resident(conversation=conversation, by=agent)
        else:
            choose_facts(conversation=conversation, by=agent, subject=None, urgency="high")

    together(remind, decide)

    assert Notification.objects.count() == 1
