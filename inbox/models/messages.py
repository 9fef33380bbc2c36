"""What was said. A message's history is never rewritten: an edit adds a version."""

from django.db import models

from accounts.models import User
from channels.messages import AttachmentKind, Change, Direction
from channels.models import Channel, Delivery
from inbox.models.contacts import ContactIdentity, MediaState
from inbox.models.conversations import VISIBILITY_CHOICES, Conversation
from responsematrix.choices import KIND_CHOICES

# More is cut when it is shown, not when it is stored; past this it is no message but an attack.
MAX_TEXT = 200_000


class Message(models.Model):
    """One message in a conversation: a resident's, or ours (by Balie, or made elsewhere)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="messages")
    external_id = models.CharField(max_length=300, null=True)  # null: ours, not (yet) at the platform
    direction = models.CharField(max_length=3, choices=[(d.value, d.value) for d in Direction])
    kind = models.CharField(max_length=16, choices=KIND_CHOICES)
    visibility = models.CharField(max_length=8, choices=VISIBILITY_CHOICES)
    author = models.ForeignKey(ContactIdentity, on_delete=models.PROTECT, null=True, related_name="messages")
    # Who wrote it in Balie; null on an outgoing message means that it was made on the platform itself.
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="messages")
    text = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True)
    in_reply_to = models.CharField(max_length=300, blank=True)
    permalink = models.CharField(max_length=600, blank=True)
    is_summons = models.BooleanField(null=True)
    is_encrypted = models.BooleanField(default=False)
    # The public conversation that this private answer was given to; null where it answers its own conversation.
    answered = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, null=True, db_index=False, related_name="answers_elsewhere"
    )
    # It only says when an answer comes (an expectation, a new promise): answers nothing and hands no turn.
    is_automatic = models.BooleanField(default=False, db_default=False)
    # Characters that PostgreSQL or a screen can not hold were taken out.
    is_sanitised = models.BooleanField(default=False)

    sent_at = models.DateTimeField()  # by the platform's clock; ours for what has not left yet
    received_at = models.DateTimeField(auto_now_add=True)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hiding_changed_at = models.DateTimeField(null=True)  # last hidden or shown, by the platform's clock
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)

    key = models.UUIDField(null=True)  # of the composer: the same key twice is the same message
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, null=True, related_name="message")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="message_unique_external"),
            models.UniqueConstraint(
                fields=["conversation", "key"], name="message_unique_key", condition=models.Q(key__isnull=False)
            ),
            # Only our own messages are delivered.
            models.CheckConstraint(
                condition=models.Q(delivery__isnull=True) | models.Q(direction="out"), name="message_delivery_is_ours"
            ),
        ]
        indexes = [
            models.Index(fields=["conversation", "sent_at", "id"], name="message_timeline"),
            models.Index(fields=["answered"], name="message_answered", condition=models.Q(answered__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.external_id or f"#{self.pk}"

    @property
    def is_ours(self) -> bool:
        return self.direction == Direction.OUT


class MessageVersion(models.Model):
    """What a message said before it was edited or deleted at the platform; kept as long as retention allows."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    text = models.TextField()
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["replaced_at", "id"]

    def __str__(self) -> str:
        return f"{self.message_id} {self.replaced_at}"


class PendingChange(models.Model):
    """A deletion or hiding that arrived before the message itself: applied as soon as that comes."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT)
    external_id = models.CharField(max_length=300)
    change = models.CharField(max_length=10, choices=[(c.value, c.value) for c in Change])
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id", "change"], name="pendingchange_once"),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.change}"


class Attachment(models.Model):
    """A picture or file of a message. Shown only once it was fetched, checked and re-encoded by us."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(max_length=8, choices=[(k.value, k.value) for k in AttachmentKind])
    url = models.CharField(max_length=2000, blank=True)
    name = models.CharField(max_length=200, blank=True)
    alt = models.CharField(max_length=1000, blank=True)
    file = models.CharField(max_length=100, blank=True)  # path below MEDIA_ROOT, a name of ours
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    state = models.CharField(max_length=8, choices=MediaState, default=MediaState.PENDING)
    reason = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["id"], name="attachment_todo", condition=models.Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
