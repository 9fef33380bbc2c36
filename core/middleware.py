"""What happens around every request: a request id, security headers, and an honest answer when the database is away."""

import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from core.errors import DATABASE_DOWN, database_down

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Names the request, in the log lines it causes and on its error page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex[:12]
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            response = self.get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
        response.headers["X-Request-Id"] = request_id
        return response


class SecurityHeadersMiddleware:
    """Headers that Django has no setting for. Pages of signed-in people are never kept by a cache."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        )
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if response.headers.get("Cache-Control", "").startswith("public") and "Vary" in response.headers:
            # One address, one page: what the middlewares inside would vary on, a public page does not look at.
            del response.headers["Vary"]
        return response


class DatabaseDownMiddleware:
    """PostgreSQL away or its pool exhausted: 503 with Retry-After, and the browser tries again; nothing half done."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return database_down(request) if isinstance(exception, DATABASE_DOWN) else None
