"""What stands on our pages, wherever it was made, and how it does there."""

from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models import User
from calendar_app.models.posts import PostTarget
from channels.models import Channel, ChannelState
from channels.wording import Explanation, explain


class PublishedQuerySet(models.QuerySet["PublishedPost"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(channel__in=Channel.objects.visible_to(user).values("pk"))

    def there(self) -> Self:
        """Still on the platform, as far as we know."""
        return self.filter(deleted_at=None)


class PublishedPost(models.Model):
    """A post on a platform. Without a target it was made outside Balie."""

    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="published_posts")
    external_id = models.CharField(max_length=300)
    root_id = models.CharField(max_length=300)  # what inbox.RootPost calls it
    target = models.ForeignKey(PostTarget, on_delete=models.PROTECT, null=True, related_name="published")
    text = models.TextField(blank=True)
    permalink = models.CharField(max_length=600, blank=True)
    posted_at = models.DateTimeField()
    picture_url = models.CharField(max_length=1000, blank=True)
    reach = models.PositiveIntegerField(null=True)
    reactions = models.PositiveIntegerField(null=True)
    comments = models.PositiveIntegerField(null=True)
    shares = models.PositiveIntegerField(null=True)
    measured_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True)  # gone from the platform
    deleted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: not by us
    # The call was (or may have been) made and its outcome is not known yet.
    delete_asked_at = models.DateTimeField(null=True)
    delete_asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    missing_since = models.DateTimeField(null=True)  # the platform no longer shows it; gone when it stays away

    objects = PublishedQuerySet.as_manager()

    class Meta:
        ordering = ["-posted_at"]
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="publishedpost_once")]
        indexes = [
            models.Index(fields=["posted_at"], name="publishedpost_moment"),
            models.Index(fields=["channel", "root_id"], name="publishedpost_root"),
        ]

    def __str__(self) -> str:
        return self.external_id


class PageReadingQuerySet(models.QuerySet["PageReading"]):
    def troubled_for(self, user: User) -> Self:
        """Pages that `user` may see and that could not be read the last time, on channels that are meant to work."""
        seen = Channel.objects.visible_to(user).open().exclude(state=ChannelState.OFF)
        return self.filter(channel__in=seen.values("pk")).exclude(error_code="").select_related("channel")


class PageReading(models.Model):
    """When our own page on a channel is read again, and what went wrong the last time. The row is the lease as well: whoever
    moves the moment ahead does the reading."""

    channel = models.OneToOneField(Channel, on_delete=models.PROTECT, primary_key=True, related_name="page_reading")
    next_sync_at = models.DateTimeField(default=timezone.now)
    next_measure_at = models.DateTimeField(default=timezone.now)
    synced_at = models.DateTimeField(null=True)  # last time that it worked
    failures = models.PositiveIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)

    objects = PageReadingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.channel_id} {self.synced_at}"

    @property
    def explained(self) -> Explanation:
        """Why the last reading failed; an empty text when it did not. Reads the channel."""
        return explain(self.error_code, self.error, platform=self.channel.platform)


class Measurement(models.Model):
    """The figures of a post at a moment. None: the platform does not tell."""

    post = models.ForeignKey(PublishedPost, on_delete=models.CASCADE, related_name="measurements")
    at = models.DateTimeField()
    reach = models.PositiveIntegerField(null=True)
    reactions = models.PositiveIntegerField(null=True)
    comments = models.PositiveIntegerField(null=True)
    shares = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["post", "at"], name="measurement_once")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.at}"
