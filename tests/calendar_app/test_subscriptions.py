"""Calendars of others, over a real socket: they come in, follow what changes, and when they break we keep what we had."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AuditEvent, Role, Team, User
from calendar_app import subscriptions
from calendar_app.models import CalendarEvent, Subscription
from calendar_app.subscriptions import (
    LONGEST_WAIT,
    SubscriptionRefused,
    as_https,
    due_subscriptions,
    fetch,
    fetch_now,
    resume,
    stop,
    subscribe,
    unsubscribe,
)
from tests.calendar_app.calendars import vcalendar, vevent
from tests.channels.hostile_server import HostileServer, answer, hostile_server
from tests.factories import UserFactory

ICS = "text/calendar"


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)


@pytest.fixture
def server(settings: Settings) -> Iterator[HostileServer]:
    with hostile_server() as running:
        settings.CALENDAR_PRIVATE_HOSTS = frozenset({running.netloc})
        yield running


@pytest.fixture
def followed(editor: User, server: HostileServer) -> Subscription:
    return subscribe(by=editor, name="Theater", url=f"{server.url}/a.ics", kind="market")


def day(days: int) -> str:
    return f";VALUE=DATE:{timezone.localdate() + timedelta(days=days):%Y%m%d}"


def serve(server: HostileServer, *events: str, **headers: str) -> None:
    server.on["/a.ics"] = answer(vcalendar(*events), content_type=ICS, **headers)


def again(followed: Subscription) -> bool:
    Subscription.objects.update(next_fetch_at=None)
    return fetch(followed.pk)


def titles() -> set[str]:
    return set(CalendarEvent.objects.values_list("title", flat=True))


def test_what_changes_there_changes_here(server: HostileServer, followed: Subscription) -> None:
    serve(server, vevent("1", day(3), "Hamlet"), vevent("2", day(4), "Macbeth"))
    assert fetch(followed.pk)
    first = {event.uid: event.pk for event in CalendarEvent.objects.all()}
    serve(server, vevent("1", day(5), "Hamlet (verplaatst)"), vevent("3", day(6), "Lear"))
    assert again(followed)

    assert titles() == {"Hamlet (verplaatst)", "Lear"}
    event = CalendarEvent.objects.get(uid="1")
    assert (event.pk, event.kind) == (first["1"], "market")
    assert event.starts_on == timezone.localdate() + timedelta(days=5)
    followed.refresh_from_db()
    assert (followed.failures, followed.error_code) == (0, "")


def test_what_is_longer_ago_than_we_look_back_stays(server: HostileServer, followed: Subscription) -> None:
    on = timezone.localdate() - timedelta(days=90)
    CalendarEvent.objects.create(subscription=followed, uid="0", title="Toen", starts_on=on, ends_on=on)
    serve(server, vevent("1", day(3), "Hamlet"))
    fetch(followed.pk)
    serve(server)

    assert again(followed)
    assert titles() == {"Toen"}


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (answer(b"<!doctype html><h1>Meld u aan</h1>", content_type="text/html"), "not_ical"),
        (answer(vcalendar(vevent("1", day(3)))[:-30], content_type=ICS), "not_ical"),
        (answer(b"weg", status="404 Not Found"), "status"),
        (answer(b"stuk", status="503 Service Unavailable"), "status"),
        (answer(b"BEGIN:VCALENDAR\r\n" + b"X" * 10_000_000, content_type=ICS), "too_large"),
        (answer(vcalendar(*[vevent(str(n), day(1), "A", "RRULE:FREQ=DAILY") for n in range(9)])), "too_many"),
        (answer(b"", status="302 Found", Location="http://169.254.169.254/latest"), "address"),
        (answer(b"", status="302 Found", Location="file:///etc/passwd"), "scheme"),
    ],
)
def test_a_file_that_breaks_keeps_what_we_had_and_says_why(
    server: HostileServer, followed: Subscription, behaviour: object, reason: str
) -> None:
    serve(server, vevent("1", day(3), "Hamlet"))
    fetch(followed.pk)
    server.on["/a.ics"] = behaviour  # type: ignore[assignment]

    assert not again(followed)
    followed.refresh_from_db()
    assert (titles(), followed.error_code, followed.failures) == ({"Hamlet"}, reason, 1)
    assert followed.fetched_at is not None


def test_it_waits_longer_each_time_and_at_most_a_day(server: HostileServer, followed: Subscription) -> None:
    server.on["/a.ics"] = answer(b"stuk")
    waits = []
    for _number in range(9):
        again(followed)
        followed.refresh_from_db()
        assert followed.next_fetch_at is not None
        waits.append(round((followed.next_fetch_at - timezone.now()) / timedelta(minutes=15)))

    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT / timedelta(minutes=15)
    assert due_subscriptions() == []
    serve(server)
    assert again(followed)
    followed.refresh_from_db()
    assert followed.failures == 0


def test_what_did_not_change_is_not_sent_again(server: HostileServer, followed: Subscription) -> None:
    serve(server, vevent("1", day(3), "Hamlet"), ETag='"v1"')
    fetch(followed.pk)
    server.on["/a.ics"] = answer(b"", status="304 Not Modified")
    assert again(followed)

    assert server.seen[-1].headers["if-none-match"] == '"v1"'
    assert server.seen[-1].headers["accept"] == "text/calendar"
    assert titles() == {"Hamlet"}
    # The next day everything is worked out again: recurring events go on.
    Subscription.objects.update(fetched_at=timezone.now() - timedelta(days=1), etag='"v1"')
    serve(server, vevent("1", day(3), "Hamlet"), ETag='"v1"')
    assert again(followed)
    assert "if-none-match" not in server.seen[-1].headers


def test_two_workers_fetch_it_once(server: HostileServer, followed: Subscription) -> None:
    serve(server, vevent("1", day(3), "Hamlet"))

    assert (fetch(followed.pk), fetch(followed.pk)) == (True, False)
    assert len(server.seen) == 1


def test_stopped_while_it_was_fetched_nothing_is_written(
    server: HostileServer, followed: Subscription, editor: User
) -> None:
    server.on["/a.ics"] = answer(vcalendar(vevent("1", day(3), "Hamlet")))
    stop(subscription=followed, by=editor)
    assert not fetch(followed.pk)
    assert not subscriptions._store(followed.pk, [], "", timezone.localdate())
    assert titles() == set()


def test_stopping_resuming_and_removing(server: HostileServer, followed: Subscription, editor: User) -> None:
    serve(server, vevent("1", day(3), "Hamlet"))
    fetch(followed.pk)

    stop(subscription=followed, by=editor)
    assert due_subscriptions() == []
    resume(subscription=followed, by=editor)
    assert due_subscriptions() == [followed.pk]
    fetch(followed.pk)
    fetch_now(subscription=followed, by=editor)
    assert due_subscriptions() == [followed.pk]
    unsubscribe(subscription=followed, by=editor)
    assert titles() == set()
    actions = AuditEvent.objects.filter(object_type="calendar_app.subscription").order_by("pk")
    assert [each.action.partition(".")[2] for each in actions] == [
        "added", "stopped", "resumed", "fetch_asked", "removed",
    ]  # fmt: skip
    assert "a.ics" not in str(list(actions.values()))  # the address may be a secret


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.ics", "http://localhost/a.ics", "webcal://169.254.169.254/a.ics", "http://[::1]/a.ics",
        "https://user:pass@93.184.215.14/a.ics", "ftp://93.184.215.14/a.ics", "file:///etc/passwd", "javascript:alert(1)",
        "https://93.184.215.14:6379/a.ics", "", "https://", "http://2130706433/a.ics", "http://0x7f.1/a.ics",
        f"https://93.184.215.14/{'a' * 600}", "https://93.184.215.14/\x00",
    ],
)  # fmt: skip
def test_an_address_inside_is_refused_before_it_is_kept(editor: User, url: str) -> None:
    with pytest.raises(SubscriptionRefused, match=r"\w"):
        subscribe(by=editor, name="Intern", url=url)

    assert not Subscription.objects.exists()


def test_webcal_is_https_and_the_same_address_is_followed_once(editor: User) -> None:
    assert as_https(" webcal://theater.example/a.ics ") == "https://theater.example/a.ics"
    made = subscribe(by=editor, name="Thea\x00ter\u202e " + "x" * 99, url="webcal://93.184.215.14/a.ics")
    assert made.name == ("Theater " + "x" * 99)[:80]

    with pytest.raises(SubscriptionRefused):
        subscribe(by=editor, name="Theater", url="https://93.184.215.14/a.ics")
    with pytest.raises(SubscriptionRefused):
        subscribe(by=editor, name="  ", url="https://93.184.215.15/a.ics")


def test_the_page_says_why_and_shows_the_server_alone(
    client: Client, server: HostileServer, followed: Subscription, editor: User, agent: User
) -> None:
    Subscription.objects.update(name="<b>Theater</b>")
    server.on["/a.ics"] = answer(b"stuk")
    fetch(followed.pk)

    for who in (editor, agent):
        client.force_login(who)
        html = client.get(reverse("calendar_feeds")).content.decode()
        assert "Op dit adres staat geen agenda" in html
        assert "&lt;b&gt;Theater" in html
        assert "a.ics" not in html.replace("eindigt meestal op .ics", "")
    refused = client.post(reverse("calendar_subscribe"), {"name": "X", "url": "https://93.184.215.14/"})
    assert refused.status_code == 403


def test_what_was_typed_stays_when_it_is_refused(client: Client, editor: User) -> None:
    client.force_login(editor)
    typed = {"name": "Raad", "url": "http://127.0.0.1/raad.ics", "kind": "council"}

    refused = client.post(reverse("calendar_subscribe"), typed)

    html = refused.content.decode()
    assert refused.status_code == 422
    assert "http://127.0.0.1/raad.ics" in html
    assert "binnen een eigen netwerk" in html
    assert client.post(reverse("calendar_subscription", args=[1, "explode"])).status_code == 404
