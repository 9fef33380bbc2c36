"""One running product and one Chromium for all browser tests. Every page that a test opens is watched: see browser.Eye."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import PATIENCE, Desk, running_browser
from tests.stack import Stack, running_stack, wait_for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/e2e/" in str(item.path):
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """With two days of a town's messages, so that lists scroll; nobody speaks there but the tests."""
    os.environ.pop("PYTEST_XDIST_WORKER", None)
    with running_stack(SANDBOX_SEED_DAYS="2") as running:
        wait_until_settled(running)
        yield running


def wait_until_settled(stack: Stack) -> None:
    """Until everything that the platforms hold is in the inbox, and their webhooks are accepted."""
    read = "SELECT 1 FROM channels_channel HAVING bool_and(polled_at IS NOT NULL)"
    wait_for(lambda: stack.rows(read), message="every channel was read")
    wait_for(lambda: len(stack.control("GET", "health")["webhooks_proved"]) == 3, message="webhooks proved")
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def browser(stack: Stack) -> Iterator[Browser]:
    with running_browser() as running:
        yield running


@pytest.fixture
def desk(browser: Browser, stack: Stack) -> Iterator[Desk]:
    opened = Desk(browser, stack)
    yield opened
    opened.close()
    stack.control("DELETE", "faults")
    assert not opened.eye.seen, "\n".join(opened.eye.seen)
