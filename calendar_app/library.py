"""Looking into the media library: searching, what asks for attention, and which posts use a picture."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from calendar_app.models import Consent, MediaItem, Post, PostPicture, PostTarget, Rights, TargetState
from calendar_app.models.posts import STARTED
from calendar_app.moments import on_the_wall

OVER = (*STARTED, TargetState.CANCELLED)
SOON = datetime.timedelta(days=30)
LONGEST_SEARCH = 100
PAGE = 48
# In the order in which they stand; archived pictures are in no other list.
LISTS = {
    "": gettext_lazy("Alle"),
    "rights": gettext_lazy("Rechten onbekend"),
    "consent": gettext_lazy("Toestemming ontbreekt"),
    "alt": gettext_lazy("Zonder alt-tekst"),
    "expiring": gettext_lazy("Verloopt binnen 30 dagen"),
    "expired": gettext_lazy("Verlopen"),
    "unused": gettext_lazy("Niet gebruikt"),
    "archived": gettext_lazy("Archief"),
}
_USED = Exists(PostPicture.objects.filter(item=OuterRef("pk"), post__removed_at=None))


@dataclass(frozen=True, slots=True)
class Asked:
    """`words` to look for, and which of LISTS."""

    words: str = ""
    list: str = ""

    @classmethod
    def read(cls, query: QueryDict) -> Self:
        """Whatever stands there: what is not understood is left aside."""
        words = " ".join(query.get("q", "").replace("\x00", "").split())[:LONGEST_SEARCH]
        asked = query.get("list", "")
        return cls(words, asked if asked in LISTS else "")


@dataclass(frozen=True, slots=True)
class Use:
    """A post that shows a picture. `is_late`: it still has to go out, at a moment when the picture may no longer be shown."""

    post: Post
    states: Sequence[str]
    is_late: bool


def conditions(today: datetime.date) -> dict[str, Q]:
    """Per list which pictures are in it; a picture may be used up to and including the day on which it expires."""
    kept = Q(archived_at=None)
    return {
        "": kept,
        "rights": kept & Q(rights=Rights.UNKNOWN),
        "consent": kept & Q(consent=Consent.MISSING),
        "alt": kept & Q(alt=""),
        "expiring": kept & Q(expires_on__gte=today, expires_on__lte=today + SOON),
        "expired": kept & Q(expires_on__lt=today),
        "unused": kept & Q(is_used=False),
        "archived": Q(archived_at__isnull=False),
    }


def find_media(user: User, asked: Asked, *, today: datetime.date | None = None) -> QuerySet[MediaItem]:
    """Newest first, each with `use_count`; every word stands in the name, the alt text or the source."""
    found = MediaItem.objects.visible_to(user).alias(is_used=_USED)
    found = found.filter(conditions(today or timezone.localdate())[asked.list])
    for word in asked.words.split():
        found = found.filter(Q(name__icontains=word) | Q(alt__icontains=word) | Q(credit__icontains=word))
    used = Count("used_in__post", filter=Q(used_in__post__removed_at=None), distinct=True)
    return found.annotate(use_count=used).order_by("-pk")


def count_lists(user: User) -> list[tuple[str, str, int]]:
    """(list, words, how many) of every list. One query."""
    counts = {f"n_{name}": Count("pk", filter=each) for name, each in conditions(timezone.localdate()).items()}
    found = MediaItem.objects.visible_to(user).annotate(is_used=_USED).aggregate(**counts)
    return [(name, str(words), found[f"n_{name}"]) for name, words in LISTS.items()]


def uses_of(item: MediaItem, user: User) -> tuple[list[Use], int]:
    """The posts with this picture that `user` may see, the first planned one first, and how many there are besides."""
    every = Post.objects.filter(pictures__item=item, removed_at=None).distinct()
    seen = Post.objects.visible_to(user).filter(pk__in=every.values("pk"))
    posts = seen.prefetch_related("targets", "pictures").order_by("planned_at", "pk")
    uses = [_use(post, item) for post in posts]
    return uses, every.count() - len(uses)


def waiting_targets(item: MediaItem) -> QuerySet[PostTarget]:
    """Where this picture still has to go out."""
    of_post = Q(has_own_pictures=False, post__in=PostPicture.objects.filter(item=item, target=None).values("post"))
    own = Q(pk__in=PostPicture.objects.filter(item=item, target__isnull=False).values("target"))
    return PostTarget.objects.filter(of_post | own, post__removed_at=None).exclude(state__in=OVER)


def day_of(post: Post) -> datetime.date:
    """The day by which its pictures are judged: the planned one, or else (or when that has passed) today."""
    today = timezone.localdate()
    return max(today, on_the_wall(post.planned_at).date()) if post.planned_at else today


def words_for_obstacle(obstacle: str) -> str:
    """Of MediaItem.obstacle, in words; empty when nothing is in the way."""
    return {
        "archived": _("in het archief"),
        "expired": _("verlopen"),
        "consent": _("toestemming ontbreekt"),
        "rights": _("rechten nog niet bekend"),
    }.get(obstacle, "")


def _use(post: Post, item: MediaItem) -> Use:
    shows = shows_on(post, item)
    moments = [each.moment for each in shows if each.state not in OVER] or ([] if shows else [post.planned_at])
    last = item.expires_on
    is_late = last is not None and any(each is not None and on_the_wall(each).date() > last for each in moments)
    return Use(post, list(dict.fromkeys(each.get_state_display() for each in shows)), is_late)


def shows_on(post: Post, item: MediaItem) -> list[PostTarget]:
    """The channels on which the post shows that picture. Reads its pictures and targets: prefetch them."""
    found = [each for each in post.pictures.all() if each.item_id == item.pk]
    own = {each.target_id for each in found}
    targets = post.targets.all()
    for each in targets:
        each.post = post
    return [each for each in targets if each.pk in own or (None in own and not each.has_own_pictures)]
