"""A real sandbox on a real port, in a thread; and a real address that receives webhooks. No Django, no database."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.accounts import CREDENTIALS
from sandbox.app import build
from sandbox.world import Settings

PAGE = CREDENTIALS["facebook"]["account_id"]
US = CREDENTIALS["twitter"]["account_id"]
ORGANIZATION = CREDENTIALS["linkedin"]["account_id"]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def eventually(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first truthy answer of `look`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s")


class Running:
    """An ASGI app under uvicorn in a thread."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        config = uvicorn.Config(
            app, port=port, log_level="critical", access_log=False, timeout_graceful_shutdown=1, ws="none"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        eventually(lambda: self.server.started)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(5)


class Client:
    """Speaks to the sandbox as Balie (x, graph, linkedin) and as the trainer (control)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=5, trust_env=False)

    def x(self, method: str, path: str, *, token: str = "access_token", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {CREDENTIALS['twitter'].get(token, token)}"}
        return self.http.request(method, f"/x/2/{path}", headers=headers, **more)

    def graph(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {CREDENTIALS['facebook']['access_token']}"}
        return self.http.request(method, f"/graph/v26.0/{path}", headers=headers, **more)

    def linkedin(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        usual = {
            "Authorization": f"Bearer {CREDENTIALS['linkedin']['access_token']}",
            "LinkedIn-Version": "202607",
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return self.http.request(method, f"/linkedin/rest/{path}", headers=usual | (headers or {}), **more)

    def control(self, method: str, path: str, /, **body: Any) -> Any:
        answer = self.http.request(method, f"/control/{path}", json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def say(self, platform: str, kind: str, text: str = "Er ligt glas op het fietspad.", **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = self.control(
            "POST", "say", **{"platform": platform, "kind": kind, "resident": "Fatima", "text": text} | more
        )
        return said

    def ours(self, platform: str) -> list[str]:
        """The texts of the municipality that the platform holds."""
        found = self.control("GET", f"items?platform={platform}&by=page")["items"]
        return [item["text"] for item in found if item["origin"] == "api" and not item["deleted"]]

    def fault(self, platform: str, fault: str, /, **more: Any) -> None:
        self.control("POST", "faults", platform=platform, fault=fault, **more)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    state = tmp_path_factory.mktemp("sandbox") / "state.sqlite3"
    server = Running(build(Settings(state=str(state), url=url, pace=0, seed_days=0)), port)
    client = Client(url)
    yield client
    client.http.close()
    server.stop()


@pytest.fixture
def sandbox(running: Client) -> Client:
    """An empty town."""
    running.control("POST", "reset", seed_days=0, pace=0)
    return running


class Receiver:
    """What Balie's webhook addresses are to a platform: answers the challenges, keeps what is posted."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: list[int] = []  # statuses to give before 200
        routes = [
            Route("/webhooks/{platform}", self.challenge),
            Route("/webhooks/{platform}", self.keep, methods=["POST"]),
        ]
        self.server = Running(Starlette(routes=routes), self.port)

    async def challenge(self, request: Request) -> Response:
        query, platform = request.query_params, request.path_params["platform"]
        own = CREDENTIALS[platform]
        if platform == "twitter":
            mac = hmac.digest(own["consumer_secret"].encode(), query["crc_token"].encode(), "sha256")
            return JSONResponse({"response_token": "sha256=" + base64.b64encode(mac).decode()})
        if platform == "facebook":
            is_known = query["hub.verify_token"] == own["verify_token"]
            return PlainTextResponse(query["hub.challenge"] if is_known else "", 200 if is_known else 403)
        code = query["challengeCode"]
        mac_text = hmac.new(own["client_secret"].encode(), code.encode(), hashlib.sha256).hexdigest()
        return JSONResponse({"challengeCode": code, "challengeResponse": mac_text})

    async def keep(self, request: Request) -> Response:
        status = self.answers.pop(0) if self.answers else 200
        if status == 200:
            self.posts.append((request.path_params["platform"], dict(request.headers), await request.body()))
        return Response(status_code=status)

    def bodies(self, platform: str) -> list[Any]:
        return [json.loads(body) for name, _, body in self.posts if name == platform]


@pytest.fixture(scope="session")
def _webhook_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Client, Receiver]]:
    receiver, port = Receiver(), free_port()
    url = f"http://127.0.0.1:{port}"
    state: Path = tmp_path_factory.mktemp("webhooks") / "state.sqlite3"
    server = Running(build(Settings(state=str(state), url=url, balie=receiver.url, pace=0, seed_days=0)), port)
    client = Client(url)
    eventually(lambda: len(client.control("GET", "health")["webhooks_proved"]) == 3)
    yield client, receiver
    client.http.close()
    server.stop()
    receiver.server.stop()


@pytest.fixture
def webhooks(_webhook_pair: tuple[Client, Receiver]) -> tuple[Client, Receiver]:
    """A sandbox that knows where its webhooks go, and that place."""
    client, receiver = _webhook_pair
    client.control("POST", "reset", seed_days=0, pace=0)
    receiver.posts.clear()
    receiver.answers.clear()
    return client, receiver
