"""Events come twice, late and in any order: what is known at the end is the same."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from channels.messages import Author, Change, Direction, InboundMessage
from channels.models import Channel
from inbox.batch import Batch
from inbox.models import Conversation, Message, MessageVersion, PendingChange
from tests.scripted import SENT_AT, inbound

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
A_FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def apply(channel: Channel, messages: Sequence[InboundMessage]) -> None:
    batch = Batch(channel)
    batch.lock()
    batch.apply(messages, ())


def empty() -> None:
    for model in (MessageVersion, Message, PendingChange, Conversation):
        model.objects.all().delete()


def without_place(message_id: str, change: Change, hours: int) -> InboundMessage:
    """A deletion or hiding: of most platforms only the id is certain."""
    return inbound(message_id, change=change, thread_id="", text="", changed_at=SENT_AT + hours * HOUR)


CREATED = inbound("m1")
EDITED = inbound("m1", change=Change.EDITED, text="bij nader inzien", changed_at=SENT_AT + HOUR)
AGAIN = inbound("m1", change=Change.EDITED, text="en nog eens", changed_at=SENT_AT + 2 * HOUR)
DELETED = without_place("m1", Change.DELETED, 3)
HIDDEN = without_place("m1", Change.HIDDEN, 4)


@st.composite
def histories(draw: st.DrawFn, of: list[InboundMessage]) -> list[list[InboundMessage]]:
    """Every event at least once, some again, shuffled, cut into batches."""
    events = draw(st.permutations(of + draw(st.lists(st.sampled_from(of), max_size=3))))
    batches: list[list[InboundMessage]] = [[]]
    for event in events:
        if batches[-1] and draw(st.booleans()):
            batches.append([])
        batches[-1].append(event)
    return batches


@A_FEW
@given(st.data(), st.sets(st.sampled_from(["edited", "again", "deleted", "hidden"])))
def test_one_message_ends_the_same_whatever_the_order(channel, data, happened):
    empty()
    named = {"edited": EDITED, "again": AGAIN, "deleted": DELETED, "hidden": HIDDEN}
    for batch in data.draw(histories([CREATED, *(named[name] for name in sorted(happened))])):
        apply(channel, batch)

    message = Message.objects.get()
    text = "en nog eens" if "again" in happened else "bij nader inzien" if "edited" in happened else CREATED.text
    assert message.text == ("" if "deleted" in happened else text)
    assert (message.deleted_at is not None) is ("deleted" in happened)
    assert message.hidden_at == (HIDDEN.changed_at if "hidden" in happened else None)
    assert (message.conversation.message_count, message.conversation.preview) == (1, message.text)
    assert PendingChange.objects.count() == 0


@A_FEW
@given(st.data(), st.integers(1, 4))
def test_hidden_and_shown_end_as_the_last_moment_says(channel, data, number):
    empty()
    changes = [without_place("m1", Change.UNHIDDEN if n % 2 else Change.HIDDEN, n + 1) for n in range(number)]
    for batch in data.draw(histories([CREATED, *changes])):
        apply(channel, batch)

    last = changes[-1]
    message = Message.objects.get()
    assert message.hidden_at == (last.changed_at if last.change == Change.HIDDEN else None)
    assert message.hiding_changed_at == last.changed_at


@pytest.mark.parametrize("change", [Change.DELETED, Change.HIDDEN])
def test_a_deletion_before_its_creation_in_one_batch_wins(channel, change):
    apply(channel, [without_place("m1", change, 1), CREATED])

    message = Message.objects.get()
    assert (message.deleted_at or message.hidden_at) == SENT_AT + HOUR
    assert PendingChange.objects.count() == 0


def test_what_was_hidden_and_shown_again_before_it_came_is_shown(channel):
    apply(channel, [without_place("m1", Change.UNHIDDEN, 2)])
    apply(channel, [without_place("m1", Change.HIDDEN, 1)])
    apply(channel, [CREATED])

    assert Message.objects.get().hidden_at is None
    assert PendingChange.objects.count() == 0


def test_a_deletion_of_what_never_comes_is_remembered_once(channel):
    for _again in range(3):
        apply(channel, [without_place("nooit", Change.DELETED, 1), without_place("nooit", Change.DELETED, 2)])

    assert (PendingChange.objects.count(), Message.objects.count()) == (1, 0)


# -- the figures of a conversation -----------------------------------------------------------------------------------------------------


def said(numbers: list[tuple[int, bool]]) -> list[InboundMessage]:
    """(hour, ours?): each message at a moment of its own."""
    ours = Author(external_id="page")
    messages = []
    for hour, is_ours in numbers:
        message = inbound(f"m{hour}", text=f"woord {hour}", sent_at=SENT_AT + hour * HOUR)
        messages.append(replace(message, direction=Direction.OUT, author=ours) if is_ours else message)
    return messages


@A_FEW
@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=10, unique_by=lambda each: each[0]),
    st.data(),
)
@example([(1, False), (2, True), (3, False)], None)
def test_the_figures_of_a_conversation_are_those_of_its_messages(channel, numbers, data):
    empty()
    for batch in data.draw(histories(said(numbers))) if data else [said(numbers)]:
        apply(channel, batch)

    conversation = Conversation.objects.get()
    incoming = [SENT_AT + hour * HOUR for hour, is_ours in numbers if not is_ours]
    outgoing = [SENT_AT + hour * HOUR for hour, is_ours in numbers if is_ours]
    last_hour, is_last_ours = max(numbers)
    waits = bool(incoming) and (not outgoing or max(incoming) > max(outgoing))
    assert conversation.message_count == Message.objects.count() == len(numbers)
    assert (conversation.preview, conversation.is_preview_ours) == (f"woord {last_hour}", is_last_ours)
    assert conversation.last_message_at == SENT_AT + last_hour * HOUR
    assert conversation.last_inbound_at == max(incoming, default=None)
    assert conversation.last_outbound_at == max(outgoing, default=None)
    assert conversation.status == ("open" if waits else "waiting")
    assert (conversation.awaiting_since is not None) is waits
    if waits:
        assert conversation.awaiting_since == min(at for at in incoming if not outgoing or at > max(outgoing))
        assert conversation.unread_count >= 1


def test_told_in_order_the_wait_counts_from_the_first_unanswered_word(channel):
    for message in said([(1, False), (2, True), (3, False), (4, False)]):
        apply(channel, [message])

    conversation = Conversation.objects.get()
    assert (conversation.awaiting_since, conversation.unread_count) == (SENT_AT + 3 * HOUR, 2)
