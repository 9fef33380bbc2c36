"""What a view reads among very many conversations, as PostgreSQL plans it: always from an index."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inbox.listing import Filter, page
from tests.factories import ConversationFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("view", ["open", "mine", "snoozed", "all"])
def test_the_longest_waiting_are_read_from_one_index_in_every_view(agent, channel, view):
    ConversationFactory(channel=channel)
    with connection.cursor() as cursor:
        # So that the plan is the one of a large table.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")

    with CaptureQueriesContext(connection) as captured:
        page(agent, Filter(view=view, sort="waiting"))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + captured.captured_queries[-1]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "conversation_waits" in plan


@pytest.mark.parametrize("view", ["resolved", "all"])
def test_the_unread_among_very_many_are_read_from_an_index(agent, channel, view):
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO inbox_conversation (channel_id, thread_id, kind, visibility, status, resolve_reason, preview,
                   is_preview_ours, message_count, unread_count, last_message_at, created_at, updated_at)
               SELECT %s, 'many-' || n, 'comment', 'public', 'resolved', '', '', false, 1, 0, now() - n * interval '1 min', now(), now()
               FROM generate_series(1, 3000) n""",
            [channel.pk],
        )
        cursor.execute("ANALYZE inbox_conversation")

    with CaptureQueriesContext(connection) as captured:
        page(agent, Filter(view=view, unread=True))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN " + captured.captured_queries[-1]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "conversation_unread" in plan
