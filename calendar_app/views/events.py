"""Events of our own: added, changed and removed in the sheet over the calendar, or on a page of their own without script."""

import json
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import UserRequest
from calendar_app.event_form import EventForm, initial_of
from calendar_app.events import EventRefused, add_event, change_event, remove_event
from calendar_app.models import CalendarEvent, EventKind
from calendar_app.permissions import may_plan


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_event_add(request: UserRequest) -> HttpResponse:
    """`?on=2026-12-08` is the day it stands on at first."""
    if not may_plan(request.user):
        raise PermissionDenied
    if request.method != "POST":
        on = _asked_day(request.GET.get("on", ""))
        return _show(request, EventForm(initial={"starts_on": on, "ends_on": on, "kind": EventKind.OTHER}))
    form = EventForm(request.POST)
    if form.is_valid():
        try:
            event = add_event(by=request.user, **form.values)
        except EventRefused as error:
            form.add_error(None, str(error))
        else:
            return _done(request, event.starts_on, _("“%(title)s” staat op de kalender.") % {"title": event.title})
    return _show(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_event(request: UserRequest, pk: int) -> HttpResponse:
    """Everybody reads it; who plans changes it, unless it is of a calendar that we follow."""
    event = _find(request, pk)
    may_change = may_plan(request.user) and event.subscription is None
    if request.method != "POST":
        form = EventForm(initial=initial_of(event)) if may_change else None
        return _show(request, form, event=event)
    if not may_plan(request.user):
        raise PermissionDenied
    form = EventForm(request.POST)
    if form.is_valid():
        try:
            event = change_event(event=event, by=request.user, **form.values)
        except EventRefused as error:
            form.add_error(None, str(error))
        else:
            return _done(request, event.starts_on, _("Bewaard."))
    return _show(request, form, event=event, status=422)


@require_POST
def calendar_event_remove(request: UserRequest, pk: int) -> HttpResponse:
    event = _find(request, pk)
    if not may_plan(request.user):
        raise PermissionDenied
    on, title = event.starts_on, event.title
    try:
        remove_event(event=event, by=request.user)
    except EventRefused as error:
        form = EventForm(initial_of(event))
        form.add_error(None, str(error))
        return _show(request, form, event=event, status=422)
    return _done(request, on, _("“%(title)s” is verwijderd.") % {"title": title})


def _find(request: UserRequest, pk: int) -> CalendarEvent:
    found = CalendarEvent.objects.visible_to(request.user).select_related("subscription")
    return get_object_or_404(found, pk=pk)


def _asked_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()


def _show(
    request: UserRequest, form: EventForm | None, *, event: CalendarEvent | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"part": "calendar", "form": form, "event": event, "in_sheet": bool(request.htmx)}
    template = "calendar/_event.html" if request.htmx else "calendar/event.html"
    return render(request, template, context, status=status)


def _done(request: UserRequest, on: date, said: str) -> HttpResponse:
    """The sheet closes, and the calendar hears by itself that it changed."""
    if request.htmx:
        told = {"balie:saved": {}, "balie:toast": {"text": said}, "balie:calendar": {}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(told)})
    messages.success(request, said)
    return redirect(f"{reverse('calendar')}?view=day&on={on.isoformat()}")
