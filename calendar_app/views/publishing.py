"""How far posts are, and what people do about it: again, at once, it is there or not; pausing everything, and afterwards."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms import DateTimeField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import UserRequest
from calendar_app import pause as pausing
from calendar_app import publishing
from calendar_app.models import Pause, PostTarget
from calendar_app.permissions import may_approve, may_plan, may_read_calendar

MANY = 500  # targets that are decided on at once


# -- one target ------------------------------------------------------------------------------------------------------------


@require_safe
def target_state(request: UserRequest, pk: int) -> HttpResponse:
    return render(request, "calendar/_target_state.html", {"target": _find(request, pk)})


@require_POST
def target_retry(request: UserRequest, pk: int) -> HttpResponse:
    def write(target: PostTarget) -> None:
        publishing.retry(target=target, by=request.user)

    return _act(request, pk, write, said=_("Het gaat opnieuw."))


@require_POST
def target_settle(request: UserRequest, pk: int) -> HttpResponse:
    """With `was_published` "1" or "0": what somebody saw on the platform."""
    was_published = request.POST.get("was_published") == "1"

    def write(target: PostTarget) -> None:
        publishing.settle(target=target, was_published=was_published, by=request.user)

    said = _("Genoteerd: het staat er.") if was_published else _("Genoteerd: het staat er niet.")
    return _act(request, pk, write, said=said)


@require_POST
def target_publish(request: UserRequest, pk: int) -> HttpResponse:
    def write(target: PostTarget) -> None:
        publishing.publish_now(target=target, by=request.user)

    return _act(request, pk, write, said=_("Het wordt nu geplaatst."))


@require_POST
def target_drop(request: UserRequest, pk: int) -> HttpResponse:
    """What waits, or was missed, does not go out any more."""

    def write(target: PostTarget) -> None:
        pausing.drop(target=target, by=request.user)

    return _act(request, pk, write, said=_("Het gaat niet door."))


def _find(request: UserRequest, pk: int) -> PostTarget:
    found = PostTarget.objects.visible_to(request.user).select_related("post", "channel")
    return get_object_or_404(found, pk=pk)


def _act(request: UserRequest, pk: int, write: Callable[[PostTarget], None], *, said: str) -> HttpResponse:
    """Find, check, do, and show how far it is now; 422 with the reason when it can not be done."""
    target = _find(request, pk)
    if not may_plan(request.user):
        raise PermissionDenied
    error = ""
    try:
        write(target)
    except publishing.PublishRefused as refused:
        error = str(refused)
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect("publishing_review")
    context = {"target": _find(request, pk), "error": error}
    response = render(request, "calendar/_target_state.html", context, status=422 if error else 200)
    if not error:
        response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": said}})
    return response


# -- everything ------------------------------------------------------------------------------------------------------------


@require_safe
def publishing_banner(request: UserRequest) -> HttpResponse:
    return render(request, "calendar/_paused_line.html")


@require_safe
def publishing_switch(request: UserRequest) -> HttpResponse:
    """The button in the head of the calendar."""
    return render(request, "calendar/_switch.html")


@require_safe
def publishing_pause_form(request: UserRequest) -> HttpResponse:
    """The question why, for the sheet."""
    _members_only(request)
    if not may_plan(request.user):
        raise PermissionDenied
    return render(request, "calendar/_pause_form.html")


@require_POST
def publishing_pause(request: UserRequest) -> HttpResponse:
    _members_only(request)
    if not may_plan(request.user):
        raise PermissionDenied
    try:
        pausing.pause(reason=request.POST.get("reason", ""), by=request.user)
    except pausing.PauseRefused as refused:
        context = {"error": str(refused), "reason": request.POST.get("reason", "")}
        return render(request, "calendar/_pause_form.html", context, status=422)
    return _to_review(request, _("Alles is gepauzeerd. Er gaat niets meer uit."))


@require_POST
def publishing_resume(request: UserRequest) -> HttpResponse:
    _members_only(request)
    if not may_approve(request.user):
        raise PermissionDenied
    try:
        pausing.resume(by=request.user)
    except pausing.PauseRefused as refused:
        return _review(request, error=str(refused), status=422)
    return _to_review(request, _("Het plaatsen is hervat. Bekijk wat is gemist."))


@require_safe
def publishing_review(request: UserRequest) -> HttpResponse:
    """What had left when everything was paused, as it is now; and what missed its moment."""
    _members_only(request)
    return _review(request)


@require_POST
def publishing_decide(request: UserRequest) -> HttpResponse:
    """For the chosen targets: `action` "now", "later" (with `moment`) or "drop". All that can be done is done; what can not is
    told."""
    _members_only(request)
    if not may_plan(request.user):
        raise PermissionDenied
    keys = [key for key in request.POST.getlist("target")[:MANY] if key.isdecimal() and len(key) < 19]
    chosen = list(PostTarget.objects.visible_to(request.user).filter(pk__in=keys).order_by("pk"))
    action = request.POST.get("action", "")
    if action not in ("now", "later", "drop"):
        return _review(request, error=_("Kies wat er moet gebeuren."), status=422)
    if not chosen:
        return _review(request, error=_("Kies eerst een bericht."), status=422)
    moment = _moment(request) if action == "later" else None
    if action == "later" and moment is None:
        return _review(request, error=_("Vul een dag en een tijd in."), status=422, chosen=keys)
    done, problems = 0, []
    for target in chosen:
        try:
            _decide(target, action, moment, request)
            done += 1
        except publishing.PublishRefused as refused:
            problems.append(str(refused))
    if problems:
        told = " ".join(dict.fromkeys(problems))
        return _review(request, error=told, status=422, chosen=keys)
    said = ngettext("%(n)d bericht is geregeld.", "%(n)d berichten zijn geregeld.", done) % {"n": done}
    if not request.htmx:
        messages.success(request, said)
        return redirect("publishing_review")
    response = _review(request)
    response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": said}})
    return response


def _decide(target: PostTarget, action: str, moment: datetime | None, request: UserRequest) -> None:
    if action == "drop":
        pausing.drop(target=target, by=request.user)
    elif target.state == "failed":  # stopped halfway: the rest of it
        publishing.retry(target=target, by=request.user)
    else:
        pausing.release(target=target, by=request.user, to=moment)


def _moment(request: UserRequest) -> datetime | None:
    try:
        found: datetime | None = DateTimeField().clean(request.POST.get("moment", "")[:40])
    except ValidationError:
        return None
    return found


def _review(
    request: UserRequest, *, error: str = "", status: int = 200, chosen: list[str] | None = None
) -> HttpResponse:
    pause = Pause.objects.select_related("began_by", "ended_by").order_by("-pk").first()
    context: dict[str, Any] = {
        "part": "review",
        "pause": pause,
        "left": pausing.left_before(pause, request.user) if pause else [],
        "missed": pausing.missed_targets(request.user),
        "may_decide": may_plan(request.user),
        "may_resume": may_approve(request.user),
        "error": error,
        "chosen": [int(key) for key in chosen or ()],
        "moment": request.POST.get("moment", ""),
    }
    template = "calendar/_review.html" if request.htmx else "calendar/review.html"
    return render(request, template, context, status=status)


def _to_review(request: UserRequest, said: str) -> HttpResponse:
    messages.success(request, said)
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": reverse("publishing_review")})
    return redirect("publishing_review")


def _members_only(request: UserRequest) -> None:
    if not may_read_calendar(request.user):
        raise Http404
