"""What comes late, fails, crosses or is seen twice: who waits and what is owed stay right."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from channels import errors
from channels.delivery import deliver
from channels.messages import Author, Change, Direction, Kind, Receipt, SendMode, Visibility
from channels.models import Delivery, DeliveryState
from inbox.batch import Batch
from inbox.facts import choose_facts
from inbox.lifecycle import reopen, resolve, snooze, wait_for_resident, wake_snoozed
from inbox.models import Conversation, Message, NotificationKind, Obligation, ObligationState, Status
from inbox.models.obligations import ACTIVE
from inbox.notifications import notify
from inbox.obligations import mark_breached
from inbox.replies import record_outcome, retry_failed, send_reply, settle_unknown
from responsematrix.models import Subject
from tests.inbox.matrices import arrive, matrix_in_force, owed
from tests.scripted import inbound

pytestmark = pytest.mark.django_db

PAGE = Author(external_id="page")
PRIVATE = {"kind": Kind.DIRECT_MESSAGE, "visibility": Visibility.PRIVATE}


@pytest.fixture
def promised(team, channel, scripted):
    return matrix_in_force(team, resolution_amount=5, resolution_unit="working_days")


def answer(conversation: Conversation, by, mode: SendMode = SendMode.REPLY) -> Message:
    return send_reply(conversation=conversation, text="Morgen.", mode=mode, by=by, key=uuid4())


def run(message: Message) -> Message:
    deliver(message.delivery_id, on_outcome=record_outcome)
    return Message.objects.select_related("delivery", "conversation", "answered").get(pk=message.pk)


def seen(channel, external_id: str, *, ago: float = 0, text: str = "Op de pagina zelf gezegd.", **values) -> None:
    """A message of ours, as the platform shows it."""
    sent_at = timezone.now() - timedelta(seconds=ago)
    values = {"thread_id": "t1", "direction": Direction.OUT, "author": PAGE} | values
    Batch(channel).run([inbound(external_id, sent_at=sent_at, text=text, **values)])


def waits_for(conversation: Conversation) -> list[str | None]:
    """The messages to which an answer is owed."""
    running = conversation.obligations.filter(state__in=ACTIVE).exclude(kind="resolution")
    return list(running.values_list("message__external_id", flat=True))


def written_at(external_id: str) -> datetime:
    return Message.objects.get(external_id=external_id).sent_at


# -- an answer that failed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("put_away", ["resolved", "snoozed", "left"])
def test_who_got_no_answer_waits_again_also_when_the_conversation_was_put_away(
    channel, promised, agent, scripted, put_away
):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.PermanentError("mag niet"))
    message = answer(conversation, agent)
    if put_away == "resolved":
        resolve(conversation=conversation, by=agent)
    elif put_away == "snoozed":
        snooze(conversation=conversation, by=agent, until=timezone.now() + timedelta(hours=1))

    run(message)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.awaiting_since) == (Status.OPEN, written_at("m1"))
    assert waits_for(conversation) == ["m1"]
    assert conversation.last_outbound_at is None


def test_what_needed_no_answer_stays_put_away_when_one_fails(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.PermanentError("mag niet"))
    message = answer(conversation, agent)
    resolve(conversation=conversation, by=agent, reason="thanks")

    run(message)

    conversation.refresh_from_db()
    assert (conversation.status, waits_for(conversation)) == (Status.RESOLVED, [])


def test_a_next_word_after_an_answer_that_failed_does_not_shorten_the_wait(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.PermanentError("mag niet"))
    run(answer(conversation, agent))

    conversation = arrive(channel, "m2", ago=-1)

    assert conversation.awaiting_since == written_at("m1")


def test_a_private_answer_that_is_sent_again_answers_in_public_too(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.PermanentError("mag niet"))
    message = run(answer(conversation, agent, SendMode.PRIVATE_REPLY))

    retry_failed(message=message, by=agent)
    assert run(message).delivery.state == DeliveryState.SENT

    conversation.refresh_from_db()
    assert (conversation.status, conversation.awaiting_since) == (Status.WAITING, None)
    assert (waits_for(conversation), conversation.message_count) == ([], 1)


def test_an_answer_that_is_sent_again_does_not_answer_what_was_written_after_it(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.PermanentError("mag niet"))
    message = run(answer(conversation, agent))
    arrive(channel, "m2", ago=-1)

    retry_failed(message=message, by=agent)
    run(message)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.awaiting_since) == (Status.OPEN, written_at("m2"))
    assert (conversation.last_message_at, waits_for(conversation)) == (written_at("m2"), ["m2"])
    assert conversation.message_count == 3


# -- what crossed, and what came in another order ---------------------------------------------------------------------------


def test_a_word_that_crossed_our_answer_is_owed_an_answer_of_its_own(channel, promised, agent):
    conversation = arrive(channel, "m1", ago=100)
    run(answer(conversation, agent))
    conversation = arrive(channel, "m2", ago=2)
    assert waits_for(conversation) == ["m2"]

    conversation = arrive(channel, "m3", ago=-5)
    assert (conversation.awaiting_since, waits_for(conversation)) == (written_at("m2"), ["m2"])
    second = run(answer(conversation, agent))

    assert Obligation.objects.get(message__external_id="m2").answer_id == second.pk


def test_a_word_that_is_older_than_the_first_to_come_begins_the_term(channel, promised):
    arrive(channel, "m2", ago=100)
    conversation = arrive(channel, "m1", ago=3700)

    assert waits_for(conversation) == ["m1"]
    assert {each.started_at for each in conversation.obligations.all()} == {written_at("m1")}
    assert owed(conversation).due_at == written_at("m1") + timedelta(hours=4)
    assert conversation.next_due_at == owed(conversation).due_at


def test_our_word_that_came_late_answers_what_was_before_it_and_nothing_after(channel, promised):
    for external_id, ago in (("m1", 3000), ("m2", 2000), ("m3", 1000)):
        conversation = arrive(channel, external_id, ago=ago)

    seen(channel, "o1", ago=2500)

    conversation.refresh_from_db()
    assert (conversation.awaiting_since, waits_for(conversation)) == (written_at("m2"), ["m2"])


def test_an_answer_in_time_that_is_heard_of_late_breaches_nothing(channel, promised):
    conversation = arrive(channel, "m1", ago=5 * 3600)
    mark_breached()

    seen(channel, "o1", ago=4.5 * 3600)

    assert (owed(conversation).state, owed(conversation).breached_at) == (ObligationState.MET, None)


def test_the_first_of_two_words_is_taken_back(channel, promised):
    arrive(channel, "m1", ago=100)
    conversation = arrive(channel, "m2", ago=50)

    Batch(channel).run([inbound("m1", thread_id="t1", change=Change.DELETED, changed_at=timezone.now())])

    assert waits_for(conversation) == ["m2"]
    assert conversation.obligations.filter(kind="resolution").count() == 1


def test_an_old_outcome_that_nobody_knows_holds_no_later_term_open(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.OutcomeUnknown("time-out"))
    run(answer(conversation, agent))
    arrive(channel, "m2", ago=-1)
    seen(channel, "o1", ago=-2)
    conversation = arrive(channel, "m3", ago=-3)

    resolve(conversation=conversation, by=agent, reason="thanks")

    assert waits_for(conversation) == []


def test_a_message_from_tomorrow_is_one_of_now(channel, promised):
    conversation = arrive(channel, "m1", ago=-24 * 3600)
    assert written_at("m1") <= timezone.now()
    assert owed(conversation).due_at <= timezone.now() + timedelta(hours=4)

    seen(channel, "o1", ago=-1)

    conversation.refresh_from_db()
    assert (conversation.status, waits_for(conversation)) == (Status.WAITING, [])


# -- seen at the platform --------------------------------------------------------------------------------------------------


def test_what_a_person_saw_and_then_the_platform_shows_is_one_message(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.OutcomeUnknown("time-out"))
    message = run(answer(conversation, agent))
    settle_unknown(message=message, was_sent=True, by=agent)

    seen(channel, "o1", text="Morgen.", in_reply_to="m1")

    conversation.refresh_from_db()
    assert (conversation.messages.count(), conversation.message_count) == (2, 2)
    assert Delivery.objects.get().external_id == Message.objects.get(pk=message.pk).external_id == "o1"


def test_a_private_answer_that_is_proved_by_its_echo_goes_to_its_real_thread(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    scripted.outcomes.append(errors.OutcomeUnknown("time-out"))
    message = run(answer(conversation, agent, SendMode.PRIVATE_REPLY))
    assert waits_for(conversation) == ["m1"]

    seen(channel, "o1", text="Morgen.", thread_id="dm:1", delivery_key=str(message.delivery.key), **PRIVATE)

    assert Message.objects.get(pk=message.pk).conversation.thread_id == "dm:1"
    assert waits_for(conversation) == []


def test_a_notification_does_not_keep_a_private_answer_from_its_real_thread(channel, promised, agent, scripted):
    conversation = arrive(channel, "m1", ago=100)
    someone = Author(external_id="psid-7")
    home = arrive(channel, "d1", thread="dm:1", author=someone, contact=someone, **PRIVATE)
    scripted.outcomes.append(Receipt(external_id="mid.1", thread_id="dm:1"))
    message = answer(conversation, agent, SendMode.PRIVATE_REPLY)
    notify([(agent.pk, message.conversation_id)], kind=NotificationKind.ASSIGNED)

    assert run(message).conversation_id == home.pk


# -- put away and taken up again ----------------------------------------------------------------------------------------------


def test_the_conclusion_runs_on_when_a_snoozed_conversation_wakes(channel, promised, agent):
    conversation = arrive(channel, "m1", ago=100)
    run(answer(conversation, agent))
    snooze(conversation=conversation, by=agent, until=timezone.now() + timedelta(hours=1))
    conclusion = conversation.obligations.get(kind="resolution")
    assert conclusion.state == ObligationState.PAUSED

    Conversation.objects.update(snoozed_until=timezone.now())
    wake_snoozed()

    conclusion.refresh_from_db()
    conversation.refresh_from_db()
    assert (conclusion.state, conversation.next_due_at) == (ObligationState.OPEN, conclusion.due_at)


@pytest.mark.parametrize("again", [reopen, snooze])
def test_what_was_resolved_by_mistake_owes_both_terms_again(channel, promised, agent, again):
    conversation = arrive(channel, "m1", ago=100)
    resolve(conversation=conversation, by=agent, reason="spam")

    again(
        conversation=conversation,
        by=agent,
        **({"until": timezone.now() + timedelta(hours=1)} if again is snooze else {}),
    )

    conversation.refresh_from_db()
    assert (conversation.awaiting_since, waits_for(conversation)) == (written_at("m1"), ["m1"])
    assert conversation.obligations.get(kind="resolution").state == ObligationState.OPEN


def test_what_no_rule_fitted_is_owed_once_a_person_says_what_it_is(channel, matrix, agent, scripted):
    conversation = arrive(channel, "m1", ago=10)
    Obligation.objects.all().delete()

    choose_facts(conversation=conversation, by=agent, subject=Subject.objects.get(code="afval"))

    conversation.refresh_from_db()
    assert (waits_for(conversation), conversation.next_due_at) == (["m1"], owed(conversation).due_at)


def test_a_question_that_was_answered_by_phone_does_not_come_back_with_a_later_answer_that_failed(
    channel, promised, agent, scripted
):
    conversation = arrive(channel, "m1", ago=100)
    wait_for_resident(conversation=conversation, by=agent)
    conversation = arrive(channel, "m2", ago=50)
    scripted.outcomes.append(errors.PermanentError("mag niet"))

    run(answer(conversation, agent))

    conversation.refresh_from_db()
    assert (conversation.awaiting_since, waits_for(conversation)) == (written_at("m2"), ["m2"])
