"""A what-if that is done, for tests that only need one to be there."""

from typing import Any

from django.utils import timezone

from accounts.models import User
from core.models import Job
from monitoring.whatif import Question


def whatif_of(user: User) -> Job:
    """One that is done: of nothing with nothing."""
    now = timezone.now()
    question = Question(before=0, after=0, first_on=now.date(), last_on=now.date(), hours={})
    side = {"total": 0, "on_time": 0, "late": 0, "waiting": 0, "unpromised": 0, "gaps": 0, "never_due": 0}
    counts = dict.fromkeys(
        ("judged", "changed", "better", "worse", "moved", "due_earlier", "due_later", "conversations"), 0
    )
    tables: dict[str, Any] = {"teams": [], "subjects": [], "changes": [], "before": side, "after": side}
    return Job.objects.create(
        owner=user, kind="whatif", title="Wat als", page="whatif_result", state="done", finished_at=now,
        params=question.to_params(), result=counts | tables | {"weeks": 1},
    )  # fmt: skip
