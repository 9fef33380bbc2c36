"""A matrix that is in force day and night, for tests in which the clock is the real one."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Role, Team
from inbox.batch import Batch
from inbox.models import Conversation, Obligation
from responsematrix.editing import add_rule, create_matrix
from responsematrix.hours import create_calendar
from responsematrix.models import Matrix
from responsematrix.versions import activate, approve
from tests.factories import UserFactory
from tests.scripted import inbound

DAY_AND_NIGHT = (((0, 1440),),) * 7
TEXTS = {
    "expectation_public_nl": "U krijgt antwoord van team {team} vóór {uiterlijk}.",
    "expectation_public_en": "You get an answer from team {team} before {uiterlijk}.",
    "expectation_private_nl": "Privé: team {team} antwoordt vóór {uiterlijk} over {onderwerp}. {gemeente}",
}


def matrix_in_force(team: Team, *, weekly: Any = DAY_AND_NIGHT, **rule: Any) -> Matrix:
    """Four working hours, open day and night, for everything; `rule` adds to the one rule."""
    manager, colleague = (UserFactory(teams=[team], teams__role=Role.MANAGER) for _person in range(2))
    hours = create_calendar(name="Dag en nacht", weekly=weekly, by=manager)
    matrix = create_matrix(name="Responsmatrix", calendar=hours.calendar, is_main=True, by=manager)
    draft = matrix.versions.get()
    values = {"first_response_amount": 4, "first_response_unit": "working_hours"} | {
        "next_response_amount": 4, "next_response_unit": "working_hours"
    }  # fmt: skip
    add_rule(version=draft, by=manager, owner_team=team, **(values | rule))
    for version in (hours, draft):
        approve(version=version, by=colleague)
        activate(version=version, from_at=timezone.now() - timedelta(days=300), by=colleague)
    return matrix


def arrive(channel: Any, external_id: str = "m1", *, thread: str = "t1", ago: float = 0, **values: Any) -> Conversation:
    """A resident's message of `ago` seconds back, through the real pipeline."""
    sent_at = timezone.now() - timedelta(seconds=ago)
    Batch(channel).run([inbound(external_id, thread_id=thread, sent_at=sent_at, **values)])
    return Conversation.objects.get(channel=channel, thread_id=thread)


def owed(conversation: Conversation) -> Obligation:
    return conversation.obligations.exclude(kind="resolution").latest("pk")
