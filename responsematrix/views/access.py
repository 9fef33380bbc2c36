"""Finding what a request asks for: 404 for what this person may not see, 403 for what this person may not change."""

import json
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.requests import UserRequest
from responsematrix.models import CalendarVersion, MatrixVersion, Rule, Subject
from responsematrix.permissions import may_edit_matrix


def find_version(request: UserRequest, pk: int, *, to_edit: bool = False) -> MatrixVersion:
    versions = MatrixVersion.objects.visible_to(request.user)
    found = get_object_or_404(versions.select_related("matrix__calendar", "author", "approved_by", "based_on"), pk=pk)
    if to_edit:
        editors_only(request)
    return found


def find_hours(request: UserRequest, pk: int, *, to_edit: bool = False) -> CalendarVersion:
    versions = CalendarVersion.objects.visible_to(request.user)
    found = get_object_or_404(versions.select_related("calendar", "author", "approved_by", "based_on"), pk=pk)
    if to_edit:
        editors_only(request)
    return found


def find_rule(request: UserRequest, pk: int) -> Rule:
    """To edit."""
    rules = Rule.objects.visible_to(request.user)
    found = get_object_or_404(rules.select_related("version", "subject", "owner_team"), pk=pk)
    editors_only(request)
    return found


def find_subject(request: UserRequest, pk: int, *, to_edit: bool = True) -> Subject:
    found = get_object_or_404(Subject.objects.visible_to(request.user), pk=pk)
    if to_edit:
        editors_only(request)
    return found


def editors_only(request: UserRequest) -> None:
    if not may_edit_matrix(request.user):
        raise PermissionDenied


def members_only(request: UserRequest) -> None:
    """Whoever belongs to no team sees nothing of what we promise."""
    if not (request.user.is_administrator or request.user.team_ids):
        raise Http404


def saved(request: UserRequest, template: str, context: dict[str, Any], *, target: str, said: str = "") -> HttpResponse:
    """What changed takes the place of `target`; the open sheet closes, and `said` is a toast."""
    response = render(request, template, context)
    # Whatever stands inside of `target` aims there by itself: by now it may have been fetched anew, and be gone.
    if request.htmx.target == "sheet":
        response.headers["HX-Retarget"] = target
        response.headers["HX-Reswap"] = "morph:outerHTML"
    response.headers["HX-Trigger-After-Swap"] = json.dumps({"balie:saved": {}})
    if said:
        response.headers["HX-Trigger"] = json.dumps({"balie:toast": {"text": said}})
    return response


def go_to(url: str) -> HttpResponse:
    """For htmx: another page."""
    return HttpResponse(headers={"HX-Redirect": url})
