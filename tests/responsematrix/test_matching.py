"""Which rule holds: the most specific one, always the same, and with reasons."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from responsematrix.matching import COLUMNS, Facts, Matcher, MatchRule, Outcome, decide, order_of

VALUES = {
    "urgency": ("normal", "high"),
    "audience": ("resident", "press"),
    "subject": ("waste", "parking", "roads"),
    "kind": ("mention", "direct_message"),
    "platform": ("twitter", "facebook"),
}
TEAM = Outcome(owner_team=1)


def rule(key: int, **conditions: str) -> MatchRule:
    return MatchRule(key=key, position=key, outcome=TEAM, **conditions)


CONDITIONS = st.fixed_dictionaries({column: st.sampled_from(("", *VALUES[column])) for column in COLUMNS})
RULES = st.lists(CONDITIONS, max_size=30).map(lambda found: [rule(key, **one) for key, one in enumerate(found)])
FACTS = CONDITIONS.map(lambda known: Facts(**known))


@settings(deadline=None)
@given(RULES, FACTS)
def test_the_compiled_matcher_agrees_with_trying_every_rule(rules, facts):
    decision = Matcher(rules).decide(facts)

    expected = sorted((one for one in rules if one.fits(facts)), key=order_of)
    assert list(decision.fitting) == expected
    assert decision.rule == (expected[0] if expected else None)


@settings(deadline=None)
@given(RULES, FACTS, st.randoms())
def test_the_order_in_which_rules_are_read_changes_nothing(rules, facts, chance):
    shuffled = rules.copy()
    chance.shuffle(shuffled)

    assert decide(facts, shuffled) == decide(facts, rules)


@settings(deadline=None)
@given(RULES, FACTS)
def test_a_rule_that_says_more_beats_the_rule_that_it_extends(rules, facts):
    winner = decide(facts, rules).rule

    for other in rules:
        is_extension = winner is not None and set(winner.filled) < set(other.filled)
        assert not (is_extension and other.fits(facts))


@pytest.mark.parametrize(
    ("winner", "loser", "column"),
    [
        ({"urgency": "high"}, {"subject": "waste", "kind": "mention", "platform": "twitter"}, "urgency"),
        ({"audience": "press"}, {"subject": "waste"}, "audience"),
        ({"subject": "waste"}, {"kind": "mention", "platform": "twitter"}, "subject"),
        ({"kind": "mention"}, {"platform": "twitter"}, "kind"),
        ({"platform": "twitter"}, {}, "platform"),
        ({"subject": "waste", "platform": "twitter"}, {"subject": "waste"}, "platform"),
    ],
)
def test_the_heaviest_column_decides_and_is_named(winner, loser, column):
    facts = Facts(kind="mention", platform="twitter", subject="waste", audience="press", urgency="high")

    decision = decide(facts, [rule(1, **loser), rule(2, **winner)])

    assert decision.rule.key == 2
    assert [(lost.rule.key, lost.column) for lost in decision.lost] == [(1, column)]


def test_between_two_equal_rules_the_upper_one_wins():
    lower, upper = replace(rule(1, subject="waste"), position=9), replace(rule(2, subject="waste"), position=3)

    decision = decide(Facts(kind="mention", platform="twitter", subject="waste"), [lower, upper])

    assert decision.rule == upper
    assert decision.lost[0].column == ""


def test_a_gap_is_no_rule():
    decision = decide(Facts(kind="mention", platform="linkedin"), [rule(1, platform="twitter")])

    assert (decision.rule, decision.outcome, decision.lost) == (None, None, ())


def test_what_is_not_known_fits_only_what_is_left_open():
    rules = [rule(1, subject="waste"), rule(2, audience="press"), rule(3)]

    assert decide(Facts(kind="mention", platform="twitter"), rules).rule.key == 3


def test_public_or_private_does_not_change_the_rule():
    rules = [rule(1, subject="waste"), rule(2)]
    facts = Facts(kind="comment", platform="facebook", subject="waste")

    assert decide(replace(facts, visibility="public"), rules).rule == decide(facts, rules).rule


def test_a_thousand_rules_are_no_slower_to_understand():
    chance = random.Random(3)
    rules = [rule(key, **{column: chance.choice(("", *VALUES[column])) for column in COLUMNS}) for key in range(1_000)]

    decision = Matcher(rules).decide(Facts(kind="mention", platform="twitter", subject="waste", urgency="high"))

    assert decision.fitting == tuple(sorted(decision.fitting, key=order_of))
