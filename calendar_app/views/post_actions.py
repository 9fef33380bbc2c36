"""New posts, copies, and posts that go away."""

from datetime import date, datetime, time

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_date, parse_time
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import UserRequest
from calendar_app.composing import PostRefused, copy_post, create_post, remove_post
from calendar_app.models import Post, PostKind
from calendar_app.moments import moment_of
from calendar_app.permissions import may_plan
from calendar_app.views.post_access import find_post, is_scripted, number, numbers, refused, writers_only
from channels.models import Channel

DEFAULT_TIME = time(10)  # a post that is made on a day, without a time


@require_POST
def new(request: UserRequest) -> HttpResponse:
    """A draft, `on` a day and `at` a time of the wall, for `channel`s; or after the idea or template `from`. `kind` may be an
    idea or a template."""
    writers_only(request)
    kind = _kind(request.POST.get("kind", ""))
    planned_at = _asked_moment(request) if kind == PostKind.POST else None
    if source := number(request.POST.get("from", "")):
        made = copy_post(post=find_post(request, source), by=request.user, kind=kind, planned_at=planned_at)
        return _go(request, made)
    seen = Channel.objects.visible_to(request.user).open()
    made = create_post(
        by=request.user,
        kind=kind,
        title=request.POST.get("title", "")[:120],
        text=request.POST.get("text", "")[:70_000].replace("\r\n", "\n"),
        planned_at=planned_at,
        channels=list(seen.filter(pk__in=numbers(request.POST.getlist("channel")))),
    )
    return _go(request, made)


def _kind(given: str) -> PostKind:
    return PostKind(given) if given in PostKind.values else PostKind.POST


def _asked_moment(request: UserRequest) -> datetime | None:
    on = _parsed(parse_date, request.POST.get("on", ""))
    if not isinstance(on, date):
        return None
    at = _parsed(parse_time, request.POST.get("at", ""))
    return moment_of(on, at if isinstance(at, time) else DEFAULT_TIME).at


def _parsed(parse: object, given: str) -> object:
    try:
        return parse(given)  # type: ignore[operator]
    except ValueError:
        return None


def _go(request: UserRequest, made: Post) -> HttpResponse:
    if request.htmx:
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = reverse("post", args=[made.pk])
        return response
    return redirect("post", pk=made.pk)


@require_POST
def copy(request: UserRequest, pk: int) -> HttpResponse:
    """Once more, as a post without a moment; or as a template."""
    found = find_post(request, pk, to_write=True)
    kind = _kind(request.POST.get("kind", ""))
    try:
        made = copy_post(post=found, by=request.user, kind=kind)
    except PostRefused as why:
        return refused(request, pk, why)
    messages.success(
        request,
        _("Dit is nu een sjabloon. Het bericht zelf bleef zoals het was.")
        if kind == PostKind.TEMPLATE
        else _("Dit is de kopie. Zij gaat pas weg als u haar inplant en laat goedkeuren."),
    )
    return _go(request, made)


@require_POST
def remove(request: UserRequest, pk: int) -> HttpResponse:
    """Throw away what never went out."""
    found = find_post(request, pk, to_write=True)
    try:
        remove_post(post=found, by=request.user)
    except PostRefused as why:
        return refused(request, pk, why)
    messages.success(request, _("Weggegooid."))
    to = "post_templates" if found.kind == PostKind.TEMPLATE else "calendar"
    if is_scripted(request):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse(to)})
    return redirect(to)


@require_GET
def templates(request: UserRequest) -> HttpResponse:
    found = Post.objects.visible_to(request.user).filter(kind=PostKind.TEMPLATE, removed_at=None)
    found = found.select_related("owner", "campaign").prefetch_related("targets__channel").order_by("title", "pk")
    context = {"part": "templates", "templates": found[:200], "may_write": may_plan(request.user)}
    return render(request, "calendar/templates.html", context)
