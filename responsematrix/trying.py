""" "Test een bericht": which rule would hold for a pasted text, why, and when the answer would be due."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from responsematrix.explain import Steps, decision_steps
from responsematrix.in_force import Deadline, InForce
from responsematrix.matching import Decision, Facts
from responsematrix.rows import TERMS
from responsematrix.subjects import Recognition
from responsematrix.worktime import NoOpenTime


@dataclass(frozen=True, slots=True)
class Trial:
    """`recognised` best first; `reasons` for `explain.words_for_decision`; `deadlines` by the names of TERMS that are promised.

    `never_due` names terms for which the hours are never long enough.
    """

    recognised: list[Recognition]
    decision: Decision
    reasons: Steps
    deadlines: Mapping[str, Deadline]
    never_due: tuple[str, ...] = ()


def try_message(
    matrix: InForce,
    *,
    text: str,
    received_at: datetime,
    kind: str,
    platform: str,
    subject: str | None = None,
    audience: str = "resident",
    urgency: str = "normal",
) -> Trial:
    """What `matrix` (in force, or a draft from `compile_version`) makes of a message. Writes nothing.

    `subject` None: the best of what the text is recognised as; empty: none.
    """
    recognised = matrix.recognise(text)
    chosen = next((found for found in recognised if subject in (None, found.subject)), None)
    code = subject if subject is not None else (chosen.subject if chosen else "")
    facts = Facts(kind=kind, platform=platform, subject=code, audience=audience, urgency=urgency)
    decision = matrix.decide(facts)
    deadlines: dict[str, Deadline] = {}
    never_due: list[str] = []
    if decision.rule:
        for name in TERMS:
            term = getattr(decision.rule.outcome, name)
            if term is None:
                continue
            try:
                deadlines[name] = matrix.deadline(received_at, term, decision.rule)
            except NoOpenTime:
                never_due.append(name)
    return Trial(recognised, decision, decision_steps(decision, recognition=chosen), deadlines, tuple(never_due))
