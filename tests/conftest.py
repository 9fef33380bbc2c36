"""Fixtures that several folders share. The database and Redis are real: see tests/servers.py."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import TestCase, TransactionTestCase
from django.utils import timezone, translation
from pytest_django import DjangoDbBlocker

from accounts.models import Role, Team, User
from channels.models import Channel
from channels.registry import CONNECTORS
from config.settings import redis_database
from tests.factories import ChannelFactory, TeamFactory, UserFactory
from tests.scripted import ScriptedConnector

# What migrations and Django itself put there stays: these tables say what models there are.
EMPTY = """
DO $$
DECLARE name text;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN
        SELECT tablename FROM pg_tables WHERE schemaname = 'public'
            AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$
"""


def empty_the_database(case: TransactionTestCase) -> None:
    """After a test with transactions of its own. To truncate sixty tables takes a hundred times longer than this."""
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)


def pytest_configure() -> None:
    TransactionTestCase._fixture_teardown = empty_the_database
    # The same algorithm, made cheap: what it costs to guess a password is no matter of ours.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 64, 1
    # Else each client of each test reads through all static files first: a third of the time of a page's test.
    settings.WHITENOISE_AUTOREFRESH = True
    # What one worker clears is not what another has just kept.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    settings.CACHES["default"]["LOCATION"] = redis_database(settings.REDIS_URL, 4 + int(worker) % 8)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """In a run of tests/run.py migrations are run once; each worker copies what they made. Without one it runs them itself,
    and says what is wrong with them."""
    if "TEMPLATE_TOLD" in os.environ:
        told = Path(os.environ["TEMPLATE_TOLD"])
        while not told.exists():
            time.sleep(0.05)
        settings.DATABASES["default"].setdefault("TEST", {})["TEMPLATE"] = told.read_text() or None


def pytest_collection_finish() -> None:
    """All that was imported stays until the end: to look for garbage in it again and again is a good part of the work."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="module")
def module_db(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """`with module_db():` makes what all tests of a module share: it is made once, and undone after the last of them."""
    with django_db_blocker.unblock():
        atomics = TestCase._enter_atomics()
    yield django_db_blocker.unblock
    with django_db_blocker.unblock():
        TestCase._rollback_atomics(atomics)


@pytest.fixture
def team(db: None) -> Team:
    return TeamFactory(name="Webcare")


@pytest.fixture
def agent(team: Team) -> User:
    return UserFactory(username="sanne", teams=[team])


@pytest.fixture
def administrator(team: Team) -> User:
    return UserFactory(username="bea", teams=[team], teams__role=Role.ADMINISTRATOR)


@pytest.fixture
def outsider(db: None) -> User:
    """Signs in, belongs to another team, and must see nothing of ours."""
    return UserFactory(username="buiten", teams=[TeamFactory(name="Elders")])


@pytest.fixture
def channel(team: Team) -> Channel:
    return ChannelFactory(teams=[team])


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ScriptedConnector]]:
    """Facebook's place is taken by a connector that does what the test says; everything around it is real."""
    monkeypatch.setitem(CONNECTORS, "facebook", ScriptedConnector)
    ScriptedConnector.begin()
    yield ScriptedConnector
    ScriptedConnector.begin()


@pytest.fixture
def one_moment() -> Iterator[None]:
    """The clock stands still: no midnight passes between the day that a test reckons with and the page that it asks for."""
    with time_machine.travel(timezone.now(), tick=False):
        yield


@pytest.fixture(autouse=True)
def _in_dutch() -> None:
    """A page in another language leaves its thread in that language."""
    translation.activate("nl")


@pytest.fixture(autouse=True)
def _clean_cache(request: pytest.FixtureRequest) -> None:
    if "db" in request.fixturenames:
        cache.clear()
