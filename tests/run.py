"""Every check and every test, part by part: `script/test [lint|unit|contract|chaos|e2e] …` (all of them without a name).

Stops at the first red part and says which parts were not run. The last line counts everything: `N passed, N failed`.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from threading import Thread

from core import embedded

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
IS_CI = bool(os.environ.get("CI"))
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Result:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    not_run: str = ""  # why


@dataclass
class Report:
    lines: list[tuple[str, float, Result]] = field(default_factory=list)

    @property
    def is_red(self) -> bool:
        return any(result.failed for _name, _seconds, result in self.lines)

    def print(self, missing: list[str]) -> None:
        print()
        for name, seconds, result in self.lines:
            said = result.not_run or f"{result.passed} passed, {result.failed} failed, {result.skipped} skipped"
            print(f"{name:<10}{seconds:7.1f} s   {said}")
        for name in missing:
            print(f"{name:<10}      –     not run: an earlier part failed")
        total = [result for _name, _seconds, result in self.lines]
        print(f"{sum(r.passed for r in total)} passed, {sum(r.failed for r in total)} failed")


def run(*command: str) -> bool:
    print(f"$ {' '.join(command[:6])}{' …' if len(command) > 6 else ''}", flush=True)
    return subprocess.run(command, cwd=ROOT).returncode == 0


def tool(name: str, *arguments: str) -> bool:
    return run(str(BIN / name), *arguments)


def python(*arguments: str) -> bool:
    return run(sys.executable, *arguments)


def lint() -> Result:
    listed = subprocess.run(["git", "ls-files", "*.html"], cwd=ROOT, capture_output=True, text=True).stdout.split()
    templates = [name for name in listed if not name.startswith("sandbox/")]  # the sandbox's are no Django templates
    checks: list[Callable[[], bool]] = [
        lambda: tool("ruff", "check", "."),
        lambda: tool("ruff", "format", "--check", "."),
        lambda: tool("djade", "--check", "--target-version", "5.2", *templates),
        lambda: tool("mypy"),
        lambda: tool("lint-imports"),
        lambda: python("manage.py", "makemigrations", "--check", "--dry-run"),
        lambda: python("manage.py", "check", "--fail-level", "WARNING"),
        lambda: python("-m", "pip", "check"),
        channels_is_ours,
    ]
    outcomes = [check() for check in checks]
    return Result(passed=outcomes.count(True), failed=outcomes.count(False))


def channels_is_ours() -> bool:
    """Our own package `channels` hides the one of Django Channels: what needs that one must never slip in (decision 0001)."""
    installed = {(found.metadata["Name"] or "").lower() for found in metadata.distributions()}
    print("$ is the package of Django Channels absent?", flush=True)
    return "channels" not in installed


def pytest(*arguments: str) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        green = python("-m", "pytest", "-q", *arguments, f"--junit-xml={report}")
        counted = Result()
        if report.exists():
            for suite in ET.parse(report).getroot().iter("testsuite"):
                total, bad, skipped = (int(suite.get(key, "0")) for key in ("tests", "failures", "skipped"))
                bad += int(suite.get("errors", "0"))
                counted = Result(total - bad - skipped, bad, skipped)
        if not green and not counted.failed:
            counted.failed = 1  # nothing collected, or it broke before the first test
        return counted


@cache
def begin_template() -> None:
    """Migrations run once, while the workers still read the tests; each of them copies the outcome (tests/conftest.py)."""
    told = Path(os.environ["DATA_DIR"]) / "template"
    os.environ["TEMPLATE_TOLD"] = str(told)

    def make() -> None:
        made = python("manage.py", "migrate", "--verbosity", "0")
        told.with_suffix(".half").write_text("balie" if made else "")
        told.with_suffix(".half").rename(told)

    Thread(target=make, daemon=True).start()


def in_workers(*arguments: str) -> Result:
    """One worker more than the cores that we count on: some tests wait."""
    begin_template()
    return pytest(*arguments, "-n", "3", "--dist", "worksteal")


def unit() -> Result:
    apart = [f"--ignore=tests/{name}" for name in ("contract", "chaos", "e2e", "bench")]
    return in_workers("tests", *apart)


def contract() -> Result:
    return in_workers("tests/contract")


def chaos() -> Result:
    return pytest("tests/chaos", "-p", "no:randomly")


def e2e() -> Result:
    browser = find_browser() or install_browser()
    if browser is None:
        reason = "NOT RUN: no Chromium on this machine, and it could not be installed (set CHROMIUM to its path)"
        return Result(failed=1 if IS_CI else 0, not_run=reason)
    if browser:
        os.environ["CHROMIUM"] = browser
    return pytest("tests/e2e", "-p", "no:randomly")


def find_browser() -> str | None:
    """The path of a Chromium; empty for Playwright's own, None when there is none."""
    if named := os.environ.get("CHROMIUM"):
        return named
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return "" if Path(playwright.chromium.executable_path).exists() else None


def install_browser() -> str | None:
    if os.geteuid() == 0 and shutil.which("apt-get"):
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    elif IS_CI or sys.stdout.isatty():
        python("-m", "playwright", "install", "chromium")
    return find_browser()


PARTS: dict[str, Callable[[], Result]] = {
    "lint": lint,
    "unit": unit,
    "contract": contract,
    "chaos": chaos,
    "e2e": e2e,
}


def main(names: list[str]) -> int:
    if unknown := [name for name in names if name not in PARTS]:
        print(f"script/test: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    names = names or list(PARTS)
    report = Report()
    with (
        tempfile.TemporaryDirectory(prefix="balie-test-") as folder,
        embedded.servers(Path(folder), durable=False) as servers,
    ):
        # One pair of servers for all parts; the stacks of chaos and browser tests start their own.
        os.environ |= {"DATABASE_URL": servers.database_url, "REDIS_URL": servers.redis_url, "DATA_DIR": folder}
        for name in names:
            print(f"\n== {name} ==", flush=True)
            began = time.monotonic()
            result = PARTS[name]()
            report.lines.append((name, time.monotonic() - began, result))
            if report.is_red:
                break
    report.print(names[len(report.lines) :])
    return 1 if report.is_red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
