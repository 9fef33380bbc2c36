"""What somebody is told inside Balie: one line per conversation or post, shown together per kind."""

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
    UNPUBLISHED = "unpublished", _("niet geplaatst")
    LATE = "late", _("te laat met plaatsen")
    ASSIGNED = "assigned", _("aan u toegewezen")
    TAKEN_OVER = "taken_over", _("overgenomen door een collega")
    RETURNED = "returned", _("terug in de wachtrij")
    CHANGE = "change", _("wijziging gevraagd in uw bericht")
    REVIEW = "review", _("berichten om te beoordelen")
    VOID = "void", _("uw akkoord is vervallen")
    APPROVED = "approved", _("goedgekeurd")
    COMMENT = "comment", _("opmerking bij een bericht")
    EXPIRING = "expiring", _("afbeelding verloopt")


class NotificationQuerySet(models.QuerySet["Notification"]):
    def visible_to(self, user: User) -> Self:
        """One's own: of conversations only those that one may (still) see. A page decides for itself who sees it."""
        seen = Q(conversation__channel__in=Channel.objects.visible_to(user).values("pk"))
        return self.filter(Q(conversation=None) | seen, user=user)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notifications")
    kind = models.CharField(max_length=12, choices=NotificationKind)
    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, blank=True, related_name="notifications"
    )
    # Where it is about something else than a conversation: a page of ours, and what it is called.
    path = models.CharField(max_length=200, blank=True, default="", db_default="")
    title = models.CharField(max_length=200, blank=True, default="", db_default="")
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
            models.UniqueConstraint(
                fields=["user", "kind", "path"],
                condition=Q(read_at=None, conversation=None),
                name="notification_path_once_unread",
            ),
            models.CheckConstraint(
                condition=Q(conversation__isnull=False, path="") | Q(conversation=None, path__startswith="/"),
                name="notification_about_one_thing",
            ),
        ]
        indexes = [models.Index(fields=["user", "-id"], name="notification_unread", condition=Q(read_at=None))]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.path or self.conversation_id}"
