"""Our accounts on platforms, what came in exactly as it came, and what has to go out."""

import json
import uuid
from datetime import datetime
from typing import Any, Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from channels.encryption import decrypt, encrypt
from channels.messages import SendMode
from channels.platforms import Platform
from channels.wording import Explanation, explain


class ChannelState(models.TextChoices):
    OK = "ok", _("in orde")
    EXPIRING = "expiring", _("verloopt binnenkort")
    REAUTHORISE = "reauthorise", _("opnieuw koppelen")
    LIMITED = "limited", _("limiet bereikt")
    STOPPED = "stopped", _("gestopt door platform")
    OFF = "off", _("uitgeschakeld")


class ChannelQuerySet(models.QuerySet["Channel"]):
    def visible_to(self, user: User) -> Self:
        """Channels of the user's teams; administrators see all. Everything in the inbox is filtered by this."""
        if user.is_administrator:
            return self.all()
        return self.filter(pk__in=ChannelTeam.objects.filter(team__in=user.team_ids).values("channel"))

    def open(self) -> Self:
        return self.filter(closed_at=None)

    def due_for_polling(self, now: datetime) -> Self:
        """Channels that may be read now: a channel that only lost the right to send is still read where that works."""
        return self.open().exclude(state__in=[ChannelState.OFF, ChannelState.STOPPED]).filter(next_poll_at__lte=now)


class Channel(models.Model):
    """One account of ours on one platform. Closed, never deleted: its history stays."""

    platform = models.CharField(_("platform"), max_length=16, choices=Platform)
    external_id = models.CharField(max_length=120)
    name = models.CharField(_("naam"), max_length=120)
    handle = models.CharField(_("gebruikersnaam"), max_length=120, blank=True)
    teams: "models.ManyToManyField[Team, ChannelTeam]" = models.ManyToManyField(
        Team, through="ChannelTeam", related_name="channels"
    )
    # Fernet token of a JSON object; see get_credentials. Never shown, never logged.
    encrypted_credentials = models.BinaryField(default=b"", editable=False)
    settings: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    state = models.CharField(max_length=16, choices=ChannelState, default=ChannelState.OK)
    # A code of channels.wording with the technical reason; without a code the reason is a sentence of our own.
    state_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    state_reason = models.CharField(max_length=300, blank=True)
    state_until = models.DateTimeField(null=True, blank=True)
    token_expires_at = models.DateTimeField(null=True, blank=True)

    poll_cursor: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    polled_at = models.DateTimeField(null=True, blank=True)  # last poll that succeeded
    next_poll_at = models.DateTimeField(default=timezone.now)
    poll_lease_until = models.DateTimeField(null=True, blank=True)
    poll_failures = models.PositiveIntegerField(default=0)
    poll_error_code = models.CharField(max_length=40, blank=True, default="", db_default="")
    poll_error = models.CharField(max_length=300, blank=True)
    last_event_at = models.DateTimeField(null=True, blank=True)
    # What is older was there before us: backfilled, without starting deadlines.
    connected_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ChannelQuerySet.as_manager()

    class Meta:
        ordering = ["platform", "name"]
        constraints = [
            models.UniqueConstraint(fields=["platform", "external_id"], name="channel_unique_account"),
            models.CheckConstraint(condition=models.Q(state__in=ChannelState.values), name="channel_known_state"),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} · {self.name}"

    @property
    def state_explained(self) -> Explanation:
        """Why it is in this state, for the reader; an empty text when there is nothing to say."""
        branch = {ChannelState.STOPPED: "stopped", ChannelState.LIMITED: "rate_limited"}.get(
            ChannelState(self.state), "channel"
        )
        return explain(self.state_code, self.state_reason, platform=self.platform, branch=branch)

    @property
    def poll_explained(self) -> Explanation:
        """Why the last reading failed; an empty text when it did not."""
        return explain(self.poll_error_code, self.poll_error, platform=self.platform)

    def get_credentials(self) -> dict[str, str]:
        """Decrypted credentials. Raises CredentialsUnreadable when the key is missing or another one."""
        if not self.encrypted_credentials:
            return {}
        credentials: dict[str, str] = json.loads(decrypt(bytes(self.encrypted_credentials)))
        return credentials

    def set_credentials(self, credentials: dict[str, str]) -> None:
        """Encrypt; an empty value never overwrites a known one."""
        known = self.get_credentials()
        merged = {**known, **{key: value for key, value in credentials.items() if value}}
        self.encrypted_credentials = encrypt(json.dumps(merged).encode())


class ChannelTeam(models.Model):
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE)
    team = models.ForeignKey(Team, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "team"], name="channelteam_once")]

    def __str__(self) -> str:
        return f"{self.channel_id} · {self.team_id}"


class RateBudget(models.Model):
    """What a platform last said is left of one of its limits."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="budgets")
    name = models.CharField(max_length=60)
    limit = models.IntegerField()
    remaining = models.IntegerField()
    reset_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="ratebudget_once_per_name")]

    def __str__(self) -> str:
        return f"{self.name}: {self.remaining}/{self.limit}"


class RawState(models.TextChoices):
    NEW = "new", _("nieuw")
    PROCESSED = "processed", _("verwerkt")
    IGNORED = "ignored", _("niet voor de inbox")
    FAILED = "failed", _("niet begrepen")


class RawEvent(models.Model):
    """One event exactly as a platform sent it, kept before anything is understood."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, null=True, related_name="raw_events")
    platform = models.CharField(max_length=16, choices=Platform)
    event_id = models.CharField(max_length=300)
    source = models.CharField(max_length=8)  # poll | webhook
    # Text, not jsonb: JSON may hold \u0000 and lone surrogates, which jsonb refuses. Always ASCII.
    body = models.TextField()
    received_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=RawState, default=RawState.NEW)
    reason = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    processed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # Without a channel (an account that is not ours) the event is still kept once.
            models.UniqueConstraint(
                fields=["platform", "channel", "event_id"], name="rawevent_once", nulls_distinct=False
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="rawevent_unprocessed", condition=models.Q(state="new")),
            models.Index(fields=["channel", "id"], name="rawevent_failed", condition=models.Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"{self.platform} {self.event_id}"

    @property
    def payload(self) -> Any:
        return json.loads(self.body)


class DeliveryState(models.TextChoices):
    DRAFT = "draft", _("concept")
    AWAITING_APPROVAL = "awaiting_approval", _("wacht op akkoord")
    QUEUED = "queued", _("in de wachtrij")
    CLAIMED = "claimed", _("opgepakt")
    SENDING = "sending", _("wordt verzonden")
    SENT = "sent", _("verzonden")
    FAILED = "failed", _("niet verzonden")
    UNKNOWN = "unknown", _("onbekend of het is verzonden")
    CANCELLED = "cancelled", _("geannuleerd")


# Begins the external id of what a person saw at the platform: proof, until the platform itself shows the message.
SEEN_BY_PERSON = "seen-by-person:"


class Delivery(models.Model):
    """One thing to be sent, once. The row is the queue: what it says is what is true."""

    key = models.UUIDField(default=uuid.uuid4, unique=True)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="deliveries")
    mode = models.CharField(max_length=16, choices=[(mode.value, mode.value) for mode in SendMode])
    text = models.TextField()
    thread_id = models.CharField(max_length=300, blank=True)
    in_reply_to = models.CharField(max_length=300, blank=True)
    root_id = models.CharField(max_length=300, blank=True)
    recipient_id = models.CharField(max_length=300, blank=True)
    last_inbound_at = models.DateTimeField(null=True)
    # Of a post only. Pictures: [{"file": path below MEDIA_ROOT, "digest": sha-256 of it, "content_type", "name", "alt"}].
    link = models.CharField(max_length=1000, blank=True, default="", db_default="")
    pictures: "models.JSONField[list[dict[str, str]], list[dict[str, str]]]" = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField())
    )

    state = models.CharField(max_length=20, choices=DeliveryState, default=DeliveryState.QUEUED)
    not_before = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)  # committed before the call leaves
    finished_at = models.DateTimeField(null=True)
    reconciled_at = models.DateTimeField(null=True)  # last look at the platform for an unknown outcome
    reconcile_attempts = models.PositiveSmallIntegerField(default=0)
    external_id = models.CharField(max_length=300, blank=True)
    receipt_thread_id = models.CharField(max_length=300, blank=True)
    permalink = models.CharField(max_length=600, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=DeliveryState.values), name="delivery_known_state"),
            # Sent without the platform's id would be a claim without proof.
            models.CheckConstraint(
                condition=~models.Q(state="sent") | ~models.Q(external_id=""), name="delivery_sent_has_proof"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="sending") | models.Q(started_at__isnull=False),
                name="delivery_sending_has_start",
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="delivery_open",
                condition=models.Q(state__in=["queued", "claimed", "sending", "unknown"]),
            ),
            models.Index(fields=["channel", "external_id"], name="delivery_by_external_id"),
            models.Index(
                fields=["channel"],
                name="delivery_seen_by_person",
                condition=models.Q(external_id__startswith=SEEN_BY_PERSON),
            ),
            # What did not arrive, or may not have: counted on every inbox page.
            models.Index(
                fields=["channel"], name="delivery_troubled", condition=models.Q(state__in=["unknown", "failed"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.state}"

    def explained(self, platform: str) -> Explanation:
        """Why it is not sent, for the reader; `platform` (value or label) is asked for, so that no query is needed."""
        branch = {DeliveryState.FAILED: "rejected", DeliveryState.UNKNOWN: "outcome_unknown"}.get(
            DeliveryState(self.state), "transient"
        )
        return explain(self.error_code, self.error, platform=platform, branch=branch)
