"""Before a term passes: each step once, to who may see it, in opening hours, in one bundle and one e-mail."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
import time_machine
from django.core import mail as outbox
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Membership, Role, Team, User
from channels.models import Channel, ChannelTeam
from inbox.assignment import claim
from inbox.escalation import escalate
from inbox.facts import choose_facts
from inbox.lifecycle import resolve
from inbox.mail import send_due
from inbox.models import Conversation, Escalation, Mail, MailState, Notification, NotificationKind, Obligation
from responsematrix.models import Calendar, Matrix
from tests.factories import TeamFactory, UserFactory
from tests.inbox.matrices import arrive, matrix_in_force, owed

pytestmark = pytest.mark.django_db
STEPS = [[50, "assignee"], [75, "lead"], [100, "backup"]]
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OFFICE = (*[((510, 1020),)] * 5, (), ())


@pytest.fixture
def backup(channel) -> Team:
    team = TeamFactory(name="Achterwacht")
    ChannelTeam.objects.create(channel=channel, team=team)
    return team


@pytest.fixture
def matrix(team, backup):
    matrix = matrix_in_force(team, steps=STEPS, backup_team=backup)
    Membership.objects.filter(role=Role.MANAGER).delete()  # who made the matrix leads nobody here
    return matrix


@pytest.fixture
def lead(team: Team, matrix) -> User:
    return UserFactory(username="lead", email="lead@example.nl", teams=[team], teams__role=Role.MANAGER)


@pytest.fixture
def stand_in(backup: Team) -> User:
    return UserFactory(username="standin", email="standin@example.nl", teams=[backup])


@pytest.fixture
def with_mail(settings) -> None:
    settings.SENDS_EMAIL = True


def grow_old(*conversations: Conversation, minutes: float) -> None:
    """As if that much of the four hours went by."""
    for obligation in Obligation.objects.filter(conversation__in=conversations):
        start = timezone.now() - timedelta(minutes=minutes)
        Obligation.objects.filter(pk=obligation.pk).update(
            started_at=start, due_at=start + timedelta(hours=4), escalate_at=timezone.now() - timedelta(seconds=1)
        )
        Conversation.objects.filter(pk=obligation.conversation_id).update(next_due_at=start + timedelta(hours=4))


def told() -> list[tuple[str, str]]:
    return sorted((n.user.username, n.kind) for n in Notification.objects.exclude(kind=NotificationKind.ASSIGNED))


def test_a_new_term_is_looked_at_once_and_then_when_its_first_step_is_due(channel, matrix):
    conversation = arrive(channel)

    assert escalate() == 0
    obligation = owed(conversation)
    assert obligation.escalate_at == obligation.started_at + timedelta(hours=2)


def test_assignee_then_lead_then_backup_each_once(channel, matrix, agent, lead, stand_in):
    conversation = arrive(channel)
    claim(conversation=conversation, by=agent)

    grow_old(conversation, minutes=130)
    assert [escalate(), escalate()] == [1, 0]
    assert told() == [("sanne", "deadline")]

    grow_old(conversation, minutes=190)
    assert [escalate(), escalate()] == [1, 0]
    assert told() == [("lead", "deadline"), ("sanne", "deadline")]

    grow_old(conversation, minutes=250)
    assert [escalate(), escalate()] == [1, 0]
    assert told() == [("lead", "deadline"), ("sanne", "deadline"), ("standin", "passed")]
    assert owed(conversation).escalate_at is None
    assert list(Escalation.objects.order_by("pk").values_list("percent", "to")) == [
        (50, "assignee"), (75, "lead"), (100, "backup"),
    ]  # fmt: skip


def test_what_is_nobodys_goes_to_the_lead(channel, matrix, lead):
    grow_old(arrive(channel), minutes=130)

    assert escalate() == 1
    assert told() == [("lead", "deadline")]


def test_what_is_met_or_waived_escalates_no_more(channel, matrix, agent, lead):
    conversation = arrive(channel)
    grow_old(conversation, minutes=130)
    resolve(conversation=conversation, by=agent, reason="thanks")

    assert escalate() == 0


@pytest.mark.parametrize("how", ["no rights", "left", "out of office"])
def test_who_can_not_act_is_passed_over(channel, matrix, agent, lead, how):
    conversation = arrive(channel)
    claim(conversation=conversation, by=agent)
    if how == "no rights":
        Membership.objects.filter(user=agent).delete()
    elif how == "left":
        User.objects.filter(pk=agent.pk).update(is_active=False)
    else:
        today = timezone.localdate()
        User.objects.filter(pk=agent.pk).update(out_of_office_from=today, out_of_office_until=today)
    grow_old(conversation, minutes=130)

    escalate()

    assert told() == [("lead", "deadline")]


def test_without_a_lead_an_administrator_hears_of_it(channel, matrix, administrator):
    grow_old(arrive(channel), minutes=130)

    escalate()

    assert told() == [("bea", "deadline")]


def test_with_nobody_at_all_the_step_is_still_taken_once(channel, matrix):
    grow_old(arrive(channel), minutes=130)

    assert [escalate(), escalate()] == [1, 0]
    assert Escalation.objects.get().told == []


def test_steps_that_were_missed_are_taken_together(channel, matrix, agent, lead, stand_in):
    conversation = arrive(channel)
    claim(conversation=conversation, by=agent)
    grow_old(conversation, minutes=250)

    assert escalate() == 3
    assert told() == [("lead", "passed"), ("sanne", "passed"), ("standin", "passed")]


@pytest.mark.parametrize(
    ("now", "taken"),
    [
        (datetime(2026, 11, 25, 11, 0, tzinfo=UTC), 1),  # Wednesday 12:00
        (datetime(2026, 11, 25, 20, 0, tzinfo=UTC), 0),  # 21:00
        (datetime(2026, 11, 28, 11, 0, tzinfo=UTC), 0),  # Saturday
    ],
)
def test_nobody_is_woken_for_it(channel, team, lead, now, taken):
    Matrix.objects.update(is_main=False, name="Een andere")
    Calendar.objects.update(name="Een andere")
    Channel.objects.update(connected_at=LONG_AGO)  # before the days of this test, whenever it runs
    with time_machine.travel(now - timedelta(hours=3), tick=False):
        matrix_in_force(
            team, weekly=OFFICE, steps=[[50, "lead"]], first_response_amount=4, first_response_unit="clock_hours"
        )
        Membership.objects.filter(role=Role.MANAGER).exclude(user=lead).delete()
        conversation = arrive(channel)
    with time_machine.travel(now, tick=False):
        Obligation.objects.update(escalate_at=LONG_AGO)
        assert escalate() == taken
        if not taken:
            assert timezone.localtime(owed(conversation).escalate_at).strftime("%H:%M") == "08:30"


def test_a_shorter_term_is_looked_at_again(channel, matrix, agent):
    conversation = arrive(channel)
    escalate()
    choose_facts(conversation=conversation, by=agent, subject=None, urgency="high")

    assert owed(conversation).escalate_at <= timezone.now()


@pytest.mark.django_db(transaction=True)
def test_four_workers_take_each_step_once(channel, matrix, lead, with_mail):
    conversations = [arrive(channel, f"m{n}", thread=f"t{n}") for n in range(30)]
    grow_old(*conversations, minutes=200)

    def work(_number: int) -> int:
        try:
            return escalate()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(work, range(4)))

    assert taken == Escalation.objects.count() == 60  # the assignee's step goes to the lead too
    assert Notification.objects.filter(user=lead).count() == 30
    assert len(Mail.objects.get().lines) == 30


def test_the_database_refuses_the_same_step_twice(channel, matrix, lead):
    grow_old(arrive(channel), minutes=130)
    escalate()
    step = Escalation.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.create(obligation=step.obligation, percent=step.percent, to=step.to)


def test_the_number_of_queries_does_not_grow_with_the_terms(channel, matrix, lead, with_mail):
    def queries(first: int, number: int) -> int:
        conversations = [arrive(channel, f"m{n}", thread=f"t{n}") for n in range(first, first + number)]
        grow_old(*conversations, minutes=130)
        Notification.objects.all().delete()
        with CaptureQueriesContext(connection) as captured:
            assert escalate() == number
        return len(captured)

    queries(0, 1)

    assert queries(10, 2) == queries(100, 40)


# -- e-mail ----------------------------------------------------------------------------------------------------------------


def leave(*, after: float = 120) -> int:
    with time_machine.travel(timezone.now() + timedelta(seconds=after)):
        # The database has its own clock.
        Mail.objects.update(not_before=timezone.now() - timedelta(days=1))
        return send_due()


def test_many_conversations_are_one_mail_without_a_residents_words(channel, matrix, lead, with_mail):
    conversations = [arrive(channel, f"m{n}", thread=f"t{n}", text="Mijn BSN is 123456782") for n in range(3)]
    grow_old(*conversations, minutes=130)
    escalate()
    grow_old(*conversations, minutes=190)
    escalate()

    assert send_due() == 0  # it collects for a minute
    assert leave() == 1

    [sent] = outbox.outbox
    assert (sent.to, sent.subject) == (["lead@example.nl"], "Balie: 3 gesprekken vragen uw aandacht")
    assert sent.body.count("/inbox/") == 3
    assert "BSN" not in sent.body
    assert "Fatima" not in sent.body
    assert leave() == 0


def test_rights_and_terms_are_looked_at_when_it_leaves(channel, matrix, agent, lead, with_mail):
    kept, settled = (arrive(channel, f"m{n}", thread=f"t{n}") for n in range(2))
    grow_old(kept, settled, minutes=130)
    escalate()
    resolve(conversation=settled, by=agent, reason="thanks")
    leave()
    assert outbox.outbox[0].subject.startswith("Balie: 1 gesprek ")

    other = arrive(channel, "m9", thread="t9")
    grow_old(other, minutes=130)
    escalate()
    Membership.objects.filter(user=lead).delete()
    assert leave() == 0
    assert Mail.objects.latest("pk").state == MailState.CANCELLED


def test_a_mail_server_that_is_away_stops_nothing(channel, matrix, lead, with_mail, monkeypatch):
    grow_old(arrive(channel), minutes=130)
    escalate()

    def away(self, messages):
        raise SMTPServerDisconnected("geen verbinding")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    assert leave() == 0
    mail = Mail.objects.get()
    assert (mail.state, mail.attempts, mail.error) == (MailState.QUEUED, 1, "SMTPServerDisconnected")
    assert mail.not_before > timezone.now()

    monkeypatch.undo()
    assert leave() == 1


def test_a_worker_that_died_while_sending_leaves_a_mail_that_goes_again_as_the_same(channel, matrix, lead, with_mail):
    grow_old(arrive(channel), minutes=130)
    escalate()
    Mail.objects.update(state=MailState.SENDING, attempts=1, lease_until=timezone.now() - timedelta(seconds=1))

    assert leave() == 1
    assert outbox.outbox[0].extra_headers["Message-ID"].startswith(f"<balie-{Mail.objects.get().pk}@")


def test_without_a_mail_server_or_an_address_nothing_is_queued(channel, matrix, lead, settings):
    grow_old(arrive(channel), minutes=130)
    escalate()
    assert not Mail.objects.exists()

    settings.SENDS_EMAIL = True
    User.objects.update(email="")
    grow_old(arrive(channel, "m2", thread="t2"), minutes=130)
    escalate()
    assert not Mail.objects.exists()
