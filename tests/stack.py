"""The whole product as real processes, started with `manage.py up` in a folder of its own: for chaos and browser tests."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import requests

ROOT = Path(__file__).resolve().parent.parent
# Of a machine that is many times slower than ours: it only costs time where something never happens.
PATIENCE = 240.0
PARTS: dict[str, Callable[[str], bool]] = {
    "web": lambda line: "uvicorn" in line and "config.asgi" in line,
    "worker": lambda line: "celery" in line and " worker" in line,
    "beat": lambda line: "celery" in line and " beat" in line,
    "sandbox": lambda line: "-m sandbox" in line,
    "redis": lambda line: "redis-server" in line,
    "postgres": lambda line: "/postgres" in line and " -D" in line,
    "up": lambda line: "manage.py up" in line,
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(what: Callable[[], Any], *, seconds: float = PATIENCE, every: float = 0.1, message: str = "") -> Any:
    """The first truthy answer of `what`; fails with `message` when there is none in time. Errors on the way count as no."""
    deadline = time.monotonic() + seconds
    last: Exception | None = None
    while time.monotonic() < deadline:
        try:
            if found := what():
                return found
        except (OSError, requests.RequestException, psycopg.Error, AssertionError) as error:
            last = error
        time.sleep(every)
    raise AssertionError(f"{message or what}: not within {seconds} s ({last})")


class Stack:
    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port, self.sandbox_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.sandbox_url = f"http://127.0.0.1:{self.sandbox_port}"
        self.mark = uuid.uuid4().hex
        known = {
            key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL", "DATA_DIR"}
        }
        self.env = known | {
            "BALIE_STACK": self.mark,
            "DEMO_CALENDAR": "0",
            "SANDBOX_SEED_DAYS": "0",
            "SANDBOX_PACE": "0",
            "POLL_SECONDS": "2",
            "POLL_LEASE_SECONDS": "60",
            "SWEEP_SECONDS": "1",
            "DELIVERY_LEASE_SECONDS": "4",
            "RESTART_SECONDS": "1",
            "PYTHONUNBUFFERED": "1",
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self._database_url = ""

    # -- processes -------------------------------------------------------------------------------------------------------

    @property
    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        self._database_url = ""
        log = (self.folder / "up.log").open("ab")
        said = len(self.log())
        command = [
            sys.executable,
            "manage.py",
            "up",
            "--port",
            str(self.port),
            "--sandbox-port",
            str(self.sandbox_port),
        ]
        self.process = subprocess.Popen(
            [*command, "--data", str(self.folder / "var")],
            cwd=ROOT,
            env=self.env,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            # Not sooner than the launcher says so: before that it makes people and channels, and watches no part yet.
            wait_for(lambda: self.has_greeted(said), seconds=3 * PATIENCE, message="the launcher greets")
            wait_for(self.is_ready, message="the stack is ready")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-4000:]}") from error

    def has_greeted(self, said: int) -> bool:
        """Since it had said so much."""
        self.must_be_up()
        return "Stop:" in self.log()[said:]

    def must_be_up(self) -> None:
        if not self.is_up:
            raise RuntimeError(f"manage.py up ended:\n{self.log()[-4000:]}")

    def is_ready(self) -> bool:
        self.must_be_up()
        return requests.get(f"{self.url}/health/ready", timeout=10).ok and self.has_channels()

    def has_channels(self) -> bool:
        return bool(self.rows("SELECT 1 FROM channels_channel HAVING count(*) >= 3"))

    def stop(self) -> None:
        if self.process is not None and self.is_up:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
        for pid, _line in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")

    def pids(self, part: str | None = None) -> list[tuple[int, str]]:
        """(pid, command line) of this stack's processes, told by a mark in their environment."""
        found = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if f"BALIE_STACK={self.mark}".encode() not in (entry / "environ").read_bytes().split(b"\0"):
                    continue
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if part is None or PARTS[part](line):
                found.append((int(entry.name), line))
        return sorted(found)

    def kill(self, part: str, sig: signal.Signals = signal.SIGKILL) -> int:
        """Kill every process of `part` (kill -9 unless told otherwise). Returns how many there were."""
        pids = self.pids(part)
        for pid, _line in pids:
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                continue
        if part == "worker":
            # Its polls died with it, and the next worker takes longer than this to begin: nobody waits here for their leases.
            # A channel that the test itself holds is not polled.
            free = "SELECT id FROM channels_channel FOR NO KEY UPDATE SKIP LOCKED"
            self.rows(f"UPDATE channels_channel SET poll_lease_until = NULL WHERE id IN ({free}) RETURNING 1")
        return len(pids)

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT, env=self.command_env(), capture_output=True, text=True, timeout=PATIENCE,
        )  # fmt: skip
        assert done.returncode == 0, f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done

    def command_env(self) -> dict[str, str]:
        """The environment of the running web process: the same database, Redis and keys."""
        pid = self.pids("web")[0][0]
        environ = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return dict(pair.decode().split("=", 1) for pair in environ if b"=" in pair)

    # -- looking and doing -------------------------------------------------------------------------------------------------

    @property
    def database_url(self) -> str:
        if not self._database_url:
            self._database_url = self.command_env()["DATABASE_URL"]
        return self._database_url

    def rows(self, query: str, *params: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database_url, connect_timeout=5) as connection:
            cursor = connection.execute(query, params)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def holding(self, statement: str, *params: Any) -> Iterator[None]:
        """Hold the locks that `statement` takes, so that a process stops just there and can be killed there."""
        with psycopg.connect(self.database_url) as connection:
            connection.execute(statement, params)  # type: ignore[arg-type]
            yield
            connection.rollback()

    @contextmanager
    def unread(self, platform: str) -> Iterator[None]:
        """Nobody polls the channel of `platform`: none is under way, and none begins."""
        next_poll = "UPDATE channels_channel SET next_poll_at = now() + %s::interval WHERE platform = %s RETURNING 1"
        polling = "SELECT 1 FROM channels_channel WHERE platform = %s AND poll_lease_until > now()"

        def is_quiet() -> bool:
            # In this order: one that ends just now says when the next begins.
            self.rows(next_poll, "1 day", platform)
            return not self.rows(polling, platform)

        wait_for(is_quiet, message=f"no poll of {platform} is under way")
        try:
            yield
        finally:
            self.rows(next_poll, "0 seconds", platform)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.sandbox_url}/control/{path}", data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def say(self, platform: str, kind: str, text: str, **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = self.control(
            "POST", "say", {"platform": platform, "kind": kind, "resident": "fatima", "text": text, **more}
        )
        return said

    def sent_by_us(self, platform: str, text: str, *, to: str = "") -> list[dict[str, Any]]:
        """What the platform holds of ours with this text; only in answer to the item `to`, where that is given."""
        items = self.control("GET", f"items?platform={platform}&by=page")
        listed = items["items"] if isinstance(items, dict) else items
        ours = [item for item in listed if text in item.get("text", "")]
        return [item for item in ours if item["in_reply_to"] == to] if to else ours

    def session(self, username: str = "agent") -> requests.Session:
        """Signed in as a demo person."""
        session = requests.Session()
        session.trust_env = False
        page = session.get(f"{self.url}/login", timeout=60)
        assert page.ok, page.status_code
        answer = session.post(
            f"{self.url}/login",
            data={"username": username, "password": "balie-demo", "csrfmiddlewaretoken": session.cookies["csrftoken"]},
            headers={"Referer": f"{self.url}/login"},
            timeout=60,
        )
        assert answer.ok, answer.status_code
        assert "sessionid" in session.cookies
        return session

    def conversation_with(self, text: str) -> int:
        """The id of the conversation that holds a message with `text`, once it is there."""
        query = "SELECT conversation_id FROM inbox_message WHERE text LIKE %s LIMIT 1"
        found = wait_for(lambda: self.rows(query, f"%{text}%"), message=f"{text!r} arrives")
        pk: int = found[0][0]
        return pk

    def reply(
        self,
        conversation: int,
        text: str,
        *,
        session: requests.Session | None = None,
        mode: str = "reply",
        key: str = "",
    ) -> str:
        """Send an answer as the composer does. Returns the key."""
        session = session or self.session()
        key = key or str(uuid.uuid4())
        answer = session.post(
            f"{self.url}/inbox/{conversation}/reply",
            data={"mode": mode, "text": text, "key": key, "csrfmiddlewaretoken": session.cookies["csrftoken"]},
            headers={"Referer": f"{self.url}/inbox", "HX-Request": "true"},
            timeout=90,
        )
        assert answer.ok, (answer.status_code, answer.text[:500])
        return key

    def delivery_state(self, key: str) -> str:
        rows = self.rows("SELECT state FROM channels_delivery WHERE key = %s", key)
        return str(rows[0][0]) if rows else ""


@contextmanager
def running_stack(**settings: str) -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="balie-stack-"))
    stack = Stack(folder, **settings)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
