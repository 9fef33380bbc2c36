"""Posts that come back: each once, at its own time on the clock, approved by people alone."""

from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Role, Team, User
from calendar_app.approval import approve, submit, withdraw
from calendar_app.changing import PostRefused
from calendar_app.composing import add_picture, change_post, change_target, copy_post, move_post, remove_post
from calendar_app.models import Post, Series, TargetState
from calendar_app.moments import moment_of, on_the_wall
from calendar_app.recurrence import Repeat
from calendar_app.series import ask_reviews, follow, make_occurrences, repeat, stop
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post
from tests.factories import ChannelFactory, UserFactory

TODAY = date(2026, 11, 25)
MONDAY = date(2026, 11, 30)
WEEKLY = Repeat("weekly", weekdays=(0,)).rule


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)


@pytest.fixture
def approver(team: Team) -> User:
    return UserFactory(username="pim", teams=[team], teams__role=Role.APPROVER)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(moment_of(TODAY, time(12)).at, tick=False) as traveller:
        yield traveller


def plan(editor: User, channel: Channel, on: date = MONDAY, at: time = time(10)) -> Post:
    return make_post(channel, owner=editor, planned_at=moment_of(on, at).at)


def occurrences(series: Series) -> list[Post]:
    return list(Post.objects.filter(series=series, removed_at=None).order_by("occurs_on"))


def walls(series: Series) -> list[str]:
    return [f"{on_the_wall(each.planned_at):%m-%d %H:%M}" for each in occurrences(series) if each.planned_at]


@pytest.mark.parametrize(
    ("begins", "at", "expected"),
    [
        (date(2026, 3, 22), time(10), ["03-22 10:00", "03-29 10:00", "04-05 10:00"]),
        (date(2026, 3, 22), time(2, 30), ["03-22 02:30", "03-29 03:30", "04-05 02:30"]),  # half past two is not there
        (date(2026, 10, 18), time(10), ["10-18 10:00", "10-25 10:00", "11-01 10:00"]),
        (date(2026, 10, 18), time(2, 30), ["10-18 02:30", "10-25 02:30", "11-01 02:30"]),  # the first of the two
    ],
)
def test_the_time_on_the_clock_stays_when_the_clock_is_moved(
    editor: User, channel: Channel, begins: date, at: time, expected: list[str]
) -> None:
    with time_machine.travel(moment_of(begins - timedelta(days=2), time(12)).at, tick=False):
        post = plan(editor, channel, begins, at)
        made = repeat(
            post=post, by=editor, rule=Repeat("weekly", weekdays=(6,)).rule, ends_on=begins + timedelta(days=14)
        )

    assert walls(made) == expected
    if begins.month == 10:
        assert occurrences(made)[1].planned_at == moment_of(date(2026, 10, 25), at).at


@pytest.mark.usefixtures("clock")
def test_each_occurrence_is_a_draft_of_its_own(editor: User, channel: Channel) -> None:
    post = plan(editor, channel)
    item = make_picture(by=editor)
    add_picture(post=post, by=editor, item=item)

    made = repeat(post=post, by=editor, rule=WEEKLY)

    found = occurrences(made)
    assert [each.occurs_on for each in found] == [MONDAY + timedelta(weeks=number) for number in range(8)]  # 60 days
    assert found[0].pk == post.pk
    assert {each.text for each in found} == {post.text}
    assert {target.state for each in found for target in each.targets.all()} == {TargetState.DRAFT}
    assert all([picture.item_id for picture in each.pictures.all()] == [item.pk] for each in found)


def test_asking_again_makes_nothing_twice_and_days_go_on(
    editor: User, channel: Channel, clock: time_machine.Traveller
) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY)
    assert (make_occurrences(), make_occurrences()) == (0, 0)

    clock.move_to(moment_of(TODAY + timedelta(days=14), time(12)).at)
    assert (make_occurrences(), make_occurrences()) == (2, 0)
    # A worker that was killed before its commit left nothing; one that came after finds what is there.
    Series.objects.update(made_until=None)
    assert make_occurrences() == 0
    assert len(occurrences(made)) == 10


@pytest.mark.usefixtures("clock")
def test_the_database_holds_each_occurrence_once(editor: User, channel: Channel) -> None:
    post = plan(editor, channel)
    made = repeat(post=post, by=editor, rule=WEEKLY)

    with pytest.raises(IntegrityError), transaction.atomic():
        copy_post(post=post, by=editor, series=made, occurs_on=MONDAY + timedelta(weeks=1))


def test_what_passed_while_nobody_looked_is_not_made_up_for(
    editor: User, channel: Channel, clock: time_machine.Traveller
) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=Repeat("daily").rule)
    last = occurrences(made)[-1].occurs_on
    assert last is not None

    clock.move_to(moment_of(last + timedelta(days=10), time(12)).at)
    make_occurrences()

    days = [each.occurs_on for each in occurrences(made) if each.occurs_on and each.occurs_on > last]
    assert days[0] == last + timedelta(days=11)  # ten o'clock of that day itself had passed


def test_what_was_skipped_does_not_come_back(editor: User, channel: Channel, clock: time_machine.Traveller) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY)
    skipped = occurrences(made)[2]

    remove_post(post=skipped, by=editor)
    Series.objects.update(made_until=None)

    assert make_occurrences() == 0
    assert skipped.occurs_on not in [each.occurs_on for each in occurrences(made)]


def test_it_ends_on_its_last_day(editor: User, channel: Channel, clock: time_machine.Traveller) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY, ends_on=MONDAY + timedelta(weeks=2))
    clock.move_to(moment_of(TODAY + timedelta(days=60), time(12)).at)

    assert make_occurrences() == 0
    assert len(occurrences(made)) == 3


@pytest.mark.usefixtures("clock")
def test_what_can_not_come_back_is_refused(editor: User, channel: Channel, agent: User) -> None:
    post = plan(editor, channel)
    for wrong, code in [
        ({"post": make_post(channel, owner=editor)}, "not_planned"),
        ({"post": make_post(channel, owner=editor, kind="idea")}, "not_planned"),
        ({"rule": "FREQ=SECONDLY"}, "bad_rule"),
        ({"ends_on": MONDAY}, "ends_before"),
        ({"by": agent}, "forbidden"),
    ]:
        with pytest.raises(PostRefused) as refused:
            repeat(**({"post": post, "by": editor, "rule": WEEKLY} | wrong))  # type: ignore[arg-type]
        assert refused.value.code == code
    repeat(post=post, by=editor, rule=WEEKLY)
    with pytest.raises(PostRefused, match="komt al terug"):
        repeat(post=post, by=editor, rule=WEEKLY)


# -- review ------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clock")
def test_what_is_near_is_offered_as_its_pattern_was_and_never_approved(
    editor: User, approver: User, channel: Channel
) -> None:
    post = plan(editor, channel)
    made = repeat(post=post, by=editor, rule=WEEKLY)
    assert ask_reviews() == 0

    submit(post=post, by=editor)
    approve(post=post, by=approver)
    assert (ask_reviews(), ask_reviews()) == (1, 0)  # the 7th of December; the 14th is further than two weeks
    states = [each.targets.get().state for each in occurrences(made)]
    assert states[:3] == [TargetState.SCHEDULED, TargetState.IN_REVIEW, TargetState.DRAFT]
    withdraw(post=occurrences(made)[1], by=editor)
    assert ask_reviews() == 0  # what a person took back stays taken back


@pytest.mark.usefixtures("clock")
def test_for_who_left_nothing_is_offered(editor: User, channel: Channel) -> None:
    post = plan(editor, channel)
    repeat(post=post, by=editor, rule=WEEKLY)
    submit(post=post, by=editor)
    User.objects.filter(pk=editor.pk).update(is_active=False)

    assert ask_reviews() == 0


# -- this one, and those after it --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clock")
def test_a_change_is_of_one_until_it_counts_for_those_after_it(
    editor: User, approver: User, channel: Channel, team: Team
) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY)
    first, second, third, fourth, *_rest = occurrences(made)
    submit(post=third, by=editor)
    approve(post=third, by=approver)
    fourth.targets.update(
        state=TargetState.PUBLISHED, approved_by=approver, approved_at=first.created_at, approved_digest="x",
        published_at=first.created_at,
    )  # fmt: skip

    change_post(post=second, by=editor, revision=None, text="Anders.")
    assert [each.text for each in occurrences(made)].count("Anders.") == 1
    change_target(
        target=second.targets.get(), by=editor, revision=None, has_own_text=True, text="Eigen.", has_own_link=False,
        link="", has_own_pictures=False,
    )  # fmt: skip
    second.refresh_from_db()
    changed = follow(post=second, by=editor)

    assert changed == len(occurrences(made)) - 3  # not the first two, not what went out
    texts = [each.text for each in occurrences(made)]
    assert (texts[0], texts[1], texts[2], texts[3], texts[4]) == (
        first.text,
        "Anders.",
        "Anders.",
        first.text,
        "Anders.",
    )
    target = third.targets.get()
    assert (target.text, target.state, target.approved_by) == ("Eigen.", TargetState.DRAFT, None)
    assert follow(post=second, by=editor) == 0


@pytest.mark.usefixtures("clock")
def test_channels_pictures_and_a_new_time_count_as_well(editor: User, channel: Channel, team: Team) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY)
    second, third, fourth = occurrences(made)[1:4]
    other = ChannelFactory(teams=[team])
    second.targets.create(channel=other)
    add_picture(post=second, by=editor, item=make_picture(by=editor))
    assert fourth.occurs_on is not None
    move_post(post=fourth, by=editor, to=moment_of(fourth.occurs_on, time(20)).at)
    assert second.occurs_on is not None
    move_post(post=second, by=editor, to=moment_of(second.occurs_on, time(15)).at)
    second.refresh_from_db()

    follow(post=second, by=editor)

    assert set(third.targets.values_list("channel", flat=True)) == {channel.pk, other.pk}
    assert third.pictures.count() == 1
    assert [wall[-5:] for wall in walls(made)[:5]] == ["10:00", "15:00", "15:00", "20:00", "15:00"]


def test_new_ones_are_made_like_the_newest_pattern(
    editor: User, channel: Channel, clock: time_machine.Traveller
) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY)
    second = occurrences(made)[1]
    change_post(post=second, by=editor, revision=None, text="Nieuw patroon.")
    second.refresh_from_db()
    follow(post=second, by=editor)

    clock.move_to(moment_of(TODAY + timedelta(days=7), time(12)).at)
    make_occurrences()

    assert occurrences(made)[-1].text == "Nieuw patroon."


def test_stopping_keeps_this_one_and_makes_no_more(
    editor: User, channel: Channel, clock: time_machine.Traveller
) -> None:
    made = repeat(post=plan(editor, channel), by=editor, rule=WEEKLY)
    second = occurrences(made)[1]

    assert stop(series=made, by=editor, after=second.occurs_on) == 6
    assert [each.occurs_on for each in occurrences(made)] == [MONDAY, second.occurs_on]
    clock.move_to(moment_of(TODAY + timedelta(days=30), time(12)).at)
    assert make_occurrences() == 0


# -- the page ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("clock")
def test_the_page_begins_it_shows_it_and_stops_it(client: Client, editor: User, channel: Channel) -> None:
    post = plan(editor, channel)
    client.force_login(editor)
    url = reverse("post_repeat", args=[post.pk])
    assert "Elke maand op de laatste maandag" in client.get(url).content.decode()
    assert client.post(url, {"how": "weekly"}).status_code == 422
    assert client.post(url, {"how": "hourly"}).status_code == 422

    page = client.post(url, {"how": "weekly", "weekdays": ["0"]}, follow=True).content.decode()
    assert "elke week op maandag, om 10:00" in page
    assert "maandag 7 december 2026" in page.lower()
    change_post(post=post, by=editor, revision=None, text="Anders.")
    followed = client.post(reverse("post_follow", args=[post.pk]), follow=True).content.decode()
    assert "7 berichten zijn mee veranderd." in followed
    stopped = client.post(reverse("post_repeat_stop", args=[post.pk]), follow=True).content.decode()
    assert "7 berichten zijn weggehaald." in stopped
    assert Post.objects.filter(removed_at=None).get() == post


def test_without_a_moment_there_is_nothing_to_repeat(client: Client, editor: User, channel: Channel) -> None:
    client.force_login(editor)
    url = reverse("post_repeat", args=[make_post(channel, owner=editor).pk])

    assert "eerst een moment" in client.get(url).content.decode()
    assert client.post(url, {"how": "daily"}).status_code == 422
    idea = make_post(channel, owner=editor, kind="idea")
    assert client.get(reverse("post_repeat", args=[idea.pk])).status_code == 404
