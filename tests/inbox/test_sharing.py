"""Whoever sees the same channels shares what was read and rendered: what changed is never shown as it was, to anybody."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
import redis
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role, User
from channels.messages import SendMode
from channels.models import Channel, ChannelTeam
from core import events
from inbox import sharing
from inbox.assignment import claim
from inbox.drafts import save_draft
from inbox.facts import choose_facts
from inbox.lifecycle import mark_read, mark_unread, resolve, snooze, wait_for_resident
from inbox.models import Conversation
from inbox.replies import send_reply
from inbox.templatetags import remembered
from responsematrix.choices import Audience, Urgency
from responsematrix.subject_list import create_subject, edit_subject
from tests.factories import ConversationFactory, MessageFactory, UserFactory
from tests.inbox.pages import text_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _begin_empty() -> Iterator[None]:
    for kept in (sharing._kept, remembered._kept):
        kept.clear()
    yield
    sharing._kept.clear()


@pytest.fixture
def colleague(team) -> Client:
    client = Client()
    client.force_login(UserFactory(teams=[team], teams__role=Role.AGENT))
    return client


def inbox(client: Client, query: str = "") -> str:
    return text_of(client.get(reverse("inbox") + query))


def thread(client: Client, conversation: Conversation) -> str:
    return text_of(client.get(reverse("conversation", args=[conversation.pk])))


def test_list_and_conversation_are_read_once_for_all_who_see_the_same(signed_in, colleague, conversation):
    url = reverse("conversation", args=[conversation.pk])
    for client in (signed_in, colleague):
        client.get(url)  # who comes back has been signed in before
    first = text_of(signed_in.get(url))

    with CaptureQueriesContext(connection) as asked:
        second = text_of(colleague.get(url))

    read = " ".join(each["sql"] for each in asked)
    assert not any(f'FROM "{table}"' in read for table in ("inbox_conversation", "inbox_message", "inbox_obligation"))
    assert f'id="row-{conversation.pk}"' in first
    assert f'id="row-{conversation.pk}"' in second


CHANGES: dict[str, Callable[[Conversation, User], object]] = {
    "claimed": lambda c, u: claim(conversation=c, by=u),
    "snoozed": lambda c, u: snooze(conversation=c, until=timezone.now() + timedelta(days=1), by=u),
    "waiting": lambda c, u: wait_for_resident(conversation=c, by=u),
    "resolved": lambda c, u: resolve(conversation=c, by=u, reason="thanks"),
    "read": lambda c, u: mark_read(conversation=c, by=u),
    "answered": lambda c, u: send_reply(conversation=c, text="Morgen.", mode=SendMode.REPLY, by=u, key=uuid4()),
    "facts": lambda c, u: choose_facts(
        conversation=c, by=u, subject=None, audience=Audience.PRESS, urgency=Urgency.HIGH
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_changed_is_seen_at_once_by_everybody(signed_in, colleague, conversation, agent, change):
    Conversation.objects.update(unread_count=2)
    create_subject(name="Afval", by=agent)
    before = [whole(client, conversation) for client in (signed_in, colleague)]
    again = [whole(client, conversation) for client in (signed_in, colleague)]
    assert [lines_of(page) for page in again] == [lines_of(page) for page in before], "until then it is the same"

    change(conversation, agent)

    for client, seen in zip((signed_in, colleague), before, strict=True):
        assert lines_of(whole(client, conversation)) != lines_of(seen)


def whole(client: Client, conversation: Conversation) -> str:
    return inbox(client) + thread(client, conversation)


def lines_of(page: str) -> list[str]:
    """Without what is another one on every page."""
    return [line for line in page.splitlines() if "csrf" not in line and 'name="key"' not in line]


def test_who_changes_something_reads_it_back_as_it_is(signed_in, conversation):
    thread(signed_in, conversation)

    answer = signed_in.post(reverse("claim", args=[conversation.pk]), headers={"HX-Request": "true"})

    assert "Loslaten" in text_of(answer)
    assert "Loslaten" in thread(signed_in, conversation)


def test_another_team_shares_nothing_and_a_right_taken_away_counts_at_once(signed_in, foreign, conversation):
    row = f'id="row-{conversation.pk}"'
    assert row in inbox(signed_in)
    assert row not in inbox(foreign)
    assert foreign.get(reverse("conversation", args=[conversation.pk])).status_code == 404

    ChannelTeam.objects.all().delete()

    assert row not in inbox(signed_in)
    assert signed_in.get(reverse("conversation", args=[conversation.pk])).status_code == 404


def test_who_may_only_look_gets_no_buttons_of_others(signed_in, reader, conversation):
    assert "Afhandelen" in thread(signed_in, conversation)
    client = Client()
    client.force_login(reader)

    shown = thread(client, conversation)

    assert reverse("resolve", args=[conversation.pk]) not in shown
    assert "U kunt hier meelezen" in shown


def test_mine_is_another_list_for_each_and_so_is_whose_words_they_are(signed_in, colleague, conversation, agent):
    send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=agent, key=uuid4())
    row = f'id="row-{conversation.pk}"'

    assert row in inbox(signed_in, "?view=mine")
    assert row not in inbox(colleague, "?view=mine")
    assert "Jij:" in inbox(signed_in, "?view=waiting")
    assert "Wij:" in inbox(colleague, "?view=waiting")


def test_what_somebody_types_is_theirs_alone(signed_in, colleague, conversation, agent):
    save_draft(conversation=conversation, mode=SendMode.REPLY, text="Half getypt", version=0, by=agent)

    assert "Half getypt" in thread(signed_in, conversation)
    assert "Half getypt" not in thread(colleague, conversation)


def test_each_page_has_keys_of_its_own(signed_in, colleague, conversation):
    def key_in(page: str) -> str:
        return page.split('name="key" value="')[1].split('"')[0]

    assert key_in(thread(signed_in, conversation)) != key_in(thread(colleague, conversation))


def test_everybody_reads_it_in_their_own_language(signed_in, colleague, conversation):
    assert "Afhandelen" in thread(signed_in, conversation)

    english = colleague.get(reverse("conversation", args=[conversation.pk]), headers={"Accept-Language": "en"})

    assert "Resolve" in text_of(english)


def test_a_term_that_passes_moves_the_row_and_the_badge_within_the_minute(signed_in, conversation):
    now = timezone.now().replace(second=10, microsecond=0)
    Conversation.objects.update(next_due_at=now + timedelta(seconds=20))

    with time_machine.travel(now, tick=False):
        assert f'id="row-{conversation.pk}"' not in inbox(signed_in, "?view=late")
    with time_machine.travel(now + timedelta(seconds=30), tick=False):
        late = inbox(signed_in, "?view=late")
        assert f'id="row-{conversation.pk}"' in late
        assert "due--late" in late


def test_names_that_change_are_seen_at_once(signed_in, colleague, conversation, agent, channel: Channel):
    subject = create_subject(name="Afval", by=agent)
    Conversation.objects.update(subject=subject, assignee=agent)
    assert "Afval" in inbox(colleague)

    edit_subject(subject=subject, by=agent, name="Huisvuil")
    assert "Huisvuil" in inbox(colleague)

    profile = {"first_name": "Anders", "last_name": "Genoemd", "language": "nl", "theme": "auto"}
    assert signed_in.post(reverse("profile"), profile).status_code == 302
    assert "Anders Genoemd" in inbox(colleague)

    Channel.objects.filter(pk=channel.pk).update(name="Gemeente Elders")
    assert "Gemeente Elders" in inbox(colleague)


def test_new_messages_are_there_with_their_event(signed_in, conversation, channel):
    assert "Nog een vraag" not in thread(signed_in, conversation)

    MessageFactory(conversation=conversation, text="Nog een vraag")
    newcomer = ConversationFactory(channel=channel)
    events.publish([f"channel-{channel.pk}"], ["list"])

    shown = thread(signed_in, conversation)
    assert "Nog een vraag" in shown
    assert f'id="row-{newcomer.pk}"' in shown


def test_without_redis_nothing_is_kept(signed_in, conversation, monkeypatch, settings: Settings):
    monkeypatch.setattr(events, "_publisher", redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2))
    inbox(signed_in)

    Conversation.objects.update(preview="Zonder een gebeurtenis")

    assert "Zonder een gebeurtenis" in inbox(signed_in)
    assert len(sharing._kept) == 0


def test_what_was_kept_before_redis_was_lost_is_not_used_after_it(signed_in, conversation, monkeypatch):
    inbox(signed_in)
    own = events._client()

    # The change that nobody could hear of.
    monkeypatch.setattr(events, "_publisher", redis.Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=0.2))
    Conversation.objects.update(preview="Toen niemand luisterde")
    events.publish([f"channel-{conversation.channel_id}"], ["list"])
    monkeypatch.setattr(events, "_publisher", own)

    assert "Toen niemand luisterde" in inbox(signed_in)


def test_unread_again(signed_in, colleague, conversation, agent):
    mark_read(conversation=conversation, by=agent)
    assert "is-unread" not in inbox(colleague)

    mark_unread(conversation=conversation, by=agent)

    assert "is-unread" in inbox(colleague)
