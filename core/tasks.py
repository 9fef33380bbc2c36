"""Background work, started after the commit. A lost broker loses nothing: the sweep finds the row."""

from typing import Any

import structlog
from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

logger = structlog.get_logger(__name__)


def enqueue_on_commit(task: Any, *args: int | str) -> None:
    """Start the Celery `task` with primary keys once the transaction is committed.

    With the broker down the click that caused it still succeeds; a sweep picks the row up later.
    """

    def enqueue() -> None:
        try:
            task.apply_async(args, retry=False)
        except (OperationalError, OSError) as error:
            logger.warning("task.not_enqueued", task=task.name, error=str(error))

    transaction.on_commit(enqueue, robust=True)


@shared_task
def sweep_jobs() -> None:
    from core import jobs  # models: not before the apps are there

    jobs.sweep()
