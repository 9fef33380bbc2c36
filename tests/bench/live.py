"""From the commit to the browsers: many open event streams against a real uvicorn, one change at a time."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.test import Client

from accounts.models import User
from channels.models import Channel
from core.events import publish_on_commit
from tests.bench.pages import client_of
from tests.stack import free_port

STREAMS = 200
EVENTS = 30


@contextmanager
def server(port: int) -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "config.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen([*command, "--timeout-graceful-shutdown", "1"], env=os.environ)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def _stream(port: int, cookie: str, heard: list[float], ready: asyncio.Event) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\n\r\n".encode())
    while line := await reader.readline():
        if line.startswith(b"event: refresh"):
            ready.set()
        elif line.startswith(b"event: changed"):
            heard.append(time.perf_counter())


async def _measure(port: int, cookie: str, channel: Channel) -> list[float]:
    heard: list[list[float]] = [[] for _ in range(STREAMS)]
    ready = [asyncio.Event() for _ in range(STREAMS)]
    streams = [asyncio.create_task(_stream(port, cookie, heard[n], ready[n])) for n in range(STREAMS)]
    await asyncio.wait_for(asyncio.gather(*(event.wait() for event in ready)), 60)
    delays = []
    for number in range(EVENTS):
        start = await asyncio.to_thread(_commit, channel, number)
        await asyncio.sleep(0.4)
        delays += [times[number] - start for times in heard if len(times) > number]
    for stream in streams:
        stream.cancel()
    assert len(delays) == STREAMS * EVENTS, f"{STREAMS * EVENTS - len(delays)} events were not heard"
    return delays


def _commit(channel: Channel, number: int) -> float:
    with transaction.atomic():
        publish_on_commit(f"channel-{channel.pk}", "list", f"conversation-{number}")
        return time.perf_counter()


def measure(user: User) -> dict[str, float]:
    client: Client = client_of(user)
    cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
    channel = Channel.objects.filter(external_id="bench").first()
    assert channel is not None
    port = free_port()
    with server(port):
        _wait(port)
        delays = asyncio.run(_measure(port, cookie, channel))
    ordered = sorted(delays)
    return {
        "streams": STREAMS,
        "p50 ms": statistics.median(ordered) * 1000,
        "p95 ms": ordered[int(len(ordered) * 0.95)] * 1000,
    }


def _wait(port: int) -> None:
    import socket

    for _attempt in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("uvicorn did not start")
