"""The terms of one conversation, each with its reasons in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from inbox.models import Conversation, Obligation
from inbox.models.obligations import ACTIVE
from responsematrix.explain import words_for_deadline, words_for_decision
from responsematrix.models import Subject

SHOWN = 6


@dataclass(frozen=True, slots=True)
class ExplainedTerm:
    """One term as a person reads it: `deadline` is a sentence, `decision` one per step."""

    obligation: Obligation
    deadline: str
    decision: list[str]


@dataclass(frozen=True, slots=True)
class Terms:
    running: list[ExplainedTerm]  # the first to end first
    ended: list[ExplainedTerm]  # newest first


def terms_of(conversation: Conversation, subjects: Sequence[Subject]) -> Terms:
    """One query; `subjects` are all of them, retired ones too: old decisions name them."""
    found = list(
        # What runs comes first, however old it is.
        Obligation.objects.filter(conversation=conversation)
        .select_related("team")
        .order_by(F("ended_at").desc(nulls_first=True), "-pk")[: SHOWN * 2]
    )
    names = {subject.code: subject.local_name() for subject in subjects}
    explained = [
        ExplainedTerm(
            obligation,
            words_for_deadline(obligation.explanation),
            words_for_decision(obligation.decision, subjects=names),
        )
        for obligation in found
    ]
    running = [term for term in explained if term.obligation.state in ACTIVE]
    return Terms(
        running=sorted(running, key=lambda term: term.obligation.due_at),
        ended=[term for term in explained if term.obligation.state not in ACTIVE][:SHOWN],
    )
