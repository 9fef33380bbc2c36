"""What the matrix says of a resident's message, and the terms that follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from inbox.models import Conversation, Obligation, ObligationKind
from responsematrix import explain
from responsematrix.choices import Audience, Urgency
from responsematrix.in_force import InForce, at
from responsematrix.matching import Decision, Facts, Outcome
from responsematrix.models import Subject
from responsematrix.subjects import Recognition
from responsematrix.worktime import Term, WorktimeError

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opening:
    """The resident's message that nobody answered yet."""

    pk: int
    conversation_id: int
    kind: str
    sent_at: datetime
    text: str


class MatrixOfBatch:
    """What was in force at the moments of one batch: mostly one and the same, then it is looked up twice and no more."""

    def __init__(self, moments: Sequence[datetime]) -> None:
        self._first = at(min(moments))
        last = at(max(moments)) if len(set(moments)) > 1 else self._first
        # Every version is in force for one stretch of time: the same at both ends is the same in between.
        self._is_one = _identity(self._first) == _identity(last)
        self.subjects = {} if self.is_empty else dict(Subject.objects.values_list("code", "pk"))

    @property
    def is_empty(self) -> bool:
        """Nothing is promised at any of the moments."""
        return self._is_one and self._first is None

    def at(self, moment: datetime) -> InForce | None:
        return self._first if self._is_one else at(moment)


def _identity(promises: InForce | None) -> tuple[object, ...] | None:
    if promises is None:
        return None
    return promises.version, *sorted(hours.version for hours in promises.hours.values())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the matrix says of a message."""

    promises: InForce
    decision: Decision
    recognition: Recognition | None
    subject_id: int | None

    @property
    def outcome(self) -> Outcome | None:
        return self.decision.outcome

    def obligations(self, conversation: Conversation, opening: Opening, *, is_first: bool) -> list[Obligation]:
        """Not yet stored. Empty where nothing is promised, or where the promise can not be computed (logged)."""
        outcome, rule = self.outcome, self.decision.rule
        if outcome is None or rule is None:
            return []
        wanted: list[tuple[str, Term | None]] = [
            (ObligationKind.FIRST_RESPONSE, outcome.first_response)
            if is_first
            else (ObligationKind.NEXT_RESPONSE, outcome.next_response)
        ]
        if is_first:
            wanted.append((ObligationKind.RESOLUTION, outcome.resolution))
        made = []
        for kind, term in wanted:
            if term is None:
                continue
            try:
                deadline = self.promises.deadline(opening.sent_at, term, rule)
            except WorktimeError as error:
                logger.warning("obligation.not_computed", conversation=conversation.pk, rule=rule.key, error=str(error))
                continue
            made.append(
                Obligation(
                    conversation=conversation,
                    message_id=opening.pk,
                    kind=kind,
                    rule_id=rule.key,
                    calendar_version_id=deadline.calendar_version,
                    team_id=outcome.owner_team,
                    amount=term.amount,
                    unit=term.unit,
                    started_at=opening.sent_at,
                    due_at=deadline.due_at,
                    explanation=deadline.steps,
                    decision=explain.decision_steps(self.decision, recognition=self.recognition),
                )
            )
        return made


def judge(promises: InForce, conversation: Conversation, opening: Opening, *, subjects: Mapping[str, int]) -> Verdict:
    """Which rule holds for `opening`. A subject that a person chose, or that an earlier message gave, stays."""
    recognition = None
    code, subject_id = (conversation.subject.code, conversation.subject_id) if conversation.subject else ("", None)
    if not code and not conversation.is_subject_chosen:
        recognition = next(iter(promises.recognise(opening.text)), None)
        if recognition:
            code, subject_id = recognition.subject, subjects.get(recognition.subject)
    decision = promises.decide(
        Facts(
            kind=opening.kind,
            platform=conversation.channel.platform,
            subject=code,
            # Until somebody says otherwise: a resident, and no hurry.
            audience=conversation.audience or Audience.RESIDENT,
            urgency=conversation.urgency or Urgency.NORMAL,
            visibility=conversation.visibility,
        )
    )
    return Verdict(promises, decision, recognition, subject_id)
