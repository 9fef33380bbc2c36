"""The way of a version of the table or of opening hours: approve, activate, withdraw, reopen, throw away."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import DateTimeField
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.requests import UserRequest
from responsematrix.refusals import NotReady, Refused, WrongMoment
from responsematrix.standing import AnyVersion
from responsematrix.tables import mark_for, subject_names
from responsematrix.versions import activate, approve, discard, reopen, withdraw
from responsematrix.views.access import find_hours, find_version, go_to, saved
from responsematrix.views.hours import hours_context
from responsematrix.views.pages import version_context

KINDS: Mapping[str, Callable[..., AnyVersion]] = {"versions": find_version, "hours": find_hours}
FRAGMENTS = {"versions": "matrix/_version.html", "hours": "matrix/_hours_version.html"}


@require_POST
def version_step(request: UserRequest, kind: str, pk: int, step: str) -> HttpResponse:
    """The version again in its new state; 422 with the reason when it can not be done."""
    if kind not in KINDS or step not in STEPS:
        raise Http404
    version = KINDS[kind](request, pk, to_edit=True)
    write, said = STEPS[step]
    try:
        write(version, request)
    except Refused as refused:
        return _refused(request, kind, version, step, refused)
    if step == "discard":
        messages.success(request, str(said))
        url = reverse("matrix_versions" if kind == "versions" else "matrix_hours")
        return go_to(url) if request.htmx else redirect(url)
    if not request.htmx:
        return redirect(page_of(kind), pk=pk)
    return saved(request, FRAGMENTS[kind], _context(request, kind, pk), target="#version", said=str(said))


@require_GET
def activate_form(request: UserRequest, kind: str, pk: int) -> HttpResponse:
    if kind not in KINDS:
        raise Http404
    version = KINDS[kind](request, pk, to_edit=True)
    return render(request, "matrix/_activate.html", _activate_context(kind, version))


def page_of(kind: str) -> str:
    return "matrix_version" if kind == "versions" else "matrix_hours_version"


def _context(request: UserRequest, kind: str, pk: int) -> dict[str, Any]:
    if kind == "versions":
        return version_context(request, find_version(request, pk))
    return hours_context(request, find_hours(request, pk))


def _refused(request: UserRequest, kind: str, version: AnyVersion, step: str, refused: Refused) -> HttpResponse:
    if step == "activate":
        context = _activate_context(kind, version) | {"error": str(refused), "typed": request.POST}
        return render(request, "matrix/_activate.html", context, status=422)
    names = subject_names()
    findings = refused.findings if isinstance(refused, NotReady) else []
    context = _context(request, kind, version.pk) | {
        "error": str(refused),
        "reasons": [mark_for(finding, names) for finding in findings],
    }
    return render(request, FRAGMENTS[kind], context, status=422)


def _activate_context(kind: str, version: AnyVersion) -> dict[str, Any]:
    tomorrow = timezone.localtime() + timedelta(days=1)
    return {"kind": kind, "version": version, "typed": {"when": "now"}, "day": tomorrow.strftime("%Y-%m-%dT00:00")}


def _activate(version: AnyVersion, request: UserRequest) -> None:
    activate(version=version, from_at=_moment(request), by=request.user)


def _moment(request: UserRequest) -> datetime:
    """Now, or the moment that was chosen. Raises WrongMoment when it can not be read."""
    if request.POST.get("when") != "later":
        return timezone.now()
    try:
        found = DateTimeField().clean(request.POST.get("moment", "")[:40])
    except ValidationError:
        found = None
    if found is None:
        raise WrongMoment(_("Vul een dag en een tijd in."))
    return found  # type: ignore[no-any-return]


def _with(write: Callable[..., object]) -> Callable[[AnyVersion, UserRequest], None]:
    def step(version: AnyVersion, request: UserRequest) -> None:
        by: User = request.user
        write(version=version, by=by)

    return step


# What each does, and what is said when it is done.
STEPS: Mapping[str, tuple[Callable[[AnyVersion, UserRequest], None], Any]] = {
    "approve": (_with(approve), gettext_lazy("Goedgekeurd. Kies nu vanaf wanneer het geldt.")),
    "activate": (_activate, gettext_lazy("Het moment is vastgelegd.")),
    "withdraw": (_with(withdraw), gettext_lazy("Deze versie gaat niet in.")),
    "reopen": (_with(reopen), gettext_lazy("Dit is weer een concept.")),
    "discard": (_with(discard), gettext_lazy("Het concept is weggegooid.")),
}
