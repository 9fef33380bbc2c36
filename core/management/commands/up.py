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
from pathlib import Path
from types import FrameType
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.embedded import EmbeddedError, Postgres, Redis, answers
from core.processes import Part, Supervisor, command

ROOT = str(settings.BASE_DIR)


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
        try:
            data.mkdir(parents=True, exist_ok=True)
            lock = (data / "up.lock").open("w")
        except OSError as error:
            raise CommandError(f"The data folder {data} can not be used: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(f"Balie is already running on {data}.") from None
        ports = [options["port"]] + ([] if options["no_sandbox"] else [options["sandbox_port"]])
        running = data / "up.running"
        for port in ports:
            # After a kill -9 our own parts need a moment to follow.
            for _wait in range(40 if running.exists() else 0):
                if not answers(port):
                    break
                time.sleep(0.25)
            if answers(port):
                raise CommandError(
                    f"Port {port} is taken: stop what uses it, or choose another with --port or --sandbox-port."
                )
        running.touch()
        supervisor = Supervisor()
        self._stop_on_signals(supervisor)
        try:
            self._run(supervisor, data, options)
        except (EmbeddedError, ModuleNotFoundError) as error:
            raise CommandError(str(error)) from error
        finally:
            supervisor.stop()
            running.unlink(missing_ok=True)

    def _stop_on_signals(self, supervisor: Supervisor) -> None:
        def stop(_signal: int, _frame: FrameType | None) -> None:
            if supervisor.stopping.is_set():
                return
            supervisor.stopping.set()
            threading.Thread(target=supervisor.say, args=("up", "stopping …")).start()

        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, stop)

    def _run(self, supervisor: Supervisor, data: Path, options: dict[str, Any]) -> None:
        env = self._environment(data, options)
        if "DATABASE_URL" not in env:
            postgres = Postgres(data)
            supervisor.launch(Part("postgres", postgres.start, postgres.wait, postgres.prepare, signal.SIGINT))
            env["DATABASE_URL"] = postgres.url
        if "REDIS_URL" not in env:
            redis = Redis(data)
            supervisor.launch(Part("redis", redis.start, redis.wait, redis.prepare))
            env["REDIS_URL"] = redis.url
        python = sys.executable
        self._once(env, [python, "manage.py", "migrate", "--verbosity", "0"])
        if not options["no_sandbox"]:
            sandbox = [python, "-m", "sandbox", "serve", "--port", str(options["sandbox_port"])]
            supervisor.launch(Part("sandbox", command(sandbox, env, ROOT)))
        web = [
            python, "-m", "uvicorn", "config.asgi:application", "--host", options["host"], "--port", str(options["port"]),
            "--timeout-graceful-shutdown", "5", "--no-access-log", "--log-level", "warning", "--no-server-header",
        ]  # fmt: skip
        supervisor.launch(Part("web", command(web, env, ROOT)))
        worker = [
            python,
            "-m",
            "celery",
            "-A",
            "config",
            "worker",
            "--loglevel",
            "WARNING",
            "--concurrency",
            "2",
            "--pool",
            "prefork",
        ]
        supervisor.launch(Part("worker", command([*worker, "--without-gossip", "--without-mingle"], env, ROOT)))
        beat = [
            python,
            "-m",
            "celery",
            "-A",
            "config",
            "beat",
            "--loglevel",
            "WARNING",
            "-s",
            str(data / "beat"),
            "--pidfile=",
        ]
        supervisor.launch(Part("beat", command(beat, env, ROOT)))
        supervisor.launch(
            Part("jobs", command([python, "manage.py", "rqworker", "default", "--verbosity", "0"], env, ROOT))
        )
        if supervisor.stopping.is_set():
            return
        self._first_run(supervisor, env, options)
        self._greet(options)
        supervisor.watch()

    def _first_run(self, supervisor: Supervisor, env: dict[str, str], options: dict[str, Any]) -> None:
        """People and channels, once: the command itself finds out what is there."""
        marker = Path(env["DATA_DIR"]) / "demo.done"
        if marker.exists():
            return
        arguments = ["--people-only"] if options["no_sandbox"] else ["--no-poll"]
        self._once(env, [sys.executable, "manage.py", "demo", *arguments])
        marker.touch()

    def _environment(self, data: Path, options: dict[str, Any]) -> dict[str, str]:
        sandbox = f"http://127.0.0.1:{options['sandbox_port']}"
        env = {
            **os.environ,
            "DATA_DIR": str(data),
            "SECRET_KEY": os.environ.get("SECRET_KEY") or _kept(data / "secret.key", lambda: secrets.token_urlsafe(60)),
            "CREDENTIALS_KEY": os.environ.get("CREDENTIALS_KEY")
            or _kept(data / "credentials.key", lambda: Fernet.generate_key().decode()),
            "BALIE_BASE_URL": os.environ.get("BALIE_BASE_URL", f"http://127.0.0.1:{options['port']}"),
            "LOG_FORMAT": os.environ.get("LOG_FORMAT", "console"),
            "PYTHONUNBUFFERED": "1",
        }
        if not options["no_sandbox"]:
            env |= {
                "SANDBOX_URL": sandbox,
                "SANDBOX_STATE": str(data / "sandbox.sqlite3"),
                "TWITTER_API_URL": f"{sandbox}/x",
                "FACEBOOK_GRAPH_URL": f"{sandbox}/graph",
                "LINKEDIN_API_URL": f"{sandbox}/linkedin",
                "MEDIA_PRIVATE_HOSTS": f"127.0.0.1:{options['sandbox_port']}",
                "POLL_SECONDS": os.environ.get("POLL_SECONDS", "15"),
                "PRACTICE_MODE": os.environ.get("PRACTICE_MODE", "1"),
            }
        return env

    def _once(self, env: dict[str, str], arguments: list[str]) -> None:
        done = subprocess.run(arguments, env=env, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or "unknown error").splitlines()[-1]
            raise EmbeddedError(f"{' '.join(arguments[1:3])} failed: {last}")

    def _greet(self, options: dict[str, Any]) -> None:
        address = f"http://{options['host']}:{options['port']}"
        _wait_for(f"{address}/health/live")
        self.stdout.write(f"\n  Balie:    {address}")
        if not options["no_sandbox"]:
            self.stdout.write(f"  Sandbox:  http://127.0.0.1:{options['sandbox_port']}  (speak as a resident)")
        self.stdout.write("  Sign in:  agent, editor, approver, manager or administrator; password balie-demo")
        self.stdout.write("  Stop:     Ctrl-C\n")
        self.stdout.flush()


def _kept(file: Path, make: Any) -> str:
    """A secret that is made once and kept for its owner only."""
    try:
        return file.read_text().strip()
    except FileNotFoundError:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        value: str = make()
        with os.fdopen(handle, "w") as out:
            out.write(value)
        return value


def _wait_for(url: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310  our own address
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
