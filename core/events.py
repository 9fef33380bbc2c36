"""Live updates: thin events (names only) over Redis pub/sub, sent to browsers as server-sent events.

A browser that hears a name refetches through the normal view, so access rules and rendering stay in one place. Every
(re)connect starts with `refresh`, so a gap heals itself.
"""

import asyncio
import json
import random
import secrets
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import redis
import redis.asyncio
import structlog
from django.conf import settings
from django.db import connection, transaction

logger = structlog.get_logger(__name__)

PREFIX = "balie:"
STAMP = "balie-stamp:"
STAMP_SECONDS = 86_400  # of a group of which nobody hears any more
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 300.0  # then the browser connects anew: rights that were taken away end within this time
FIRST_RETRY = (500, 1500)  # ms
_publisher: redis.Redis | None = None
_losses = 0


def _client() -> redis.Redis:
    global _publisher
    if _publisher is None:
        _publisher = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    return _publisher


def publish(groups: Iterable[str], names: Iterable[str]) -> None:
    """Tell every listener of `groups` that `names` changed. A lost broker is logged, never raised: the row is the truth."""
    message = json.dumps(sorted(set(names)))
    try:
        with _client().pipeline(transaction=False) as pipeline:
            for group in sorted(set(groups)):
                pipeline.set(STAMP + group, secrets.token_hex(8), ex=STAMP_SECONDS)  # before anybody hears of it
                pipeline.publish(PREFIX + group, message)
            pipeline.execute()
    except redis.RedisError as error:
        _note_loss("events.not_published", error)


def stamps_of(groups: Iterable[str]) -> tuple[str, ...] | None:
    """Words that are others after every event of one of `groups`. Whoever reads them, and then the database, never holds something
    older than they say. None when nothing may be kept: Redis does not answer, or this is inside a transaction, in which one sees what
    nobody else does. One round trip."""
    if connection.in_atomic_block:
        return None
    keys = [STAMP + group for group in groups]
    try:
        found: Any = _client().mget(keys)
        if None in found:  # never yet, or Redis was emptied
            for key in keys:
                _client().set(key, secrets.token_hex(8), nx=True, ex=STAMP_SECONDS)
            found = _client().mget(keys)
    except redis.RedisError as error:
        _note_loss("events.no_stamp", error)
        return None
    return (str(_losses), *(word.decode() for word in found)) if None not in found else None


def _note_loss(what: str, error: redis.RedisError) -> None:
    """An event that nobody heard left no stamp either: what was kept until now is not used any more."""
    global _losses
    _losses += 1
    logger.warning(what, error=str(error))


def publish_on_commit(group: str | Iterable[str], *names: str) -> None:
    """After the transaction: `group` ("channel-3") hears that `names` ("conversation-42", "list") changed."""
    groups = [group] if isinstance(group, str) else list(group)

    # A function, not a partial: Django's robust logging needs a name.
    def tell() -> None:
        publish(groups, names)

    transaction.on_commit(tell, robust=True)


async def listen(groups: Iterable[str]) -> AsyncIterator[str]:
    """Server-sent events for one browser, until it goes away. Holds no database connection.

    Yields wire text: `event: refresh` first, then `event: changed` with a JSON list of names, and a comment as heartbeat.
    When Redis is lost: `event: lost`, then the stream ends and the browser reconnects by itself: the first time soon, so that
    a blink of the line is no news, then spread over 5 s (live.js). It also ends after LONGEST_SECONDS.
    """
    channels = [PREFIX + group for group in groups]
    yield f"retry: {random.randint(*FIRST_RETRY)}\n\n"
    client = redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=2)
    pubsub = client.pubsub()
    try:
        await pubsub.subscribe(*channels, PREFIX + "everyone")
        yield "event: refresh\ndata: []\n\n"
        until = time.monotonic() + LONGEST_SECONDS * random.uniform(0.8, 1.2)
        while time.monotonic() < until:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=HEARTBEAT_SECONDS)
            if message is None:
                yield ": alive\n\n"
            else:
                yield f"event: changed\ndata: {message['data'].decode()}\n\n"
        yield "retry: 200\n\n"  # at once: nobody needs to see this
    except redis.RedisError as error:
        _note_loss("events.lost", error)
        yield "event: lost\ndata: []\n\n"
    except asyncio.CancelledError:
        raise
    finally:
        await pubsub.aclose()
        await client.aclose()
