"""The calendar is kept for whoever sees the same: what changed is never shown as it was, and nobody sees what is another's."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role, Team, User
from calendar_app import kept
from calendar_app.composing import change_post, create_post
from calendar_app.models import Post
from channels.models import Channel, ChannelTeam
from core import events
from tests.factories import ChannelFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _begin_empty() -> Iterator[None]:
    kept._kept.clear()
    yield
    kept._kept.clear()


@pytest.fixture
def team() -> Team:
    return TeamFactory()


@pytest.fixture
def channel(team: Team) -> Channel:
    return ChannelFactory(teams=[team])


def editor_of(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.EDITOR)


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def seen_by(client: Client, query: str = "") -> str:
    return client.get(reverse("calendar") + query).content.decode()


def plan(by: User, channel: Channel, text: str) -> Post:
    return create_post(by=by, text=text, channels=[channel], planned_at=timezone.now() + timedelta(hours=1))


def test_it_is_made_once_for_all_who_see_the_same_and_anew_after_every_change(team: Team, channel: Channel) -> None:
    one, other = editor_of(team), editor_of(team)
    post = plan(one, channel, "De Molenstraat is dicht.")
    first, second = signed(one), signed(other)
    assert "De Molenstraat is dicht." in seen_by(first)
    seen_by(second)  # who comes back has been signed in before

    with CaptureQueriesContext(connection) as asked:
        assert "De Molenstraat is dicht." in seen_by(second)
    assert not any('"calendar_app_calendarevent"' in each["sql"] for each in asked)

    change_post(post=post, by=other, revision=post.revision, text="De Molenstraat is weer open.")
    for client in (first, second):
        page = seen_by(client)
        assert "De Molenstraat is weer open." in page
        assert "De Molenstraat is dicht." not in page


def test_another_team_another_role_and_another_language_share_nothing(team: Team, channel: Channel) -> None:
    editor = editor_of(team)
    plan(editor, channel, "De Molenstraat is dicht.")
    assert "De Molenstraat is dicht." in seen_by(signed(editor))

    assert "De Molenstraat is dicht." not in seen_by(signed(editor_of(TeamFactory())))
    agent = seen_by(signed(UserFactory(teams=[team], teams__role=Role.AGENT)))
    assert "De Molenstraat is dicht." in agent
    assert 'form="new-post"' not in agent
    english = signed(editor_of(team)).get(reverse("calendar"), headers={"Accept-Language": "en"})
    assert "New post" in english.content.decode()


def test_who_owns_what_others_do_not_see_shares_nothing(team: Team, channel: Channel) -> None:
    elsewhere = ChannelFactory(teams=[team])
    owner, other = editor_of(team), editor_of(team)
    plan(owner, elsewhere, "Alleen van mij.")
    ChannelTeam.objects.filter(channel=elsewhere).delete()

    assert "Alleen van mij." in seen_by(signed(owner))
    assert "Alleen van mij." not in seen_by(signed(other))
    assert "Alleen van mij." in seen_by(signed(owner))


def test_a_right_that_is_taken_away_counts_at_once(team: Team, channel: Channel) -> None:
    editor = editor_of(team)
    client = signed(editor)
    plan(editor_of(team), channel, "De Molenstraat is dicht.")
    assert "De Molenstraat is dicht." in seen_by(client)

    ChannelTeam.objects.all().delete()

    assert "De Molenstraat is dicht." not in seen_by(client)


def test_without_redis_nothing_is_kept(
    team: Team, channel: Channel, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "_publisher", redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2))
    editor = editor_of(team)
    client = signed(editor)
    post = plan(editor, channel, "De Molenstraat is dicht.")
    assert "De Molenstraat is dicht." in seen_by(client)

    Post.objects.filter(pk=post.pk).update(text="De Molenstraat is weer open.")

    assert "De Molenstraat is weer open." in seen_by(client)
    assert len(kept._kept) == 0


def test_a_redis_that_was_emptied_begins_with_a_new_stamp() -> None:
    before = events.stamps_of(["calendar"])

    events._client().delete(events.STAMP + "calendar")

    assert events.stamps_of(["calendar"]) not in (None, before)
