"""X API v2 as one ASGI app; mounted at /x, so the paths below start at /2."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import json_answer, x_problem
from sandbox.world import World
from sandbox.x import admin, messages, oauth, pictures, reading, writing


async def _unknown(request: Request, error: Exception) -> Response:
    return json_answer(x_problem(404, "Not Found", "Not Found"), 404)


def build(world: World) -> Starlette:
    app = Starlette(
        routes=[
            Route("/2/oauth2/token", oauth.token, methods=["POST"]),
            Route("/2/oauth2/revoke", oauth.revoke, methods=["POST"]),
            Route("/2/users/me", reading.me),
            Route("/2/users/by/username/{username}", reading.user_by_name),
            Route("/2/users/{id}", reading.user_by_id),
            Route("/2/users/{id}/mentions", reading.mentions),
            Route("/2/users/{id}/tweets", reading.timeline),
            Route("/2/tweets/search/recent", reading.search_recent),
            Route("/2/tweets", reading.many_posts, methods=["GET"]),
            Route("/2/tweets", writing.create, methods=["POST"]),
            Route("/2/tweets/{id}", reading.one_post, methods=["GET"]),
            Route("/2/tweets/{id}", writing.delete, methods=["DELETE"]),
            Route("/2/tweets/{id}/hidden", writing.hide, methods=["PUT"]),
            Route("/2/media/upload", pictures.upload, methods=["POST"]),
            Route("/2/media/metadata", pictures.describe, methods=["POST"]),
            Route("/2/dm_events", messages.all_events),
            Route("/2/dm_events/{id}", messages.one_event),
            Route("/2/dm_conversations/with/{participant}/dm_events", messages.events_with),
            Route("/2/dm_conversations/with/{participant}/messages", messages.send_with, methods=["POST"]),
            Route("/2/dm_conversations/{id}/dm_events", messages.events_of),
            Route("/2/dm_conversations/{id}/messages", messages.send_in, methods=["POST"]),
            Route("/2/usage/tweets", admin.usage),
            Route("/2/webhooks", admin.webhooks, methods=["GET", "POST"]),
            Route("/2/webhooks/{id}", admin.webhook, methods=["PUT", "DELETE"]),
            Route("/2/activity/subscriptions", admin.subscriptions, methods=["GET", "POST"]),
            Route("/2/activity/subscriptions/{id}", admin.unsubscribe, methods=["DELETE"]),
        ],
        exception_handlers={404: _unknown, 405: _unknown},
    )
    app.state.world = world
    return app
