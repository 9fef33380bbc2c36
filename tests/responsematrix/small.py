"""The smallest matrix with one of everything: a version in force, a draft with a rule, opening hours in force and in draft."""

from dataclasses import dataclass
from datetime import UTC, datetime

from accounts.models import Team, User
from responsematrix.editing import add_rule, create_matrix, new_draft
from responsematrix.hours import create_calendar, new_hours_draft, set_exception
from responsematrix.models import CalendarVersion, MatrixVersion, Rule, Subject
from responsematrix.subject_list import create_subject
from responsematrix.versions import activate, approve

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
OFFICE = (510, 1020)


@dataclass
class Small:
    active: MatrixVersion
    draft: MatrixVersion
    rule: Rule
    hours: CalendarVersion
    hours_draft: CalendarVersion
    subject: Subject


def small_matrix(*, team: Team, by: User, approver: User) -> Small:
    hours = create_calendar(name="Kantoor", weekly=[[OFFICE]] * 5 + [[], []], by=by)
    hours = activate(version=approve(version=hours, by=approver), from_at=LONG_AGO, by=approver)
    subject = create_subject(name="Afval", name_en="Waste", keywords="afval, container", by=by)
    matrix = create_matrix(name="Responsmatrix", calendar=hours.calendar, is_main=True, default_team=team, by=by)
    first = matrix.versions.get()
    add_rule(version=first, by=by, owner_team=team, first_response_amount=4, first_response_unit="working_hours")
    active = activate(version=approve(version=first, by=approver), from_at=LONG_AGO, by=approver)
    draft = new_draft(matrix=matrix, by=by)
    hours_draft = new_hours_draft(calendar=hours.calendar, by=by)
    set_exception(version=hours_draft, on=datetime(2026, 12, 24, tzinfo=UTC).date(), name="Kerstavond", by=by)
    return Small(active, draft, draft.rules.get(), hours, hours_draft, subject)
