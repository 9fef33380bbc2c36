"""How a conversation may be answered: every way the platform knows, allowed or not, with the reason."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from channels.connectors.base import Capabilities
from channels.messages import Direction, SendMode
from channels.registry import CONNECTORS
from channels.state import BLOCKS_SENDING
from inbox.models import Conversation, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyOption:
    """One way to answer this conversation, allowed or not, with the reason and what the composer must show."""

    mode: SendMode
    allowed: bool
    code: str = ""  # "" | "not_summoned" | "window_closed" | "channel_state" | "gone" | "no_message"
    reason: str = ""
    max_length: int = 0
    counter: str = "plain"  # "weighted" (X), "plain" (characters)
    window_ends_at: datetime | None = None
    recipient: str = ""
    platform_link: str = ""
    target: Message | None = None

    @property
    def is_private(self) -> bool:
        return self.mode != SendMode.REPLY


def reply_options(conversation: Conversation, *, target: Message | None = None) -> list[ReplyOption]:
    """Every way in which the platform lets us answer here. `target` (default: the resident's newest message) is answered.

    One query when `target` is not given; needs `conversation.channel` and `.identity`."""
    if target is None:
        target = newest_inbound(conversation)
    capabilities = CONNECTORS[conversation.channel.platform].capabilities
    modes: list[SendMode] = []
    if conversation.is_private:
        if capabilities.direct_message:
            modes.append(SendMode.DIRECT_MESSAGE)
    else:
        if capabilities.public_reply:
            modes.append(SendMode.REPLY)
        if capabilities.private_reply:
            modes.append(SendMode.PRIVATE_REPLY)
        elif capabilities.direct_message:
            modes.append(SendMode.DIRECT_MESSAGE)
    return [_option(conversation, capabilities, mode, target) for mode in modes]


def newest_inbound(conversation: Conversation) -> Message | None:
    """What is answered when nobody says what: the resident's newest message; in public the newest that is still there,
    because platforms refuse an answer to what was taken back."""
    inbound = conversation.messages.filter(direction=Direction.IN).select_related("author").order_by("-sent_at", "-pk")
    newest = inbound.first()
    if newest is None or newest.deleted_at is None or conversation.is_private:
        return newest
    return inbound.filter(deleted_at=None).first() or newest


def _option(
    conversation: Conversation, capabilities: Capabilities, mode: SendMode, target: Message | None
) -> ReplyOption:
    is_private = mode != SendMode.REPLY
    person = (target.author if target and target.author else None) or conversation.identity
    window_ends_at = _window_end(conversation, capabilities, mode, target)
    code, reason = _why_not(conversation, capabilities, mode, target, window_ends_at)
    return ReplyOption(
        mode=mode,
        allowed=not code,
        code=code,
        reason=reason,
        max_length=capabilities.private_max_length if is_private else capabilities.public_max_length,
        counter="weighted" if capabilities.needs_summons and not is_private else "plain",
        window_ends_at=window_ends_at,
        recipient=person.display_name if person else _("onbekende afzender"),
        platform_link=(target.permalink if target else "")
        or (conversation.root.permalink if conversation.root else ""),
        target=target,
    )


def _window_end(
    conversation: Conversation, capabilities: Capabilities, mode: SendMode, target: Message | None
) -> datetime | None:
    """Until when the platform takes a private answer: computed from the resident's own last message."""
    if mode == SendMode.REPLY or target is None:
        return None
    window = capabilities.human_agent_window or capabilities.reply_window
    return target.sent_at + window if window else None


def _why_not(
    conversation: Conversation,
    capabilities: Capabilities,
    mode: SendMode,
    target: Message | None,
    window_ends_at: datetime | None,
) -> tuple[str, str]:
    channel = conversation.channel
    platform = channel.get_platform_display()
    if channel.closed_at or channel.state in BLOCKS_SENDING:
        why = channel.state_explained.text or channel.get_state_display()
        return "channel_state", _("%(channel)s kan nu niet verzenden: %(why)s") % {"channel": channel.name, "why": why}
    if target is None:
        return "no_message", _("Er is hier nog geen bericht van de inwoner om op te antwoorden.")
    if target.deleted_at and mode != SendMode.DIRECT_MESSAGE:
        return "gone", _("Het bericht is door de afzender verwijderd. Antwoorden kan daarom niet meer.")
    if (
        mode == SendMode.REPLY
        and capabilities.needs_summons
        and channel.settings.get("access_tier", "self-serve") != "enterprise"
        and target.is_summons is False
    ):
        return "not_summoned", _(
            "%(platform)s laat ons hier niet via Balie antwoorden, omdat de schrijver ons niet noemt of citeert."
        ) % {"platform": platform}
    if window_ends_at and window_ends_at <= timezone.now():
        return "window_closed", _(
            "%(platform)s neemt hier sinds %(moment)s geen antwoord meer aan. Dat kan weer als de inwoner opnieuw schrijft."
        ) % {"platform": platform, "moment": date_format(timezone.localtime(window_ends_at), "j F H:i")}
    return "", ""
