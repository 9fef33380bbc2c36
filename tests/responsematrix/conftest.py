"""Two managers, two teams, opening hours in force, and a matrix with a draft."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Role, Team, User
from responsematrix.editing import add_rule, create_matrix
from responsematrix.hours import create_calendar
from responsematrix.models import Calendar, Matrix, MatrixVersion
from responsematrix.subject_list import create_subject
from responsematrix.versions import activate, approve
from responsematrix.worktime import Window
from tests.factories import TeamFactory, UserFactory

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OFFICE: tuple[Window, ...] = ((510, 1020),)
WEEK = (*[OFFICE] * 5, (), ())


@pytest.fixture
def manager(team: Team) -> User:
    return UserFactory(username="mo", teams=[team], teams__role=Role.MANAGER)


@pytest.fixture
def colleague(team: Team) -> User:
    """Another manager: the second pair of eyes."""
    return UserFactory(username="cor", teams=[team], teams__role=Role.MANAGER)


@pytest.fixture
def backup(db: None) -> Team:
    return TeamFactory(name="Achterwacht")


@pytest.fixture
def calendar(manager: User, colleague: User) -> Calendar:
    draft = create_calendar(name="Kantoor", weekly=WEEK, by=manager)
    approve(version=draft, by=colleague)
    activate(version=draft, from_at=LONG_AGO, by=colleague)
    return draft.calendar


@pytest.fixture
def matrix(calendar: Calendar, manager: User) -> Matrix:
    for code in ("waste", "roads"):
        create_subject(name=code.title(), keywords={"waste": "afval, container", "roads": "weg"}[code], by=manager)
    return create_matrix(name="Responsmatrix", calendar=calendar, is_main=True, by=manager)


@pytest.fixture
def draft(matrix: Matrix, team: Team, manager: User) -> MatrixVersion:
    """A rule for everything, and one row more."""
    version = matrix.versions.get()
    four_hours = {"first_response_amount": 4, "first_response_unit": "working_hours"}
    add_rule(version=version, by=manager, owner_team=team, **four_hours)
    add_rule(version=version, by=manager, owner_team=team, kind="direct_message", **four_hours)
    return version


@pytest.fixture
def active(draft: MatrixVersion, colleague: User) -> MatrixVersion:
    approve(version=draft, by=colleague)
    return activate(version=draft, from_at=timezone.now() - timedelta(days=30), by=colleague)
