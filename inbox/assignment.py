"""Whose conversation it is: claimed, taken over, let go, given to a colleague or a team. Of two at once exactly one wins.

Every change is one conditional update of one row that names who had it before; who comes second is told who has it now.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Team, User
from accounts.permissions import may_answer
from channels.models import ChannelTeam
from core.events import publish_on_commit
from inbox.models import Conversation, NotificationKind
from inbox.notifications import notify

LEASE_WITHOUT_TEAM = 120  # minutes


class NotAssigned(ValueError):
    """Somebody else was first, or it can not be given to that person; str() says so, for staff."""


def lease_end(team: Team | None, now: datetime) -> datetime | None:
    minutes = team.lease_minutes if team else LEASE_WITHOUT_TEAM
    return now + timedelta(minutes=minutes) if minutes else None


@transaction.atomic
def claim(*, conversation: Conversation, by: User, instead_of: int | None = None) -> Conversation:
    """ "I take this". `instead_of` is the colleague it is taken over from (a primary key); without it only what is nobody's
    can be claimed. Claiming twice is claiming once. Raises NotAssigned with the name of who has it."""
    before = Conversation.objects.select_related("team").get(pk=conversation.pk)
    now = timezone.now()
    won = Conversation.objects.filter(pk=conversation.pk, assignee=instead_of).update(
        assignee=by, assigned_at=now, lease_until=lease_end(before.team, now), updated_at=Now()
    )
    if not won:
        return _unless_ours(conversation, by)
    record("conversation.claimed", conversation, by=by, instead_of=instead_of)
    if instead_of is not None:
        notify([(instead_of, conversation.pk)], kind=NotificationKind.TAKEN_OVER, by=by)
    return _changed(conversation)


def _unless_ours(conversation: Conversation, by: User) -> Conversation:
    current = Conversation.objects.select_related("assignee").get(pk=conversation.pk)
    if current.assignee_id == by.pk:
        return current
    if current.assignee is None:
        raise NotAssigned(_("Dit gesprek is van niemand meer. Kijk nog eens."))
    raise NotAssigned(_("%(who)s was eerder: dit gesprek is van %(who)s.") % {"who": current.assignee.display_name})


@transaction.atomic
def release(*, conversation: Conversation, by: User) -> Conversation:
    """Back to the queue, by who has it."""
    if not Conversation.objects.filter(pk=conversation.pk, assignee=by).update(
        assignee=None, assigned_at=None, lease_until=None, updated_at=Now()
    ):
        raise NotAssigned(_("Dit gesprek is niet (meer) van u."))
    record("conversation.released", conversation, by=by)
    return _changed(conversation)


@transaction.atomic
def assign(
    *, conversation: Conversation, by: User, to: User | None = None, team: Team | None = None, instead_of: int | None
) -> Conversation:
    """Give it to a colleague, or to a team (then it waits in that team's queue). `instead_of` is who has it according to
    the screen of `by`. Raises NotAssigned when that changed, or when the receiver can not see or answer it."""
    if to is not None and not (may_answer(to) and Conversation.objects.visible_to(to).filter(pk=conversation.pk)):
        raise NotAssigned(_("%(who)s kan dit kanaal niet zien.") % {"who": to.display_name})
    if team is not None and not ChannelTeam.objects.filter(team=team, channel=conversation.channel_id).exists():
        raise NotAssigned(_("Team %(team)s kan dit kanaal niet zien.") % {"team": team.name})
    now = timezone.now()
    home = team or Team.objects.filter(conversations=conversation.pk).first()
    values: dict[str, object] = {"team": team} if team is not None else {}
    won = Conversation.objects.filter(pk=conversation.pk, assignee=instead_of).update(
        assignee=to, assigned_at=now if to else None, lease_until=lease_end(home, now) if to else None,
        updated_at=Now(), **values,
    )  # fmt: skip
    if not won:
        current = Conversation.objects.select_related("assignee").get(pk=conversation.pk)
        who = current.assignee.display_name if current.assignee else _("niemand")
        raise NotAssigned(_("Dit gesprek is intussen van %(who)s.") % {"who": who})
    record("conversation.assigned", conversation, by=by, to=to.pk if to else None, team=team.pk if team else None)
    if to is not None:
        notify([(to.pk, conversation.pk)], kind=NotificationKind.ASSIGNED, by=by)
    if instead_of is not None and (to is None or to.pk != instead_of):
        notify([(instead_of, conversation.pk)], kind=NotificationKind.TAKEN_OVER, by=by)
    return _changed(conversation)


def colleagues(conversation: Conversation) -> list[User]:
    """Who could take this: everybody of a team that sees its channel."""
    teams = ChannelTeam.objects.filter(channel=conversation.channel_id).values("team")
    found = User.objects.filter(is_active=True, memberships__team__in=teams).distinct()
    return list(found.order_by("first_name", "last_name", "username"))


def teams_for(conversation: Conversation) -> list[Team]:
    return list(Team.objects.filter(channels=conversation.channel_id))


def _changed(conversation: Conversation) -> Conversation:
    publish_on_commit(f"channel-{conversation.channel_id}", "list", f"conversation-{conversation.pk}")
    conversation.refresh_from_db(fields=["assignee", "assigned_at", "lease_until", "team"])
    return conversation
