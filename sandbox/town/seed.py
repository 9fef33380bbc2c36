from sandbox.world import World


def seed(world: World, days: int) -> None:
    return
