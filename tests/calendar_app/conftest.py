"""People of the calendar."""

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import Role, Team, User
from channels.registry import CONNECTORS
from tests.calendar_app.pages import PagedConnector
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


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[PagedConnector]]:
    """Facebook's place is taken by a connector with a page that shows what the test says."""
    monkeypatch.setitem(CONNECTORS, "facebook", PagedConnector)
    PagedConnector.begin()
    yield PagedConnector
    PagedConnector.begin()
