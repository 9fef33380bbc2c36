"""How our accounts are doing, as one card each: the state, what is on its way out, and what could not be read."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone

from accounts.models import User
from channels.expectations import setting_for
from channels.messages import Visibility
from channels.models import Channel, Delivery, DeliveryState, RateBudget, RawEvent, RawState
from channels.registry import CONNECTORS

UNDER_WAY = (DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCard:
    channel: Channel
    queued: int  # answers that still have to leave
    unknown: int  # answers of which nobody knows whether they arrived
    failed: int
    quarantined: int  # events that were kept and not understood
    budgets: list[RateBudget]

    @property
    def expectations(self) -> list[tuple[str, bool]]:
        """Where the platform lets us tell by ourselves when an answer comes, and whether that is switched on."""
        capabilities = CONNECTORS[self.channel.platform].capabilities
        possible = {Visibility.PUBLIC: capabilities.public_reply, Visibility.PRIVATE: capabilities.direct_message}
        return [
            (str(visibility), bool(self.channel.settings.get(setting_for(visibility))))
            for visibility, is_possible in possible.items()
            if is_possible
        ]

    @property
    def is_overdue(self) -> bool:
        """It should have been read some time ago; a channel that is off is not read on purpose."""
        return self.channel.state not in ("off", "stopped") and (
            (timezone.now() - self.channel.next_poll_at).total_seconds() > 300
        )


def channel_cards(user: User, *, pk: int | None = None) -> list[ChannelCard]:
    """The cards of the channels that `user` may see, or of that one. Four queries, however many channels there are."""
    channels = Channel.objects.visible_to(user).open().prefetch_related("budgets")
    found = list(channels if pk is None else channels.filter(pk=pk))
    ids = [channel.pk for channel in found]
    # Only what is open or failed: the sent ones are many, and nobody counts them here.
    sending = {
        row["channel"]: (row["queued"], row["unknown"], row["failed"])
        for row in Delivery.objects.filter(
            channel__in=ids, state__in=[*UNDER_WAY, DeliveryState.UNKNOWN, DeliveryState.FAILED]
        )
        .values("channel")
        .annotate(
            queued=Count("pk", filter=Q(state__in=UNDER_WAY)),
            unknown=Count("pk", filter=Q(state=DeliveryState.UNKNOWN)),
            failed=Count("pk", filter=Q(state=DeliveryState.FAILED)),
        )
    }
    quarantined = dict(
        RawEvent.objects.filter(channel__in=ids, state=RawState.FAILED)
        .values("channel")
        .annotate(number=Count("pk"))
        .values_list("channel", "number")
    )
    cards = []
    for channel in found:
        queued, unknown, failed = sending.get(channel.pk, (0, 0, 0))
        cards.append(
            ChannelCard(
                channel=channel,
                queued=queued,
                unknown=unknown,
                failed=failed,
                quarantined=quarantined.get(channel.pk, 0),
                budgets=list(channel.budgets.all()),
            )
        )
    return cards
