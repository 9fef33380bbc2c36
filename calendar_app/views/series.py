"""A post that comes back: beginning that, letting a change count for what follows, and stopping it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import UserRequest
from calendar_app.changing import PostRefused
from calendar_app.models import Post, PostKind
from calendar_app.moments import on_the_wall
from calendar_app.recurrence import Repeat
from calendar_app.repeat_form import RepeatForm
from calendar_app.series import follow, following_of, repeat, stop
from calendar_app.views.post_access import find_post, writers_only

SHOWN = 12  # occurrences


@require_http_methods(["GET", "HEAD", "POST"])
def post_repeat(request: UserRequest, pk: int) -> HttpResponse:
    """GET: how it comes back, or the form for that. POST begins it."""
    post = find_post(request, pk)
    if post.kind != PostKind.POST:
        raise Http404
    if request.method != "POST":
        return _page(request, post)
    writers_only(request)
    if post.planned_at is None:
        return _page(request, post, status=422)
    form = RepeatForm(request.POST, on=on_the_wall(post.planned_at).date())
    if form.is_valid():
        try:
            repeat(post=post, by=request.user, rule=form.rule, ends_on=form.cleaned_data["ends_on"])
        except PostRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Dit bericht komt vanaf nu terug."))
            return redirect("post_repeat", pk=pk)
    return _page(request, post, form=form, status=422)


@require_POST
def post_follow(request: UserRequest, pk: int) -> HttpResponse:
    """What this one says counts for those after it as well."""
    post = find_post(request, pk)
    writers_only(request)
    try:
        changed = follow(post=post, by=request.user)
    except PostRefused as refused:
        return _page(request, post, error=str(refused), status=422)
    said = ngettext("%(count)d bericht is mee veranderd.", "%(count)d berichten zijn mee veranderd.", changed)
    messages.success(request, said % {"count": changed})
    return redirect("post_repeat", pk=pk)


@require_POST
def post_repeat_stop(request: UserRequest, pk: int) -> HttpResponse:
    post = find_post(request, pk)
    writers_only(request)
    if post.series is None:
        return _page(request, post, status=422)
    removed = stop(series=post.series, by=request.user, after=post.occurs_on)
    said = ngettext(
        "De herhaling is gestopt. %(count)d bericht is weggehaald.",
        "De herhaling is gestopt. %(count)d berichten zijn weggehaald.",
        removed,
    )
    messages.success(request, said % {"count": removed})
    return redirect("post_repeat", pk=pk)


def _page(
    request: UserRequest, post: Post, *, form: RepeatForm | None = None, error: str = "", status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"part": "calendar", "post": post, "error": error, "series": post.series}
    if post.series is not None:
        others = Post.objects.visible_to(request.user).filter(series=post.series, removed_at=None)
        context |= {
            "words": Repeat.read(post.series.rule).words,
            "others": others.filter(occurs_on__gte=post.occurs_on).order_by("occurs_on")[:SHOWN],
            "following": following_of(post),
        }
    elif post.planned_at is not None:
        context["form"] = form or RepeatForm(on=on_the_wall(post.planned_at).date())
    return render(request, "calendar/repeat.html", context, status=status)
