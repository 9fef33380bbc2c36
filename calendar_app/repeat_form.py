"""How a post comes back, as people choose it; the day itself follows from the post."""

from datetime import date
from typing import Any

from django import forms
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext as _

from calendar_app.recurrence import Repeat, nths


def choices_for(on: date) -> list[tuple[str, str]]:
    """(value, words) of what fits a post on that day: "monthly", "nth", "last", and so on."""
    nth = (on.day - 1) // 7 + 1
    day = str(WEEKDAYS[on.weekday()]).lower()
    words = dict(nths())
    found = [("daily", _("Elke dag")), ("weekly", _("Elke week, op de dagen hieronder"))]
    found.append(("monthly", _("Elke maand op dag %(day)d") % {"day": on.day}))
    if nth <= 4:
        found.append(("nth", _("Elke maand op de %(nth)s %(day)s") % {"nth": words[nth], "day": day}))
    found.append(("last", _("Elke maand op de %(nth)s %(day)s") % {"nth": words[-1], "day": day}))
    month = str(MONTHS[on.month]).lower()
    found.append(("yearly", _("Elk jaar op %(day)d %(month)s") % {"day": on.day, "month": month}))
    return found


class RepeatForm(forms.Form):
    """`on` is the day of the post."""

    how = forms.ChoiceField()
    weekdays = forms.TypedMultipleChoiceField(required=False, coerce=int)
    ends_on = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        how, weekdays = self.fields["how"], self.fields["weekdays"]
        assert isinstance(how, forms.ChoiceField)
        assert isinstance(weekdays, forms.TypedMultipleChoiceField)
        how.choices = choices_for(on)
        how.label, weekdays.label = _("Hoe vaak"), _("Op welke dagen")
        weekdays.choices = [(day, str(name)) for day, name in WEEKDAYS.items()]
        weekdays.widget = forms.CheckboxSelectMultiple(choices=weekdays.choices)
        self.fields["ends_on"].label = _("Tot en met (leeg: tot u het stopt)")
        how.initial, weekdays.initial = "weekly", [on.weekday()]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("how") == "weekly" and not cleaned.get("weekdays") and "weekdays" not in self.errors:
            self.add_error("weekdays", _("Kies ten minste één dag."))
        return cleaned

    @property
    def rule(self) -> str:
        on, how = self.on, self.cleaned_data["how"]
        if how == "weekly":
            return Repeat("weekly", weekdays=tuple(self.cleaned_data["weekdays"])).rule
        if how in ("nth", "last"):
            nth = -1 if how == "last" else (on.day - 1) // 7 + 1
            return Repeat("weekday", weekdays=(on.weekday(),), nth=nth).rule
        return Repeat(how, day=on.day, month=on.month).rule
