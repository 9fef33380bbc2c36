"""Who was told that a term is about to pass: each step of the rule once, by a row that can not be there twice."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from inbox.models.obligations import Obligation


class Escalation(models.Model):
    """One step of one term, taken. `told` are the primary keys of the people; nobody could be told when it is empty."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="escalations")
    percent = models.PositiveSmallIntegerField()
    to = models.CharField(max_length=10)  # a value of responsematrix.matching.Recipient
    at = models.DateTimeField(default=timezone.now)
    told: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["obligation", "percent", "to"], name="escalation_each_step_once"),
            models.CheckConstraint(condition=Q(percent__range=(1, 100)), name="escalation_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.percent}% {self.to}"


class MailState(models.TextChoices):
    QUEUED = "queued", _("in de wachtrij")
    SENDING = "sending", _("wordt verzonden")
    SENT = "sent", _("verzonden")
    CANCELLED = "cancelled", _("niet meer nodig")
    FAILED = "failed", _("niet verzonden")


class Mail(models.Model):
    """One e-mail to one colleague, about many conversations. The row is the queue; what it says is put into words when it
    leaves, from what its reader may see then."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    # [conversation, kind of notification], …; never a resident's words or name.
    lines: "models.JSONField[list[list[Any]], list[list[Any]]]" = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=MailState, default=MailState.QUEUED)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=MailState.values), name="mail_known_state"),
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False) | ~Q(state="sending"),
                name="mail_sending_has_lease",
            ),
            # What is not yet tried still collects lines: one per person.
            models.UniqueConstraint(
                fields=["user"], condition=Q(state="queued", attempts=0), name="mail_one_collecting"
            ),
        ]
        indexes = [
            models.Index(fields=["not_before"], name="mail_open", condition=Q(state__in=["queued", "sending"])),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.state}"
