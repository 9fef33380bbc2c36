"""The words in a table of posts and what they stand for: channels, campaigns and pictures by name, for one person."""

import re
from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import User
from calendar_app.models import Campaign, MediaItem
from channels.models import Channel
from channels.platforms import Platform
from channels.registry import CONNECTORS

SECOND_TIME = ("2e keer", "2nd time")  # behind a time in the night on which it comes twice


class Names:
    """Three queries, whatever is asked. Raises ValueError with words for the person."""

    def __init__(self, user: User) -> None:
        self.channels = list(Channel.objects.visible_to(user).open().defer("encrypted_credentials", "poll_cursor"))
        self.labels = labels_of(self.channels)
        self.campaigns = list(Campaign.objects.visible_to(user))
        self.pictures: dict[str, list[MediaItem]] = {}
        for item in MediaItem.objects.visible_to(user).filter(archived_at=None):
            self.pictures.setdefault(_plain(item.name), []).append(item)

    def channels_in(self, cell: str) -> tuple[Channel, ...]:
        """Names with "|", ";", a comma or a line between them, each once."""
        if not cell:
            return ()
        if self._called(cell):  # a name may have a comma itself
            return (self._channel(cell),)
        words = re.split(r"[|\n]" if re.search(r"[|\n]", cell) else r"[,;]", cell)
        return tuple(dict.fromkeys(self._channel(word) for word in words if word.strip()))

    def campaign_called(self, cell: str) -> Campaign | None:
        if not cell:
            return None
        for each in self.campaigns:
            if _plain(cell) in (_plain(each.name), each.code):
                if each.archived_at is not None:
                    raise ValueError(_("Campagne “%(word)s” is afgesloten.") % {"word": each.name})
                return each
        raise ValueError(_("“%(word)s” is niet bekend.") % {"word": cell[:60]})

    def pictures_in(self, cell: str) -> tuple[MediaItem, ...]:
        """Names from the library with "|" or a line between them."""
        if not cell:
            return ()
        names = [cell] if _plain(cell) in self.pictures else [name for name in re.split(r"[|\n]", cell) if name.strip()]
        found = [self._picture(name) for name in names]
        if len({item.pk for item in found}) < len(found):
            raise ValueError(_("Dezelfde afbeelding staat er twee keer."))
        return tuple(found)

    def _picture(self, name: str) -> MediaItem:
        items = self.pictures.get(_plain(name), [])
        if not items:
            raise ValueError(_("“%(word)s” staat niet in de media.") % {"word": name.strip()[:60]})
        if len(items) > 1:
            raise ValueError(_("Er zijn meer afbeeldingen die “%(word)s” heten.") % {"word": name.strip()[:60]})
        return items[0]

    def _channel(self, word: str) -> Channel:
        found = self._called(word)
        if not found:
            raise ValueError(_("“%(word)s” is niet bekend.") % {"word": word.strip()[:60]})
        if len(found) > 1:
            examples = ", ".join(sorted(self.labels[each.pk] for each in found)[:3])
            words = {"word": word.strip()[:60], "examples": examples}
            raise ValueError(_("“%(word)s” kan meer dan één kanaal zijn. Schrijf: %(examples)s.") % words)
        channel = found[0]
        if not CONNECTORS[Platform(channel.platform)].capabilities.publishes:
            raise ValueError(_("Op “%(word)s” kan Balie niets plaatsen.") % {"word": self.labels[channel.pk]})
        return channel

    def _called(self, word: str) -> list[Channel]:
        """By its full label, else by name, else by account, else by platform: the first of these that says something."""
        wanted = _plain(word)
        for names in (self._label, _name, _handle, _platform):
            if found := [each for each in self.channels if wanted in names(each)]:
                return found
        return []

    def _label(self, channel: Channel) -> set[str]:
        return {_plain(self.labels[channel.pk]), _plain(str(channel))}


def labels_of(channels: Iterable[Channel]) -> dict[int, str]:
    """ "Facebook: Gemeente Eikenrode", by key; where two would be called the same, with the account behind it."""
    channels = list(channels)
    short = {each.pk: f"{each.get_platform_display()}: {each.name}" for each in channels}
    names = list(short.values())
    return {
        each.pk: short[each.pk] if names.count(short[each.pk]) == 1 else f"{short[each.pk]} ({each.external_id})"
        for each in channels
    }


def _name(channel: Channel) -> set[str]:
    return {_plain(channel.name)}


def _handle(channel: Channel) -> set[str]:
    return {_plain(channel.handle), f"@{_plain(channel.handle)}"} if channel.handle else set()


def _platform(channel: Channel) -> set[str]:
    """Also one of its names alone: of "X (Twitter)" both."""
    label = _plain(channel.get_platform_display())
    return {_plain(channel.platform), label, *re.findall(r"\w+", label)}


def _plain(word: str) -> str:
    return " ".join(word.split()).casefold()
