"""Live updates: told after the commit, to who listens, and never in the way of what was written."""

import asyncio
import json

import pytest
import redis
from celery import Celery
from django.conf import settings as configured
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from core import events
from core.events import PREFIX, listen, publish, publish_on_commit
from core.tasks import enqueue_on_commit
from inbox.models import Conversation, Status
from tests.factories import ConversationFactory

NOWHERE = "redis://127.0.0.1:1"


class Ear:
    """Hears what is told to groups, over the real Redis."""

    def __init__(self, *groups: str) -> None:
        self.client = redis.Redis.from_url(configured.REDIS_URL)
        self.pubsub = self.client.pubsub()
        self.pubsub.subscribe(*[PREFIX + group for group in groups])
        for _group in groups:
            assert self.pubsub.get_message(timeout=5)

    def heard(self) -> list[list[str]]:
        found = []
        while message := self.pubsub.get_message(ignore_subscribe_messages=True, timeout=0.2):
            found.append(json.loads(message["data"]))
        return found

    def close(self) -> None:
        self.pubsub.close()
        self.client.close()


@pytest.fixture
def ear():
    ears: list[Ear] = []

    def listen_to(*groups: str) -> Ear:
        ears.append(Ear(*groups))
        return ears[-1]

    yield listen_to
    for each in ears:
        each.close()


@pytest.fixture
def lost_broker(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    """Redis does not answer."""
    settings.REDIS_URL = NOWHERE
    monkeypatch.setattr(events, "_publisher", None)


@pytest.fixture
def signed_in_agent(client: Client, agent: User) -> Client:
    client.force_login(agent)
    return client


def test_names_are_told_once_and_in_order(ear):
    one, other = ear("channel-1", "channel-2"), ear("channel-3")

    publish(["channel-1", "channel-1"], ["list", "conversation-2", "list"])

    assert (one.heard(), other.heard()) == ([["conversation-2", "list"]], [])


def test_nothing_is_told_before_the_commit_and_nothing_at_all_after_a_rollback(ear, transactional_db):
    listener = ear("channel-1")
    with transaction.atomic():
        publish_on_commit("channel-1", "list")
        assert listener.heard() == []
    assert listener.heard() == [["list"]]

    with transaction.atomic():
        publish_on_commit(["channel-1", "channel-2"], "list")
        transaction.set_rollback(True)
    assert listener.heard() == []


def test_a_click_is_told_to_those_who_see_the_channel(ear, transactional_db, signed_in_agent, channel):
    conversation, listener = ConversationFactory(channel=channel), ear(f"channel-{channel.pk}")

    signed_in_agent.post(reverse("wait", args=[conversation.pk]), headers={"HX-Request": "true"})

    assert listener.heard() == [[f"conversation-{conversation.pk}", "list"]]


def test_with_the_broker_lost_a_click_still_succeeds(lost_broker, transactional_db, signed_in_agent, channel):
    conversation = ConversationFactory(channel=channel)

    response = signed_in_agent.post(reverse("wait", args=[conversation.pk]), headers={"HX-Request": "true"})

    assert (response.status_code, Conversation.objects.get().status) == (200, Status.WAITING)


def test_work_that_can_not_be_started_now_is_no_error(transactional_db):
    app = Celery(broker=NOWHERE, set_as_current=False)
    app.conf.broker_transport_options = {"socket_connect_timeout": 1, "max_retries": 0}

    @app.task(name="nothing", lazy=False)
    def nothing(pk: int) -> None: ...

    with transaction.atomic():
        enqueue_on_commit(nothing, 7)
    app.close()


def test_the_health_page_tells_that_redis_is_away_and_stays_ready(client, db, lost_broker):
    answer = client.get(reverse("health_ready"))

    assert (answer.status_code, answer.json()["checks"]) == (200, {"database": True, "redis": False})


async def beginning(groups: list[str], number: int) -> list[str]:
    stream, found = listen(groups), []
    try:
        async for line in stream:
            found.append(line)
            if len(found) == number:
                break
    finally:
        await stream.aclose()
    return found


@pytest.mark.asyncio
async def test_a_stream_begins_with_a_refresh_and_a_moment_to_come_back():
    retry, refresh = await beginning(["channel-1"], 2)

    assert 500 <= int(retry.removeprefix("retry: ")) <= 1500, "soon, and not all at once"
    assert refresh == "event: refresh\ndata: []\n\n"


@pytest.mark.asyncio
async def test_a_quiet_stream_says_that_it_is_alive(monkeypatch):
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.05)

    assert (await beginning([], 4))[2:] == [": alive\n\n"] * 2


@pytest.mark.asyncio
async def test_a_stream_without_redis_says_so_and_ends(lost_broker):
    assert (await asyncio.wait_for(beginning(["channel-1"], 9), 10))[1:] == ["event: lost\ndata: []\n\n"]


@pytest.mark.asyncio
async def test_what_is_told_can_not_end_a_line_early():
    """Names are ours; even so nothing in them can look like another event."""
    stream = listen(["channel-1"])
    await anext(stream)
    await anext(stream)
    publish(["channel-1"], ["a\n\nevent: refresh\ndata: x"])
    told = ": alive"
    while told.startswith(": alive"):
        told = await asyncio.wait_for(anext(stream), 5)
    await stream.aclose()

    assert told.count("\n\n") == 1
    assert told.startswith("event: changed\ndata: [")
