"""What else happens: on the days that it touches, for who may read the calendar, changed by who made it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Role, Team, User
from calendar_app.events import (
    EventRefused,
    add_event,
    change_event,
    days_between,
    days_of_moments,
    prefill,
    remove_event,
)
from calendar_app.models import CalendarEvent, EventKind, Subscription
from tests.factories import UserFactory

MONDAY = date(2026, 11, 30)


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR)


def add(editor: User, **more: object) -> CalendarEvent:
    values = {"kind": "market", "title": "Kerstmarkt", "starts_on": MONDAY, "ends_on": MONDAY} | more
    return add_event(by=editor, **values)  # type: ignore[arg-type]


def titles(user: User, first: date = MONDAY, last: date = MONDAY) -> dict[date, list[str]]:
    return {on: [line.title for line in lines] for on, lines in days_between(user, first, last).items()}


def test_an_event_of_days_stands_on_each_of_them_and_says_where_it_is(editor: User) -> None:
    add(editor, title="Kermis", starts_on=MONDAY - timedelta(days=1), ends_on=MONDAY + timedelta(days=1))

    found = days_between(editor, MONDAY - timedelta(days=9), MONDAY + timedelta(days=9))
    lines = [(on, line.position) for on, lines in found.items() for line in lines if line.title == "Kermis"]

    assert lines == [
        (MONDAY - timedelta(days=1), "first"),
        (MONDAY, "middle"),
        (MONDAY + timedelta(days=1), "last"),
    ]


def test_public_holidays_and_days_that_matter_come_before_what_has_a_time(editor: User) -> None:
    at = datetime(2027, 5, 4, 7, 0, tzinfo=UTC)
    add(editor, title="Raad", kind="council", starts_at=at, ends_at=at + timedelta(hours=2))
    add(editor, title="Braderie", starts_on=at.date(), ends_on=at.date())

    assert titles(editor, at.date(), at.date()) == {
        at.date(): ["Nationale Herdenking (Dodenherdenking)", "Braderie", "Raad"]
    }


def test_times_decide_the_days_also_around_midnight(editor: User) -> None:
    event = add(
        editor,
        starts_at=datetime(2026, 11, 30, 23, 30, tzinfo=UTC),  # half past midnight in Amsterdam
        ends_at=datetime(2026, 12, 1, 23, 0, tzinfo=UTC),  # midnight: that day is not touched
    )

    assert (event.starts_on, event.ends_on) == (date(2026, 12, 1), date(2026, 12, 1))


@given(start=st.integers(0, 1_000_000), minutes=st.integers(0, 10_000))
def test_the_days_of_moments_hold_them(start: int, minutes: int) -> None:
    starts_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=start)
    first, last = days_of_moments(starts_at, starts_at + timedelta(minutes=minutes))

    assert first <= last
    assert (last - first).days <= minutes // 1380 + 1  # the shortest day has 23 hours


def test_a_year_full_of_events_is_one_question(editor: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(40):
        add(editor, title=f"Markt {number}", starts_on=MONDAY, ends_on=MONDAY + timedelta(days=number))
    assert editor.team_ids

    with django_assert_num_queries(1):
        found = days_between(editor, MONDAY - timedelta(days=180), MONDAY + timedelta(days=180))
    assert sum(line.pk is not None for lines in found.values() for line in lines) == sum(range(1, 41))


def test_who_is_in_no_team_sees_nothing_and_another_team_sees_all(editor: User, outsider: User) -> None:
    add(editor)

    assert titles(outsider) == {MONDAY: ["Kerstmarkt"]}
    assert titles(UserFactory()) == {}
    assert titles(UserFactory(is_active=False, teams=[Team.objects.get(name="Webcare")])) == {}


def test_an_upside_down_stretch_is_empty(editor: User) -> None:
    assert days_between(editor, MONDAY, MONDAY - timedelta(days=1)) == {}


def test_days_are_named_in_the_language_of_who_looks(editor: User) -> None:
    with translation.override("en"):
        found = titles(editor, date(2027, 4, 27), date(2027, 4, 27))

    assert found == {date(2027, 4, 27): ["King's Day"]}


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "  "},
        {"kind": "party"},
        {"ends_on": MONDAY - timedelta(days=1)},
        {"ends_on": MONDAY + timedelta(days=400)},
        {"starts_at": datetime(2026, 11, 30, tzinfo=UTC)},
        {"starts_at": datetime(2026, 11, 30, tzinfo=UTC), "ends_at": datetime(2026, 11, 29, tzinfo=UTC)},
    ],
)
def test_what_can_not_be_is_refused_with_a_reason(editor: User, wrong: dict[str, object]) -> None:
    with pytest.raises(EventRefused, match=r"\w"):
        add(editor, **wrong)

    assert not CalendarEvent.objects.exists()


def test_changing_and_removing_leave_a_line_in_the_trail(editor: User) -> None:
    event = add(editor)

    change_event(event=event, by=editor, title="Wintermarkt")
    assert titles(editor) == {MONDAY: ["Wintermarkt"]}
    remove_event(event=event, by=editor)

    assert titles(editor) == {}
    actions = AuditEvent.objects.filter(object_type="calendar_app.calendarevent").values_list("action", "actor")
    assert list(actions.order_by("pk")) == [
        ("calendar_event.added", editor.pk),
        ("calendar_event.changed", editor.pk),
        ("calendar_event.removed", editor.pk),
    ]
    with pytest.raises(EventRefused):
        change_event(event=event, by=editor, title="Weg")


def test_what_somebody_else_publishes_is_shown_and_not_changed(editor: User) -> None:
    followed = Subscription.objects.create(name="Theater", url="https://theater.example/a.ics", created_by=editor)
    event = CalendarEvent.objects.create(
        title="Hamlet", starts_on=MONDAY, ends_on=MONDAY, subscription=followed, uid="1"
    )

    with pytest.raises(EventRefused):
        change_event(event=event, by=editor, title="Macbeth")
    with pytest.raises(EventRefused):
        remove_event(event=event, by=editor)
    assert titles(editor) == {MONDAY: ["Hamlet"]}
    Subscription.objects.update(stopped_at=datetime.now(UTC))
    assert titles(editor) == {}


def test_what_is_filled_in_beforehand_comes_once_and_stays_as_somebody_changed_it(editor: User) -> None:
    added = prefill(region="midden", by=editor)
    spring = CalendarEvent.objects.get(uid="school:midden:voorjaar-2027")
    change_event(event=spring, by=editor, ends_on=date(2027, 3, 1))

    assert (added, prefill(region="midden", by=editor)) == (9, 0)
    spring.refresh_from_db()
    assert (spring.kind, spring.starts_on, spring.ends_on) == (
        EventKind.SCHOOL_HOLIDAY,
        date(2027, 2, 20),
        date(2027, 3, 1),
    )
    assert "Controleer" in spring.note
    assert prefill(region="zuid", by=editor) == 5  # the elections are there already
