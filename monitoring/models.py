"""What is computed once and shown often."""

from typing import Any

from django.db import models
from django.utils import timezone


class ServiceMonth(models.Model):
    """How well promises were kept in one calendar month, over everything: what the public service page shows. No names, no
    channels of ours, no conversations: counts alone. See `monitoring.service_figures` for the shape."""

    first_on = models.DateField(unique=True)
    figures: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-first_on"]
        constraints = [
            models.CheckConstraint(condition=models.Q(first_on__day=1), name="servicemonth_is_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.first_on:%Y-%m}"
