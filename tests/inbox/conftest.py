"""Who looks at what, for the tests of pages and buttons."""

import pytest
from django.test import Client

from accounts.models import User
from channels.models import Channel
from inbox.models import Conversation
from tests.factories import ConversationFactory, MessageFactory, UserFactory
from tests.scripted import ScriptedConnector


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
