import asyncio

from sandbox.world import World


class Life:
    def __init__(self, world: World) -> None:
        self.world = world

    async def run(self) -> None:
        await asyncio.Event().wait()
