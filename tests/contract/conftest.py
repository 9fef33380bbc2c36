"""The simulated platforms as a process of their own, for the contract tests of all connectors.

The sandbox is another program: nothing of it is imported here. It gets a state file of its own and an empty town, so that a
test sees only what it made happen.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
STARTS_WITHIN = 60  # seconds


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox. `url` has no trailing slash."""

    url: str
    environment: dict[str, str]

    def base(self, platform: str) -> str:
        """The base URL of a platform: "x", "graph" or "linkedin"."""
        return f"{self.url}/{platform}"

    def control(self, method: str, path: str, json: Any = None) -> Any:
        """Speak as a resident or inject a fault; see docs/sandbox.md. `path` from the root of the sandbox. Returns the decoded
        answer, None when it is empty."""
        response = requests.request(method, f"{self.url}{path}", json=json, timeout=10)
        assert response.ok, f"{method} {path}: {response.status_code} {response.text[:500]}"
        return response.json() if response.content else None

    def credentials(self, platform: str) -> dict[str, str]:
        """What `connect_channel` would read: "twitter", "facebook" or "linkedin"."""
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "credentials", platform],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        found: dict[str, str] = json.loads(done.stdout)
        return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running_sandbox(folder: Path) -> Iterator[Sandbox]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "SANDBOX_SEED_DAYS": "0",
        "SANDBOX_PACE": "0",
        "SANDBOX_WEBHOOKS": "off",
        "SANDBOX_STATE": str(folder / "sandbox.sqlite3"),
        "SANDBOX_URL": url,
        "PYTHONUNBUFFERED": "1",
    }
    log = folder / "sandbox.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        give_up_at = time.monotonic() + STARTS_WITHIN
        while True:
            with contextlib.suppress(requests.RequestException):
                if requests.get(f"{url}/health", timeout=1).ok:
                    break
            if process.poll() is not None or time.monotonic() > give_up_at:
                pytest.fail(f"the sandbox does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield Sandbox(url, environment)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for the whole run (per xdist worker)."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as running:
        yield running
