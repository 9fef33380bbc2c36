"""People of the calendar."""

import pytest
from django.test import Client

from accounts.models import Role, Team, User
from tests.factories import UserFactory


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)


@pytest.fixture
def approver(team: Team) -> User:
    return UserFactory(username="anouk", teams=[team], teams__role=Role.APPROVER)


@pytest.fixture
def as_editor(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client
