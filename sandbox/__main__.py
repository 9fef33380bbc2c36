"""python -m sandbox serve --port 8001   |   python -m sandbox credentials twitter|facebook|linkedin"""

import argparse
import json
import logging
import os

import uvicorn

from sandbox.accounts import CREDENTIALS, PLATFORMS
from sandbox.app import build
from sandbox.world import Settings


class _OrderedBreaks(logging.Filter):
    """A connection that a fault broke off is no error of ours."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], ConnectionAbortedError))


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox", description="Simulated platforms for Balie.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the platforms")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8001)
    serve.add_argument("--state", default=os.environ.get("SANDBOX_STATE", "var/sandbox.sqlite3"))
    serve.add_argument("--balie", default=os.environ.get("BALIE_BASE_URL", ""), help="where webhooks go")
    serve.add_argument("--pace", type=float, default=float(os.environ.get("SANDBOX_PACE", "20")))
    serve.add_argument("--seed-days", type=int, default=int(os.environ.get("SANDBOX_SEED_DAYS", "30")))
    serve.add_argument(
        "--webhooks", choices=("on", "off"), default=os.environ.get("SANDBOX_WEBHOOKS", "on").lower().strip() or "on"
    )
    shown = commands.add_parser("credentials", help="print what connect_channel reads")
    shown.add_argument("platform", choices=PLATFORMS)
    options = parser.parse_args()
    if options.command == "credentials":
        print(json.dumps(CREDENTIALS[options.platform], indent=2))
        return
    settings = Settings(
        state=options.state,
        url=os.environ.get("SANDBOX_URL", f"http://127.0.0.1:{options.port}").rstrip("/"),
        balie=options.balie.rstrip("/") if options.webhooks in {"on", "1", "true"} else "",
        pace=options.pace,
        seed_days=options.seed_days,
    )
    logging.getLogger("uvicorn.error").addFilter(_OrderedBreaks())
    uvicorn.run(
        build(settings),
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
