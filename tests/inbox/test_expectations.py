"""The expectation message: the exact moment, once, there where it is switched on, and never where it would be wrong."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from channels import errors
from channels.connectors.twitter.connector import TwitterConnector
from channels.delivery import deliver
from channels.expectations import switch_expectation
from channels.messages import Kind, SendMode, Visibility
from channels.models import Channel, Delivery, DeliveryState
from channels.registry import CONNECTORS
from inbox.batch import Batch
from inbox.expectations import send_expectations
from inbox.lifecycle import resolve
from inbox.models import Conversation, Expectation, Message, ObligationState, Promise, PromiseState
from inbox.replies import ReplyBlocked, record_outcome, retry_failed, send_reply
from responsematrix.explain import words_for_moment
from tests.factories import ChannelFactory
from tests.inbox.matrices import TEXTS, arrive, matrix_in_force, owed
from tests.scripted import RESIDENT, ScriptedConnector, inbound

pytestmark = pytest.mark.django_db


@pytest.fixture
def matrix(team):
    return matrix_in_force(team, **TEXTS)


@pytest.fixture
def channel(channel, scripted):
    channel.settings = {"expectation_public": True, "expectation_private": True}
    channel.save()
    return channel


def send_all() -> None:
    for pk in Delivery.objects.filter(state=DeliveryState.QUEUED).values_list("pk", flat=True):
        deliver(pk, on_outcome=record_outcome)


def answer(conversation: Conversation, by) -> Message:
    message = send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=by, key=uuid4())
    deliver(message.delivery_id, on_outcome=record_outcome)
    return message


def test_the_resident_is_told_the_exact_moment_and_still_waits(channel, matrix, team):
    conversation = arrive(channel)
    obligation = owed(conversation)

    assert send_expectations() == 1
    send_all()

    [sent] = ScriptedConnector.sent
    until = timezone.localtime(obligation.due_at)
    assert (sent.text, sent.in_reply_to) == (
        f"U krijgt antwoord van team Webcare vóór {words_for_moment(until)}.",
        "m1",
    )
    message = Message.objects.get(direction="out")
    assert (message.is_automatic, message.sent_by, message.external_id) == (True, None, message.delivery.external_id)
    before = (
        conversation.awaiting_since,
        conversation.preview,
        conversation.last_message_at,
        conversation.last_outbound_at,
    )
    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert before == (
        conversation.awaiting_since, conversation.preview, conversation.last_message_at, conversation.last_outbound_at,
    )  # fmt: skip
    obligation.refresh_from_db()
    assert (obligation.state, obligation.expectation) == (ObligationState.OPEN, Expectation.SENT)
    promise = Promise.objects.get()
    assert (promise.promised_for, promise.state, promise.made_by) == (obligation.due_at, PromiseState.OPEN, None)


def test_asking_again_sends_nothing_more(channel, matrix):
    arrive(channel)

    assert [send_expectations() for _time in range(3)] == [1, 0, 0]


@pytest.mark.parametrize(
    ("words", "begin"),
    [
        ({"text": "Could you please tell me when the waste will be collected?", "language": ""}, "You get an answer"),
        ({"text": "Hello", "language": "en"}, "You get an answer"),
        ({"text": "Hello", "language": ""}, "U krijgt antwoord"),
        ({"text": "Wanneer wordt het restafval in onze straat opgehaald?", "language": ""}, "U krijgt antwoord"),
        ({"text": "Wann wird der Müll in unserer Straße endlich abgeholt?", "language": "de"}, "U krijgt antwoord"),
    ],
)
def test_in_the_language_of_the_question(channel, matrix, words, begin):
    arrive(channel, **words)

    send_expectations()

    assert Delivery.objects.get().text.startswith(begin)


def test_private_questions_get_the_private_words_in_private(channel, matrix, settings):
    arrive(channel, kind=Kind.DIRECT_MESSAGE, visibility=Visibility.PRIVATE)

    send_expectations()

    delivery = Delivery.objects.get()
    assert delivery.mode == SendMode.DIRECT_MESSAGE
    assert delivery.text.endswith(f"over uw vraag. {settings.MUNICIPALITY}")


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.PRIVATE])
def test_nothing_goes_where_it_is_off(channel, matrix, visibility):
    channel.settings = {"expectation_public": visibility == "private", "expectation_private": visibility == "public"}
    channel.save()
    kind = Kind.COMMENT if visibility == "public" else Kind.DIRECT_MESSAGE
    conversation = arrive(channel, kind=kind, visibility=visibility)

    assert send_expectations() == 0
    assert owed(conversation).expectation == ""


def test_what_is_old_or_late_is_not_greeted(channel, matrix):
    arrive(channel, ago=11 * 60)

    assert send_expectations() == 0


def test_what_is_already_late_is_not_greeted(channel, team):
    matrix_in_force(team, **TEXTS, first_response_amount=1, first_response_unit="working_minutes")
    arrive(channel, ago=120)

    assert send_expectations() == 0


def test_what_is_backfilled_opens_no_term_and_is_told_nothing(channel, matrix):
    Channel.objects.update(connected_at=timezone.now() + timedelta(minutes=1))
    channel.refresh_from_db()
    arrive(channel)

    assert send_expectations() == 0


def test_somebody_who_was_quicker_needs_no_expectation(channel, matrix, agent):
    conversation = arrive(channel)
    send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=agent, key=uuid4())

    assert send_expectations() == 0
    assert owed(conversation).expectation == Expectation.ANSWERED


def test_spam_is_told_nothing(channel, matrix, agent):
    conversation = arrive(channel)
    resolve(conversation=conversation, by=agent, reason="spam")

    assert send_expectations() == 0


def test_one_per_conversation_per_day(channel, matrix, agent):
    conversation = arrive(channel)
    send_expectations()
    send_all()
    answer(conversation, agent)
    arrive(channel, "m2")

    assert send_expectations() == 0
    assert owed(conversation).expectation == Expectation.WINDOW

    Message.objects.filter(is_automatic=True).update(sent_at=timezone.now() - timedelta(hours=25))
    answer(conversation, agent)
    arrive(channel, "m3")
    assert send_expectations() == 1


def test_an_account_of_ours_is_never_answered_by_itself(channel, matrix, team):
    ChannelFactory(teams=[team], external_id=RESIDENT.external_id)
    conversation = arrive(channel)

    assert send_expectations() == 0
    assert owed(conversation).expectation == Expectation.OWN


def test_a_rule_without_words_in_this_language_says_nothing(channel, matrix):
    conversation = arrive(channel, kind=Kind.DIRECT_MESSAGE, visibility=Visibility.PRIVATE, language="en", text="Hello")

    assert send_expectations() == 0
    assert owed(conversation).expectation == Expectation.NO_TEXT


@pytest.mark.parametrize(
    ("is_summons", "tier", "told"),
    [(True, "self-serve", 1), (False, "self-serve", 0), (None, "self-serve", 0), (False, "enterprise", 1)],
)
def test_on_x_only_to_who_spoke_to_us(team, matrix, monkeypatch, is_summons, tier, told):
    class Scripted(ScriptedConnector):
        platform = "twitter"
        capabilities = TwitterConnector.capabilities

    monkeypatch.setitem(CONNECTORS, "twitter", Scripted)
    settings = {"expectation_public": True, "access_tier": tier}
    channel = ChannelFactory(platform="twitter", teams=[team], settings=settings)
    conversation = arrive(channel, kind=Kind.MENTION, is_summons=is_summons)

    assert send_expectations() == told
    assert owed(conversation).expectation == (Expectation.SENT if told else Expectation.REFUSED)


def test_words_that_do_not_fit_the_platform_are_not_cut(channel, team, monkeypatch):
    matrix_in_force(team, expectation_public_nl="{gemeente} " * 80, first_response_amount=4)
    conversation = arrive(channel)
    monkeypatch.setattr(ScriptedConnector, "count_text", classmethod(lambda cls, text, *, private: 9_000))

    assert send_expectations() == 0
    assert owed(conversation).expectation == Expectation.TOO_LONG


def test_a_channel_that_is_away_for_a_moment_is_waited_for(channel, matrix):
    conversation = arrive(channel)
    Channel.objects.update(state="reauthorise")

    assert send_expectations() == 0
    assert owed(conversation).expectation == ""
    Channel.objects.update(state="ok")
    assert send_expectations() == 1


def test_what_waits_in_the_queue_is_withdrawn_once_the_answer_is_there(channel, matrix, agent):
    conversation = arrive(channel)
    send_expectations()
    answer(conversation, agent)

    send_expectations()

    assert Delivery.objects.get(message__is_automatic=True).state == DeliveryState.CANCELLED
    assert Promise.objects.get().state == PromiseState.LAPSED
    assert len(ScriptedConnector.sent) == 1


def test_what_waited_too_long_is_not_said_any_more(channel, matrix):
    arrive(channel)
    send_expectations()
    Delivery.objects.update(created_at=timezone.now() - timedelta(hours=2))

    send_expectations()

    assert Delivery.objects.get().state == DeliveryState.CANCELLED


def test_what_the_platform_refused_promised_nothing_and_is_not_repeated(channel, matrix, agent):
    conversation = arrive(channel)
    send_expectations()
    ScriptedConnector.outcomes.append(errors.PermanentError("nee"))
    send_all()

    message = Message.objects.get(is_automatic=True)
    conversation.refresh_from_db()
    assert (Promise.objects.get().state, conversation.status) == (PromiseState.LAPSED, "open")
    with pytest.raises(ReplyBlocked):
        retry_failed(message=message, by=agent)
    assert send_expectations() == 0


def test_its_echo_hands_no_turn_either(channel, matrix):
    conversation = arrive(channel)
    send_expectations()
    delivery = Delivery.objects.get()

    def seen_meanwhile(message):
        Batch(channel).run(
            [inbound("echo-1", thread_id="t1", direction="out", text=message.text, sent_at=timezone.now())]
        )
        raise errors.OutcomeUnknown("timeout")

    ScriptedConnector.outcomes.append(seen_meanwhile)
    deliver(delivery.pk, on_outcome=record_outcome)
    Batch(channel).run([inbound("echo-1", thread_id="t1", direction="out", text=delivery.text, sent_at=timezone.now())])

    conversation.refresh_from_db()
    assert conversation.awaiting_since is not None
    assert (owed(conversation).state, Message.objects.filter(direction="out").count()) == (ObligationState.OPEN, 1)


@pytest.mark.django_db(transaction=True)
def test_four_workers_at_once_send_one(channel, matrix):
    arrive(channel)

    def work(_number: int) -> int:
        try:
            return send_expectations()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(work, range(4)))

    assert sum(told) == Delivery.objects.count() == Promise.objects.count() == 1


def test_the_number_of_queries_per_sweep_without_work_is_small(channel, matrix, django_assert_num_queries):
    with django_assert_num_queries(4):  # what is stale; channels per kind; fresh terms
        send_expectations()


# -- the switch ------------------------------------------------------------------------------------------------------------


def test_an_administrator_switches_it_on_per_kind_and_that_is_written_down(client: Client, channel, administrator):
    channel.settings = {"access_tier": "enterprise"}
    channel.save()
    client.force_login(administrator)

    page = client.post(
        reverse("channel_expectation", args=[channel.pk, "public"]), {"on": "1"}, headers={"HX-Request": "true"}
    )

    channel.refresh_from_db()
    assert channel.settings == {"access_tier": "enterprise", "expectation_public": True}
    assert page.content.decode().count(" checked") == 1
    event = AuditEvent.objects.get(action="channel.expectation")
    assert (event.actor, event.data) == (administrator, {"visibility": "public", "is_on": True})

    client.post(reverse("channel_expectation", args=[channel.pk, "public"]), {})
    channel.refresh_from_db()
    assert channel.settings["expectation_public"] is False


def test_the_same_choice_twice_is_written_down_once(channel, administrator):
    for _time in range(2):
        switch_expectation(channel=channel, visibility="public", is_on=False, by=administrator)

    assert AuditEvent.objects.filter(action="channel.expectation").count() == 1


def test_an_unknown_kind_is_not_found(client: Client, channel, administrator):
    client.force_login(administrator)

    assert client.post(reverse("channel_expectation", args=[channel.pk, "secret"]), {"on": "1"}).status_code == 404


def test_the_conversation_calls_it_automatic(client: Client, channel, matrix, agent):
    conversation = arrive(channel)
    send_expectations()
    client.force_login(agent)

    page = client.get(reverse("conversation", args=[conversation.pk])).content.decode()

    assert "automatisch bericht" in page
    assert "antwoord uiterlijk" in page
