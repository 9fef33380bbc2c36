"""The list: which conversations, in which order, page by page, and how many there are of each kind."""

import itertools
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db.models import F
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from channels.messages import Kind, Visibility
from channels.models import DeliveryState
from inbox.listing import (
    BY_DEADLINE,
    MAX_SHOWN,
    PAGE,
    SORTS,
    VIEWS,
    Filter,
    counts,
    cursor_of,
    end_of_today,
    page,
    people_named,
)
from inbox.models import Conversation, Status
from tests.factories import (
    ChannelFactory,
    ContactIdentityFactory,
    ConversationFactory,
    DeliveryFactory,
    MessageFactory,
    TeamFactory,
    UserFactory,
)
from tests.hostile import QUERIES

pytestmark = pytest.mark.django_db

KEYS = ["view", "sort", "channel", "kind", "visibility", "unread", "q", "after", "shown", "open", "parts", "all"]
HX = {"HX-Request": "true"}


def again(user: User) -> User:
    """The same person in a next request: nothing is remembered."""
    return User.objects.get(pk=user.pk)


def conversations(channel, number: int, **values) -> list[Conversation]:
    """`number` of them without a person, newest first, a minute apart."""
    now = timezone.now()
    return [
        ConversationFactory(channel=channel, identity=None, last_message_at=now - timedelta(minutes=n), **values)
        for n in range(number)
    ]


def walk(user: User, chosen: Filter) -> list[int]:
    """Every page after the other, as somebody scrolls."""
    found, after = [], ""
    while True:
        shown = page(user, chosen, after=after)
        found += [row.pk for row in shown.rows]
        if not shown.after:
            return found
        after = shown.after


# -- which ones ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def town(channel, team, agent) -> list[Conversation]:
    """Every status with every owner and team."""
    colleague, elsewhere = UserFactory(teams=[team]), TeamFactory()
    return [
        ConversationFactory(
            channel=channel,
            identity=None,
            status=status,
            snoozed_until=timezone.now() + timedelta(hours=1) if status == Status.SNOOZED else None,
            assignee=assignee,
            team=owner,
            last_message_at=timezone.now() - timedelta(minutes=number),
            next_due_at=None if number % 3 else end_of_today() + timedelta(hours=12 * (number % 5 - 3)),
        )
        for number, (status, assignee, owner) in enumerate(
            itertools.product(Status.values, [None, agent, colleague], [None, team, elsewhere])
        )
    ]


def belongs(each: Conversation, view: str, agent: User, team) -> bool:
    """What each view promises, written out once more in the plainest words."""
    match view:
        case "open":
            return each.status == "open"
        case "mine":
            return each.assignee == agent and each.status in ("open", "waiting")
        case "unassigned":
            return each.status == "open" and each.assignee is None
        case "team":
            return each.status == "open" and (each.team == team or (each.team is None and each.assignee == agent))
        case "late":
            return each.status == "open" and bool(each.next_due_at) and each.next_due_at <= timezone.now()
        case "today":
            soon = bool(each.next_due_at) and timezone.now() < each.next_due_at <= end_of_today()
            return each.status == "open" and soon
        case "all":
            return True
    return each.status == view


def by_deadline(town: list[Conversation]) -> list[Conversation]:
    """What has a term first, the first to end on top; then the rest, newest first (as `town` is made)."""
    return sorted(
        town, key=lambda each: (each.next_due_at is None, each.next_due_at or timezone.now(), town.index(each))
    )


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_shows_what_it_promises(town, agent, team, view):
    sorted_town = by_deadline(town) if view in BY_DEADLINE else town
    expected = [each.pk for each in sorted_town if belongs(each, view, agent, team)]

    assert walk(agent, Filter(view=view)) == expected


def test_every_badge_is_exact(town, agent, team, channel):
    ConversationFactory(channel=ChannelFactory())  # another team's
    badges = counts(agent)

    for view in set(VIEWS) - {"resolved", "all"}:
        assert badges.views[view] == sum(belongs(each, view, agent, team) for each in town), view
    assert badges.channels == {channel.pk: badges.views["open"]}
    assert (badges.views["resolved"], badges.views["all"]) == (0, 0), "never counted, never shown"


def test_what_did_not_arrive_is_counted_for_those_who_see_it(channel, agent, outsider):
    for state in DeliveryState.values:
        proof = {"sent": {"external_id": "x"}, "sending": {"started_at": timezone.now()}}.get(state, {})
        DeliveryFactory(channel=channel, state=state, **proof)

    assert counts(agent).troubled == 2
    assert counts(outsider).troubled == 0


def test_filters_narrow_the_view_and_each_other(channel, team, agent):
    other = ChannelFactory(teams=[team])
    made = [
        ConversationFactory(channel=where, identity=None, kind=kind, visibility=visibility, unread_count=unread)
        for where in (channel, other)
        for kind in Kind
        for visibility in Visibility
        for unread in (0, 2)
    ]
    for chosen in (
        Filter(channel=other.pk),
        Filter(kind="comment"),
        Filter(visibility="private"),
        Filter(unread=True),
        Filter(channel=channel.pk, kind="mention", visibility="public", unread=True),
    ):
        expected = {
            each.pk
            for each in made
            if (not chosen.channel or each.channel_id == chosen.channel)
            and (not chosen.kind or each.kind == chosen.kind)
            and (not chosen.visibility or each.visibility == chosen.visibility)
            and (not chosen.unread or each.unread_count)
        }
        assert set(walk(agent, chosen)) == expected
        assert chosen.is_narrowed


@pytest.mark.parametrize("view", VIEWS)
def test_an_outsider_finds_nothing_in_any_view(town, outsider, channel, view):
    assert walk(outsider, Filter(view=view)) == []
    assert walk(outsider, Filter(view=view, channel=channel.pk)) == []
    assert set(counts(outsider).views.values()) == {0}


def test_rights_that_were_taken_away_count_at_the_next_request(town, agent):
    assert walk(agent, Filter())
    agent.memberships.all().delete()

    assert walk(again(agent), Filter()) == []


# -- in which order, page by page ----------------------------------------------------------------------------------------------


def test_the_list_is_sorted_as_asked(channel, agent):
    newest, answered, oldest = conversations(channel, 3)
    Conversation.objects.filter(pk=newest.pk).update(awaiting_since=timezone.now() - timedelta(days=1))
    Conversation.objects.filter(pk=answered.pk).update(awaiting_since=None)

    assert walk(agent, Filter(sort="newest")) == [newest.pk, answered.pk, oldest.pk]
    assert walk(agent, Filter(sort="oldest")) == [oldest.pk, answered.pk, newest.pk]
    assert walk(agent, Filter(sort="waiting")) == [newest.pk, oldest.pk], "who does not wait is not in the queue"


@pytest.mark.parametrize("sort", SORTS)
def test_pages_follow_each_other_without_a_double_or_a_gap(channel, agent, sort):
    made = conversations(channel, 2 * PAGE + 7)
    # Many at the same moment, across the edge of a page: the id decides.
    same = [each.pk for each in made[PAGE - 10 : PAGE + 10]]
    Conversation.objects.filter(pk__in=same).update(
        last_message_at=made[PAGE].last_message_at, awaiting_since=made[PAGE].last_message_at
    )

    found = walk(agent, Filter(sort=sort))

    assert len(found) == len(set(found)) == len(made)


@pytest.mark.parametrize("sort", SORTS)
def test_what_changes_while_somebody_scrolls_hides_nothing_else(channel, agent, sort):
    made = conversations(channel, 2 * PAGE + 20)
    first = page(agent, Filter(sort=sort))
    moved = {made[3].pk, made[PAGE + 20].pk}
    arrived = ConversationFactory(channel=channel, identity=None, last_message_at=timezone.now())
    Conversation.objects.filter(pk__in=moved).update(last_message_at=timezone.now(), awaiting_since=timezone.now())
    Conversation.objects.filter(pk=made[PAGE + 30].pk).update(status=Status.RESOLVED)

    found, after = [row.pk for row in first.rows], first.after
    while after:
        shown = page(agent, Filter(sort=sort), after=after)
        found, after = found + [row.pk for row in shown.rows], shown.after

    still = {each.pk for each in made} - moved - {made[PAGE + 30].pk}
    assert still <= set(found)
    assert [pk for pk in found if pk in still] == list(dict.fromkeys(pk for pk in found if pk in still))
    assert made[PAGE + 30].pk not in found[PAGE:]
    assert arrived.pk not in found[:PAGE]


def test_the_last_row_of_a_full_page_is_not_the_end(channel, agent):
    conversations(channel, PAGE)
    assert page(agent, Filter()).after == ""

    conversations(channel, 1)
    shown = page(agent, Filter())
    assert shown.after == cursor_of(shown.rows[-1], "deadline")


@pytest.mark.parametrize(("asked", "given"), [(1, PAGE), (PAGE + 5, PAGE + 5), (10**9, PAGE + 10), (-3, PAGE)])
def test_a_refresh_shows_as_many_rows_as_are_on_the_screen(channel, agent, asked, given):
    conversations(channel, PAGE + 10)

    assert len(page(agent, Filter(), shown=asked).rows) == min(given, MAX_SHOWN)


# -- names -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [("fat", True), ("FATIMA", True), ("berg yıl", True), ("Yıldız", True), ("fietsbel", True), ("@fietsbel", True),
     ("atima", False), ("fatima jansen", False), ("!!", False), ("", True), ("' | 'x':*", False), ("yıldız-van", True)],
)  # fmt: skip
def test_a_person_is_found_by_the_beginning_of_any_word_of_the_name(channel, agent, typed, is_found):
    person = ContactIdentityFactory(name="Fatima Yıldız-van der Berg", handle="fietsbel")
    known = ConversationFactory(channel=channel, identity=person)
    ConversationFactory(channel=channel, identity=ContactIdentityFactory(name="Piet", handle="piet"))

    shown = page(agent, Filter.of({"q": typed}))

    assert (known.pk in [row.pk for row in shown.rows]) is is_found


def test_too_many_names_are_told_to_be_too_many(channel, agent):
    for number in range(201):
        ContactIdentityFactory(name=f"Jansen {number}", contact=ContactIdentityFactory.build().contact)

    assert len(people_named("jans")) == 201
    assert page(agent, Filter(q="jans")).is_partial


# -- query strings -------------------------------------------------------------------------------------------------------------


@given(
    st.builds(
        Filter,
        view=st.sampled_from(list(VIEWS)),
        sort=st.sampled_from(list(SORTS)),
        channel=st.none() | st.integers(1, 10**9 - 1),
        kind=st.sampled_from(["", *Kind]),
        visibility=st.sampled_from(["", *Visibility]),
        unread=st.booleans(),
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
)
@example(Filter(), "a" * 79 + " b")
@example(Filter(view="unassigned", sort="waiting", kind="direct_message", visibility="private", unread=True), "😀" * 90)
def test_a_filter_is_the_same_after_a_walk_through_the_address(chosen: Filter, typed: str):
    chosen = Filter.of(QueryDict(f"{chosen.query}&{urlencode({'q': typed})}").dict())

    assert Filter.of(QueryDict(chosen.query).dict()) == chosen
    assert len(chosen.query) <= 1200, "what a saved view can hold"


@pytest.mark.parametrize("value", QUERIES, ids=range(len(QUERIES)))
def test_whatever_stands_in_the_address_the_list_answers(signed_in: Client, channel, value):
    row = f'id="row-{ConversationFactory(channel=channel).pk}"'
    hostile = dict.fromkeys([*KEYS, "assignee__password", "__proto__", "order_by"], value)

    for name in ("inbox", "conversation_rows", "inbox_live"):
        assert signed_in.get(reverse(name), hostile).status_code == 200
    for key in KEYS:
        shown = signed_in.get(reverse("conversation_rows"), {key: value})
        assert shown.status_code == 200
        # Only what was meant for people and places in the list may narrow it; nothing else does anything at all.
        if key not in {"q", "after", "channel"}:
            assert row in shown.content.decode(), key


def test_nobody_reads_a_column_through_a_filter(signed_in: Client, channel):
    colleague = UserFactory(password="argon2$verborgen")
    ConversationFactory(channel=channel, assignee=colleague)

    shown = signed_in.get(reverse("inbox"), {"sort": "assignee__password", "assignee__password__startswith": "x"})

    assert 'class="row' in shown.content.decode()  # "x" begins nobody's: what is no filter narrows nothing
    assert colleague.password not in shown.content.decode()


# -- how much it asks of the database ----------------------------------------------------------------------------------------------


def fill(channel, agent, number: int) -> None:
    """Rows that show everything a row can show."""
    for each in conversations(channel, number, assignee=agent):
        person = ContactIdentityFactory(avatar="aa/b.webp")
        Conversation.objects.filter(pk=each.pk).update(identity=person, contact=person.contact)
        MessageFactory(conversation=each, edited_at=timezone.now())


@pytest.mark.parametrize("number", [1, 60])
def test_the_list_asks_the_same_of_the_database_however_long_it_is(
    signed_in: Client, channel, agent, django_assert_num_queries, number
):
    fill(channel, agent, number)
    ConversationFactory(channel=channel, status=Status.RESOLVED)

    with django_assert_num_queries(10):
        signed_in.get(reverse("inbox"))
    with django_assert_num_queries(6):
        signed_in.get(reverse("conversation_rows"))
    with django_assert_num_queries(9):
        signed_in.get(reverse("inbox_live"), {"parts": "views,list", "shown": "60"}, headers=HX)
    with django_assert_num_queries(11):
        signed_in.get(reverse("inbox"), {"q": "fatima"})


def test_more_channels_and_views_take_no_more_queries(signed_in: Client, team, agent, django_assert_num_queries):
    for _number in range(8):
        ConversationFactory(channel=ChannelFactory(teams=[team]))
    assert Conversation.objects.filter(message_count=F("message_count")).count() == 8

    with django_assert_num_queries(10):
        signed_in.get(reverse("inbox"))
