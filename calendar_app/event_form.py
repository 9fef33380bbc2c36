"""An event of our own as people fill it in: days, and times when it has those."""

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from calendar_app.models import CalendarEvent, EventKind
from calendar_app.moments import moment_of, on_the_wall


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class EventForm(forms.Form):
    title = forms.CharField(label=_("Titel"), max_length=200, widget=forms.TextInput(attrs={"data-first": True}))
    kind = forms.ChoiceField(label=_("Soort"), choices=EventKind.choices)
    starts_on = day_field(_("Van"))
    ends_on = day_field(_("Tot en met"))
    begins = time_field(_("Begint om"))
    ends = time_field(_("Eindigt om"))
    place = forms.CharField(label=_("Plaats"), max_length=200, required=False)
    note = forms.CharField(
        label=_("Toelichting"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        begins, ends = cleaned.get("begins"), cleaned.get("ends")
        if first and last and last < first:
            self.add_error("ends_on", _("De laatste dag ligt vóór de eerste."))
        elif first and last and bool(begins) != bool(ends):
            self.add_error("ends" if begins else "begins", _("Vul beide tijden in, of geen van beide."))
        elif first and last and begins and ends and (last, ends) < (first, begins):
            self.add_error("ends", _("Het eind ligt vóór het begin."))
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        """For events.add_event and change_event."""
        cleaned = self.cleaned_data
        starts_at = _moment(cleaned["starts_on"], cleaned["begins"])
        ends_at = _moment(cleaned["ends_on"], cleaned["ends"])
        names = ("title", "kind", "place", "note", "starts_on", "ends_on")
        # In the hour that is skipped in March the end can come out before the beginning.
        ends_at = max(starts_at, ends_at) if starts_at and ends_at else None
        return {name: cleaned[name] for name in names} | {"starts_at": starts_at, "ends_at": ends_at}


def _moment(on: date, at: time | None) -> datetime | None:
    return moment_of(on, at).at if at is not None else None


def initial_of(event: CalendarEvent) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(event, name) for name in ("title", "kind", "place", "note")}
    found |= {"starts_on": event.starts_on, "ends_on": event.ends_on}
    if event.starts_at and event.ends_at:
        first, last = on_the_wall(event.starts_at), on_the_wall(event.ends_at)
        found |= {"starts_on": first.date(), "ends_on": last.date(), "begins": first.time(), "ends": last.time()}
    return found
