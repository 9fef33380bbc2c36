"""What every page needs around its own content."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject


def shell(request: HttpRequest) -> dict[str, Any]:
    """Municipality, ribbon, theme. Asks the database nothing: what is per user is on the user object already."""
    user = getattr(request, "user", None)
    known = user if user is not None and user.is_authenticated else None
    return {
        "municipality": settings.MUNICIPALITY,
        "practice_mode": settings.PRACTICE_MODE,
        "sandbox_url": settings.SANDBOX_URL,
        "theme": known.theme if known else "auto",
        "has_shortcuts": known.has_shortcuts if known else True,
        "request_id": getattr(request, "request_id", ""),
        "section": SimpleLazyObject(lambda: _section(request.path)),
    }


def _section(path: str) -> str:
    return path.strip("/").split("/", 1)[0]
