"""Submitting, approving, asking a change, taking back, and talking about a post. Every answer is a fragment of its page."""

import json
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import UserRequest
from calendar_app.approval import add_comment, approve, ask_change, cancel, submit, withdraw
from calendar_app.composing import PostRefused, path_of
from calendar_app.models import Post, PostTarget
from calendar_app.permissions import may_approve
from calendar_app.reviews import approve_several, queue_of
from calendar_app.versions import difference, versions_of
from calendar_app.views.post_access import find_post, number, writers_only
from inbox.notifications import mark_notified

MOST_AT_ONCE = 400  # occurrences in one approval


@require_GET
def post_approval(request: UserRequest, pk: int) -> HttpResponse:
    return render(request, "calendar/_approval.html", {"post": find_post(request, pk)})


@require_POST
def post_submit(request: UserRequest, pk: int) -> HttpResponse:
    post = find_post(request, pk, to_write=True)
    return _do(request, post, lambda: submit(post=post, by=request.user), _("Ter beoordeling aangeboden."))


@require_POST
def post_withdraw(request: UserRequest, pk: int) -> HttpResponse:
    post = find_post(request, pk, to_write=True)
    return _do(
        request, post, lambda: withdraw(post=post, by=request.user), _("Teruggetrokken. Het is weer een concept.")
    )


@require_POST
def post_approve(request: UserRequest, pk: int) -> HttpResponse:
    """`revision` is what the person saw; another one by now is told first."""
    post = find_post(request, pk)
    seen = number(request.POST.get("revision", ""))
    return _do(request, post, lambda: approve(post=post, by=request.user, revision=seen), _("Goedgekeurd."))


@require_POST
def post_ask_change(request: UserRequest, pk: int) -> HttpResponse:
    post = find_post(request, pk)
    text = request.POST.get("text", "")
    return _say(request, post, lambda: ask_change(post=post, by=request.user, text=text), _("Wijziging gevraagd."))


@require_POST
def post_comment(request: UserRequest, pk: int) -> HttpResponse:
    """For whoever sees the post."""
    post = find_post(request, pk)
    text = request.POST.get("text", "")
    return _say(request, post, lambda: add_comment(post=post, by=request.user, text=text), _("Opmerking geplaatst."))


@require_POST
def post_cancel(request: UserRequest, pk: int) -> HttpResponse:
    """One channel, by the key of the target."""
    targets = PostTarget.objects.visible_to(request.user).filter(post__removed_at=None)
    target = get_object_or_404(targets.select_related("post"), pk=pk)
    writers_only(request)
    return _do(
        request, target.post, lambda: cancel(target=target, by=request.user), _("Op dit kanaal gaat het niet door.")
    )


@require_GET
def post_versions(request: UserRequest, pk: int) -> HttpResponse:
    """The page; by htmx the list with the difference between `old` and `new` (revisions; else the newest two)."""
    post = find_post(request, pk)
    context = {"post": post, **versions_context(post, request.GET.get("old", ""), request.GET.get("new", ""))}
    return render(request, "calendar/_versions.html" if request.htmx else "calendar/versions.html", context)


def versions_context(post: Post, old: str, new: str) -> dict[str, Any]:
    versions = versions_of(post)
    places = {each.revision: place for place, each in enumerate(versions)}
    newer = versions[places.get(number(new), 0)] if versions else None
    if newer is None:
        return {"versions": versions, "is_compared": True}
    before = places[newer.revision] + 1  # the version before it, where none was chosen
    place = places.get(number(old), before)
    older = versions[place] if place < len(versions) else None
    if older is not None and older.revision > newer.revision:
        older, newer = newer, older
    said = {
        each.pk: each.content for each in post.versions.filter(pk__in=[v.pk for v in (older, newer) if v is not None])
    }
    shown = difference(said[older.pk] if older else {}, said[newer.pk])
    return {"versions": versions, "older": older, "newer": newer, "difference": shown, "is_compared": True}


@require_GET
def calendar_reviews(request: UserRequest) -> HttpResponse:
    return _queue(request)


@require_POST
def reviews_approve(request: UserRequest) -> HttpResponse:
    """`post` (several): "key:revision" of each, as it was shown. One post, or occurrences of a series that say the same."""
    if not may_approve(request.user):
        raise PermissionDenied
    choices: dict[int, int] = {}
    for given in request.POST.getlist("post")[:MOST_AT_ONCE]:
        key, _colon, revision = given.partition(":")
        choices[number(key)] = number(revision)
    seen = Post.objects.visible_to(request.user).filter(removed_at=None, pk__in=choices)
    choices = {pk: choices[pk] for pk in seen.values_list("pk", flat=True)}
    try:
        done, why = approve_several(choices=choices, by=request.user)
    except PostRefused as refused:
        if refused.code == "forbidden":
            raise PermissionDenied from refused
        done, why = [], [refused.message]
    if not choices:
        why = [_("Kies eerst wat u goedkeurt.")]
    for post in done:
        mark_notified(by=request.user, path=path_of(post))
    said = ngettext("%(count)d bericht goedgekeurd.", "%(count)d berichten goedgekeurd.", len(done)) % {
        "count": len(done)
    }
    if not request.htmx:
        if done:
            messages.success(request, said)
        for each in why:
            messages.error(request, each)
        return redirect("calendar_reviews")
    response = _queue(request, errors=why, status=200 if done else 422)
    if done:
        response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": said}})
    return response


def _queue(request: UserRequest, *, errors: list[str] | None = None, status: int = 200) -> HttpResponse:
    mine, others = queue_of(request.user)
    template = "calendar/_reviews.html" if request.htmx and not request.htmx.boosted else "calendar/reviews.html"
    context = {"part": "reviews", "mine": mine, "others": others, "errors": errors or []}
    return render(request, template, context, status=status)


def _do(request: UserRequest, post: Post, act: Callable[[], object], said: str) -> HttpResponse:
    """One write, then the panel as it is now; 422 with the reason. Raises PermissionDenied for who may not."""
    error = _error(act)
    if not error:
        mark_notified(by=request.user, path=path_of(post))
    if not request.htmx:
        return _back(request, post, error, said)
    context = {"post": find_post(request, post.pk), "error": error}
    response = render(request, "calendar/_approval.html", context, status=422 if error else 200)
    if not error:
        response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": said}})
    return response


def _say(request: UserRequest, post: Post, act: Callable[[], object], said: str) -> HttpResponse:
    """Likewise, with what people say to each other; what was typed stays when it is refused."""
    error = _error(act)
    if not error:
        mark_notified(by=request.user, path=path_of(post))
    if not request.htmx:
        return _back(request, post, error, said)
    typed = request.POST.get("text", "") if error else ""
    context = {"post": find_post(request, post.pk), "error": error, "typed": typed}
    response = render(request, "calendar/_comments.html", context, status=422 if error else 200)
    if not error:
        response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": said}})
    return response


def _error(act: Callable[[], object]) -> str:
    try:
        act()
    except PostRefused as refused:
        if refused.code == "forbidden":
            raise PermissionDenied from refused
        return refused.message
    return ""


def _back(request: UserRequest, post: Post, error: str, said: str) -> HttpResponse:
    if error:
        messages.error(request, error)
    else:
        messages.success(request, said)
    return redirect("post", pk=post.pk)
