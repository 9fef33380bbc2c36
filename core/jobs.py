"""A person's long job: started here, run by django-rq, watched, stopped, and never silently lost.

    @long_job("report")
    def make_report(job: Job, progress: Progress) -> dict[str, Any]: ...

    start(make_report, by=user, title="Rapport maart", params={"month": "2026-03"}, page="report")

Functions stand in each app's `jobs.py`, which is read at start-up. They call `progress(done, total)` often: that costs
nothing, and it is where they stop when their owner asks. They get and return JSON. What they raise as `JobFailed` is
told to the owner; anything else is logged and told as "something went wrong".
"""

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import django_rq
import redis
import structlog
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import DatabaseError, connection, transaction
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _
from psycopg_pool import PoolTimeout

from core.events import publish, publish_on_commit
from core.models import UNFINISHED, Job, JobState

logger = structlog.get_logger(__name__)

PULSE_SECONDS = 0.5
LOST_SECONDS = 20  # without a sign of life: its worker is dead
FORGOTTEN_SECONDS = 15  # queued this long and not in the queue: the broker lost it
KEEP = timedelta(days=90)
MOST_AT_ONCE = 5  # unfinished jobs of one person

Function = Callable[[Job, "Progress"], dict[str, Any]]


class JobFailed(Exception):
    """It can not be done; the text is for the owner, in their language."""


class Cancelled(Exception):
    """The owner (or a sweep that took us for dead) wants no more of it. Let it pass."""


class TooManyJobs(Exception):
    """This person has enough under way."""


@dataclass(frozen=True)
class LongJob:
    name: str
    function: Function


KINDS: dict[str, LongJob] = {}


def long_job(name: str) -> Callable[[Function], LongJob]:
    def register(function: Function) -> LongJob:
        KINDS[name] = LongJob(name, function)
        return KINDS[name]

    return register


class Progress:
    """How far a job is. Called by the job itself, told to the world by `_Pulse`."""

    def __init__(self) -> None:
        self.done, self.total = 0, 0
        self.stopped = threading.Event()

    def __call__(self, done: int, total: int | None = None) -> None:
        """Raises Cancelled once the job is no longer wanted."""
        self.done = done
        if total is not None:
            self.total = total
        if self.stopped.is_set():
            raise Cancelled


@transaction.atomic
def start(
    kind: LongJob, *, by: AbstractBaseUser, title: str, params: dict[str, Any] | None = None, page: str = ""
) -> Job:
    """Queued once the transaction is committed. `page` names the address where the result is read. Raises TooManyJobs."""
    if Job.objects.filter(owner=by.pk).unfinished().count() >= MOST_AT_ONCE:
        raise TooManyJobs
    job = Job.objects.create(owner_id=by.pk, kind=kind.name, title=title[:200], params=params or {}, page=page)
    pk = job.pk
    transaction.on_commit(lambda: _enqueue(pk), robust=True)
    _tell_on_commit(job)
    return job


@transaction.atomic
def cancel(*, job: Job) -> Job:
    """What waits is stopped at once, what runs within about a second; what has ended stays as it is."""
    locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    now = timezone.now()
    if locked.state == JobState.QUEUED:
        locked.state, locked.finished_at, locked.cancel_asked_at = JobState.CANCELLED, now, now
    elif locked.state == JobState.RUNNING:
        locked.cancel_asked_at = locked.cancel_asked_at or now
    locked.save(update_fields=["state", "finished_at", "cancel_asked_at"])
    _tell_on_commit(locked)
    return locked


def keep_file(job: Job, *, name: str, data: bytes) -> None:
    """`data` is offered to the owner as `name`; one file per job."""
    stem, _dot, suffix = name.rpartition(".")
    job.file = f"jobs/{job.pk}-{uuid.uuid4().hex}"
    job.file_name = f"{slugify(stem)[:100] or 'balie'}.{slugify(suffix)[:8] or 'bin'}"
    path = Path(settings.MEDIA_ROOT) / job.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    job.save(update_fields=["file", "file_name"])


# -- running -------------------------------------------------------------------------------------------------------------


def run(pk: int) -> None:
    """What the worker does. Told twice, it runs once: the row is claimed by a conditional update."""
    claim, now = uuid.uuid4().hex, timezone.now()
    claimed = Job.objects.filter(pk=pk, state=JobState.QUEUED).update(
        state=JobState.RUNNING, started_at=now, heartbeat_at=now, claim=claim
    )
    if not claimed:
        return
    job = Job.objects.select_related("owner").get(pk=pk)
    _tell(job.owner_id, pk)
    progress = Progress()
    with translation.override(job.owner.language):
        try:
            if job.kind not in KINDS:
                raise JobFailed(_("Deze versie van Balie kent deze taak niet."))
            with _Pulse(job, progress):
                result = KINDS[job.kind].function(job, progress)
        except Cancelled:
            _finish(job, JobState.CANCELLED, progress)
        except JobFailed as failure:
            _finish(job, JobState.FAILED, progress, error=str(failure))
        except Exception:
            logger.exception("job.failed", job=pk, kind=job.kind)
            _finish(job, JobState.FAILED, progress, error=_("Er ging iets mis bij ons. Probeer het opnieuw."))
        else:
            _finish(job, JobState.DONE, progress, result=result)


def _finish(
    job: Job, state: JobState, progress: Progress, *, result: dict[str, Any] | None = None, error: str = ""
) -> None:
    """Only while the job is still ours: what a sweep called lost stays lost."""
    Job.objects.filter(pk=job.pk, state=JobState.RUNNING, claim=job.claim).update(
        state=state, finished_at=timezone.now(), done=progress.done, total=progress.total, result=result or {},
        error=error[:500],
    )  # fmt: skip
    _tell(job.owner_id, job.pk)


@dataclass
class _Pulse:
    """A thread beside the job, with a connection of its own: whatever transaction the job is in, the row says that it lives
    and how far it is, and the job hears that it is to stop."""

    job: Job
    progress: Progress
    _over: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> None:
        self._thread = threading.Thread(target=self._beat, daemon=True, name=f"job-{self.job.pk}")
        self._thread.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _beat(self) -> None:
        told = (0, 0)
        try:
            while not self._over.wait(PULSE_SECONDS):
                now = (self.progress.done, self.progress.total)
                try:
                    lives = self._note(*now)
                except (DatabaseError, PoolTimeout) as error:
                    # The next one may succeed; when none does, a sweep says that we are lost.
                    logger.warning("job.no_pulse", job=self.job.pk, error=str(error))
                    continue
                if not lives:
                    self.progress.stopped.set()
                if now != told:
                    told = now
                    _tell(self.job.owner_id, self.job.pk)
        finally:
            connection.close()

    def _note(self, done: int, total: int) -> bool:
        mine = Job.objects.filter(pk=self.job.pk, state=JobState.RUNNING, claim=self.job.claim, cancel_asked_at=None)
        return bool(mine.update(heartbeat_at=timezone.now(), done=done, total=total))


# -- keeping -------------------------------------------------------------------------------------------------------------


def sweep(*, now: datetime | None = None) -> None:
    """Jobs whose worker died are said to have failed; what the broker lost is queued again; old results go."""
    now = now or timezone.now()
    lost = Job.objects.filter(state=JobState.RUNNING, heartbeat_at__lt=now - timedelta(seconds=LOST_SECONDS))
    for job in lost.select_related("owner"):
        with translation.override(job.owner.language):
            error = _("De server stopte terwijl deze taak liep. Begin haar opnieuw.")
        state = JobState.CANCELLED if job.cancel_asked_at else JobState.FAILED
        still = Job.objects.filter(pk=job.pk, state=JobState.RUNNING, heartbeat_at=job.heartbeat_at)
        if still.update(state=state, finished_at=now, error="" if job.cancel_asked_at else error):
            logger.warning("job.lost", job=job.pk, kind=job.kind)
            _tell(job.owner_id, job.pk)
    waiting = Job.objects.filter(state=JobState.QUEUED, queued_at__lt=now - timedelta(seconds=FORGOTTEN_SECONDS))
    for pk in waiting.values_list("pk", flat=True)[:100]:
        _enqueue_again(pk)
    for job in Job.objects.exclude(state__in=UNFINISHED).filter(finished_at__lt=now - KEEP)[:100]:
        if job.file:
            (Path(settings.MEDIA_ROOT) / job.file).unlink(missing_ok=True)
        job.delete()


def _enqueue(pk: int) -> None:
    """With the broker down nothing is lost: the sweep tries again."""
    try:
        django_rq.get_queue("default").enqueue(run, pk, job_id=f"job-{pk}", result_ttl=0, failure_ttl=3600)
    except (redis.RedisError, OSError) as error:
        logger.warning("job.not_enqueued", job=pk, error=str(error))


def _enqueue_again(pk: int) -> None:
    try:
        if django_rq.get_queue("default").get_job_position(f"job-{pk}") is not None:
            return  # it only waits for its turn
    except (redis.RedisError, OSError):
        return
    if Job.objects.filter(pk=pk, state=JobState.QUEUED).update(queued_at=timezone.now()):
        _enqueue(pk)


def _tell(owner: int, pk: int) -> None:
    publish([f"user-{owner}"], ["jobs", f"job-{pk}"])


def _tell_on_commit(job: Job) -> None:
    publish_on_commit(f"user-{job.owner_id}", "jobs", f"job-{job.pk}")
