"""Looking back: everything that stands or stood on our pages, what exactly went out, and what it brought about."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from calendar_app.models import MediaItem, PublishedPost
from calendar_app.models.published import PublishedQuerySet
from calendar_app.moments import day_bounds
from channels.visible import visible_channels
from inbox.models import Conversation
from inbox.models.conversations import ConversationQuerySet, RootPost

PAGE = 40
MOST_IN_FILE = 20_000
LONGEST_SEARCH = 100
MADE = {
    "": gettext_lazy("Alles"),
    "here": gettext_lazy("Met Balie gemaakt"),
    "outside": gettext_lazy("Buiten Balie gemaakt"),
    "gone": gettext_lazy("Niet meer op het platform"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for: words, a channel, from and up to and including days, and which of MADE."""

    words: str = ""
    channel: int | None = None
    first: datetime.date | None = None
    last: datetime.date | None = None
    made: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Whatever stands there: what is not understood is left aside."""
        words = " ".join(query.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
        channel, made = query.get("channel", ""), query.get("made", "")
        return cls(
            words=words,
            channel=int(channel) if channel.isascii() and channel.isdigit() and len(channel) < 10 else None,
            first=_day(query.get("from", "")),
            last=_day(query.get("to", "")),
            made=made if made in MADE else "",
        )

    @property
    def query(self) -> str:
        told = {"q": self.words, "channel": self.channel, "from": self.first, "to": self.last, "made": self.made}
        return urlencode({name: value for name, value in told.items() if value})

    def but(self, made: str) -> str:
        """The same question, of another list."""
        return replace(self, made=made).query


def _day(text: str) -> datetime.date | None:
    try:
        found = datetime.date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def find_published(user: User, asked: Asked) -> PublishedQuerySet:
    """Newest first, with its channel, post and people."""
    found = PublishedPost.objects.filter(channel__in=[channel.pk for channel in visible_channels(user)])
    if asked.channel:
        found = found.filter(channel=asked.channel)
    if asked.first:
        found = found.filter(posted_at__gte=day_bounds(asked.first)[0])
    if asked.last:
        found = found.filter(posted_at__lt=day_bounds(asked.last)[1])
    for word in asked.words.split():
        found = found.filter(Q(text__icontains=word) | Q(target__post__title__icontains=word))
    if asked.made == "here":
        found = found.filter(target__isnull=False)
    elif asked.made == "outside":
        found = found.filter(target=None)
    elif asked.made == "gone":
        found = found.filter(deleted_at__isnull=False)
    people = ("target__post__owner", "target__approved_by", "deleted_by")
    return found.select_related("channel", *people).order_by("-posted_at", "-pk")


def count_conversations(posts: Sequence[PublishedPost]) -> dict[int, int]:
    """By key of the post, how many conversations it started. One query."""
    wanted = Q(pk__in=[])
    for channel in {post.channel_id for post in posts}:
        names = {name for post in posts if post.channel_id == channel for name in (post.root_id, post.external_id)}
        wanted |= Q(channel=channel, external_id__in=names)
    roots = RootPost.objects.filter(wanted).annotate(started=Count("conversations"))
    counted = {
        (channel, name): count for channel, name, count in roots.values_list("channel", "external_id", "started")
    }
    return {
        post.pk: sum(counted.get((post.channel_id, name), 0) for name in {post.root_id, post.external_id})
        for post in posts
    }


def conversations_of(post: PublishedPost, user: User) -> ConversationQuerySet:
    """What residents said under it, as far as `user` may see, the newest first."""
    found = Conversation.objects.visible_to(user).filter(
        channel=post.channel_id, root__channel=post.channel_id, root__external_id__in={post.root_id, post.external_id}
    )
    return found.select_related("contact", "assignee").order_by("-last_message_at", "-pk")


@dataclass(frozen=True, slots=True)
class WentOut:
    """What exactly left, picture by picture. `item` is the picture in the library, where it still is one."""

    parts: Sequence[str]
    link: str
    pictures: Sequence[tuple[str, MediaItem | None]]  # (alt text, item)


def went_out(post: PublishedPost) -> WentOut | None:
    """None when it was made outside Balie. At most one query."""
    if post.target is None or not post.target.snapshot:
        return None
    kept = post.target.snapshot
    pictures = kept.get("pictures", [])
    items = {item.digest: item for item in MediaItem.objects.filter(digest__in=[each["digest"] for each in pictures])}
    return WentOut(
        parts=kept.get("parts", []),
        link=kept.get("link", ""),
        pictures=[(each["alt"], items.get(each["digest"])) for each in pictures],
    )


def is_changed_there(post: PublishedPost, sent: WentOut | None) -> bool:
    """The platform shows other words than those that went out."""
    if sent is None or not post.text:
        return False
    return all(" ".join(post.text.split()) != " ".join(part.split()) for part in sent.parts)


def rows_for_file(posts: Iterable[PublishedPost]) -> list[list[str]]:
    """Head and lines for a table in a file."""
    head = [
        _("Geplaatst"), _("Kanaal"), _("Naam"), _("Tekst"), _("Gemaakt"), _("Geschreven door"), _("Goedgekeurd door"), _("Bereik"),
        _("Likes"), _("Reacties"), _("Gedeeld"), _("Cijfers van"), _("Verwijderd"), _("Adres"),
    ]  # fmt: skip
    return [head, *(_line(post) for post in posts)]


def _line(post: PublishedPost) -> list[str]:
    target = post.target
    return [
        _moment(post.posted_at),
        str(post.channel.get_platform_display()),
        post.channel.name,
        post.text,
        _("in Balie") if target else _("buiten Balie"),
        target.post.owner.display_name if target else "",
        target.approved_by.display_name if target and target.approved_by else "",
        *("" if value is None else str(value) for value in (post.reach, post.reactions, post.comments, post.shares)),
        _moment(post.measured_at),
        _moment(post.deleted_at),
        post.permalink,
    ]


def _moment(at: datetime.datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else ""
