"""A post, what it says on each channel, and how far each of those is."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from calendar_app.models.campaigns import Campaign, Series
from calendar_app.models.media import MediaItem
from calendar_app.permissions import may_read_calendar
from channels.models import Channel, Delivery


class PostKind(models.TextChoices):
    POST = "post", _("bericht")
    IDEA = "idea", _("idee")
    TEMPLATE = "template", _("sjabloon")


class TargetState(models.TextChoices):
    DRAFT = "draft", _("concept")
    IN_REVIEW = "in_review", _("ter beoordeling")
    CHANGES_ASKED = "changes_asked", _("wijziging gevraagd")
    APPROVED = "approved", _("goedgekeurd")  # without a moment
    SCHEDULED = "scheduled", _("ingepland")
    MISSED = "missed", _("gemist")  # its moment passed while publishing was paused: a person decides
    PUBLISHING = "publishing", _("wordt geplaatst")
    PUBLISHED = "published", _("geplaatst")
    FAILED = "failed", _("niet geplaatst")
    UNKNOWN = "unknown", _("onbekend of het geplaatst is")
    CANCELLED = "cancelled", _("gaat niet door")
    DELETED = "deleted", _("verwijderd op het platform")


# What can still be written; and what holds an approval.
OPEN = (TargetState.DRAFT, TargetState.IN_REVIEW, TargetState.CHANGES_ASKED)
AGREED = (TargetState.APPROVED, TargetState.SCHEDULED, TargetState.MISSED)
STARTED = (TargetState.PUBLISHING, TargetState.PUBLISHED, TargetState.FAILED, TargetState.UNKNOWN, TargetState.DELETED)


class PostQuerySet(models.QuerySet["Post"]):
    def visible_to(self, user: User) -> Self:
        """Posts for at least one channel that the user may see, one's own, and what has no channel yet."""
        if user.is_administrator:
            return self.all()
        if not may_read_calendar(user):
            return self.none()
        # Per post, so that a month asks only about its own posts.
        targets = PostTarget.objects.filter(post=models.OuterRef("pk"))
        seen = targets.filter(channel__in=Channel.objects.visible_to(user).values("pk"))
        return self.filter(Q(owner=user) | models.Exists(seen) | ~models.Exists(targets))


class Post(models.Model):
    """One thing to say, on any number of channels. `revision` goes up with every change of what it says."""

    kind = models.CharField(max_length=8, choices=PostKind, default=PostKind.POST)
    title = models.CharField(_("titel, alleen hier te zien"), max_length=120, blank=True)
    text = models.TextField(_("tekst"), blank=True, max_length=70_000)
    link = models.URLField(_("link"), max_length=600, blank=True)
    has_utm = models.BooleanField(_("link van herkomst voorzien"), default=True)
    planned_at = models.DateTimeField(_("moment"), null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")  # who wrote what it says now
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    series = models.ForeignKey(Series, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    occurs_on = models.DateField(null=True, blank=True)  # which occurrence of the series, also after it was moved
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)  # thrown away; nothing of it ever went out

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=PostKind.values), name="post_known_kind"),
            models.CheckConstraint(condition=Q(kind="post") | Q(planned_at=None), name="post_only_posts_are_planned"),
            models.UniqueConstraint(fields=["series", "occurs_on"], name="post_once_per_occurrence"),
        ]
        indexes = [
            models.Index(fields=["planned_at"], name="post_planned", condition=Q(removed_at=None)),
            models.Index(fields=["kind", "-updated_at"], name="post_unplanned", condition=Q(planned_at=None)),
        ]

    def __str__(self) -> str:
        return self.title or Truncator(" ".join(self.text.split())).chars(80)


class TargetQuerySet(models.QuerySet["PostTarget"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(channel__in=Channel.objects.visible_to(user).values("pk"))

    def due(self, *, ago: timedelta = timedelta()) -> Self:
        """Their moment (see `PostTarget.moment`) came at least so long ago, by the database's clock; the oldest first."""
        at = Coalesce("own_moment", "post__planned_at")
        return self.annotate(at=at).filter(at__lte=Now() - ago).order_by("at", "pk")


class PostTarget(models.Model):
    """A post on one channel: the same words, or its own. The approval is bound to the fingerprint of what was approved."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="targets")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="post_targets")
    has_own_text = models.BooleanField(default=False)
    text = models.TextField(blank=True, max_length=70_000)  # only with has_own_text
    has_own_link = models.BooleanField(default=False)
    link = models.URLField(max_length=600, blank=True)
    has_own_pictures = models.BooleanField(default=False)  # then those with this target, else those of the post

    # Who wrote what it says now, where that is another than who last wrote at the post; null: the same.
    edited_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=14, choices=TargetState, default=TargetState.DRAFT)
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_digest = models.CharField(max_length=64, blank=True)  # see content.digest_of
    # Its own, where a person gave it one apart from its post: published now, or later after it was missed.
    own_moment = models.DateTimeField(null=True, blank=True)
    # Published is published: what went out, with its pictures and link, as it was.
    snapshot: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)
    reason_code = models.CharField(max_length=40, blank=True)  # why it is missed, failed, unknown or sent back
    reason = models.CharField(max_length=500, blank=True)
    alarmed_at = models.DateTimeField(null=True)  # the watchdog barked
    updated_at = models.DateTimeField(auto_now=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["post", "channel"], name="posttarget_once_per_channel"),
            models.CheckConstraint(condition=Q(state__in=TargetState.values), name="posttarget_known_state"),
            # Nothing goes out that nobody approved.
            models.CheckConstraint(
                condition=Q(
                    state__in=["draft", "in_review", "changes_asked", "cancelled"],
                )
                | (Q(approved_by__isnull=False, approved_at__isnull=False) & ~Q(approved_digest="")),
                name="posttarget_is_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "deleted"]) | Q(published_at__isnull=False),
                name="posttarget_published_has_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state"],
                name="posttarget_under_way",
                condition=Q(state__in=["scheduled", "publishing", "missed", "failed", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} · {self.channel_id} · {self.state}"

    @property
    def moment(self) -> datetime | None:
        """When it goes out, or should have gone."""
        return self.own_moment or self.post.planned_at


class PostPicture(models.Model):
    """A picture with a post, in order. Without a target it stands with every channel that has no pictures of its own."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="pictures")
    target = models.ForeignKey(PostTarget, on_delete=models.PROTECT, null=True, blank=True, related_name="pictures")
    item = models.ForeignKey(MediaItem, on_delete=models.PROTECT, related_name="used_in")
    position = models.PositiveSmallIntegerField(default=0)
    alt = models.CharField(_("alt-tekst"), max_length=1000, blank=True)
    told_at = models.DateTimeField(null=True, editable=False)  # when its owner heard that the picture expires soon

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["post", "target", "item"], name="postpicture_once", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return f"{self.post_id} · {self.item_id}"


class PostPart(models.Model):
    """What goes out in one call. Most posts have one part, a thread has several, in order."""

    target = models.ForeignKey(PostTarget, on_delete=models.PROTECT, related_name="parts")
    position = models.PositiveSmallIntegerField()
    text = models.TextField()
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, null=True, related_name="post_part")

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["target", "position"], name="postpart_once")]

    def __str__(self) -> str:
        return f"{self.target_id} · {self.position}"


class PostVersion(models.Model):
    """What a post said at some moment, see content.snapshot_of. Only ever added to, except while one person goes on writing."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="versions")
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    content: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        ordering = ["-revision"]
        constraints = [models.UniqueConstraint(fields=["post", "revision"], name="postversion_once")]

    def __str__(self) -> str:
        return f"{self.post_id} · {self.revision}"


class PostComment(models.Model):
    """What colleagues say to each other about a post; `asks_change` when it sent the post back."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="comments")
    revision = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    text = models.TextField(max_length=5000)
    asks_change = models.BooleanField(default=False)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.post_id} · {self.by_id}"
