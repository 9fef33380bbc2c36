"""The matrix in the browser: reading, drafting, and the way of a version; who sees what, and at what cost."""

import re
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Role, Team, User
from channels.messages import Kind
from responsematrix.choices import Audience, Urgency
from responsematrix.defaults import install_default_matrix
from responsematrix.editing import add_rule, edit_rule, new_draft
from responsematrix.models import Matrix, MatrixVersion, State
from responsematrix.versions import activate, approve
from tests.factories import UserFactory

HX = {"HX-Request": "true"}
HOURS = {"first_response_amount": 4, "first_response_unit": "working_hours"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def step(client: Client, version: MatrixVersion, name: str, **typed: Any) -> Any:
    return client.post(reverse("version_step", args=["versions", version.pk, name]), typed, headers=HX)


# -- Reading ---------------------------------------------------------------------------------------------------------------------


def test_everybody_in_a_team_reads_what_is_in_force(active: MatrixVersion, agent: User, outsider: User) -> None:
    for reader in (agent, outsider):
        shown = read(signed_in(reader), "matrix")
        assert "4 werkuren" in shown
        assert "geldt nu" in shown
        assert "Nieuw concept" not in shown


def test_terms_owner_backup_and_texts_are_there_in_words(administrator: User, agent: User) -> None:
    install_default_matrix(by=administrator)
    shown = read(signed_in(agent), "matrix")
    for words in ("Openbare ruimte", "achterwacht Webcare", "30 minuten, dag en nacht", "80% teamleider", "vier ogen",
                  "Team {team} antwoordt u uiterlijk {uiterlijk}", "Gaat voor alles", "Alle andere berichten"):  # fmt: skip
        assert words in shown, words
    groups = re.findall(r'scope="rowgroup">([^<]+)<', shown)
    assert groups[0] == "Gaat voor alles"
    assert groups[-1] == "Alle andere berichten"
    assert "Afval" in groups


def test_who_is_in_no_team_reads_nothing(active: MatrixVersion) -> None:
    client = signed_in(UserFactory())
    assert "U zit nog in geen team" in read(client, "matrix")
    assert client.get(reverse("matrix_version", args=[active.pk])).status_code == 404
    assert client.get(reverse("matrix_export", args=[active.pk, "csv"])).status_code == 404


def test_a_draft_and_what_is_to_come_are_for_those_who_edit(
    draft: MatrixVersion, agent: User, manager: User, colleague: User
) -> None:
    url = reverse("matrix_version", args=[draft.pk])
    for state in ("draft", "coming"):
        if state == "coming":
            approve(version=draft, by=colleague)
            activate(version=draft, from_at=timezone.now() + timedelta(days=2), by=colleague)
        assert signed_in(agent).get(url).status_code == 404
        assert signed_in(manager).get(url).status_code == 200


def test_without_a_matrix_a_manager_begins_with_the_one_that_is_shipped(agent: User, administrator: User) -> None:
    assert "nog geen afspraken" in read(signed_in(agent), "matrix")
    client = signed_in(administrator)
    assert "Begin met het voorbeeld" in read(client, "matrix")
    assert client.post(reverse("matrix_begin")).status_code == 302
    assert "geldt nu" in read(client, "matrix")
    assert Matrix.objects.filter(is_main=True).count() == 1


def test_gaps_and_overlaps_stand_on_the_cell_and_in_a_list(draft: MatrixVersion, manager: User) -> None:
    edit_rule(rule=draft.rules.first(), by=manager, platform="facebook")
    shown = read(signed_in(manager), "matrix_version", draft.pk)
    assert "Geen regel voor" in shown
    assert "Regel hiervoor maken" in shown
    assert "grid__cell--note" in shown
    edit_rule(rule=draft.rules.first(), by=manager, platform="")
    edit_rule(rule=draft.rules.last(), by=manager, kind="")
    shown = read(signed_in(manager), "matrix_version", draft.pk)
    assert "spreekt regel 1 tegen" in shown or "staat er twee keer" in shown
    assert "is-error" in shown


def test_a_draft_is_printed_as_it_is_read(draft: MatrixVersion, manager: User) -> None:
    client = signed_in(manager)
    assert "data-grid" in read(client, "matrix_version", draft.pk)
    shown = read(client, "matrix_version", draft.pk, print="")
    assert "data-grid" not in shown
    assert "Afgedrukt" in shown


def test_the_page_is_in_the_language_of_its_reader(active: MatrixVersion, agent: User) -> None:
    client = signed_in(agent)
    client.cookies["django_language"] = "en"
    shown = read(client, "matrix")
    assert "4 working hours" in shown
    assert "in force" in shown


@pytest.mark.parametrize("is_open", [True, False], ids=["draft", "in force"])
def test_sixty_rules_cost_as_many_queries_as_ten(
    draft: MatrixVersion, manager: User, colleague: User, team: Team, backup: Team, is_open: bool
) -> None:
    numbers = []
    conditions = list(product(Kind, Audience, Urgency))
    for size in (10, 60):
        version = new_draft(matrix=draft.matrix, by=manager, based_on=draft)
        for kind, audience, urgency in conditions[: size - 2]:
            values = {"kind": kind, "audience": audience, "urgency": urgency, "backup_team": backup}
            add_rule(version=version, by=manager, owner_team=team, **values, **HOURS)
        if not is_open:
            approve(version=version, by=colleague)
            activate(version=version, from_at=timezone.now(), by=colleague)
        client = signed_in(manager)
        url = reverse("matrix_version", args=[version.pk])
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url, headers=HX).status_code == 200
        assert version.rules.count() == size
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
    assert numbers[0] <= 15


# -- The way of a version --------------------------------------------------------------------------------------------------------


def test_a_new_draft_holds_the_rules_of_what_is_in_force(active: MatrixVersion, manager: User) -> None:
    response = signed_in(manager).post(reverse("matrix_draft"), {"from": active.pk})
    made = MatrixVersion.objects.latest("number")
    assert response.headers["Location"] == reverse("matrix_version", args=[made.pk])
    assert (made.state, made.author, made.rules.count()) == (State.DRAFT, manager, active.rules.count())


def test_another_approves_and_it_is_in_force_from_its_moment(
    draft: MatrixVersion, manager: User, colleague: User
) -> None:
    assert "Een collega keurt dit goed" in read(signed_in(manager), "matrix_version", draft.pk)
    response = step(signed_in(manager), draft, "approve")
    assert response.status_code == 422
    assert "keurt die niet zelf goed" in response.content.decode()

    client = signed_in(colleague)
    assert step(client, draft, "approve").status_code == 200
    assert "Laten ingaan" in read(client, "activate_form", "versions", draft.pk)
    response = step(client, draft, "activate", when="now")
    assert response.status_code == 200
    assert "geldt nu" in response.content.decode()
    draft.refresh_from_db()
    assert draft.is_in_force
    assert AuditEvent.objects.filter(action="matrix.activated", actor=colleague).exists()


def test_errors_in_the_table_are_named_when_it_can_not_be_approved(
    draft: MatrixVersion, manager: User, colleague: User
) -> None:
    edit_rule(rule=draft.rules.last(), by=manager, kind="", first_response_amount=9)
    response = step(signed_in(colleague), draft, "approve")
    assert response.status_code == 422
    assert "Er staan nog fouten in de tabel." in response.content.decode()
    assert "spreekt regel 1 tegen" in response.content.decode()


@pytest.mark.parametrize("typed", [{"moment": ""}, {"moment": "gisteren"}, {"moment": "2020-01-01T00:00"}])
def test_a_moment_that_can_not_be_is_refused_in_the_form(
    active: MatrixVersion, manager: User, colleague: User, typed: dict[str, str]
) -> None:
    version = approve(version=new_draft(matrix=active.matrix, by=manager), by=colleague)
    response = step(signed_in(colleague), version, "activate", when="later", **typed)
    assert response.status_code == 422
    assert "field__error" in response.content.decode()
    assert "HX-Retarget" not in response.headers


def test_later_withdrawn_reopened_and_thrown_away(active: MatrixVersion, manager: User, colleague: User) -> None:
    version = approve(version=new_draft(matrix=active.matrix, by=manager), by=colleague)
    client = signed_in(colleague)
    later = timezone.localtime() + timedelta(days=2)  # also when midnight passes before it is asked
    shown = step(client, version, "activate", when="later", moment=later.strftime("%Y-%m-%dT00:00"))
    assert "gaat in" in shown.content.decode()
    assert "Intrekken" in shown.content.decode()
    assert "goedgekeurd" in step(client, version, "withdraw").content.decode()
    assert "concept" in step(client, version, "reopen").content.decode()
    response = step(client, version, "discard")
    assert response.headers["HX-Redirect"] == reverse("matrix_versions")
    assert not MatrixVersion.objects.filter(pk=version.pk).exists()


def test_what_was_in_force_can_not_be_taken_back_or_thrown_away(active: MatrixVersion, colleague: User) -> None:
    for name in ("approve", "activate", "withdraw", "reopen", "discard"):
        assert step(signed_in(colleague), active, name).status_code == 422, name
    assert step(signed_in(colleague), active, "burn").status_code == 404


def test_history_tells_states_people_and_moments(active: MatrixVersion, manager: User, agent: User) -> None:
    new_draft(matrix=active.matrix, by=manager, note="Afval sneller")
    shown = read(signed_in(manager), "matrix_versions")
    assert ["concept" in shown, "geldt nu" in shown, "Afval sneller" in shown] == [True] * 3
    assert manager.display_name in shown
    assert "Afval sneller" not in read(signed_in(agent), "matrix_versions")


def test_the_difference_is_told_cell_by_cell(active: MatrixVersion, manager: User, backup: Team, team: Team) -> None:
    version = new_draft(matrix=active.matrix, by=manager)
    first, second = version.rules.all()
    edit_rule(
        rule=first, by=manager, first_response_amount=2, backup_team=backup, expectation_public_nl="Tot {uiterlijk}"
    )
    edit_rule(rule=second, by=manager, kind="mention", first_response_amount=7)
    add_rule(
        version=version,
        by=manager,
        owner_team=team,
        audience="press",
        next_response_amount=1,
        next_response_unit="working_days",
    )
    shown = read(signed_in(manager), "matrix_difference", version.pk)
    for words in ("1 regel gewijzigd", "2 regels erbij", "1 regel eraf", "4 werkuren", "2 werkuren", "Achterwacht",
                  "Tot {uiterlijk}", "Pers"):  # fmt: skip
        assert words in shown, words
    untouched = new_draft(matrix=active.matrix, by=manager)
    assert "Geen verschil" in read(signed_in(manager), "matrix_difference", untouched.pk)
    assert "7 werkuren" in read(signed_in(manager), "matrix_difference", untouched.pk, **{"with": version.pk})
    assert "geen eerdere versie" in read(signed_in(manager), "matrix_difference", active.pk)


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR, Role.APPROVER])
def test_only_managers_and_administrators_change_anything(active: MatrixVersion, team: Team, role: str) -> None:
    client = signed_in(UserFactory(teams=[team], teams__role=role))
    assert client.post(reverse("matrix_draft")).status_code == 403
    assert step(client, active, "reopen").status_code == 403
    assert client.get(reverse("rule_add", args=[active.pk])).status_code == 403
    assert client.post(reverse("rule_delete", args=[active.rules.first().pk])).status_code == 403
    assert active.rules.count() == 2
