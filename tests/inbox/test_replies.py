"""Answering: one message per composer key, refused with the reason where it can not be, and honest about its outcome."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from channels import errors
from channels.delivery import deliver
from channels.messages import Receipt, SendMode
from channels.models import ChannelState, Delivery, DeliveryState
from inbox.drafts import DraftConflict, discard_draft, save_draft
from inbox.models import Conversation, Draft, Message, Status
from inbox.replies import (
    ReplyBlocked,
    answered_elsewhere,
    record_outcome,
    reply_options,
    retry_failed,
    send_reply,
    settle_unknown,
)
from inbox.threads import get_thread
from tests.factories import ConversationFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(channel, scripted) -> Conversation:
    conversation = ConversationFactory(channel=channel)
    MessageFactory(conversation=conversation, external_id="m1")
    return conversation


def send(conversation, by, *, text="Morgen tussen acht en twaalf.", mode=SendMode.REPLY, key=None) -> Message:
    return send_reply(conversation=conversation, text=text, mode=mode, by=by, key=key or uuid4())


def run(message: Message) -> Message:
    deliver(message.delivery_id, on_outcome=record_outcome)
    return Message.objects.select_related("delivery", "conversation").get(pk=message.pk)


def test_an_answer_is_queued_audited_and_hands_the_turn_over(conversation, agent):
    message = send(conversation, agent)

    conversation.refresh_from_db()
    assert (message.delivery.state, message.delivery.in_reply_to) == (DeliveryState.QUEUED, "m1")
    assert (conversation.status, conversation.awaiting_since, conversation.assignee) == (Status.WAITING, None, agent)
    assert conversation.is_preview_ours
    assert AuditEvent.objects.filter(action="reply.queued", actor=agent).count() == 1


def test_the_same_key_twice_is_the_same_message(conversation, agent, scripted):
    key = uuid4()

    messages = {send(conversation, agent, key=key).pk for _click in range(3)}

    assert len(messages) == Delivery.objects.count() == 1


def test_a_key_of_another_conversation_is_refused(conversation, agent, channel):
    key = uuid4()
    send(conversation, agent, key=key)
    other = ConversationFactory(channel=channel)
    MessageFactory(conversation=other)

    with pytest.raises(ReplyBlocked) as blocked:
        send(other, agent, key=key)
    assert blocked.value.code == "foreign_key"


def test_the_sent_message_gets_the_platforms_id(conversation, agent):
    message = run(send(conversation, agent))

    assert message.delivery.state == DeliveryState.SENT
    assert message.external_id == message.delivery.external_id


@pytest.mark.parametrize(
    ("text", "code"), [("", "empty"), ("  \n ", "empty"), ("a" * 8001, "too_long"), ("\x00", "empty")]
)
def test_texts_that_can_not_be_sent_are_refused(conversation, agent, text, code):
    with pytest.raises(ReplyBlocked) as blocked:
        send(conversation, agent, text=text)

    assert blocked.value.code == code
    assert Delivery.objects.count() == 0


def test_a_channel_that_can_not_send_says_so_beforehand(conversation, agent):
    conversation.channel.state = ChannelState.REAUTHORISE
    conversation.channel.state_reason = "wachtwoord gewijzigd"
    conversation.channel.save()

    option = reply_options(conversation)[0]

    assert (option.allowed, option.code) == (False, "channel_state")
    assert "wachtwoord gewijzigd" in option.reason
    with pytest.raises(ReplyBlocked):
        send(conversation, agent)


@pytest.mark.parametrize(
    ("age", "allowed"),
    [
        (timedelta(hours=23, minutes=59), True),
        (timedelta(hours=24, minutes=1), True),
        (timedelta(days=7) - timedelta(minutes=1), True),
        (timedelta(days=7) + timedelta(minutes=1), False),
    ],
)
def test_the_reply_window_counts_from_the_residents_last_word(channel, agent, scripted, age, allowed):
    private = ConversationFactory(channel=channel, visibility="private", kind="direct_message", thread_id="dm:psid-1")
    MessageFactory(conversation=private, sent_at=timezone.now() - age)

    (option,) = reply_options(private)

    assert (option.mode, option.allowed) == (SendMode.DIRECT_MESSAGE, allowed)
    assert option.code == ("" if allowed else "window_closed")


def test_a_deleted_message_can_not_be_answered(conversation, agent):
    Message.objects.update(deleted_at=timezone.now(), text="")

    assert reply_options(conversation)[0].code == "gone"


def test_when_the_last_of_two_is_taken_back_the_other_one_is_answered(conversation, agent, scripted):
    MessageFactory(conversation=conversation, external_id="m2", sent_at=timezone.now(), deleted_at=timezone.now())

    assert [option.code for option in get_thread(conversation, agent).options] == ["", ""]
    assert send(conversation, agent).delivery.in_reply_to == "m1"


def test_a_private_answer_to_a_comment_lives_in_its_own_linked_conversation(conversation, agent, scripted):
    scripted.outcomes.append(Receipt(external_id="mid.1", thread_id="dm:psid-77", recipient_id="psid-77"))

    message = send(conversation, agent, mode=SendMode.PRIVATE_REPLY)
    private = message.conversation
    assert (private.visibility, private.origin) == ("private", conversation)
    assert Delivery.objects.get().in_reply_to == "m1"

    run(message)
    private.refresh_from_db()
    assert private.thread_id == "dm:psid-77"


def test_a_private_answer_joins_the_conversation_that_was_there_already(conversation, agent, scripted):
    existing = ConversationFactory(
        channel=conversation.channel, visibility="private", thread_id="dm:psid-77", identity=None
    )
    scripted.outcomes.append(Receipt(external_id="mid.1", thread_id="dm:psid-77"))

    message = run(send(conversation, agent, mode=SendMode.PRIVATE_REPLY))

    existing.refresh_from_db()
    assert message.conversation == existing
    assert (existing.origin, existing.is_preview_ours) == (conversation, True)
    assert Conversation.objects.filter(thread_id__startswith="private-reply").count() == 0


def test_a_copy_that_came_in_before_the_receipt_is_absorbed(conversation, agent, scripted):
    scripted.outcomes.append(Receipt(external_id="c5"))
    message = send(conversation, agent)
    MessageFactory(conversation=conversation, external_id="c5", direction="out")

    run(message)

    assert Message.objects.filter(external_id="c5").get().pk == message.pk


def test_a_failed_answer_gives_the_turn_back_and_can_be_sent_again(conversation, agent, scripted):
    scripted.outcomes.append(errors.PermanentError("mag niet"))
    message = run(send(conversation, agent))

    conversation.refresh_from_db()
    assert (conversation.status, conversation.awaiting_since) == (Status.OPEN, conversation.last_inbound_at)

    retry_failed(message=message, by=agent)
    assert run(message).delivery.state == DeliveryState.SENT


def test_only_what_failed_can_be_sent_again(conversation, agent):
    message = run(send(conversation, agent))

    with pytest.raises(ReplyBlocked):
        retry_failed(message=message, by=agent)
    with pytest.raises(ReplyBlocked):
        settle_unknown(message=message, was_sent=False, by=agent)


@pytest.mark.parametrize(("was_sent", "state"), [(True, DeliveryState.SENT), (False, DeliveryState.FAILED)])
def test_a_person_settles_what_stayed_unknown(conversation, agent, scripted, was_sent, state):
    scripted.outcomes.append(errors.OutcomeUnknown("time-out"))
    message = run(send(conversation, agent))
    assert message.delivery.state == DeliveryState.UNKNOWN

    settle_unknown(message=message, was_sent=was_sent, by=agent)

    assert Delivery.objects.get().state == state
    assert AuditEvent.objects.filter(action="reply.settled", actor=agent).count() == 1


def test_answered_elsewhere_keeps_the_text_and_sends_nothing(conversation, agent, scripted):
    answered_elsewhere(conversation=conversation, text="Op X gezegd.", by=agent)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.resolve_reason) == (Status.RESOLVED, "elsewhere")
    assert Message.objects.get(direction="out").text == "Op X gezegd."
    assert (Delivery.objects.count(), scripted.sent) == (0, [])


def test_a_draft_is_kept_until_it_is_sent(conversation, agent):
    save_draft(conversation=conversation, mode=SendMode.REPLY, text="Beste Fat", version=0, by=agent)
    assert Draft.objects.get().text == "Beste Fat"

    send(conversation, agent)
    assert Draft.objects.count() == 0


def test_an_older_tab_never_overwrites_a_newer_draft(conversation, agent):
    first = save_draft(conversation=conversation, mode=SendMode.REPLY, text="een", version=0, by=agent)
    save_draft(conversation=conversation, mode=SendMode.REPLY, text="twee", version=first.version, by=agent)

    with pytest.raises(DraftConflict) as conflict:
        save_draft(conversation=conversation, mode=SendMode.REPLY, text="oude tab", version=first.version, by=agent)
    assert conflict.value.draft.text == "twee"


def test_an_emptied_draft_is_gone(conversation, agent):
    save_draft(conversation=conversation, mode=SendMode.REPLY, text="een", version=0, by=agent)
    assert save_draft(conversation=conversation, mode=SendMode.REPLY, text=" ", version=1, by=agent) is None
    discard_draft(conversation=conversation, mode=SendMode.REPLY, by=agent)
    assert Draft.objects.count() == 0
