"""Before a term passes somebody hears of it: assignee, lead of the owner team, backup team, as the rule says.

Each step is taken once (a unique row, written with what follows from it in one transaction, while the term is locked), in
opening hours, and everything that one person is to be told at one time is one bundle in Balie and one e-mail.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership, Role, User
from core.sql import bulk
from inbox.availability import is_out_of_office
from inbox.mail import queue_mail
from inbox.models import Escalation, NotificationKind, Obligation, ObligationState
from inbox.notifications import notify
from inbox.routing import teams_by_channel
from responsematrix.in_force import hours_at
from responsematrix.matching import Recipient, Step
from responsematrix.worktime import Schedule, WorktimeError, moment_at_share

logger = structlog.get_logger(__name__)

AT_ONCE = 500


@dataclass(slots=True)
class _Hours:
    """Opening hours by version and by calendar, each read once per batch."""

    now: datetime
    versions: dict[int, Schedule] = field(default_factory=dict)
    calendars: dict[int, Schedule] = field(default_factory=dict)

    def then(self, obligation: Obligation) -> Schedule:
        """With which the term was computed."""
        if obligation.calendar_version_id not in self.versions:
            self.versions[obligation.calendar_version_id] = obligation.calendar_version.to_schedule()
        return self.versions[obligation.calendar_version_id]

    def today(self, obligation: Obligation) -> Schedule:
        """In which people work now."""
        calendar = obligation.calendar_version.calendar_id
        if calendar not in self.calendars:
            found = hours_at(self.now, calendar)
            self.calendars[calendar] = found.schedule if found else self.then(obligation)
        return self.calendars[calendar]


@dataclass(frozen=True, slots=True)
class _Due:
    obligation: Obligation
    step: Step


def escalate() -> int:
    """Take every step that is due. Returns how many were taken. Safe to run by any number of workers."""
    taken = 0
    while True:
        looked_at, steps = _escalate_batch()
        taken += steps
        if looked_at < AT_ONCE:
            return taken


@transaction.atomic
def _escalate_batch() -> tuple[int, int]:
    now = timezone.now()
    found = list(
        Obligation.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(state=ObligationState.OPEN, escalate_at__lte=Now())
        .select_related("rule", "calendar_version__calendar", "conversation")
        .defer("explanation", "decision", "rule__expectation_public_nl", "rule__expectation_private_nl")
        .order_by("escalate_at")[:AT_ONCE]
    )
    if not found:
        return 0, 0
    taken = set(Escalation.objects.filter(obligation__in=found).values_list("obligation", "percent", "to"))
    hours = _Hours(now)
    due: list[_Due] = []
    later: list[tuple[int, datetime | None]] = []
    for obligation in found:
        steps, next_at = _look_at(obligation, taken, hours)
        due += [_Due(obligation, step) for step in steps]
        later.append((obligation.pk, next_at))
    bulk(
        """UPDATE inbox_obligation o SET escalate_at = c1
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 timestamptz) WHERE o.id = c0""",
        later,
    )
    if due:
        _tell(due, now)
    return len(found), len(due)


def _look_at(
    obligation: Obligation, taken: Collection[tuple[int, int, str]], hours: _Hours
) -> tuple[list[Step], datetime | None]:
    """The steps that are to be taken now, and when to look again."""
    due: list[Step] = []
    ahead: list[datetime] = []
    for percent, to in obligation.rule.steps:
        step = Step(int(percent), Recipient(str(to)))
        if (obligation.pk, step.percent, str(step.to)) in taken:
            continue
        try:
            moment = moment_at_share(obligation.started_at, obligation.due_at, step.percent, hours.then(obligation))
            # Nobody is woken for it: at night, or after a stop of ours, it waits for the next opening.
            moment = hours.today(obligation).next_open(max(moment, hours.now))
        except WorktimeError as error:
            logger.warning("escalation.not_computed", obligation=obligation.pk, error=str(error))
            continue
        if moment <= hours.now:
            due.append(step)
        else:
            ahead.append(moment)
    return due, min(ahead, default=None)


# -- who -----------------------------------------------------------------------------------------------------------------


class _People:
    """Everybody who may have to hear of these terms, with what they may see: in a fixed number of queries."""

    def __init__(self, due: Sequence[_Due], now: datetime) -> None:
        teams = {each.obligation.team_id for each in due} | {each.obligation.rule.backup_team_id for each in due}
        assignees = {pk for each in due if (pk := each.obligation.conversation.assignee_id)}
        self.channels = teams_by_channel()
        self.now = now
        self.members: dict[int, list[Membership]] = {}
        self.users: dict[int, User] = {}
        administrators = Membership.objects.filter(role=Role.ADMINISTRATOR).values("user")
        wanted = User.objects.filter(is_active=True)
        wanted = wanted.filter(memberships__team__in=teams) | wanted.filter(pk__in=assignees)
        wanted = wanted | User.objects.filter(is_active=True, pk__in=administrators)
        for member in Membership.objects.filter(user__in=wanted.values("pk")).select_related("user", "team"):
            user = self.users.setdefault(member.user_id, member.user)
            # All of somebody's memberships are here: nobody is asked for again.
            user.__dict__.setdefault("_memberships", []).append(member)
            self.members.setdefault(member.team_id, []).append(member)

    def told(self, each: _Due) -> list[User]:
        """The people of one step who may see the conversation; the next in line where there are none."""
        obligation = each.obligation
        assignee = self.users.get(obligation.conversation.assignee_id or 0)
        lines: dict[Recipient, list[list[User]]] = {
            Recipient.ASSIGNEE: [[assignee] if assignee else [], self._leads(obligation.team_id)],
            Recipient.LEAD: [self._leads(obligation.team_id)],
            Recipient.BACKUP: [self._backup(obligation.rule.backup_team_id), self._leads(obligation.team_id)],
        }
        for people in [*lines[each.step.to], self._administrators()]:
            seeing = [user for user in people if self._may_see(user, obligation.conversation.channel_id)]
            present = [user for user in seeing if not is_out_of_office(user, self.now)]
            if present:
                return present
        return []

    def _leads(self, team: int) -> list[User]:
        return [self.users[m.user_id] for m in self.members.get(team, []) if m.role == Role.MANAGER]

    def _backup(self, team: int | None) -> list[User]:
        """Who leads the backup team; everybody in it where nobody does."""
        members = self.members.get(team or 0, [])
        return self._leads(team or 0) or [self.users[member.user_id] for member in members]

    def _administrators(self) -> list[User]:
        return [user for user in self.users.values() if user.has_role(Role.ADMINISTRATOR)]

    def _may_see(self, user: User, channel: int) -> bool:
        return user.is_administrator or bool(self.channels.get(channel, set()) & set(user.team_ids))


def _tell(due: Sequence[_Due], now: datetime) -> None:
    people = _People(due, now)
    told = [(each, people.told(each)) for each in due]
    Escalation.objects.bulk_create(
        Escalation(
            obligation=each.obligation,
            percent=each.step.percent,
            to=str(each.step.to),
            at=now,
            told=[u.pk for u in users],
        )
        for each, users in told
    )
    by_user: dict[int, list[tuple[int, str]]] = {}
    for each, users in told:
        if not users:
            logger.warning("escalation.nobody", obligation=each.obligation.pk, to=str(each.step.to))
        kind = NotificationKind.PASSED if each.obligation.due_at <= now else NotificationKind.DEADLINE
        for user in users:
            by_user.setdefault(user.pk, []).append((each.obligation.conversation_id, str(kind)))
    for kind in (NotificationKind.PASSED, NotificationKind.DEADLINE):
        notify(_of_kind(by_user, kind), kind=kind)
    if settings.SENDS_EMAIL:
        queue_mail({pk: lines for pk, lines in by_user.items() if people.users[pk].email})


def _of_kind(by_user: dict[int, list[tuple[int, str]]], kind: NotificationKind) -> Iterable[tuple[int, int]]:
    return [(user, pk) for user, lines in by_user.items() for pk, each in lines if each == kind]
