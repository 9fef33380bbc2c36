"""Opening hours: calendars, their versions, and in a draft the windows per weekday and the days that differ."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import UserRequest
from responsematrix.choices import WEEKDAYS
from responsematrix.clock_times import read_windows, write_windows
from responsematrix.holidays_nl import LiberationDay
from responsematrix.hours import (
    HoursRefused,
    create_calendar,
    new_hours_draft,
    prefill_holidays,
    remove_exception,
    set_exception,
    set_weekday,
)
from responsematrix.models import Calendar, CalendarVersion
from responsematrix.permissions import may_edit_matrix
from responsematrix.refusals import Refused
from responsematrix.standing import may_approve, standings
from responsematrix.views.access import editors_only, find_hours, go_to, saved
from responsematrix.worktime import Schedule

YEARS_AHEAD = 4


@require_GET
def calendars(request: UserRequest) -> HttpResponse:
    """Each with the hours that hold now, and what is being made."""
    found = list(
        CalendarVersion.objects.visible_to(request.user)
        .select_related("calendar", "author", "approved_by")
        .order_by("calendar__name", "-number")
    )
    known = standings(found)
    cards: dict[int, dict[str, Any]] = {}
    for each in Calendar.objects.visible_to(request.user):
        cards[each.pk] = {"calendar": each, "now": None, "others": []}
    for version in found:
        card = cards[version.calendar_id]
        if known[version.pk].code == "now":
            card["now"] = version
            card["week"] = week_of(version)
            card["standing"] = known[version.pk]
        elif known[version.pk].code != "past":
            card["others"].append((version, known[version.pk]))
        else:
            card["past"] = card.get("past", 0) + 1
    context = {"part": "hours", "cards": cards.values(), "may_edit": may_edit_matrix(request.user)}
    return render(request, "matrix/_calendars.html" if request.htmx else "matrix/calendars.html", context)


@require_GET
def hours_version(request: UserRequest, pk: int) -> HttpResponse:
    context = hours_context(request, find_hours(request, pk))
    return render(request, "matrix/_hours_version.html" if request.htmx else "matrix/hours_version.html", context)


def hours_context(request: UserRequest, found: CalendarVersion) -> dict[str, Any]:
    siblings = list(CalendarVersion.objects.visible_to(request.user).filter(calendar=found.calendar_id))
    known = standings(siblings)
    may_edit = may_edit_matrix(request.user)
    year = timezone.localdate().year
    return {
        "part": "hours",
        "kind": "hours",
        "version": found,
        "standing": known[found.pk],
        "others": [(each, known[each.pk]) for each in siblings if each.pk != found.pk],
        "may_edit": may_edit,
        "is_open": may_edit and found.is_draft,
        "may_approve": may_approve(found, request.user),
        "week": week_of(found),
        "exceptions": exceptions_of(found.to_schedule()),
        "years": [(each, each in (year, year + 1)) for each in range(year, year + YEARS_AHEAD)],
        "liberation_days": [
            (LiberationDay.NEVER.value, _("nooit")),
            (LiberationDay.LUSTRUM.value, _("eens in de vijf jaar")),
            (LiberationDay.ALWAYS.value, _("elk jaar")),
        ],
    }


def week_of(version: CalendarVersion) -> list[tuple[int, str, str]]:
    """(0 is Monday, its name, its windows in words: empty is closed)."""
    return [(day, str(name), write_windows(version.weekly[day])) for day, name in enumerate(WEEKDAYS)]


def exceptions_of(schedule: Schedule) -> list[dict[str, Any]]:
    """In order of date: first what is still to come, then what has been."""
    today = timezone.localdate()
    days = [
        {"on": on, "name": each.name, "hours": write_windows(each.windows), "is_past": on < today}
        for on, each in sorted(schedule.exceptions.items())
    ]
    return sorted(days, key=lambda day: bool(day["is_past"]))


@require_http_methods(["GET", "POST"])
def calendar_add(request: UserRequest) -> HttpResponse:
    """A calendar with an empty first draft; 422 when the name is missing or taken."""
    editors_only(request)
    if request.method == "GET":
        return render(request, "matrix/_add_calendar.html", {})
    name = request.POST.get("name", "").strip()[:80]
    try:
        if not name:
            raise HoursRefused(_("Geef de openingstijden een naam."))
        with transaction.atomic():
            made = create_calendar(name=name, by=request.user)
    except (Refused, IntegrityError) as error:
        reason = str(error) if isinstance(error, Refused) else _("Deze naam is er al.")
        return render(request, "matrix/_add_calendar.html", {"error": reason, "name": name}, status=422)
    return _open(request, made)


@require_POST
def hours_draft(request: UserRequest, pk: int) -> HttpResponse:
    """A draft for a calendar, with the hours of now."""
    calendar = get_object_or_404(Calendar.objects.visible_to(request.user), pk=pk)
    editors_only(request)
    return _open(request, new_hours_draft(calendar=calendar, by=request.user))


def _open(request: UserRequest, made: CalendarVersion) -> HttpResponse:
    url = reverse("matrix_hours_version", args=[made.pk])
    messages.success(request, _("Concept %(number)d is begonnen.") % {"number": made.number})
    return go_to(url) if request.htmx else redirect(url)


@require_http_methods(["GET", "POST"])
def week(request: UserRequest, pk: int) -> HttpResponse:
    """All seven days in one form: all are kept, or none, with the reason at the day."""
    version = find_hours(request, pk, to_edit=True)
    if request.method == "GET":
        return render(request, "matrix/_week_form.html", {"version": version, "days": _days(version)})
    typed = {day: request.POST.get(f"day-{day}", "")[:400] for day in range(7)}
    reasons: dict[int, str] = {}
    with transaction.atomic():
        for day, text in typed.items():
            try:
                version = set_weekday(version=version, weekday=day, windows=read_windows(text), by=request.user)
            except Refused as refused:
                reasons[day] = str(refused)
        if reasons:
            transaction.set_rollback(True)
    if reasons:
        context = {"version": version, "days": _days(version, typed, reasons)}
        return render(request, "matrix/_week_form.html", context, status=422)
    return _shown(request, pk, said=_("Openingstijden bewaard."))


def _days(
    version: CalendarVersion, typed: dict[int, str] | None = None, reasons: dict[int, str] | None = None
) -> list[tuple[int, str, str, str]]:
    return [
        (day, name, typed[day] if typed else hours, (reasons or {}).get(day, ""))
        for day, name, hours in week_of(version)
    ]


@require_http_methods(["GET", "POST"])
def exception(request: UserRequest, pk: int) -> HttpResponse:
    """One date: closed, shorter or open. Replaces what stood there; GET `?on=` begins with that."""
    version = find_hours(request, pk, to_edit=True)
    if request.method == "GET":
        typed = request.GET.dict()
        known = {each["on"].isoformat(): each for each in exceptions_of(version.to_schedule())}
        if found := known.get(typed.get("on", "")):
            typed |= {"name": found["name"], "hours": found["hours"]}
        return render(request, "matrix/_exception.html", {"version": version, "typed": typed})
    typed = {name: request.POST.get(name, "").strip()[:400] for name in ("on", "name", "hours")}
    try:
        windows = read_windows(typed["hours"])
        set_exception(version=version, on=_date(typed["on"]), windows=windows, name=typed["name"], by=request.user)
    except Refused as refused:
        context = {"version": version, "typed": typed, "error": str(refused)}
        return render(request, "matrix/_exception.html", context, status=422)
    return _shown(request, pk, said=_("Dag bewaard."))


@require_POST
def exception_delete(request: UserRequest, pk: int) -> HttpResponse:
    version = find_hours(request, pk, to_edit=True)
    try:
        remove_exception(version=version, on=_date(request.POST.get("on", "")), by=request.user)
    except Refused as refused:
        return _said_no(request, version, refused)
    return _shown(request, pk)


@require_POST
def holidays(request: UserRequest, pk: int) -> HttpResponse:
    """Public holidays of the chosen years as closed days; what stands there already stays."""
    version = find_hours(request, pk, to_edit=True)
    years = [int(year) for year in request.POST.getlist("year") if year.isdecimal() and len(year) == 4]
    choice = request.POST.get("liberation_day", "")
    try:
        if not years:
            raise HoursRefused(_("Kies ten minste één jaar."))
        added = prefill_holidays(
            version=version,
            years=years,
            by=request.user,
            good_friday=request.POST.get("good_friday") == "on",
            liberation_day=LiberationDay(choice) if choice in list(LiberationDay) else LiberationDay.LUSTRUM,
        )
    except Refused as refused:
        return _said_no(request, version, refused)
    except ValueError:
        return _said_no(request, version, HoursRefused(_("Deze jaren kunnen niet.")))
    return _shown(request, pk, said=_("%(count)d feestdagen toegevoegd.") % {"count": len(added)})


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        raise HoursRefused(_("Vul een datum in.")) from None
    if not 1990 <= found.year <= 2200:
        raise HoursRefused(_("Vul een datum in."))
    return found


def _said_no(request: UserRequest, version: CalendarVersion, refused: Refused) -> HttpResponse:
    context = hours_context(request, find_hours(request, version.pk)) | {"error": str(refused)}
    return render(request, "matrix/_hours_version.html", context, status=422)


def _shown(request: UserRequest, pk: int, *, said: str = "") -> HttpResponse:
    if not request.htmx:
        return redirect("matrix_hours_version", pk=pk)
    context = hours_context(request, find_hours(request, pk))
    return saved(request, "matrix/_hours_version.html", context, target="#version", said=said)
