"""The media library: pictures of ours with what we may do with them. Files are named by us and never change."""

import datetime

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from calendar_app.models.campaigns import SharedQuerySet


class Rights(models.TextChoices):
    OWN = "own", _("eigen beeld")
    LICENSED = "licensed", _("gekocht of in licentie")
    FREE = "free", _("vrij te gebruiken")
    UNKNOWN = "unknown", _("nog niet bekend")


class Consent(models.TextChoices):
    """Portrait rights: may who is recognisable be shown?"""

    NOT_NEEDED = "not_needed", _("niemand herkenbaar")
    GIVEN = "given", _("toestemming gegeven")
    MISSING = "missing", _("toestemming ontbreekt")


class MediaItem(models.Model):
    """A picture: re-encoded on arrival, without metadata. Archived, never deleted while a post shows it."""

    file = models.CharField(max_length=100, unique=True)  # path below MEDIA_ROOT
    thumbnail = models.CharField(max_length=100)
    content_type = models.CharField(max_length=20)  # image/jpeg, image/png
    digest = models.CharField(max_length=64, unique=True)  # sha-256 of the stored bytes, hexadecimal
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()  # bytes
    name = models.CharField(_("naam"), max_length=200)
    alt = models.CharField(_("alt-tekst"), max_length=1000, blank=True)
    rights = models.CharField(_("rechten"), max_length=10, choices=Rights, default=Rights.UNKNOWN)
    credit = models.CharField(_("maker of bron"), max_length=200, blank=True)
    consent = models.CharField(_("toestemming"), max_length=12, choices=Consent, default=Consent.NOT_NEEDED)
    consent_note = models.CharField(_("wie en waar vastgelegd"), max_length=300, blank=True)
    expires_on = models.DateField(_("te gebruiken tot en met"), null=True, blank=True)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SharedQuerySet.as_manager()

    was_known = False  # said by what adds pictures: this one was there already

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(rights__in=Rights.values), name="mediaitem_known_rights"),
            models.CheckConstraint(condition=Q(consent__in=Consent.values), name="mediaitem_known_consent"),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        if self.consent == Consent.GIVEN and not self.consent_note.strip():
            raise ValidationError({"consent_note": _("Schrijf op wie toestemming gaf, en waar dat is vastgelegd.")})

    def obstacle(self, on: datetime.date) -> str:
        """Why it may not be shown on that day: "rights", "consent", "expired", "archived"; empty when it may."""
        if self.archived_at:
            return "archived"
        if self.expires_on and self.expires_on < on:
            return "expired"
        if self.consent == Consent.MISSING:
            return "consent"
        return "rights" if self.rights == Rights.UNKNOWN else ""
