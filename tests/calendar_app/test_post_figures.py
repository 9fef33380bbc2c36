"""How our posts do over time: the younger, the denser; and what the platform does not tell is never nought."""

from datetime import timedelta

import pytest

from calendar_app.gone import SURE_AFTER
from calendar_app.models import Measurement, PublishedPost
from calendar_app.own_posts import due_for_measuring, measure_due
from channels.messages import PostFigures
from channels.models import Channel
from tests.calendar_app.pages import PagedConnector, aged, later, look, own

pytestmark = pytest.mark.django_db
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "measured", "is_due"),
    [
        (HOUR, None, True),
        (HOUR / 2, 4 * MINUTE, False),
        (HOUR / 2, 6 * MINUTE, True),
        (2 * HOUR, 14 * MINUTE, False),
        (2 * HOUR, 16 * MINUTE, True),
        (7 * HOUR, 16 * MINUTE, False),
        (7 * HOUR, 61 * MINUTE, True),
        (3 * DAY, 2 * HOUR, False),
        (3 * DAY, 25 * HOUR, True),
        (31 * DAY, 25 * HOUR, False),
        (80 * DAY, None, True),  # once
    ],
)
def test_the_younger_the_denser(
    paged: type[PagedConnector], channel: Channel, age: timedelta, measured: timedelta | None, is_due: bool
) -> None:
    paged.figures = {"a": PostFigures(reach=10)}
    aged(channel, "a", age, measured)
    assert measure_due() == int(is_due)
    assert Measurement.objects.count() == int(is_due)


def test_figures_make_a_line_and_what_is_not_told_stays_known(paged: type[PagedConnector], channel: Channel) -> None:
    post = aged(channel, "a", HOUR, None)
    for figures in (PostFigures(reach=10, reactions=2), PostFigures(reach=25, comments=1), PostFigures()):
        paged.figures = {"a": figures}
        later(channel, minutes=20)
        assert measure_due() == 1
    post.refresh_from_db()
    assert (post.reach, post.reactions, post.comments, post.shares) == (25, 2, 1, None)
    assert list(Measurement.objects.values_list("reach", "reactions")) == [(10, 2), (25, None)]


def test_the_list_may_tell_the_figures_already(paged: type[PagedConnector], channel: Channel) -> None:
    paged.page = [own(figures=PostFigures(reach=7))]
    look(channel)
    assert PublishedPost.objects.get().reach == 7
    assert due_for_measuring() == []


def test_a_hundred_at_a_time(paged: type[PagedConnector], channel: Channel) -> None:
    for number in range(230):
        aged(channel, f"p{number}", HOUR, None)
    paged.figures = {f"p{number}": PostFigures(reach=number) for number in range(230)}
    assert measure_due() == 230
    assert [len(asked) for asked in paged.asked] == [100, 100, 30]


def test_what_is_gone_is_not_measured_for_ever(paged: type[PagedConnector], channel: Channel) -> None:
    aged(channel, "a", 40 * DAY, None)
    measure_due()
    later(channel, seconds=SURE_AFTER.total_seconds() + 1)
    measure_due()
    assert PublishedPost.objects.get().deleted_at is not None
    later(channel, minutes=20)
    measure_due()
    assert len(paged.asked) == 2
