"""The supervisor of `manage.py up`, with small processes of its own; the whole product under it is in tests/chaos."""

import io
import os
import re
import sys
from pathlib import Path

from core.processes import Part, Supervisor, command
from tests.stack import wait_for

LAST_WORDS = """
import signal, sys
def stop(*_all):
    print("\\n".join(f"line {number}" for number in range(2000)), "the last words", sep="\\n")
    sys.exit()
signal.signal(signal.SIGTERM, stop)
print("ready", flush=True)
signal.pause()
"""


def part(script: str) -> Part:
    return Part("small", command([sys.executable, "-c", script], os.environ, str(Path.cwd())))


def test_what_a_part_says_at_its_end_is_in_the_log() -> None:
    out = io.StringIO()
    supervisor = Supervisor(out)
    supervisor.launch(part(LAST_WORDS))
    wait_for(lambda: "ready" in out.getvalue())

    supervisor.stop()

    assert out.getvalue().endswith("small    | the last words\n")


def test_what_keeps_dying_is_started_again_later_and_later_up_to_the_longest_wait() -> None:
    out = io.StringIO()
    supervisor = Supervisor(out, longest_wait=5)
    dying = part("")
    supervisor.launch(dying)
    for _turn in range(7):
        assert dying.process is not None
        dying.process.wait(60)
        dying.restart_at = 0.0
        supervisor._revive(dying)  # says how long it waits; the wait itself is left out

    waits = [float(seconds) for seconds in re.findall(r"starts again in ([\d.]+) s", out.getvalue())]
    assert len(waits) == 7
    assert all(
        0.9 * each - 0.1 <= wait <= 1.1 * each + 0.1
        for each, wait in zip([0.4, 0.8, 1.6, 3.2, 5, 5, 5], waits, strict=True)
    )
