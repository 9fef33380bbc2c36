"""Who looks at what, for the tests of pages and buttons."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client

from accounts.models import Role, Team, User
from channels.models import Channel
from inbox.models import Conversation
from responsematrix.editing import add_rule, create_matrix
from responsematrix.hours import create_calendar
from responsematrix.models import Matrix, Subject
from responsematrix.subject_list import create_subject
from responsematrix.versions import activate, approve
from responsematrix.worktime import Exceptional
from tests.factories import ConversationFactory, MessageFactory, TeamFactory, UserFactory
from tests.scripted import ScriptedConnector

OFFICE = ((510, 1020),)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def conversation(channel: Channel, scripted: type[ScriptedConnector]) -> Conversation:
    """A resident's comment that waits for an answer."""
    conversation = ConversationFactory(channel=channel)
    MessageFactory(conversation=conversation, external_id="m1")
    return conversation


@pytest.fixture
def signed_in(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


@pytest.fixture
def foreign(outsider: User) -> Client:
    """The browser of somebody of another team."""
    client = Client()
    client.force_login(outsider)
    return client


@pytest.fixture
def reader(db: None) -> User:
    """Sees everything and works in no team: may look, may not answer."""
    return UserFactory(username="lezer", is_superuser=True)


@pytest.fixture
def waste(team: Team, channel: Channel) -> Team:
    waste = TeamFactory(name="Afval")
    channel.teams.through.objects.create(channel=channel, team=waste)
    return waste


@pytest.fixture
def matrix(team: Team, waste: Team, channel: Channel) -> Matrix:
    """Four working hours for everything, two for waste, eight for what follows, five working days until it is done."""
    Channel.objects.filter(pk=channel.pk).update(connected_at=LONG_AGO)
    channel.connected_at = LONG_AGO
    manager, colleague = (UserFactory(teams=[team], teams__role=Role.MANAGER) for _person in range(2))
    easter = {date(2026, 4, 6): Exceptional((), "Tweede paasdag")}
    hours = create_calendar(name="Kantoor", weekly=(*[OFFICE] * 5, (), ()), exceptions=easter, by=manager)
    create_subject(name="Afval", keywords="afval, container", by=manager, code="afval")
    create_subject(name="Wegen", keywords="stoep", by=manager, code="wegen")
    matrix = create_matrix(name="Responsmatrix", calendar=hours.calendar, is_main=True, by=manager)
    draft = matrix.versions.get()
    terms = {
        "next_response_amount": 8, "next_response_unit": "working_hours",
        "resolution_amount": 5, "resolution_unit": "working_days",
    }  # fmt: skip
    add_rule(
        version=draft,
        by=manager,
        owner_team=team,
        first_response_amount=4,
        first_response_unit="working_hours",
        **terms,
    )
    add_rule(
        version=draft, by=manager, owner_team=waste, subject=Subject.objects.get(code="afval"), first_response_amount=2,
        first_response_unit="working_hours", **terms,
    )  # fmt: skip
    for version in (hours, draft):
        approve(version=version, by=colleague)
        activate(version=version, from_at=LONG_AGO, by=colleague)
    return matrix
