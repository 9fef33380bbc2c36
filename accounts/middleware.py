"""Everything is closed unless a view says otherwise; a script is told so in a way that it can act on."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase


class SignInRequired(LoginRequiredMiddleware):
    def handle_no_permission(  # type: ignore[override]  # Django's answers with a redirect only
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        """A page is sent to the sign-in page; htmx and fetch get 401, so that the page can ask in a dialog and keep its text."""
        if request.headers.get("HX-Request") or request.headers.get("X-Requested-With") or request.path == "/events":
            return HttpResponse(status=401)
        response: HttpResponseBase = super().handle_no_permission(request, view_func)
        return response
