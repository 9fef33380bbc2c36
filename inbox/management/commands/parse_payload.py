"""Show what the parser makes of a body of a platform: for operators, and to prove it from outside."""

import dataclasses
import json
import sys
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels import errors
from channels.messages import Account
from channels.platforms import Platform
from channels.registry import CONNECTORS


class Command(BaseCommand):
    help = "One JSON line per event in FILE (a webhook or API body, - for standard input); a named refusal and exit 1."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("platform", choices=Platform.values)
        parser.add_argument("file")
        parser.add_argument("--account", default="", help="id of our own account, to tell our own messages apart")
        parser.add_argument("--handle", default="", help="handle of our own account")

    def handle(self, *args: Any, platform: str, file: str, account: str, handle: str, **options: Any) -> None:
        try:
            body = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        lines, refusals = [], []
        try:
            bodies = unwrap(json.loads(body))
        except (ValueError, RecursionError):
            bodies, refusals = [], ["not_json"]
        for each in bodies:
            try:
                lines += read(platform, each, account, handle)
            except errors.PayloadError as error:
                refusals.append(error.reason)
        for line in lines:
            self.stdout.write(line)
        if not lines:
            raise CommandError(f"refused: {', '.join(sorted(set(refusals)) or ['empty'])}", returncode=1)


def unwrap(decoded: Any) -> list[Any]:
    """A recording holds exchanges ([{request, response}]) or samples ([{section, json}]): then each body by itself."""
    if isinstance(decoded, list) and decoded and all(isinstance(each, dict) for each in decoded):
        if all("response" in each for each in decoded):
            return [_response_body(each["response"]) for each in decoded]
        if all("json" in each for each in decoded):
            return [each["json"] for each in decoded]
    return [decoded]


def _response_body(response: Any) -> Any:
    if isinstance(response, dict):
        for key in ("json", "body", "content"):
            if key in response:
                value = response[key]
                if isinstance(value, str):
                    try:
                        return json.loads(value)
                    except ValueError:
                        return value
                return value
    return response


def read(platform: str, body: Any, account_id: str, handle: str) -> list[str]:
    """JSON lines of one body. Raises PayloadError (or Refused) when not one event comes out of it."""
    connector = CONNECTORS[platform]
    lines, refusal = [], None
    for item in connector.split(body):
        account = Account(external_id=account_id or item.account_id, base_url="", handle=handle)
        try:
            events = connector.parse(item.payload, account)
        except errors.PayloadError as error:
            refusal = error
            continue
        for event in events:
            shown = {"event": type(event).__name__, "event_id": item.event_id, **dataclasses.asdict(event)}
            line = json.dumps(shown, default=_plain, ensure_ascii=False)
            # Half of a surrogate pair is no text that can be written: it stays the escape that it was.
            lines.append(line.encode("utf-8", "backslashreplace").decode())
    if not lines and refusal is not None:
        raise refusal
    return lines


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    raise TypeError(type(value).__name__)
