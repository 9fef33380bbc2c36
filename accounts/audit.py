"""The audit trail: one line per write, in the transaction of the write itself."""

from typing import Any

import structlog
from django.db import models

from accounts.models import AuditEvent, User


def record(action: str, obj: models.Model, *, by: User | None, result: str = "ok", **data: Any) -> AuditEvent:
    """Add one line: `by` did `action` ("conversation.resolved") to `obj`. None means Balie did it by itself.

    `data` must be JSON and hold no message text, no tokens, no personal data: the trail outlives retention.
    """
    origin = structlog.contextvars.get_contextvars().get("request_id", "")
    return AuditEvent.objects.create(
        actor=by,
        action=action,
        object_type=obj._meta.label_lower,
        object_id=str(obj.pk),
        result=result,
        origin=origin,
        data=data,
    )
