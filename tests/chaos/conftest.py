import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack import Stack, wait_for

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="session")
def one_stack() -> Iterator[Stack]:
    os.environ.pop("PYTEST_XDIST_WORKER", None)
    # Fifty requests at once wait for a connection on a slow machine, as long as it takes.
    stack = Stack(Path(tempfile.mkdtemp(prefix="balie-stack-")), DATABASE_POOL_SECONDS="60")
    for key in ("SECRET_KEY", "CREDENTIALS_KEY"):
        stack.env.pop(key, None)  # the launcher has to make its own
    try:
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(stack.folder, ignore_errors=True)


@pytest.fixture
def stack(one_stack: Stack) -> Iterator[Stack]:
    """One stack for all chaos tests, running: what one breaks must be whole again for the next, and what one ends is started."""
    if not one_stack.is_up:
        one_stack.start()
    yield one_stack
    if one_stack.is_up:
        wait_for(lambda: one_stack.control("DELETE", "faults"), message="the sandbox is back")
        one_stack.control("POST", "rates", {"factor": 1})  # the windows begin anew


@pytest.fixture
def told(stack: Stack) -> Iterator[None]:
    """The expectation message is on for public questions, on every channel; what was asked before is not told any more."""
    stack.rows("UPDATE inbox_obligation SET expectation = 'own' WHERE expectation = '' RETURNING 1")
    stack.rows("""UPDATE channels_channel SET settings = settings || '{"expectation_public": true}' RETURNING 1""")
    yield
    stack.rows("UPDATE channels_channel SET settings = settings - 'expectation_public' RETURNING 1")
