"""What somebody is told inside Balie: one line per conversation, shown together per kind."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from channels.models import Channel
from inbox.models.conversations import Conversation


class NotificationKind(models.TextChoices):
    """In the order in which they are shown: what can not wait comes first."""

    PASSED = "passed", _("termijn voorbij")
    DEADLINE = "deadline", _("termijn verloopt bijna")
    ASSIGNED = "assigned", _("aan u toegewezen")
    TAKEN_OVER = "taken_over", _("overgenomen door een collega")
    RETURNED = "returned", _("terug in de wachtrij")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> Self:
        """One's own, and only of conversations that one may (still) see."""
        return self.filter(user=user, conversation__channel__in=Channel.objects.visible_to(user).values("pk"))

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notifications")
    kind = models.CharField(max_length=12, choices=NotificationKind)
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="notifications")
    # Who did it; null: Balie.
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NotificationKind.values), name="notification_known_kind"),
            # Told once until it is read, however often it happens meanwhile.
            models.UniqueConstraint(
                fields=["user", "kind", "conversation"], condition=Q(read_at=None), name="notification_once_unread"
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="notification_unread", condition=Q(read_at=None))]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.conversation_id}"
