"""The lines between the messages: what somebody did with a conversation, in words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.models import AuditEvent, Team, User
from inbox.models import ResolveReason

ACTIVITY = {
    "conversation.resolved": gettext_noop("%(who)s handelde dit af"),
    "conversation.reopened": gettext_noop("%(who)s heropende dit"),
    "conversation.snoozed": gettext_noop("%(who)s stelde dit uit"),
    "conversation.waiting": gettext_noop("%(who)s zette dit op wachten op de inwoner"),
    "conversation.woken": gettext_noop("Dit kwam terug na uitstel"),
    "conversation.claimed": gettext_noop("%(who)s nam dit op zich"),
    "conversation.released": gettext_noop("%(who)s gaf dit terug aan de wachtrij"),
    "conversation.assigned": gettext_noop("%(who)s wees dit toe aan %(whom)s"),
    "conversation.returned": gettext_noop("%(whom)s pakte dit niet op: terug in de wachtrij"),
}
TAKEN_OVER = gettext_noop("%(who)s nam dit over van %(whom)s")
RETURNED = {
    "shift": gettext_noop("De dienst van %(whom)s is voorbij: terug in de wachtrij"),
    "away": gettext_noop("%(whom)s is afwezig: terug in de wachtrij"),
    "left": gettext_noop("%(whom)s werkt hier niet meer: terug in de wachtrij"),
}


def sentences(events: Sequence[AuditEvent]) -> list[str]:
    """One per event; needs `actor`. Names of others are looked up once, and only where there are any."""
    people = {pk for event in events if (pk := _other(event))}
    teams = {team for event in events if not event.data.get("to") and (team := event.data.get("team"))}
    names = {user.pk: user.display_name for user in User.objects.filter(pk__in=people)} if people else {}
    named_teams = dict(Team.objects.filter(pk__in=teams).values_list("pk", "name")) if teams else {}
    return [_sentence(event, names, named_teams) for event in events]


def _other(event: AuditEvent) -> int | None:
    found: int | None = event.data.get("to") or event.data.get("whom") or event.data.get("instead_of")
    return found


def _sentence(event: AuditEvent, names: dict[int, str], teams: dict[int, str]) -> str:
    text = ACTIVITY[event.action]
    whom = names.get(_other(event) or 0, "")
    if event.action == "conversation.claimed" and whom:
        text = TAKEN_OVER
    if event.action == "conversation.returned":
        text = RETURNED.get(event.data.get("reason", ""), text)
    if event.action == "conversation.assigned" and not whom:
        whom = _("team %(team)s") % {"team": teams.get(event.data.get("team") or 0, "?")}
    who = event.actor.display_name if event.actor else "Balie"
    said = _(text) % {"who": who, "whom": whom or _("een collega")}
    reason = event.data.get("reason", "")
    return f"{said}: {ResolveReason(reason).label}" if reason in ResolveReason.values else said
