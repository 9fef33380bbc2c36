"""Posts with processes that die, platforms that time out, and a pause in the middle: each exists once, or says honestly how it stands."""

import random
import time
import uuid
from collections import Counter
from typing import Any

import pytest

from tests.planning import plan
from tests.stack import PATIENCE, Stack, wait_for

pytestmark = pytest.mark.chaos

NUMBER = 500
ENDED = ("published", "failed", "unknown", "missed")
PLATFORMS = ("twitter", "facebook", "linkedin")


def on_platforms(stack: Stack, mark: str) -> Counter[str]:
    """How often each text with `mark` stands on the platforms."""
    return Counter(item["text"] for name in PLATFORMS for item in stack.sent_by_us(name, mark))


def targets(stack: Stack, keys: list[int]) -> list[tuple[Any, ...]]:
    return stack.rows(
        "SELECT t.id, t.state, t.reason_code, p.text FROM calendar_app_posttarget t JOIN calendar_app_post p ON p.id = t.post_id"
        " WHERE t.id = ANY(%s)",
        keys,
    )


def count(stack: Stack, keys: list[int]) -> Counter[str]:
    return Counter(row[1] for row in targets(stack, keys))


def give_up_silence(stack: Stack, share: float) -> None:
    """The platforms take what is posted, and then say nothing, for this share of calls."""
    for platform in PLATFORMS:
        fault = {
            "platform": platform,
            "method": "POST",
            "fault": "timeout_after",
            "probability": share,
            "times": 10_000,
            "seconds": 6,  # longer than a lease; then the connection breaks
        }
        stack.control("POST", "faults", fault)


def text_of(text: str) -> str:
    return " ".join(text.split())


def has_ended(stack: Stack, keys: list[int]) -> bool:
    """Nothing of it is under way, and whatever nobody knows the outcome of was looked up."""
    open_ones = "state IN ('claimed', 'sending') OR (state = 'unknown' AND reconciled_at IS NULL)"
    unsettled = stack.rows(f"SELECT state FROM channels_delivery WHERE mode = 'post' AND ({open_ones})")
    states = count(stack, keys)
    assert sum(states[state] for state in ENDED) == len(keys), states
    assert not unsettled
    return True


def check(stack: Stack, keys: list[int], mark: str) -> None:
    """None twice; what is said to be published is there; what is there is said, or not known for certain."""
    said = targets(stack, keys)  # before the platforms are looked at: what becomes known meanwhile stands there already
    there = {text_of(text): number for text, number in on_platforms(stack, mark).items()}
    assert {text: number for text, number in there.items() if number > 1} == {}
    for pk, state, reason, text in said:
        is_there = text_of(text) in there
        if state == "published":
            assert is_there, (pk, text)
        elif state == "unknown":
            assert reason, pk
        else:
            assert not is_there, (pk, state, reason, text)
            assert state != "failed" or reason, pk


def test_five_hundred_posts_of_one_minute_with_workers_that_are_killed_and_platforms_that_fall_silent(stack: Stack):
    mark = f"burst{uuid.uuid4().hex[:8]}"
    keys = plan(stack, NUMBER, seconds=3, mark=mark)["targets"]
    give_up_silence(stack, 0.05)
    for _number in range(5):
        there = count(stack, keys)["published"]
        wait_for(lambda at=there: count(stack, keys)["published"] > at, message="posts go out")
        time.sleep(random.uniform(0, 0.4))
        assert stack.kill("worker") >= 1
    stack.control("DELETE", "faults")

    wait_for(lambda: has_ended(stack, keys), seconds=2 * PATIENCE, every=0.5, message="all ended")
    assert count(stack, keys)["missed"] == 0
    check(stack, keys, mark)
    assert len(on_platforms(stack, mark)) >= NUMBER * 0.9
    assert stack.rows("SELECT 1 FROM channels_delivery WHERE state IN ('claimed', 'sending') AND mode = 'post'") == []


def test_a_pause_in_the_middle_of_a_burst_stops_what_had_not_started_and_lists_the_rest(stack: Stack):
    mark = f"pause{uuid.uuid4().hex[:8]}"
    session = stack.session("approver")
    keys = plan(stack, NUMBER, seconds=3, mark=mark)["targets"]
    wait_for(lambda: count(stack, keys)["published"] > 20, every=0.05, message="it began")

    headers = {"Referer": f"{stack.url}/calendar", "HX-Request": "true", "X-CSRFToken": session.cookies["csrftoken"]}
    answer = session.post(f"{stack.url}/calendar/pause", data={"reason": "Brand"}, headers=headers, timeout=90)
    assert answer.ok, answer.text[:500]
    try:
        ((began_at, left),) = stack.rows("SELECT began_at, already_left FROM calendar_app_pause WHERE ended_at IS NULL")
        listed = set(left["in_flight"]) | set(left["published"])
        under_way = "SELECT 1 FROM channels_delivery WHERE mode = 'post' AND state IN ('claimed', 'sending')"
        wait_for(lambda: not stack.rows(under_way), message="what had started has ended")
        time.sleep(4)  # longer than a round of a worker: whatever would still start
        started = "SELECT p.target_id, d.started_at FROM channels_delivery d JOIN calendar_app_postpart p ON p.delivery_id = d.id"
        begun = {pk for pk, at in stack.rows(f"{started} WHERE p.target_id = ANY(%s)", keys) if at is not None}
        assert begun == listed & set(keys)
        late = stack.rows(
            f"{started} WHERE d.started_at > %s + interval '1 second' AND p.target_id = ANY(%s)", began_at, keys
        )
        assert late == []
        assert 0 < len(begun) < NUMBER, "the pause came in the middle"
        by_key = {pk: text_of(text) for pk, _state, _reason, text in targets(stack, keys)}
        assert {text_of(text) for text in on_platforms(stack, mark)} <= {by_key[pk] for pk in begun}
    finally:
        answer = session.post(f"{stack.url}/calendar/resume", headers=headers, timeout=90)
    assert answer.ok, answer.text[:500]

    wait_for(lambda: has_ended(stack, keys), message="all ended")
    states = count(stack, keys)
    assert states["missed"] == NUMBER - len(begun), states
    check(stack, keys, mark)


def test_a_thread_that_is_cut_by_a_kill_goes_on_once(stack: Stack):
    """Parts of a chain on X: a worker dies between them, and the rest follows under the part before it."""
    mark = f"draad{uuid.uuid4().hex[:8]}"
    text = f"{mark} een\n---\n{mark} twee\n---\n{mark} drie"
    # X takes the first part and does not answer: the worker certainly dies after that call, and not just before another.
    fault = {"platform": "twitter", "endpoint": "tweets", "method": "POST", "fault": "timeout_after", "times": 1}
    stack.control("POST", "faults", fault)
    keys = plan(stack, 1, seconds=1, text=text, platform="twitter")["targets"]
    wait_for(lambda: on_platforms(stack, mark), every=0.02, message="the first part is there")
    stack.kill("worker")

    wait_for(lambda: count(stack, keys)["published"] == 1, message="published")
    there = stack.sent_by_us("twitter", mark)
    assert len(there) == 3
    assert len({item["text"] for item in there}) == 3
