"""Read what is new at a platform, now."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from channels.models import Channel
from inbox.polling import poll


class Command(BaseCommand):
    help = "Poll one channel (--channel N) or all; once, or again and again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--channel", type=int, help="id of the channel; default all open ones")
        parser.add_argument(
            "--once", action="store_true", help="read to the end and stop (default: every --every seconds)"
        )
        parser.add_argument("--every", type=float, default=60.0, metavar="SECONDS")

    def handle(self, *args: Any, channel: int | None, once: bool, every: float, **options: Any) -> None:
        if channel is not None and not Channel.objects.filter(pk=channel).exists():
            raise CommandError(f"There is no channel {channel}.")
        while True:
            failed = False
            for pk in [channel] if channel is not None else list(Channel.objects.open().values_list("pk", flat=True)):
                done = poll(pk, force=True)
                error = str(Channel.objects.get(pk=pk).poll_explained)
                if done is None:
                    self.stderr.write(f"channel {pk}: is being read already, or is closed")
                    failed = True
                else:
                    self.stdout.write(
                        f"channel {pk}: {done.messages} new, {done.ignored} ignored, {done.failed} not understood"
                        + (f"; stopped: {error}" if error else "")
                    )
                    failed = failed or bool(error)
            if once:
                if failed:
                    raise CommandError("not everything could be read", returncode=1)
                return
            time.sleep(every)
