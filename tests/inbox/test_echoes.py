"""Our own message, seen at the platform: told from somebody else's same words, and from our own earlier ones."""

from datetime import timedelta
from uuid import uuid4

import pytest

from channels.messages import Author, Direction
from channels.models import Delivery, DeliveryState
from inbox.echoes import find_echo, link_echo, same_text
from inbox.models import Message
from tests.factories import DeliveryFactory, MessageFactory
from tests.scripted import SENT_AT, inbound

pytestmark = pytest.mark.django_db

TEXT = "Morgen tussen acht en twaalf."


def seen(**values):
    ours = {"direction": Direction.OUT, "author": Author(external_id="page"), "text": TEXT, "in_reply_to": "message-1"}
    return inbound("c99", **ours | values)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Morgen!", "Morgen!", True),
        ("Morgen!", " Morgen!\n", True),
        ("Morgen  om\nacht", "Morgen om acht", True),
        ("café", "cafe\u0301", True),
        ("Morgen!", "@fatima @piet Morgen!", True),
        ("Morgen!", "morgen!", False),
        ("Morgen!", "Morgen! Groet", False),
        ("Vraag het @fatima", "Vraag het", False),
    ],
)
def test_the_same_words_are_told_whatever_a_platform_does_to_them(one, other, is_same):
    assert same_text(one, other) is is_same
    assert same_text(other, one) is is_same


@pytest.mark.parametrize(
    ("values", "is_ours"),
    [
        ({}, True),
        ({"in_reply_to": "elders"}, True),  # the same thread
        ({"in_reply_to": "elders", "thread_id": "comment:9"}, False),
        ({"text": "Morgen"}, False),
        ({"sent_at": SENT_AT - timedelta(minutes=3)}, False),  # said before we tried
        ({"sent_at": SENT_AT - timedelta(minutes=1)}, True),  # their clock is behind
        ({"sent_at": None}, True),
        ({"delivery_key": str(uuid4())}, False),
    ],
)
def test_it_is_ours_by_place_text_and_time(channel, values, is_ours):
    delivery = DeliveryFactory(channel=channel, state=DeliveryState.SENDING, started_at=SENT_AT)

    assert (find_echo(seen(**values), [delivery]) is delivery) is is_ours


def test_our_own_key_decides_whatever_the_text_became(channel):
    other = DeliveryFactory(channel=channel, state=DeliveryState.SENDING, started_at=SENT_AT)
    delivery = DeliveryFactory(channel=channel, state=DeliveryState.SENDING, started_at=SENT_AT)

    found = find_echo(seen(delivery_key=str(delivery.key), text="door het platform ingekort"), [other, delivery])

    assert found is delivery


def test_without_a_place_nothing_is_recognised(channel):
    delivery = DeliveryFactory(channel=channel, thread_id="", in_reply_to="", started_at=SENT_AT)

    assert find_echo(seen(thread_id="", in_reply_to=""), [delivery]) is None
    assert find_echo(seen(), []) is None


@pytest.mark.parametrize("state", [DeliveryState.UNKNOWN, DeliveryState.SENDING])
def test_the_proof_is_written_on_delivery_and_message(channel, state):
    delivery = DeliveryFactory(channel=channel, state=state, started_at=SENT_AT, error="time-out", error_code="x")
    message = MessageFactory(
        conversation__channel=channel, direction="out", external_id=None, delivery=delivery, author=None
    )

    assert link_echo(delivery, seen(permalink="https://p/c99")) == {message.conversation_id}
    assert Message.objects.values_list("external_id", "permalink").get() == ("c99", "https://p/c99")
    known = Delivery.objects.get()
    assert (known.state, known.external_id) == ("sent" if state == "unknown" else "sending", "c99")
    assert known.error == ("" if state == "unknown" else "time-out")


def test_a_link_of_no_web_is_not_taken_over(channel):
    delivery = DeliveryFactory(channel=channel, state=DeliveryState.UNKNOWN, started_at=SENT_AT)
    MessageFactory(conversation__channel=channel, direction="out", external_id=None, delivery=delivery)

    link_echo(delivery, seen(permalink="javascript:alert(1)"))

    assert Message.objects.get().permalink == ""


def test_a_delivery_without_a_message_is_proved_all_the_same(channel):
    delivery = DeliveryFactory(channel=channel, state=DeliveryState.UNKNOWN, started_at=SENT_AT)

    assert link_echo(delivery, seen()) == set()
    assert Delivery.objects.get().state == DeliveryState.SENT
