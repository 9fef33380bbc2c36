"""`script/bench`: everything side by side in one run; prints a table, writes JSON. `--small` for a look (100,000)."""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-measuring-" + "x" * 40)


def main() -> None:
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    parser.add_argument("--small", action="store_true", help="100,000 conversations in place of 1,000,000")
    parser.add_argument("--only", choices=["ingest", "pages", "live", "whatif", "calendar", "publish"], help="one part")
    parser.add_argument("--messages", type=int, default=20_000, help="messages per ingest measurement")
    options = parser.parse_args()
    if options.only == "publish":
        publish()
        return

    from cryptography.fernet import Fernet

    from core import embedded

    os.environ.setdefault("CREDENTIALS_KEY", Fernet.generate_key().decode())
    folder = Path(tempfile.mkdtemp(prefix="balie-bench-"))
    try:
        with embedded.servers(folder) as servers:
            os.environ["DATABASE_URL"], os.environ["REDIS_URL"] = servers.database_url, servers.redis_url
            os.environ["DATA_DIR"] = str(folder)
            os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
            run(options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish() -> None:
    """Apart from the rest: it starts the whole product, with servers of its own."""
    from tests.bench import publishing

    results = {}
    for name, spread in (("all at one moment", 0.0), ("within one minute", 60.0)):
        results[f"Publish, 500 posts {name}"] = values = publishing.measure(spread=spread)
        print(f"\nPublish, 500 posts {name}")
        for key, value in values.items():
            print(f"  {key:<40}{value:>12,.2f}")
        sys.stdout.flush()
    keep(results)


def keep(results: dict[str, dict[str, float]]) -> None:
    target = Path("bench-results") / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(results, indent=2))
    print(f"\nwritten to {target}")


def run(options: argparse.Namespace) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    settings.ROOT_URLCONF = "tests.bench.urls"
    settings.TEMPLATES[0]["DIRS"].append(Path(__file__).parent / "templates")
    call_command("migrate", verbosity=0)

    from channels.models import Channel
    from tests.bench import calendar, data, ingesting, live, pages, whatif

    user = data.people()
    facebook = Channel.objects.get(platform="facebook")
    full = 100_000 if options.small else 1_000_000
    results: dict[str, dict[str, float]] = {}

    def note(name: str, values: dict[str, float]) -> None:
        results[name] = values
        print(f"\n{name}")
        for key, value in values.items():
            print(f"  {key:<40}{value:>12,.2f}")
        sys.stdout.flush()

    def ingest(name: str) -> None:
        through, floor = ingesting.pipeline(facebook, options.messages), ingesting.raw(facebook, options.messages)
        note(
            name,
            {
                "pipeline, messages/s": through,
                "raw INSERT, messages/s": floor,
                "ratio (target >= 0.5)": through / floor,
            },
        )

    if options.only in (None, "ingest"):
        ingest("Ingest, empty database")
    if options.only in (None, "live"):
        note("Commit to browser event (target p95 <= 300 ms)", live.measure(user))
    if options.only == "live":
        return
    if options.only in (None, "calendar"):
        note("Calendar, 1,000 posts in the month, median ms", calendar.measure(user))
    if options.only == "calendar":
        return
    if options.only == "whatif":
        data.conversations(100_000)
        note("What if, 100,000 conversations", whatif.measure(user, 100_000))
        return
    for size in (10_000, full):
        started = time.perf_counter()
        data.conversations(size)
        print(f"\n{size:,} conversations are there after {time.perf_counter() - started:.0f} s")
        if options.only in (None, "pages"):
            note(f"Pages at {size:,} conversations, median ms", pages.measure(user))
    if options.only in (None, "ingest"):
        ingest(f"Ingest, {full:,} conversations")
    if options.only in (None, "pages"):
        small, large = (
            results["Pages at 10,000 conversations, median ms"],
            results[f"Pages at {full:,} conversations, median ms"],
        )
        note(
            "Ratios",
            {
                "list / bare (target <= 2)": large["list"] / large["bare"],
                "list, deep page / bare (target <= 2)": large["list, deep page"] / large["bare"],
                "list, full / small (target <= 1.2)": large["list"] / small["list"],
                "conversation of 200 / bare (target <= 3)": large["conversation, 200 messages"] / large["bare"],
            },
        )
    if options.only is None:
        # Last: it moves all traffic into one period.
        note("What if, 100,000 conversations", whatif.measure(user, 100_000))
    keep(results)


if __name__ == "__main__":
    main()
