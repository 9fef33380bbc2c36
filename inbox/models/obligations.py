"""What we owe a resident and until when: one row per promise of the matrix, with its proof."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from channels.models import Channel
from inbox.models.conversations import Conversation
from inbox.models.messages import Message
from responsematrix.choices import UNIT_CHOICES
from responsematrix.models import CalendarVersion, Rule


class ObligationKind(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("eerste antwoord")
    NEXT_RESPONSE = "next_response", _("volgend antwoord")
    RESOLUTION = "resolution", _("afhandeling")


class ObligationState(models.TextChoices):
    OPEN = "open", _("loopt")
    PAUSED = "paused", _("gepauzeerd: wacht op inwoner")
    MET = "met", _("nagekomen")
    WAIVED = "waived", _("vervallen")


class WaiveReason(models.TextChoices):
    """Why nothing was owed after all."""

    THANKS = "thanks", _("bedankje, geen antwoord nodig")
    NOT_FOR_US = "not_for_us", _("niet voor ons")
    SPAM = "spam", _("spam")
    DELETED = "deleted", _("bericht verwijderd door de afzender")
    OTHER = "other", _("zonder antwoord afgehandeld")


class Expectation(models.TextChoices):
    """What became of the message that tells the resident when an answer comes; empty is undecided."""

    SENT = "sent", _("verstuurd")
    NO_TEXT = "no_text", _("de regel heeft geen tekst in deze taal")
    ANSWERED = "answered", _("er was al geantwoord")
    WINDOW = "window", _("er ging kort geleden al een automatisch bericht")
    REFUSED = "refused", _("het platform neemt hier geen bericht aan")
    OWN = "own", _("een bericht van onszelf")
    TOO_LONG = "too_long", _("de tekst is te lang voor dit platform")


RESPONSES = (ObligationKind.FIRST_RESPONSE, ObligationKind.NEXT_RESPONSE)
ACTIVE = (ObligationState.OPEN, ObligationState.PAUSED)


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(conversation__channel__in=Channel.objects.visible_to(user).values("pk"))


class Obligation(models.Model):
    """One term that runs, ran or fell away. It keeps the rule and the opening hours it was computed with: when those change
    later, this never moves by itself."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="obligations")
    # The resident's message that opened the turn.
    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="obligations")
    kind = models.CharField(max_length=16, choices=ObligationKind)
    state = models.CharField(max_length=8, choices=ObligationState, default=ObligationState.OPEN)
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="obligations")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="obligations")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    amount = models.PositiveIntegerField()
    unit = models.CharField(max_length=20, choices=UNIT_CHOICES)

    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    paused_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)  # met or waived
    breached_at = models.DateTimeField(null=True)  # the due moment, once it passed unanswered
    answer = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")  # what met it
    waive_reason = models.CharField(max_length=16, choices=WaiveReason, blank=True)

    expectation = models.CharField(max_length=10, choices=Expectation, blank=True, db_default="")

    # When somebody is to be told that it is about to pass; null: nobody any more. New terms are looked at at once.
    escalate_at = models.DateTimeField(null=True, db_default=Now())

    # Steps of responsematrix.explain, put into words when they are read: of the deadline, and of the choice of the rule.
    explanation: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)
    decision: "models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]" = models.JSONField(default=list)

    objects = ObligationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=ObligationKind.values), name="obligation_known_kind"),
            models.CheckConstraint(condition=Q(state__in=ObligationState.values), name="obligation_known_state"),
            models.CheckConstraint(
                condition=Q(state__in=ACTIVE, ended_at=None) | Q(state__in=("met", "waived"), ended_at__isnull=False),
                name="obligation_ends_when_it_ended",
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_at__isnull=False) | ~Q(state="paused") & Q(paused_at=None),
                name="obligation_paused_since",
            ),
            models.CheckConstraint(
                condition=Q(state="waived") & ~Q(waive_reason="") | ~Q(state="waived") & Q(waive_reason=""),
                name="obligation_waived_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(expectation__in=["", *Expectation.values]), name="obligation_known_expectation"
            ),
            models.CheckConstraint(condition=Q(due_at__gte=models.F("started_at")), name="obligation_due_after_start"),
            models.UniqueConstraint(fields=["message", "kind"], name="obligation_once_per_message"),
            # One answer is owed at a time, and one conclusion.
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state__in=ACTIVE, kind__in=RESPONSES),
                name="obligation_one_response",
            ),
            models.UniqueConstraint(
                fields=["conversation"],
                condition=Q(state__in=ACTIVE, kind=ObligationKind.RESOLUTION),
                name="obligation_one_resolution",
            ),
        ]
        indexes = [
            # The sweep: what is due and not yet marked.
            models.Index(fields=["due_at"], name="obligation_due", condition=Q(state="open", breached_at=None)),
            models.Index(fields=["conversation", "-id"], name="obligation_conversation"),
            models.Index(fields=["started_at"], name="obligation_started"),
            models.Index(
                fields=["escalate_at"],
                name="obligation_escalate",
                condition=Q(state="open", escalate_at__isnull=False),
            ),
            # The sweep: of whom it is not decided whether they are told when an answer comes.
            models.Index(
                fields=["started_at"],
                name="obligation_untold",
                condition=Q(state="open", expectation="", kind__in=RESPONSES),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} {self.kind} {self.state}"

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE

    @property
    def is_late(self) -> bool:
        return self.breached_at is not None
