"""What is written down about a picture."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from calendar_app.media import DESCRIBED
from calendar_app.models import MediaItem


class MediaForm(forms.ModelForm):  # type: ignore[type-arg]  # takes no argument when it runs
    class Meta:
        model = MediaItem
        fields = DESCRIBED
        widgets: dict[str, Any] = {
            "alt": forms.Textarea(attrs={"rows": 3}),
            "rights": forms.RadioSelect,
            "consent": forms.RadioSelect,
            "expires_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }
        help_texts: dict[str, Any] = {
            "alt": _(
                "Wat er te zien is, voor wie de afbeelding niet ziet. Berichten zonder eigen alt-tekst nemen deze over."
            ),
            "credit": _("De naam die bij de afbeelding hoort te staan."),
            "consent_note": _("Nodig zodra iemand herkenbaar is: wie gaf toestemming, en waar staat dat?"),
            "expires_on": _("Leeg: zonder einddatum. Daarna gaat er geen bericht meer mee naar buiten."),
        }
