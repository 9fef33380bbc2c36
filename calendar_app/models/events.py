"""What else happens: council meetings, markets, road works, days that matter. A quiet layer under the posts."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from calendar_app.models.campaigns import SharedQuerySet


class EventKind(models.TextChoices):
    COUNCIL = "council", _("raad en college")
    MARKET = "market", _("markt of evenement")
    ROAD_WORKS = "road_works", _("wegwerkzaamheden")
    HOLIDAY = "holiday", _("feestdag")
    AWARENESS = "awareness", _("themadag")
    COMMEMORATION = "commemoration", _("herdenking")
    ELECTION = "election", _("verkiezingsperiode")
    SCHOOL_HOLIDAY = "school_holiday", _("schoolvakantie")
    OTHER = "other", _("overig")


class Subscription(models.Model):
    """A calendar of somebody else that we follow by its iCal address."""

    name = models.CharField(_("naam"), max_length=80)
    url = models.URLField(_("adres"), max_length=600, unique=True)
    kind = models.CharField(_("soort"), max_length=16, choices=EventKind, default=EventKind.OTHER)
    etag = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)  # the last time that it succeeded
    next_fetch_at = models.DateTimeField(null=True, blank=True)  # null: now
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="subscription_known_kind")]

    def __str__(self) -> str:
        return self.name


class CalendarEvent(models.Model):
    """Whole days (`starts_on` up to and including `ends_on`), or from a moment to a moment as well."""

    kind = models.CharField(_("soort"), max_length=16, choices=EventKind, default=EventKind.OTHER)
    title = models.CharField(_("titel"), max_length=200)
    place = models.CharField(_("plaats"), max_length=200, blank=True)
    note = models.TextField(_("toelichting"), blank=True, max_length=2000)
    starts_on = models.DateField(_("van"))  # Europe/Amsterdam
    ends_on = models.DateField(_("tot en met"))
    starts_at = models.DateTimeField(_("begint"), null=True, blank=True)
    ends_at = models.DateTimeField(_("eindigt"), null=True, blank=True)
    subscription = models.ForeignKey(
        Subscription, on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    uid = models.CharField(max_length=300, blank=True)  # of the subscription, with the moment of a recurrence
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["starts_on", "starts_at", "title"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=EventKind.values), name="calendarevent_known_kind"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")), name="calendarevent_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(ends_at__gte=models.F("starts_at")),
                name="calendarevent_moments_whole",
            ),
            models.UniqueConstraint(
                fields=["subscription", "uid"], condition=Q(subscription__isnull=False), name="calendarevent_once"
            ),
        ]
        indexes = [models.Index(fields=["starts_on", "ends_on"], name="calendarevent_days")]

    def __str__(self) -> str:
        return self.title


class FeedToken(models.Model):
    """The secret part of a person's iCal address. Only its fingerprint is kept; a new one ends the old one."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="feed_token")
    digest = models.CharField(max_length=64, unique=True)  # sha-256, hexadecimal
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"feed of {self.user_id}"
