"""What stands in the way of a post on a channel: by the platform's own counting, its pictures, and the day it is planned for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone
from django.utils.translation import gettext as _

from calendar_app.content import Content, capabilities_of, content_of, pictures_of, tagged_link
from calendar_app.models import PostTarget, TargetState
from calendar_app.moments import on_the_wall
from channels.models import ChannelState
from channels.platforms import Platform
from channels.registry import CONNECTORS

PICTURE_TYPES = frozenset({"image/jpeg", "image/png"})
LARGEST_PICTURE = 5_000_000  # bytes: what the strictest platform takes
OVER = frozenset({TargetState.PUBLISHED, TargetState.DELETED, TargetState.CANCELLED})
_check_url = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Problem:
    """`text` says what is wrong, for the person. Blocking: it can not be submitted, approved or published."""

    code: str
    text: str
    is_blocking: bool = True


def problems_of(target: PostTarget, *, on: date | None = None) -> list[Problem]:
    """What is wrong with this post on this channel; nothing where it is over. `on`: the day to judge pictures by, instead of the
    planned day (else today); then its moment is not judged. No query for what `with_content` read."""
    if target.state in OVER:
        return []
    planned = target.moment
    day = on or on_the_wall(planned or timezone.now()).date()
    try:
        content = content_of(target)
    except ValueError:  # an address that can not even be taken apart
        return [Problem("bad_link", _("De link is geen goed webadres."))]
    found = [*_of_channel(target), *_of_words(target, content), *_of_link(target), *_of_pictures(target, content, day)]
    if on is None and planned is not None and planned < timezone.now() and target.state != TargetState.PUBLISHING:
        found.append(Problem("moment_past", _("Het geplande moment is voorbij. Kies een nieuw moment.")))
    return found


def blocking(target: PostTarget, *, on: date | None = None) -> list[Problem]:
    return [each for each in problems_of(target, on=on) if each.is_blocking]


def _of_channel(target: PostTarget) -> Iterator[Problem]:
    channel = target.channel
    if channel.closed_at is not None or channel.state == ChannelState.OFF:
        yield Problem("channel_closed", _("Dit kanaal is afgesloten of uitgeschakeld."))
    elif channel.state in (ChannelState.REAUTHORISE, ChannelState.STOPPED):
        yield Problem("channel_trouble", _("Dit kanaal moet eerst opnieuw gekoppeld worden."), is_blocking=False)
    if not capabilities_of(target).publishes:
        yield Problem("no_publishing", _("Op dit kanaal kan Balie niets plaatsen."))


def _of_words(target: PostTarget, content: Content) -> Iterator[Problem]:
    if not (content.text.strip() or content.pictures or content.link):
        yield Problem("empty", _("Er staat nog niets in dit bericht."))
        return
    limit, count = capabilities_of(target).post_max_length, CONNECTORS[Platform(target.channel.platform)].count_post
    if not limit:
        return
    for number, part in enumerate(content.parts, 1):
        if (length := count(part)) <= limit:
            continue
        values = {"length": length, "limit": limit, "number": number}
        if len(content.parts) > 1:
            text = _("Deel %(number)d is te lang: %(length)d van %(limit)d tekens.") % values
        else:
            text = _("De tekst is te lang: %(length)d van %(limit)d tekens.") % values
        yield Problem("too_long", text)


def _of_link(target: PostTarget) -> Iterator[Problem]:
    if not (link := tagged_link(target)):
        return
    try:
        _check_url(link)
    except ValidationError:
        yield Problem("bad_link", _("De link is geen goed webadres."))
        return
    if urlsplit(link).scheme == "http":
        yield Problem("link_open", _("De link begint met http:// en is dus niet beveiligd."), is_blocking=False)


def _of_pictures(target: PostTarget, content: Content, day: date) -> Iterator[Problem]:
    most = capabilities_of(target).post_max_pictures
    if len(content.pictures) > most:
        yield Problem(
            "pictures_many",
            _("Te veel afbeeldingen: %(count)d, en hier kunnen er %(limit)d.")
            % {"count": len(content.pictures), "limit": most},
        )
    reasons = {
        "archived": _("Afbeelding “%(name)s” is opgeborgen in de mediabibliotheek."),
        "expired": _("Afbeelding “%(name)s” mag op die dag niet meer gebruikt worden."),
        "consent": _("Voor afbeelding “%(name)s” ontbreekt toestemming van wie erop staat."),
        "rights": _("Van afbeelding “%(name)s” zijn de rechten nog niet bekend."),
    }
    for picture, shown in zip(pictures_of(target), content.pictures, strict=True):
        named = {"name": shown.name}
        if obstacle := picture.item.obstacle(day):
            yield Problem(obstacle, reasons[obstacle] % named)
        if not shown.alt.strip():
            yield Problem("alt_missing", _("Afbeelding “%(name)s” heeft nog geen alt-tekst.") % named)
        if shown.content_type not in PICTURE_TYPES:
            yield Problem("picture_type", _("Afbeelding “%(name)s” heeft een bestandssoort die niet kan.") % named)
        if picture.item.size > LARGEST_PICTURE:
            yield Problem("picture_large", _("Afbeelding “%(name)s” is te groot: maximaal 5 MB.") % named)
