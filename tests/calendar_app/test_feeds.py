"""Our calendar in other programs: by a secret address, what its owner may see, and nothing else."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Membership, Role, Team, User
from calendar_app.events import add_event
from calendar_app.feeds import feed_of, make_token, revoke_token
from calendar_app.models import FeedToken, Post, TargetState
from calendar_app.moments import moment_of
from channels.models import Channel
from tests.calendar_app.made import make_post
from tests.factories import ChannelFactory, TeamFactory, UserFactory

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=timezone.get_fixed_timezone(60))
TUESDAY = date(2026, 12, 8)


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)


@pytest.fixture(autouse=True)
def _in_november() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def at(hour: int = 10, on: date = TUESDAY) -> datetime:
    return moment_of(on, time(hour)).at


def address(secret: str) -> str:
    return reverse("feed", args=[secret])


def entries(user: User) -> dict[str, dict[str, str]]:
    """By uid without the host."""
    found = {}
    for each in Calendar.from_ical(feed_of(user)).walk("VEVENT"):
        found[str(each["UID"]).partition("@")[0]] = {
            "summary": str(each["SUMMARY"]),
            "start": f"{each.decoded('DTSTART'):%Y-%m-%d %H:%M}",
            "status": str(each.get("STATUS", "")),
            "note": str(each.get("DESCRIPTION", "")),
        }
    return found


def test_posts_are_there_with_how_far_they_are(editor: User, channel: Channel) -> None:
    post = make_post(channel, owner=editor, title="Molenstraat", planned_at=at())
    idea = make_post(channel, owner=editor)

    found = entries(editor)

    assert set(found) == {f"post-{post.pk}"}
    entry = found[f"post-{post.pk}"]
    assert (entry["summary"], entry["start"], entry["status"]) == (
        "[concept] Molenstraat",
        "2026-12-08 09:00",
        "TENTATIVE",
    )
    assert reverse("post", args=[post.pk]) in entry["note"]
    assert f"post-{idea.pk}" not in found
    post.targets.update(state=TargetState.CANCELLED)
    assert entries(editor)[f"post-{post.pk}"]["status"] == "CANCELLED"


def test_events_are_there_in_days_or_times_and_holidays_are_not(editor: User) -> None:
    market = add_event(
        by=editor, kind="market", title="Markt", starts_on=date(2026, 12, 25), ends_on=date(2026, 12, 26)
    )
    council = add_event(
        by=editor, kind="council", title="Raad", starts_on=TUESDAY, ends_on=TUESDAY, starts_at=at(20), ends_at=at(22)
    )

    calendar = Calendar.from_ical(feed_of(editor))
    found = {str(each["UID"]).partition("@")[0]: each for each in calendar.walk("VEVENT")}

    assert set(found) == {f"event-{market.pk}", f"event-{council.pk}"}
    days, times = found[f"event-{market.pk}"], found[f"event-{council.pk}"]
    assert (days.decoded("DTSTART"), days.decoded("DTEND")) == (date(2026, 12, 25), date(2026, 12, 27))
    assert times.decoded("DTSTART") == at(20)
    assert str(calendar["X-WR-TIMEZONE"]) == "Europe/Amsterdam"


def test_the_second_two_thirty_of_october_is_told_apart(editor: User, channel: Channel) -> None:
    night = date(2027, 10, 31)
    first, second = moment_of(night, time(2, 30)).at, moment_of(night, time(2, 30), is_second=True).at
    with time_machine.travel(datetime(2027, 10, 1, tzinfo=NOW.tzinfo)):
        posts = [make_post(channel, owner=editor, planned_at=each) for each in (first, second)]
        found = entries(editor)

    assert [found[f"post-{post.pk}"]["start"] for post in posts] == ["2027-10-31 00:30", "2027-10-31 01:30"]


def test_only_what_its_owner_may_see(editor: User, channel: Channel, outsider: User) -> None:
    theirs = ChannelFactory(teams=[TeamFactory(name="Geheim")], name="Verborgen")
    both = make_post(channel, theirs, owner=editor, planned_at=at())
    hidden = make_post(theirs, owner=UserFactory(), planned_at=at())
    removed = make_post(channel, owner=editor, planned_at=at(), removed_at=NOW)

    found = entries(editor)

    assert set(found) == {f"post-{both.pk}"}
    assert "Verborgen" not in found[f"post-{both.pk}"]["note"]
    assert {f"post-{each.pk}" for each in (hidden, removed)}.isdisjoint(entries(outsider))
    assert entries(UserFactory()) == {}


def test_hostile_words_begin_no_line_of_their_own(editor: User, channel: Channel) -> None:
    evil = "Markt\r\nEND:VEVENT\r\nBEGIN:VEVENT\rUID:evil;a,b\\\x0b\u2028ATTACH:http://evil.example\u202e"
    make_post(channel, owner=editor, title=evil[:110], text=evil, planned_at=at())
    add_event(by=editor, kind="market", title=evil, place=evil, note=evil, starts_on=TUESDAY, ends_on=TUESDAY)

    content = feed_of(editor)
    lines = content.decode().replace("\r\n ", "").split("\r\n")

    assert sum(line == "BEGIN:VEVENT" for line in lines) == 2
    assert not [line for line in lines if line.startswith(("UID:evil", "ATTACH", "END:VEVENT\r"))]
    assert "\u202e" not in content.decode()
    assert b"\r" not in content.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_a_full_calendar_is_a_fixed_number_of_questions(
    editor: User, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_post(channel, owner=editor, planned_at=at() + timedelta(hours=number))

    with django_assert_max_num_queries(6):
        assert len(entries(editor)) == 30


# -- the address -------------------------------------------------------------------------------------------------------


def test_reading_needs_no_sign_in_and_tells_nobody_else(client: Client, editor: User, channel: Channel) -> None:
    make_post(channel, owner=editor, planned_at=at())
    secret = make_token(by=editor)

    response = client.get(address(secret))

    assert (response.status_code, response.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert not response.cookies
    again = client.get(address(secret), headers={"If-None-Match": f"W/{response.headers['ETag']}"})
    assert (again.status_code, again.content) == (304, b"")
    Post.objects.update(title="Anders", updated_at=NOW + timedelta(minutes=1))
    assert client.get(address(secret), headers={"If-None-Match": response.headers["ETag"]}).status_code == 200


def test_wrong_taken_back_and_of_who_left_are_the_same_answer(client: Client, editor: User) -> None:
    first = make_token(by=editor)
    second = make_token(by=editor)
    gone = UserFactory(teams=[Team.objects.get(name="Webcare")])
    theirs = make_token(by=gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    teamless = UserFactory(teams=[Team.objects.get(name="Webcare")])
    without = make_token(by=teamless)
    Membership.objects.filter(user=teamless).delete()

    answers = [client.get(address(each)) for each in ("x", "a" * 500, "\u2028", first, theirs, without)]

    assert {(each.status_code, each.content) for each in answers} == {(404, b"Niet gevonden.")}
    assert client.get(address(second)).status_code == 200
    revoke_token(by=editor)
    assert client.get(address(second)).status_code == 404
    assert client.post(address(second)).status_code in {403, 404, 405}


def test_only_the_fingerprint_is_kept_and_the_trail_holds_no_secret(editor: User) -> None:
    secret = make_token(by=editor)

    assert secret not in str(FeedToken.objects.values().get())
    assert secret not in str(list(AuditEvent.objects.values()))
    assert len(secret) >= 40


def test_use_is_noted_once_an_hour(client: Client, editor: User) -> None:
    url = address(make_token(by=editor))
    client.get(url)
    noted = FeedToken.objects.get().used_at

    client.get(url)
    assert noted is not None
    assert FeedToken.objects.get().used_at == noted
    FeedToken.objects.update(used_at=timezone.now() - timedelta(days=400))
    client.get(url)
    assert FeedToken.objects.get().used_at != noted


def test_the_page_tells_the_address_once(client: Client, editor: User) -> None:
    client.force_login(editor)
    made = client.post(reverse("calendar_feed_make"))
    html = made.content.decode()
    secret = html.partition("/calendar/feed/")[2].partition(".ics")[0]

    assert client.get(address(secret)).status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    assert secret not in client.get(reverse("calendar_feeds")).content.decode()
    client.post(reverse("calendar_feed_revoke"))
    assert client.get(address(secret)).status_code == 404


def test_who_is_in_no_team_has_no_calendar_to_share(client: Client, db: None) -> None:
    client.force_login(UserFactory())

    assert client.get(reverse("calendar_feeds")).status_code == 404
    assert client.post(reverse("calendar_feed_make")).status_code == 404
