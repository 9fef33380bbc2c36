"""Public doors: the service page and its JSON. Nobody signs in, nothing is remembered, caches may keep it."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template import loader
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from monitoring import openapi as description
from monitoring.service_json import VERSION, problem, to_json
from monitoring.service_page import service_now

LANGUAGES = ("nl", "en")
KEEP = "public, max-age=300, stale-while-revalidate=3600"
NOTHING = "default-src 'none'; frame-ancestors 'none'"


@login_not_required
@require_safe
def service(request: HttpRequest, language: str = "") -> HttpResponseBase:
    """Dutch, or English at /en/service and with ?lang=en. The visitor's own settings change nothing: one address, one page."""
    language = language or ("en" if request.GET.get("lang") == "en" else "nl")
    with translation.override(language):
        found = service_now()
        # Without the request: no session is read, no token is made, no cookie is set.
        context = {"service": found, "practice_mode": settings.PRACTICE_MODE, "base_url": settings.BALIE_BASE_URL}
        body = loader.get_template("monitoring/service.html").render(context)
    return _kept(request, HttpResponse(body), language, found.changed_at)


def _kept(
    request: HttpRequest, response: HttpResponse, language: str, changed_at: datetime | None = None
) -> HttpResponseBase:
    """With what caches need; 304 to who has it already."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    answer: HttpResponseBase = response
    if request.headers.get("If-None-Match"):
        answer = get_conditional_response(request, etag=etag, response=response) or response
    answer.headers["ETag"] = etag
    answer.headers["Cache-Control"] = KEEP
    answer.headers["Content-Language"] = language
    if changed_at:
        answer.headers["Last-Modified"] = http_date(changed_at.timestamp())
    return answer


# -- JSON ----------------------------------------------------------------------------------------------------------------

View = Callable[..., HttpResponseBase]


def _api(view: View) -> View:
    """What every answer of the API has, errors too; other methods than reading are refused in its own words."""

    @login_not_required
    @csrf_exempt  # it only reads: a stranger's POST must be told so in JSON, not on a page
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "OPTIONS":
            response: HttpResponseBase = HttpResponse(status=204)
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        elif request.method in {"GET", "HEAD"}:
            response = view(request, *args, **kwargs)
        else:
            response = _problem(405, "Method Not Allowed", "Deze API kan alleen worden gelezen.")
            response.headers["Allow"] = "GET, HEAD, OPTIONS"
        response.headers["API-Version"] = VERSION
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "API-Version, ETag"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        response.headers["Content-Security-Policy"] = NOTHING
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return answer


@_api
def api_service(request: HttpRequest) -> HttpResponseBase:
    language = request.GET.get("taal", "nl")
    if language not in LANGUAGES:
        error = {"in": "query", "location": "taal", "code": "enum", "detail": "Kies nl of en."}
        return _problem(400, "Bad Request", "De vraag klopt niet.", [error])
    with translation.override(language):
        found = service_now()
        data = to_json(found, language)
    return _kept(request, _json(data), language, found.changed_at)


@_api
def openapi(request: HttpRequest) -> HttpResponseBase:
    return _kept(request, _json(description.description()), "nl")


@_api
def api_unknown(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """Whatever else is asked below /api: a slash too many as well."""
    return _problem(404, "Not Found", "Hier is niets. Zie /api/v1/openapi.json.")


def _json(data: dict[str, Any], content_type: str = "application/json") -> HttpResponse:
    return HttpResponse(json.dumps(data, ensure_ascii=False), content_type=content_type)


def _problem(status: int, title: str, detail: str, errors: list[dict[str, str]] | None = None) -> HttpResponse:
    response = _json(problem(status, title, detail, errors), "application/problem+json")
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Language"] = "nl"
    return response
