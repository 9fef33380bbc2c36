"""Server processes that outlived their launcher, told by the folder they work in (Linux: /proc)."""

import os
import signal
import time
from pathlib import Path

PATIENCE = 10.0  # seconds for an orderly end; a checkpoint may take some


def find_orphans(folder: Path, program: str) -> list[int]:
    """Process ids of every `program` that has `folder` as its working folder; both of our servers go and stand in their data.

    A pid file would not do: its number may belong to something else by now, and the children of a killed server live on
    without one.
    """
    wanted = str(folder.resolve())
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            if os.readlink(entry / "cwd") == wanted and Path(os.readlink(entry / "exe")).name == program:
                found.append(int(entry.name))
        except OSError:
            continue  # gone, or somebody else's
    return found


def stop_orphans(folder: Path, program: str) -> int:
    """Stop them in an orderly way, those that do not listen by force. Returns how many there were."""
    orphans = find_orphans(folder, program)
    for sig in (signal.SIGINT, signal.SIGKILL):  # SIGINT is PostgreSQL's fast shutdown; Redis saves and ends
        for pid in find_orphans(folder, program):
            try:
                os.kill(pid, sig)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if not find_orphans(folder, program):
                return len(orphans)
            time.sleep(0.05)
    return len(orphans)
