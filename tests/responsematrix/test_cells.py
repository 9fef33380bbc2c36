"""Rows and cells of a draft in the browser: kept, or refused with the reason where it was typed."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Team, User
from responsematrix.models import MatrixVersion, Rule
from responsematrix.tables import CELLS
from responsematrix.versions import approve

HX = {"HX-Request": "true", "HX-Target": "sheet"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(manager: User) -> Client:
    client = Client()
    client.force_login(manager)
    return client


@pytest.fixture
def rule(draft: MatrixVersion) -> Rule:
    return draft.rules.last()


def type_in(desk: Client, rule: Rule, column: str, **typed: Any) -> Any:
    return desk.post(reverse("rule_cell", args=[rule.pk, column]), typed, headers=HX)


@pytest.mark.parametrize("column", list(CELLS))
def test_every_cell_has_a_form_that_shows_what_it_is(desk: Client, rule: Rule, column: str) -> None:
    shown = desk.get(reverse("rule_cell", args=[rule.pk, column]), headers=HX).content.decode()
    assert f'data-at="cell-{rule.pk}-{column}"' in shown
    assert "data-first" in shown
    assert desk.get(reverse("rule_cell", args=[rule.pk, "secret"])).status_code == 404


def test_what_is_typed_is_kept_and_the_table_comes_back(desk: Client, rule: Rule, backup: Team) -> None:
    response = type_in(desk, rule, "first_response", amount=" 2 ", unit="working_days")
    assert (response.status_code, response.headers["HX-Retarget"]) == (200, "#version")
    assert "balie:saved" in response.headers["HX-Trigger-After-Swap"]
    assert "2 werkdagen" in response.content.decode()
    type_in(desk, rule, "backup_team", value=backup.pk)
    type_in(desk, rule, "answer", value="phone", needs_approval="on")
    type_in(desk, rule, "steps", assignee="50", lead="80%", backup="100")
    type_in(desk, rule, "texts", expectation_public_nl="Team {team},\r\nuiterlijk {uiterlijk}")
    type_in(desk, rule, "urgency", value="high")
    rule.refresh_from_db()
    assert (rule.first_response_amount, rule.backup_team, rule.answer_channel) == (2, backup, "phone")
    assert rule.steps == [[50, "assignee"], [80, "lead"], [100, "backup"]]
    assert rule.expectation_public_nl == "Team {team},\nuiterlijk {uiterlijk}"
    assert (rule.urgency, rule.needs_approval) == ("high", True)
    type_in(desk, rule, "resolution", amount="", unit="working_days")
    rule.refresh_from_db()
    assert rule.resolution_unit == ""


@pytest.mark.parametrize(
    ("column", "typed", "reason"),
    [
        ("first_response", {"amount": "0", "unit": "working_hours"}, "ten minste 1"),
        ("first_response", {"amount": "-3", "unit": "working_hours"}, "ten minste 1"),
        ("first_response", {"amount": "9999", "unit": "working_days"}, "langer dan een jaar"),
        ("first_response", {"amount": "999999999999999", "unit": "working_days"}, "te groot"),
        ("first_response", {"amount": "vier", "unit": "working_hours"}, "heel getal"),
        ("first_response", {"amount": "4", "unit": "eeuwen"}, "eenheid"),
        ("resolution", {"amount": "1", "unit": "working_hours"}, "korter dan"),
        ("owner_team", {"value": ""}, "Kies een team"),
        ("owner_team", {"value": "999999"}, "niet meer"),
        ("owner_team", {"value": "drop table"}, "niet meer"),
        ("kind", {"value": "fax"}, "geen bekende waarde"),
        ("answer", {"value": "duif"}, "geen bekende waarde"),
        ("steps", {"assignee": "50", "lead": "20"}, "komt niet na de vorige"),
        ("steps", {"assignee": "120"}, "tussen 1 en 100"),
        ("steps", {"backup": "50"}, "achterwacht"),
        ("texts", {"expectation_public_nl": "Beste {naam}"}, "kan niet worden ingevuld"),
        ("texts", {"expectation_public_nl": "x" * 1_001}, "te lang"),
    ],
)
def test_the_reason_stands_at_the_cell_with_what_was_typed(
    desk: Client, rule: Rule, column: str, typed: dict[str, str], reason: str
) -> None:
    before = Rule.objects.filter(pk=rule.pk).values().get()
    response = type_in(desk, rule, column, **typed)
    shown = response.content.decode()
    assert response.status_code == 422
    assert reason in shown
    assert 'role="alert"' in shown
    assert "HX-Retarget" not in response.headers
    assert Rule.objects.filter(pk=rule.pk).values().get() == before


def test_a_row_is_added_where_a_gap_was(desk: Client, draft: MatrixVersion, team: Team) -> None:
    url = reverse("rule_add", args=[draft.pk])
    shown = desk.get(url, {"subject": "waste", "kind": "comment"}, headers=HX).content.decode()
    assert "selected>Waste" in shown
    typed = {"subject": "", "kind": "comment", "owner_team": team.pk, "amount": "1", "unit": "working_days"}
    assert desk.post(url, typed, headers=HX).status_code == 200
    assert draft.rules.last().kind == "comment"
    response = desk.post(url, typed, headers=HX)
    assert response.status_code == 422
    assert "al een regel voor deze berichten" in response.content.decode()
    assert desk.post(url, typed | {"kind": "mention", "owner_team": ""}, headers=HX).status_code == 422
    assert draft.rules.count() == 3


def test_rows_are_moved_copied_and_deleted(desk: Client, draft: MatrixVersion) -> None:
    first, second = draft.rules.all()
    desk.post(reverse("rule_move", args=[second.pk]), {"to": "up"}, headers=HX)
    assert [rule.pk for rule in draft.rules.all()] == [second.pk, first.pk]
    desk.post(reverse("rule_move", args=[second.pk]), {"to": "down"}, headers=HX)
    response = desk.post(reverse("rule_duplicate", args=[first.pk]), headers=HX)
    assert "staat er twee keer" in response.content.decode()
    assert [rule.kind for rule in draft.rules.all()] == ["", "", "direct_message"]
    desk.post(reverse("rule_delete", args=[first.pk]), headers=HX)
    assert draft.rules.count() == 2
    assert desk.post(reverse("rule_delete", args=[first.pk]), headers=HX).status_code == 404


def test_an_approved_version_refuses_every_change_with_the_reason(
    desk: Client, draft: MatrixVersion, rule: Rule, colleague: User, team: Team
) -> None:
    approve(version=draft, by=colleague)
    responses = [
        type_in(desk, rule, "urgency", value="high"),
        desk.post(reverse("rule_add", args=[draft.pk]), {"owner_team": team.pk}, headers=HX),
        *[
            desk.post(reverse(name, args=[rule.pk]), headers=HX)
            for name in ("rule_move", "rule_duplicate", "rule_delete")
        ],
    ]
    for response in responses:
        assert response.status_code == 422
        assert "al goedgekeurd" in response.content.decode()
    assert draft.rules.count() == 2
