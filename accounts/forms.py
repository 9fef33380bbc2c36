from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import Theme, User

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
