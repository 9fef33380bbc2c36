"""The line between a browser and the server: it can be cut, and be mended."""

import contextlib
import socket
import threading


class Line:
    """Hands on what comes in at an own port of this machine to `port`; while it is cut nothing gets through."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.is_cut = threading.Event()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self.is_cut.set()
        for each in list(self._open):
            _drop(each)

    def mend(self) -> None:
        self.is_cut.clear()

    def close(self) -> None:
        _drop(self._listener)
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _address = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    _drop(near)  # nobody listens there just now
                    continue
                self._open |= {near, far}
                if self.is_cut.is_set():  # only now: whoever cuts either finds these two, or is seen here
                    for each in (near, far):
                        _drop(each)
                        self._open.discard(each)
                    continue
                threading.Thread(target=self._hand_on, args=(near, far), daemon=True).start()
                threading.Thread(target=self._hand_on, args=(far, near), daemon=True).start()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for each in (source, target):
            _drop(each)
            self._open.discard(each)


def _drop(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
