"""The values that the columns of the matrix can have, with their words."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from channels.messages import Kind
from channels.platforms import Platform
from responsematrix.matching import Recipient
from responsematrix.worktime import Unit


class Audience(models.TextChoices):
    RESIDENT = "resident", _("inwoner")
    BUSINESS = "business", _("ondernemer")
    PRESS = "press", _("pers")
    COUNCIL = "council", _("raadslid")


class Urgency(models.TextChoices):
    NORMAL = "normal", _("gewoon")
    HIGH = "high", _("spoed")
    CRISIS = "crisis", _("crisis")


class AnswerChannel(models.TextChoices):
    """How the answer is given when the rule says so; empty is: the way that the resident chose."""

    SAME = "same", _("zelfde kanaal")
    PRIVATE = "private", _("privébericht")
    PHONE = "phone", _("telefoon")
    EMAIL = "email", _("e-mail")
    DESK = "desk", _("balie")


KIND_LABELS = {
    Kind.MENTION: _("vermelding"),
    Kind.COMMENT: _("reactie"),
    Kind.REPLY: _("antwoord"),
    Kind.DIRECT_MESSAGE: _("privébericht"),
    Kind.VISITOR_POST: _("bezoekersbericht"),
}
UNIT_LABELS = {
    Unit.WORKING_MINUTES: _("werkminuten"),
    Unit.WORKING_HOURS: _("werkuren"),
    Unit.WORKING_DAYS: _("werkdagen"),
    Unit.CALENDAR_DAYS: _("kalenderdagen"),
    Unit.CLOCK_HOURS: _("klokuren"),
    Unit.CLOCK_MINUTES: _("klokminuten"),
}
RECIPIENT_LABELS = {
    Recipient.ASSIGNEE: _("behandelaar"),
    Recipient.LEAD: _("teamleider"),
    Recipient.BACKUP: _("achterwacht"),
}
COLUMN_LABELS = {
    "kind": _("soort"),
    "platform": _("platform"),
    "subject": _("onderwerp"),
    "audience": _("doelgroep"),
    "urgency": _("urgentie"),
}
KIND_CHOICES = [(kind.value, label) for kind, label in KIND_LABELS.items()]
UNIT_CHOICES = [(unit.value, label) for unit, label in UNIT_LABELS.items()]
WEEKDAYS = (_("maandag"), _("dinsdag"), _("woensdag"), _("donderdag"), _("vrijdag"), _("zaterdag"), _("zondag"))


def value_label(column: str, value: str) -> str:
    """The word for a value of a column; the value itself when it is not (or no longer) one of ours."""
    known: dict[str, dict[str, str]] = {
        "kind": {kind.value: str(label) for kind, label in KIND_LABELS.items()},
        "platform": {platform.value: str(platform.label) for platform in Platform},
        "audience": {audience.value: str(audience.label) for audience in Audience},
        "urgency": {urgency.value: str(urgency.label) for urgency in Urgency},
    }
    return known.get(column, {}).get(value, value)
