"""The expectation message with a worker that dies at the worst moments: the resident hears it once."""

import uuid

import pytest

from tests.stack import Stack, wait_for

pytestmark = pytest.mark.chaos
TOLD = """SELECT d.state, m.text FROM inbox_message m JOIN channels_delivery d ON d.id = m.delivery_id
          JOIN inbox_message q ON q.conversation_id = m.conversation_id
          WHERE m.is_automatic AND q.text LIKE %s"""


@pytest.fixture
def question(told: None) -> str:
    """A new question, while the expectation message is on."""
    return f"Hoe laat komt de ophaaldienst morgen bij ons in de straat langs? {uuid.uuid4().hex[:8]}"


def answers(stack: Stack, question: str) -> list[tuple[str, str]]:
    return [(state, text) for state, text in stack.rows(TOLD, f"%{question}%")]


def test_a_worker_killed_while_sending_an_expectation_leaves_exactly_one(stack: Stack, question: str) -> None:
    stack.control(
        "POST",
        "faults",
        {"platform": "facebook", "endpoint": "comments", "method": "POST", "fault": "timeout_after", "times": 1},
    )
    asked = stack.say("facebook", "comment", question)["id"]
    ((_state, text),) = wait_for(lambda: answers(stack, question), message="queued")
    wait_for(lambda: stack.sent_by_us("facebook", text, to=asked), message="the platform accepted it")
    stack.kill("worker")

    wait_for(lambda: answers(stack, question)[0][0] == "sent", message="reconciled")
    assert len(answers(stack, question)) == 1
    assert len(stack.sent_by_us("facebook", text, to=asked)) == 1


def test_a_lost_broker_loses_no_expectation(stack: Stack, question: str) -> None:
    stack.say("facebook", "comment", question)
    stack.conversation_with(question)
    stack.kill("redis")

    wait_for(lambda: [each for each in answers(stack, question) if each[0] == "sent"], message="told")
    assert len(answers(stack, question)) == 1
