import os
from collections.abc import Iterator

import pytest

from tests.stack import Stack, running_stack

pytestmark = pytest.mark.chaos


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """One stack for all chaos tests: each leaves it running, and what one breaks must be whole again for the next."""
    os.environ.pop("PYTEST_XDIST_WORKER", None)
    with running_stack() as running:
        yield running


@pytest.fixture(autouse=True)
def _whole_again(stack: Stack) -> Iterator[None]:
    yield
    stack.control("DELETE", "faults")
    stack.control("POST", "rates", {"factor": 1})  # the windows begin anew
