"""Error pages: what happened in plain words, what to do next, and the request id."""

import sys

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from psycopg_pool import PoolTimeout

# PostgreSQL away, restarting, or its pool exhausted.
DATABASE_DOWN = (OperationalError, InterfaceError, PoolTimeout)


def page(request: HttpRequest, status: int) -> HttpResponse:
    """Rendered without request context: an error page must not ask the database anything (no session, no user)."""
    body = loader.get_template(f"{status}.html").render({"request_id": getattr(request, "request_id", "")})
    return HttpResponse(body, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """The last resort; a database that is away also ends here when a middleware met it first."""
    if isinstance(sys.exc_info()[1], DATABASE_DOWN):
        return database_down(request)
    return page(request, 500)


def database_down(request: HttpRequest) -> HttpResponse:
    structlog.get_logger(__name__).error("database.unavailable")
    response = page(request, 503)
    response.headers["Retry-After"] = "5"
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, 403)
