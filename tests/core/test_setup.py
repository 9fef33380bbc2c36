"""`script/setup` on machines that lack something: one clear sentence, and nothing half-made is taken for whole."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDINARY = ("sh", "dirname", "cksum", "cat", "rm", "mkdir")


class Machine:
    """A folder with the scripts and locks, and a PATH on which only what a test puts there can be found."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "balie"
        self.bin = folder / "bin"
        (self.home / "script").mkdir(parents=True)
        self.bin.mkdir()
        for name in ("script/setup", "requirements.txt", "requirements-dev.txt", "package.json", "package-lock.json"):
            shutil.copy2(ROOT / name, self.home / name)
        for name in ORDINARY:
            (self.bin / name).symlink_to(shutil.which(name) or name)

    def has(self, name: str, script: str) -> None:
        file = self.bin / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)

    def setup(self, **env: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.home / "script" / "setup")], env={"PATH": str(self.bin), "HOME": str(self.home), **env},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_python_it_names_the_package(machine: Machine) -> None:
    done = machine.setup()
    assert (done.returncode, done.stderr) == (
        1, "script/setup: python3 is missing: install Debian's package python3.\n"
    )  # fmt: skip


def test_an_old_python_is_refused(machine: Machine) -> None:
    machine.has("python3", f'exec {sys.executable} -c "import sys; sys.version_info = (3, 9); exec(sys.argv[1])" "$2"')
    done = machine.setup()
    assert (done.returncode, done.stderr) == (1, "script/setup: Python 3.11 or newer is needed.\n")


def test_without_venv_it_names_the_package_and_leaves_no_half_environment(machine: Machine) -> None:
    machine.has("python3", f'[ "$1" = -m ] && {{ mkdir -p .venv/bin; exit 1; }}; exec {sys.executable} "$@"')
    done = machine.setup()
    assert done.returncode == 1
    assert done.stderr == "script/setup: python3 can not make a .venv: install Debian's package python3-venv.\n"
    assert not (machine.home / ".venv").exists()


def test_without_network_it_says_so_and_tries_again_the_next_time(machine: Machine) -> None:
    machine.has("python3", f'exec {sys.executable} "$@"')
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull}
    for _attempt in range(2):
        done = machine.setup(**offline)
        assert done.returncode == 1
        assert "Installing requirements.txt" in done.stdout
        assert done.stderr.endswith(
            "requirements.txt could not be installed: see the lines above (is the network there?).\n"
        )
        assert not (machine.home / ".state" / "runtime").exists()
