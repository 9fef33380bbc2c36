"""The table as a file: out as XLSX or CSV, in by a dry run first and then all rows or none."""

import secrets
from base64 import b64decode, b64encode

from django.contrib import messages
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.requests import UserRequest
from responsematrix.models import MatrixVersion
from responsematrix.refusals import NotADraft, Refused
from responsematrix.spreadsheet import ImportRefused, Plan, export_csv, export_xlsx, import_rules, plan_import
from responsematrix.table_files import MAXIMUM_BYTES
from responsematrix.views.access import find_version

KEPT = 1_800  # seconds that a file waits between the dry run and yes
TYPES = {
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", export_xlsx),
    "csv": ("text/csv; charset=utf-8", export_csv),
}


@require_GET
def export(request: UserRequest, pk: int, form: str) -> HttpResponse:
    """In the reader's language; a file in either language comes back in."""
    version = find_version(request, pk)
    if form not in TYPES:
        raise Http404
    content_type, write = TYPES[form]
    language = "en" if (get_language() or "").startswith("en") else "nl"
    response = HttpResponse(write(version, language=language), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="responsmatrix-{version.number}.{form}"'
    response.headers["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
def import_table(request: UserRequest, pk: int) -> HttpResponse:
    """POST with a file is the dry run; POST with its `token` does it. 422 with the errors per cell: nothing was written."""
    version = find_version(request, pk, to_edit=True)
    context: dict[str, object] = {"part": "table", "version": version}
    if request.method == "GET":
        return render(request, "matrix/import.html", context)
    try:
        if not version.is_draft:
            raise NotADraft(_("Deze versie is al goedgekeurd. Begin een nieuw concept."))
        if token := request.POST.get("token", ""):
            return _apply(request, version, token)
        upload = request.FILES.get("file")
        if not isinstance(upload, UploadedFile):
            raise ImportRefused(_("Kies een bestand."))
        content = upload.read(MAXIMUM_BYTES + 1)
        plan = plan_import(version, content)
    except Refused as refused:
        errors = refused.errors if isinstance(refused, ImportRefused) else []
        return render(request, "matrix/import.html", context | {"error": str(refused), "errors": errors}, status=422)
    if plan.errors:
        return render(request, "matrix/import.html", context | {"plan": plan, "errors": plan.errors}, status=422)
    context |= {"plan": plan, "token": _keep(request, version, content), "file_name": (upload.name or "")[:80]}
    return render(request, "matrix/import.html", context)


def _apply(request: UserRequest, version: MatrixVersion, token: str) -> HttpResponse:
    kept = cache.get(_key(request, version, token))
    if kept is None:
        raise ImportRefused(_("Dit bestand is niet meer bewaard. Kies het nog eens."))
    done: Plan = import_rules(version=version, content=b64decode(kept), by=request.user)
    cache.delete(_key(request, version, token))
    messages.success(request, _("%(count)d regels overgenomen.") % {"count": len(done.rows)})
    return redirect("matrix_version", pk=version.pk)


def _keep(request: UserRequest, version: MatrixVersion, content: bytes) -> str:
    token = secrets.token_urlsafe(16)
    cache.set(_key(request, version, token), b64encode(content).decode(), KEPT)
    return token


def _key(request: UserRequest, version: MatrixVersion, token: str) -> str:
    """Whose file it is and for which draft is part of the key: somebody else's token opens nothing."""
    return f"matrix-import:{request.user.pk}:{version.pk}:{token[:40]}"
