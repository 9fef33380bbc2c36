"""The stream of live events under a real server: many at once, and none of them holds a connection to the database."""

import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from django.conf import settings
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from config.asgi import application
from core.events import publish
from tests.factories import ChannelFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

MORE_THAN_THE_POOL = 14


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
    config = uvicorn.Config(application, port=number, log_level="critical", access_log=False, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield number
    server.should_exit = server.force_exit = True
    thread.join(60)
    connections.close_all()


def ask(port: int, path: str, cookie: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connected = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connected.request("GET", path, headers={"Cookie": cookie})
    return connected, connected.getresponse()


def read_until(response: http.client.HTTPResponse, words: bytes) -> bytes:
    heard = b""
    while words not in heard:
        line = response.readline()
        assert line, heard
        heard += line
    return heard


def borrowed() -> int:
    """Connections of the pool that somebody has in hand just now, this test's own left out."""
    pool = connection.pool  # type: ignore[attr-defined]
    stats = pool.get_stats()
    return int(stats["pool_size"] - stats["pool_available"]) - (connection.connection is not None)


def test_many_open_streams_leave_the_database_to_the_others(port: int) -> None:
    team = TeamFactory()
    user, channel = UserFactory(teams=[team]), ChannelFactory(teams=[team])
    client = Client()
    client.force_login(user)
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    assert settings.DATABASES["default"]["OPTIONS"]["pool"]["max_size"] < MORE_THAN_THE_POOL

    streams = [ask(port, reverse("events"), cookie) for _browser in range(MORE_THAN_THE_POOL)]
    for _connected, response in streams:
        assert response.status == 200
        read_until(response, b"event: refresh")
    assert borrowed() == 0

    connected, response = ask(port, reverse("channel_warnings"), cookie)
    assert response.status == 200
    connected.close()
    publish([f"channel-{channel.pk}"], ["list"])
    for _connected, response in streams:
        read_until(response, b'["list"]')
    for connected, _response in streams:
        connected.close()


def test_a_stream_is_closed_to_who_is_not_signed_in_under_a_real_server_too(port: int) -> None:
    connected, response = ask(port, reverse("events"), "sessionid=nep")

    assert response.status == 401
    connected.close()


def test_a_connection_in_hand_is_counted() -> None:
    taken, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            taken.set()
            assert go_on.wait(60)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert taken.wait(60)
    assert borrowed() == 1
    go_on.set()
    holder.join(60)
    assert borrowed() == 0
