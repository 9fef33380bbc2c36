"""The calendar: what is planned, what went out, and what else happens."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from calendar_app.asked import VIEWS, Asked
from calendar_app.frames import FRAMES
from calendar_app.kept import frame_of
from calendar_app.models import TargetState
from calendar_app.permissions import may_plan, may_read_calendar
from calendar_app.shown import Around, Chip, around, chips_of, ideas_of
from core.templatetags.ui import date_format

MOST_IDEAS = 60


@require_safe
def calendar(request: UserRequest) -> HttpResponse:
    """The page; by htmx only what a change of period, filter or content changes."""
    asked = Asked.of(request.GET)
    is_part = bool(request.htmx) and not request.htmx.history_restore_request
    frame = frame_of(
        request.user,
        asked,
        lambda: render_to_string("calendar/_calendar.html", calendar_context(request, asked), request),
    )
    if is_part:
        response = HttpResponse(frame)
    else:
        response = render(
            request, "calendar/calendar.html", {"frame": frame, "title": _title(asked), "part": _part(asked)}
        )
    if request.htmx.boosted:
        response.headers["HX-Push-Url"] = address_of(asked)
    return response


def address_of(asked: Asked) -> str:
    return reverse("calendar") + ("?" + asked.query if asked.query else "")


def asked_by(request: UserRequest) -> Asked | None:
    """What the calendar shows from which htmx asked; None when it was another page."""
    parts = urlsplit(request.htmx.current_url_abs_path or "")
    return Asked.of(QueryDict(parts.query)) if request.htmx and parts.path == reverse("calendar") else None


def calendar_context(request: UserRequest, asked: Asked) -> dict[str, Any]:
    """A fixed number of queries, whatever is shown."""
    known = around(request.user)
    context: dict[str, Any] = {
        "part": _part(asked),
        "asked": asked,
        "address": address_of(asked),
        "title": _title(asked),
        "views": [(view, words, asked.but(view=view)) for view, words in _view_words()],
        "today": timezone.localdate(),
        "may_plan": may_plan(request.user),
        "may_read": may_read_calendar(request.user),
        "known": known,
        "states": TargetState.choices,
        "narrowed": _narrowed(asked, known),
        "may_move": may_plan(request.user),
        "move_url": reverse("post_move", args=[0]),
        "move_words": _("Verplaats naar…"),
        "today_word": _("vandaag"),
        "count_words": _("berichten"),
        "before": asked.beside(-1),
        "after": asked.beside(1),
        "to_today": asked.but(on=None),
        "toggle_ideas": asked.but(has_ideas=not asked.has_ideas),
        "now": timezone.now(),
        "cleared": asked.but(channel=None, state="", campaign=None, owner=None),
    }
    if context["may_read"]:
        context |= FRAMES[asked.view](request.user, asked, known)
        if asked.has_ideas:
            context |= ideas_context(request, known)
    return context


def ideas_context(request: UserRequest, known: Around) -> dict[str, Any]:
    """What waits in the drawer. Three queries."""
    keys = list(ideas_of(request.user).values_list("pk", flat=True)[: MOST_IDEAS + 1])
    chips = chips_of(keys[:MOST_IDEAS], request.user, known)
    ideas: list[Chip] = [chips[pk] for pk in keys[:MOST_IDEAS] if pk in chips]
    may = may_plan(request.user)
    return {"ideas": ideas, "has_more_ideas": len(keys) > MOST_IDEAS, "may_plan": may, "may_move": may}


def _part(asked: Asked) -> str:
    return "list" if asked.view == "list" else "calendar"


def _view_words() -> list[tuple[str, str]]:
    return list(zip(VIEWS, (_("Maand"), _("Week"), _("Dag"), _("Lijst")), strict=True))


def _title(asked: Asked) -> str:
    if asked.view == "month":
        return date_format(asked.on, "F Y")
    if asked.view == "week":
        last = asked.days[-1]
        first = date_format(asked.first, "j" if asked.first.month == last.month else "j F")
        words = {"number": asked.first.isocalendar().week, "first": first, "last": date_format(last, "j F Y")}
        return _("Week %(number)s, %(first)s – %(last)s") % words
    if asked.view == "day":
        return date_format(asked.on, "l j F Y")
    return _("Vanaf %(day)s") % {"day": date_format(asked.on, "j F Y")}


def _narrowed(asked: Asked, known: Around) -> list[tuple[str, str]]:
    """(words, query string without it) of everything that narrows what is shown."""
    found = []
    if asked.channel:
        channel = known.channels.get(asked.channel)
        words = f"{channel.get_platform_display()}: {channel.name}" if channel else _("Onbekend kanaal")
        found.append((words, asked.but(channel=None)))
    if asked.state:
        found.append((str(TargetState(asked.state).label), asked.but(state="")))
    if asked.campaign:
        campaign = known.campaigns.get(asked.campaign)
        found.append((campaign.name if campaign else _("Onbekende campagne"), asked.but(campaign=None)))
    if asked.owner:
        owner = next((each.display_name for each in known.people if each.pk == asked.owner), _("Onbekende collega"))
        found.append((owner, asked.but(owner=None)))
    return found
