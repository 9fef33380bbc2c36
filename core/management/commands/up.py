"""The whole product in one process tree: servers, web, workers, clock and simulated platforms."""

import fcntl
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE
from types import FrameType
from typing import Any, NoReturn

import psycopg
import redis
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from core.embedded import EmbeddedError, Postgres, Redis, is_free, kept_secret
from core.processes import Part, Supervisor, command
from core.staticfiles import find_missing

ROOT = str(settings.BASE_DIR)
PYTHON = sys.executable
SERVERS, SANDBOX, WORKERS, WEB = range(4)  # stages: the last stops first
# Warnings (their first words) that every start would say again and nobody can act on: here the pages' own files are served
# from where they stand, and who is root on a machine of their own knows it.
UNHELPFUL = ("No directory at", "StreamingHttpResponse must consume", "You're running the worker with superuser")


class Stopped(Exception):
    """Somebody asked to stop while we were still starting."""


class Command(BaseCommand):
    help = "Run everything; Ctrl-C stops it in order."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--host", default="127.0.0.1", help="address to bind (default: this machine only)")
        parser.add_argument("--sandbox-port", type=int, default=8001)
        parser.add_argument("--data", default=str(settings.DATA_DIR), help="folder for all data (default: var)")
        parser.add_argument(
            "--no-sandbox", action="store_true", help="real platforms: no simulated ones, no demo channels"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        data = Path(options["data"]).resolve()
        supervisor = Supervisor(sys.stdout, longest_wait=float(os.environ.get("RESTART_SECONDS", "20")))
        try:
            with _locked(data):
                running = data / "up.running"
                _check_ports(options, seconds=10 if running.exists() else 0)
                if missing := find_missing():
                    raise EmbeddedError(f"The front-end package file {missing} is missing: run script/setup.")
                running.touch()
                try:
                    self._stop_on_signals(supervisor)
                    self._run(supervisor, data, options)
                finally:
                    supervisor.stop()
                    running.unlink(missing_ok=True)
        except Stopped:
            return
        except ModuleNotFoundError as error:
            self._fail(f"The package {error.name} is missing: run script/setup.")
        except OSError as error:
            self._fail(f"The data folder {data} can not be used: {error.strerror} ({error.filename}).")
        except EmbeddedError as error:
            self._fail(str(error))

    def _fail(self, sentence: str) -> NoReturn:
        sys.stderr.write(f"Balie did not start. {sentence}\n")
        raise SystemExit(1)

    def _stop_on_signals(self, supervisor: Supervisor) -> None:
        def stop(_signal: int, _frame: FrameType | None) -> None:
            again = supervisor.stopping.is_set()
            if again:
                supervisor.hurry.set()
            supervisor.stopping.set()
            line = "stopping at once" if again else "stopping … (again: at once)"
            # Not from here: a signal may arrive while the log is held.
            threading.Thread(target=supervisor.say, args=("up", line)).start()

        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, stop)

    def _run(self, supervisor: Supervisor, data: Path, options: dict[str, Any]) -> None:
        env = _environment(data, options)
        self._servers(supervisor, data, env)
        self._once(supervisor, env, "migrate", "--verbosity", "0")
        for part in _parts(data, options, env):
            supervisor.launch(part)
        self._first_run(supervisor, data, env, options)
        self._greet(supervisor, options)
        supervisor.watch()

    def _servers(self, supervisor: Supervisor, data: Path, env: dict[str, str]) -> None:
        """The embedded ones, unless the environment names others. Completes `env`."""
        if _is_given("DATABASE_URL"):
            _check_database(env)
        else:
            postgres = Postgres(data)
            part = Part(
                "postgres", lambda: postgres.start(PIPE), postgres.wait, postgres.prepare, signal.SIGINT, SERVERS
            )
            supervisor.launch(part)
            env["DATABASE_URL"] = postgres.url
        if _is_given("REDIS_URL"):
            _check_redis(env)
        else:
            queue = Redis(data)
            part = Part("redis", lambda: queue.start(PIPE), queue.wait, queue.prepare, signal.SIGTERM, SERVERS)
            try:
                supervisor.launch(part)
            except EmbeddedError as error:
                # It set aside what it could not read: the second try begins empty.
                supervisor.say("redis", str(error))
                supervisor.launch(part)
            env["REDIS_URL"] = queue.url

    def _once(self, supervisor: Supervisor, env: dict[str, str], *arguments: str) -> None:
        """Run a management command to its end. Raises EmbeddedError with its last line, Stopped when we are asked to stop."""
        running = subprocess.Popen(
            [PYTHON, "manage.py", *arguments], env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        while True:
            try:
                output, _none = running.communicate(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                if supervisor.stopping.is_set():
                    running.terminate()
                    running.wait(10)
                    raise Stopped from None
        if running.returncode:
            last = (output.strip() or f"code {running.returncode}").splitlines()[-1]
            raise EmbeddedError(f"`manage.py {arguments[0]}` failed: {last}")

    def _first_run(self, supervisor: Supervisor, data: Path, env: dict[str, str], options: dict[str, Any]) -> None:
        """People and channels, when there is nobody yet; a first run that was cut short is done again (it may be)."""
        begun = data / "demo.begun"
        with psycopg.connect(_address(env, "DATABASE_URL")) as connection:
            if not begun.exists() and connection.execute("SELECT 1 FROM accounts_user LIMIT 1").fetchone():
                return
        begun.touch()
        supervisor.say("up", "making people, teams and channels for a first look …")
        self._once(supervisor, env, "demo", "--people-only" if options["no_sandbox"] else "--no-poll")
        if not options["no_sandbox"] and env.get("DEMO_CALENDAR", "1") != "0":
            self._once(supervisor, env, "demo_calendar")
        begun.unlink()

    def _greet(self, supervisor: Supervisor, options: dict[str, Any]) -> None:
        address = f"http://{options['host']}:{options['port']}"
        web = supervisor.parts[-1]
        while not _is_answering(f"{address}/health/live"):
            if supervisor.stopping.is_set():
                raise Stopped
            if not web.is_running:
                raise EmbeddedError("The web server stopped at once: see its own lines above.")
            time.sleep(0.1)
        lines = ["", f"  Balie:    {address}"]
        if not options["no_sandbox"]:
            lines.append(f"  Sandbox:  http://127.0.0.1:{options['sandbox_port']}  (speak as a resident)")
        lines += [
            "  Sign in:  agent, editor, approver, manager or administrator; password balie-demo",
            "  Stop:     Ctrl-C",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


@contextmanager
def _locked(data: Path) -> Iterator[None]:
    """One launcher per data folder; the lock ends with the process, however it ends."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise EmbeddedError(f"It is already running on the data folder {data}.") from None
        yield


def _check_ports(options: dict[str, Any], *, seconds: float) -> None:
    """Waits up to `seconds`: after a kill -9 our own parts need a moment to follow. Raises EmbeddedError."""
    ports = {"--port": (options["host"], options["port"])}
    if not options["no_sandbox"]:
        ports["--sandbox-port"] = ("127.0.0.1", options["sandbox_port"])
        if options["port"] == options["sandbox_port"]:
            raise EmbeddedError("--port and --sandbox-port must differ.")
    deadline = time.monotonic() + seconds
    for option, (host, port) in ports.items():
        if not 1 <= port <= 65535:
            raise EmbeddedError(f"{option} {port} is no port: choose one between 1024 and 65535.")
        while not is_free(port, host):
            if time.monotonic() >= deadline:
                raise EmbeddedError(f"Port {port} is taken: stop what uses it, or choose another with {option}.")
            time.sleep(0.25)


def _environment(data: Path, options: dict[str, Any]) -> dict[str, str]:
    env = {
        "BALIE_BASE_URL": f"http://127.0.0.1:{options['port']}",
        "LOG_FORMAT": "console",
        "PYTHONWARNINGS": ",".join(f"ignore:{words}" for words in UNHELPFUL),
        **os.environ,
        "DATA_DIR": str(data),
        "PYTHONUNBUFFERED": "1",
    }
    if not _is_given("SECRET_KEY"):
        env["SECRET_KEY"] = kept_secret(data / "secret.key", lambda: secrets.token_urlsafe(60))
    if not _is_given("CREDENTIALS_KEY"):
        env["CREDENTIALS_KEY"] = kept_secret(data / "credentials.key", lambda: Fernet.generate_key().decode())
    if not options["no_sandbox"]:
        sandbox = f"http://127.0.0.1:{options['sandbox_port']}"
        env |= {
            "SANDBOX_URL": sandbox,
            "SANDBOX_STATE": str(data / "sandbox.sqlite3"),
            "TWITTER_API_URL": f"{sandbox}/x",
            "FACEBOOK_GRAPH_URL": f"{sandbox}/graph",
            "LINKEDIN_API_URL": f"{sandbox}/linkedin",
            "MEDIA_PRIVATE_HOSTS": f"127.0.0.1:{options['sandbox_port']}",
            "POLL_SECONDS": os.environ.get("POLL_SECONDS", "15"),
            "OWN_POSTS_SECONDS": os.environ.get("OWN_POSTS_SECONDS", "30"),
            "PRACTICE_MODE": os.environ.get("PRACTICE_MODE", "1"),
        }
    return env


def _parts(data: Path, options: dict[str, Any], env: dict[str, str]) -> list[Part]:
    """Everything but the servers; the web server last, because what it shows leans on all others."""
    celery = [PYTHON, "-m", "celery", "--quiet", "-A", "config"]
    lines: list[tuple[str, int, list[str]]] = [
        ("worker", WORKERS, [*celery, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--pool", "prefork",
                             "--without-gossip", "--without-mingle"]),
        ("beat", WORKERS, [*celery, "beat", "--loglevel", "WARNING", "-s", str(data / "beat"), "--pidfile="]),
        ("jobs", WORKERS, [PYTHON, "manage.py", "rqworker", "default", "--verbosity", "0"]),
        ("web", WEB, [PYTHON, "-m", "uvicorn", "config.asgi:application", "--host", options["host"], "--port",
                      str(options["port"]), "--timeout-graceful-shutdown", "5", "--no-access-log", "--log-level", "warning",
                      "--no-server-header"]),
    ]  # fmt: skip
    if not options["no_sandbox"]:
        serve = [PYTHON, "-m", "sandbox", "serve", "--port", str(options["sandbox_port"])]
        lines.insert(0, ("sandbox", SANDBOX, serve))
    return [Part(name, command(line, env, ROOT), stage=stage) for name, stage, line in lines]


def _is_given(name: str) -> bool:
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def _address(env: dict[str, str], name: str) -> str:
    return env.get(name) or Path(env[f"{name}_FILE"]).read_text().strip()


def _check_database(env: dict[str, str]) -> None:
    try:
        psycopg.connect(_address(env, "DATABASE_URL"), connect_timeout=5).close()
    except psycopg.Error as error:
        raise EmbeddedError(f"The database of DATABASE_URL does not answer: {' '.join(str(error).split())}") from None


def _check_redis(env: dict[str, str]) -> None:
    try:
        with redis.Redis.from_url(_address(env, "REDIS_URL"), socket_connect_timeout=5, socket_timeout=5) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise EmbeddedError(f"The Redis of REDIS_URL does not answer: {error}") from None


def _is_answering(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310  our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
