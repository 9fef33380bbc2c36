"""A pasted message: which rule would hold, why, and by when."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from responsematrix.defaults import install_default_matrix
from responsematrix.explain import words_for_deadline, words_for_decision
from responsematrix.in_force import InForce, at, compile_version
from responsematrix.models import Matrix, Subject
from responsematrix.trying import try_message
from tests.responsematrix.conftest import LONG_AGO

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 4, 3, 16, 10, tzinfo=ZoneInfo("Europe/Amsterdam"))
TEXT = "De ondergrondse container zit vol"


@pytest.fixture
def in_force(administrator) -> InForce:
    install_default_matrix(by=administrator, active_from=LONG_AGO)
    found = at(timezone.now())
    assert found
    return found


def test_a_message_before_easter_gets_its_rule_its_reasons_and_its_deadline(in_force):
    trial = try_message(in_force, text=TEXT, received_at=FRIDAY, kind="comment", platform="facebook")

    names = dict(Subject.objects.values_list("code", "name"))
    assert words_for_decision(trial.reasons, subjects=names, language="nl")[:2] == [
        "Onderwerp Afval, herkend aan: ondergrondse, container.",
        "Regel 6 geldt: onderwerp Afval.",
    ]
    assert words_for_deadline(trial.deadlines["first_response"].steps, language="nl") == (
        "ontvangen vrijdag 3 april 16:10; 4 werkuren; open 8:30–17:00; maandag is Tweede paasdag; "
        "uiterlijk dinsdag 7 april 11:40"
    )
    assert set(trial.deadlines) == {"first_response", "next_response", "resolution"}


def test_a_subject_can_be_said_beforehand(in_force):
    roads = try_message(in_force, text=TEXT, received_at=FRIDAY, kind="reply", platform="facebook", subject="roadworks")
    none = try_message(in_force, text=TEXT, received_at=FRIDAY, kind="reply", platform="facebook", subject="")

    assert roads.decision.facts.subject == "roadworks"
    assert roads.reasons[0]["step"] == "rule"  # the words that were found are of another subject
    assert none.decision.rule.filled == ()


def test_urgency_beats_the_subject(in_force):
    trial = try_message(in_force, text=TEXT, received_at=FRIDAY, kind="comment", platform="facebook", urgency="crisis")

    assert trial.decision.rule.urgency == "crisis"
    assert "6" in words_for_decision(trial.reasons, language="nl")[2]


def test_a_gap_has_no_deadlines(draft, manager):
    draft.rules.all().delete()
    trial = try_message(
        compile_version(draft, timezone.now()), text=TEXT, received_at=FRIDAY, kind="comment", platform="facebook"
    )

    assert (trial.decision.rule, dict(trial.deadlines)) == (None, {})
    assert trial.reasons[-1] == {"step": "gap"}


def test_nothing_is_written(in_force, django_assert_num_queries):
    with django_assert_num_queries(0):
        try_message(in_force, text=TEXT, received_at=FRIDAY, kind="comment", platform="facebook")

    assert Matrix.objects.count() == 1
