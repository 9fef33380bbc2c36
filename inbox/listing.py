"""The list of conversations: which ones, in which order, page by page, and how many there are of each kind."""

import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Self
from urllib.parse import urlencode

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Count, F, JSONField, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from channels.messages import POSTS, Kind, Visibility
from channels.models import Delivery, DeliveryState
from channels.visible import visible_channel_ids
from inbox.models import ContactIdentity, Conversation, Message, Status
from inbox.models.conversations import ConversationQuerySet

PAGE = 50
MAX_SHOWN = 500  # what one live refresh may ask for at once
MAX_PEOPLE = 200  # somebody who types one letter is asked for another one
VIEWS = {
    "open": _("Alles open"),
    "mine": _("Van mij"),
    "unassigned": _("Niet toegewezen"),
    "team": _("Mijn team"),
    "late": _("Te laat"),
    "today": _("Vandaag antwoorden"),
    "waiting": _("Wacht op inwoner"),
    "snoozed": _("Uitgesteld"),
    "resolved": _("Afgehandeld"),
    "all": _("Alle gesprekken"),
}
SORTS = {
    "deadline": _("Eerste termijn"),
    "newest": _("Nieuwste eerst"),
    "oldest": _("Oudste eerst"),
    "waiting": _("Langst wachtend"),
}
# Where terms run, the first one that ends stands on top; elsewhere the newest.
BY_DEADLINE = frozenset({"open", "mine", "unassigned", "team", "late", "today"})
ACTIVE = (Status.OPEN, Status.WAITING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What the list shows. Made from a query string: only known keys with known values count, everything else is ignored."""

    view: str = "open"
    sort: str = ""  # empty: as the view is sorted by itself
    channel: int | None = None
    kind: str = ""
    visibility: str = ""
    unread: bool = False
    q: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        channel = query.get("channel", "")
        return cls(
            view=_known(query, "view", VIEWS) or "open",
            sort=_known(query, "sort", SORTS),
            channel=int(channel) if channel.isascii() and channel.isdigit() and len(channel) < 10 else None,
            kind=_known(query, "kind", list(Kind)),
            visibility=_known(query, "visibility", list(Visibility)),
            unread=query.get("unread") == "1",
            q=query.get("q", "").replace("\x00", "").strip()[:80].rstrip(),
        )

    @property
    def query(self) -> str:
        """The query string that gives this filter again, without what is default anyway."""
        pairs: dict[str, str | int] = {}
        if self.view != "open":
            pairs["view"] = self.view
        if self.sort and self.sort != self.own_sort:
            pairs["sort"] = self.sort
        if self.channel:
            pairs["channel"] = self.channel
        for key in ("kind", "visibility", "q"):
            if value := getattr(self, key):
                pairs[key] = value
        if self.unread:
            pairs["unread"] = 1
        return urlencode(pairs)

    @property
    def own_sort(self) -> str:
        return "deadline" if self.view in BY_DEADLINE else "newest"

    @property
    def order(self) -> str:
        return self.sort or self.own_sort

    def but(self, **changes: Any) -> str:
        """The query string of this filter with something else in it."""
        return replace(self, **changes).query

    @property
    def is_narrowed(self) -> bool:
        return bool(self.channel or self.kind or self.visibility or self.unread or self.q)


def _known(query: Mapping[str, str], key: str, values: Any) -> str:
    value = query.get(key, "")
    return value if value in values else ""


@dataclass(frozen=True, slots=True)
class ListPage:
    rows: list[Conversation]
    after: str = ""  # cursor of the next page, empty at the end
    is_partial: bool = False  # more names fit what was typed than are looked through


@dataclass(slots=True)
class Counts:
    """Exact badges, from one query over a partial index."""

    views: dict[str, int] = field(default_factory=dict)
    channels: dict[int, int] = field(default_factory=dict)
    troubled: int = 0

    @property
    def values(self) -> Hashable:
        return tuple(self.views.values()), tuple(self.channels.values()), self.troubled


def end_of_today() -> datetime:
    """Midnight to come, as it is in the Netherlands."""
    tomorrow = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time()))


def filtered(user: User, chosen: Filter) -> ConversationQuerySet:
    """What `chosen` asks for among what `user` may see, `chosen.q` left out."""
    # The same as visible_to(user), with the ids at hand.
    conversations = Conversation.objects.filter(channel__in=visible_channel_ids(user))
    match chosen.view:
        case "open":
            conversations = conversations.filter(status=Status.OPEN)
        case "mine":
            conversations = conversations.filter(assignee=user, status__in=ACTIVE)
        case "unassigned":
            conversations = conversations.filter(status=Status.OPEN, assignee=None)
        case "team":
            mine = Q(team__in=user.team_ids) | Q(team=None, assignee=user)
            conversations = conversations.filter(mine, status=Status.OPEN)
        case "late":
            conversations = conversations.filter(status=Status.OPEN, next_due_at__lte=timezone.now())
        case "today":
            conversations = conversations.filter(
                status=Status.OPEN, next_due_at__gt=timezone.now(), next_due_at__lte=end_of_today()
            )
        case "waiting" | "snoozed" | "resolved":
            conversations = conversations.filter(status=chosen.view)
    if chosen.channel:
        conversations = conversations.filter(channel=chosen.channel)
    if chosen.kind:
        conversations = conversations.filter(kind=chosen.kind)
    if chosen.visibility:
        conversations = conversations.filter(visibility=chosen.visibility)
    if chosen.unread:
        conversations = conversations.filter(unread_count__gt=0)
    return conversations


def people_named(typed: str) -> list[int]:
    """Identities of whom every typed word begins a word of the name or handle; at most MAX_PEOPLE + 1. From an index."""
    words = re.findall(r"[^\W_]+", typed)
    if not words:
        return []
    query = SearchQuery(" & ".join(f"'{word}':*" for word in words[:8]), search_type="raw", config="simple")
    found = ContactIdentity.objects.annotate(words=SearchVector("name", "handle", config="simple")).filter(words=query)
    return list(found.values_list("pk", flat=True)[: MAX_PEOPLE + 1])


def page(user: User, chosen: Filter, *, after: str = "", shown: int = PAGE) -> ListPage:
    """One page of rows with all that a row shows, in one query (two by deadline or with a name). `after` is a cursor of
    `cursor_of`."""
    conversations = filtered(user, chosen)
    people = people_named(chosen.q) if chosen.q else []
    if chosen.q:
        conversations = conversations.filter(identity__in=people[:MAX_PEOPLE])
    conversations = (
        conversations.select_related("identity", "assignee", "channel", "subject")
        .only(
            "kind", "visibility", "status", "preview", "is_preview_ours", "unread_count", "last_message_at", "awaiting_since",
            "next_due_at", "snoozed_until", "identity__name", "identity__handle", "identity__avatar", "identity__platform",
            "assignee__first_name", "assignee__last_name", "assignee__username", "channel__platform", "channel__name",
            "subject__name", "subject__name_en",
        )
        .annotate(newest=_newest_message())
    )  # fmt: skip
    size = min(max(shown, PAGE), MAX_SHOWN)
    rows: list[Conversation] = []
    for part in _ordered(conversations, chosen.order, after):
        rows += part[: size + 1 - len(rows)]
    cursor = cursor_of(rows[size - 1], chosen.order) if len(rows) > size else ""
    return ListPage(rows[:size], cursor, is_partial=len(people) > MAX_PEOPLE)


def _newest_message() -> Subquery:
    """Of a row's newest message: whose it is and whether it was changed. One look in an index per row that is shown."""
    newest = Message.objects.filter(conversation=OuterRef("pk"), is_automatic=False).order_by("-sent_at", "-pk")
    facts = JSONObject(by="sent_by_id", deleted="deleted_at", edited="edited_at")
    return Subquery(newest.values(facts=facts)[:1], output_field=JSONField())


def _ordered(conversations: ConversationQuerySet, order: str, after: str) -> list[ConversationQuerySet]:
    """Keyset paging: the next page starts where the last one ended, however deep and whatever came in meanwhile. By deadline
    these are two lists one after the other, each read from its own index: with a term, then without one, newest first."""
    if order == "deadline":
        with_term, without = conversations.filter(next_due_at__isnull=False), conversations.filter(next_due_at=None)
        newest = _sorted(without, "last_message_at", after[2:] if after.startswith("n:") else "", is_descending=True)
        if after.startswith("n:"):
            return [newest]
        return [_sorted(with_term, "next_due_at", after.removeprefix("d:"), is_descending=False), newest]
    if order == "waiting":
        return [
            _sorted(conversations.filter(awaiting_since__isnull=False), "awaiting_since", after, is_descending=False)
        ]
    return [_sorted(conversations, "last_message_at", after, is_descending=order == "newest")]


def _sorted(
    conversations: ConversationQuerySet, column: str, after: str, *, is_descending: bool
) -> ConversationQuerySet:
    if position := _position(after):
        at, pk = position
        past = "lt" if is_descending else "gt"
        conversations = conversations.filter(
            Q(**{f"{column}__{past}": at}) | Q(**{column: at, f"pk__{past}": pk}), **{f"{column}__{past}e": at}
        )
    return conversations.order_by(*((F(column).desc(), "-pk") if is_descending else (F(column).asc(), "pk")))


def cursor_of(conversation: Conversation, order: str = "newest") -> str:
    """Where the next page begins: the moment this row is sorted by and its key; by deadline also in which of the two lists."""
    at, mark = {
        "deadline": (
            conversation.next_due_at or conversation.last_message_at,
            "d:" if conversation.next_due_at else "n:",
        ),
        "waiting": (conversation.awaiting_since, ""),
    }.get(order, (conversation.last_message_at, ""))
    return f"{mark}{at.isoformat()}_{conversation.pk}" if at else ""


def _position(after: str) -> tuple[datetime, int] | None:
    moment, _underscore, pk = after.rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
        number = int(pk)
        # In UTC: PostgreSQL takes fewer offsets than Python does.
        return (at.astimezone(UTC), number) if at.tzinfo and abs(number) < 2**62 else None
    except (ValueError, OverflowError):
        return None


def next_term(user: User) -> float | None:
    """When the first running term to come ends among what `user` sees, in seconds since 1970. From an index."""
    coming = Conversation.objects.filter(
        channel__in=visible_channel_ids(user), status=Status.OPEN, next_due_at__gt=timezone.now()
    )
    first = coming.order_by("next_due_at").values_list("next_due_at", flat=True).first()
    return first.timestamp() if first else None


@dataclass(frozen=True, slots=True)
class Badges:
    """What every badge is added up from: conversations by channel, status, owner and team, and what went wrong."""

    groups: list[tuple[int, str, int | None, int | None, int, int, int]]  # …, number, of them late, of them today
    troubled: int


def badges(user: User) -> Badges:
    """The same for everybody who sees the same channels. Two queries, each over a partial index: what is resolved or arrived
    is never counted."""
    visible = visible_channel_ids(user)
    now = timezone.now()
    is_late, is_today = Q(next_due_at__lte=now), Q(next_due_at__gt=now, next_due_at__lte=end_of_today())
    # Only what the index holds is named: the table itself is not looked at.
    groups = (
        Conversation.objects.filter(~Q(status=Status.RESOLVED), channel__in=visible)
        .order_by()
        .values_list("channel", "status", "assignee", "team")
        .annotate(number=Count("*"), late=Count("channel", filter=is_late), today=Count("channel", filter=is_today))
    )
    troubled = [DeliveryState.UNKNOWN, DeliveryState.FAILED]
    return Badges(
        list(groups),
        Delivery.objects.filter(channel__in=visible, state__in=troubled).exclude(mode__in=POSTS).count(),
    )


def counts(user: User, counted: Badges | None = None) -> Counts:
    """Every badge as `user` reads it. `counted`: when it was read already."""
    counted = counted or badges(user)
    teams = set(user.team_ids)
    result = Counts(
        views=dict.fromkeys(VIEWS, 0), channels=dict.fromkeys(visible_channel_ids(user), 0), troubled=counted.troubled
    )
    for channel, status, assignee, team, number, late, today in counted.groups:
        if status == Status.OPEN:
            result.views["open"] += number
            result.views["late"] += late
            result.views["today"] += today
            result.channels[channel] += number
            if assignee is None:
                result.views["unassigned"] += number
            if team in teams or (team is None and assignee == user.pk):
                result.views["team"] += number
        else:
            result.views[status] += number
        if assignee == user.pk and status in ACTIVE:
            result.views["mine"] += number
    return result
