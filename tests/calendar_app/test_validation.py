"""What stands in the way of a post on a channel, in words, by the platform's own rules."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from calendar_app.content import targets_of
from calendar_app.models import Post
from calendar_app.validation import Problem, problems_of
from channels.models import Channel
from channels.platforms import Platform
from channels.registry import CONNECTORS
from tests.calendar_app.made import make_picture, make_post, show
from tests.calendar_app.rules import Publisher
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _publisher(monkeypatch):
    monkeypatch.setitem(CONNECTORS, "facebook", Publisher)


@pytest.fixture
def post(channel, agent) -> Post:
    return make_post(channel, owner=agent)


def problems(post: Post, **more) -> list[Problem]:
    (target,) = targets_of(post)
    return problems_of(target, **more)


def codes(post: Post, **more) -> list[str]:
    return [each.code for each in problems(post, **more)]


def test_a_good_post_has_no_problems(post, agent):
    show(post, make_picture(by=agent))

    assert problems(post) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"text": ""}, ["empty"]),
        ({"text": " \n "}, ["empty"]),
        ({"text": "\u200b" * 281}, ["too_long"]),
        ({"text": "x" * 280}, []),
        ({"text": "x" * 281}, ["too_long"]),
        ({"text": "x" * 280, "link": "https://a.nl", "has_utm": False}, ["too_long"]),
        ({"text": "", "link": "https://eikenrode.nl"}, []),
        ({"text": "x" * 280 + "\n---\n" + "y" * 281}, ["too_long"]),
        ({"text": "x" * 280 + "\n---\n" + "y" * 280}, []),
        ({"link": "javascript:alert(1)"}, ["bad_link"]),
        ({"link": "http://[::1"}, ["bad_link"]),
        ({"link": "https://"}, ["bad_link"]),
        ({"link": "http://eikenrode.nl"}, ["link_open"]),
        ({"planned_at": timedelta(seconds=-5)}, ["moment_past"]),
        ({"planned_at": timedelta(minutes=5)}, []),
    ],
)
def test_words_link_and_moment(post, fields, code):
    if "planned_at" in fields:  # from now, and not from when the tests were collected
        fields = {"planned_at": timezone.now() + fields["planned_at"]}
    Post.objects.update(**fields)

    assert codes(post) == code


def test_of_a_chain_the_part_is_named(post):
    Post.objects.update(text="x\n---\n" + "y" * 300)

    assert [each.text for each in problems(post)] == ["Deel 2 is te lang: 300 van 280 tekens."]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"alt": ""}, "alt_missing"),
        ({"alt": "   "}, "alt_missing"),
        ({"rights": "unknown"}, "rights"),
        ({"consent": "missing"}, "consent"),
        ({"archived_at": timezone.now()}, "archived"),
        ({"expires_on": timezone.localdate() - timedelta(days=1)}, "expired"),
        ({"content_type": "image/gif"}, "picture_type"),
        ({"size": 5_000_001}, "picture_large"),
    ],
)
def test_pictures(post, agent, values, code):
    show(post, make_picture(by=agent, name="Markt", **values))

    (found,) = problems(post)

    assert (found.code, found.is_blocking) == (code, True)
    assert "“Markt”" in found.text


@pytest.mark.usefixtures("one_moment")
def test_a_picture_is_judged_by_the_day_on_which_it_is_shown(post, agent):
    today = timezone.localdate()
    show(post, make_picture(by=agent, expires_on=today + timedelta(days=2)))

    assert codes(post) == []
    assert codes(post, on=today + timedelta(days=3)) == ["expired"]
    Post.objects.update(planned_at=timezone.localtime() + timedelta(days=3))  # by the clock on the wall
    assert codes(post) == ["expired"]
    assert codes(post, on=today) == []


def test_no_more_pictures_than_the_platform_takes(post, agent):
    for _time in range(5):
        show(post, make_picture(by=agent))

    assert [each.text for each in problems(post)] == ["Te veel afbeeldingen: 5, en hier kunnen er 4."]


@pytest.mark.parametrize(
    ("values", "code", "blocks"),
    [
        ({"closed_at": timezone.now()}, "channel_closed", True),
        ({"state": "off"}, "channel_closed", True),
        ({"state": "stopped"}, "channel_trouble", False),
        ({"state": "reauthorise"}, "channel_trouble", False),
    ],
)
def test_the_channel(post, values, code, blocks):
    Channel.objects.update(**values)

    assert [(each.code, each.is_blocking) for each in problems(post)] == [(code, blocks)]


def test_where_nothing_can_be_published(post, monkeypatch):
    monkeypatch.setattr(Publisher, "capabilities", replace(Publisher.capabilities, publishes=False))

    assert codes(post) == ["no_publishing"]


@pytest.mark.parametrize("state", ["published", "deleted", "cancelled"])
def test_what_is_over_has_no_problems(post, state):
    Post.objects.update(text="")
    (target,) = targets_of(post)
    target.state = state

    assert problems_of(target) == []


@pytest.mark.parametrize("platform", [each.value for each in Platform if CONNECTORS[each].capabilities.publishes])
def test_every_platform_counts_for_itself(platform, agent, team, monkeypatch):
    monkeypatch.undo()
    able = CONNECTORS[platform].capabilities
    post = make_post(
        ChannelFactory(platform=platform, teams=[team]), owner=agent, text="🙂" * (able.post_max_length + 1)
    )

    assert codes(post) == ["too_long"]


def test_nothing_is_asked_of_the_database(post, agent, django_assert_num_queries):
    show(post, make_picture(by=agent))
    (target,) = targets_of(post)

    with django_assert_num_queries(0):
        problems_of(target)
