"""What a conversation is about, who asks and how urgent it is, as a person says it: the matrix is asked again."""

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Now
from django.utils import timezone

from accounts.audit import record
from accounts.models import User
from core.events import publish_on_commit
from inbox.models import Conversation, Obligation, ObligationKind, ObligationState
from inbox.models.obligations import ACTIVE
from inbox.obligations import follow
from inbox.routing import teams_by_channel
from inbox.verdicts import Opening, judge
from responsematrix.in_force import at
from responsematrix.models import Subject
from responsematrix.subjects import MAXIMUM_TEXT


@transaction.atomic
def choose_facts(
    *,
    conversation: Conversation,
    by: User,
    subject: Subject | None,
    audience: str = "",
    urgency: str = "",
) -> Conversation:
    """A person says what the conversation is about, who asks and how urgent it is. What is owed now is judged again, from
    the same start; what was answered keeps its own rule."""
    locked = (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "subject")
        .get(pk=conversation.pk)
    )
    before = {
        "subject": locked.subject.code if locked.subject else "",
        "audience": locked.audience,
        "urgency": locked.urgency,
    }
    after = {"subject": subject.code if subject else "", "audience": audience, "urgency": urgency}
    if before == after and locked.is_subject_chosen:
        return locked
    locked.subject, locked.is_subject_chosen = subject, True
    locked.audience, locked.urgency = audience, urgency
    locked.save(update_fields=["subject", "is_subject_chosen", "audience", "urgency", "updated_at"])
    _judge_again(locked)
    follow({locked.pk})  # what no rule fitted before may be owed now
    locked.refresh_from_db(fields=["next_due_at", "team"])
    record("conversation.facts_chosen", locked, by=by, before=before, after=after)
    publish_on_commit(f"channel-{locked.channel_id}", "list", f"conversation-{locked.pk}")
    return locked


def _judge_again(conversation: Conversation) -> None:
    running = {
        obligation.kind: obligation
        for obligation in Obligation.objects.select_related("message").filter(
            conversation=conversation, state__in=ACTIVE
        )
    }
    for obligation in running.values():
        promises = at(obligation.started_at)
        if promises is None:
            continue
        message = obligation.message
        opening = Opening(message.pk, conversation.pk, message.kind, obligation.started_at, message.text[:MAXIMUM_TEXT])
        verdict = judge(promises, conversation, opening, subjects={})
        is_next = obligation.kind == ObligationKind.NEXT_RESPONSE
        fresh = {o.kind: o for o in verdict.obligations(conversation, opening, is_first=not is_next)}.get(
            obligation.kind
        )
        if fresh is None or obligation.state != ObligationState.OPEN:
            continue  # nothing else is promised: the term that was given stays
        Obligation.objects.filter(pk=obligation.pk).update(
            rule=fresh.rule_id, calendar_version=fresh.calendar_version_id, team=fresh.team_id, amount=fresh.amount,
            unit=fresh.unit, due_at=fresh.due_at, explanation=fresh.explanation, decision=fresh.decision,
            escalate_at=Now(), breached_at=fresh.due_at if fresh.due_at <= timezone.now() else None,
        )  # fmt: skip
        if fresh.team_id in teams_by_channel().get(conversation.channel_id, ()):
            Conversation.objects.filter(pk=conversation.pk).update(team=fresh.team_id)
    next_due_at = Obligation.objects.filter(conversation=conversation, state=ObligationState.OPEN).aggregate(
        first=Min("due_at")
    )["first"]
    Conversation.objects.filter(pk=conversation.pk).update(next_due_at=next_due_at, updated_at=Now())
