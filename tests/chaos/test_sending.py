"""Sending with processes that die at the worst moment: every intended message exists once, or says honestly that nobody knows."""

import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from tests.stack import Stack, wait_for

pytestmark = pytest.mark.chaos


@pytest.fixture
def conversation(stack: Stack) -> int:
    """A new comment by a resident, arrived."""
    text = f"Wanneer wordt het snoeiafval opgehaald? {uuid.uuid4().hex[:8]}"
    stack.say("facebook", "comment", text)
    return stack.conversation_with(text)


def answer_text() -> str:
    return f"Morgen tussen acht en twaalf. {uuid.uuid4().hex[:8]}"


@contextmanager
def before_the_call(stack: Stack) -> Iterator[None]:
    """Workers stop between their claim and `sending`, where they look at the channel. Nothing is polled meanwhile: a poll that
    waits for the same row would keep the conversation from whoever answers."""
    channel = "SELECT 1 FROM channels_channel WHERE platform = 'facebook' FOR NO KEY UPDATE"
    with stack.unread("facebook"), stack.holding(channel):
        yield


def test_a_worker_killed_before_the_call_sends_once(stack, conversation):
    text = answer_text()
    with before_the_call(stack):
        key = stack.reply(conversation, text)
        # The claim is committed; the worker now waits for the channel's row, before `sending`.
        wait_for(lambda: stack.delivery_state(key) == "claimed", message="claimed")
        assert stack.kill("worker") >= 1

    wait_for(lambda: stack.delivery_state(key) == "sent", message="sent after the lease ended")
    assert len(stack.sent_by_us("facebook", text)) == 1


def test_a_worker_killed_after_the_platform_accepted_is_reconciled_and_sends_once(stack, conversation):
    text = answer_text()
    stack.control(
        "POST",
        "faults",
        {"platform": "facebook", "endpoint": "comments", "method": "POST", "fault": "timeout_after", "times": 1},
    )
    key = stack.reply(conversation, text)
    (sent,) = wait_for(lambda: stack.sent_by_us("facebook", text), message="the platform accepted it")
    stack.kill("worker")
    ((started_at,),) = stack.rows("SELECT started_at FROM channels_delivery WHERE key = %s", key)
    assert int(started_at.timestamp() * 1000) <= sent["created_at"], "written down before the call"

    wait_for(lambda: stack.delivery_state(key) == "sent", message="reconciled")
    assert len(stack.sent_by_us("facebook", text)) == 1
    assert len(stack.rows("SELECT 1 FROM inbox_message WHERE text = %s", text)) == 1


def test_a_time_out_after_accepting_is_unknown_then_sent_and_never_twice(stack, conversation):
    text = answer_text()
    stack.control(
        "POST",
        "faults",
        {"platform": "facebook", "endpoint": "comments", "method": "POST", "fault": "timeout_after", "times": 1},
    )
    key = stack.reply(conversation, text)

    wait_for(lambda: stack.delivery_state(key) == "sent", message="reconciled")
    assert len(stack.sent_by_us("facebook", text)) == 1


def test_a_message_that_never_arrived_waits_for_a_person(stack, conversation):
    text = answer_text()
    stack.control(
        "POST",
        "faults",
        {"platform": "facebook", "endpoint": "comments", "method": "POST", "fault": "timeout_before", "times": 1},
    )
    key = stack.reply(conversation, text)

    wait_for(lambda: stack.delivery_state(key) == "unknown", message="unknown")
    assert stack.sent_by_us("facebook", text) == []


def test_twenty_submits_of_one_composer_send_one_message(stack, conversation):
    text, key = answer_text(), str(uuid.uuid4())
    session = stack.session()
    barrier = threading.Barrier(20)

    def submit(_number: int) -> None:
        barrier.wait(60)
        stack.reply(conversation, text, session=session, key=key)

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(submit, range(20)))

    wait_for(lambda: stack.delivery_state(key) == "sent", message="sent")
    assert len(stack.sent_by_us("facebook", text)) == 1
    assert len(stack.rows("SELECT 1 FROM inbox_message WHERE text = %s", text)) == 1


def test_an_answer_given_while_redis_is_away_is_sent_when_it_is_back(stack, conversation):
    text = answer_text()
    stack.kill("redis")
    key = stack.reply(conversation, text)

    wait_for(lambda: stack.delivery_state(key) == "sent", message="sent by the sweep")
    assert len(stack.sent_by_us("facebook", text)) == 1


def test_a_flushed_redis_loses_no_answer(stack, conversation):
    import redis

    text = answer_text()
    with before_the_call(stack):
        key = stack.reply(conversation, text)
        redis.Redis.from_url(stack.command_env()["REDIS_URL"]).flushall()
        stack.kill("worker")

    wait_for(lambda: stack.delivery_state(key) == "sent", message="sent by the sweep")
    assert len(stack.sent_by_us("facebook", text)) == 1
