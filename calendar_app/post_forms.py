"""What somebody types on the page of a post. Every field stands by itself: what is wrong in one keeps nothing else from being kept."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from calendar_app.models import Campaign, Post


class _LinkField(forms.URLField):
    """People paste addresses without https in front."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            max_length=600,
            assume_scheme="https",
            error_messages={"invalid": _("Dit is geen webadres. Begin met https://.")},
        )


class _TextField(forms.CharField):
    def __init__(self, max_length: int) -> None:
        super().__init__(required=False, max_length=max_length, strip=False)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class PostForm(forms.Form):
    title = forms.CharField(required=False, max_length=Post._meta.get_field("title").max_length)
    text = _TextField(70_000)
    link = _LinkField()
    has_utm = forms.BooleanField(required=False)
    campaign = forms.ModelChoiceField(Campaign.objects.none(), required=False)

    def __init__(self, *args: Any, campaigns: Any, only: tuple[str, ...] = (), **kwargs: Any) -> None:
        """`only` these fields, for what has no others (an idea)."""
        super().__init__(*args, **kwargs)
        self.fields["campaign"].queryset = campaigns  # type: ignore[attr-defined]
        for name in [each for each in self.fields if only and each not in only]:
            del self.fields[name]

    def kept(self) -> dict[str, Any]:
        """The fields that are right."""
        self.is_valid()
        return self.cleaned_data


class TargetForm(forms.Form):
    has_own_text = forms.BooleanField(required=False)
    text = _TextField(70_000)
    has_own_link = forms.BooleanField(required=False)
    link = _LinkField()
    has_own_pictures = forms.BooleanField(required=False)


class MomentForm(forms.Form):
    """A day and a time on the wall; both empty takes the post off the calendar."""

    day = forms.DateField(required=False, error_messages={"invalid": _("Deze datum bestaat niet.")})
    time = forms.TimeField(required=False, error_messages={"invalid": _("Vul een tijd in, zoals 14:30.")})
    is_second = forms.BooleanField(required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and (values["day"] is None) != (values["time"] is None):
            name = "time" if values["time"] is None else "day"
            self.add_error(name, _("Vul een datum en een tijd in."))
        return values
