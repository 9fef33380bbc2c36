"""Receiving with processes and servers that die: every message that a platform holds exists here once."""

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.stack import ROOT, Stack, wait_for

pytestmark = pytest.mark.chaos


def arrived(stack: Stack, text: str) -> int:
    return len(stack.rows("SELECT 1 FROM inbox_message WHERE text = %s", text))


def texts(number: int) -> list[str]:
    mark = uuid.uuid4().hex[:8]
    return [f"Melding {mark} nummer {n}: er ligt glas op het fietspad." for n in range(number)]


def test_a_poll_killed_between_insert_and_cursor_loses_and_doubles_nothing(stack):
    channel_id, page_id = stack.rows("SELECT id, external_id FROM channels_channel WHERE platform = 'facebook'")[0]
    messages = texts(5)
    arguments = ("poll", "--channel", str(channel_id), "--once")
    with stack.unread("facebook"):
        with stack.holding("SELECT pg_advisory_lock(hashtext(%s))", f"ingest:facebook:{page_id}"):
            for text in messages:
                stack.say("facebook", "comment", text)
            name = f"poll-{uuid.uuid4().hex[:8]}"
            poll = subprocess.Popen(
                [sys.executable, "manage.py", *arguments], cwd=ROOT, env=stack.command_env() | {"PGAPPNAME": name}
            )
            stopped = "SELECT 1 FROM pg_stat_activity WHERE application_name = %s AND wait_event_type = 'Lock'"
            wait_for(lambda: stack.rows(stopped, name), message="kept, not yet understood")
            poll.send_signal(signal.SIGKILL)
            poll.wait(60)
            assert [arrived(stack, text) for text in messages] == [0] * 5

        wait_for(lambda: all(arrived(stack, text) for text in messages), message="all arrived")
        # The cursor did not move with the poll that died: the same page is read again, and then the next.
        stack.rows("UPDATE channels_channel SET poll_lease_until = NULL WHERE id = %s RETURNING 1", channel_id)
        for _number in range(2):
            stack.manage(*arguments)
    assert [arrived(stack, text) for text in messages] == [1] * 5


def test_postgresql_killed_and_restarted_loses_nothing(stack):
    messages = texts(6)
    for text in messages[:3]:
        stack.say("facebook", "comment", text)
    stack.kill("postgres", signal.SIGKILL)
    for text in messages[3:]:
        stack.say("facebook", "comment", text)

    wait_for(lambda: all(arrived(stack, text) for text in messages), message="all arrived")
    assert [arrived(stack, text) for text in messages] == [1] * 6
    wait_for(lambda: requests.get(f"{stack.url}/health/ready", timeout=10).ok, message="ready again")


def test_redis_killed_flushed_and_restarted_loses_nothing(stack):
    import redis

    messages = texts(4)
    stack.say("facebook", "comment", messages[0])
    redis.Redis.from_url(stack.command_env()["REDIS_URL"]).flushall()
    stack.say("facebook", "comment", messages[1])
    stack.kill("redis")
    stack.say("facebook", "comment", messages[2])
    stack.say("facebook", "comment", messages[3])

    wait_for(lambda: all(arrived(stack, text) for text in messages), message="all arrived")
    assert [arrived(stack, text) for text in messages] == [1] * 4


def test_every_part_killed_at_once_comes_back(stack):
    (text,) = texts(1)
    for part in ("web", "worker", "beat", "sandbox"):
        stack.kill(part)
    wait_for(lambda: requests.get(f"{stack.sandbox_url}/health", timeout=10).ok, message="the sandbox is back")
    stack.say("facebook", "comment", text)

    wait_for(lambda: arrived(stack, text), message="arrived")
    wait_for(lambda: requests.get(f"{stack.url}/health/ready", timeout=10).ok, message="ready again")


def test_the_same_webhook_fifty_times_in_parallel_is_one_message(stack):
    printed = subprocess.run(
        [sys.executable, "-m", "sandbox", "credentials", "facebook"], capture_output=True, text=True, check=True, cwd=ROOT,
        env=os.environ,
    )  # fmt: skip
    credentials = json.loads(printed.stdout)
    page = credentials["account_id"]
    (text,) = texts(1)
    comment = f"{page}_77_{uuid.uuid4().int % 10**12}"
    value = {
        "item": "comment",
        "verb": "add",
        "comment_id": comment,
        "parent_id": f"{page}_77",
        "post_id": f"{page}_77",
        "from": {"id": "4711", "name": "Storm Parallel"},
        "message": text,
        "created_time": int(time.time()),
    }
    change = {"field": "feed", "value": value}
    body = json.dumps(
        {"object": "page", "entry": [{"id": page, "time": int(time.time()), "changes": [change]}]}
    ).encode()
    signature = "sha256=" + hmac.new(credentials["app_secret"].encode(), body, hashlib.sha256).hexdigest()

    def post(_number: int) -> int:
        headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
        return requests.post(f"{stack.url}/webhooks/facebook", data=body, headers=headers, timeout=90).status_code

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(post, range(50))) == {200}

    kept = "SELECT state FROM channels_rawevent WHERE body LIKE %s"
    wait_for(lambda: ("new",) not in stack.rows(kept, f"%{comment}%"), message="everything is understood")
    assert arrived(stack, text) == 1
    assert stack.rows(kept, f"%{comment}%") == [("processed",)]
