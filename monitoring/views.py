"""What if: ask, watch it being computed, read it, save it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import UserRequest
from core.jobs import TooManyJobs, start
from core.models import Job, JobState
from monitoring import jobs
from monitoring.forms import WhatIfForm, version_label
from monitoring.outcome import columns, items_of, outcome_of, rows_for_file
from monitoring.permissions import may_use_whatif
from responsematrix.models import Matrix, MatrixVersion
from responsematrix.table_files import to_csv

EARLIER = 10
TABLES = ("teams", "subjects", "items")


@require_http_methods(["GET", "HEAD", "POST"])
def whatif(request: UserRequest) -> HttpResponse:
    """The form with what was asked before; posting it starts the job and shows its page."""
    _check(request)
    if request.method == "POST":
        form = WhatIfForm(request.POST, user=request.user)
        if form.is_valid() and (job := _start(request, form)):
            return redirect("whatif_result", job.pk)
        return _form(request, form, status=422)
    # `?after=12` chooses a version beforehand: a link beside a draft.
    wanted = request.GET.get("after", "")
    initial = {"after": int(wanted)} if wanted.isdecimal() and len(wanted) < 10 else {}
    return _form(request, WhatIfForm(user=request.user, initial=initial))


def _start(request: UserRequest, form: WhatIfForm) -> Job | None:
    question = form.question()
    version = MatrixVersion.objects.select_related("matrix").get(pk=question.after)
    title = _("Wat als: %(version)s") % {"version": version_label(version)}
    try:
        return start(jobs.whatif, by=request.user, title=title, params=question.to_params(), page="whatif_result")
    except TooManyJobs:
        form.add_error(None, _("Er lopen al genoeg taken voor u. Wacht tot er een klaar is, of stop er een."))
        return None


def _form(request: UserRequest, form: WhatIfForm, status: int = 200) -> HttpResponse:
    earlier = Job.objects.visible_to(request.user).filter(kind=jobs.whatif.name).defer("result")[:EARLIER]
    context = {"form": form, "earlier": earlier, "has_matrix": Matrix.objects.filter(is_main=True).exists()}
    return render(request, "monitoring/whatif.html", context, status=status)


@require_GET
def whatif_result(request: UserRequest, pk: int) -> HttpResponse:
    """The page of one; by htmx only what changes while it is computed."""
    _check(request)
    job = get_object_or_404(Job.objects.visible_to(request.user).filter(kind=jobs.whatif.name), pk=pk)
    context: dict[str, Any] = {"job": job}
    if job.state == JobState.DONE:
        context |= {"outcome": outcome_of(job), "items": items_of(job, request.user), "columns": columns()}
    template = "monitoring/_whatif_outcome.html" if request.htmx else "monitoring/whatif_result.html"
    return render(request, template, context)


@require_GET
def whatif_csv(request: UserRequest, pk: int, table: str) -> HttpResponse:
    _check(request)
    done = Job.objects.visible_to(request.user).filter(kind=jobs.whatif.name, state=JobState.DONE)
    job = get_object_or_404(done, pk=pk)
    if table not in TABLES:
        raise Http404
    response = HttpResponse(
        to_csv(rows_for_file(outcome_of(job), table, request.user)), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="wat-als-{job.pk}-{table}.csv"'
    return response


def _check(request: UserRequest) -> None:
    if not may_use_whatif(request.user):
        raise PermissionDenied
