"""What belongs together: campaigns, and posts that come back."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from calendar_app.permissions import may_read_calendar

M = TypeVar("M", bound=models.Model, covariant=True)


class SharedQuerySet(models.QuerySet[M]):
    def visible_to(self, user: User) -> Self:
        """For everybody who works in a team: what is planned around our posts is no secret."""
        return self.all() if may_read_calendar(user) else self.none()


class Campaign(models.Model):
    """A theme that posts share. Archived, never deleted."""

    name = models.CharField(_("naam"), max_length=80, unique=True)
    code = models.SlugField(_("code voor links (utm_campaign)"), max_length=60, unique=True)
    description = models.TextField(_("beschrijving"), blank=True, max_length=2000)
    hue = models.PositiveSmallIntegerField(_("kleur"), default=0)  # one of eight, see tokens.css
    starts_on = models.DateField(_("van"), null=True, blank=True)
    ends_on = models.DateField(_("tot en met"), null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(hue__lt=8), name="campaign_known_hue"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="campaign_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """A post that comes back by a rule, at the same time on the clock in summer and winter.

    The post that it was made from is its pattern; each occurrence is a post of its own, approved on its own."""

    rule = models.CharField(_("herhaling"), max_length=300)  # RFC 5545 RRULE without DTSTART and UNTIL
    starts_on = models.DateField(_("vanaf"))
    at = models.TimeField(_("tijd"))  # Europe/Amsterdam
    ends_on = models.DateField(_("tot en met"), null=True, blank=True)
    made_until = models.DateField(null=True, blank=True)  # occurrences are there up to and including this day
    stopped_at = models.DateTimeField(null=True, blank=True)
    # What new occurrences are copied from: the first one, or the last that somebody made count for those after it.
    pattern = models.ForeignKey("calendar_app.Post", on_delete=models.PROTECT, null=True, related_name="+")
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="series_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.at:%H:%M}"
