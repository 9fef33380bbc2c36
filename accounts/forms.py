from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Routing, ShiftEnd, Theme, User

# Django's form classes take a type only in the eyes of the type checker.
if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class ProfileForm(UserForm):
    """What a person decides for themselves; rights are no part of it."""

    language = forms.ChoiceField(label=_("Taal"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Weergave"), choices=Theme.choices, widget=forms.RadioSelect)
    has_shortcuts = forms.BooleanField(label=_("Sneltoetsen van één letter gebruiken"), required=False)

    class Meta:
        model = User
        fields = ["first_name", "last_name", "language", "theme", "has_shortcuts"]
        labels = {"first_name": _("Voornaam"), "last_name": _("Achternaam")}


class AvailabilityForm(forms.Form):
    """When somebody takes new work; whole days, both included."""

    is_available = forms.BooleanField(label=_("Ik neem nieuwe gesprekken aan"), required=False)
    out_of_office_from = forms.DateField(
        label=_("Afwezig van"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    out_of_office_until = forms.DateField(
        label=_("Afwezig tot en met"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    shift_end = forms.ChoiceField(
        label=_("Aan het eind van de dag gaan mijn gesprekken terug"), choices=ShiftEnd.choices, required=False
    )
    shift_ends_at = forms.TimeField(
        label=_("Tijd"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("out_of_office_from"), cleaned.get("out_of_office_until")
        if bool(first) != bool(last) and not self.errors:
            self.add_error("out_of_office_until", _("Vul de eerste en de laatste dag in, of geen van beide."))
        elif first and last and last < first:
            self.add_error("out_of_office_until", _("De laatste dag ligt vóór de eerste."))
        if cleaned.get("shift_end") == ShiftEnd.TIME and not cleaned.get("shift_ends_at"):
            self.add_error("shift_ends_at", _("Vul in hoe laat uw dienst eindigt."))
        return cleaned


class RoutingForm(forms.Form):
    """How a team shares out its work."""

    routing = forms.ChoiceField(label=_("Verdeling"), choices=Routing.choices)
    max_load = forms.IntegerField(label=_("Hoogstens per persoon"), min_value=1, max_value=500)
    lease_minutes = forms.IntegerField(
        label=_("Onaangeroerd terug na (minuten)"),
        min_value=0,
        max_value=100_000,
        help_text=_("0: een gesprek gaat nooit vanzelf terug."),
    )
