"""The bell: told once, together per kind, only to who may see it, and put away by oneself."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership
from channels.models import ChannelTeam
from inbox.models import Notification, NotificationKind
from inbox.notifications import count_unread, mark_notified, notify, notify_about, unread_bundles, withdraw_about
from tests.factories import ConversationFactory, UserFactory

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


def test_the_same_thing_is_told_once_until_it_is_read(conversation, agent):
    for _time in range(2):
        notify([(agent.pk, conversation.pk)], kind=NotificationKind.ASSIGNED)
    assert count_unread(agent) == 1

    mark_notified(by=agent)
    notify([(agent.pk, conversation.pk)], kind=NotificationKind.ASSIGNED)
    assert (count_unread(agent), Notification.objects.count()) == (1, 2)


def test_nobody_is_told_what_they_did_themselves(conversation, agent):
    notify([(agent.pk, conversation.pk)], kind=NotificationKind.ASSIGNED, by=agent)

    assert count_unread(agent) == 0


def test_many_of_one_kind_are_one_bundle_and_the_most_urgent_kind_comes_first(conversation, channel, agent):
    others = [ConversationFactory(channel=channel) for _number in range(3)]
    notify([(agent.pk, each.pk) for each in others], kind=NotificationKind.ASSIGNED)
    notify([(agent.pk, conversation.pk)], kind=NotificationKind.PASSED)

    assert [(bundle.kind, len(bundle.notifications)) for bundle in unread_bundles(agent)] == [
        (NotificationKind.PASSED, 1), (NotificationKind.ASSIGNED, 3),
    ]  # fmt: skip


def test_an_open_screen_hears_it_after_the_commit(conversation, agent, django_capture_on_commit_callbacks, monkeypatch):
    told = []
    monkeypatch.setattr("core.events.publish", lambda groups, names: told.append((list(groups), list(names))))

    with django_capture_on_commit_callbacks(execute=True):
        notify([(agent.pk, conversation.pk)], kind=NotificationKind.DEADLINE)

    assert told == [([f"user-{agent.pk}"], ["notifications"])]


def test_who_may_no_longer_see_the_conversation_is_shown_nothing_of_it(conversation, agent, outsider):
    notify([(agent.pk, conversation.pk), (outsider.pk, conversation.pk)], kind=NotificationKind.ASSIGNED)
    assert count_unread(outsider) == 0

    ChannelTeam.objects.all().delete()
    assert (count_unread(agent), unread_bundles(agent)) == (0, [])


def test_the_bell_counts_lists_and_leads_to_the_conversation(signed_in: Client, conversation, agent):
    notify([(agent.pk, conversation.pk)], kind=NotificationKind.DEADLINE)
    assert ">1<" in signed_in.get(reverse("notification_count"), headers=HX).content.decode()
    listed = signed_in.get(reverse("notifications"), headers=HX).content.decode()
    assert "Termijn verloopt bijna" in listed

    answered = signed_in.post(reverse("follow_notification", args=[Notification.objects.get().pk]))

    assert answered.headers["Location"] == reverse("conversation", args=[conversation.pk])
    assert "Geen ongelezen meldingen" in signed_in.get(reverse("notifications")).content.decode()


def test_looking_at_the_conversation_puts_its_notifications_away(signed_in: Client, conversation, channel, agent):
    other = ConversationFactory(channel=channel)
    notify([(agent.pk, conversation.pk), (agent.pk, other.pk)], kind=NotificationKind.ASSIGNED)

    signed_in.post(reverse("mark_read", args=[conversation.pk]))

    assert [n.conversation_id for n in Notification.objects.unread()] == [other.pk]


def test_somebody_elses_notification_can_not_be_followed(client: Client, conversation, agent, team):
    notify([(agent.pk, conversation.pk)], kind=NotificationKind.ASSIGNED)
    client.force_login(UserFactory(teams=[team]))

    assert client.post(reverse("follow_notification", args=[Notification.objects.get().pk])).status_code == 404
    client.post(reverse("read_notifications"))
    assert count_unread(agent) == 1
    assert Membership.objects.count() == 2


def test_a_full_list_takes_one_query(channel, agent, django_assert_num_queries):
    conversations = [ConversationFactory(channel=channel) for _number in range(5)]
    notify([(agent.pk, each.pk) for each in conversations], kind=NotificationKind.ASSIGNED)
    assert agent.team_ids

    with django_assert_num_queries(1):
        for bundle in unread_bundles(agent):
            assert all(each.conversation.identity.display_name for each in bundle.notifications)


def about(*users, kind=NotificationKind.REVIEW, path="/calendar/posts/7", title="Molenstraat dicht", by=None) -> None:
    notify_about(users, kind=kind, path=path, title=title, by=by)


def test_what_is_about_a_page_is_told_once_per_kind_until_it_is_read(agent, outsider):
    for _time in range(2):
        about(agent, agent, outsider)
    about(agent, path="/calendar/posts/8")
    about(agent, kind=NotificationKind.VOID)
    about(agent, by=agent)
    assert (count_unread(agent), count_unread(outsider)) == (3, 1)

    assert mark_notified(by=agent, path="/calendar/posts/7") == 2
    about(agent)
    assert (count_unread(agent), Notification.objects.count()) == (2, 5)


def test_what_is_no_longer_so_is_taken_back_from_everybody(agent, outsider):
    about(agent, outsider)
    about(agent, kind=NotificationKind.VOID)

    withdraw_about(path="/calendar/posts/7", kinds=[NotificationKind.REVIEW])

    assert (count_unread(agent), count_unread(outsider)) == (1, 0)


def test_the_bell_shows_its_title_and_leads_to_the_page(signed_in: Client, agent, conversation):
    about(agent, title="<b>Molen</b>\x00straat\n\u202edicht " + "x" * 500)
    notify([(agent.pk, conversation.pk)], kind=NotificationKind.ASSIGNED)

    listed = signed_in.get(reverse("notifications"), headers=HX).content.decode()

    assert "Berichten om te beoordelen" in listed
    assert "&lt;b&gt;Molen&lt;/b&gt;straat" in listed
    assert "\u202e" not in listed
    answered = signed_in.post(reverse("follow_notification", args=[Notification.objects.get(kind="review").pk]))
    assert answered.headers["Location"] == "/calendar/posts/7"
    assert count_unread(agent) == 1


@pytest.mark.parametrize("path", ["", "calendar", "https://elders.example/", "//elders.example/"])
def test_a_path_is_one_of_ours(agent, path):
    with pytest.raises((IntegrityError, ValueError)), transaction.atomic():
        about(agent, path=path)


def test_a_notification_is_about_one_thing(agent, conversation):
    for wrong in ({"conversation": conversation, "path": "/x"}, {}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Notification.objects.create(user=agent, kind="review", **wrong)
