"""A real HTTP server on the loopback that misbehaves on purpose. Nothing is patched: bytes go over a socket."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket, "Request"], None]


@dataclass
class Request:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class HostileServer:
    """`on[path] = behaviour`; a behaviour writes raw bytes to the socket. `seen` lists the requests that came in whole."""

    host: str
    port: int
    on: dict[str, Behaviour] = field(default_factory=dict)
    seen: list[Request] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"


def answer(
    body: bytes = b"", status: str = "200 OK", content_type: str = "application/json", **headers: str
) -> Behaviour:
    def write(conn: socket.socket, request: Request) -> None:
        lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        conn.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)

    return write


def json_answer(value: object, status: str = "200 OK", **headers: str) -> Behaviour:
    return answer(json.dumps(value).encode(), status, **headers)


def raw(data: bytes) -> Behaviour:
    return lambda conn, request: conn.sendall(data)


def reset(conn: socket.socket, request: Request) -> None:
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def hang(server: HostileServer) -> Behaviour:
    def wait(conn: socket.socket, request: Request) -> None:
        server.stopping.wait(30)

    return wait


def drip(server: HostileServer, head: bytes, every: float = 0.1) -> Behaviour:
    """`head` at once, then one byte at a time for ever: no single read ever times out."""

    def write(conn: socket.socket, request: Request) -> None:
        conn.sendall(head)
        while not server.stopping.wait(every):
            conn.sendall(b"a")

    return write


def endless(server: HostileServer, head: bytes) -> Behaviour:
    def write(conn: socket.socket, request: Request) -> None:
        conn.sendall(head)
        while not server.stopping.is_set():
            conn.sendall(b"10000\r\n" + b"a" * 65_536 + b"\r\n")

    return write


def _read_request(conn: socket.socket) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = conn.recv(65_536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += conn.recv(65_536)
    method, target, _ = first.split(" ", 2)
    return Request(method, target, headers, body)


@contextlib.contextmanager
def hostile_server(wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[HostileServer]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = HostileServer("127.0.0.1", listener.getsockname()[1])

    def serve_one(conn: socket.socket) -> None:
        with contextlib.suppress(OSError), conn:
            if wrap is not None:
                conn = wrap(conn)
            request = _read_request(conn)
            if request is None:
                return
            server.seen.append(request)
            path = request.target.partition("?")[0]
            server.on.get(path, answer(b"{}", "404 Not Found"))(conn, request)

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                conn, _ = listener.accept()
                threading.Thread(target=serve_one, args=(conn,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield server
    finally:
        server.stopping.set()
        listener.close()
