"""What one version of the table says differently from another: rules that came, went or changed, cell by cell."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from responsematrix.models import MatrixVersion, Rule
from responsematrix.rows import EXPECTATIONS
from responsematrix.tables import CELLS, TEXT_LABELS, cell_words, read_rules, rule_words


@dataclass(frozen=True, slots=True)
class Change:
    """One cell: its head, and what it said and says (lines of words)."""

    head: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangedRule:
    words: str
    place: int
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Difference:
    added: list[ChangedRule]  # their cells as changes from nothing
    removed: list[ChangedRule]
    changed: list[ChangedRule]
    is_reordered: bool

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changed or self.is_reordered)


def difference(before: MatrixVersion, after: MatrixVersion) -> Difference:
    """Two queries. Rules with the same conditions are the same rule; of what is left, those with the same promise are."""
    old, new = read_rules(before), read_rules(after)
    rows = {rule.pk: rule.to_row() for rule in [*old, *new]}
    pairs: list[tuple[Rule, Rule]] = []
    for key in (lambda rule: rows[rule.pk].conditions, lambda rule: rows[rule.pk].promise):
        found, old, new = _pair(old, new, key)
        pairs += found
    pairs.sort(key=lambda pair: pair[1].position)
    places = [one.position for one, _other in pairs]
    changed = [
        ChangedRule(rule_words(one), other.position, changes)
        for one, other in pairs
        if (changes := _changes(one, other))
    ]
    return Difference(
        added=[ChangedRule(rule_words(rule), rule.position, _changes(None, rule)) for rule in new],
        removed=[ChangedRule(rule_words(rule), rule.position, _changes(rule, None)) for rule in old],
        changed=changed,
        is_reordered=places != sorted(places),
    )


def _pair(
    old: Iterable[Rule], new: Iterable[Rule], key: Callable[[Rule], Hashable]
) -> tuple[list[tuple[Rule, Rule]], list[Rule], list[Rule]]:
    waiting: dict[Hashable, list[Rule]] = {}
    for rule in old:
        waiting.setdefault(key(rule), []).append(rule)
    pairs, left = [], []
    for rule in new:
        same = waiting.get(key(rule))
        if same:
            pairs.append((same.pop(0), rule))
        else:
            left.append(rule)
    return pairs, sorted((rule for rules in waiting.values() for rule in rules), key=lambda rule: rule.position), left


def _changes(before: Rule | None, after: Rule | None) -> list[Change]:
    changes = []
    for column, head in CELLS.items():
        if column == "texts":
            continue
        (old, old_is_quiet), (new, new_is_quiet) = _words(before, column), _words(after, column)
        # Of a rule that came or went only what it says is worth reading.
        is_whole = before is not None and after is not None
        if old != new and (is_whole or not (old_is_quiet and new_is_quiet)):
            changes.append(Change(str(head), old, new))
    for key in EXPECTATIONS:
        name = f"expectation_{key[0]}_{key[1]}"
        was, now = (getattr(rule, name) if rule else "" for rule in (before, after))
        if was != now:
            changes.append(Change(str(TEXT_LABELS[key]), (was,) if was else (), (now,) if now else ()))
    return changes


def _words(rule: Rule | None, column: str) -> tuple[tuple[str, ...], bool]:
    return cell_words(rule, column) if rule else ((), True)
