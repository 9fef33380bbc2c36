"""Terms: opened by a resident's word, met by an answer that arrived, paused, waived with a reason, and never moved by themselves."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role, User
from channels import errors
from channels.delivery import deliver
from channels.messages import Change, RawItem, SendMode
from inbox import ingest
from inbox.facts import choose_facts
from inbox.lifecycle import reopen, resolve, wait_for_resident
from inbox.models import Conversation, Message, Obligation, ObligationKind, ObligationState, WaiveReason
from inbox.obligations import follow, mark_breached
from inbox.replies import record_outcome, send_reply
from responsematrix.explain import words_for_deadline
from responsematrix.models import Subject
from responsematrix.versions import activate, approve
from tests.factories import UserFactory
from tests.scripted import inbound

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 4, 3, 14, 10, tzinfo=UTC)  # 16:10 on Good Friday in Amsterdam, an ordinary working day here


def arrive(channel, *messages, **only) -> Conversation:
    """Through the real pipeline; returns the conversation of the first."""
    messages = messages or (inbound("m1", thread_id="t1", sent_at=FRIDAY, text="De stoep is stuk.", **only),)
    with_payload = [
        RawItem(event_id=uuid4().hex, payload={"id": message.external_id, "message": message}) for message in messages
    ]
    from inbox.batch import Batch

    assert with_payload
    Batch(channel).run(messages)
    return Conversation.objects.get(thread_id=messages[0].thread_id)


def the(conversation: Conversation, kind: str = ObligationKind.FIRST_RESPONSE) -> Obligation:
    return conversation.obligations.get(kind=kind)


def answer(conversation: Conversation, by: User) -> Message:
    return send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=by, key=uuid4())


def test_a_message_opens_a_term_that_explains_itself(channel, matrix, team):
    conversation = arrive(channel)

    obligation = the(conversation)
    assert (obligation.state, obligation.team, obligation.message.external_id) == (ObligationState.OPEN, team, "m1")
    assert obligation.due_at == datetime(2026, 4, 7, 9, 40, tzinfo=UTC)  # Tuesday 11:40
    assert words_for_deadline(obligation.explanation, language="nl") == (
        "ontvangen vrijdag 3 april 16:10; 4 werkuren; open 8:30–17:00; maandag is Tweede paasdag; "
        "uiterlijk dinsdag 7 april 11:40"
    )
    assert conversation.next_due_at == obligation.due_at
    assert conversation.subject.code == "wegen"


def test_the_words_choose_the_rule_and_the_team(channel, matrix, waste):
    conversation = arrive(channel, inbound("m1", thread_id="t1", sent_at=FRIDAY, text="De container is vol."))

    assert (the(conversation).team, conversation.team, the(conversation).amount) == (waste, waste, 2)
    assert [step["step"] for step in the(conversation).decision] == ["words", "rule", "lost"]


def test_a_team_that_does_not_see_the_channel_does_not_get_the_conversation(channel, matrix, waste):
    channel.teams.through.objects.filter(team=waste).delete()

    conversation = arrive(channel, inbound("m1", thread_id="t1", sent_at=FRIDAY, text="De container is vol."))

    assert (the(conversation).team, conversation.team) == (waste, None)


def test_what_was_there_before_us_starts_no_term(channel, matrix):
    channel.connected_at = FRIDAY + timedelta(seconds=1)
    channel.save()

    conversation = arrive(channel)

    assert (conversation.obligations.count(), conversation.next_due_at) == (0, None)


def test_without_a_matrix_nothing_is_promised(channel, scripted):
    assert arrive(channel).obligations.count() == 0


def test_a_second_message_in_the_same_turn_changes_nothing(channel, matrix):
    conversation = arrive(channel)
    arrive(channel, inbound("m2", thread_id="t1", sent_at=FRIDAY + timedelta(hours=1), text="Hallo?"))

    assert conversation.obligations.filter(kind__in=["first_response", "next_response"]).count() == 1
    assert the(conversation).started_at == FRIDAY


def test_following_twice_changes_nothing(channel, matrix):
    conversation = arrive(channel)
    before = list(Obligation.objects.values())

    follow({conversation.pk})
    follow({conversation.pk})

    assert list(Obligation.objects.values()) == before


def test_an_answer_in_the_queue_keeps_no_promise_until_it_arrived(channel, matrix, agent, scripted):
    conversation = arrive(channel)

    message = answer(conversation, agent)
    assert the(conversation).state == ObligationState.OPEN
    deliver(message.delivery_id, on_outcome=record_outcome)

    obligation = the(conversation)
    message.delivery.refresh_from_db()
    assert (obligation.state, obligation.answer_id) == (ObligationState.MET, message.pk)
    assert obligation.ended_at == message.delivery.finished_at
    assert obligation.breached_at == obligation.due_at  # months late by now, and that is said


def test_an_answer_that_failed_leaves_the_term_running(channel, matrix, agent, scripted):
    conversation = arrive(channel)
    scripted.outcomes.append(errors.PermanentError("nee"))

    message = answer(conversation, agent)
    deliver(message.delivery_id, on_outcome=record_outcome)

    conversation.refresh_from_db()
    assert (the(conversation).state, conversation.status) == (ObligationState.OPEN, "open")
    assert conversation.awaiting_since == FRIDAY
    assert conversation.next_due_at == the(conversation).due_at


def test_a_private_answer_meets_the_term_of_the_public_question(channel, matrix, agent, scripted):
    conversation = arrive(channel, inbound("m1", thread_id="t1", sent_at=timezone.now()))

    message = send_reply(
        conversation=conversation, text="Wat is uw adres?", mode=SendMode.PRIVATE_REPLY, by=agent, key=uuid4()
    )
    deliver(message.delivery_id, on_outcome=record_outcome)

    assert (the(conversation).state, the(conversation).answer_id) == (ObligationState.MET, message.pk)


def test_a_private_answer_that_failed_gives_the_turn_back_in_public(channel, matrix, agent, scripted):
    sent_at = timezone.now()
    conversation = arrive(channel, inbound("m1", thread_id="t1", sent_at=sent_at))
    scripted.outcomes.append(errors.PermanentError("nee"))

    message = send_reply(
        conversation=conversation, text="Wat is uw adres?", mode=SendMode.PRIVATE_REPLY, by=agent, key=uuid4()
    )
    deliver(message.delivery_id, on_outcome=record_outcome)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.awaiting_since) == ("open", sent_at)
    assert the(conversation).state == ObligationState.OPEN


def test_an_answer_made_on_the_platform_itself_meets_the_term_at_its_own_moment(channel, matrix):
    conversation = arrive(channel)
    at = FRIDAY + timedelta(minutes=20)

    arrive(channel, inbound("ours", thread_id="t1", sent_at=at, direction="out", text="Dank, we komen kijken."))

    obligation = the(conversation)
    assert (obligation.state, obligation.ended_at, obligation.breached_at) == (ObligationState.MET, at, None)


def test_question_answer_and_question_in_one_batch_are_two_terms(channel, matrix):
    conversation = arrive(
        channel,
        inbound("m1", thread_id="t1", sent_at=FRIDAY, text="De stoep is stuk."),
        inbound("o1", thread_id="t1", sent_at=FRIDAY + timedelta(minutes=5), direction="out", text="Waar?"),
        inbound("m2", thread_id="t1", sent_at=FRIDAY + timedelta(minutes=9), text="Molenstraat."),
    )

    # Known only together: the first question was answered before we saw it, so only the second one is owed.
    assert the(conversation, ObligationKind.NEXT_RESPONSE).started_at == FRIDAY + timedelta(minutes=9)
    assert the(conversation, ObligationKind.NEXT_RESPONSE).amount == 8


def test_an_answer_and_a_new_question_at_once_end_one_term_and_begin_another(channel, matrix):
    conversation = arrive(channel)
    answered_at, asked_at = FRIDAY + timedelta(minutes=5), FRIDAY + timedelta(minutes=9)

    arrive(
        channel,
        inbound("o1", thread_id="t1", sent_at=answered_at, direction="out", text="Waar?"),
        inbound("m2", thread_id="t1", sent_at=asked_at, text="Molenstraat."),
    )

    assert (the(conversation).state, the(conversation).ended_at) == (ObligationState.MET, answered_at)
    assert the(conversation, ObligationKind.NEXT_RESPONSE).started_at == asked_at


@pytest.mark.parametrize(
    ("reason", "waived"),
    [("thanks", WaiveReason.THANKS), ("not_for_us", WaiveReason.NOT_FOR_US), ("spam", WaiveReason.SPAM)],
)
def test_resolving_without_an_answer_waives_with_the_reason(channel, matrix, agent, reason, waived):
    conversation = arrive(channel)

    resolve(conversation=conversation, by=agent, reason=reason)

    conversation.refresh_from_db()
    assert {(o.state, o.waive_reason) for o in conversation.obligations.all()} == {(ObligationState.WAIVED, waived)}
    assert conversation.next_due_at is None


def test_what_was_put_away_by_mistake_goes_on_with_the_term_it_had(channel, matrix, agent):
    conversation = arrive(channel)
    due_at = the(conversation).due_at
    resolve(conversation=conversation, by=agent, reason="spam")

    reopen(conversation=conversation, by=agent)

    conversation.refresh_from_db()
    assert (the(conversation).state, the(conversation).due_at) == (ObligationState.OPEN, due_at)
    assert conversation.next_due_at == due_at


def test_a_message_that_is_taken_back_is_owed_no_answer(channel, matrix):
    conversation = arrive(channel)

    arrive(channel, inbound("m1", thread_id="t1", change=Change.DELETED, changed_at=FRIDAY + timedelta(hours=1)))

    assert the(conversation).waive_reason == WaiveReason.DELETED


def test_the_conclusion_stands_still_while_the_resident_is_to_speak(channel, matrix, agent):
    conversation = arrive(channel)
    due_at = the(conversation, ObligationKind.RESOLUTION).due_at
    assert due_at == datetime(
        2026, 4, 13, 15, 0, tzinfo=UTC
    )  # five working days, Easter Monday is none: 13 April 17:00

    arrive(
        channel, inbound("o1", thread_id="t1", sent_at=FRIDAY + timedelta(minutes=20), direction="out", text="Waar?")
    )
    assert the(conversation, ObligationKind.RESOLUTION).state == ObligationState.PAUSED
    Obligation.objects.filter(kind=ObligationKind.RESOLUTION).update(paused_at=FRIDAY + timedelta(minutes=20))
    arrive(channel, inbound("m2", thread_id="t1", sent_at=FRIDAY + timedelta(days=4), text="Molenstraat."))

    resumed = the(conversation, ObligationKind.RESOLUTION)
    # 43 working hours were left on Friday 16:30; they run again from Tuesday 7 April 16:10.
    assert (resumed.state, resumed.due_at) == (ObligationState.OPEN, datetime(2026, 4, 14, 14, 40, tzinfo=UTC))


def test_handing_over_the_turn_by_phone_meets_the_answer(channel, matrix, agent):
    conversation = arrive(channel)

    wait_for_resident(conversation=conversation, by=agent)

    assert (the(conversation).state, the(conversation).answer) == (ObligationState.MET, None)


def test_a_new_version_of_the_matrix_moves_no_old_deadline(channel, matrix, team):
    conversation = arrive(channel)
    due_at = the(conversation).due_at
    from responsematrix.editing import edit_rule, new_draft

    manager, colleague = (UserFactory(teams=[team], teams__role=Role.MANAGER) for _person in range(2))
    draft = new_draft(matrix=matrix, by=manager)
    edit_rule(rule=draft.rules.get(position=1), by=manager, first_response_amount=1)
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=timezone.now(), by=colleague)
    follow({conversation.pk})

    assert the(conversation).due_at == due_at


def test_a_person_who_says_what_it_is_about_has_it_judged_again_from_the_same_start(channel, matrix, agent, waste):
    conversation = arrive(channel)

    choose_facts(conversation=conversation, by=agent, subject=Subject.objects.get(code="afval"))

    conversation.refresh_from_db()
    obligation = the(conversation)
    assert (obligation.team, obligation.amount, obligation.started_at) == (waste, 2, FRIDAY)
    assert (conversation.next_due_at, conversation.team) == (obligation.due_at, waste)


def test_a_passed_term_is_marked_once(channel, matrix):
    conversation = arrive(channel)

    assert mark_breached() == 1
    assert mark_breached() == 0

    assert the(conversation).breached_at == the(conversation).due_at


def test_the_number_of_queries_does_not_grow_with_the_batch(channel, matrix):
    def queries(first: int, number: int) -> int:
        messages = [
            inbound(f"m{n}", thread_id=f"t{n}", sent_at=FRIDAY + timedelta(seconds=n), text="De stoep is stuk.")
            for n in range(first, first + number)
        ]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            arrive(channel, *messages)
        return len(captured)

    queries(0, 1)

    assert queries(10, 2) == queries(100, 60)


def test_ingesting_the_same_events_again_opens_nothing_new(channel, matrix, scripted):
    message = inbound("m1", thread_id="t1", sent_at=FRIDAY, text="De stoep is stuk.")

    for _time in range(3):
        arrive(channel, message)

    assert Obligation.objects.count() == 2  # the answer and the conclusion
    assert ingest.ingest_new(channel).messages == 0
