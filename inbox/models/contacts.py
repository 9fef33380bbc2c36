"""Residents, and the handles by which platforms know them."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.platforms import Platform


class MediaState(models.TextChoices):
    """Where a picture of a platform is: only what was fetched and re-encoded by us is ever shown."""

    NONE = "none", _("geen")
    PENDING = "pending", _("wordt opgehaald")
    STORED = "stored", _("opgeslagen")
    REFUSED = "refused", _("geweigerd")


class Contact(models.Model):
    """One person or business. Starts with one identity; linking more of them is a human decision."""

    name = models.CharField(_("naam"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or str(self.pk)


class ContactIdentity(models.Model):
    """How one platform knows somebody. `scope` is our account's id where ids are per account (Facebook), else empty."""

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="identities")
    platform = models.CharField(max_length=16, choices=Platform)
    scope = models.CharField(max_length=120, blank=True)
    external_id = models.CharField(max_length=300)
    name = models.CharField(max_length=200, blank=True)
    handle = models.CharField(max_length=200, blank=True)
    profile_url = models.CharField(max_length=600, blank=True)
    avatar_url = models.CharField(max_length=1000, blank=True)
    avatar = models.CharField(max_length=100, blank=True)  # path below MEDIA_ROOT
    avatar_state = models.CharField(max_length=8, choices=MediaState, default=MediaState.NONE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["platform", "scope", "external_id"], name="contactidentity_unique"),
        ]
        indexes = [
            models.Index(fields=["id"], name="contactidentity_avatar_todo", condition=models.Q(avatar_state="pending")),
            # Names and handles by the beginning of any of their words, as somebody types them.
            GinIndex(SearchVector("name", "handle", config="simple"), name="contactidentity_words"),
        ]

    def __str__(self) -> str:
        return self.name or self.handle or self.external_id

    @property
    def display_name(self) -> str:
        """What staff see. LinkedIn gives no names: then the platform's word for its members stands there."""
        if self.name or self.handle:
            return self.name or f"@{self.handle}"
        if self.platform == Platform.LINKEDIN:
            return str(_("LinkedIn-lid"))
        return str(_("Onbekende afzender"))
