"""The calendar: what is planned, what went out, and what else happens."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.requests import UserRequest
from calendar_app.models import Post, PostKind


@require_safe
def calendar(request: UserRequest) -> HttpResponse:
    planned = Post.objects.visible_to(request.user).filter(
        kind=PostKind.POST, removed_at=None, planned_at__isnull=False
    )
    return render(request, "calendar/calendar.html", {"part": "calendar", "posts": planned.order_by("planned_at")[:50]})
