"""Open, waiting, snoozed, resolved: with an actor, a trail, and an honest reason."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from inbox.lifecycle import (
    ReasonNeeded,
    mark_read,
    mark_unread,
    reopen,
    resolve,
    snooze,
    wait_for_resident,
    wake_snoozed,
)
from inbox.models import Conversation, Status
from tests.factories import ConversationFactory, MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(channel) -> Conversation:
    return ConversationFactory(channel=channel)


def test_resolving_what_was_not_answered_asks_why(conversation, agent):
    with pytest.raises(ReasonNeeded):
        resolve(conversation=conversation, by=agent)

    resolved = resolve(conversation=conversation, by=agent, reason="thanks")

    assert (resolved.status, resolved.resolve_reason, resolved.awaiting_since) == (Status.RESOLVED, "thanks", None)
    assert AuditEvent.objects.get(action="conversation.resolved").data == {"reason": "thanks"}


def test_resolving_what_was_answered_asks_nothing(conversation, agent):
    wait_for_resident(conversation=conversation, by=agent)

    assert resolve(conversation=conversation, by=agent).status == Status.RESOLVED


def test_an_invented_reason_is_refused(conversation, agent):
    with pytest.raises(ValueError, match="zomaar"):
        resolve(conversation=conversation, by=agent, reason="zomaar")


def test_reopening_makes_the_resident_wait_again(conversation, agent):
    MessageFactory(conversation=conversation, sent_at=conversation.last_inbound_at)
    resolve(conversation=conversation, by=agent, reason="spam")

    reopened = reopen(conversation=conversation, by=agent)

    assert (reopened.status, reopened.resolve_reason) == (Status.OPEN, "")
    assert reopened.awaiting_since == conversation.last_inbound_at


def test_a_snoozed_conversation_wakes_at_its_moment(conversation, agent):
    snooze(conversation=conversation, until=timezone.now() + timedelta(hours=1), by=agent)
    assert wake_snoozed() == 0

    Conversation.objects.update(snoozed_until=timezone.now())
    assert wake_snoozed() == 1

    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == (Status.OPEN, None)


def test_the_past_is_no_moment_to_snooze_until(conversation, agent):
    with pytest.raises(ValueError, match="toekomst"):
        snooze(conversation=conversation, until=timezone.now() - timedelta(minutes=1), by=agent)


def test_read_and_unread(conversation, agent):
    assert mark_read(conversation=conversation, by=agent)
    assert not mark_read(conversation=conversation, by=agent)
    assert mark_unread(conversation=conversation, by=agent)
    conversation.refresh_from_db()
    assert conversation.unread_count == 1
