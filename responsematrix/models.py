"""What we promise to whom, and when we work. Versions go draft → approved by somebody else → active from a moment, and stay."""

from typing import Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from channels.messages import Kind
from channels.platforms import Platform
from responsematrix.calendars import read_schedule
from responsematrix.choices import KIND_CHOICES, UNIT_CHOICES, AnswerChannel, Audience, Urgency
from responsematrix.permissions import may_edit_matrix
from responsematrix.rows import EXPECTATIONS, TERMS, RawTerm, Row
from responsematrix.subjects import SubjectWords, subject_words
from responsematrix.worktime import AMSTERDAM, MAXIMUM, Schedule, Unit

M = TypeVar("M", bound=models.Model, covariant=True)


class State(models.TextChoices):
    DRAFT = "draft", _("concept")
    APPROVED = "approved", _("goedgekeurd")
    ACTIVE = "active", _("actief")


class SharedQuerySet(models.QuerySet[M]):
    def visible_to(self, user: User) -> Self:
        """For everybody who works in a team: what we promise is no secret to those who keep the promise."""
        return self.all() if user.is_administrator or user.team_ids else self.none()


class Subject(models.Model):
    """What a message can be about, and the words by which that is recognised. Retired, never deleted."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("naam"), max_length=80)
    name_en = models.CharField(_("naam in het Engels"), max_length=80, blank=True)
    keywords = models.TextField(_("trefwoorden"), blank=True, max_length=20_000)
    query = models.TextField(_("zoekvraag"), blank=True, max_length=20_000)
    position = models.PositiveIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            # In a file a subject goes by its name.
            models.UniqueConstraint(Lower("name"), name="subject_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def local_name(self, language: str = "") -> str:
        """The name in `language`, else in the reader's; the Dutch one where there is no English."""
        is_english = (language or get_language() or "").startswith("en")
        return self.name_en if is_english and self.name_en else self.name

    def to_words(self) -> SubjectWords:
        """Raises BadQuery; `editing` keeps out what does."""
        return subject_words(self.code, keywords=self.keywords, query=self.query)


class Calendar(models.Model):
    """Opening hours of (a part of) the organisation; the hours themselves are in its versions."""

    name = models.CharField(_("naam"), max_length=80, unique=True)
    time_zone = models.CharField(_("tijdzone"), max_length=40, default=AMSTERDAM)

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Matrix(models.Model):
    """The table of promises; the rules themselves are in its versions. The main one is what messages are judged by."""

    name = models.CharField(_("naam"), max_length=80, unique=True)
    is_main = models.BooleanField(default=False)
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="matrices")
    # Who gets what no rule fits: a gap must never mean that nobody answers.
    default_team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = SharedQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["is_main"], condition=Q(is_main=True), name="matrix_one_main"),
        ]

    def __str__(self) -> str:
        return self.name


class VersionQuerySet(models.QuerySet[M]):
    def visible_to(self, user: User) -> Self:
        """What is or was in force for everybody in a team; drafts and what is to come for who may edit."""
        if may_edit_matrix(user):
            return self.all()
        if not user.team_ids:
            return self.none()
        return self.filter(state=State.ACTIVE, active_from__lte=timezone.now())


class Version(models.Model):
    """What matrix and calendar versions share. See migration 0002 for what the database itself refuses."""

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State, default=State.DRAFT)
    note = models.CharField(_("toelichting"), max_length=300, blank=True)
    # Null: shipped with Balie.
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    # Primary keys of everybody who changed something since it became a draft: none of them approves it.
    editor_ids: "models.JSONField[list[int], list[int]]" = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    # In force from here until the next active version begins. Counted only when active.
    active_from = models.DateTimeField(null=True, blank=True)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["-number"]

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @property
    def is_in_force(self) -> bool:
        """It is, or was: then it never changes again."""
        return self.state == State.ACTIVE and self.active_from is not None and self.active_from <= timezone.now()


def version_constraints(name: str, owner: str) -> list[models.BaseConstraint]:
    approved = Q(approved_by__isnull=False, approved_at__isnull=False)
    return [
        models.CheckConstraint(condition=Q(state__in=State.values), name=f"{name}_known_state"),
        models.CheckConstraint(
            condition=Q(state=State.ACTIVE, active_from__isnull=False) | ~Q(state=State.ACTIVE) & Q(active_from=None),
            name=f"{name}_active_has_moment",
        ),
        models.CheckConstraint(
            condition=Q(state=State.DRAFT, approved_by=None, approved_at=None) | ~Q(state=State.DRAFT) & approved,
            name=f"{name}_approved_by_somebody",
        ),
        models.CheckConstraint(
            condition=Q(author=None) | Q(approved_by=None) | ~Q(approved_by=F("author")), name=f"{name}_not_their_own"
        ),
        models.UniqueConstraint(fields=[owner, "number"], name=f"{name}_number_once"),
        models.UniqueConstraint(
            fields=[owner, "active_from"], condition=Q(state=State.ACTIVE), name=f"{name}_one_per_moment"
        ),
    ]


class CalendarVersion(Version):
    """Windows per weekday and dated exceptions; see `responsematrix.calendars` for the JSON."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    weekly: "models.JSONField[list[list[list[int]]], list[list[list[int]]]]" = models.JSONField(default=list)
    exceptions: "models.JSONField[list[dict[str, object]], list[dict[str, object]]]" = models.JSONField(default=list)

    class Meta(Version.Meta):
        constraints = version_constraints("calendarversion", "calendar")

    def __str__(self) -> str:
        return f"{self.calendar_id} v{self.number}"

    def to_schedule(self) -> Schedule:
        """Raises BadSchedule. Reads the calendar's time zone: use `select_related("calendar")`."""
        return read_schedule(self.weekly, self.exceptions, self.calendar.time_zone)


class MatrixVersion(Version):
    matrix = models.ForeignKey(Matrix, on_delete=models.PROTECT, related_name="versions")

    class Meta(Version.Meta):
        constraints = version_constraints("matrixversion", "matrix")

    def __str__(self) -> str:
        return f"{self.matrix_id} v{self.number}"


class RuleQuerySet(models.QuerySet["Rule"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(version__in=MatrixVersion.objects.visible_to(user))


def _either(name: str) -> models.CheckConstraint:
    """Amount and unit together or neither, and never zero, negative or longer than a year in minutes."""
    none = Q(**{f"{name}_amount": None, f"{name}_unit": ""})
    both = Q(
        **{
            f"{name}_amount__isnull": False,  # without it an unknown amount would pass: a check only refuses what is false
            f"{name}_amount__range": (1, max(MAXIMUM.values())),
            f"{name}_unit__in": [unit.value for unit in Unit],
        }
    )
    return models.CheckConstraint(condition=none | both, name=f"rule_{name}_whole")


class Rule(models.Model):
    """One row of one version of the table. Empty conditions are wildcards; an empty term is not promised."""

    version = models.ForeignKey(MatrixVersion, on_delete=models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField()

    kind = models.CharField(_("soort"), max_length=20, choices=KIND_CHOICES, blank=True)
    platform = models.CharField(_("platform"), max_length=16, choices=Platform, blank=True)
    subject = models.ForeignKey(
        Subject, on_delete=models.PROTECT, null=True, blank=True, related_name="rules", verbose_name=_("onderwerp")
    )
    audience = models.CharField(_("doelgroep"), max_length=16, choices=Audience, blank=True)
    urgency = models.CharField(_("urgentie"), max_length=16, choices=Urgency, blank=True)

    owner_team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+", verbose_name=_("team"))
    backup_team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("achterwacht")
    )
    first_response_amount = models.PositiveIntegerField(_("eerste antwoord"), null=True, blank=True)
    first_response_unit = models.CharField(max_length=20, choices=UNIT_CHOICES, blank=True)
    next_response_amount = models.PositiveIntegerField(_("volgend antwoord"), null=True, blank=True)
    next_response_unit = models.CharField(max_length=20, choices=UNIT_CHOICES, blank=True)
    resolution_amount = models.PositiveIntegerField(_("afgehandeld"), null=True, blank=True)
    resolution_unit = models.CharField(max_length=20, choices=UNIT_CHOICES, blank=True)
    calendar = models.ForeignKey(
        Calendar, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("openingstijden")
    )
    answer_channel = models.CharField(_("antwoord via"), max_length=16, choices=AnswerChannel, blank=True)
    needs_approval = models.BooleanField(_("vier ogen"), default=False)
    expectation_public_nl = models.TextField(_("verwachting, openbaar"), blank=True, max_length=1_000)
    expectation_public_en = models.TextField(_("verwachting, openbaar, Engels"), blank=True, max_length=1_000)
    expectation_private_nl = models.TextField(_("verwachting, privé"), blank=True, max_length=1_000)
    expectation_private_en = models.TextField(_("verwachting, privé, Engels"), blank=True, max_length=1_000)
    # [[percent of the term, recipient], …], see `responsematrix.matching.Step`.
    steps: "models.JSONField[list[list[int | str]], list[list[int | str]]]" = models.JSONField(default=list)

    objects = RuleQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        indexes = [models.Index(fields=["version", "position"], name="rule_by_position")]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["", *[kind.value for kind in Kind]])
                & Q(platform__in=["", *Platform.values])
                & Q(audience__in=["", *Audience.values])
                & Q(urgency__in=["", *Urgency.values])
                & Q(answer_channel__in=["", *AnswerChannel.values]),
                name="rule_known_values",
            ),
            models.CheckConstraint(
                condition=Q(backup_team=None) | ~Q(backup_team=F("owner_team")), name="rule_backup_is_another"
            ),
            *[_either(name) for name in TERMS],
        ]

    def __str__(self) -> str:
        return f"{self.version_id} · {self.position}"

    def term(self, name: str) -> RawTerm | None:
        """`name` is one of TERMS."""
        amount: int | None = getattr(self, f"{name}_amount")
        return None if amount is None else (amount, getattr(self, f"{name}_unit"))

    def to_row(self) -> Row:
        """As the pure modules know it. Reads the subject's code: use `select_related("subject")`."""
        return Row(
            key=self.pk or 0,
            place=self.position,
            urgency=self.urgency,
            audience=self.audience,
            subject=self.subject.code if self.subject else "",
            kind=self.kind,
            platform=self.platform,
            owner_team=self.owner_team_id,
            backup_team=self.backup_team_id,
            first_response=self.term("first_response"),
            next_response=self.term("next_response"),
            resolution=self.term("resolution"),
            answer_channel=self.answer_channel,
            needs_approval=self.needs_approval,
            calendar=self.calendar_id,
            expectations={
                (visibility, language): text
                for visibility, language in EXPECTATIONS
                if (text := getattr(self, f"expectation_{visibility}_{language}"))
            },
            steps=tuple((int(percent), str(to)) for percent, to in self.steps),
        )
