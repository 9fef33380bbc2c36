"""Whatever happens in a conversation and in whatever order: nothing raises, nobody is forgotten, every figure is right."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from channels import errors
from channels.delivery import deliver
from channels.messages import Author, Change, Direction, InboundMessage, Receipt, SendMode, Visibility
from channels.models import Channel, DeliveryState
from inbox.batch import Batch
from inbox.facts import choose_facts
from inbox.lifecycle import ReasonNeeded, reopen, resolve, snooze, wait_for_resident, wake_snoozed
from inbox.models import Conversation, Message, Obligation, ObligationState, Promise, PromiseState, Status
from inbox.models.obligations import ACTIVE
from inbox.obligations import follow
from inbox.promises import send_new_promise
from inbox.replies import (
    ReplyBlocked,
    answered_elsewhere,
    record_outcome,
    retry_failed,
    send_reply,
    settle_unknown,
)
from inbox.sanitise import first_line
from responsematrix.models import Subject
from tests.inbox.matrices import matrix_in_force
from tests.scripted import ScriptedConnector, inbound

pytestmark = pytest.mark.django_db

PAGE = Author(external_id="page")
NOT_ARRIVED = [DeliveryState.FAILED, DeliveryState.CANCELLED]
UNDER_WAY = [DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.UNKNOWN]
FAILS, UNKNOWN, LATER = errors.PermanentError("mag niet"), errors.OutcomeUnknown("time-out"), errors.TransientError("x")
OUTCOMES = (None, FAILS, UNKNOWN, None, LATER, None)
LATE = (0, 0, 45, 90, 1200)  # seconds between writing and arriving


class Town:
    """Two threads of one resident, the private one beside them, everybody who does something there, and a clock."""

    def __init__(
        self, channel: Channel, agent: User, connector: type[ScriptedConnector], clock: time_machine.Traveller
    ):
        self.channel, self.agent, self.connector, self.clock = channel, agent, connector, clock
        self.events: list[InboundMessage] = []
        self.written: dict[str, str] = {}  # what the resident wrote, with its thread
        self.excused: set[str] = set()  # of these somebody said that no answer is needed
        connector.begin()

    @staticmethod
    def thread(choice: int) -> str:
        return "t1" if choice % 7 < 5 else "t2"

    def conversation(self, choice: int) -> Conversation:
        found = Conversation.objects.filter(thread_id=self.thread(choice)).first()
        return found or Conversation.objects.get(thread_id="t1")

    def excuse(self, conversation: Conversation) -> None:
        self.excused |= {
            external_id for external_id, thread in self.written.items() if thread == conversation.thread_id
        }

    def come(self, *events: InboundMessage) -> None:
        self.events += events
        Batch(self.channel).run(list(events))

    def new(self, choice: int, **values: object) -> InboundMessage:
        sent_at = timezone.now() - timedelta(seconds=LATE[choice % len(LATE)])
        return inbound(
            f"m{len(self.events)}", thread_id=self.thread(choice), sent_at=sent_at, text=f"woord {choice}", **values
        )

    # -- what residents and platforms do ---------------------------------------------------------------------------------

    def word(self, choice: int) -> None:
        event = self.new(choice)
        self.written[event.external_id] = event.thread_id
        self.come(event)

    def two_words(self, choice: int) -> None:
        self.word(choice)
        self.word(choice + 2)

    def ours_at_the_platform(self, choice: int) -> None:
        self.come(self.new(choice, direction=Direction.OUT, author=PAGE))

    def change(self, choice: int) -> None:
        if self.events:
            event = self.events[choice % len(self.events)]
            kind = (Change.EDITED, Change.DELETED, Change.DELETED, Change.HIDDEN)[choice % 4]
            self.come(replace(event, change=kind, text=f"anders {choice}", changed_at=timezone.now()))

    def again(self, choice: int) -> None:
        """Old events once more, as after an overlap or a replay."""
        Batch(self.channel).run(self.events[choice % (len(self.events) + 1) :][:3])

    def echo(self, choice: int) -> None:
        ours = Message.objects.filter(delivery__isnull=False, external_id=None, visibility=Visibility.PUBLIC)
        message = ours.select_related("delivery", "conversation").order_by("pk").first()
        if message and message.delivery and message.delivery.started_at:
            event = self.new(0, direction=Direction.OUT, author=PAGE, in_reply_to=message.in_reply_to)
            self.come(replace(event, text=message.text, thread_id=message.conversation.thread_id))

    # -- what we do ------------------------------------------------------------------------------------------------------

    def answer(self, choice: int) -> None:
        self.say(choice, SendMode.REPLY)

    def answer_in_private(self, choice: int) -> None:
        self.say(choice, SendMode.PRIVATE_REPLY)

    def say(self, choice: int, mode: SendMode) -> None:
        try:
            message = send_reply(
                conversation=self.conversation(choice),
                text=f"Morgen {choice}.",
                mode=mode,
                by=self.agent,
                key=uuid4(),
            )
        except ReplyBlocked:
            return
        if choice % 5:
            self.run(message, OUTCOMES[choice % 6])

    def run(self, message: Message, outcome: Exception | None) -> None:
        private = Receipt(external_id=f"mid.{message.pk}", thread_id="dm:1", sent_at=timezone.now())
        is_private = message.visibility == Visibility.PRIVATE
        self.connector.outcomes[:] = [outcome or (private if is_private else None)]
        deliver(message.delivery_id, on_outcome=record_outcome)

    def go_on_sending(self, choice: int) -> None:
        for message in Message.objects.filter(delivery__state=DeliveryState.QUEUED):
            self.run(message, OUTCOMES[choice % 4])

    def send_again(self, choice: int) -> None:
        for message in Message.objects.filter(delivery__state=DeliveryState.FAILED, is_automatic=False):
            retry_failed(message=message, by=self.agent)
            if choice % 2:
                self.run(message, OUTCOMES[choice % 4])

    def settle(self, choice: int) -> None:
        for message in Message.objects.filter(delivery__state=DeliveryState.UNKNOWN):
            settle_unknown(message=message, was_sent=bool(choice % 2), by=self.agent)

    def say_it_was_answered_elsewhere(self, choice: int) -> None:
        conversation = self.conversation(choice)
        answered_elsewhere(conversation=conversation, text="Gebeld." * (choice % 2), by=self.agent)
        self.excuse(conversation)

    def put_away(self, choice: int) -> None:
        reason = ("", "thanks", "spam", "elsewhere")[choice % 4]
        conversation = self.conversation(choice)
        try:
            resolve(conversation=conversation, by=self.agent, reason=reason)
        except ReasonNeeded:
            return
        if reason:
            self.excuse(conversation)

    def take_up_again(self, choice: int) -> None:
        reopen(conversation=self.conversation(choice), by=self.agent)

    def put_off(self, choice: int) -> None:
        until = timezone.now() + timedelta(minutes=choice + 1)
        snooze(conversation=self.conversation(choice), by=self.agent, until=until)

    def wake(self, choice: int) -> None:
        wake_snoozed()

    def wait(self, choice: int) -> None:
        conversation = self.conversation(choice)
        wait_for_resident(conversation=conversation, by=self.agent)
        self.excuse(conversation)

    def say_what_it_is(self, choice: int) -> None:
        subject = Subject.objects.filter(code="afval").first() if choice % 2 else None
        choose_facts(conversation=self.conversation(choice), by=self.agent, subject=subject)

    def promise(self, choice: int) -> None:
        moment = timezone.now() + timedelta(hours=20 + choice)
        try:
            made = send_new_promise(
                conversation=self.conversation(choice), promised_for=moment, by=self.agent, key=uuid4()
            )
        except ReplyBlocked:
            return
        if choice % 3:
            self.run(made.message, OUTCOMES[choice % 6])

    # -- what must hold --------------------------------------------------------------------------------------------------

    def check(self) -> None:
        stored = Message.objects.filter(external_id__in=self.written).count()
        assert stored == len(self.written), "every message once"
        assert not Promise.objects.filter(state=PromiseState.OPEN).exclude(obligation__state__in=ACTIVE).exists()
        for conversation in Conversation.objects.all():
            self.check_figures(conversation)
            self.check_terms(conversation)
        before = list(Obligation.objects.order_by("pk").values())
        follow(Conversation.objects.values_list("pk", flat=True))
        assert list(Obligation.objects.order_by("pk").values()) == before, "following again changes nothing"

    def check_figures(self, conversation: Conversation) -> None:
        messages = conversation.messages.filter(is_automatic=False).order_by("sent_at", "pk")
        incoming = messages.filter(direction=Direction.IN)
        said = Message.objects.filter(Q(conversation=conversation) | Q(answered=conversation), direction=Direction.OUT)
        last_out = (
            said.filter(is_automatic=False).exclude(delivery__state__in=NOT_ARRIVED).aggregate(at=Max("sent_at"))["at"]
        )
        newest = messages.last()
        assert conversation.message_count == conversation.messages.count()
        if newest is not None:
            assert (conversation.last_message_at, conversation.is_preview_ours) == (newest.sent_at, newest.is_ours)
            assert conversation.preview == first_line(newest.text)
        assert conversation.last_inbound_at == incoming.aggregate(at=Max("sent_at"))["at"]
        assert conversation.last_outbound_at == last_out
        unanswered = incoming.filter(deleted_at=None).exclude(external_id__in=self.excused)
        if last_out:
            unanswered = unanswered.filter(sent_at__gt=last_out)
        if conversation.awaiting_since is not None:
            assert incoming.filter(sent_at=conversation.awaiting_since).exists()
            assert conversation.status in (Status.OPEN, Status.SNOOZED)
            first = unanswered.aggregate(at=Min("sent_at"))["at"]
            assert first is None or conversation.awaiting_since <= first
        else:
            assert not unanswered.exists(), "nobody is forgotten"

    def check_terms(self, conversation: Conversation) -> None:
        active = conversation.obligations.filter(state__in=ACTIVE)
        running = [each for each in active if each.kind != "resolution"]
        conclusions = [each for each in active if each.kind == "resolution"]
        waiting = conversation.awaiting_since
        open_ones = [each.due_at for each in active if each.state == ObligationState.OPEN]
        assert conversation.next_due_at == min(open_ones, default=None)
        if waiting is not None:
            there = conversation.messages.filter(direction=Direction.IN, deleted_at=None, sent_at__gte=waiting)
            if there.exists():
                assert len(running) == 1
                assert running[0].started_at <= there.earliest("sent_at").sent_at
        else:
            ours = Message.objects.filter(Q(conversation=conversation) | Q(answered=conversation))
            assert not running or ours.filter(is_automatic=False, delivery__state__in=UNDER_WAY).exists()
        for conclusion in conclusions:
            assert conversation.status != Status.RESOLVED
            is_ours = waiting is not None or conversation.status == Status.OPEN
            assert (conclusion.state == ObligationState.OPEN) is is_ours
        for met in conversation.obligations.filter(state=ObligationState.MET, answer__isnull=False):
            assert met.ended_at >= met.started_at


ACTS: list[Callable[[Town, int], None]] = [
    Town.word, Town.two_words, Town.ours_at_the_platform, Town.change, Town.again, Town.echo, Town.answer,
    Town.answer_in_private, Town.go_on_sending, Town.send_again, Town.settle, Town.say_it_was_answered_elsewhere,
    Town.put_away, Town.take_up_again, Town.put_off, Town.wake, Town.wait, Town.say_what_it_is, Town.promise,
]  # fmt: skip


@pytest.fixture
def town(channel, agent, team, scripted):
    matrix_in_force(team, resolution_amount=5, resolution_unit="working_days")
    return channel, agent, scripted


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 59)), min_size=6, max_size=16))
@example([(Town.answer_in_private, 3), (Town.two_words, 5), (Town.answer_in_private, 6), (Town.send_again, 1)])
@example(
    [
        (Town.answer, 0),
        (Town.word, 0),
        (Town.go_on_sending, 1),
        (Town.say_it_was_answered_elsewhere, 0),
        (Town.send_again, 0),
    ]
)
@example([(Town.answer, 15), (Town.put_away, 9), (Town.say_it_was_answered_elsewhere, 43)])
@example([(Town.answer, 1), (Town.put_away, 0), (Town.send_again, 1)])
@example([(Town.answer, 1), (Town.word, 0), (Town.send_again, 1)])
@example([(Town.answer, 1), (Town.word, 0), (Town.send_again, 0)])
def test_whatever_happens_nobody_is_forgotten_and_every_figure_is_right(town, acts):
    start = timezone.now() - timedelta(hours=12)
    with transaction.atomic(), time_machine.travel(start, tick=True) as clock:
        happening = Town(*town, clock)
        happening.word(0)
        happening.check()
        for act, choice in acts:
            clock.shift(timedelta(seconds=60 + choice))
            act(happening, choice)
            happening.check()
        transaction.set_rollback(True)
