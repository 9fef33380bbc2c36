"""Understand raw events again, after a fix."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q

from channels.models import Channel, RawEvent, RawState
from inbox.ingest import BATCH, ingest
from inbox.webhooks import adopt_unroutable


class Command(BaseCommand):
    help = (
        "Raw events again: by id, by channel, by reason of failure, or all that failed. Nothing is ever doubled by it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("ids", nargs="*", type=int)
        parser.add_argument("--channel", type=int)
        parser.add_argument("--error", help="reason, as `manage.py replay --list` shows it")
        parser.add_argument("--all", action="store_true", help="also those that were understood or ignored")
        parser.add_argument("--list", action="store_true", help="show what failed, replay nothing")

    def handle(self, *args: Any, ids: list[int], channel: int | None, error: str | None, **options: Any) -> None:
        chosen = Q()
        if ids:
            chosen &= Q(pk__in=ids)
        if channel is not None:
            if not Channel.objects.filter(pk=channel).exists():
                raise CommandError(f"There is no channel {channel}.")
            chosen &= Q(channel=channel)
        if error:
            chosen &= Q(reason=error)
        if not ids and not options["all"]:
            chosen &= Q(state=RawState.FAILED)
        events = RawEvent.objects.filter(chosen).order_by("pk")
        if options["list"]:
            for event in events.iterator():
                self.stdout.write(
                    f"{event.pk}\t{event.channel_id or '-'}\t{event.state}\t{event.reason}\t{event.event_id}\t{event.error}"
                )
            return
        adopted = adopt_unroutable(list(events.filter(state=RawState.FAILED)))
        understood = failed = messages = 0
        for pk in events.filter(channel__isnull=False).order_by().values_list("channel", flat=True).distinct():
            mine = list(events.filter(channel=pk).values_list("pk", flat=True))
            RawEvent.objects.filter(pk__in=mine).update(state=RawState.NEW, reason="", error="")
            for start in range(0, len(mine), BATCH):
                done = ingest(Channel.objects.get(pk=pk), mine[start : start + BATCH])
                messages += done.messages
                failed += done.failed
            understood += len(mine)
        self.stdout.write(
            f"{understood} replayed, {adopted} routed again, {messages} new messages, {failed} still not understood"
        )
