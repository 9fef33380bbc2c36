"""Campaigns: made, changed, put away. Their code stands in links that went out, so it never changes."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, Sum
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.models import Campaign, Post, PostKind, PostTarget, PublishedPost
from calendar_app.permissions import may_plan
from core.events import publish_on_commit
from inbox.sanitise import clean

HUES = range(8)
EDITABLE = frozenset({"name", "description", "hue", "starts_on", "ends_on"})


class CampaignRefused(ValueError):
    """Nothing was written. `field` is what it is about; `str(error)` is for the person."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def add_campaign(*, by: User, name: str, **more: Any) -> Campaign:
    """`more`: description, hue (0-7), starts_on and ends_on. Raises CampaignRefused."""
    return _write(Campaign(code=_free_code(name)), by=by, action="campaign.added", name=name, **more)


@transaction.atomic
def change_campaign(*, campaign: Campaign, by: User, **fields: Any) -> Campaign:
    """Raises CampaignRefused."""
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    return _write(locked, by=by, action="campaign.changed", **fields)


@transaction.atomic
def archive_campaign(*, campaign: Campaign, by: User, is_archived: bool = True) -> Campaign:
    """Put away, or back: what was planned for it stays as it is. Twice is once."""
    locked = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if bool(locked.archived_at) != is_archived:
        locked.archived_at = timezone.now() if is_archived else None
        locked.save(update_fields=["archived_at"])
        record("campaign.archived" if is_archived else "campaign.restored", locked, by=by)
        publish_on_commit("calendar", "calendar")
    return locked


def _write(campaign: Campaign, *, by: User, action: str, **fields: Any) -> Campaign:
    assert may_plan(by)
    assert fields.keys() <= EDITABLE
    for name, value in fields.items():
        setattr(campaign, name, clean(value, 5000) if isinstance(value, str) else value)
    _check(campaign)
    try:
        with transaction.atomic():
            campaign.save()
            record(action, campaign, by=by, fields=sorted(fields))
            publish_on_commit("calendar", "calendar")
    except IntegrityError as error:  # somebody else was first
        raise CampaignRefused("name", _("Er is al een campagne met deze naam.")) from error
    return campaign


def _check(campaign: Campaign) -> None:
    if not campaign.name:
        raise CampaignRefused("name", _("Geef de campagne een naam."))
    if len(campaign.name) > 80:
        raise CampaignRefused("name", _("De naam is te lang: hooguit 80 tekens."))
    if Campaign.objects.filter(name__iexact=campaign.name).exclude(pk=campaign.pk).exists():
        raise CampaignRefused("name", _("Er is al een campagne met deze naam."))
    if len(campaign.description) > 2000:
        raise CampaignRefused("description", _("De beschrijving is te lang: hooguit 2000 tekens."))
    if campaign.hue not in HUES:
        raise CampaignRefused("hue", _("Kies een van de acht kleuren."))
    if campaign.starts_on and campaign.ends_on and campaign.ends_on < campaign.starts_on:
        raise CampaignRefused("ends_on", _("De laatste dag ligt voor de eerste."))


def _free_code(name: str) -> str:
    """For links: "winterklaar", or "winterklaar-2" when that is taken."""
    base = slugify(name)[:50] or "campagne"
    taken = set(Campaign.objects.filter(code__startswith=base).values_list("code", flat=True))
    code, number = base, 2
    while code in taken:
        code, number = f"{base}-{number}", number + 1
    return code


# -- How they do -----------------------------------------------------------------------------------------------------------------


def counts_of(user: User) -> dict[int, dict[str, Any]]:
    """By campaign: `total` posts, how many are still to come (`coming`), the first and last moment. One query."""
    posts = Post.objects.visible_to(user).filter(kind=PostKind.POST, removed_at=None, campaign__isnull=False)
    rows = (
        posts.order_by()
        .values("campaign")
        .annotate(total=Count("pk"), coming=Count("pk", filter=Q(planned_at__gt=timezone.now()) | Q(planned_at=None)))
    )
    return {row["campaign"]: dict(row) for row in rows}


def totals_of(campaign: Campaign, user: User) -> dict[str, Any]:
    """`states`: how many channels of its posts are how far; `figures`: what the platforms told of those that are published (None
    where none of them tells). Three queries."""
    posts = Post.objects.visible_to(user).filter(kind=PostKind.POST, removed_at=None, campaign=campaign)
    targets = PostTarget.objects.visible_to(user).filter(post__in=posts)
    states = dict(targets.order_by().values_list("state").annotate(n=Count("pk")))
    published = PublishedPost.objects.visible_to(user).filter(target__post__in=posts)
    figures = published.aggregate(
        number=Count("pk"),
        reach=Sum("reach"),
        reactions=Sum("reactions"),
        comments=Sum("comments"),
        shares=Sum("shares"),
    )
    return {"posts": posts.count(), "states": states, "figures": figures}
