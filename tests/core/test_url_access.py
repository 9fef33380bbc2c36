"""Every address of the URLconf and every role: a route that nobody declared here makes these tests fail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role, Team, User
from channels.models import Channel, RawEvent
from core.models import Job
from inbox.models import Attachment, Conversation, Message, Notification, SavedView
from tests.factories import ConversationFactory, DeliveryFactory, MessageFactory, RootPostFactory, UserFactory
from tests.monitoring.made import whatif_of
from tests.responsematrix.small import Small, small_matrix
from tests.scripted import ScriptedConnector

HX = {"HX-Request": "true"}
WORKING = tuple(Role.values)  # every role may answer; what each may not is told per route
WHO = ("anonymous", "outsider", "reader", *WORKING)
UNKNOWN, FORBIDDEN, REFUSED = 404, 403, 422


@dataclass
class Town:
    """One of everything, on a channel of one team, and somebody in each role."""

    conversation: Conversation
    message: Message
    channel: Channel
    view: SavedView
    attachment: Attachment
    job: Job
    team: Team
    notification: Notification
    whatif: Job
    matrix: Small
    people: dict[str, User] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What a route answers, by htmx. `found` is the status for who may; outsiders and readers are told by themselves."""

    args: Callable[[Town], list[Any]] = lambda town: []
    post: dict[str, Any] | None = None  # what to send; None: it is a GET
    found: int = 200
    plain: int | None = None  # the status without htmx, where it differs
    anonymous: int = 401  # to htmx; without it the way to the sign-in page
    outsider: int = UNKNOWN
    reader: int | None = None  # sees everything, belongs to no team; None: as who may
    others: dict[str, int] = field(default_factory=dict)  # roles that get something else

    def status(self, who: str) -> int:
        known = {"anonymous": self.anonymous, "outsider": self.outsider, "reader": self.reader, **self.others}
        status = known.get(who)
        return self.found if status is None else status


def conversation(town: Town) -> list[Any]:
    return [town.conversation.pk]


def message(town: Town) -> list[Any]:
    return [town.message.pk]


def channel(town: Town) -> list[Any]:
    return [town.channel.pk]


def job(town: Town) -> list[Any]:
    return [town.job.pk]


def draft(town: Town) -> list[Any]:
    return [town.matrix.draft.pk]


def active(town: Town) -> list[Any]:
    return [town.matrix.active.pk]


def rule(town: Town) -> list[Any]:
    return [town.matrix.rule.pk]


def hours_draft(town: Town) -> list[Any]:
    return [town.matrix.hours_draft.pk]


def subject(town: Town) -> list[Any]:
    return [town.matrix.subject.pk]


OWNERS_ONLY = {"reader": UNKNOWN, "others": {role: UNKNOWN for role in WORKING if role != Role.AGENT}}
NO_MANAGERS = {Role.AGENT: FORBIDDEN, Role.EDITOR: FORBIDDEN, Role.APPROVER: FORBIDDEN}
MANAGING = {"outsider": FORBIDDEN, "others": NO_MANAGERS}
ADMINISTRATORS_OWN = MANAGING | {"reader": UNKNOWN, "others": NO_MANAGERS | {Role.MANAGER: UNKNOWN}}
MANAGERS_ONLY = {role: FORBIDDEN for role in WORKING if role != Role.ADMINISTRATOR}
DECIDES = {"args": conversation, "reader": FORBIDDEN}
OPEN_TO_ALL = {"anonymous": 200, "outsider": 200}
EVERYBODY = {"outsider": 200}  # signed in; what it shows is filtered by team
# What is in force is read by everybody in a team, a draft by who may change it.
EDIT: dict[str, Any] = {"outsider": FORBIDDEN, "others": NO_MANAGERS}
DRAFT: dict[str, Any] = {"outsider": UNKNOWN, "others": dict.fromkeys(NO_MANAGERS, UNKNOWN)}
ROUTES: dict[str, Expected] = {
    "home": Expected(found=302, outsider=302),
    "jobs": Expected(**EVERYBODY),
    "running_jobs": Expected(**EVERYBODY),
    "cancel_job": Expected(args=job, post={}, found=204, plain=302, **OWNERS_ONLY),
    "job_file": Expected(args=job, **OWNERS_ONLY),
    "health_live": Expected(**OPEN_TO_ALL),
    "health_ready": Expected(**OPEN_TO_ALL),
    "login": Expected(found=302, outsider=302, anonymous=200),
    "logout": Expected(post={}, found=302, outsider=302),
    "set_language": Expected(post={"language": "nl"}, found=302, outsider=302, anonymous=302),
    "profile": Expected(**EVERYBODY),
    "monitoring": Expected(found=302, outsider=302),
    "whatif": Expected(**MANAGING),
    "whatif_result": Expected(args=lambda town: [town.whatif.pk], **ADMINISTRATORS_OWN),
    "whatif_csv": Expected(args=lambda town: [town.whatif.pk, "teams"], **ADMINISTRATORS_OWN),
    "availability": Expected(post={"is_available": "on"}, found=302, outsider=302),
    "team_routing": Expected(
        args=lambda town: [town.team.pk],
        post={"routing": "round_robin", "max_load": "5", "lease_minutes": "60"},
        found=302,
        others={role: FORBIDDEN for role in WORKING if role not in (Role.MANAGER, Role.ADMINISTRATOR)},
    ),
    "service": Expected(**OPEN_TO_ALL),
    "service_en": Expected(**OPEN_TO_ALL),
    "api_service": Expected(**OPEN_TO_ALL),
    "openapi": Expected(**OPEN_TO_ALL),
    "api_unknown": Expected(args=lambda town: ["v1/nope"], found=404, anonymous=404, outsider=404),
    "webhook": Expected(args=lambda town: ["facebook"], post={}, found=401, anonymous=401, outsider=401),
    "channels": Expected(**EVERYBODY),
    "channel_warnings": Expected(**EVERYBODY),
    "channel_card": Expected(args=channel),
    "channel_check": Expected(args=channel, post={}, plain=302, others=MANAGERS_ONLY),
    "channel_pause": Expected(args=channel, post={}, plain=302, others=MANAGERS_ONLY),
    "channel_resume": Expected(args=channel, post={}, plain=302, others=MANAGERS_ONLY),
    "channel_expectation": Expected(
        args=lambda town: [town.channel.pk, "public"], post={"on": "1"}, plain=302, others=MANAGERS_ONLY
    ),
    "events": Expected(**EVERYBODY),
    "inbox": Expected(**EVERYBODY),
    "conversation_rows": Expected(**EVERYBODY),
    "inbox_live": Expected(**EVERYBODY),
    "outcomes": Expected(**EVERYBODY),
    "save_view": Expected(post={"name": "Ongelezen", "query": "unread=1"}, outsider=200),
    "delete_view": Expected(
        args=lambda town: [town.view.pk], post={}, reader=404, others={r: 404 for r in WORKING if r != Role.AGENT}
    ),
    "inbox_media": Expected(args=lambda town: ["attachment", town.attachment.pk]),
    "conversation": Expected(args=conversation),
    "messages": Expected(args=conversation),
    "composer": Expected(args=conversation),
    "reply": Expected(post={"mode": "reply", "text": "Morgen.", "key": str(uuid4())}, **DECIDES),
    "draft": Expected(args=conversation, post={"mode": "reply", "text": "Mor", "version": "0"}),
    "elsewhere": Expected(post={"text": "Gezegd."}, **DECIDES),
    "resolve": Expected(post={"reason": "spam"}, plain=302, **DECIDES),
    "reopen": Expected(post={}, plain=302, **DECIDES),
    "snooze": Expected(post={"preset": "hour"}, plain=302, **DECIDES),
    "wait": Expected(post={}, plain=302, **DECIDES),
    "facts": Expected(post={"urgency": "high"}, plain=302, **DECIDES),
    "claim": Expected(post={}, plain=302, **DECIDES),
    "release": Expected(post={}, found=REFUSED, **DECIDES),
    "assign": Expected(post={"to": "nobody"}, found=REFUSED, **DECIDES),
    "receivers": Expected(**DECIDES),
    "promises": Expected(args=conversation),
    "promise": Expected(post={}, found=REFUSED, **DECIDES),
    "notifications": Expected(**EVERYBODY),
    "notification_count": Expected(**EVERYBODY),
    "read_notifications": Expected(post={}, plain=302, **EVERYBODY),
    "follow_notification": Expected(args=lambda town: [town.notification.pk], post={}, found=302, **OWNERS_ONLY),
    "mark_read": Expected(args=conversation, post={}, found=204),
    "mark_unread": Expected(post={}, found=204, **DECIDES),
    "message": Expected(args=message),
    "retry": Expected(args=message, post={}, found=204, plain=302, reader=FORBIDDEN),
    "matrix": Expected(**EVERYBODY),
    "matrix_begin": Expected(post={}, plain=302, **EDIT),
    "matrix_draft": Expected(post={}, plain=302, **EDIT),
    "matrix_versions": Expected(**EVERYBODY),
    "matrix_version": Expected(args=active, **EVERYBODY),
    "matrix_difference": Expected(args=active, **EVERYBODY),
    "matrix_try": Expected(
        args=active, post={"text": "Afval", "kind": "comment", "platform": "facebook"}, outsider=200
    ),
    "matrix_import": Expected(args=draft, **DRAFT),
    "matrix_export": Expected(args=lambda town: [town.matrix.active.pk, "csv"], **EVERYBODY),
    "rule_add": Expected(args=draft, **DRAFT),
    "rule_cell": Expected(args=lambda town: [town.matrix.rule.pk, "kind"], **DRAFT),
    "rule_delete": Expected(args=rule, post={}, plain=302, **DRAFT),
    "rule_duplicate": Expected(args=rule, post={}, plain=302, **DRAFT),
    "rule_move": Expected(args=rule, post={"to": "up"}, plain=302, **DRAFT),
    "matrix_hours": Expected(**EVERYBODY),
    "calendar_add": Expected(**EDIT),
    "hours_draft": Expected(args=lambda town: [town.matrix.hours.calendar_id], post={}, plain=302, **EDIT),
    "matrix_hours_version": Expected(args=lambda town: [town.matrix.hours.pk], **EVERYBODY),
    "hours_week": Expected(args=hours_draft, **DRAFT),
    "hours_exception": Expected(args=hours_draft, **DRAFT),
    "hours_exception_delete": Expected(args=hours_draft, post={"on": "2026-12-24"}, plain=302, **DRAFT),
    "hours_holidays": Expected(args=hours_draft, post={"year": "2027"}, plain=302, **DRAFT),
    "matrix_subjects": Expected(**EVERYBODY),
    "subject_add": Expected(**EDIT),
    "subjects_try": Expected(post={"text": "afval"}, outsider=200),
    "subject": Expected(args=subject, **EDIT),
    "subject_retire": Expected(args=subject, post={}, plain=302, **EDIT),
    "activate_form": Expected(args=lambda town: ["versions", town.matrix.draft.pk], **DRAFT),
    "version_step": Expected(
        args=lambda town: ["versions", town.matrix.draft.pk, "approve"], post={}, plain=302, **DRAFT
    ),
    "settle": Expected(args=message, post={"was_sent": "1"}, found=REFUSED, plain=302, reader=FORBIDDEN),
}


def patterns(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from patterns(each, each.namespace or namespace)
        else:
            yield f"{namespace}:{each.name}" if namespace else each.name or str(each.pattern), each


ALL = dict(patterns(get_resolver()))
ADMIN = sorted(name for name in ALL if name.startswith("admin:") and name != "admin:None")  # the nameless ones redirect


@pytest.fixture
def town(
    team: Team, channel: Channel, agent: User, outsider: User, administrator: User, settings: Settings, tmp_path: Path,
    scripted: type[ScriptedConnector],
) -> Town:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.webp").write_bytes(b"RIFF")
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
        whatif=whatif_of(administrator),
        matrix=small_matrix(team=team, by=UserFactory(), approver=UserFactory()),
    )
    town.people = {"outsider": outsider, "agent": agent, "administrator": administrator}
    town.people["reader"] = UserFactory(is_superuser=True)
    for role in (Role.EDITOR, Role.APPROVER, Role.MANAGER):
        town.people[role] = UserFactory(teams=[team], teams__role=role)
    return town


def ask(town: Town, who: str, name: str, *, headers: dict[str, str] | None = None) -> int:
    """The status that `who` gets; whatever it did is undone."""
    expected = ROUTES[name]
    client = Client(raise_request_exception=True)
    if who != "anonymous":
        client.force_login(town.people[who])
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
