"""A small supervisor: starts the parts of the product, shows one coloured log, restarts what dies, stops all in order."""

import ctypes
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

COLOURS = (36, 33, 35, 32, 34, 31, 96, 93)
STOP_SECONDS = 35.0  # a call under way may take 20 s; then what is left is killed


@dataclass
class Part:
    """One process. `start` makes it; `ready` (if any) waits for it; `stop_signal` ends it in an orderly way."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    ready: Callable[["subprocess.Popen[bytes]"], None] | None = None
    before: Callable[[], None] | None = None  # repairs what a kill left
    stop_signal: signal.Signals = signal.SIGTERM
    process: "subprocess.Popen[bytes] | None" = None
    failures: int = 0
    started_at: float = 0.0
    restart_at: float = field(default=0.0)


def die_with_parent(sig: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """For `preexec_fn`: when the launcher is killed with -9, the kernel ends its parts too (Linux prctl PR_SET_PDEATHSIG)."""
    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(1, sig)

    return ask


def command(arguments: Sequence[str], env: Mapping[str, str], cwd: str) -> Callable[[], "subprocess.Popen[bytes]"]:
    """Start `arguments` with its output in our log."""

    def start() -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            list(arguments), env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone: we stop the parts in order
            preexec_fn=die_with_parent(),
        )  # fmt: skip

    return start


class Supervisor:
    def __init__(self, out: IO[str] = sys.stdout) -> None:
        self.out = out
        self.parts: list[Part] = []
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._colours = hasattr(out, "isatty") and out.isatty()

    def say(self, name: str, line: str) -> None:
        with self._lock:
            place = next((n for n, part in enumerate(self.parts) if part.name == name), 7)
            prefix = f"{name:<9}| "
            if self._colours:
                prefix = f"\x1b[{COLOURS[place % len(COLOURS)]}m{prefix}\x1b[0m"
            try:
                self.out.write(f"{prefix}{line}\n")
                self.out.flush()
            except OSError:
                return  # the terminal is gone; the product goes on

    def launch(self, part: Part) -> None:
        """Start `part` and wait until it is ready; from then on it is watched. Raises what its functions raise."""
        if part not in self.parts:
            self.parts.append(part)
        if part.before:
            part.before()
        part.process = part.start()
        part.started_at = time.monotonic()
        if part.process.stdout is not None:
            threading.Thread(target=self._copy, args=(part.name, part.process.stdout), daemon=True).start()
        if part.ready:
            part.ready(part.process)

    def _copy(self, name: str, stream: IO[bytes]) -> None:
        for line in iter(stream.readline, b""):
            self.say(name, line.decode(errors="replace").rstrip())

    def watch(self) -> None:
        """Until told to stop: whatever dies is started again, the later the more often it dies."""
        while not self.stopping.wait(0.2):
            for part in self.parts:
                if part.process is None or part.process.poll() is None:
                    continue
                now = time.monotonic()
                if not part.restart_at:
                    part.failures = 0 if now - part.started_at > 60 else part.failures + 1
                    wait = min(0.2 * 2 ** min(part.failures, 7), 20) * random.uniform(0.9, 1.1)
                    part.restart_at = now + wait
                    self.say(part.name, f"stopped (code {part.process.returncode}); starts again in {wait:.1f} s")
                elif now >= part.restart_at:
                    part.restart_at = 0.0
                    try:
                        self.launch(part)
                    except Exception as error:
                        self.say(part.name, f"did not start: {error}")

    def stop(self) -> None:
        """In the order in which they were started, but backwards: the servers last."""
        self.stopping.set()
        for part in reversed(self.parts):
            self._end(part)

    def _end(self, part: Part) -> None:
        if part.process is None or part.process.poll() is not None:
            return
        part.process.send_signal(part.stop_signal)
        try:
            part.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.say(part.name, "did not stop in time and is killed")
            try:
                os.killpg(part.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                part.process.kill()
