"""What is on its way out: queued, unknown, failed, and why."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from channels.models import Delivery, DeliveryState


class Command(BaseCommand):
    help = "List deliveries that are not (certainly) sent, with their cause; --state for others."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--state", choices=DeliveryState.values, action="append")
        parser.add_argument("--channel", type=int)

    def handle(self, *args: Any, state: list[str] | None, channel: int | None, **options: Any) -> None:
        shown = state or [
            DeliveryState.QUEUED,
            DeliveryState.CLAIMED,
            DeliveryState.SENDING,
            DeliveryState.UNKNOWN,
            DeliveryState.FAILED,
        ]
        deliveries = Delivery.objects.filter(state__in=shown).select_related("channel").order_by("state", "pk")
        if channel is not None:
            deliveries = deliveries.filter(channel=channel)
        for each in deliveries.iterator(chunk_size=500):
            not_before = timezone.localtime(each.not_before).isoformat(timespec="seconds")
            self.stdout.write(
                f"{each.pk}\t{each.state}\t{each.channel}\t{each.mode}\tattempts {each.attempts}\tnot before {not_before}\t"
                f"{each.error_code or '-'}\t{each.explained(each.channel.platform).text or '-'}\t{each.error or '-'}"
            )
        self.stdout.write(f"{deliveries.count()} deliveries")
