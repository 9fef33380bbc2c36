"""Who gets a conversation: which teams may, and within a team that shares out its work, whose turn it is."""

from collections import deque
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, F
from django.utils import timezone

from accounts.audit import record
from accounts.models import AuditEvent, Membership, Role, Routing, Team
from channels.models import ChannelTeam
from core.events import publish_on_commit
from core.sql import bulk
from inbox.assignment import lease_end
from inbox.availability import office_hours, takes_work
from inbox.models import Conversation, NotificationKind, Status
from inbox.notifications import notify

AT_ONCE = 100  # conversations of one team per round
REMEMBERED = timedelta(hours=24)


def teams_by_channel() -> dict[int, set[int]]:
    """Which teams see which channel: whoever can not see a channel can not answer there."""
    found: dict[int, set[int]] = {}
    for channel, team in ChannelTeam.objects.values_list("channel", "team"):
        found.setdefault(channel, set()).add(team)
    return found


@transaction.atomic
def route() -> int:
    """Give what waits in the queues of teams that share out their work to whose turn it is, the first term first. Only in
    office hours, never more than a person's maximum. Returns how many were given out."""
    teams = list(Team.objects.filter(routing=Routing.ROUND_ROBIN).order_by("pk"))
    if not teams:
        return 0
    now = timezone.now()
    hours = office_hours(now)
    if hours is not None and not hours.is_open(now):
        return 0
    with connection.cursor() as cursor:
        # One worker shares out at a time, or a person's load would be counted twice; who comes second has nothing to do.
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('inbox.routing'))")
        if not cursor.fetchone()[0]:
            return 0
    given = 0
    for team in teams:
        queue = _queue(team)
        if not queue:
            continue
        people = [
            member
            for member in Membership.objects.filter(team=team, role=Role.AGENT).select_related("user")
            if takes_work(member.user, now, hours)
        ]
        given += _give(team, _shares(queue, people, team), now)
    return given


def _queue(team: Team) -> list[int]:
    waiting = Conversation.objects.filter(
        team=team,
        status=Status.OPEN,
        assignee=None,
        channel__in=ChannelTeam.objects.filter(team=team).values("channel"),
    )
    first = waiting.order_by(F("next_due_at").asc(nulls_last=True), "last_message_at", "pk")
    return list(first.values_list("pk", flat=True)[:AT_ONCE])


def _shares(queue: Collection[int], people: Iterable[Membership], team: Team) -> list[tuple[int, Membership]]:
    """Who gets which, in turn: who had to wait longest is first. What somebody let go does not come back to them."""
    long_ago = datetime.min.replace(tzinfo=timezone.get_default_timezone())
    turns = deque(sorted(people, key=lambda member: (member.last_assigned_at or long_ago, member.pk)))
    load = dict(
        Conversation.objects.filter(assignee__in=[member.user_id for member in turns], status=Status.OPEN)
        .values("assignee")
        .annotate(number=Count("pk"))
        .values_list("assignee", "number")
    )
    let_go = _let_go(queue) if turns else {}
    shares: list[tuple[int, Membership]] = []
    for pk in queue:
        for _turn in range(len(turns)):
            member = turns[0]
            turns.rotate(-1)
            has = load.get(member.user_id, 0)
            if has < (member.max_load or team.max_load) and member.user_id not in let_go.get(pk, ()):
                load[member.user_id] = has + 1
                shares.append((pk, member))
                break
    return shares


def _let_go(queue: Collection[int]) -> dict[int, set[int]]:
    events = AuditEvent.objects.filter(
        object_type="inbox.conversation",
        object_id__in=[str(pk) for pk in queue],
        action__in=["conversation.returned", "conversation.released"],
        at__gte=timezone.now() - REMEMBERED,
    ).values_list("object_id", "actor", "data")
    found: dict[int, set[int]] = {}
    for pk, actor, data in events:
        found.setdefault(int(pk), set()).add(actor or data.get("whom", 0))
    return found


def _give(team: Team, shares: Collection[tuple[int, Membership]], now: datetime) -> int:
    until = lease_end(team, now)
    # Whoever was claimed, moved or put away meanwhile does not fit the condition any more, and stays as it is.
    given = bulk(
        """UPDATE inbox_conversation c SET assignee_id = t.c1, assigned_at = %s, lease_until = %s, updated_at = now()
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 bigint)
           WHERE c.id = t.c0 AND c.assignee_id IS NULL AND c.status = 'open'
           RETURNING c.id, c.assignee_id, c.channel_id""",
        sorted((pk, member.user_id) for pk, member in shares),
        now,
        until,
    )
    # Each at the place of the last one they got, a microsecond apart: so the order of turns is kept.
    turns = {member.pk: now + timedelta(microseconds=place) for place, (_pk, member) in enumerate(shares)}
    bulk(
        """UPDATE accounts_membership m SET last_assigned_at = c1
           FROM json_to_recordset(%s) AS t(c0 bigint, c1 timestamptz) WHERE m.id = c0""",
        list(turns.items()),
    )
    for pk, user, channel in given:
        record("conversation.assigned", Conversation(pk=pk), by=None, to=user, team=team.pk)
        publish_on_commit(f"channel-{channel}", "list", f"conversation-{pk}")
    notify([(user, pk) for pk, user, _channel in given], kind=NotificationKind.ASSIGNED)
    return len(given)
