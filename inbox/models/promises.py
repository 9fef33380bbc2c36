"""The promise ledger: what a resident was told about when they hear from us, and whether that came true."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from channels.models import Channel
from inbox.models.messages import Message
from inbox.models.obligations import Obligation


class PromiseState(models.TextChoices):
    OPEN = "open", _("loopt")
    KEPT = "kept", _("nagekomen")
    BROKEN = "broken", _("niet nagekomen")
    SUPERSEDED = "superseded", _("vervangen door een nieuwe")
    LAPSED = "lapsed", _("vervallen")  # it never reached the resident, or nothing was owed after all


class PromiseQuerySet(models.QuerySet["Promise"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(obligation__conversation__channel__in=Channel.objects.visible_to(user).values("pk"))


class Promise(models.Model):
    """One moment that was promised, with the words that went out. Its state follows its term: see
    `inbox.obligation_rows.keep_promises`."""

    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="promises")
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="promise")
    promised_for = models.DateTimeField()
    text = models.TextField()
    state = models.CharField(max_length=10, choices=PromiseState, default=PromiseState.OPEN)
    # Null: the expectation message that Balie sent by itself.
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = PromiseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=PromiseState.values), name="promise_known_state"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at=None) | ~Q(state="open") & Q(ended_at__isnull=False),
                name="promise_ends_when_it_ended",
            ),
            models.CheckConstraint(condition=Q(promised_for__gt=models.F("made_at")), name="promise_is_ahead"),
            # Two workers that find the same term pending send one expectation.
            models.UniqueConstraint(fields=["obligation"], condition=Q(made_by=None), name="promise_one_expectation"),
            models.UniqueConstraint(fields=["obligation"], condition=Q(state="open"), name="promise_one_open"),
        ]
        indexes = [
            models.Index(fields=["promised_for"], name="promise_open", condition=Q(state="open")),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.promised_for} {self.state}"
