"""The one switch that stops everything that would go out."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class Pause(models.Model):
    """A time in which nothing is published, and what had already left when it began."""

    reason = models.CharField(_("reden"), max_length=300)
    began_at = models.DateTimeField()  # the database's clock
    began_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # {"in_flight": [target ids whose call had started], "published": [target ids of the hour before]}
    already_left: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="pause_ended_by_somebody",
            ),
            models.UniqueConstraint(models.Value(1), condition=Q(ended_at=None), name="pause_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return self.reason


class PublishingSwitch(models.Model):
    """One row, and a lock of its own (publishing.locked_switch): after the commit of a pause nothing starts."""

    pause = models.ForeignKey(Pause, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="publishingswitch_is_one")]

    def __str__(self) -> str:
        return f"paused by {self.pause_id}" if self.pause_id else "on"
