from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from accounts.models import Team
from config.urls import handler400, handler403, handler404, handler500  # noqa: F401
from config.urls import urlpatterns as product


def bare(request: HttpRequest) -> HttpResponse:
    """The floor: the same shell, 50 static rows, one trivial query."""
    return render(request, "bench/bare.html", {"team": Team.objects.first(), "rows": range(50)})


urlpatterns = [*product, path("bench/bare", bare)]
