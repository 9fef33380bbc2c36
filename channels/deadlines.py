"""One deadline for a whole call, down to the socket.

`requests` and urllib3 only time single socket operations: a server that drips a byte a second never runs out of time.
Connections made here ask before every operation how much is left of the call they serve, and note when the first byte of
a request leaves: what fails before that is proven not to have been carried out.
"""

import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class Call:
    """One request under way: until when, and whether anything left us yet."""

    def __init__(self, total_timeout: float, read_timeout: float) -> None:
        self.ends_at = time.monotonic() + total_timeout
        self.read_timeout = read_timeout
        self.sent = False

    def remaining(self, at_most: float | None = None) -> float:
        """Seconds that the next socket operation may take. Raises TimeoutError when there are none left."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("total deadline passed")
        return left if at_most is None else min(left, at_most)


_current: ContextVar[Call | None] = ContextVar("platform_call", default=None)


@contextmanager
def deadline(total_timeout: float, read_timeout: float) -> Iterator[Call]:
    """All that clocked connections do inside this block has to end within `total_timeout` seconds."""
    call = Call(total_timeout, read_timeout)
    token = _current.set(call)
    try:
        yield call
    finally:
        _current.reset(token)


class _ClockedReader(io.RawIOBase):
    """The raw side of an answer: gives every read only the time that is left of the call."""

    def __init__(self, sock: socket.socket, call: Call) -> None:
        super().__init__()
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._call = call

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._call.remaining(self._call.read_timeout))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _ClockedSocket:
    """What `http.client` asks of a socket to read an answer."""

    def __init__(self, sock: socket.socket, call: Call) -> None:
        self._sock = sock
        self._call = call

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_ClockedReader(self._sock, self._call))


def _clocked_response(sock: Any, *args: Any, **kwargs: Any) -> HTTPResponse:
    call = _current.get()
    return HTTPResponse(sock if call is None else _ClockedSocket(sock, call), *args, **kwargs)  # type: ignore[arg-type]


class ClockedHTTPConnection(HTTPConnection):
    response_class = staticmethod(_clocked_response)  # type: ignore[assignment]

    def connect(self) -> None:
        _limit_connect(self)
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        _note_sending(self)
        super().send(data)


class ClockedHTTPSConnection(HTTPSConnection):
    response_class = staticmethod(_clocked_response)  # type: ignore[assignment]

    def connect(self) -> None:
        _limit_connect(self)
        super().connect()

    def send(self, data: Any) -> None:
        if self.sock is None and self.auto_open:
            self.connect()
        _note_sending(self)
        super().send(data)


def _limit_connect(connection: HTTPConnection) -> None:
    call = _current.get()
    if call is not None:
        connection.timeout = call.remaining(connection.timeout)


def _note_sending(connection: HTTPConnection) -> None:
    call = _current.get()
    if call is not None:
        connection.sock.settimeout(call.remaining(call.read_timeout))
        call.sent = True


class ClockedHTTPPool(HTTPConnectionPool):
    ConnectionCls = ClockedHTTPConnection


class ClockedHTTPSPool(HTTPSConnectionPool):
    ConnectionCls = ClockedHTTPSConnection
