"""Posts from a table and back: a dry run first, then all of them as drafts or none; and what is planned as a table."""

import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import UserRequest
from calendar_app.csv_export import export_csv, export_xlsx
from calendar_app.csv_import import MAXIMUM_ROWS, ImportRefused, import_posts, plan_import
from calendar_app.permissions import may_plan
from responsematrix.table_files import MAXIMUM_BYTES

KEPT = 1_800  # seconds that a file waits between the dry run and yes
SHOWN = 200  # rows and errors on the page
TYPES = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", export_xlsx),
    "csv": ("text/csv; charset=utf-8", export_csv),
}


@require_GET
def calendar_export(request: UserRequest, form: str) -> HttpResponse:
    """In the reader's language; a file in either language comes back in."""
    if form not in TYPES:
        raise Http404
    content_type, write = TYPES[form]
    language = "en" if (get_language() or "").startswith("en") else "nl"
    response = HttpResponse(write(request.user, language=language), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="kalender.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def calendar_import(request: UserRequest) -> HttpResponse:
    """POST with a file is the dry run; POST with its `token` does it. 422 with the errors per cell: nothing was written."""
    if not may_plan(request.user):
        raise PermissionDenied
    context: dict[str, object] = {"part": "import", "most": MAXIMUM_ROWS}
    if request.method == "GET":
        return render(request, "calendar/import.html", context)
    try:
        if token := request.POST.get("token", ""):
            return _apply(request, token)
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            raise ImportRefused(_("Kies een bestand."))
        content = upload.read(MAXIMUM_BYTES + 1)
        plan = plan_import(content, by=request.user)
    except ImportRefused as refused:
        context |= {"error": str(refused), **_shown("errors", refused.errors)}
        return render(request, "calendar/import.html", context, status=422)
    context |= {"plan": plan, "file_name": (upload.name or "")[:80], **_shown("warnings", plan.warnings)}
    if plan.errors:
        return render(request, "calendar/import.html", context | _shown("errors", plan.errors), status=422)
    context |= {"token": _keep(request, content), **_shown("rows", plan.rows)}
    return render(request, "calendar/import.html", context)


def _shown(name: str, found: Sequence[object]) -> dict[str, object]:
    """The first of them, how many there are, and how many more than are shown."""
    return {name: found[:SHOWN], f"{name}_count": len(found), f"{name}_more": max(len(found) - SHOWN, 0)}


def _apply(request: UserRequest, token: str) -> HttpResponse:
    kept = cache.get(_key(request, token))
    if kept is None:
        raise ImportRefused(_("Dit bestand is niet meer bewaard. Kies het nog eens."))
    # Taken away first: a second press finds nothing, and makes nothing twice.
    if not cache.delete(_key(request, token)):
        raise ImportRefused(_("Dit bestand is al overgenomen."))
    made = import_posts(b64decode(kept), by=request.user)
    words = ngettext("%(count)d bericht als concept gemaakt.", "%(count)d berichten als concept gemaakt.", len(made))
    messages.success(request, words % {"count": len(made)})
    return redirect("calendar")


def _keep(request: UserRequest, content: bytes) -> str:
    token = secrets.token_urlsafe(16)
    cache.set(_key(request, token), b64encode(content).decode(), KEPT)
    return token


def _key(request: UserRequest, token: str) -> str:
    """Whose file it is is part of the key: somebody else's token opens nothing."""
    return f"calendar-import:{request.user.pk}:{re.sub(r'[^A-Za-z0-9_-]', '', token)[:40]}"
