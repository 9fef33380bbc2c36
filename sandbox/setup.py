"""A sandbox at its beginning: tokens as printed, a town of as many days as asked."""

from sandbox.accounts import CREDENTIALS, FACEBOOK, PLATFORMS
from sandbox.ids import now_ms
from sandbox.state import State
from sandbox.town.seed import seed
from sandbox.world import World


def prepare(world: World) -> None:
    """On every start: seed what was never seeded, leave the rest alone."""
    if world.state.setting("begun") is None:
        reset(world, world.settings.seed_days)


def reset(world: World, seed_days: int) -> None:
    """Forget everything and begin anew."""
    state = world.state
    with state.writing():
        pace = state.setting("pace", world.settings.pace)
        state.empty()
        state.set("begun", now_ms())
        state.set("pace", pace)
        for platform in PLATFORMS:
            restore_tokens(state, platform)
        seed(world, seed_days)


def restore_tokens(state: State, platform: str) -> None:
    """The tokens that `credentials` prints work again. The first access token has no end of its own."""
    own = CREDENTIALS[platform]
    kinds = {"access": own["access_token"], "refresh": own.get("refresh_token", "")}
    for kind, token in kinds.items():
        if token:
            state.run(
                "INSERT OR REPLACE INTO tokens (token, platform, kind, expires, revoked) VALUES (?, ?, ?, 0, 0)",
                token, platform, "page" if platform == FACEBOOK else kind,
            )  # fmt: skip
