"""What a batch of events does to conversations and messages."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from channels.messages import Attachment, AttachmentKind, Author, Change, Direction, RootPost, SendMode, StatusUpdate
from channels.models import Channel, DeliveryState
from inbox.batch import Batch
from inbox.lifecycle import resolve
from inbox.models import Contact, Conversation, Message, PendingChange, Status
from inbox.models import RootPost as StoredRoot
from inbox.replies import send_reply
from tests.factories import DeliveryFactory, MessageFactory
from tests.scripted import RESIDENT, SENT_AT, inbound

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def apply(channel: Channel, *messages, updates=()) -> int:
    batch = Batch(channel)
    batch.lock()
    return batch.apply(messages, updates)


def ours(external_id: str, **values):
    return inbound(external_id, direction=Direction.OUT, author=Author(external_id="page"), **values)


def test_a_first_message_opens_a_conversation(channel):
    assert (
        apply(channel, inbound("m1", root=RootPost(external_id="p1", text="Nieuwe afvalkalender", is_ours=True))) == 1
    )

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.unread_count, conversation.message_count) == (Status.OPEN, 1, 1)
    assert conversation.awaiting_since == conversation.last_inbound_at == SENT_AT
    assert conversation.identity.name == conversation.contact.name == "Fatima Yıldız"
    assert conversation.root.text == "Nieuwe afvalkalender"
    assert conversation.preview == "Wanneer wordt het afval opgehaald?"


def test_the_same_messages_again_change_nothing(channel):
    messages = [inbound("m1"), inbound("m2", sent_at=SENT_AT + HOUR)]
    apply(channel, *messages)
    before = Conversation.objects.values().get()

    assert apply(channel, *messages, *messages) == 0

    assert Conversation.objects.values().get() == before
    assert Message.objects.count() == 2


def test_two_copies_in_one_batch_are_one_message(channel):
    assert apply(channel, inbound("m1"), inbound("m1")) == 1
    assert Conversation.objects.get().message_count == 1


def test_an_answer_made_elsewhere_hands_the_turn_to_the_resident(channel):
    apply(channel, inbound("m1"))
    apply(channel, ours("m2", sent_at=SENT_AT + HOUR, text="Morgen!"))

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.awaiting_since, conversation.unread_count) == (Status.WAITING, None, 0)
    assert conversation.is_preview_ours
    assert Message.objects.get(external_id="m2").sent_by is None


@pytest.mark.parametrize("status", [Status.WAITING, Status.SNOOZED, Status.RESOLVED])
def test_a_new_word_of_the_resident_reopens(channel, status):
    apply(channel, inbound("m1"))
    Conversation.objects.update(status=status, snoozed_until=SENT_AT + 9 * HOUR if status == Status.SNOOZED else None)

    apply(channel, inbound("m2", sent_at=SENT_AT + HOUR))

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.snoozed_until) == (Status.OPEN, None)


def test_a_late_message_that_was_answered_already_reopens_nothing(channel):
    apply(channel, inbound("m1"), ours("m3", sent_at=SENT_AT + 2 * HOUR))
    apply(channel, inbound("m2", sent_at=SENT_AT + HOUR, text="te laat bezorgd"))

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.awaiting_since) == (Status.WAITING, None)
    assert conversation.preview == "Wanneer wordt het afval opgehaald?"
    assert conversation.message_count == 3


def test_what_was_resolved_without_an_answer_does_not_wait_again_for_an_old_word(channel, agent: User):
    apply(channel, inbound("m1", sent_at=SENT_AT + HOUR))
    resolve(conversation=Conversation.objects.get(), by=agent, reason="thanks")

    apply(channel, ours("m0", sent_at=SENT_AT))

    conversation = Conversation.objects.get()
    assert (conversation.status, conversation.awaiting_since) == (Status.RESOLVED, None)


def test_an_edit_keeps_what_was_said_before(channel):
    apply(channel, inbound("m1"))
    apply(channel, inbound("m1", change=Change.EDITED, text="Wanneer komt het GFT?", changed_at=SENT_AT + HOUR))

    message = Message.objects.get()
    assert (message.text, message.edited_at) == ("Wanneer komt het GFT?", SENT_AT + HOUR)
    assert [version.text for version in message.versions.all()] == ["Wanneer wordt het afval opgehaald?"]
    assert Conversation.objects.get().preview == "Wanneer komt het GFT?"


def test_an_edit_before_its_creation_is_not_undone_by_it(channel):
    apply(channel, inbound("m1", change=Change.EDITED, text="nieuw", changed_at=SENT_AT + HOUR))
    apply(channel, inbound("m1", text="oud"))

    assert Message.objects.get().text == "nieuw"


def test_an_older_edit_never_replaces_a_newer_one(channel):
    apply(channel, inbound("m1"))
    apply(channel, inbound("m1", change=Change.EDITED, text="tweede", changed_at=SENT_AT + 2 * HOUR))
    apply(channel, inbound("m1", change=Change.EDITED, text="eerste", changed_at=SENT_AT + HOUR))

    assert Message.objects.get().text == "tweede"


def test_a_deleted_message_is_blanked_and_its_text_kept_apart(channel):
    apply(channel, inbound("m1"))
    apply(channel, inbound("m1", change=Change.DELETED, thread_id="", text="", changed_at=SENT_AT + HOUR))
    apply(channel, inbound("m1", change=Change.EDITED, text="spook", changed_at=SENT_AT + 2 * HOUR))

    message = Message.objects.get()
    assert (message.text, message.deleted_at) == ("", SENT_AT + HOUR)
    assert [version.text for version in message.versions.all()] == ["Wanneer wordt het afval opgehaald?"]


def test_a_deletion_before_its_creation_wins(channel):
    apply(channel, inbound("m1", change=Change.DELETED, thread_id="", text="", changed_at=SENT_AT + HOUR))
    assert (Message.objects.count(), PendingChange.objects.count()) == (0, 1)

    apply(channel, inbound("m1"))

    message = Message.objects.get()
    assert (message.text, message.deleted_at) == ("", SENT_AT + HOUR)
    assert PendingChange.objects.count() == 0


def test_hidden_and_shown_again(channel):
    apply(channel, inbound("m1"))
    apply(channel, inbound("m1", change=Change.HIDDEN, thread_id="", changed_at=SENT_AT + HOUR))
    assert Message.objects.get().hidden_at == SENT_AT + HOUR

    apply(channel, inbound("m1", change=Change.UNHIDDEN, thread_id="", changed_at=SENT_AT + 2 * HOUR))
    assert Message.objects.get().hidden_at is None


def test_hiding_without_a_moment_counts_when_it_says_something_else(channel):
    hidden = inbound("m1", change=Change.HIDDEN, thread_id="")
    apply(channel, inbound("m1"), hidden)
    since = Message.objects.get().hidden_at
    assert since is not None

    apply(channel, hidden)
    assert Message.objects.get().hidden_at == since

    apply(channel, replace(hidden, change=Change.UNHIDDEN))
    assert Message.objects.get().hidden_at is None

    apply(channel, hidden, replace(hidden, change=Change.DELETED))
    assert Message.objects.get().deleted_at is not None


def test_an_unknown_author_is_no_obstacle(channel):
    apply(channel, inbound("m1", author=Author(), contact=Author()))

    conversation = Conversation.objects.get()
    assert (conversation.identity, conversation.contact, Contact.objects.count()) == (None, None, 0)

    apply(channel, inbound("m2", sent_at=SENT_AT + HOUR))
    conversation.refresh_from_db()
    assert conversation.identity.external_id == RESIDENT.external_id


def test_a_known_root_is_never_overwritten_by_an_empty_one(channel):
    apply(
        channel, inbound("m1", root=RootPost(external_id="p1", text="Nieuwe afvalkalender", permalink="https://x/p1"))
    )
    apply(channel, inbound("m2", root=RootPost(external_id="p1")))

    assert StoredRoot.objects.values_list("text", "permalink").get() == ("Nieuwe afvalkalender", "https://x/p1")


def test_text_that_no_database_can_hold_is_cleaned_and_marked(channel):
    apply(channel, inbound("m1", text="a\x00b\ud83dc", author=replace(RESIDENT, name="Fa\x00tima"), contact=RESIDENT))

    message = Message.objects.get()
    assert (message.text, message.is_sanitised) == ("abc", True)


def test_very_long_names_and_texts_fit(channel):
    person = Author(external_id="psid-9", name="N" * 5000, handle="h" * 999, avatar_url="https://x/" + "a" * 3000)
    apply(channel, inbound("m1", text="👍" * 300_000, author=person, contact=person))

    assert len(Message.objects.get().text) == 200_000


def test_pictures_wait_to_be_fetched(channel):
    picture = Attachment(kind=AttachmentKind.IMAGE, url="https://cdn/x.jpg", alt="kapotte lantaarnpaal")
    apply(channel, inbound("m1", attachments=(picture,)))

    assert list(Message.objects.get().attachments.values_list("state", "alt")) == [("pending", "kapotte lantaarnpaal")]


POST = RootPost(external_id="p1", text="Nieuwe afvalkalender")
PICTURE = Attachment(kind=AttachmentKind.IMAGE, url="https://cdn.example/a.jpg")
FROM_WEBHOOK = inbound("m1", root=RootPost(external_id="p1"), in_reply_to="p1")
FROM_POLL = inbound("m1", root=POST, in_reply_to="c7", permalink="https://example.org/m1", attachments=(PICTURE,))


def known() -> tuple[str, str, int]:
    message = Message.objects.get()
    return message.in_reply_to, message.permalink, message.attachments.count()


@pytest.mark.parametrize("order", [[FROM_WEBHOOK, FROM_POLL], [FROM_POLL, FROM_WEBHOOK]])
@pytest.mark.parametrize("is_one_batch", [True, False])
def test_what_one_road_does_not_tell_comes_by_the_other(channel, order, is_one_batch):
    for messages in [order] if is_one_batch else [[each] for each in order]:
        apply(channel, *messages)
    assert known() == ("c7", "https://example.org/m1", 1)

    apply(channel, *order)
    assert known() == ("c7", "https://example.org/m1", 1)


def test_what_is_known_of_a_message_is_never_overwritten(channel):
    apply(channel, FROM_POLL)
    other = replace(PICTURE, url="https://cdn.example/b.jpg")

    apply(channel, replace(FROM_POLL, in_reply_to="c8", permalink="https://example.org/x", attachments=(other, other)))

    assert known() == ("c7", "https://example.org/m1", 1)
    assert Message.objects.get().attachments.get().url == PICTURE.url


def test_nothing_is_added_to_what_was_deleted(channel):
    apply(channel, FROM_WEBHOOK, replace(FROM_WEBHOOK, change=Change.DELETED, changed_at=SENT_AT + HOUR))

    apply(channel, FROM_POLL)

    assert known() == ("p1", "", 0)


def test_completing_many_messages_takes_as_many_statements_as_one(channel):
    webhook = [replace(FROM_WEBHOOK, external_id=f"m{n}") for n in range(100)]
    apply(channel, *webhook)
    poll = [replace(FROM_POLL, external_id=message.external_id) for message in webhook]

    with CaptureQueriesContext(connection) as one:
        apply(channel, poll[0])
    with CaptureQueriesContext(connection) as many:
        apply(channel, *poll[1:])

    assert len(many) == len(one)
    assert not Message.objects.exclude(in_reply_to="c7", attachments__isnull=False).exists()


def test_read_receipts_reach_our_messages(channel):
    apply(channel, inbound("m1"), ours("m2", sent_at=SENT_AT + HOUR), ours("m3", sent_at=SENT_AT + 3 * HOUR))
    apply(channel, updates=[StatusUpdate(status="read", thread_id="comment:1", watermark=SENT_AT + 2 * HOUR)])

    assert Message.objects.get(external_id="m2").read_at == SENT_AT + 2 * HOUR
    assert Message.objects.get(external_id="m3").read_at is None
    assert Message.objects.get(external_id="m1").read_at is None


@pytest.mark.parametrize(
    ("state", "after"), [(DeliveryState.UNKNOWN, DeliveryState.SENT), (DeliveryState.SENDING, DeliveryState.SENDING)]
)
def test_our_own_message_seen_at_the_platform_is_the_proof_that_it_was_sent(channel, state, after):
    delivery = DeliveryFactory(channel=channel, state=state, started_at=SENT_AT, thread_id="comment:1")
    message = MessageFactory(
        conversation__channel=channel,
        conversation__thread_id="comment:1",
        external_id=None,
        direction="out",
        delivery=delivery,
    )

    apply(channel, ours("c99", text="Morgen tussen acht  en twaalf.", in_reply_to="message-1", sent_at=SENT_AT))

    delivery.refresh_from_db()
    message.refresh_from_db()
    assert (delivery.state, delivery.external_id, message.external_id) == (after, "c99", "c99")
    assert Message.objects.count() == 1


def test_somebody_elses_same_words_are_not_our_proof(channel):
    delivery = DeliveryFactory(channel=channel, state=DeliveryState.UNKNOWN, started_at=SENT_AT)

    apply(channel, ours("c99", text="Morgen tussen acht en twaalf.", thread_id="comment:other", in_reply_to="x"))

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.UNKNOWN
    assert Message.objects.count() == 1


def test_the_number_of_statements_does_not_grow_with_the_batch(channel, django_assert_max_num_queries):
    many = [
        inbound(
            f"m{n}",
            thread_id=f"comment:{n}",
            author=Author(external_id=f"p{n}", name=f"N {n}"),
            contact=Author(external_id=f"p{n}"),
        )
        for n in range(200)
    ]
    with django_assert_max_num_queries(17):
        assert apply(channel, *many) == 200


def test_a_message_that_crossed_our_answer_is_not_taken_for_answered(channel, agent, scripted):
    asked_at = timezone.now() - timedelta(hours=1)
    Batch(channel).run([inbound("m1", thread_id="t1", sent_at=asked_at)])
    conversation = Conversation.objects.get(thread_id="t1")
    answer = send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=agent, key=uuid4())
    crossed_at = answer.sent_at - timedelta(seconds=20)

    Batch(channel).run([inbound("m2", thread_id="t1", sent_at=crossed_at, text="En de rolcontainer?")])

    conversation.refresh_from_db()
    assert (conversation.status, conversation.unread_count) == (Status.OPEN, 1)
    assert conversation.awaiting_since == crossed_at


def test_what_was_answered_on_the_platform_itself_was_seen_there(channel, scripted):
    asked_at = timezone.now() - timedelta(hours=1)
    Batch(channel).run([inbound("m1", thread_id="t1", sent_at=asked_at)])
    Batch(channel).run([inbound("o1", thread_id="t1", direction="out", sent_at=asked_at + timedelta(minutes=9))])

    Batch(channel).run([inbound("m2", thread_id="t1", sent_at=asked_at + timedelta(minutes=8))])

    assert Conversation.objects.get(thread_id="t1").status == Status.WAITING
