"""What people fill in; the rules themselves live in the write functions."""

from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from channels.messages import REPLIES
from inbox.models import ResolveReason
from inbox.models.views import MAX_QUERY
from responsematrix.choices import Audience, Urgency
from responsematrix.models import Subject

MODES = [(mode.value, mode.value) for mode in REPLIES]


class ReplyForm(forms.Form):
    """One answer. `key` is made with the form: however often it is sent, it is one message."""

    mode = forms.ChoiceField(choices=MODES)
    text = forms.CharField(strip=False, required=False, max_length=100_000)
    key = forms.UUIDField()

    @staticmethod
    def new_key() -> str:
        return str(uuid4())


class PromiseForm(forms.Form):
    """The moment that was proposed, exactly as it was shown. `key` is made with the form, as of an answer."""

    promised_for = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z"])
    key = forms.UUIDField()

    @staticmethod
    def new_key() -> str:
        return str(uuid4())


class AssignForm(forms.Form):
    """`to` is "user-5" or "team-3"; `instead_of` who had it on the screen, empty for nobody."""

    to = forms.RegexField(r"^(user|team)-[0-9]{1,9}$")
    instead_of = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    @property
    def receiver(self) -> tuple[str, int]:
        kind, _dash, pk = self.cleaned_data["to"].partition("-")
        return kind, int(pk)


class ClaimForm(forms.Form):
    instead_of = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)


class ElsewhereForm(forms.Form):
    """The composer's key; without one (an old page) nothing is lost."""

    key = forms.UUIDField(required=False)


class DraftForm(forms.Form):
    mode = forms.ChoiceField(choices=MODES)
    text = forms.CharField(strip=False, required=False, max_length=100_000)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 2)


class ResolveForm(forms.Form):
    reason = forms.ChoiceField(choices=[("", ""), *ResolveReason.choices], required=False)


class SnoozeForm(forms.Form):
    """`preset` or an own moment, in local time."""

    preset = forms.ChoiceField(choices=[("hour", ""), ("tomorrow", ""), ("monday", ""), ("own", "")])
    until = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        now = timezone.localtime()
        morning = time(9, 0)
        match cleaned.get("preset"):
            case "hour":
                cleaned["until"] = timezone.now() + timedelta(hours=1)  # also while the clock is moved
            case "tomorrow":
                cleaned["until"] = _at(now + timedelta(days=1), morning)
            case "monday":
                cleaned["until"] = _at(now + timedelta(days=7 - now.weekday()), morning)
            case "own" if not cleaned.get("until"):
                self.add_error("until", _("Kies een dag en een tijd."))
        return cleaned


def _at(day: datetime, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day.date(), moment))


class FactsForm(forms.Form):
    """What a conversation is about, who asks and how urgent it is."""

    subject = forms.ModelChoiceField(Subject.objects.filter(retired_at=None), to_field_name="code", required=False)
    audience = forms.ChoiceField(choices=[("", ""), *Audience.choices], required=False)
    urgency = forms.ChoiceField(choices=[("", ""), *Urgency.choices], required=False)


class SavedViewForm(forms.Form):
    name = forms.CharField(max_length=60, label=_("Naam van de weergave"))
    query = forms.CharField(max_length=MAX_QUERY, required=False)
    shared = forms.BooleanField(required=False)
