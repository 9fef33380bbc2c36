"""The only rows that core knows: long jobs that a person asked for and watches."""

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("wacht")
    RUNNING = "running", _("bezig")
    DONE = "done", _("klaar")
    FAILED = "failed", _("mislukt")
    CANCELLED = "cancelled", _("gestopt")


UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: AbstractBaseUser | AnonymousUser) -> Self:
        """One's own, whatever one's role: a result shows what its owner may see."""
        return self.filter(owner=user.pk) if user.is_active else self.none()

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED)


class Job(models.Model):
    """One long job: what was asked, how far it is, and what came of it. The row is the truth, the queue only a hint."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="jobs")
    kind = models.CharField(max_length=40)  # the name under which core.jobs knows its function
    title = models.CharField(max_length=200)
    params: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    page = models.CharField(max_length=60, blank=True)  # name of the address where its result is read, by primary key

    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)  # 0: not known (yet)
    result: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)  # for its owner
    file = models.CharField(max_length=120, blank=True)  # path below MEDIA_ROOT, a name of ours
    file_name = models.CharField(max_length=120, blank=True)  # as it is offered

    created_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)  # the last sign of life of its worker
    claim = models.CharField(max_length=32, blank=True)  # which run of which worker has it
    cancel_asked_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_known_state"),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED, finished_at=None)
                | ~Q(state__in=UNFINISHED) & Q(finished_at__isnull=False),
                name="job_finished_when_it_ended",
            ),
            models.CheckConstraint(
                condition=~Q(state=JobState.RUNNING) | Q(heartbeat_at__isnull=False), name="job_running_has_heartbeat"
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "-id"], name="job_owner"),
            models.Index(fields=["state", "heartbeat_at"], name="job_unfinished", condition=Q(state__in=UNFINISHED)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} {self.state}"

    def get_absolute_url(self) -> str:
        return reverse(self.page, args=[self.pk]) if self.page else reverse("jobs")

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED

    @property
    def is_stopping(self) -> bool:
        return self.state == JobState.RUNNING and self.cancel_asked_at is not None

    @property
    def percent(self) -> int | None:
        """0 to 100; None while it is not known how much there is."""
        if self.state == JobState.DONE:
            return 100
        return min(100 * self.done // self.total, 100) if self.total else None
