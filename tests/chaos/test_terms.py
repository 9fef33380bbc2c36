"""Terms with real processes, on every platform: each resident is told the moment once, each reminder is given once."""

import subprocess
import sys
import threading
import uuid

import pytest

from tests.stack import PATIENCE, ROOT, Stack, wait_for

pytestmark = pytest.mark.chaos

# How residents ask, and where our answer goes.
QUESTIONS = {
    "twitter": ("mention", "Wanneer is de milieustraat open? {mark} @gem_eikenrode", "tweets"),
    "facebook": ("comment", "Wanneer is de milieustraat open? {mark}", "comments"),
    "linkedin": ("comment", "Wanneer is de milieustraat open? {mark}", "comments"),
}
PROMISE = "Dank voor uw bericht. Team "
# Nobody is reminded outside opening hours, and this test runs at any hour.
ALWAYS_OPEN = """
from datetime import timedelta
from django.utils import timezone
from accounts.models import User
from responsematrix.hours import create_calendar
from responsematrix.versions import activate, approve
draft = create_calendar(name="Altijd", weekly=(((0, 1440),),) * 7, by=User.objects.get(username="manager"))
second = User.objects.get(username="manager2")
approve(version=draft, by=second)
activate(version=draft, from_at=timezone.now() - timedelta(days=30), by=second)
print(draft.pk)
"""


def automatic(stack: Stack, conversation: int) -> list[str]:
    rows = stack.rows("SELECT text FROM inbox_message WHERE conversation_id = %s AND is_automatic", conversation)
    return [text for (text,) in rows]


@pytest.mark.parametrize("platform", QUESTIONS)
def test_a_resident_is_told_the_moment_once_on_every_platform(stack: Stack, told: None, platform: str) -> None:
    kind, words, endpoint = QUESTIONS[platform]
    mark = uuid.uuid4().hex[:8]
    # The platform takes it and does not answer: the worker certainly dies after the call. One that died just before it would
    # leave an unknown outcome, which waits for a person.
    fault = {"platform": platform, "endpoint": endpoint, "method": "POST", "fault": "timeout_after", "times": 1}
    stack.control("POST", "faults", fault)
    asked = stack.say(platform, kind, words.format(mark=mark), resident=f"Vraag {mark}")["id"]
    conversation = stack.conversation_with(mark)

    (text,) = wait_for(lambda: automatic(stack, conversation), message="queued")
    assert text.startswith(PROMISE)
    wait_for(lambda: stack.sent_by_us(platform, text, to=asked), message="at the platform")
    stack.kill("worker")

    wait_for(
        lambda: stack.rows(
            "SELECT 1 FROM channels_delivery d JOIN inbox_message m ON m.delivery_id = d.id"
            " WHERE m.conversation_id = %s AND m.is_automatic AND d.state = 'sent'", conversation
        ),
        message="known to be sent",
    )  # fmt: skip
    assert len(stack.sent_by_us(platform, text, to=asked)) == len(automatic(stack, conversation)) == 1
    ((status, waits),) = stack.rows(
        "SELECT status, awaiting_since IS NOT NULL FROM inbox_conversation WHERE id = %s", conversation
    )
    assert (status, waits) == ("open", True), "a promise is no answer"


def test_two_clocks_a_killed_worker_and_tasks_that_come_again_take_each_step_once(stack: Stack) -> None:
    mark = uuid.uuid4().hex[:8]
    stack.say("facebook", "comment", f"Wie maait de berm? {mark}", resident=f"Berm {mark}")
    conversation = stack.conversation_with(mark)
    wait_for(lambda: stack.rows("SELECT 1 FROM inbox_obligation WHERE conversation_id = %s", conversation))

    open_day_and_night = stack.manage("shell", "--verbosity", "0", "--command", ALWAYS_OPEN).stdout.split()[-1]
    # The whole term lies behind us: every step is due at once.
    stack.rows(
        "UPDATE inbox_obligation SET started_at = now() - interval '9 days', due_at = now() - interval '1 minute',"
        " calendar_version_id = %s, escalate_at = now() WHERE conversation_id = %s AND kind <> 'resolution' RETURNING 1",
        open_day_and_night, conversation,
    )  # fmt: skip
    env = stack.command_env()
    clock = subprocess.Popen(
        [sys.executable, "-m", "celery", "--quiet", "-A", "config", "beat", "--loglevel", "ERROR", "--pidfile=",
         "-s", str(stack.folder / "second-beat")], cwd=ROOT, env=env,
    )  # fmt: skip
    again = "from inbox.escalation import escalate; escalate(); escalate()"
    workers = [
        threading.Thread(target=stack.manage, args=("shell", "--verbosity", "0", "--command", again)) for _n in range(3)
    ]
    try:
        for worker in workers:
            worker.start()
        stack.kill("worker")
        for worker in workers:
            worker.join(PATIENCE)

        def steps() -> list[tuple[int, str]]:
            return stack.rows(
                'SELECT e.percent, e."to" FROM inbox_escalation e JOIN inbox_obligation o ON o.id = e.obligation_id'
                " WHERE o.conversation_id = %s ORDER BY 1", conversation
            )  # fmt: skip

        wait_for(lambda: len(steps()) >= 3, message="every step taken")
        # The clocks go on ticking, and everything is delivered once more.
        stack.manage("shell", "--verbosity", "0", "--command", again)
    finally:
        clock.terminate()
        clock.wait(60)
    assert [to for _percent, to in steps()] == ["assignee", "lead", "backup"]
    told = stack.rows(
        "SELECT user_id, kind, count(*) FROM inbox_notification WHERE conversation_id = %s GROUP BY 1, 2", conversation
    )  # fmt: skip
    assert told
    assert {number for _user, _kind, number in told} == {1}
