"""Changing the table: only in a draft, one row at a time or all at once. Every change has an actor and a line in the trail."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Team, User
from responsematrix.checks import Known, check_row, errors
from responsematrix.models import Calendar, Matrix, MatrixVersion, Rule, State, Subject
from responsematrix.refusals import RowRefused
from responsematrix.rows import EXPECTATIONS, TERMS, Row
from responsematrix.versions import known_values, lock_draft, next_number, tell

# What can be set on a rule. Teams, subjects and calendars are objects or None; terms are amount and unit.
EDITABLE = frozenset(
    {
        *("kind", "platform", "subject", "audience", "urgency"),
        *("owner_team", "backup_team", "calendar", "answer_channel", "needs_approval", "steps"),
        *(f"{name}_{part}" for name in TERMS for part in ("amount", "unit")),
        *(f"expectation_{visibility}_{language}" for visibility, language in EXPECTATIONS),
    }
)


@transaction.atomic
def create_matrix(
    *, name: str, calendar: Calendar, by: User | None, is_main: bool = False, default_team: Team | None = None
) -> Matrix:
    """A matrix with an empty first draft. The main one is what messages are judged by."""
    matrix = Matrix.objects.create(name=name, calendar=calendar, is_main=is_main, default_team=default_team)
    MatrixVersion.objects.create(matrix=matrix, number=1, author=by)
    record("matrix.created", matrix, by=by, name=name)
    tell()
    return matrix


@transaction.atomic
def edit_matrix(*, matrix: Matrix, by: User, name: str, default_team: Team | None) -> Matrix:
    """Its name and who gets what no rule fits. Not versioned: neither is part of a promise."""
    locked = Matrix.objects.select_for_update(no_key=True).get(pk=matrix.pk)
    locked.name, locked.default_team = name, default_team
    locked.save(update_fields=["name", "default_team"])
    record("matrix.edited", locked, by=by, name=name, default_team=default_team.pk if default_team else None)
    tell()
    return locked


@transaction.atomic
def new_draft(*, matrix: Matrix, by: User, based_on: MatrixVersion | None = None, note: str = "") -> MatrixVersion:
    """A draft with a copy of the rules of `based_on`, else of the version that became active last, else of the newest."""
    Matrix.objects.select_for_update(no_key=True).get(pk=matrix.pk)  # two people at once get two numbers
    if based_on is None:
        versions = MatrixVersion.objects.filter(matrix=matrix)
        based_on = versions.filter(state=State.ACTIVE).order_by("-active_from").first() or versions.first()
    draft = MatrixVersion.objects.create(
        matrix=matrix,
        number=next_number(MatrixVersion, matrix=matrix),
        author=by,
        note=note[:300],
        # A draft can be thrown away; nothing may hang on it.
        based_on=based_on if based_on and not based_on.is_draft else None,
    )
    if based_on:
        rules = list(based_on.rules.all())
        for rule in rules:
            rule.pk, rule.version = None, draft
            rule._state.adding = True
        Rule.objects.bulk_create(rules)
    record("matrix.draft_begun", draft, by=by, number=draft.number, based_on=based_on.number if based_on else None)
    tell()
    return draft


@transaction.atomic
def add_rule(*, version: MatrixVersion, by: User | None, position: int | None = None, **values: Any) -> Rule:
    """A row at `position` (from 1; else at the end). Raises NotADraft, RowRefused with the cells that are wrong."""
    draft = lock_draft(version, by=by)
    rules = list(draft.rules.all())
    rule = Rule(version=draft, position=len(rules) + 1)
    _set(rule, values)
    _refuse_errors(rule.to_row(), known_values())
    rule.save()
    if position is not None:
        rules.insert(min(max(position, 1), len(rules) + 1) - 1, rule)
        _number(rules)
    record("rule.added", rule, by=by, version=draft.number, position=rule.position)
    tell()
    return rule


@transaction.atomic
def edit_rule(*, rule: Rule, by: User, **values: Any) -> Rule:
    """Change cells of one row (see EDITABLE). Raises NotADraft, RowRefused; then the row is as it was."""
    draft = lock_draft(rule.version, by=by)
    locked = Rule.objects.select_related("subject").get(pk=rule.pk, version=draft)
    before = {name: _plain(locked, name) for name in values if name in EDITABLE}
    _set(locked, values)
    _refuse_errors(locked.to_row(), known_values())
    locked.save()
    after = {name: _plain(locked, name) for name in before}
    changed = {name: [before[name], after[name]] for name in before if before[name] != after[name]}
    record("rule.edited", locked, by=by, version=draft.number, position=locked.position, changed=changed)
    tell()
    return locked


@transaction.atomic
def delete_rule(*, rule: Rule, by: User) -> None:
    draft = lock_draft(rule.version, by=by)
    record("rule.deleted", rule, by=by, version=draft.number, position=rule.position)
    draft.rules.filter(pk=rule.pk).delete()
    _number(list(draft.rules.all()))
    tell()


@transaction.atomic
def move_rule(*, rule: Rule, position: int, by: User) -> None:
    """To `position` (from 1); the others make room."""
    draft = lock_draft(rule.version, by=by)
    rules = [other for other in draft.rules.all() if other.pk != rule.pk]
    moved = draft.rules.get(pk=rule.pk)
    rules.insert(min(max(position, 1), len(rules) + 1) - 1, moved)
    _number(rules)
    record("rule.moved", moved, by=by, version=draft.number, position=moved.position)
    tell()


@transaction.atomic
def reorder_rules(*, version: MatrixVersion, order: Sequence[int], by: User) -> None:
    """Primary keys in their new order. Raises ValueError unless they are exactly the rules of the draft."""
    draft = lock_draft(version, by=by)
    rules = {rule.pk: rule for rule in draft.rules.all()}
    if sorted(order) != sorted(rules):
        raise ValueError(_("De tabel is intussen veranderd. Ververs de pagina."))
    _number([rules[pk] for pk in order])
    record("matrix.reordered", draft, by=by, number=draft.number)
    tell()


@transaction.atomic
def replace_rules(*, version: MatrixVersion, rows: Iterable[Row], by: User | None) -> int:
    """The whole table anew, for imports. Raises NotADraft, RowRefused for the first row with an error. Returns how many."""
    draft = lock_draft(version, by=by)
    known = known_values()
    subjects = {subject.code: subject for subject in Subject.objects.all()}
    made = []
    for place, row in enumerate(rows, 1):
        _refuse_errors(row, known)
        made.append(rule_of(row, draft, place, subjects))
    draft.rules.all().delete()
    Rule.objects.bulk_create(made)
    record("matrix.replaced", draft, by=by, number=draft.number, rules=len(made))
    tell()
    return len(made)


def rule_of(row: Row, version: MatrixVersion, place: int, subjects: Mapping[str, Subject]) -> Rule:
    """An unsaved rule with the content of a row that passed the checks."""
    assert row.owner_team is not None
    rule = Rule(
        version=version,
        position=place,
        kind=row.kind,
        platform=row.platform,
        subject=subjects[row.subject] if row.subject else None,
        audience=row.audience,
        urgency=row.urgency,
        owner_team_id=row.owner_team,
        backup_team_id=row.backup_team,
        calendar_id=row.calendar,
        answer_channel=row.answer_channel,
        needs_approval=row.needs_approval,
        steps=[[percent, to] for percent, to in row.steps],
    )
    for name in TERMS:
        amount, unit = getattr(row, name) or (None, "")
        setattr(rule, f"{name}_amount", amount)
        setattr(rule, f"{name}_unit", unit)
    for visibility, language in EXPECTATIONS:
        setattr(rule, f"expectation_{visibility}_{language}", row.expectations.get((visibility, language), ""))
    return rule


def _set(rule: Rule, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if name not in EDITABLE:
            raise TypeError(f"a rule has no {name!r} to change")
        setattr(rule, name, value)
    for name in TERMS:
        # An amount taken away takes its unit along: half a term does not exist.
        if getattr(rule, f"{name}_amount") is None:
            setattr(rule, f"{name}_unit", "")


def _refuse_errors(row: Row, known: Known) -> None:
    if found := errors(check_row(row, known)):
        raise RowRefused(found)


def _plain(rule: Rule, name: str) -> Any:
    """For the trail: keys instead of objects, and of texts only how long they are."""
    value = getattr(rule, name)
    if name.startswith("expectation_"):
        return len(value)
    return value.pk if hasattr(value, "pk") else value


def _number(rules: Sequence[Rule]) -> None:
    """Positions 1, 2, 3 … in the order given; writes only what moved."""
    moved = []
    for position, rule in enumerate(rules, 1):
        if rule.position != position:
            rule.position = position
            moved.append(rule)
    Rule.objects.bulk_update(moved, ["position"])
