"""Campaigns: the list, one of them with its posts, and the sheet in which one is written."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import UserRequest
from calendar_app.campaigns import (
    HUES,
    CampaignRefused,
    add_campaign,
    archive_campaign,
    change_campaign,
    counts_of,
    totals_of,
)
from calendar_app.models import Campaign, Post, PostKind
from calendar_app.permissions import may_plan, may_read_calendar
from calendar_app.shown import ORDER, around, chips_of, state_labels
from calendar_app.signs import SIGNS

MOST_POSTS = 300


class CampaignForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Naam"), max_length=80, strip=True)
    description = forms.CharField(
        label=gettext_lazy("Beschrijving"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    hue = forms.TypedChoiceField(label=gettext_lazy("Kleur"), choices=[(n, n) for n in HUES], coerce=int, initial=0)
    starts_on = forms.DateField(
        label=gettext_lazy("Van"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    ends_on = forms.DateField(
        label=gettext_lazy("Tot en met"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@require_safe
def campaigns(request: UserRequest) -> HttpResponse:
    """Those that run first; `?archived=1` shows what was put away. By htmx the list alone."""
    return render(request, "calendar/_campaigns.html" if request.htmx else "calendar/campaigns.html", _list(request))


def _list(request: UserRequest) -> dict[str, Any]:
    is_archived = request.GET.get("archived") == "1"
    every = Campaign.objects.visible_to(request.user)
    found = every.filter(archived_at__isnull=not is_archived).order_by(F("starts_on").asc(nulls_last=True), "name")
    counts = counts_of(request.user)
    return {
        "part": "campaigns",
        "rows": [(each, counts.get(each.pk)) for each in found],
        "is_archived": is_archived,
        "has_archived": is_archived or every.filter(archived_at__isnull=False).exists(),
        "may_plan": may_plan(request.user),
        "may_read": may_read_calendar(request.user),
    }


@require_safe
def campaign(request: UserRequest, pk: int) -> HttpResponse:
    """One campaign with its posts in order of their moments, and how they do."""
    found = _find(request, pk)
    posts = Post.objects.visible_to(request.user).filter(kind=PostKind.POST, removed_at=None, campaign=found)
    rows = posts.order_by(F("planned_at").asc(nulls_last=True), "pk").values_list("pk", flat=True)
    keys = list(rows[: MOST_POSTS + 1])
    known = around(request.user)
    chips = chips_of(keys[:MOST_POSTS], request.user, known, with_owner=True)
    totals = totals_of(found, request.user)
    labels = state_labels()
    context = {
        "part": "campaigns",
        "campaign": found,
        "chips": [chips[key] for key in keys[:MOST_POSTS] if key in chips],
        "has_more": len(keys) > MOST_POSTS,
        "totals": totals,
        "states": [
            (state, SIGNS[state], labels[state], totals["states"][state])
            for state in ORDER
            if state in totals["states"]
        ],
        "may_plan": may_plan(request.user),
    }
    return render(request, "calendar/_campaign.html" if request.htmx else "calendar/campaign.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def campaign_add(request: UserRequest) -> HttpResponse:
    _planners_only(request)
    return _edit(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def campaign_edit(request: UserRequest, pk: int) -> HttpResponse:
    found = _find(request, pk)
    _planners_only(request)
    return _edit(request, found)


@require_POST
def campaign_archive(request: UserRequest, pk: int) -> HttpResponse:
    """Put away; with `back` it returns."""
    found = _find(request, pk)
    _planners_only(request)
    archive_campaign(campaign=found, by=request.user, is_archived=not request.POST.get("back"))
    return _go_to(request, reverse("campaign", args=[found.pk]))


def _edit(request: UserRequest, found: Campaign | None) -> HttpResponse:
    fields = ("name", "description", "hue", "starts_on", "ends_on")
    initial = (
        {name: getattr(found, name) for name in fields} if found else {"hue": Campaign.objects.count() % len(HUES)}
    )
    form = CampaignForm(request.POST if request.method == "POST" else None, initial=initial)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                if found:
                    kept = change_campaign(campaign=found, by=request.user, **form.cleaned_data)
                else:
                    kept = add_campaign(by=request.user, **form.cleaned_data)
            except CampaignRefused as refused:
                form.add_error(refused.field, str(refused))
            else:
                return _go_to(request, reverse("campaign", args=[kept.pk]))
        status = 422
    context = {"form": form, "campaign": found, "hues": HUES, "part": "campaigns"}
    return render(request, "calendar/_campaign_form.html", context, status=status)


def _find(request: UserRequest, pk: int) -> Campaign:
    return get_object_or_404(Campaign.objects.visible_to(request.user), pk=pk)


def _planners_only(request: UserRequest) -> None:
    if not may_read_calendar(request.user):
        raise Http404
    if not may_plan(request.user):
        raise PermissionDenied


def _go_to(request: UserRequest, url: str) -> HttpResponse:
    return HttpResponse(headers={"HX-Redirect": url}) if request.htmx else redirect(url)
