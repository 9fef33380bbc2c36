"""What to compute: which matrix, which hours, which period."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from monitoring.whatif import LONGEST, NotPossible, Question, scenarios, version_in_force
from responsematrix.models import Calendar, CalendarVersion, MatrixVersion, State, Version

DAYS = 90


class VersionField(forms.ModelChoiceField):  # type: ignore[type-arg]  # takes no argument when it runs
    def label_from_instance(self, obj: Any) -> str:
        return version_label(obj)


def version_label(version: Version) -> str:
    """ "Responsmatrix 3 · concept", "Responsmatrix 2 · geldt sinds 1 maart 2026"."""
    owner = version.matrix if isinstance(version, MatrixVersion) else getattr(version, "calendar", "")
    words = {"name": str(owner), "number": version.number}
    if version.state == State.ACTIVE and version.active_from is not None:
        words["day"] = date_format(timezone.localtime(version.active_from), "j F Y")
        if version.active_from > timezone.now():
            return _("%(name)s, versie %(number)d · actief vanaf %(day)s") % words
        return _("%(name)s, versie %(number)d · geldt sinds %(day)s") % words
    words["state"] = version.get_state_display()
    return _("%(name)s, versie %(number)d · %(state)s") % words


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class WhatIfForm(forms.Form):
    """`question()` once valid. One field per calendar for other opening hours; empty: the hours that hold now."""

    after = VersionField(queryset=MatrixVersion.objects.none(), label=gettext_lazy("Wat als deze matrix gold"))
    before = VersionField(queryset=MatrixVersion.objects.none(), label=gettext_lazy("Vergeleken met"))
    first_on = _date(gettext_lazy("Eerste dag"))
    last_on = _date(gettext_lazy("Laatste dag"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        self.user, today = user, timezone.localdate()
        versions = MatrixVersion.objects.visible_to(user).filter(matrix__is_main=True).select_related("matrix")
        newest = versions.order_by("-number").first()
        kwargs["initial"] = {
            "after": newest,
            "before": version_in_force() or newest,
            "first_on": today - timedelta(days=DAYS),
            "last_on": today,
        } | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        for name in ("after", "before"):
            field = self.fields[name]
            assert isinstance(field, VersionField)
            field.queryset, field.empty_label = versions.order_by("-number"), None
        hours = CalendarVersion.objects.visible_to(user).select_related("calendar").order_by("-number")
        for calendar in Calendar.objects.visible_to(user):
            self.fields[f"hours_{calendar.pk}"] = VersionField(
                queryset=hours.filter(calendar=calendar), required=False, label=calendar.name,
                empty_label=_("zoals nu"),
            )  # fmt: skip
        for name, field in self.fields.items():
            is_day = name in {"first_on", "last_on"}
            field.widget.attrs |= {"class": "input", "max": today.isoformat()} if is_day else {"class": "select"}

    @property
    def hours_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith("hours_")]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        first, last = values.get("first_on"), values.get("last_on")
        if first and last:
            if first > last:
                self.add_error("last_on", _("Deze dag ligt voor de eerste dag."))
            elif (last - first).days >= LONGEST:
                self.add_error("last_on", _("Kies een periode van hoogstens een jaar."))
            elif first > timezone.localdate():
                self.add_error("first_on", _("Kies een dag die is geweest."))
        if not self.errors:
            self._check(self.question())
        return values

    def _check(self, question: Question) -> None:
        if question.after == question.before and not question.hours:
            self.add_error("after", _("Zo verandert er niets. Kies een andere versie of andere openingstijden."))
            return
        try:
            scenarios(question, by=self.user)
        except NotPossible as reason:
            self.add_error("after", str(reason))

    def question(self) -> Question:
        values = self.cleaned_data
        return Question(
            before=values["before"].pk,
            after=values["after"].pk,
            first_on=values["first_on"],
            last_on=values["last_on"],
            hours={
                version.calendar_id: version.pk
                for name, version in values.items()
                if name.startswith("hours_") and version is not None
            },
        )
