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
from dataclasses import dataclass
from typing import IO

COLOURS = (36, 33, 35, 32, 34, 31, 96, 93)
STOP_SECONDS = 35.0  # a call under way may take 20 s; then what is left is killed
LAST_WORDS_SECONDS = 2.0  # what a part said at its end is read; a child of it may hold the pipe for ever


@dataclass(eq=False)
class Part:
    """One process. `before` repairs what a kill left, `start` makes the process, `ready` waits until it answers.

    `stop_signal` ends it in an orderly way. Parts of a higher `stage` lean on those of a lower one: they stop first.
    """

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    ready: Callable[["subprocess.Popen[bytes]"], None] | None = None
    before: Callable[[], None] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stage: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    reader: threading.Thread | None = None
    failures: int = 0
    started_at: float = 0.0
    restart_at: float = 0.0

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None


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
    """Starts and watches in one thread only: the kernel's tie between launcher and parts is one of threads."""

    def __init__(self, out: IO[str] = sys.stdout, *, longest_wait: float = 20.0) -> None:
        self.out = out
        self.longest_wait = longest_wait  # before what keeps dying is started again
        self.parts: list[Part] = []
        self.stopping = threading.Event()
        self.hurry = threading.Event()  # somebody asked a second time: no patience any more
        self._lock = threading.Lock()
        self._colours = out.isatty() and "NO_COLOR" not in os.environ

    def say(self, name: str, line: str) -> None:
        prefix = f"{name:<9}| "
        if self._colours:
            place = next((n for n, part in enumerate(self.parts) if part.name == name), 7)
            prefix = f"\x1b[{COLOURS[place % len(COLOURS)]}m{prefix}\x1b[0m"
        with self._lock:
            try:
                self.out.write(f"{prefix}{line}\n")
                self.out.flush()
            except (OSError, ValueError):
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
            part.reader = threading.Thread(target=self._copy, args=(part.name, part.process.stdout), daemon=True)
            part.reader.start()
        if part.ready:
            part.ready(part.process)

    def _copy(self, name: str, stream: IO[bytes]) -> None:
        with stream:
            for line in iter(stream.readline, b""):
                self.say(name, line.decode(errors="replace").rstrip())

    def watch(self) -> None:
        """Until told to stop: whatever dies is started again, the later the more often it dies."""
        while not self.stopping.wait(0.2):
            for part in self.parts:
                if not part.is_running and not self.stopping.is_set():
                    self._revive(part)

    def _revive(self, part: Part) -> None:
        now = time.monotonic()
        if not part.restart_at:
            part.failures = 0 if now - part.started_at > 60 else part.failures + 1
            wait = min(0.2 * 2 ** min(part.failures, 7), self.longest_wait) * random.uniform(0.9, 1.1)
            part.restart_at = now + wait
            code = part.process.returncode if part.process else None
            self.say(part.name, f"stopped (code {code}); starts again in {wait:.1f} s")
        elif now >= part.restart_at:
            part.restart_at = 0.0
            part.started_at = now
            try:
                self.launch(part)
            except Exception as error:
                self.say(part.name, f"did not start: {error}")

    def stop(self) -> None:
        """Stage by stage, the servers last; within a stage all at once."""
        self.stopping.set()
        for stage in sorted({part.stage for part in self.parts}, reverse=True):
            running = [part for part in self.parts if part.stage == stage and part.is_running]
            for part in running:
                assert part.process is not None
                part.process.send_signal(part.stop_signal)
            deadline = time.monotonic() + STOP_SECONDS
            while any(part.is_running for part in running) and time.monotonic() < deadline and not self.hurry.is_set():
                time.sleep(0.02)
            for part in running:
                self._kill(part)
            for part in running:
                if part.reader is not None:
                    part.reader.join(LAST_WORDS_SECONDS)

    def _kill(self, part: Part) -> None:
        """What is left of it, its children too (each part leads a process group of its own)."""
        assert part.process is not None
        if part.is_running:
            self.say(part.name, "did not stop in time and is killed")
        try:
            os.killpg(part.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            return
        part.process.wait(10)
