"""What if: asked by managers, computed over what they may see, read and saved."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, Team, User
from core.jobs import MOST_AT_ONCE, Cancelled, Progress
from core.models import Job
from monitoring.jobs import whatif
from monitoring.whatif import NotPossible, Question, run_whatif
from responsematrix.models import CalendarVersion, MatrixVersion
from tests.factories import ConversationFactory, MessageFactory, UserFactory
from tests.monitoring.conftest import Say, last_monday


def question(before: MatrixVersion, after: MatrixVersion, **hours: int) -> Question:
    today = timezone.localdate()
    return Question(
        before=before.pk, after=after.pk, first_on=today - timedelta(days=20), last_on=today,
        hours={int(calendar.removeprefix("calendar_")): version for calendar, version in hours.items()},
    )  # fmt: skip


def done(by: User, asked: Question) -> Job:
    """As a worker leaves it."""
    now = timezone.now()
    result = run_whatif(asked, by=by)
    return Job.objects.create(
        owner=by, kind="whatif", title="Wat als", params=asked.to_params(), page="whatif_result", state="done",
        finished_at=now, result=result,
    )  # fmt: skip


@pytest.fixture
def traffic(said: Say) -> None:
    """Three hours for one (late by the draft), one for another, and a hole in the road that took nine."""
    said(("in", 0), ("out", 3))
    said(("in", 0), ("out", 1))
    said(("in", 0), ("out", 9), text="Er zit een kuil in de weg.")


@pytest.mark.usefixtures("traffic")
def test_before_and_after_are_counted_per_team_and_subject(
    active: MatrixVersion, draft: MatrixVersion, manager: User, team: Team, roads: Team
) -> None:
    result = run_whatif(question(active, draft), by=manager)

    assert (result["judged"], result["conversations"], result["changed"]) == (3, 3, 3)
    assert (result["worse"], result["better"], result["moved"]) == (1, 1, 1)
    assert (result["before"]["on_time"], result["before"]["late"]) == (2, 1)
    assert (result["after"]["on_time"], result["after"]["late"]) == (2, 1)
    assert {pair["key"]: (pair["before"]["total"], pair["after"]["total"]) for pair in result["teams"]} == {
        team.pk: (3, 2),
        roads.pk: (0, 1),
    }
    assert [change["after"]["verdict"] for change in result["changes"]] == ["late", "on_time", "on_time"]


@pytest.mark.usefixtures("traffic")
def test_other_hours_alone_are_a_question_too(
    active: MatrixVersion, manager: User, late_hours: CalendarVersion
) -> None:
    result = run_whatif(question(active, active, **{f"calendar_{late_hours.calendar_id}": late_hours.pk}), by=manager)

    # Received at ten: due at two o'clock, or at four when the doors open at noon.
    assert (result["judged"], result["due_later"], result["before"]["late"]) == (3, 3, 1)


@pytest.mark.usefixtures("traffic")
def test_who_sees_no_channel_counts_nothing(active: MatrixVersion, draft: MatrixVersion, outsider: User) -> None:
    outsider.memberships.update(role=Role.MANAGER)

    assert run_whatif(question(active, draft), by=outsider)["judged"] == 0


@pytest.mark.usefixtures("traffic")
def test_progress_counts_conversations_and_can_end_it(
    active: MatrixVersion, draft: MatrixVersion, manager: User
) -> None:
    heard: list[tuple[int, int]] = []
    run_whatif(question(active, draft), by=manager, on_progress=lambda done, total: heard.append((done, total)))
    assert heard == [(0, 3), (3, 3)]

    progress = Progress()
    progress.stopped.set()
    with pytest.raises(Cancelled):
        run_whatif(question(active, draft), by=manager, on_progress=progress)


def test_a_draft_with_errors_and_a_version_that_is_gone_are_refused(
    active: MatrixVersion, draft: MatrixVersion, manager: User
) -> None:
    draft.rules.update(owner_team=draft.rules.first().owner_team, first_response_amount=9_000)  # type: ignore[union-attr]
    draft.rules.update(first_response_unit="working_days")
    with pytest.raises(NotPossible):
        run_whatif(question(active, draft), by=manager)
    draft.delete()
    with pytest.raises(NotPossible):
        run_whatif(question(active, MatrixVersion(pk=draft.pk or 0)), by=manager)


def test_a_draft_is_no_question_for_who_may_not_see_it(
    active: MatrixVersion, draft: MatrixVersion, agent: User
) -> None:
    with pytest.raises(NotPossible):
        run_whatif(question(active, draft), by=agent)


# -- pages ---------------------------------------------------------------------------------------------------------------


def asked(draft: MatrixVersion, active: MatrixVersion, **other: Any) -> dict[str, Any]:
    today = timezone.localdate()
    first = (today - timedelta(days=90)).isoformat()
    return {"after": draft.pk, "before": active.pk, "first_on": first, "last_on": today.isoformat()} | other


def test_a_manager_asks_and_is_shown_the_job(
    client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion
) -> None:
    client.force_login(manager)
    shown = client.get(reverse("whatif")).content.decode()
    assert f'<option value="{draft.pk}" selected>' in shown

    response = client.post(reverse("whatif"), asked(draft, active))

    job = Job.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, job.get_absolute_url())
    assert (job.owner, job.kind, Question.from_params(job.params).after) == (manager, whatif.name, draft.pk)
    waiting = client.get(job.get_absolute_url()).content.decode()
    assert "wacht" in waiting
    assert f"job-{job.pk}" in waiting


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"last_on": "2020-01-01"}, "voor de eerste dag"),
        ({"first_on": "2020-01-01"}, "hoogstens een jaar"),
        ({"first_on": "2999-01-01", "last_on": "2999-01-02"}, "die is geweest"),
        ({"first_on": "gisteren"}, "datum"),
        ({"after": 10**12}, "Selecteer"),
    ],
)
def test_what_can_not_be_asked_says_why(
    client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion, other: dict[str, Any], said: str
) -> None:
    client.force_login(manager)

    response = client.post(reverse("whatif"), asked(draft, active, **other))

    assert response.status_code == 422
    assert said in response.content.decode()
    assert not Job.objects.exists()


def test_the_same_on_both_sides_is_no_question(client: Client, manager: User, active: MatrixVersion) -> None:
    client.force_login(manager)

    assert "verandert er niets" in client.post(reverse("whatif"), asked(active, active)).content.decode()


def test_too_many_at_once_is_said(client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion) -> None:
    client.force_login(manager)
    for _each in range(MOST_AT_ONCE):
        Job.objects.create(owner=manager, kind="test", title="x")

    assert "genoeg taken" in client.post(reverse("whatif"), asked(draft, active)).content.decode()


def test_without_a_matrix_the_page_says_so(client: Client, manager: User) -> None:
    client.force_login(manager)

    assert "nog geen matrix" in client.get(reverse("whatif")).content.decode()


@pytest.mark.usefixtures("traffic")
def test_the_result_shows_figures_chart_and_items(
    client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion
) -> None:
    client.force_login(manager)
    job = done(manager, question(active, draft))

    shown = client.get(job.get_absolute_url()).content.decode()

    assert "66,7 %" in shown
    assert "Openbare ruimte" in shown
    assert '<svg class="chart__svg" role="img"' in shown
    assert shown.count("/inbox/") >= 3
    assert "style=" not in shown


@pytest.mark.usefixtures("traffic")
def test_items_of_a_channel_that_one_no_longer_sees_are_gone(
    client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion
) -> None:
    job = done(manager, question(active, draft))
    other = Team.objects.create(name="Verhuisd")
    manager.memberships.update(team=other)
    client.force_login(manager)

    shown = client.get(job.get_absolute_url()).content.decode()

    assert "Fatima" not in shown
    assert "Fatima" not in client.get(reverse("whatif_csv", args=[job.pk, "items"])).content.decode()


@pytest.mark.usefixtures("traffic")
@pytest.mark.parametrize(("table", "lines"), [("teams", 3), ("subjects", 3), ("items", 4)])
def test_each_table_can_be_saved(
    client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion, table: str, lines: int
) -> None:
    client.force_login(manager)
    job = done(manager, question(active, draft))

    response = client.get(reverse("whatif_csv", args=[job.pk, table]))

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(response.content.decode("utf-8-sig").splitlines()) == lines
    assert client.get(reverse("whatif_csv", args=[job.pk, "secrets"])).status_code == 404


def test_the_result_asks_the_same_number_of_questions_for_any_number_of_items(
    client: Client,
    manager: User,
    said: Say,
    active: MatrixVersion,
    draft: MatrixVersion,
    django_assert_num_queries: Any,
) -> None:
    client.force_login(manager)
    said(("in", 0), ("out", 3))
    job = done(manager, question(active, draft))
    client.get(job.get_absolute_url())
    with django_assert_num_queries(11) as first:
        client.get(job.get_absolute_url())
    for _each in range(5):
        said(("in", 0), ("out", 3))
    more = done(manager, question(active, draft))
    with django_assert_num_queries(len(first)):
        client.get(more.get_absolute_url())


def test_a_result_is_its_owners_alone(
    client: Client, manager: User, colleague: User, said: Say, active: MatrixVersion, draft: MatrixVersion
) -> None:
    said(("in", 0), ("out", 3))
    job = done(manager, question(active, draft))
    client.force_login(colleague)

    assert client.get(job.get_absolute_url()).status_code == 404
    assert client.get(reverse("whatif_csv", args=[job.pk, "items"])).status_code == 404


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.APPROVER])
def test_only_managers_and_administrators_use_it(client: Client, team: Team, role: str) -> None:
    client.force_login(UserFactory(teams=[team], teams__role=role))

    assert client.get(reverse("whatif")).status_code == 403
    assert "Monitoring" not in client.get(reverse("profile")).content.decode()


def test_names_of_strangers_are_no_formulas_in_a_file(
    client: Client, manager: User, active: MatrixVersion, draft: MatrixVersion, channel: Any
) -> None:
    found = ConversationFactory(channel=channel, status="waiting", awaiting_since=None, last_message_at=last_monday(12),
                                identity__name="=HYPERLINK(1)")  # fmt: skip
    MessageFactory(conversation=found, direction="in", sent_at=last_monday(9))
    MessageFactory(conversation=found, direction="out", sent_at=last_monday(12))
    client.force_login(manager)
    job = done(manager, question(active, draft))

    assert ";'=HYPERLINK(1);" in client.get(reverse("whatif_csv", args=[job.pk, "items"])).content.decode()
