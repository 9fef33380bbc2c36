"""The hint when to publish rests on enough posts, says on how many, and counts hours of Amsterdam."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from pytest_django import DjangoAssertNumQueries

from calendar_app.besttime import Block, best_times
from channels.models import Channel
from tests.calendar_app.made import make_published
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db
WALL = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 11, 25, 12, tzinfo=WALL)


def posted(channel: Channel, first: datetime, reactions: list[int]) -> None:
    """A post a week from `first` back, each with that many reactions."""
    for week, count in enumerate(reactions):
        make_published(channel, target=None, posted_at=first - timedelta(weeks=week), reactions=count)


def test_too_little_says_so(channel: Channel) -> None:
    posted(channel, datetime(2026, 11, 17, 10, tzinfo=WALL), [9] * 19)
    hint = best_times(channel, now=NOW)
    assert (hint.looked_at, hint.is_enough, list(hint.blocks)) == (19, False, [])


def test_the_best_blocks_come_first_with_how_many_posts(
    channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    posted(channel, datetime(2026, 11, 17, 10, 15, tzinfo=WALL), [20, 22, 400, 18])  # Tuesdays: one went viral
    posted(channel, datetime(2026, 11, 19, 19, tzinfo=WALL), [30, 31, 32])  # Thursdays
    posted(channel, datetime(2026, 11, 20, 8, tzinfo=WALL), [3] * 20)
    posted(channel, datetime(2026, 11, 21, 14, tzinfo=WALL), [900, 900])  # too few to count
    posted(ChannelFactory(), datetime(2026, 11, 16, 8, tzinfo=WALL), [999] * 5)
    with django_assert_max_num_queries(1):
        hint = best_times(channel, now=NOW)
    assert hint.looked_at == 29
    assert list(hint.blocks) == [Block(3, 18, 31, 3), Block(1, 9, 21, 4)]
    assert (hint.blocks[0].day, hint.blocks[0].end) == ("donderdag", 21)


def test_posts_that_are_too_young_or_too_old_or_not_counted_are_left_out(channel: Channel) -> None:
    for at in (NOW - timedelta(days=1), NOW - timedelta(days=400)):
        make_published(channel, target=None, posted_at=at, reactions=50)
    make_published(channel, target=None, posted_at=NOW - timedelta(days=9), reactions=None)
    assert best_times(channel, now=NOW).looked_at == 0


def test_no_difference_is_said_too(channel: Channel) -> None:
    posted(channel, datetime(2026, 11, 17, 10, tzinfo=WALL), [5] * 25)
    assert list(best_times(channel, now=NOW).blocks) == []


def test_the_same_hour_in_summer_and_winter_is_the_same_block(channel: Channel) -> None:
    posted(channel, datetime(2026, 11, 19, 9, tzinfo=WALL), [30] * 10)
    posted(channel, datetime(2026, 11, 20, 15, tzinfo=WALL), [1] * 15)
    assert [(block.start, block.posts) for block in best_times(channel, now=NOW).blocks] == [(9, 10)]


@pytest.mark.parametrize("count", [2, 25])
def test_it_is_shown_in_words(channel: Channel, count: int) -> None:
    for number in range(count):
        make_published(channel, target=None, posted_at=NOW - timedelta(days=5 + number), reactions=number)
    shown = Template("{% load besttime %}{% besttime channel %}").render(Context({"channel": channel}))
    assert f'id="besttime-{channel.pk}"' in shown
    assert "2 van 20" in shown if count == 2 else "25 berichten" in shown
