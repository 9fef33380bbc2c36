"""A person's long job: it runs once, says how far it is, stops when asked, and is never silently lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import django_rq
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings
from rq import SimpleWorker

from accounts.models import User
from core import jobs
from core.jobs import (
    Cancelled,
    JobFailed,
    LongJob,
    Progress,
    TooManyJobs,
    cancel,
    keep_file,
    long_job,
    run,
    start,
    sweep,
)
from core.models import Job, JobState
from tests.factories import UserFactory

Function = Callable[[Job, Progress], dict[str, Any]]


@pytest.fixture
def kind() -> Iterator[Callable[[Function], LongJob]]:
    """Makes a kind of job for one test."""

    def make(function: Function) -> LongJob:
        return long_job("test")(function)

    yield make
    jobs.KINDS.pop("test", None)


@pytest.fixture
def person(transactional_db: None) -> User:
    return UserFactory(username="mo")


def begun(kind: LongJob, person: User, **params: Any) -> Job:
    """Asked for, and not yet taken by a worker."""
    with transaction.atomic():
        return start(kind, by=person, title="Rapport maart", params=params)


def count(job: Job, progress: Progress) -> dict[str, Any]:
    for number in range(job.params["to"] + 1):
        progress(number, job.params["to"])
    return {"counted": job.params["to"]}


def forever(job: Job, progress: Progress) -> dict[str, Any]:
    number = 0
    while True:
        number += 1
        progress(number, 1_000_000)
        time.sleep(0.01)


def test_a_worker_takes_it_from_the_queue_and_keeps_its_result(kind: Any, person: User) -> None:
    job = begun(kind(count), person, to=3)

    django_rq.get_worker("default", worker_class=SimpleWorker).work(burst=True)

    job.refresh_from_db()
    assert (job.state, job.result, job.done, job.total, job.percent) == ("done", {"counted": 3}, 3, 3, 100)
    assert job.finished_at


def test_told_twice_it_runs_once(kind: Any, person: User) -> None:
    runs: list[int] = []

    def note(job: Job, progress: Progress) -> dict[str, Any]:
        runs.append(job.pk)
        return {}

    job = begun(kind(note), person)
    run(job.pk)
    run(job.pk)

    assert runs == [job.pk]


def test_what_can_not_be_done_says_why_and_what_breaks_says_sorry(kind: Any, person: User) -> None:
    def refuse(job: Job, progress: Progress) -> dict[str, Any]:
        if job.params["known"]:
            raise JobFailed("Er is geen matrix.")
        raise ZeroDivisionError("secret detail")

    refused, broken = begun(kind(refuse), person, known=True), begun(kind(refuse), person, known=False)
    run(refused.pk)
    run(broken.pk)

    refused.refresh_from_db()
    broken.refresh_from_db()
    assert (refused.state, refused.error) == ("failed", "Er is geen matrix.")
    assert broken.state == "failed"
    assert "secret" not in broken.error
    assert "opnieuw" in broken.error


def test_a_kind_that_is_no_longer_there_fails_with_the_reason(kind: Any, person: User) -> None:
    job = begun(kind(count), person, to=1)
    jobs.KINDS.pop("test")

    run(job.pk)

    job.refresh_from_db()
    assert (job.state, bool(job.error)) == ("failed", True)


def test_a_running_job_shows_how_far_it_is_and_stops_in_the_middle(kind: Any, person: User) -> None:
    job = begun(kind(forever), person)
    worker = threading.Thread(target=_run_and_close, args=(job.pk,))
    worker.start()
    wait_until(lambda: Job.objects.get(pk=job.pk).done > 10)

    cancel(job=job)
    assert Job.objects.get(pk=job.pk).is_stopping
    worker.join(60)

    assert not worker.is_alive()
    job.refresh_from_db()
    assert (job.state, job.is_stopping, job.percent) == ("cancelled", False, 0)


def test_progress_is_seen_while_the_job_is_inside_a_transaction(kind: Any, person: User) -> None:
    seen: list[int] = []

    def look(pk: int) -> None:
        try:
            wait_until(lambda: Job.objects.get(pk=pk).done == 40)
            seen.append(40)
        finally:
            connection.close()

    def inside(job: Job, progress: Progress) -> dict[str, Any]:
        with transaction.atomic():
            Job.objects.filter(pk=-1).update(done=0)
            progress(40, 100)
            onlooker = threading.Thread(target=look, args=(job.pk,))
            onlooker.start()
            onlooker.join(60)
        return {}

    job = begun(kind(inside), person)
    run(job.pk)

    assert seen == [40]


def test_what_still_waits_is_stopped_at_once_and_never_runs(kind: Any, person: User) -> None:
    job = begun(kind(count), person, to=1)
    cancel(job=job)
    run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.result) == ("cancelled", {})


def test_what_has_ended_stays_as_it_is(kind: Any, person: User) -> None:
    job = begun(kind(count), person, to=1)
    run(job.pk)
    cancel(job=job)

    assert Job.objects.get(pk=job.pk).state == "done"


def test_one_person_has_a_few_at_once(kind: Any, person: User) -> None:
    made = kind(count)
    for _each in range(jobs.MOST_AT_ONCE):
        begun(made, person, to=1)

    with pytest.raises(TooManyJobs):
        begun(made, person, to=1)


# -- lost ----------------------------------------------------------------------------------------------------------------

SLOW = """
import django, sys, time
django.setup()
from core.jobs import long_job, run
@long_job("slow")
def slow(job, progress):
    for number in range(100_000):
        progress(number, 100_000)
        time.sleep(0.01)
    return {}
run(int(sys.argv[1]))
"""


def test_a_worker_that_is_killed_leaves_a_job_that_says_so(person: User) -> None:
    job = begun(LongJob("slow", count), person)
    address = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(address._replace(path=f"/{connection.settings_dict['NAME']}"))
    worker = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(job.pk)],
        env=os.environ | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "config.settings"},
    )
    try:
        wait_until(lambda: Job.objects.get(pk=job.pk).done > 5)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait(60)

    sweep()
    assert Job.objects.get(pk=job.pk).state == "running", "a short silence is no death"
    sweep(now=timezone.now() + timedelta(seconds=jobs.LOST_SECONDS + 5))

    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "server stopte" in job.error


def test_a_job_that_was_given_up_does_not_come_back(kind: Any, person: User) -> None:
    def slept(job: Job, progress: Progress) -> dict[str, Any]:
        sweep(now=timezone.now() + timedelta(minutes=5))  # the machine stood still for so long
        time.sleep(1.2)
        progress(1, 1)
        return {"late": True}

    job = begun(kind(slept), person)
    run(job.pk)

    job.refresh_from_db()
    assert (job.state, job.result) == ("failed", {})


def test_one_that_was_asked_to_stop_and_died_was_stopped(kind: Any, person: User) -> None:
    job = begun(kind(count), person, to=1)
    Job.objects.filter(pk=job.pk).update(state="running", heartbeat_at=timezone.now(), cancel_asked_at=timezone.now())

    sweep(now=timezone.now() + timedelta(minutes=5))

    job.refresh_from_db()
    assert (job.state, job.error) == ("cancelled", "")


def test_what_the_broker_lost_is_queued_again(kind: Any, person: User) -> None:
    job = begun(kind(count), person, to=2)
    queue = django_rq.get_queue("default")
    queue.empty()

    sweep()
    assert queue.get_job_position(f"job-{job.pk}") is None, "it may still be on its way"
    sweep(now=timezone.now() + timedelta(seconds=jobs.FORGOTTEN_SECONDS + 1))
    sweep(now=timezone.now() + timedelta(seconds=jobs.FORGOTTEN_SECONDS + 1))
    assert queue.get_job_ids().count(f"job-{job.pk}") == 1
    django_rq.get_worker("default", worker_class=SimpleWorker).work(burst=True)

    assert Job.objects.get(pk=job.pk).state == "done"


def test_old_results_go_with_their_files(kind: Any, person: User, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path

    def with_file(job: Job, progress: Progress) -> dict[str, Any]:
        keep_file(job, name="Wie & wat.csv", data=b"a;b\n")
        return {}

    job = begun(kind(with_file), person)
    run(job.pk)
    job.refresh_from_db()
    stored = tmp_path / job.file
    assert (stored.read_bytes(), job.file_name) == (b"a;b\n", "wie-wat.csv")

    sweep(now=timezone.now() + jobs.KEEP + timedelta(days=1))

    assert not Job.objects.filter(pk=job.pk).exists()
    assert not stored.exists()


# -- pages ---------------------------------------------------------------------------------------------------------------


def test_a_job_is_seen_by_its_owner_alone(
    kind: Any, person: User, client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    job = begun(kind(count), person, to=1)
    keep_file(job, name="a.csv", data=b"a")
    other = UserFactory(is_superuser=True)

    for who, shown, status in ((person, True, 200), (other, False, 404)):
        client.force_login(who)
        assert ("Rapport maart" in client.get(reverse("jobs")).content.decode()) is shown
        assert ("Rapport maart" in client.get(reverse("running_jobs")).content.decode()) is shown
        assert client.get(reverse("job_file", args=[job.pk])).status_code == status
    assert client.post(reverse("cancel_job", args=[job.pk])).status_code == 404
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_a_file_is_kept_to_be_saved_never_to_be_shown(kind: Any, person: User, client: Client, settings: Settings, tmp_path: Path) -> None:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    job = begun(kind(count), person, to=1)
    keep_file(job, name="<script>.html", data=b"<script>")
    client.force_login(person)

    response = client.get(reverse("job_file", args=[job.pk]))

    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["Content-Type"] == "application/octet-stream"


def test_stopping_from_the_page_shows_the_list_again(kind: Any, person: User, client: Client) -> None:
    job = begun(kind(count), person, to=1)
    client.force_login(person)

    shown = client.post(
        reverse("cancel_job", args=[job.pk]), headers={"HX-Request": "true", "HX-Target": "jobs-list"}
    ).content.decode()

    assert 'id="jobs-list"' in shown
    assert "gestopt" in shown


def test_pages_ask_the_same_number_of_questions_for_any_number_of_jobs(
    kind: Any, person: User, client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(person)
    for number in (1, 4):
        Job.objects.all().delete()
        for _each in range(number):
            begun(kind(count), person, to=1)
        for name, queries in (("jobs", 5), ("running_jobs", 3)):
            client.get(reverse(name))
            with django_assert_num_queries(queries):
                client.get(reverse(name))


def test_the_frame_of_a_page_asks_nothing_for_jobs(kind: Any, person: User, client: Client) -> None:
    begun(kind(count), person, to=1)
    client.force_login(person)

    assert "Rapport maart" not in client.get(reverse("profile")).content.decode()  # it is fetched once the page lives


def test_stopping_passes_through_what_the_job_calls() -> None:
    progress = Progress()
    progress.stopped.set()

    with pytest.raises(Cancelled):
        progress(1, 2)


def _run_and_close(pk: int) -> None:
    try:
        run(pk)
    finally:
        connection.close()


def wait_until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not come"
        time.sleep(0.05)


def test_the_pages_of_the_queue_itself_are_closed(client: Client, person: User) -> None:
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    assert client.get("/admin/django_rq/dashboard/").status_code == 404
    assert "django_rq" not in client.get("/admin/").content.decode()
