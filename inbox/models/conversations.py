"""Conversations: everything said with one resident in one thread of one channel."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from channels.messages import Visibility
from channels.models import Channel
from inbox.models.contacts import Contact, ContactIdentity, MediaState
from responsematrix.choices import KIND_CHOICES, Audience, Urgency
from responsematrix.models import Subject

VISIBILITY_LABELS = {Visibility.PUBLIC: _("openbaar"), Visibility.PRIVATE: _("privé")}
VISIBILITY_CHOICES = [(visibility.value, label) for visibility, label in VISIBILITY_LABELS.items()]


class Status(models.TextChoices):
    OPEN = "open", _("open")
    WAITING = "waiting", _("wacht op inwoner")
    SNOOZED = "snoozed", _("uitgesteld")
    RESOLVED = "resolved", _("afgehandeld")


class ResolveReason(models.TextChoices):
    """Why a conversation was resolved without an answer: keeps the figures honest."""

    THANKS = "thanks", _("bedankje, geen antwoord nodig")
    NOT_FOR_US = "not_for_us", _("niet voor ons")
    SPAM = "spam", _("spam")
    ELSEWHERE = "elsewhere", _("elders beantwoord")


class RootPost(models.Model):
    """The public post that a conversation takes place under."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="root_posts")
    external_id = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    author_name = models.CharField(max_length=200, blank=True)
    is_ours = models.BooleanField(null=True)
    permalink = models.CharField(max_length=600, blank=True)
    posted_at = models.DateTimeField(null=True)
    picture_url = models.CharField(max_length=1000, blank=True)
    picture = models.CharField(max_length=100, blank=True)
    picture_alt = models.CharField(max_length=1000, blank=True)
    picture_state = models.CharField(max_length=8, choices=MediaState, default=MediaState.NONE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="rootpost_unique")]
        indexes = [
            models.Index(fields=["id"], name="rootpost_picture_todo", condition=models.Q(picture_state="pending")),
        ]

    def __str__(self) -> str:
        return self.external_id


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User) -> Self:
        """Conversations on channels that the user may see: every list, count, search and page starts here."""
        return self.filter(channel__in=Channel.objects.visible_to(user).values("pk"))


class Conversation(models.Model):
    """Everything exchanged with one contact in one thread on one channel."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="conversations")
    thread_id = models.CharField(max_length=300)
    kind = models.CharField(max_length=16, choices=KIND_CHOICES)
    visibility = models.CharField(max_length=8, choices=VISIBILITY_CHOICES)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="conversations")
    identity = models.ForeignKey(ContactIdentity, on_delete=models.PROTECT, null=True, related_name="conversations")
    root = models.ForeignKey(RootPost, on_delete=models.PROTECT, null=True, related_name="conversations")
    # The public conversation that this private one was started from.
    origin = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="private_conversations")

    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    snoozed_until = models.DateTimeField(null=True)
    resolve_reason = models.CharField(max_length=16, choices=ResolveReason, blank=True)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="conversations")
    assignee = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="conversations")
    assigned_at = models.DateTimeField(null=True)
    # Who did not touch it by then gives it back to the queue; null: theirs to keep. See inbox.returning.
    lease_until = models.DateTimeField(null=True)

    # What the matrix is asked with. A person's choice is never replaced by what words suggest.
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, null=True, related_name="conversations")
    is_subject_chosen = models.BooleanField(default=False, db_default=False)
    audience = models.CharField(max_length=16, choices=Audience, blank=True, db_default="")
    urgency = models.CharField(max_length=16, choices=Urgency, blank=True, db_default="")
    # The first of the terms that run; null when nothing is owed. Kept by inbox.obligations.
    next_due_at = models.DateTimeField(null=True)

    preview = models.CharField(max_length=200, blank=True)  # first line of the newest message
    is_preview_ours = models.BooleanField(default=False)
    message_count = models.PositiveIntegerField(default=0)
    unread_count = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField(null=True)
    last_outbound_at = models.DateTimeField(null=True)
    # Since when the resident waits for our next word; null when the ball is not in our court.
    awaiting_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConversationQuerySet.as_manager()  # .visible_to(user): every view starts there

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "thread_id"], name="conversation_unique_thread"),
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="conversation_known_status"),
            # Snoozed and an end time belong together: one without the other is a bug.
            models.CheckConstraint(
                condition=models.Q(status="snoozed", snoozed_until__isnull=False)
                | (~models.Q(status="snoozed") & models.Q(snoozed_until__isnull=True)),
                name="conversation_snoozed_has_end",
            ),
            models.CheckConstraint(
                condition=models.Q(lease_until=None) | models.Q(assignee__isnull=False, assigned_at__isnull=False),
                name="conversation_lease_of_somebody",
            ),
            models.CheckConstraint(
                condition=models.Q(status="resolved") | models.Q(resolve_reason=""),
                name="conversation_reason_only_when_resolved",
            ),
        ]
        indexes = [
            # One index per family of views: the first 50 of any page depth are read from it, whatever the table's size.
            models.Index(
                fields=["-last_message_at", "-id"], name="conversation_resolved", condition=models.Q(status="resolved")
            ),
            models.Index(
                fields=["status", "-last_message_at", "-id"],
                name="conversation_active",
                condition=~models.Q(status="resolved"),
            ),
            models.Index(
                fields=["assignee", "status", "-last_message_at", "-id"],
                name="conversation_assignee",
                condition=~models.Q(status="resolved"),
            ),
            models.Index(fields=["channel", "-last_message_at", "-id"], name="conversation_channel"),
            # Open and snoozed ones: "longest waiting" is asked for in every view.
            models.Index(
                fields=["awaiting_since", "id"],
                name="conversation_waits",
                condition=models.Q(awaiting_since__isnull=False),
            ),
            # Badges: counted from this index alone.
            models.Index(
                fields=["channel", "status", "assignee", "team"],
                include=["next_due_at"],
                name="conversation_badges",
                condition=~models.Q(status="resolved"),
            ),
            models.Index(
                fields=["next_due_at", "id"],
                name="conversation_deadline",
                condition=models.Q(status="open", next_due_at__isnull=False),
            ),
            models.Index(
                fields=["-last_message_at", "-id"],
                name="conversation_no_deadline",
                condition=models.Q(status="open", next_due_at=None),
            ),
            models.Index(
                fields=["lease_until"], name="conversation_lease", condition=models.Q(lease_until__isnull=False)
            ),
            # "Unread" in a view where hardly anything is: what was resolved.
            models.Index(
                fields=["-last_message_at", "-id"],
                name="conversation_unread",
                condition=models.Q(unread_count__gt=0),
            ),
            models.Index(fields=["contact", "-last_message_at"], name="conversation_contact"),
            models.Index(fields=["snoozed_until"], name="conversation_snoozed", condition=models.Q(status="snoozed")),
        ]

    def __str__(self) -> str:
        return f"{self.channel_id} {self.thread_id}"

    @property
    def is_private(self) -> bool:
        return self.visibility == Visibility.PRIVATE
