"""What belongs to one person's work: drafts that are never lost, and views worth keeping."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from channels.messages import REPLIES
from inbox.models.conversations import Conversation

MAX_QUERY = 1200


class Draft(models.Model):
    """What somebody typed and did not send: one per person, conversation and mode."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="drafts")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    mode = models.CharField(max_length=16, choices=[(mode.value, mode.value) for mode in REPLIES])
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)  # two tabs: an older one is told, never overwrites
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation", "mode"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.conversation_id} {self.mode}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: User) -> "SavedViewQuerySet":
        return self.filter(models.Q(owner=user, team=None) | models.Q(team__in=user.team_ids))


class SavedView(models.Model):
    """A filter worth keeping: personal, or shared with a team."""

    name = models.CharField(_("naam"), max_length=60)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views")
    # The list's own query string, limited to known keys when it is saved and again when it is used.
    # Long enough for the longest filter there is: 80 characters of a name, twelve each when they are encoded.
    query = models.CharField(max_length=MAX_QUERY)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "team", "name"], name="savedview_unique_name", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name
