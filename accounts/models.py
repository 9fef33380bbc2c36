"""Who works here: people, teams, and what they may do in each team."""

from typing import Any

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    AGENT = "agent", _("medewerker")
    EDITOR = "editor", _("redacteur")
    APPROVER = "approver", _("eindredacteur")
    MANAGER = "manager", _("manager")
    ADMINISTRATOR = "administrator", _("beheerder")


class Theme(models.TextChoices):
    AUTOMATIC = "auto", _("volgt dit apparaat")
    LIGHT = "light", _("licht")
    DARK = "dark", _("donker")


class ShiftEnd(models.TextChoices):
    """When a person's day is over: then what they did not finish goes back to the queue."""

    NEVER = "", _("nee, ze blijven bij mij")
    CALENDAR = "calendar", _("bij sluitingstijd")
    TIME = "time", _("op een vaste tijd")


class Routing(models.TextChoices):
    NONE = "none", _("collega's pakken zelf op")
    ROUND_ROBIN = "round_robin", _("om de beurt verdelen")


class User(AbstractUser):
    """A person who signs in. Never deleted while messages carry their name: deactivated instead."""

    email = models.EmailField(_("e-mailadres"), blank=True)
    language = models.CharField(_("taal"), max_length=8, default="nl")
    theme = models.CharField(_("weergave"), max_length=8, choices=Theme, default=Theme.AUTOMATIC)
    # Single-key shortcuts can be switched off (WCAG 2.1.4).
    has_shortcuts = models.BooleanField(_("sneltoetsen aan"), default=True)
    # Whether new work is given out to this person; see inbox.availability for what follows from it.
    is_available = models.BooleanField(_("beschikbaar"), default=True, db_default=True)
    out_of_office_from = models.DateField(_("afwezig van"), null=True, blank=True)
    out_of_office_until = models.DateField(_("afwezig tot en met"), null=True, blank=True)
    shift_end = models.CharField(_("einde dienst"), max_length=8, choices=ShiftEnd, blank=True, db_default="")
    shift_ends_at = models.TimeField(_("tijd"), null=True, blank=True)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(
                condition=models.Q(out_of_office_from=None, out_of_office_until=None)
                | models.Q(
                    out_of_office_from__isnull=False,
                    out_of_office_until__isnull=False,
                    out_of_office_until__gte=models.F("out_of_office_from"),
                ),
                name="user_out_of_office_whole",
            ),
            models.CheckConstraint(condition=models.Q(shift_end__in=ShiftEnd.values), name="user_known_shift_end"),
            models.CheckConstraint(
                condition=models.Q(shift_end="time", shift_ends_at__isnull=False) | ~models.Q(shift_end="time"),
                name="user_shift_has_time",
            ),
        ]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def is_administrator(self) -> bool:
        return self.is_active and (
            self.is_superuser or any(membership.role == Role.ADMINISTRATOR for membership in self.cached_memberships)
        )

    @property
    def cached_memberships(self) -> "list[Membership]":
        """This person's memberships, read once per request (the user object lives as long)."""
        if not hasattr(self, "_memberships"):
            self._memberships = list(self.memberships.select_related("team"))
        return self._memberships

    @property
    def team_ids(self) -> list[int]:
        return [membership.team_id for membership in self.cached_memberships] if self.is_active else []

    def manages(self, team: int) -> bool:
        """Leads that team, or everything."""
        return self.is_administrator or (
            self.is_active
            and any(each.team_id == team and each.role == Role.MANAGER for each in self.cached_memberships)
        )

    def has_role(self, *roles: str) -> bool:
        return self.is_active and any(membership.role in roles for membership in self.cached_memberships)


class Team(models.Model):
    name = models.CharField(_("naam"), max_length=80, unique=True)
    members: "models.ManyToManyField[User, Membership]" = models.ManyToManyField(
        User, through="Membership", related_name="teams"
    )
    routing = models.CharField(_("verdeling"), max_length=12, choices=Routing, default="none", db_default="none")
    # How many open conversations one person gets at most; of a member, where it says something else there.
    max_load = models.PositiveSmallIntegerField(_("hoogste aantal per persoon"), default=20, db_default=20)
    # What nobody touched for so long goes back to the queue; 0 is never.
    lease_minutes = models.PositiveIntegerField(_("terug na minuten"), default=120, db_default=120)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(routing__in=Routing.values), name="team_known_routing"),
            models.CheckConstraint(condition=models.Q(max_load__gte=1), name="team_max_load_at_least_one"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("rol"), max_length=16, choices=Role)
    max_load = models.PositiveSmallIntegerField(_("hoogste aantal gesprekken"), null=True, blank=True)
    last_assigned_at = models.DateTimeField(null=True, editable=False)  # whose turn it is

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "team"], name="membership_once_per_team"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.team_id} · {self.role}"


class AuditEvent(models.Model):
    """Who did what to which object, when and from where. Only ever added to: the database refuses changes."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")  # null: Balie itself
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=60)
    object_id = models.CharField(max_length=60)
    result = models.CharField(max_length=20, default="ok")
    origin = models.CharField(max_length=80, blank=True)  # request id, command or task
    data: "models.JSONField[dict[str, Any], dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "id"], name="audit_by_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"
