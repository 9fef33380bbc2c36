"""The bell in the top bar: how many, the list, and putting them away."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import UserRequest
from inbox.models import Notification
from inbox.notifications import count_unread, mark_notified, unread_bundles


@require_GET
def notifications(request: UserRequest) -> HttpResponse:
    """The page; by htmx only the list, for the sheet under the bell."""
    template = "notifications/_list.html" if request.htmx else "notifications/page.html"
    return render(request, template, {"bundles": unread_bundles(request.user)})


@require_GET
def count(request: UserRequest) -> HttpResponse:
    return render(request, "notifications/_count.html", {"count": count_unread(request.user)})


@require_POST
def read_all(request: UserRequest) -> HttpResponse:
    mark_notified(by=request.user)
    if not request.htmx:
        return redirect("notifications")
    return render(request, "notifications/_list.html", {"bundles": unread_bundles(request.user)})


@require_POST
def follow(request: UserRequest, pk: int) -> HttpResponse:
    """Put one away and go to its conversation or page."""
    found = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    mark_notified(by=request.user, pk=pk)
    if found.conversation_id is None:
        return redirect(found.path)
    return redirect("conversation", pk=found.conversation_id)
