"""One's own long jobs: what runs in the top bar, and the page with all of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from core.jobs import cancel
from core.models import UNFINISHED, Job, JobState

SHOWN = 50
NEWS = timedelta(minutes=1)


@require_GET
def jobs(request: HttpRequest) -> HttpResponse:
    """The page; by htmx only its list, after a live event."""
    template = "core/_jobs.html" if _is_htmx(request) else "core/jobs.html"
    return render(request, template, _list(request))


@require_GET
def running_jobs(request: HttpRequest) -> HttpResponse:
    """What stands in the top bar: what runs, and for a moment what has just ended. One query."""
    mine = Job.objects.visible_to(request.user).defer("params", "result").order_by("id")
    just_ended = Q(state__in=[JobState.DONE, JobState.FAILED], finished_at__gte=timezone.now() - NEWS)
    found = list(mine.filter(Q(state__in=UNFINISHED) | just_ended))
    running = [job for job in found if job.is_unfinished]
    ended = [] if running else found[-1:]
    return render(request, "core/_running_jobs.html", {"jobs": running or ended})


@require_POST
def cancel_job(request: HttpRequest, pk: int) -> HttpResponse:
    """By htmx the list comes back, or nothing (204) for pages that show the job themselves and hear of it."""
    job = get_object_or_404(Job.objects.visible_to(request.user), pk=pk)
    cancel(job=job)
    if not _is_htmx(request):
        return redirect(job.get_absolute_url())
    if request.headers.get("HX-Target") == "jobs-list":
        return render(request, "core/_jobs.html", _list(request))
    return HttpResponse(status=204)


@require_GET
def job_file(request: HttpRequest, pk: int) -> FileResponse:
    job = get_object_or_404(Job.objects.visible_to(request.user).exclude(file=""), pk=pk)
    try:
        opened = (Path(settings.MEDIA_ROOT) / job.file).open("rb")
    except OSError:
        raise Http404 from None
    return FileResponse(opened, as_attachment=True, filename=job.file_name, content_type="application/octet-stream")


def _list(request: HttpRequest) -> dict[str, Any]:
    return {"jobs": Job.objects.visible_to(request.user).defer("params", "result")[:SHOWN]}


def _is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
