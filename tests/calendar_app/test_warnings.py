"""What an editor may have overlooked: told in words, about what this person may see, and never in the way."""

from datetime import date, datetime, time, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Role, Team, User
from calendar_app.events import add_event
from calendar_app.models import Post, PostKind, TargetState
from calendar_app.moments import moment_of
from calendar_app.warnings import warnings_of
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post, show
from tests.factories import ChannelFactory, TeamFactory, UserFactory

TUESDAY = date(2026, 12, 8)  # nothing happens on it
TEXT = "De Molenstraat is maandag dicht door werk aan het riool. Fietsers rijden om via de Kerkstraat."
OTHER = "Vanavond vergadert de raad over de begroting. Kijk mee via onze website of kom naar het gemeentehuis."


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)


def at(hour: int, minute: int = 0, on: date = TUESDAY) -> datetime:
    return moment_of(on, time(hour, minute)).at


def plan(editor: User, channel: Channel, hour: int = 10, minute: int = 0, on: date = TUESDAY, text: str = TEXT) -> Post:
    return make_post(channel, owner=editor, text=text, planned_at=at(hour, minute, on))


def codes(post: Post, user: User | None = None) -> list[str]:
    return [warned.code for warned in warnings_of(post, user=user)]


def test_a_quiet_tuesday_says_nothing(editor: User, channel: Channel) -> None:
    assert codes(plan(editor, channel)) == []


@pytest.mark.parametrize(("minute", "expected"), [(0, ["clash"]), (29, ["clash"]), (30, []), (59, [])])
def test_two_on_one_channel_within_half_an_hour(
    editor: User, channel: Channel, minute: int, expected: list[str]
) -> None:
    plan(editor, channel, 10, minute, text=OTHER)

    assert codes(plan(editor, channel)) == expected


def test_how_near_is_too_near_is_a_setting(editor: User, channel: Channel, settings: Settings) -> None:
    settings.CALENDAR_CLASH_MINUTES = 60
    plan(editor, channel, 10, 59, text=OTHER)

    assert codes(plan(editor, channel)) == ["clash"]


def test_another_channel_a_cancelled_one_and_a_removed_one_do_not_clash(
    editor: User, channel: Channel, team: Team
) -> None:
    plan(editor, ChannelFactory(teams=[team]))
    cancelled, removed = plan(editor, channel), plan(editor, channel)
    cancelled.targets.update(state=TargetState.CANCELLED)
    Post.objects.filter(pk=removed.pk).update(removed_at=at(9))

    assert codes(plan(editor, channel)) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TEXT, ["duplicate"]),
        (f"  {TEXT.upper()}\n", ["duplicate"]),
        (TEXT.replace("maandag", "dinsdag"), ["duplicate"]),
        (OTHER, []),
        ("", []),
    ],
)
def test_the_same_words_or_nearly_so_within_two_months(
    editor: User, channel: Channel, text: str, expected: list[str]
) -> None:
    plan(editor, channel, on=TUESDAY - timedelta(days=28))

    assert codes(plan(editor, channel, text=text)) == expected


def test_the_same_words_longer_ago_or_short_words_that_look_alike_are_fine(editor: User, channel: Channel) -> None:
    plan(editor, channel, on=TUESDAY - timedelta(days=70))
    plan(editor, channel, 15, text="Fijne kerst!")

    assert codes(plan(editor, channel)) == []
    assert codes(plan(editor, channel, 13, text="Fijne feest!")) == []
    assert codes(plan(editor, channel, 17, text="Fijne kerst!")) == ["duplicate"]


def test_what_a_channel_says_of_its_own_is_what_counts(editor: User, channel: Channel) -> None:
    plan(editor, channel, on=TUESDAY - timedelta(days=7))
    post = plan(editor, channel)
    post.targets.update(has_own_text=True, text=OTHER)

    assert codes(post) == []


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        (date(2027, 5, 4), ["commemoration"]),
        (date(2027, 4, 27), ["holiday"]),
        (date(2026, 12, 12), ["quiet"]),  # a Saturday
        (date(2027, 2, 24), ["election", "school_holiday"]),
    ],
)
def test_days_on_which_one_thinks_again(editor: User, channel: Channel, on: date, expected: list[str]) -> None:
    add_event(by=editor, kind="election", title="Verkiezingsperiode", starts_on=date(2027, 2, 3), ends_on=date(2027, 3, 16))  # fmt: skip
    add_event(by=editor, kind="school_holiday", title="Voorjaarsvakantie", starts_on=date(2027, 2, 20), ends_on=date(2027, 2, 28))  # fmt: skip

    assert codes(plan(editor, channel, on=on)) == expected


@pytest.mark.parametrize(("hour", "expected"), [(6, ["quiet"]), (7, []), (21, []), (22, ["quiet"])])
def test_at_night_reactions_wait(editor: User, channel: Channel, hour: int, expected: list[str]) -> None:
    assert codes(plan(editor, channel, hour)) == expected


def test_a_picture_that_was_shown_there_not_long_ago(editor: User, channel: Channel, team: Team) -> None:
    item = make_picture(by=editor, name="Molenstraat")
    elsewhere = plan(editor, ChannelFactory(teams=[team]), on=TUESDAY - timedelta(days=20), text=OTHER)
    show(elsewhere, item)
    post = plan(editor, channel)
    show(post, item)
    assert codes(post) == []

    earlier = plan(editor, channel, on=TUESDAY - timedelta(days=20), text=OTHER)
    show(earlier, item)

    (warned,) = warnings_of(post)
    assert warned.code == "picture"
    assert "Molenstraat" in warned.text
    assert "18 nov" in warned.text


def test_without_a_moment_only_the_words_count(editor: User, channel: Channel) -> None:
    plan(
        editor, channel, on=timezone.localdate() + timedelta(days=7)
    )  # what has no moment is compared with what stands near today

    assert codes(make_post(channel, owner=editor, text=TEXT)) == ["duplicate"]
    assert codes(make_post(channel, owner=editor, text=TEXT, kind=PostKind.IDEA)) == ["duplicate"]
    assert codes(make_post(channel, owner=editor, text=TEXT, kind=PostKind.TEMPLATE)) == []


def test_nothing_is_told_about_a_channel_that_somebody_does_not_see(editor: User, channel: Channel) -> None:
    elsewhere = TeamFactory(name="Elders")
    hidden = ChannelFactory(teams=[elsewhere], name="Geheim")
    theirs = UserFactory(teams=[elsewhere, Team.objects.get(name="Webcare")], teams__role=Role.EDITOR)
    plan(theirs, hidden)
    post = make_post(channel, hidden, owner=theirs, text=TEXT, planned_at=at(10))

    assert codes(post, user=theirs) == ["clash", "duplicate"]
    assert codes(post, user=editor) == []


def test_a_full_calendar_is_asked_no_more_than_an_empty_one(
    editor: User, channel: Channel, team: Team, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    channels = [channel, *(ChannelFactory(teams=[team]) for _ in range(4))]
    item = make_picture(by=editor)
    for number in range(60):
        show(
            make_post(*channels, owner=editor, text=f"{TEXT} {number}", planned_at=at(9) + timedelta(hours=number)),
            item,
        )
    post = make_post(*channels, owner=editor, text=TEXT, planned_at=at(9))
    show(post, item)

    with django_assert_max_num_queries(10):
        found = warnings_of(post)
    assert len(found) == 11  # a clash and a duplicate per channel, and the picture


def test_the_fragment_escapes_what_strangers_wrote(editor: User, channel: Channel) -> None:
    add_event(by=editor, kind="election", title="<b>Stemmen</b>", starts_on=TUESDAY, ends_on=TUESDAY)

    html = render_to_string("calendar/_warnings.html", {"warnings": warnings_of(plan(editor, channel))})

    assert "&lt;b&gt;Stemmen" in html
    assert html.startswith('<div id="warnings">')
    assert render_to_string("calendar/_warnings.html", {"warnings": []}).strip() == '<div id="warnings"></div>'
