"""Saved views: keep the present filter under a name, throw one away."""

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import shared_with
from accounts.requests import UserRequest
from inbox.forms import SavedViewForm
from inbox.listing import Filter
from inbox.models import SavedView
from inbox.models.views import MAX_QUERY
from inbox.saved_views import NameTaken, delete_view, save_view
from inbox.views.pages import views_context


@require_POST
def save(request: UserRequest) -> HttpResponse:
    """The views again, with the new one; 422 with the reason when the name is missing or taken."""
    form = SavedViewForm(request.POST)
    chosen = Filter.of(QueryDict(request.POST.get("query", "")[:MAX_QUERY]).dict())
    error, status = "", 200
    if not form.is_valid():
        error, status = _("Geef de weergave een naam van hooguit 60 tekens."), 422
    else:
        team = shared_with(request.user) if form.cleaned_data["shared"] else None
        try:
            save_view(name=form.cleaned_data["name"], query=chosen.query, team=team, by=request.user)
        except NameTaken as taken:
            error, status = str(taken), 422
    context = views_context(request, chosen) | {"error": error, "typed": request.POST.get("name", "")[:60]}
    return render(request, "inbox/_views.html", context, status=status)


@require_POST
def delete(request: UserRequest, pk: int) -> HttpResponse:
    """Only the owner throws a view away, shared or not."""
    view = get_object_or_404(SavedView.objects.filter(owner=request.user), pk=pk)
    delete_view(view=view, by=request.user)
    chosen = Filter.of(QueryDict(request.POST.get("query", "")[:MAX_QUERY]).dict())
    return render(request, "inbox/_views.html", views_context(request, chosen))
