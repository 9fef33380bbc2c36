"""The whole sandbox as one ASGI application."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from sandbox import control, media, page, setup, uploads
from sandbox.accounts import FACEBOOK, LINKEDIN, TWITTER
from sandbox.faults import Faulty
from sandbox.graph.app import build as build_graph
from sandbox.linkedin.app import build as build_linkedin
from sandbox.state import State
from sandbox.town.life import Life
from sandbox.webhooks.sender import Sender
from sandbox.world import Settings, World
from sandbox.x.app import build as build_x


def build(settings: Settings) -> Starlette:
    """Opens (and on first use seeds) the state file; background work starts and ends with the server."""
    world = World(State(settings.state), settings)
    setup.prepare(world)

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        sender, life = Sender(world), Life(world)
        app.state.sender = sender
        tasks = [asyncio.create_task(sender.run()), asyncio.create_task(life.run())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            world.state.close()

    app = Starlette(
        routes=[
            Mount("/x", Faulty(build_x(world), world, TWITTER)),
            Mount("/graph", Faulty(build_graph(world), world, FACEBOOK)),
            Mount("/linkedin", Faulty(build_linkedin(world), world, LINKEDIN)),
            *control.ROUTES,
            *media.ROUTES,
            *uploads.ROUTES,
            *page.ROUTES,
        ],
        middleware=[Middleware(page.Headers)],
        lifespan=lifespan,
    )
    app.state.world = world
    app.state.sender = None
    return app
