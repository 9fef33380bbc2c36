"""What if over a period's traffic: seconds, and how much memory it takes at two sizes."""

import resource
import time
import tracemalloc
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from accounts.models import Role, User
from monitoring.whatif import Question, run_whatif
from responsematrix.defaults import install_default_matrix
from responsematrix.editing import new_draft
from responsematrix.models import Matrix, MatrixVersion

DAYS = 90


def draft(user: User) -> MatrixVersion:
    """The default matrix in force, and a draft in which every term of hours is halved."""
    user.memberships.update(role=Role.ADMINISTRATOR)
    user = User.objects.get(pk=user.pk)
    matrix = Matrix.objects.filter(is_main=True).first() or install_default_matrix(by=user)
    found = matrix.versions.filter(state="draft").first() or new_draft(matrix=matrix, by=user)
    for rule in found.rules.filter(first_response_unit="working_hours"):
        rule.first_response_amount = max((rule.first_response_amount or 2) // 2, 1)
        rule.save(update_fields=["first_response_amount"])
    return found


def crowd(wanted: int) -> None:
    """All traffic of a year within the period, so that `wanted` conversations fall in it; answers after one to nine hours."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(
            """UPDATE inbox_conversation c SET last_message_at = t.at FROM (
                   SELECT id, now() - interval '1 day' - ((id * 7919) %% (89 * 86400)) * interval '1 second' AS at
                   FROM inbox_conversation ORDER BY id LIMIT %s) t WHERE c.id = t.id""",
            [wanted],
        )
        cursor.execute(
            """UPDATE inbox_message m SET sent_at = c.last_message_at
                   - interval '1 hour' * (CASE right(m.external_id, 1) WHEN '0' THEN 60 WHEN '1' THEN 60 - c.id % 9 WHEN '2' THEN 12
                                          ELSE 12 - (c.id * 7) % 11 END)
               FROM inbox_conversation c WHERE c.id = m.conversation_id"""
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) inbox_conversation")
        cursor.execute("VACUUM (ANALYZE) inbox_message")


def measure(user: User, wanted: int) -> dict[str, float]:
    after = draft(user)
    user = User.objects.get(pk=user.pk)
    crowd(wanted)
    today = timezone.localdate()

    def ask(days: int) -> Question:
        before = after.based_on_id or after.pk
        return Question(before=before, after=after.pk, first_on=today - timedelta(days=days), last_on=today, hours={})

    run_whatif(ask(2), by=user)  # schedules and words are compiled once
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    result = run_whatif(ask(DAYS), by=user)
    seconds = time.perf_counter() - started
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    peaks = []
    for days in (9, DAYS):
        tracemalloc.start()
        run_whatif(ask(days), by=user)
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    return {
        "conversations": result["conversations"],
        "turns": result["judged"],
        "turns that change": result["changed"],
        "seconds (target <= 60)": seconds,
        "turns/s": result["judged"] / seconds,
        "resident memory grew, MB": grown / 1024,
        "peak of Python at a tenth, MB": peaks[0],
        "peak of Python at all, MB": peaks[1],
    }
