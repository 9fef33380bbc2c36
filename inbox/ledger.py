"""The promise ledger, kept in step with the terms that the promises are about."""

from collections.abc import Collection

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from core.events import publish_on_commit
from inbox.models import Message, Promise, PromiseState


def keep_promises(obligations: Collection[int]) -> None:
    """What was promised for these terms is kept, broken, fell away or runs: computed from where each term and its message
    stand, so that running it again changes nothing. One statement."""
    if not obligations:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE inbox_promise p SET state = s.state, ended_at = s.ended_at
               FROM (SELECT p.id,
                            CASE WHEN NOT is_told OR o.state = 'waived' THEN 'lapsed'
                                 WHEN o.state = 'met' AND o.ended_at <= p.promised_for THEN 'kept'
                                 WHEN o.state = 'met' OR p.promised_for <= now() THEN 'broken'
                                 ELSE 'open' END AS state,
                            CASE WHEN NOT is_told THEN COALESCE(d.finished_at, now())
                                 WHEN o.state = 'waived' OR o.ended_at <= p.promised_for THEN o.ended_at
                                 WHEN o.state = 'met' OR p.promised_for <= now() THEN p.promised_for END AS ended_at
                     FROM inbox_promise p
                         JOIN inbox_obligation o ON o.id = p.obligation_id
                         JOIN inbox_message m ON m.id = p.message_id
                         LEFT JOIN channels_delivery d ON d.id = m.delivery_id
                         CROSS JOIN LATERAL (SELECT COALESCE(d.state, 'sent') NOT IN ('failed', 'cancelled') AS is_told) told
                     WHERE p.obligation_id = ANY(%s) AND p.state <> 'superseded') s
               WHERE p.id = s.id AND p.state <> s.state""",
            [list(obligations)],
        )


def follow_message(message: Message) -> None:
    """The message that made a promise was sent or was not: what never arrived promises nothing, and then the promise that it
    replaced holds again."""
    promise = Promise.objects.select_for_update(of=("self",), no_key=True).filter(message=message).first()
    if promise is None:
        return
    keep_promises([promise.obligation_id])
    promise.refresh_from_db(fields=["state"])
    if promise.state == PromiseState.LAPSED:
        earlier = Promise.objects.filter(
            obligation=promise.obligation_id, state=PromiseState.SUPERSEDED, pk__lt=promise.pk
        )
        pk = earlier.order_by("-pk").values_list("pk", flat=True).first()
        is_replaced = Promise.objects.filter(obligation=promise.obligation_id, state=PromiseState.OPEN).exists()
        if pk is not None and not is_replaced:
            Promise.objects.filter(pk=pk).update(state=PromiseState.OPEN, ended_at=None)
            keep_promises([promise.obligation_id])


@transaction.atomic
def mark_broken() -> int:
    """Promises whose moment passed unanswered, also those that ran longer than their term. Returns how many."""
    passed = list(
        Promise.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .filter(state=PromiseState.OPEN, promised_for__lte=Now())
        .order_by("promised_for")
        .values_list("pk", "obligation__conversation", "obligation__conversation__channel")[:1000]
    )
    Promise.objects.filter(pk__in=[pk for pk, _, _ in passed]).update(
        state=PromiseState.BROKEN, ended_at=F("promised_for")
    )
    for _pk, conversation, channel in passed:
        publish_on_commit(f"channel-{channel}", f"conversation-{conversation}")
    return len(passed)
