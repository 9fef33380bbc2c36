"""Open browsers cost no database connection: many more of them than the pool has connections, and every page still answers."""

from contextlib import ExitStack

import pytest
import requests

from tests.stack import Stack

pytestmark = pytest.mark.chaos
STREAMS = 40  # the pool of the web process holds 10


def first_lines(stream: requests.Response) -> list[str]:
    lines = []
    for line in stream.iter_lines(decode_unicode=True):
        lines.append(line)
        if line.startswith("event: refresh"):
            return lines
    return lines


def test_forty_open_streams_hold_no_database_connection(stack: Stack) -> None:
    session = stack.session()

    with ExitStack() as open_streams:
        for _number in range(STREAMS):
            stream = open_streams.enter_context(session.get(f"{stack.url}/events", stream=True, timeout=60))
            assert "event: refresh" in first_lines(stream)
        pages = [session.get(f"{stack.url}/inbox", timeout=90) for _number in range(5)]
        held = stack.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"
        )

    assert [page.status_code for page in pages] == [200] * 5
    assert held[0][0] < STREAMS
