"""One conversation as its page shows it: days, activity, what belongs together, and how it may be answered."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.audit import record
from channels.messages import SendMode
from inbox.drafts import drafts_of, save_draft
from inbox.lifecycle import resolve
from inbox.models import Conversation, Message
from inbox.replies import sent_states
from inbox.threads import ALL, CUT, RELATED, SHOWN, Activity, get_thread, shown_messages, troubled_messages
from tests.factories import ChannelFactory, ConversationFactory, DeliveryFactory, MessageFactory

pytestmark = pytest.mark.django_db

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def thread_of(conversation: Conversation, user, **values):
    selected = Conversation.objects.select_related("channel", "identity", "root", "assignee").get(pk=conversation.pk)
    return get_thread(selected, user, **values)


def entries(thread) -> list:
    return [entry for day in thread.days for entry in day.entries]


def test_messages_stand_under_the_day_as_it_is_here(conversation, agent):
    """Half past eleven in the evening in UTC is the next day in Eikenrode."""
    Message.objects.all().delete()
    for hour, minute in ((21, 0), (23, 30), (8, 0)):
        at = datetime(2026, 7, 1 if hour > 8 else 2, hour, minute, tzinfo=ZoneInfo("UTC"))
        MessageFactory(conversation=conversation, sent_at=at)

    thread = thread_of(conversation, agent)

    assert [(day.on.isoformat(), len(day.entries)) for day in thread.days] == [("2026-07-01", 1), ("2026-07-02", 2)]


def test_what_people_did_stands_between_what_was_said(conversation, agent):
    Message.objects.update(sent_at=timezone.now() - timedelta(hours=1))
    resolve(conversation=conversation, by=agent, reason="thanks")
    MessageFactory(conversation=conversation, sent_at=timezone.now() + timedelta(seconds=1))
    record("conversation.read", conversation, by=agent)  # no decision: not shown

    first, activity, last = entries(thread_of(conversation, agent))

    assert isinstance(first, Message)
    assert isinstance(last, Message)
    assert isinstance(activity, Activity)
    assert activity.text == f"{agent.display_name} handelde dit af: bedankje, geen antwoord nodig"


def test_what_nobody_did_was_done_by_balie(conversation, agent):
    record("conversation.woken", conversation, by=None)
    record("conversation.reopened", conversation, by=None, reason="onbekend")

    texts = [entry.text for entry in entries(thread_of(conversation, agent)) if isinstance(entry, Activity)]

    assert texts == ["Dit kwam terug na uitstel", "Balie heropende dit"]


def test_activity_of_another_conversation_is_not_shown(conversation, agent):
    other = ConversationFactory(channel=conversation.channel)
    resolve(conversation=other, by=agent, reason="spam")

    assert not [entry for entry in entries(thread_of(conversation, agent)) if isinstance(entry, Activity)]


def test_earlier_messages_are_left_out_with_what_was_done_then(conversation, agent):
    record("conversation.snoozed", conversation, by=agent)
    start = timezone.now() + timedelta(hours=1)
    for number in range(SHOWN + 1):
        MessageFactory(conversation=conversation, sent_at=start + timedelta(minutes=number))

    shown, everything = thread_of(conversation, agent), thread_of(conversation, agent, everything=True)

    assert (shown.has_earlier, len(entries(shown))) == (True, SHOWN)
    assert (everything.has_earlier, len(entries(everything))) == (False, SHOWN + 3)
    assert everything.newest_inbound_pk == shown.newest_inbound_pk == Message.objects.order_by("sent_at").last().pk
    assert ALL >= 10 * SHOWN


def test_a_long_text_stays_in_the_database(conversation, django_assert_num_queries):
    Message.objects.update(text="a" * 100_000)

    (message,) = shown_messages(conversation)

    assert len(message.shown) == CUT + 1
    with django_assert_num_queries(1):
        assert len(message.text) == 100_000


def test_what_belongs_together_is_found_and_what_one_may_not_see_is_not(conversation, agent, outsider):
    person = conversation.identity
    private = ConversationFactory(
        channel=conversation.channel, identity=person, origin=conversation, visibility="private"
    )
    beside = ConversationFactory(channel=conversation.channel, identity=person)
    ConversationFactory(channel=ChannelFactory(), identity=person)
    ConversationFactory(channel=conversation.channel)

    thread = thread_of(conversation, agent)
    back = thread_of(private, agent)

    assert ([each.pk for each in thread.private], [each.pk for each in thread.history]) == ([private.pk], [beside.pk])
    assert (back.origin.pk, [each.pk for each in back.history]) == (conversation.pk, [beside.pk])
    assert thread_of(conversation, outsider).history == []


@pytest.mark.parametrize(
    ("state", "words"),
    [("sent", "Gaat privé verder"), ("failed", "Privébericht niet verzonden"), ("unknown", "Onbekend of dit privé")],
)
def test_a_private_message_that_did_not_arrive_does_not_read_as_said(conversation, agent, state, words):
    private = ConversationFactory(channel=conversation.channel, origin=conversation, visibility="private")
    MessageFactory(
        conversation=private,
        direction="out",
        delivery=DeliveryFactory(channel=conversation.channel, state=state, external_id="c1"),
    )

    thread = thread_of(conversation, agent)

    assert [each.newest_delivery for each in thread.private] == [state]
    html = render_to_string("inbox/_messages.html", {"conversation": conversation, "thread": thread, "user": agent})
    assert words in html


def test_of_very_many_other_conversations_the_newest_are_shown(conversation, agent):
    for _each in range(RELATED * 3):
        ConversationFactory(channel=conversation.channel, identity=conversation.identity)

    history = thread_of(conversation, agent).history

    assert len(history) == RELATED
    assert history == sorted(history, key=lambda each: each.last_message_at, reverse=True)


def test_a_conversation_with_nobody_has_no_history(agent, channel, scripted):
    for _each in range(2):
        ConversationFactory(channel=channel, identity=None)

    assert thread_of(Conversation.objects.first(), agent).history == []


def test_drafts_are_ones_own(conversation, agent, outsider):
    save_draft(conversation=conversation, mode=SendMode.REPLY, text="van mij", version=0, by=agent)
    save_draft(conversation=conversation, mode=SendMode.REPLY, text="van een ander", version=0, by=outsider)

    assert {mode: draft.text for mode, draft in drafts_of(agent, conversation).items()} == {"reply": "van mij"}


def test_a_composer_that_is_out_of_date_can_be_told_by_one_word(conversation, agent):
    assert thread_of(conversation, agent).modes == "reply=ok private_reply=ok"

    Message.objects.update(deleted_at=timezone.now())
    assert thread_of(conversation, agent).modes == "reply=gone private_reply=gone"

    Message.objects.all().delete()
    assert thread_of(conversation, agent).modes == "reply=no_message private_reply=no_message"


def test_what_did_not_arrive_is_found_for_those_who_see_it(conversation, agent, outsider):
    for state in ("unknown", "failed", "queued", "cancelled"):
        delivery = DeliveryFactory(channel=conversation.channel, state=state)
        MessageFactory(conversation=conversation, direction="out", external_id=None, delivery=delivery)
    MessageFactory(conversation=conversation, direction="out")

    assert {message.delivery.state for message in troubled_messages(agent)} == {"unknown", "failed"}
    assert troubled_messages(outsider) == []
    states = sent_states(list(Message.objects.select_related("delivery")))
    assert sorted(states.values()) == ["cancelled", "elsewhere", "failed", "queued", "unknown"]
