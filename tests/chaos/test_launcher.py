"""`manage.py up` with real processes: it outlives the death of any part and of the whole, and says why when it can not start."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from tests.stack import PATIENCE, ROOT, Stack, free_port, wait_for

pytestmark = pytest.mark.chaos
PARTS = {
    "postgres": "/postgres -D",
    "redis": "redis-server",
    "sandbox": "-m sandbox",
    "worker": "config worker",
    "beat": "config beat",
    "jobs": "rqworker",
    "web": "uvicorn",
}


def pids_of(stack: Stack, part: str) -> list[int]:
    return [pid for pid, line in stack.pids() if PARTS[part] in line]


def are_gone(stack: Stack, parts: tuple[str, ...], how_many: Callable[[Iterable[bool]], bool]) -> bool:
    return how_many(not pids_of(stack, part) for part in parts)


def still_works(stack: Stack) -> None:
    """From a resident's words to a page, through every part."""
    text = f"Werkt de lantaarnpaal in de Dorpsstraat weer? {uuid.uuid4().hex[:8]}"
    wait_for(lambda: stack.say("facebook", "comment", text), message="the sandbox takes a comment")
    conversation = stack.conversation_with(text)
    page = wait_for(lambda: stack.session().get(f"{stack.url}/inbox/{conversation}", timeout=60), message="a page")
    assert text in page.text


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back_and_everything_works(stack: Stack, part: str) -> None:
    before = pids_of(stack, part)
    assert before
    os.kill(before[0], signal.SIGKILL)  # its first process only: what hung on it must follow or finish by itself

    wait_for(lambda: set(pids_of(stack, part)) - set(before), message=f"{part} is started again")
    wait_for(lambda: not set(pids_of(stack, part)) & set(before), message=f"no old {part} lives on")
    wait_for(stack.is_ready, message="ready again")
    still_works(stack)


def test_the_log_names_the_part_of_every_line(stack: Stack) -> None:
    marked = [line for line in stack.log().splitlines() if "| " in line]
    assert {line.split("|")[0].strip() for line in marked} <= {*PARTS, "up"}
    assert stack.log().split("Stop:")[0].partition("Traceback")[2] == ""
    assert f"Balie:    {stack.url}" in stack.log()
    assert "password balie-demo" in stack.log()


def test_what_is_secret_is_kept_for_its_owner_only(stack: Stack) -> None:
    keys = sorted((stack.folder / "var").glob("*.key"))
    assert [key.name for key in keys] == ["credentials.key", "postgres.key", "redis.key", "secret.key"]
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert not any(key.read_text() in stack.log() for key in keys)


def test_a_second_launcher_on_the_same_data_is_refused(stack: Stack) -> None:
    refused = up("--port", str(free_port()), "--sandbox-port", str(free_port()), "--data", str(stack.folder / "var"))
    assert refused == f"Balie did not start. It is already running on the data folder {stack.folder / 'var'}.\n"
    wait_for(stack.is_ready, message="the first one goes on")


def test_everything_killed_at_once_starts_again_with_all_it_knew(stack: Stack) -> None:
    still_works(stack)
    session = stack.session()
    known = stack.rows("SELECT count(*) FROM inbox_message")
    for pid, _line in stack.pids():
        with suppress(ProcessLookupError):  # it went with the one that it belonged to
            os.kill(pid, signal.SIGKILL)
    assert stack.process is not None
    stack.process.wait(60)

    stack.start()
    assert stack.rows("SELECT count(*) FROM inbox_message") >= known
    assert session.get(f"{stack.url}/profile", timeout=60, allow_redirects=False).status_code == 200
    still_works(stack)


def test_when_the_launcher_is_killed_its_parts_follow_and_it_can_start_again(stack: Stack) -> None:
    assert stack.process is not None
    stack.process.kill()
    stack.process.wait(60)
    wait_for(lambda: not stack.pids(), message="all parts are gone")

    stack.start()
    still_works(stack)


def test_a_stop_goes_from_the_pages_down_to_the_data(stack: Stack) -> None:
    assert stack.process is not None
    stack.process.send_signal(signal.SIGINT)
    stages = [("web",), ("worker", "beat", "jobs"), ("sandbox",), ("postgres", "redis")]
    while stack.process.poll() is None:
        for before, after in pairwise(stages):
            # Looked at in this order: whatever is gone when its followers are found gone, was gone before they were told to.
            if are_gone(stack, after, any):
                assert are_gone(stack, before, all), f"{after} stopped before {before}"
        time.sleep(0.02)

    assert stack.process.returncode == 0
    assert stack.pids() == []
    # Redis stops beside it, so either may speak last.
    assert any("database system is shut down" in line for line in stack.log().splitlines()[-3:])
    assert not (stack.folder / "var" / "postgres" / "postmaster.pid").exists()


def up(*arguments: str, python: tuple[str, ...] = (), **more: str) -> str:
    """What a launcher that does not start says; it must end by itself, with code 1."""
    known = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "DATA_DIR"}}
    done = subprocess.run(
        [sys.executable, *python, "manage.py", "up", *arguments],
        cwd=ROOT, env={**known, **more}, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr + done.stdout
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.count("\n") == 1, "one sentence"
    return done.stderr


@pytest.fixture
def ports() -> tuple[str, ...]:
    return ("--port", str(free_port()), "--sandbox-port", str(free_port()))


@pytest.mark.parametrize("listening", [True, False], ids=["answers", "is only held"])
@pytest.mark.parametrize("option", ["--port", "--sandbox-port"])
def test_a_taken_port_is_named(tmp_path: Path, option: str, listening: bool) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listening:
            taken.listen()
        port = str(taken.getsockname()[1])
        other = "--sandbox-port" if option == "--port" else "--port"
        said = up(option, port, other, str(free_port()), "--data", str(tmp_path / "var"))
    assert said == f"Balie did not start. Port {port} is taken: stop what uses it, or choose another with {option}.\n"


def test_a_port_that_does_not_exist_is_named(tmp_path: Path) -> None:
    said = up("--port", "99999", "--sandbox-port", str(free_port()), "--data", str(tmp_path / "var"))
    assert "--port 99999 is no port" in said


def test_a_missing_package_is_named() -> None:
    # Without site-packages nothing that was installed can be found.
    assert re.match(r"The package \w+ is missing: run script/setup", up(python=("-S",)))


def test_a_data_folder_that_is_a_file_is_named(tmp_path: Path, ports: tuple[str, ...]) -> None:
    (tmp_path / "var").write_text("")
    assert f"The data folder {tmp_path / 'var'} can not be used" in up(*ports, "--data", str(tmp_path / "var"))


def test_a_broken_data_folder_is_named_and_left_as_it_is(tmp_path: Path, ports: tuple[str, ...]) -> None:
    (tmp_path / "var" / "postgres" / "base").mkdir(parents=True)
    said = up(*ports, "--data", str(tmp_path / "var"))
    assert f"The data folder {tmp_path / 'var' / 'postgres'} is broken" in said
    assert (tmp_path / "var" / "postgres" / "base").exists()


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_of_ours_that_is_away_is_named(tmp_path: Path, ports: tuple[str, ...], name: str) -> None:
    scheme = {"DATABASE_URL": "postgres://balie:geheim@", "REDIS_URL": "redis://:geheim@"}[name]
    suffix = {"DATABASE_URL": "/balie", "REDIS_URL": ""}[name]
    said = up(*ports, "--data", str(tmp_path / "var"), **{name: f"{scheme}127.0.0.1:{free_port()}{suffix}"})
    assert f"of {name} does not answer" in said
    assert "geheim" not in said
