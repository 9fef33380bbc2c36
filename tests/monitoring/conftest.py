"""Two managers, a matrix in force with a draft beside it, and residents who wrote on Monday."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from accounts.models import Role, Team, User
from channels.models import Channel
from inbox.models import Conversation
from responsematrix.editing import add_rule, create_matrix, new_draft
from responsematrix.hours import create_calendar, new_hours_draft, set_weekday
from responsematrix.models import Calendar, CalendarVersion, MatrixVersion, Subject
from responsematrix.subject_list import create_subject
from responsematrix.versions import activate, approve
from tests.factories import ConversationFactory, MessageFactory, TeamFactory, UserFactory

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WEEK = (*[((510, 1020),)] * 5, (), ())  # 8:30–17:00


@pytest.fixture
def manager(team: Team) -> User:
    return UserFactory(username="mo", teams=[team], teams__role=Role.MANAGER)


@pytest.fixture
def colleague(team: Team) -> User:
    return UserFactory(username="cor", teams=[team], teams__role=Role.MANAGER)


@pytest.fixture
def roads(db: None) -> Team:
    return TeamFactory(name="Openbare ruimte")


@pytest.fixture
def calendar(manager: User, colleague: User) -> Calendar:
    draft = create_calendar(name="Kantoor", weekly=WEEK, by=manager)
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=LONG_AGO, by=colleague)
    return draft.calendar


@pytest.fixture
def active(calendar: Calendar, team: Team, manager: User, colleague: User) -> MatrixVersion:
    """Everything within four working hours, by Webcare."""
    create_subject(name="Weg", code="roads", keywords="weg, kuil", name_en="Roads", by=manager)
    matrix = create_matrix(name="Responsmatrix", calendar=calendar, is_main=True, by=manager)
    version = matrix.versions.get()
    add_rule(version=version, by=manager, owner_team=team, first_response_amount=4, first_response_unit="working_hours")
    approve(version=version, by=colleague)
    return activate(version=version, from_at=LONG_AGO, by=colleague)


@pytest.fixture
def draft(active: MatrixVersion, roads: Team, manager: User) -> MatrixVersion:
    """Two working hours, and what is about roads goes to another team with a day more."""
    version = new_draft(matrix=active.matrix, by=manager)
    rule = version.rules.get()
    rule.first_response_amount = 2
    rule.save()
    subject = Subject.objects.get(code="roads")
    add_rule(
        version=version, by=manager, owner_team=roads, subject=subject, first_response_amount=1,
        first_response_unit="working_days",
    )  # fmt: skip
    return version


@pytest.fixture
def late_hours(calendar: Calendar, manager: User) -> CalendarVersion:
    """A draft: on Mondays only from noon."""
    version = new_hours_draft(calendar=calendar, by=manager)
    return set_weekday(version=version, weekday=0, windows=[(720, 1020)], by=manager)


def last_monday(hour: float = 9) -> datetime:
    """A Monday of one to two weeks ago, at `hour` UTC in winter (an hour less than on the clock at home)."""
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=today.weekday() + 7) + timedelta(hours=hour)


Say = Callable[..., Conversation]


@pytest.fixture
def said(channel: Channel) -> Say:
    """A conversation: what was said after how many hours since Monday nine o'clock UTC, by them ("in") or us ("out")."""

    def say(*turns: tuple[str, float], text: str = "Wanneer wordt het gemaakt?", **values: object) -> Conversation:
        moments = [last_monday() + timedelta(hours=hours) for _who, hours in turns]
        waiting = turns[-1][0] == "in"
        values = {"channel": channel, "last_message_at": moments[-1], "awaiting_since": moments[-1] if waiting else None,
                  "status": "open" if waiting else "waiting"} | values  # fmt: skip
        found: Conversation = ConversationFactory(**values)
        for (who, _hours), at in zip(turns, moments, strict=True):
            MessageFactory(conversation=found, direction=who, sent_at=at, text=text)
        return found

    return say


@pytest.fixture(autouse=True)
def _dutch() -> Iterator[None]:
    """Words are compared; whatever language an earlier request left behind."""
    with translation.override("nl"):
        yield
