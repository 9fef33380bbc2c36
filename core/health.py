"""Is it alive, is it ready: for whoever watches from outside, without signing in."""

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe
from psycopg_pool import PoolTimeout


@login_not_required
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """The process answers; nothing else is asked."""
    return JsonResponse({"status": "live", "version": settings.VERSION})


@login_not_required
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """The database answers: 200, else 503. Redis away is told and is no reason to refuse: pages work without it."""
    checks = {"database": _database(), "redis": _redis()}
    return JsonResponse({"ready": checks["database"], "checks": checks}, status=200 if checks["database"] else 503)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")
            return cursor.fetchone() is not None
    except (DatabaseError, PoolTimeout):
        return False


def _redis() -> bool:
    try:
        return bool(redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1).ping())
    except redis.RedisError:
        return False
