"""The archive of what stands on our pages, and the page of one post: what went out, how it does, what it started."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import UserRequest
from calendar_app.archive import (
    MADE,
    MOST_IN_FILE,
    PAGE,
    Asked,
    conversations_of,
    count_conversations,
    find_published,
    is_changed_there,
    rows_for_file,
    went_out,
)
from calendar_app.figure_lines import lines_of, rows_of
from calendar_app.gone import DeleteRefused, delete_whole
from calendar_app.models import PageReading, PublishedPost
from calendar_app.permissions import may_plan
from channels.registry import CONNECTORS
from channels.visible import visible_channels
from responsematrix.table_files import to_csv

MOST_CONVERSATIONS = 30


@require_safe
def published(request: UserRequest) -> HttpResponse:
    asked = Asked.read(request.GET)
    page = Paginator(find_published(request.user, asked), PAGE).get_page(request.GET.get("page"))
    posts = list(page.object_list)
    started = count_conversations(posts)
    context = {
        "part": "published",
        "asked": asked,
        "page": page,
        "rows": [(post, started[post.pk]) for post in posts],
        "lists": [(made, words, asked.but(made)) for made, words in MADE.items()],
        "channels": visible_channels(request.user),
        "troubled": list(PageReading.objects.troubled_for(request.user)),
    }
    template = "calendar/_published.html" if request.htmx else "calendar/published.html"
    return render(request, template, context)


@require_safe
def published_csv(request: UserRequest) -> HttpResponse:
    """What the list shows, all pages, as far as a table can hold it."""
    posts = find_published(request.user, Asked.read(request.GET))[:MOST_IN_FILE]
    return _file(rows_for_file(posts), f"gepubliceerd-{timezone.localdate():%Y-%m-%d}.csv")


def _file(rows: list[list[str]], name: str) -> HttpResponse:
    response = HttpResponse(to_csv(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _find(request: UserRequest, pk: int) -> PublishedPost:
    post = find_published(request.user, Asked()).filter(pk=pk).first()
    if post is None:
        raise Http404
    return post


@require_safe
def published_post(request: UserRequest, pk: int) -> HttpResponse:
    context = _context(request, _find(request, pk))
    return render(request, "calendar/_published_post.html" if request.htmx else "calendar/published_post.html", context)


def _context(request: UserRequest, post: PublishedPost) -> dict[str, Any]:
    sent = went_out(post)
    conversations = conversations_of(post, request.user)
    points = list(post.measurements.all())
    can_delete = CONNECTORS[post.channel.platform].capabilities.deletes_posts
    siblings = PublishedPost.objects.filter(target=post.target_id) if post.target_id else PublishedPost.objects.none()
    return {
        "part": "published",
        "post": post,
        "sent": sent,
        "is_changed": is_changed_there(post, sent),
        "siblings": list(siblings.order_by("posted_at", "pk")),
        "lines": lines_of(post, points),
        "conversations": conversations[:MOST_CONVERSATIONS],
        "conversation_count": conversations.count(),
        "may_delete": may_plan(request.user) and can_delete and post.deleted_at is None,
        "is_asked": post.delete_asked_at is not None and post.deleted_at is None,
    }


@require_safe
def published_figures(request: UserRequest, pk: int) -> HttpResponse:
    """The figures of one post over time."""
    post = _find(request, pk)
    return _file(rows_of(post.measurements.all()), f"cijfers-{pk}.csv")


@require_POST
def published_delete(request: UserRequest, pk: int) -> HttpResponse:
    """One call to the platform for each part. 403 for who may not; what the platform says is told on the page."""
    post = _find(request, pk)
    if not may_plan(request.user):
        raise PermissionDenied
    platform = {"platform": post.channel.get_platform_display()}
    try:
        if delete_whole(published=post, by=request.user):
            messages.success(request, _("Verwijderd op %(platform)s.") % platform)
        else:
            words = _("We weten nog niet of %(platform)s het heeft verwijderd. Balie kijkt het na.")
            messages.warning(request, words % platform)
    except DeleteRefused as refused:
        messages.error(request, str(refused))
    return redirect("published_post", pk=pk)
