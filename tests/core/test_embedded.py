"""PostgreSQL and Redis from wheels: they start, keep what they were given, and are whole again after the worst."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
import redis

from core import embedded
from core.embedded import EmbeddedError, Postgres, Redis, servers
from core.orphans import find_orphans

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder; whatever a test leaves running in it is ended."""
    yield tmp_path / "var"
    for name, program in (("postgres", "postgres"), ("redis", "redis-server")):
        for pid in find_orphans(tmp_path / "var" / name, program):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def remember(database_url: str, word: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS said (word text)")
        connection.execute("INSERT INTO said VALUES (%s)", [word])


def remembered(database_url: str) -> list[str]:
    with psycopg.connect(database_url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM said ORDER BY word")]


def start_elsewhere(folder: Path) -> "subprocess.Popen[str]":
    """Both servers in another process, that can be killed."""
    code = (
        "import sys, time; from pathlib import Path; from core.embedded import servers\n"
        "with servers(Path(sys.argv[1])) as s: print(s.database_url, s.redis_url, flush=True); time.sleep(600)"
    )
    return subprocess.Popen([sys.executable, "-c", code, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def command_lines() -> Iterator[bytes]:
    """What everybody on the machine can read of every process."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            yield entry.read_bytes()


def test_what_was_written_is_there_after_an_orderly_stop(folder: Path) -> None:
    with servers(folder) as first:
        remember(first.database_url, "straatverlichting")
        redis.Redis.from_url(first.redis_url).rpush("queue", "taak")
    with servers(folder) as second:
        assert second == first, "other programs keep their addresses"
        assert remembered(second.database_url) == ["straatverlichting"]
        assert redis.Redis.from_url(second.redis_url).llen("queue") == 1


def test_servers_that_outlive_a_killed_launcher_are_stopped_and_nothing_is_lost(folder: Path) -> None:
    launcher = start_elsewhere(folder)
    assert launcher.stdout is not None
    database_url, redis_url = launcher.stdout.readline().split()
    remember(database_url, "afval")
    redis.Redis.from_url(redis_url).rpush("queue", "taak")
    launcher.kill()
    launcher.wait()

    with servers(folder) as again:
        assert remembered(again.database_url) == ["afval"]
        assert redis.Redis.from_url(again.redis_url).llen("queue") == 1


@pytest.mark.parametrize("only_the_first", [True, False], ids=["the postmaster alone", "every process"])
def test_servers_killed_at_once_are_repaired_at_the_next_start(folder: Path, only_the_first: bool) -> None:
    launcher = start_elsewhere(folder)
    assert launcher.stdout is not None
    database_url, redis_url = launcher.stdout.readline().split()
    remember(database_url, "parkeren")
    redis.Redis.from_url(redis_url).rpush("queue", "taak")
    pids = sorted(find_orphans(folder / "postgres", "postgres"))
    for pid in [*(pids[:1] if only_the_first else pids), *find_orphans(folder / "redis", "redis-server")]:
        with suppress(ProcessLookupError):  # a process of PostgreSQL's that had done its work
            os.kill(pid, signal.SIGKILL)
    launcher.kill()
    launcher.wait()
    assert (folder / "postgres" / "postmaster.pid").exists()

    began = time.monotonic()
    with servers(folder) as again:
        assert time.monotonic() - began < 60
        assert remembered(again.database_url) == ["parkeren"]
        assert redis.Redis.from_url(again.redis_url).llen("queue") == 1


def test_a_stale_pid_file_with_the_number_of_something_else_stops_nobody(folder: Path) -> None:
    with servers(folder):
        pass
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        (folder / "postgres" / "postmaster.pid").write_text(f"{bystander.pid}\n{folder / 'postgres'}\n")
        with servers(folder) as again:
            assert psycopg.connect(again.database_url).execute("SELECT 1").fetchone() == (1,)
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_first_start_that_was_killed_half_way_begins_anew(folder: Path) -> None:
    (folder / "postgres.making" / "base").mkdir(parents=True)
    (folder / "postgres.making" / "PG_VERSION").write_text("18\n")
    (folder / "postgres.key.making").write_text("hal")
    with servers(folder) as running:
        assert psycopg.connect(running.database_url).execute("SELECT 1").fetchone() == (1,)
    assert not (folder / "postgres.making").exists()


def test_a_folder_that_is_no_cluster_is_refused_in_one_sentence(folder: Path) -> None:
    (folder / "postgres").mkdir(parents=True)
    (folder / "postgres" / "holiday.jpg").write_bytes(b"x")
    with pytest.raises(EmbeddedError, match=r"is broken \(no PG_VERSION\): restore it, or remove it"):
        Postgres(folder).prepare()
    assert (folder / "postgres" / "holiday.jpg").exists()


def test_a_damaged_cluster_is_refused_in_one_sentence(folder: Path) -> None:
    with servers(folder):
        pass
    (folder / "postgres" / "global" / "pg_control").write_bytes(b"\0" * 100)
    with pytest.raises(EmbeddedError, match=r"^PostgreSQL stopped at once .* may be broken"), servers(folder):
        pass


def test_an_unreadable_queue_is_set_aside_and_the_next_try_begins_empty(folder: Path) -> None:
    with servers(folder) as running:
        redis.Redis.from_url(running.redis_url).set("here", "1")
    (folder / "redis" / "appendonly.aof").write_bytes(b"this is no queue" * 100)

    queue = Redis(folder)
    queue.prepare()
    with pytest.raises(EmbeddedError, match="its queue file was unreadable and is now"):
        queue.wait(queue.start())

    with servers(folder) as again:
        assert redis.Redis.from_url(again.redis_url).ping()
    assert list((folder / "redis").glob("appendonly.aof.broken-*"))


def test_a_port_that_somebody_else_took_meanwhile_is_given_up(folder: Path) -> None:
    with servers(folder) as first:
        pass
    taken = Postgres(folder).port
    with embedded.socket.socket() as other:
        other.setsockopt(embedded.socket.SOL_SOCKET, embedded.socket.SO_REUSEADDR, 1)  # closed connections may linger
        other.bind(("127.0.0.1", taken))
        other.listen()
        with servers(folder) as second:
            assert second.database_url != first.database_url
            assert psycopg.connect(second.database_url).execute("SELECT 1").fetchone() == (1,)


def test_nobody_else_on_the_machine_gets_in(folder: Path) -> None:
    with servers(folder) as running:
        database, queue = Postgres(folder), Redis(folder)
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(f"postgres://balie@127.0.0.1:{database.port}/balie")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=queue.port).ping()
        for key in ("postgres.key", "redis.key"):
            assert stat.S_IMODE((folder / key).stat().st_mode) == 0o600
        for secret in (database.password, queue.password):
            assert secret in running.database_url + running.redis_url
            assert not any(secret.encode() in line for line in command_lines())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can put servers below a folder that others may not enter")
def test_as_root_a_closed_home_is_no_obstacle(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with servers(home / "var") as running:
        owner = psycopg.connect(running.database_url).execute("SELECT current_user").fetchone()
        assert owner == ("balie",)
        owners = []
        for pid in find_orphans(home / "var" / "postgres", "postgres"):
            with suppress(FileNotFoundError):  # a process of PostgreSQL's that had done its work
                owners.append(Path(f"/proc/{pid}").stat().st_uid)
        assert owners
        assert 0 not in owners
