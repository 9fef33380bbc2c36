"""Past messages as turns: who waited for whom, since when, until when."""

from datetime import timedelta

import pytest

from accounts.models import User
from channels.models import Channel
from monitoring import traffic
from monitoring.traffic import Period, conversations_of, turns_of
from responsematrix.in_force import current_recogniser
from responsematrix.simulation import Turn
from tests.factories import ConversationFactory, DeliveryFactory, MessageFactory
from tests.monitoring.conftest import Say, last_monday

pytestmark = pytest.mark.usefixtures("active")
WEEK = Period(last_monday(0), last_monday(0) + timedelta(days=7))


def turns(user: User, period: Period = WEEK) -> list[Turn]:
    return list(turns_of(conversations_of(user, period), period, current_recogniser()))


def waits(user: User) -> list[float | None]:
    """Hours until our answer."""
    return [
        None if turn.answered_at is None else (turn.answered_at - turn.received_at) / timedelta(hours=1)
        for turn in turns(user)
    ]


def test_a_turn_begins_with_the_first_word_and_ends_with_our_answer(said: Say, manager: User) -> None:
    said(("in", 0), ("in", 1), ("out", 3), ("in", 4), ("out", 4.5), ("out", 5))

    found = turns(manager)

    assert [(turn.is_first, turn.answered_at and (turn.answered_at - turn.received_at) / timedelta(hours=1)) for turn in found] == [
        (True, 3), (False, 0.5),
    ]  # fmt: skip


def test_what_waits_is_a_turn_without_an_answer(said: Say, manager: User) -> None:
    said(("out", 0), ("in", 1))

    assert [(turn.answered_at, turn.is_first) for turn in turns(manager)] == [(None, False)]


@pytest.mark.parametrize(
    "values",
    [{"status": "resolved", "resolve_reason": "thanks"}, {"status": "waiting", "awaiting_since": None}],
    ids=["resolved", "handed over"],
)
def test_what_was_ended_without_a_message_is_left_out(said: Say, manager: User, values: dict[str, object]) -> None:
    said(("in", 0), ("out", 1), ("in", 2), **values)

    assert waits(manager) == [1]


def test_what_balie_said_itself_or_what_never_left_answers_nothing(said: Say, manager: User, channel: Channel) -> None:
    found = said(("in", 0), ("out", 5))
    at = last_monday(9.5)
    MessageFactory(conversation=found, direction="out", sent_at=at, is_automatic=True)
    failed = DeliveryFactory(channel=channel, state="failed")
    MessageFactory(conversation=found, direction="out", sent_at=at, external_id=None, delivery=failed)

    assert waits(manager) == [5]


def test_an_answer_counts_from_when_it_left(said: Say, manager: User, channel: Channel) -> None:
    found = said(("in", 0), ("in", 0.5), awaiting_since=None, status="waiting")
    sent = DeliveryFactory(channel=channel, state="sent", external_id="e1", finished_at=last_monday(13))
    MessageFactory(conversation=found, direction="out", sent_at=last_monday(10), external_id=None, delivery=sent)

    assert waits(manager) == [4]


def test_an_answer_in_private_answers_the_public_word(said: Say, manager: User, channel: Channel) -> None:
    public = said(("in", 0), awaiting_since=None, status="waiting")
    private = ConversationFactory(channel=channel, kind="direct_message", visibility="private")
    MessageFactory(conversation=private, direction="out", answered=public, sent_at=last_monday(11))

    assert waits(manager) == [2]


def test_what_the_resident_took_back_is_not_owed(said: Say, manager: User) -> None:
    found = said(("in", 0), ("in", 2), ("out", 3))
    first = found.messages.order_by("sent_at").first()
    assert first is not None
    first.deleted_at = last_monday(9.5)
    first.save()

    assert waits(manager) == [1]


def test_a_turn_belongs_to_the_period_in_which_it_began(said: Say, manager: User) -> None:
    said(("in", -24 * 5), ("in", 1), ("out", 2))  # since the week before
    said(("in", 24 * 6), ("out", 24 * 8))  # answered in the week after
    said(("in", 24 * 7), ("out", 24 * 8))

    assert waits(manager) == [48]


def test_the_subject_is_that_of_the_conversation_else_of_its_words(said: Say, manager: User) -> None:
    said(("in", 0), ("out", 1), ("in", 2), ("out", 3), text="Er zit een kuil in de weg.")
    said(("in", 0), ("out", 1), text="Er zit een kuil in de weg.", is_subject_chosen=True)
    said(("in", 0), ("out", 1))

    assert [turn.facts.subject for turn in turns(manager)] == ["roads", "roads", "", ""]


def test_an_outsider_has_no_traffic(said: Say, outsider: User) -> None:
    said(("in", 0), ("out", 1))

    assert turns(outsider) == []


def test_it_is_read_in_chunks_and_says_how_far_it_is(
    said: Say, manager: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object
) -> None:
    monkeypatch.setattr(traffic, "CHUNK", 2)
    for _each in range(5):
        said(("in", 0), ("out", 1))
    heard: list[int] = []

    found = turns_of(conversations_of(manager, WEEK), WEEK, current_recogniser(), on_progress=heard.append)

    assert len(list(found)) == 5
    assert heard == [2, 4, 5]
