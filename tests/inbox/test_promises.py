"""The promise ledger: kept, broken, fallen away or replaced by a promise that can be kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from channels import errors
from channels.delivery import deliver
from channels.messages import SendMode
from channels.models import Channel, Delivery
from inbox.expectations import send_expectations
from inbox.ledger import mark_broken
from inbox.lifecycle import reopen, resolve
from inbox.models import Conversation, Obligation, ObligationState, Promise, PromiseState
from inbox.promises import next_reachable, propose, send_new_promise
from inbox.replies import ReplyBlocked, record_outcome, send_reply
from responsematrix.worktime import Schedule, Term, Unit
from tests.inbox.matrices import TEXTS, arrive, matrix_in_force, owed
from tests.scripted import ScriptedConnector

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture
def matrix(team):
    return matrix_in_force(team, **TEXTS)


@pytest.fixture
def channel(channel, scripted):
    channel.settings = {"expectation_public": True}
    channel.save()
    return channel


@pytest.fixture
def promised(channel, matrix) -> Conversation:
    """A conversation whose resident was told that the answer comes within four hours."""
    conversation = arrive(channel)
    send_expectations()
    deliver(Delivery.objects.get().pk, on_outcome=record_outcome)
    conversation.refresh_from_db()
    return conversation


def answer(conversation: Conversation, by) -> None:
    message = send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=by, key=uuid4())
    deliver(message.delivery_id, on_outcome=record_outcome)


def grow_old(conversation: Conversation, **passed: float) -> None:
    """As if `passed` went by since it all happened."""
    by = timedelta(**passed)
    for obligation in conversation.obligations.all():
        Obligation.objects.filter(pk=obligation.pk).update(
            started_at=obligation.started_at - by, due_at=obligation.due_at - by
        )
        for promise in obligation.promises.all():
            Promise.objects.filter(pk=promise.pk).update(
                made_at=promise.made_at - by, promised_for=promise.promised_for - by
            )
    Conversation.objects.filter(pk=conversation.pk).update(awaiting_since=conversation.awaiting_since - by)
    conversation.refresh_from_db()


def renew(conversation: Conversation, by, **later: float) -> Promise:
    moment = timezone.now() + (timedelta(**later) if later else timedelta(hours=5))
    return send_new_promise(conversation=conversation, promised_for=moment, by=by, key=uuid4())


def test_an_answer_in_time_keeps_the_promise(promised, agent):
    answer(promised, agent)

    promise = Promise.objects.get()
    assert (promise.state, promise.ended_at) == (PromiseState.KEPT, owed(promised).ended_at)


def test_a_moment_that_passes_breaks_it_once_and_a_late_answer_does_not_mend_it(promised, agent):
    grow_old(promised, hours=5)

    assert [mark_broken(), mark_broken()] == [1, 0]
    answer(promised, agent)

    promise = Promise.objects.get()
    assert (promise.state, promise.ended_at) == (PromiseState.BROKEN, promise.promised_for)


def test_nothing_owed_after_all_lets_it_lapse_and_taking_it_up_again_lets_it_run(promised, agent):
    resolve(conversation=promised, by=agent, reason="thanks")
    assert Promise.objects.get().state == PromiseState.LAPSED

    reopen(conversation=promised, by=agent)
    assert (Promise.objects.get().state, Promise.objects.get().ended_at) == (PromiseState.OPEN, None)


def test_no_new_promise_is_proposed_while_there_is_time(promised):
    assert propose(promised) is None


def test_before_the_breach_a_reachable_moment_is_proposed_in_the_residents_language(promised):
    grow_old(promised, hours=3, minutes=30)

    proposal = propose(promised)

    assert proposal.current == Promise.objects.get()
    assert timedelta(hours=3, minutes=59) < proposal.promised_for - timezone.now() < timedelta(hours=4, minutes=6)
    assert proposal.promised_for.minute % 5 == 0
    assert proposal.text.startswith("Ons antwoord kost meer tijd")


def test_a_new_promise_replaces_the_old_one_and_answers_nothing(promised, agent):
    grow_old(promised, hours=3, minutes=30)
    before = promised.awaiting_since

    renewed = renew(promised, agent)
    deliver(renewed.message.delivery_id, on_outcome=record_outcome)

    promised.refresh_from_db()
    assert [p.state for p in Promise.objects.order_by("pk")] == [PromiseState.SUPERSEDED, PromiseState.OPEN]
    assert (promised.awaiting_since, promised.status, promised.assignee) == (before, "open", None)
    assert owed(promised).state == ObligationState.OPEN
    assert AuditEvent.objects.filter(action="promise.made", actor=agent).count() == 1

    grow_old(promised, hours=2)
    answer(promised, agent)
    assert [p.state for p in Promise.objects.order_by("pk")] == [PromiseState.SUPERSEDED, PromiseState.KEPT]
    assert owed(promised).breached_at is not None  # the term itself passed, and that stays true


def test_a_new_promise_that_did_not_arrive_leaves_the_old_one_standing(promised, agent):
    grow_old(promised, hours=3, minutes=30)
    renewed = renew(promised, agent)
    ScriptedConnector.outcomes.append(errors.PermanentError("nee"))

    deliver(renewed.message.delivery_id, on_outcome=record_outcome)

    assert [p.state for p in Promise.objects.order_by("pk")] == [PromiseState.OPEN, PromiseState.LAPSED]


def test_the_same_click_twice_is_one_promise(promised, agent):
    grow_old(promised, hours=3, minutes=30)
    key, moment = uuid4(), timezone.now() + timedelta(hours=5)

    first, second = (
        send_new_promise(conversation=promised, promised_for=moment, by=agent, key=key) for _time in range(2)
    )

    assert first == second
    assert Promise.objects.count() == 2


@pytest.mark.parametrize("later", [{"hours": -1}, {"minutes": 10}, {"days": 90}])
def test_a_moment_that_is_no_progress_or_absurd_is_refused(promised, agent, later):
    with pytest.raises(ReplyBlocked):
        renew(promised, agent, **later)


def test_after_the_answer_nothing_is_promised_any_more(promised, agent):
    answer(promised, agent)

    with pytest.raises(ReplyBlocked):
        renew(promised, agent)
    assert propose(promised) is None


@pytest.mark.parametrize("state", ["kept", "nonsense"])
def test_the_database_refuses_a_promise_that_contradicts_itself(promised, state):
    with pytest.raises(IntegrityError), transaction.atomic():
        Promise.objects.update(state=state)


def test_the_database_refuses_a_second_promise_that_runs(promised, agent):
    grow_old(promised, hours=3, minutes=30)
    renew(promised, agent)

    with pytest.raises(IntegrityError), transaction.atomic():
        Promise.objects.update(state=PromiseState.OPEN, ended_at=None)


@pytest.mark.parametrize(
    ("amount", "unit", "due"),
    [
        (2, Unit.WORKING_HOURS, datetime(2026, 11, 30, 9, 30, tzinfo=UTC)),  # Monday 10:28:30, rounded up
        (1, Unit.WORKING_DAYS, datetime(2026, 11, 30, 16, 0, tzinfo=UTC)),
        (1, Unit.CLOCK_HOURS, datetime(2026, 11, 30, 7, 30, tzinfo=UTC)),  # at night nobody is there: Monday 8:30
    ],
)
def test_the_next_moment_is_one_at_which_somebody_works(amount, unit, due):
    office = Schedule((*[((510, 1020),)] * 5, (), ()))
    friday = datetime(2026, 11, 27, 15, 58, 30, tzinfo=UTC)  # Friday 16:58:30

    assert next_reachable(Term(amount, unit), office, now=friday, after=friday) == due


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_who_promise_at_once_leave_one_promise_that_runs(promised, agent):
    grow_old(promised, hours=3, minutes=30)
    moments = [timezone.now() + timedelta(hours=5), timezone.now() + timedelta(hours=6)]

    def promise(moment: datetime) -> str:
        try:
            send_new_promise(conversation=promised, promised_for=moment, by=agent, key=uuid4())
        except ReplyBlocked as blocked:
            return blocked.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(promise, moments))

    assert "made" in outcomes
    assert Promise.objects.filter(state=PromiseState.OPEN).count() == 1


# -- the side panel --------------------------------------------------------------------------------------------------------


def test_the_side_panel_shows_the_ledger_and_sends_the_proposal_with_one_click(signed_in: Client, promised, agent):
    grow_old(promised, hours=3, minutes=30)
    page = signed_in.get(reverse("conversation", args=[promised.pk])).content.decode()
    assert "Openbaar toezeggen" in page
    moment = propose(promised).promised_for

    answered = signed_in.post(
        reverse("promise", args=[promised.pk]), {"key": str(uuid4()), "promised_for": moment.isoformat()}, headers=HX
    )

    assert answered.status_code == 200
    assert "Openbaar toezeggen" not in answered.content.decode()
    assert Promise.objects.get(state=PromiseState.OPEN).promised_for == moment


def test_a_promise_that_was_not_kept_is_not_called_in_danger(signed_in: Client, promised):
    url = reverse("promises", args=[promised.pk])
    grow_old(promised, hours=3, minutes=30)
    assert "komt in gevaar" in signed_in.get(url).content.decode()

    grow_old(promised, hours=1)

    page = signed_in.get(url).content.decode()
    assert "is niet gehaald" in page
    assert "komt in gevaar" not in page


def test_a_click_that_came_too_late_says_so(signed_in: Client, promised, agent):
    answer(promised, agent)

    answered = signed_in.post(
        reverse("promise", args=[promised.pk]),
        {"key": str(uuid4()), "promised_for": (timezone.now() + timedelta(hours=5)).isoformat()},
        headers=HX,
    )

    assert (answered.status_code, "al geantwoord" in answered.content.decode()) == (422, True)


def test_an_outsider_sees_and_makes_no_promise(foreign: Client, promised, outsider):
    assert foreign.get(reverse("promises", args=[promised.pk])).status_code == 404
    assert foreign.post(reverse("promise", args=[promised.pk]), {"key": str(uuid4())}).status_code == 404
    assert not Promise.objects.visible_to(outsider).exists()


def test_a_platform_that_refuses_answers_gets_no_proposal(promised):
    grow_old(promised, hours=3, minutes=30)
    Channel.objects.update(state="reauthorise")

    assert propose(Conversation.objects.select_related("channel").get()) is None
