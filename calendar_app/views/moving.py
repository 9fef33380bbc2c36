"""Another moment for a post, and what has none yet: by dragging, by the dialog, and back again."""

import json
from datetime import date, datetime, time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.requests import UserRequest
from calendar_app.asked import Asked
from calendar_app.composing import PostRefused, copy_post, create_post, move_post, remove_post
from calendar_app.models import Post, PostKind, PostTarget
from calendar_app.models.posts import STARTED
from calendar_app.moments import Moment, moment_of, on_the_wall
from calendar_app.permissions import may_plan
from calendar_app.shown import around
from calendar_app.views.pages import asked_by, calendar_context, ideas_context
from core.templatetags.ui import date_format

USUAL = time(10, 0)  # what gets a day and had no moment
LONGEST_IDEA = 500


class NoMoment(ValueError):
    """`str(error)` says what is wrong with what was typed; `asks_which` when that hour comes twice."""

    def __init__(self, words: str, *, asks_which: bool = False) -> None:
        super().__init__(words)
        self.asks_which = asks_which


@require_http_methods(["GET", "HEAD", "POST"])
def post_move(request: UserRequest, pk: int) -> HttpResponse:
    """GET is the dialog. POST takes `on` and `at` (the dialog); `on` and `hour`, where `at` is kept (dragging); `to`, an exact
    moment or nothing (undoing); or `unplan`. Answers with the calendar as it is now, also when it is refused."""
    found = Post.objects.visible_to(request.user).filter(removed_at=None).exclude(kind=PostKind.TEMPLATE)
    post = get_object_or_404(found, pk=pk)
    if not may_plan(request.user):
        raise PermissionDenied
    if request.method != "POST":
        return _dialog(request, post)
    before = post.planned_at
    try:
        moment = _moment(request, post)
        moved = _move(post, moment, by=request.user)
    except (NoMoment, PostRefused) as refused:
        return _refused(request, post, refused)
    return _moved(request, moved, moment, before, is_new=moved.pk != post.pk)


@transaction.atomic
def _move(post: Post, moment: Moment | None, *, by: Any) -> Post:
    """An idea that gets a day becomes a post."""
    if post.kind == PostKind.POST:
        return move_post(post=post, by=by, to=moment.at if moment else None)
    if moment is None:
        return post
    made = copy_post(post=post, by=by, kind=PostKind.POST, planned_at=moment.at)
    remove_post(post=post, by=by)
    return made


def _moment(request: UserRequest, post: Post) -> Moment | None:
    """None: out of the plan. Raises NoMoment."""
    asked = request.POST
    if asked.get("unplan"):
        return None
    if "to" in asked:
        if not asked["to"]:
            return None
        to = _parsed(asked["to"])
        if to is None or timezone.is_naive(to):
            raise NoMoment(_("Dit is geen moment."))
        return Moment(to)
    try:
        on = date.fromisoformat(asked.get("on", ""))
    except ValueError:
        raise NoMoment(_("Kies een dag.")) from None
    today = timezone.localdate()
    if not today.year - 1 <= on.year <= today.year + 5:
        raise NoMoment(_("Kies een dag in de komende vijf jaar."))
    at = _time(request, post)
    moment = moment_of(on, at, is_second=asked.get("which") == "second")
    if moment.is_twice and not asked.get("which") and "at" in asked:
        raise NoMoment(
            _("Die nacht gaat de klok terug: deze tijd komt twee keer. Kies welke u bedoelt."), asks_which=True
        )
    if moment.at <= timezone.now():
        raise NoMoment(_("Dat moment is al voorbij. Kies een later moment."))
    return moment


def _time(request: UserRequest, post: Post) -> time:
    """What was typed; else the time that the post had, within the hour that it was dragged to."""
    typed, hour = request.POST.get("at"), request.POST.get("hour", "")
    if typed is not None:
        try:
            return time.fromisoformat(typed).replace(second=0, microsecond=0, tzinfo=None)
        except ValueError:
            raise NoMoment(_("Kies een tijd, zoals 14:30.")) from None
    at = on_the_wall(post.planned_at).time() if post.planned_at else None
    if hour.isascii() and hour.isdigit() and len(hour) < 3 and int(hour) < 24:
        return (at or time()).replace(hour=int(hour))
    return at or USUAL


def _parsed(text: str) -> datetime | None:
    try:
        return parse_datetime(text)
    except ValueError:
        return None


def _dialog(request: UserRequest, post: Post, problem: NoMoment | PostRefused | None = None) -> HttpResponse:
    wall = on_the_wall(post.planned_at) if post.planned_at else None
    typed = request.POST if problem else {}
    context = {
        "post": post,
        "on": typed.get("on", f"{wall:%Y-%m-%d}" if wall else ""),
        "at": typed.get("at", f"{wall:%H:%M}" if wall else f"{USUAL:%H:%M}"),
        "problem": str(problem) if problem else "",
        "asks_which": isinstance(problem, NoMoment) and problem.asks_which,
        "has_started": PostTarget.objects.filter(post=post, state__in=STARTED).exists(),
        "today": timezone.localdate(),
    }
    return render(request, "calendar/_move.html", context, status=422 if problem else 200)


def _refused(request: UserRequest, post: Post, refused: NoMoment | PostRefused) -> HttpResponse:
    """In the dialog; else as a toast, and the post goes back to where it stands."""
    if request.htmx.target == "sheet":
        return _dialog(request, post, refused)
    return _shown(request, toast={"text": str(refused), "level": "error"}, status=422)


def _moved(
    request: UserRequest, post: Post, moment: Moment | None, before: datetime | None, *, is_new: bool
) -> HttpResponse:
    toast: dict[str, Any] = {"text": _words(moment)}
    if not is_new and before != post.planned_at:
        toast["action"] = {
            "label": _("Ongedaan maken"),
            "event": "balie:move",
            "detail": {"url": reverse("post_move", args=[post.pk]), "to": before.isoformat() if before else ""},
        }
    return _shown(request, toast=toast, post=post)


def _words(moment: Moment | None) -> str:
    if moment is None:
        return _("Uit de planning gehaald. Het bericht staat bij Zonder datum.")
    wall = on_the_wall(moment.at)
    words = _("Verplaatst naar %(day)s om %(time)s.") % {
        "day": date_format(wall, "l j F"),
        "time": date_format(wall, "H:i"),
    }
    if moment.is_moved:
        words += " " + _("De gekozen tijd bestaat die nacht niet: de klok gaat vooruit.")
    elif moment.is_twice and not wall.fold:
        words += " " + _("Die tijd komt die nacht twee keer; dit is de eerste.")
    elif moment.is_twice:
        words += " " + _("Die tijd komt die nacht twee keer; dit is de tweede.")
    return words


def _shown(request: UserRequest, *, toast: dict[str, Any], post: Post | None = None, status: int = 200) -> HttpResponse:
    """The calendar from which it was asked, with a toast; another page is loaded anew."""
    asked = asked_by(request)
    if asked is None:
        if request.htmx:
            return HttpResponse(status=204, headers={"HX-Refresh": "true"})
        return redirect("calendar")
    response = render(request, "calendar/_calendar.html", calendar_context(request, asked), status=status)
    response.headers["HX-Retarget"] = "#calendar"
    response.headers["HX-Reswap"] = "morph:outerHTML show:none"
    response.headers["HX-Trigger"] = json.dumps({"balie:toast": toast})
    response.headers["HX-Trigger-After-Swap"] = json.dumps({"balie:saved": {"post": post.pk if post else None}})
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_ideas(request: UserRequest) -> HttpResponse:
    """The drawer; POST `text` keeps an idea."""
    context: dict[str, Any] = {"asked": asked_by(request) or Asked.of({"ideas": "1"})}
    if request.method == "POST":
        if not may_plan(request.user):
            raise PermissionDenied
        text = request.POST.get("text", "").replace("\x00", "").strip()
        if not text or len(text) > LONGEST_IDEA:
            context["problem"] = _("Schrijf eerst iets op.") if not text else _("Een idee is hooguit 500 tekens lang.")
            context["typed"] = text[:LONGEST_IDEA]
        else:
            create_post(by=request.user, kind=PostKind.IDEA, text=text)
            if not request.htmx:
                return redirect(reverse("calendar") + "?ideas=1")
    context["toggle_ideas"] = context["asked"].but(has_ideas=False)
    context |= ideas_context(request, around(request.user))
    return render(request, "calendar/_ideas.html", context, status=422 if context.get("problem") else 200)
