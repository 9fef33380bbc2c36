"""Every address of the URLconf and every role: a route that nobody declared here makes these tests fail."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role, Team, User
from channels.models import Channel, RawEvent
from core.models import Job
from inbox.models import Attachment, Notification, SavedView
from tests.calendar_app.made import planned
from tests.calendar_app.routes import CALENDAR_ROUTES
from tests.core.routes import HX, WHO, Town
from tests.core.routes import ROUTES as OTHER_ROUTES
from tests.factories import (
    ChannelFactory,
    ConversationFactory,
    DeliveryFactory,
    MessageFactory,
    RootPostFactory,
    TeamFactory,
    UserFactory,
)
from tests.monitoring.made import whatif_of
from tests.responsematrix.small import small_matrix
from tests.scripted import ScriptedConnector

ROUTES = {**OTHER_ROUTES, **CALENDAR_ROUTES}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, each.namespace or namespace)
        else:
            yield f"{namespace}:{each.name}" if namespace else each.name or str(each.pattern), each


ALL = dict(patterns(get_resolver()))
ADMIN = sorted(name for name in ALL if name.startswith("admin:") and name != "admin:None")  # the nameless ones redirect


def build_town(team: Team) -> Town:
    """One of everything, and one person of each kind, signed in."""
    channel, outsider = ChannelFactory(teams=[team]), UserFactory(teams=[TeamFactory(name="Elders")])
    people = {"outsider": outsider, "reader": UserFactory(is_superuser=True)}
    people |= {role: UserFactory(teams=[team], teams__role=role) for role in Role.values}
    agent = people["agent"]
    found = ConversationFactory(channel=channel, root=RootPostFactory(channel=channel))
    MessageFactory(conversation=found)
    delivery = DeliveryFactory(channel=channel, state="failed", error="geweigerd")
    failed = MessageFactory(conversation=found, direction="out", external_id=None, delivery=delivery, sent_by=agent)
    RawEvent.objects.create(channel=channel, platform="facebook", event_id="1", source="poll", body="{}", state="new")
    town = Town(
        conversation=found,
        message=failed,
        channel=channel,
        team=team,
        view=SavedView.objects.create(name="Van ons", owner=agent, team=team, query=""),
        attachment=Attachment.objects.create(message=failed, kind="image", state="stored", file="a.webp"),
        job=Job.objects.create(owner=agent, kind="test", title="Rapport", file="a.webp", file_name="rapport.csv"),
        notification=Notification.objects.create(user=agent, kind="assigned", conversation=found),
        whatif=whatif_of(people["administrator"]),
        matrix=small_matrix(team=team, by=UserFactory(), approver=UserFactory()),
        planned=planned(channel, owner=agent),
        people=people,
    )
    for who, person in people.items():
        client = Client()
        client.force_login(person)
        town.cookies[who] = client.cookies
    return town


@pytest.fixture(scope="module")
def built(module_db: Callable[[], AbstractContextManager[None]]) -> Town:
    with module_db():
        return build_town(TeamFactory(name="Webcare"))


@pytest.fixture
def town(built: Town, db: None, settings: Settings, tmp_path: Path, scripted: type[ScriptedConnector]) -> Town:
    """A copy of what was built once; what happens to its rows is undone after each test, as everywhere."""
    town = deepcopy(built)
    settings.MEDIA_ROOT = tmp_path
    for file in ("a.webp", town.planned.picture.file, town.planned.picture.thumbnail):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_bytes(b"RIFF")
    return town


def ask(town: Town, who: str, name: str, *, headers: dict[str, str] | None = None) -> int:
    """The status that `who` gets; whatever it did is undone."""
    expected = ROUTES[name]
    client = Client(raise_request_exception=True)
    if who != "anonymous":
        client.cookies = deepcopy(town.cookies[who])
    url = reverse(name, args=expected.args(town))
    with transaction.atomic():
        if expected.post is None:
            status = client.get(url, headers=headers).status_code
        else:
            status = client.post(url, expected.post, headers=headers).status_code
        transaction.set_rollback(True)
    return status


def test_every_route_is_declared_and_every_declaration_is_a_route() -> None:
    assert {name for name in ALL if not name.startswith("admin:")} == set(ROUTES)


@pytest.mark.parametrize("name", [name for name in ROUTES if name != "events"])  # a stream: see test_shell.py
def test_each_role_gets_what_is_declared(town: Town, name: str) -> None:
    expected = ROUTES[name]

    assert {who: ask(town, who, name, headers=HX) for who in WHO} == {who: expected.status(who) for who in WHO}
    may = next(who for who in ("agent", "administrator") if expected.status(who) == expected.found)
    assert ask(town, may, name) == (expected.plain or expected.found)


def test_who_is_not_signed_in_is_shown_the_door(client: Client, town: Town) -> None:
    for name, expected in ROUTES.items():
        if expected.anonymous != 401 or name in {"webhook", "events"}:
            continue
        url = reverse(name, args=expected.args(town))
        response = client.get(url) if expected.post is None else client.post(url, expected.post)
        assert (response.status_code, response.headers["Location"].split("?")[0]) == (302, reverse("login")), name
    assert ask(town, "anonymous", "events") == 401


def test_what_changes_something_takes_a_token(town: Town) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(town.people["administrator"])
    before = snapshot()

    for name, expected in ROUTES.items():
        if expected.post is not None and name != "webhook":  # signed by the platform instead
            assert client.post(reverse(name, args=expected.args(town)), expected.post).status_code == 403, name
    assert snapshot() == before


def test_numbers_that_no_database_holds_are_not_found(client: Client, town: Town) -> None:
    client.force_login(town.people["administrator"])

    for name, expected in ROUTES.items():
        args = expected.args(town)
        if args and isinstance(args[-1], int):
            url = reverse(name, args=[*args[:-1], 10**40])
            response = client.get(url) if expected.post is None else client.post(url, expected.post)
            assert response.status_code == 404, name


# -- admin -----------------------------------------------------------------------------------------------------------------------


def admin_url(name: str) -> str:
    """With the id of a person and a channel that are there; of what is not, an id of nothing."""
    keys = ALL[name].pattern.regex.groupindex
    there: Channel | User | None = None
    if name.startswith("admin:channels_channel_"):
        there = Channel.objects.get()
    elif "user" in name:
        there = User.objects.first()
    known = {"app_label": "channels", "queue_index": "0", "content_type_id": "0"}
    return reverse(name, kwargs={key: known.get(key, str(there.pk if there else 1)) for key in keys})


@pytest.mark.parametrize("who", ["agent", "administrator", "reader"])  # a right is no membership of the staff
def test_nobody_who_is_no_staff_comes_into_the_admin(client: Client, town: Town, who: str) -> None:
    for name in ADMIN:
        assert client.get(admin_url(name)).status_code in {302, 401, 404} or name == "admin:login"
    client.force_login(town.people[who])
    for name in ADMIN:
        if name in {"admin:login", "admin:logout"}:
            continue
        response = client.get(admin_url(name))
        assert response.status_code in {302, 401, 404}, name
        if response.status_code == 302:
            assert response.headers["Location"].startswith(f"{reverse('admin:login')}?next="), name


# -- reading changes nothing -----------------------------------------------------------------------------------------------------


def snapshot() -> dict[str, str]:
    """Everything in the database, as one fingerprint per table; sessions are no content."""
    tables = set(connection.introspection.table_names()) - {"django_session"}
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(tables):
            cursor.execute(f'SELECT count(*) || md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            found[table] = cursor.fetchone()[0]
    return found


def test_following_every_link_changes_nothing(client: Client, town: Town) -> None:
    everything = town.people["administrator"]
    User.objects.filter(pk=everything.pk).update(is_staff=True, is_superuser=True, last_login=timezone.now())
    everything.refresh_from_db()
    client.force_login(everything)
    before = snapshot()

    statuses = {}
    for name in set(ROUTES) - {"events"}:
        url = reverse(name, args=ROUTES[name].args(town))
        for headers in ({}, HX, {"Purpose": "prefetch", "X-HTTP-Method-Override": "DELETE"}):
            statuses[name] = client.get(url, {"_method": "POST", "was_sent": "1"}, headers=headers).status_code
            client.head(url, headers=headers)
            client.options(url, headers=headers)
    for name in ADMIN:
        if name != "admin:logout":  # signing out is no reading
            statuses[name] = client.get(admin_url(name)).status_code

    assert snapshot() == before
    assert {name: status for name, status in statuses.items() if status >= 500} == {}
    assert {name for name, status in statuses.items() if status == 405} == {
        name for name, expected in ROUTES.items() if expected.post is not None and name != "webhook"
    }
