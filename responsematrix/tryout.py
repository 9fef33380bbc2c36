"""Which rule would fire for a message, and why, and until when: for the box "Test een bericht". Nothing is kept."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Team
from responsematrix.expectations import fill_in
from responsematrix.explain import decision_steps, words_for_deadline, words_for_decision, words_for_moment
from responsematrix.in_force import Deadline, compile_version
from responsematrix.matching import Facts, MatchRule
from responsematrix.models import MatrixVersion, Subject
from responsematrix.refusals import Refused
from responsematrix.rows import EXPECTATIONS, TERMS
from responsematrix.tables import TEXT_LABELS, subject_names
from responsematrix.worktime import AMSTERDAM, NoOpenTime

TERM_LABELS = {
    "first_response": gettext_lazy("Eerste antwoord"),
    "next_response": gettext_lazy("Volgend antwoord"),
    "resolution": gettext_lazy("Afgehandeld"),
}


class CanNotTry(Refused):
    """The version has errors or no opening hours, so that it decides nothing yet."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A term: what it is called, when it is due, and why, in both languages. `problem` when there is never time enough."""

    label: str
    due_at: datetime | None
    words_nl: str = ""
    words_en: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tryout:
    """`recognised` are subjects with the words that hit, best first; `subject` is the one that counts."""

    recognised: list[tuple[str, tuple[str, ...]]]
    subject: str
    rule: MatchRule | None
    team: str
    reasons: list[str]  # why this rule, then why not the others
    promises: list[Promise] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)


def try_out(
    version: MatrixVersion,
    *,
    text: str,
    received_at: datetime,
    kind: str,
    platform: str,
    visibility: str = "",
    audience: str = "",
    urgency: str = "",
    subject: str | None = None,
) -> Tryout:
    """`subject` None: by the words of `text`. Raises CanNotTry."""
    try:
        compiled = compile_version(version, received_at)
    except ValueError as error:
        raise CanNotTry(_("Er staan nog fouten in de tabel. Herstel die eerst.")) from error
    if compiled is None:
        raise CanNotTry(_("De openingstijden bij deze matrix gelden nog niet."))
    found = compiled.recognise(text)
    chosen = subject if subject is not None else (found[0].subject if found else "")
    facts = Facts(
        kind=kind, platform=platform, subject=chosen, audience=audience, urgency=urgency, visibility=visibility
    )
    decision = compiled.decide(facts)
    names = subject_names()
    rule, promises, texts = decision.rule, [], []
    owner = rule.outcome.owner_team if rule else compiled.default_team
    team = Team.objects.filter(pk=owner).values_list("name", flat=True).first() if owner else None
    if rule:
        for name in TERMS:
            term = getattr(rule.outcome, name)
            if term is None:
                continue
            try:
                promises.append(_promise(name, compiled.deadline(received_at, term, rule)))
            except NoOpenTime:
                problem = _("Met deze openingstijden is er nooit tijd genoeg.")
                promises.append(Promise(str(TERM_LABELS[name]), None, problem=problem))
        texts = _texts(rule, visibility, team or "", promises, chosen)
    return Tryout(
        recognised=[(names.get(one.subject, one.subject), one.words) for one in found],
        subject=names.get(chosen, chosen),
        rule=rule,
        team=team or "",
        reasons=words_for_decision(decision_steps(decision), subjects=names),
        promises=promises,
        texts=texts,
    )


def _promise(name: str, deadline: Deadline) -> Promise:
    return Promise(
        str(TERM_LABELS[name]),
        deadline.due_at,
        words_for_deadline(deadline.steps, language="nl"),
        words_for_deadline(deadline.steps, language="en"),
    )


def _texts(rule: MatchRule, visibility: str, team: str, promises: list[Promise], subject: str) -> list[tuple[str, str]]:
    """The expectation messages as the resident would read them, for this visibility (else for both)."""
    due = next((promise.due_at for promise in promises if promise.due_at), None)
    shown = []
    for key in EXPECTATIONS:
        text = rule.outcome.expectations.get(key, "")
        if not text or due is None or visibility not in ("", key[0]):
            continue
        with translation.override(key[1]):
            values = {
                "team": team,
                "uiterlijk": words_for_moment(due.astimezone(ZoneInfo(AMSTERDAM))),
                "onderwerp": _subject_in(key[1], subject),
                "gemeente": settings.MUNICIPALITY,
            }
        shown.append((str(TEXT_LABELS[key]), fill_in(text, values)))
    return shown


def _subject_in(language: str, code: str) -> str:
    found = Subject.objects.filter(code=code).first() if code else None
    return found.local_name(language) if found else ""
