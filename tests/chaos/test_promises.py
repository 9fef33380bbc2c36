"""The expectation message with a worker that dies at the worst moments: the resident hears it once."""

import uuid
from collections.abc import Iterator

import pytest

from tests.stack import Stack, wait_for

pytestmark = pytest.mark.chaos
TOLD = """SELECT d.state, m.text FROM inbox_message m JOIN channels_delivery d ON d.id = m.delivery_id
          JOIN inbox_message q ON q.conversation_id = m.conversation_id
          WHERE m.is_automatic AND q.text LIKE %s"""
SWITCH = "UPDATE channels_channel SET settings = settings || '{\"expectation_public\": %s}' WHERE platform = 'facebook'"


@pytest.fixture
def question(stack: Stack) -> Iterator[str]:
    """A new question; while it is looked at the expectation message is on."""
    text = f"Hoe laat komt de ophaaldienst morgen bij ons in de straat langs? {uuid.uuid4().hex[:8]}"
    stack.rows(SWITCH.replace("%s", "true"))
    yield text
    stack.rows(SWITCH.replace("%s", "false"))


def told(stack: Stack, question: str) -> list[tuple[str, str]]:
    return [(state, text) for state, text in stack.rows(TOLD, f"%{question}%")]


def test_a_worker_killed_while_sending_an_expectation_leaves_exactly_one(stack: Stack, question: str) -> None:
    stack.control(
        "POST",
        "faults",
        {"platform": "facebook", "endpoint": "comments", "method": "POST", "fault": "timeout_after", "times": 1},
    )
    asked = stack.say("facebook", "comment", question)["id"]
    wait_for(lambda: [each for each in told(stack, question) if each[0] == "sending"], seconds=60, message="sending")
    text = told(stack, question)[0][1]
    wait_for(lambda: stack.sent_by_us("facebook", text, to=asked), message="the platform accepted it")
    stack.kill("worker")

    wait_for(lambda: told(stack, question)[0][0] == "sent", seconds=90, message="reconciled")
    assert len(told(stack, question)) == 1
    assert len(stack.sent_by_us("facebook", text, to=asked)) == 1


def test_a_lost_broker_loses_no_expectation(stack: Stack, question: str) -> None:
    stack.say("facebook", "comment", question)
    stack.conversation_with(question)
    stack.kill("redis")

    wait_for(lambda: [each for each in told(stack, question) if each[0] == "sent"], seconds=90, message="told")
    assert len(told(stack, question)) == 1
