"""Sharing out work: in turn, never more than one's maximum, only to who is at work; and back to the queue by itself."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, Routing, ShiftEnd, Team, User
from channels.models import ChannelTeam
from inbox.assignment import claim, release
from inbox.availability import off_since
from inbox.lifecycle import snooze
from inbox.models import Conversation, Draft, Notification, NotificationKind
from inbox.returning import return_work
from inbox.routing import route
from responsematrix.worktime import Schedule
from tests.factories import ConversationFactory, UserFactory
from tests.inbox.matrices import matrix_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(team: Team) -> list[User]:
    Team.objects.filter(pk=team.pk).update(routing=Routing.ROUND_ROBIN)
    return [UserFactory(username=f"p{number}", teams=[team]) for number in range(3)]


def waiting(channel, team: Team, number: int, **values) -> list[Conversation]:
    return [ConversationFactory(channel=channel, team=team, **values) for _number in range(number)]


def owners() -> list[str]:
    return [c.assignee.username if c.assignee else "" for c in Conversation.objects.order_by("pk")]


def test_in_turn_the_first_term_first(channel, team, people):
    now = timezone.now()
    for minutes in (30, 10, 20, None):
        ConversationFactory(
            channel=channel, team=team, next_due_at=now + timedelta(minutes=minutes) if minutes else None
        )

    assert route() == 4

    assert owners() == ["p2", "p0", "p1", "p0"]
    later = waiting(channel, team, 1)[0]
    route()
    later.refresh_from_db()
    assert later.assignee == people[1]  # it goes on where it stopped


def test_everybody_is_told_and_it_is_written_down(channel, team, people):
    waiting(channel, team, 3)
    route()

    assert Notification.objects.filter(kind=NotificationKind.ASSIGNED).count() == 3
    assert AuditEvent.objects.filter(action="conversation.assigned", actor=None).count() == 3
    assert Conversation.objects.filter(lease_until__gt=timezone.now()).count() == 3


def test_nobody_gets_more_than_the_maximum_of_the_team_or_their_own(channel, team, people):
    Team.objects.update(max_load=2)
    Membership.objects.filter(user=people[0]).update(max_load=1)
    waiting(channel, team, 8)

    route()

    assert sorted(owners()) == ["", "", "", "p0", "p1", "p1", "p2", "p2"]


@pytest.mark.parametrize("routing", [Routing.NONE, Routing.ROUND_ROBIN])
def test_only_teams_that_want_it(channel, team, people, routing):
    Team.objects.update(routing=routing)
    waiting(channel, team, 1)

    assert route() == (routing == Routing.ROUND_ROBIN)


@pytest.mark.usefixtures("one_moment")
def test_only_agents_who_are_there(channel, team, people):
    today = timezone.localdate()
    User.objects.filter(username="p0").update(is_available=False)
    User.objects.filter(username="p1").update(out_of_office_from=today, out_of_office_until=today)
    User.objects.filter(username="p2").update(is_active=False)
    UserFactory(teams=[team], teams__role=Role.MANAGER)
    waiting(channel, team, 1)

    assert route() == 0


def test_what_is_not_open_or_somebodys_or_of_an_unseen_channel_stays(channel, team, people):
    waiting(channel, team, 1, status="waiting")
    waiting(channel, team, 1, assignee=people[0])
    ChannelTeam.objects.all().delete()
    waiting(channel, team, 1)

    assert route() == 0


def test_nothing_is_given_out_while_we_are_closed(channel, team, people):
    other_day = (timezone.localdate().weekday() + 3) % 7
    matrix_in_force(team, weekly=tuple(((510, 1020),) if day == other_day else () for day in range(7)))
    waiting(channel, team, 1)

    assert route() == 0


@pytest.mark.django_db(transaction=True)
def test_four_workers_give_each_conversation_to_one_person(channel, team, people):
    Team.objects.update(max_load=5)
    waiting(channel, team, 20)

    def work(_number: int) -> int:
        try:
            return route()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        given = sum(pool.map(work, range(4)))

    assert given == 15
    assert AuditEvent.objects.filter(action="conversation.assigned").count() == 15
    assert max(owners().count(f"p{number}") for number in range(3)) == 5


def test_the_number_of_queries_does_not_grow_with_the_people(channel, team, people, django_assert_max_num_queries):
    for _number in range(20):
        UserFactory(teams=[team])

    waiting(channel, team, 1)
    with django_assert_max_num_queries(14):
        route()


# -- back to the queue -----------------------------------------------------------------------------------------------------


def expire(conversation: Conversation) -> None:
    past = timezone.now() - timedelta(minutes=1)
    Conversation.objects.filter(pk=conversation.pk).update(lease_until=past, assigned_at=past - timedelta(hours=1))


def test_what_nobody_touched_goes_back_and_not_to_the_same_person(channel, team, people):
    [conversation] = waiting(channel, team, 1)
    route()
    expire(conversation)

    assert [return_work(), return_work()] == [1, 0]
    assert owners() == [""]
    assert Notification.objects.filter(kind=NotificationKind.RETURNED, user=people[0]).count() == 1

    route()
    assert owners() == ["p1"]


def test_what_somebody_let_go_is_not_given_back_to_them(channel, team, people):
    [conversation] = waiting(channel, team, 1)
    claim(conversation=conversation, by=people[0])
    release(conversation=conversation, by=people[0])

    route()

    assert owners() == ["p1"]


@pytest.mark.parametrize("how", ["draft", "snooze"])
def test_who_did_anything_keeps_it(channel, team, people, how):
    [conversation] = waiting(channel, team, 1)
    claim(conversation=conversation, by=people[0])
    expire(conversation)
    if how == "draft":
        Draft.objects.create(user=people[0], conversation=conversation, mode="reply", text="Mor")
    else:
        snooze(conversation=conversation, by=people[0], until=timezone.now() + timedelta(hours=1))
        Conversation.objects.update(status="open", snoozed_until=None)

    assert return_work() == 0
    conversation.refresh_from_db()
    assert (conversation.assignee, conversation.lease_until) == (people[0], None)


def test_what_a_colleague_did_does_not_count(channel, team, people):
    [conversation] = waiting(channel, team, 1)
    claim(conversation=conversation, by=people[0])
    expire(conversation)
    Draft.objects.create(user=people[1], conversation=conversation, mode="reply", text="Mor")

    assert return_work() == 1


@pytest.mark.usefixtures("one_moment")
def test_out_of_office_returns_what_is_open_and_not_what_was_taken_since(channel, team, people):
    before, since, waits = waiting(channel, team, 3, assignee=people[0])
    Conversation.objects.filter(pk=since.pk).update(assigned_at=timezone.now())
    Conversation.objects.filter(pk=waits.pk).update(status="waiting")
    today = timezone.localdate()
    User.objects.filter(pk=people[0].pk).update(out_of_office_from=today, out_of_office_until=today)

    assert return_work() == 1
    assert owners() == ["", "p0", "p0"]
    assert AuditEvent.objects.get(action="conversation.returned").data["reason"] == "away"
    assert Conversation.objects.get(assignee=None) == before


def test_who_left_leaves_nothing_behind(channel, team, people):
    waiting(channel, team, 2, assignee=people[0])
    User.objects.filter(pk=people[0].pk).update(is_active=False)

    assert return_work() == 2


@time_machine.travel(datetime(2026, 11, 25, 16, 30, tzinfo=UTC), tick=False)  # Wednesday 17:30 in the Netherlands
def test_the_end_of_a_shift_returns_the_work(channel, team, people):
    waiting(channel, team, 1, assignee=people[0], assigned_at=timezone.now() - timedelta(hours=2))
    User.objects.filter(pk=people[0].pk).update(shift_end=ShiftEnd.TIME, shift_ends_at=time(17, 45))
    assert return_work() == 0

    User.objects.filter(pk=people[0].pk).update(shift_ends_at=time(17, 15))
    assert return_work() == 1


OFFICE = Schedule((*[((510, 750), (810, 1020))] * 5, (), ()))  # closed for lunch and in the weekend
AMSTERDAM = timezone.get_default_timezone()


@pytest.mark.parametrize(
    ("values", "now", "since"),
    [
        ({}, (25, 23, 0), None),
        ({"shift_end": "calendar"}, (25, 12, 45), None),  # lunch
        ({"shift_end": "calendar"}, (25, 7, 0), None),  # the day has not begun
        ({"shift_end": "calendar"}, (25, 17, 0), (25, 17, 0)),
        ({"shift_end": "calendar"}, (28, 9, 0), (28, 0, 0)),  # Saturday
        ({"shift_end": "time", "shift_ends_at": time(13)}, (25, 12, 59), None),
        ({"shift_end": "time", "shift_ends_at": time(13)}, (25, 13, 0), (25, 13, 0)),
        (
            {"out_of_office_from": date(2026, 11, 24), "out_of_office_until": date(2026, 11, 25)},
            (25, 23, 59),
            (24, 0, 0),
        ),
        ({"out_of_office_from": date(2026, 11, 24), "out_of_office_until": date(2026, 11, 25)}, (26, 0, 0), None),
    ],
)
def test_since_when_somebody_is_off(values, now, since):
    def at(moment):
        return datetime(2026, 11, *moment, tzinfo=AMSTERDAM)

    assert off_since(User(**values), at(now), OFFICE) == (at(since) if since else None)
