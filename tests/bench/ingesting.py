"""Messages per second through the real pipeline, beside the same rows by plain multi-row INSERT with the same indexes."""

import time
import uuid
from typing import Any

from django.db import connection, transaction

from channels.models import Channel
from channels.registry import CONNECTORS
from inbox import ingest

BATCH = 500
TEXT = "Wanneer wordt het gft in de Molenstraat opgehaald? De container staat er al sinds dinsdag, en hij is vol."
TABLES = (
    "channels_rawevent",
    "inbox_contact",
    "inbox_contactidentity",
    "inbox_rootpost",
    "inbox_conversation",
    "inbox_message",
    "inbox_obligation",
)


def bodies(channel: Channel, messages: int) -> list[dict[str, Any]]:
    """Webhook bodies as Facebook sends them: one comment each, four to a thread, under 50 posts, of 5,000 residents."""
    run = uuid.uuid4().hex[:10]
    made = []
    for n in range(messages):
        post = f"{channel.external_id}_{n // 4 % 50}"
        thread = f"{post}_{run}{n // 4}"
        is_first = n % 4 == 0
        made.append(
            {
                "object": "page",
                "entry": [
                    {
                        "id": channel.external_id,
                        "time": 1_790_000_000 + n,
                        "changes": [
                            {
                                "field": "feed",
                                "value": {
                                    "item": "comment",
                                    "verb": "add",
                                    "comment_id": thread if is_first else f"{thread}-{n % 4}",
                                    "parent_id": post if is_first else thread,
                                    "post_id": post,
                                    "from": {"id": f"{n % 5000}", "name": f"Fatima Inwoner {n % 5000}"},
                                    "message": f"{TEXT} ({n})",
                                    "created_time": 1_790_000_000 + n,
                                },
                            }
                        ],
                    }
                ],
            }
        )
    return made


def pipeline(channel: Channel, messages: int) -> float:
    """Messages per second from decoded webhook bodies to stored conversations with their terms."""
    made = bodies(channel, messages)
    connector = CONNECTORS[channel.platform]
    start = time.perf_counter()
    for low in range(0, messages, BATCH):
        items = [item for body in made[low : low + BATCH] for item in connector.split(body)]
        ids = ingest.store_raw(channel, items, source="webhook")
        done = ingest.ingest(channel, ids)
        assert done.messages == len(items), done
    return messages / (time.perf_counter() - start)


def raw(channel: Channel, messages: int) -> float:
    """The rows that `pipeline` just wrote, taken out and put back by multi-row INSERT, the same number at a time."""
    with connection.cursor() as cursor, transaction.atomic():
        rows = {table: _newest(cursor, table, channel, messages) for table in TABLES}
        for table in reversed(TABLES):
            _, values = rows[table]
            cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [[value[0] for value in values]])
        start = time.perf_counter()
        batches = range(0, messages, BATCH)
        for number, _low in enumerate(batches):
            for table in TABLES:
                columns, values = rows[table]
                size = -(-len(values) // len(batches))
                part = values[number * size : (number + 1) * size]
                if part:
                    marks = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(part))
                    cursor.execute(
                        f"INSERT INTO {table} ({', '.join(columns)}) VALUES {marks}",
                        [value for row in part for value in row],
                    )
        elapsed = time.perf_counter() - start
        transaction.set_rollback(True)
    return messages / elapsed


def _newest(cursor: Any, table: str, channel: Channel, messages: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    cursor.execute(
        "SELECT count(*) FROM inbox_obligation WHERE message_id > (SELECT max(id) - %s FROM inbox_message)", [messages]
    )
    terms = cursor.fetchone()[0]
    limit = {
        "inbox_obligation": terms,
        "inbox_conversation": messages // 4,
        "inbox_rootpost": 0,
        "inbox_contact": 0,
        "inbox_contactidentity": 0,
    }
    cursor.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT %s", [limit.get(table, messages)])
    columns = [column.name for column in cursor.description]
    return columns, list(reversed(cursor.fetchall()))
