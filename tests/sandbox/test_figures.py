"""Reach, reactions and shares of a post belong to it, and only grow."""

from itertools import pairwise

from sandbox.figures import figures
from sandbox.state import State
from sandbox.world import Settings, World

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


def test_figures_grow_with_age_and_never_fall() -> None:
    state = State(":memory:")
    world = World(state, Settings(state=":memory:"))
    posts = [world.add("facebook", "post", f"Bericht {number}", at=1_000) for number in range(30)]
    ages = [0, MINUTE // 2, 2 * MINUTE, HOUR, 6 * HOUR, DAY, 3 * DAY, 300 * DAY]
    for post in posts:
        found = [figures(post, 1_000 + age) for age in ages]
        assert (found[0].reach, found[0].reactions, found[0].shares) == (0, 0, 0)
        assert found[2].reach > 0
        for before, after in pairwise(found):
            assert after.reach >= before.reach
            assert after.reactions >= before.reactions
            assert after.shares >= before.shares
        assert found[-1].reach > found[-1].reactions > found[-1].shares > 0
        assert found[-1].reach - found[-2].reach < found[-1].reach // 50
    assert len({figures(post, 1_000 + DAY).reach for post in posts}) > 20
    state.close()
