"""Long jobs of this app; see core.jobs."""

from typing import Any

from accounts.models import User
from core.jobs import JobFailed, Progress, long_job
from core.models import Job
from monitoring.permissions import may_use_whatif
from monitoring.whatif import NotPossible, Question, run_whatif


@long_job("whatif")
def whatif(job: Job, progress: Progress) -> dict[str, Any]:
    owner: User = job.owner
    try:
        if not may_use_whatif(owner):
            raise NotPossible
        return run_whatif(Question.from_params(job.params), by=owner, on_progress=progress)
    except NotPossible as reason:
        raise JobFailed(str(reason)) from reason
