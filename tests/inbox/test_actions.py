"""The verbs on a conversation and on our own messages: found, allowed, done, shown, or refused with the reason."""

import json
from datetime import datetime, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent
from channels import errors
from channels.delivery import deliver
from channels.models import Channel, Delivery, DeliveryState
from inbox.models import Conversation, Message, Status
from inbox.replies import record_outcome
from tests.factories import ConversationFactory, DeliveryFactory, MessageFactory, TeamFactory, UserFactory
from tests.hostile import NUMBERS_TOO_LARGE

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}
ACTIONS = {
    "resolve": {"reason": "thanks"},
    "reopen": {},
    "snooze": {"preset": "hour"},
    "wait": {},
    "mark_read": {},
    "mark_unread": {},
}
DECISIONS = [name for name in ACTIONS if not name.startswith("mark_")]


def rows() -> list[dict]:
    """Conversations and messages as they are, to see that nothing changed."""
    return [*Conversation.objects.order_by("pk").values(), *Message.objects.order_by("pk").values()]


def press(client, name: str, pk: int, data: dict | None = None, **headers: str):
    return client.post(reverse(name, args=[pk]), ACTIONS.get(name, {}) if data is None else data, headers=HX | headers)


def own(conversation, state: str, **values) -> Message:
    delivery = DeliveryFactory(channel=conversation.channel, state=state, **values)
    return MessageFactory(
        conversation=conversation, direction="out", external_id=None, delivery=delivery, sent_by=UserFactory()
    )


# -- conversations -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [("resolve", Status.RESOLVED), ("snooze", Status.SNOOZED), ("wait", Status.WAITING), ("reopen", Status.OPEN)],
)
def test_a_button_does_what_it_says_and_shows_the_header_again(signed_in, agent, conversation, name, status):
    if name == "reopen":
        Conversation.objects.update(status=Status.WAITING)
    response = press(signed_in, name, conversation.pk)

    conversation.refresh_from_db()
    assert (response.status_code, conversation.status) == (200, status)
    assert response.content.decode().startswith('<header id="header"')
    assert json.loads(response.headers["HX-Trigger"])["balie:acted"] == {
        "action": name,
        "conversation": conversation.pk,
    }
    assert AuditEvent.objects.filter(actor=agent, object_id=str(conversation.pk)).count() == 1


@pytest.mark.parametrize("name", DECISIONS)
def test_without_scripts_a_button_leads_back_to_the_conversation(signed_in, conversation, name):
    response = signed_in.post(reverse(name, args=[conversation.pk]), ACTIONS[name])

    assert response.headers["Location"] == reverse("conversation", args=[conversation.pk])


@pytest.mark.parametrize("name", ACTIONS)
def test_another_teams_conversation_can_not_be_touched(foreign, signed_in, conversation, name):
    before = rows()

    assert press(foreign, name, conversation.pk).status_code == 404
    assert press(signed_in, name, NUMBERS_TOO_LARGE).status_code == 404
    assert rows() == before
    assert AuditEvent.objects.count() == 0


@pytest.mark.parametrize("name", DECISIONS)
def test_who_may_not_answer_may_not_decide_either(client, reader, conversation, name):
    client.force_login(reader)
    before = rows()

    assert press(client, name, conversation.pk).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("name", [*ACTIONS, "reply", "draft", "elsewhere"])
def test_following_a_link_changes_nothing(signed_in, conversation, name):
    before = rows()

    for method in (signed_in.get, signed_in.head, signed_in.put, signed_in.delete):
        response = method(reverse(name, args=[conversation.pk]), headers=HX | {"X-HTTP-Method-Override": "POST"})
        assert response.status_code == 405
    signed_in.get(reverse("conversation", args=[conversation.pk]), {"_method": "POST", "reason": "spam"})
    assert rows() == before


@pytest.mark.parametrize("name", DECISIONS)
def test_fields_that_are_nobodys_business_are_ignored(signed_in, conversation, name):
    stranger, team = UserFactory(), TeamFactory()
    extra = {
        "assignee": stranger.pk, "team": team.pk, "channel": 99, "contact": "", "visibility": "private", "preview": "gekaapt",
        "thread_id": "x", "status": "resolved", "resolve_reason": "spam", "is_staff": "1", "by": stranger.pk, "pk": 1,
    }  # fmt: skip
    before = Conversation.objects.values(
        "assignee", "team", "channel", "contact", "visibility", "preview", "thread_id"
    ).get()
    press(signed_in, name, conversation.pk, ACTIONS[name] | extra)

    assert Conversation.objects.values(*before).get() == before
    assert not AuditEvent.objects.filter(actor=stranger).exists()


def test_resolving_without_an_answer_asks_for_the_reason_first(signed_in, conversation):
    asked = press(signed_in, "resolve", conversation.pk, {})
    invented = press(signed_in, "resolve", conversation.pk, {"reason": "zomaar"})

    for response in (asked, invented):
        assert response.status_code == 422
        assert 'id="ask-reason"' in response.content.decode()
        assert "bedankje, geen antwoord nodig" in response.content.decode().lower()
        assert "HX-Trigger" not in response.headers
    assert Conversation.objects.get().status == Status.OPEN


@pytest.mark.parametrize(
    "data",
    [{}, {"preset": "ooit"}, {"preset": "own"}, {"preset": "own", "until": "morgen"}, {"preset": "own", "until": "2020-01-01T09:00"},
     {"preset": "own", "until": "0001-01-01T00:00"}, {"preset": "own", "until": "2027-03-28T02:30"}, {"preset": "own", "until": "99999-01-01T00:00"}],
)  # fmt: skip
def test_a_moment_that_is_none_is_refused_with_the_reason(signed_in, conversation, data):
    response = press(signed_in, "snooze", conversation.pk, data)

    assert response.status_code == 422
    assert 'role="alert"' in response.content.decode()
    assert Conversation.objects.get().status == Status.OPEN


@pytest.mark.parametrize(
    ("now", "tomorrow", "monday"),
    [
        ("2026-11-25T15:30+01:00", "2026-11-26T09:00", "2026-11-30T09:00"),
        ("2026-11-30T00:00+01:00", "2026-12-01T09:00", "2026-12-07T09:00"),
        ("2026-12-31T23:59:59+01:00", "2027-01-01T09:00", "2027-01-04T09:00"),
        ("2027-03-28T01:30+01:00", "2027-03-29T09:00", "2027-03-29T09:00"),
        ("2027-10-31T02:30+02:00", "2027-11-01T09:00", "2027-11-01T09:00"),
        ("2027-10-31T02:30+01:00", "2027-11-01T09:00", "2027-11-01T09:00"),
        ("2028-02-28T12:00+01:00", "2028-02-29T09:00", "2028-03-06T09:00"),
    ],
)
def test_a_conversation_comes_back_when_it_is_said_to(client, conversation, agent, now, tomorrow, monday):
    def until(preset: str) -> datetime:
        assert press(client, "snooze", conversation.pk, {"preset": preset}).status_code == 200
        return Conversation.objects.get().snoozed_until

    with time_machine.travel(datetime.fromisoformat(now), tick=False):
        client.force_login(agent)
        assert until("hour") - timezone.now() == timedelta(hours=1)
        assert f"{timezone.localtime(until('tomorrow')):%Y-%m-%dT%H:%M}" == tomorrow
        assert f"{timezone.localtime(until('monday')):%Y-%m-%dT%H:%M}" == monday


def test_the_very_last_moment_that_can_be_chosen_can_be_shown(signed_in, conversation):
    response = press(signed_in, "snooze", conversation.pk, {"preset": "own", "until": "9999-12-31T23:59"})

    assert response.status_code == 200
    assert signed_in.get(reverse("inbox"), {"view": "snoozed"}).status_code == 200


def test_read_and_unread_say_nothing_but_done(signed_in, conversation):
    assert press(signed_in, "mark_read", conversation.pk).status_code == 204
    assert Conversation.objects.get().unread_count == 0
    response = press(signed_in, "mark_unread", conversation.pk)

    assert (response.status_code, Conversation.objects.get().unread_count) == (204, 1)
    assert json.loads(response.headers["HX-Trigger"])["balie:acted"]["action"] == "unread"
    assert AuditEvent.objects.count() == 0, "reading is no decision"


@pytest.mark.parametrize(("name", "status"), [("mark_read", 204), ("mark_unread", 403)])
@pytest.mark.parametrize("unread", [0, 3])
def test_who_only_looks_on_leaves_it_as_unread_as_it_was(client, conversation, name, status, unread):
    Conversation.objects.update(unread_count=unread)
    client.force_login(UserFactory(is_superuser=True))

    assert press(client, name, conversation.pk).status_code == status
    assert Conversation.objects.get().unread_count == unread


# -- our own messages --------------------------------------------------------------------------------------------------------------


def test_what_failed_is_sent_again(signed_in, conversation, scripted):
    message = own(conversation, "failed", attempts=8, error="geweigerd", error_code="rejected")

    assert press(signed_in, "retry", message.pk).status_code == 204
    assert Delivery.objects.values_list("state", "attempts", "error").get() == (DeliveryState.QUEUED, 0, "")
    deliver(message.delivery_id, on_outcome=record_outcome)

    assert len(scripted.sent) == 1
    conversation.refresh_from_db()
    assert (conversation.status, conversation.message_count) == (Status.WAITING, 1)


@pytest.mark.parametrize("state", ["queued", "unknown", "cancelled"])
def test_what_may_still_arrive_is_not_sent_again(signed_in, conversation, state):
    message = own(conversation, state)

    response = press(signed_in, "retry", message.pk)

    assert (response.status_code, Delivery.objects.get().state) == (422, state)
    assert json.loads(response.headers["HX-Trigger"])["balie:toast"]["level"] == "error"


@pytest.mark.parametrize(
    ("data", "state"),
    [({"was_sent": "1"}, "sent"), ({"was_sent": "0"}, "failed"), ({"was_sent": "0", "retry": "1"}, "queued"),
     ({"was_sent": "1", "retry": "1"}, "sent")],
)  # fmt: skip
def test_a_person_who_looked_settles_an_unknown_outcome(signed_in, agent, conversation, data, state):
    message = own(conversation, "unknown")

    response = press(signed_in, "settle", message.pk, data, **{"HX-Target": "outcomes"})

    assert (response.status_code, Delivery.objects.get().state) == (200, state)
    assert response.content.decode().startswith('<div id="outcomes"')
    assert AuditEvent.objects.filter(action="reply.settled", actor=agent).count() == 1


@pytest.mark.parametrize("said", [{}, {"was_sent": ""}, {"was_sent": "misschien"}, {"was_sent": "2"}])
def test_neither_yes_nor_no_settles_nothing(signed_in, conversation, said):
    message = own(conversation, "unknown")

    assert press(signed_in, "settle", message.pk, said).status_code == 422
    assert Delivery.objects.get().state == "unknown"


def test_two_people_who_settle_at_once_are_told_who_was_first(signed_in, conversation):
    message = own(conversation, "unknown")
    press(signed_in, "settle", message.pk, {"was_sent": "1"})

    response = press(signed_in, "settle", message.pk, {"was_sent": "0", "retry": "1"}, **{"HX-Target": "outcomes"})

    assert (response.status_code, Delivery.objects.get().state) == (422, "sent")
    assert "De uitkomst van dit bericht is al bekend." in response.content.decode()


def test_without_scripts_settling_leads_back_to_the_list(signed_in, conversation):
    message = own(conversation, "unknown")

    response = signed_in.post(reverse("settle", args=[message.pk]), {"was_sent": "1"})

    assert response.headers["Location"] == reverse("outcomes")


@pytest.mark.parametrize(("name", "state"), [("retry", "failed"), ("settle", "unknown")])
def test_only_who_may_answer_on_that_channel_touches_an_outcome(
    client, foreign, signed_in, reader, conversation, name, state
):
    message = own(conversation, state)
    client_of_reader = client.__class__()
    client_of_reader.force_login(reader)

    assert press(foreign, name, message.pk, {"was_sent": "1"}).status_code == 404
    assert press(client_of_reader, name, message.pk, {"was_sent": "1"}).status_code == 403
    assert press(signed_in, name, NUMBERS_TOO_LARGE, {"was_sent": "1"}).status_code == 404
    assert signed_in.get(reverse(name, args=[message.pk])).status_code == 405
    assert Delivery.objects.get().state == state


def test_a_residents_message_has_no_outcome(signed_in, conversation):
    message = Message.objects.get()

    assert press(signed_in, "retry", message.pk).status_code == 404
    assert press(signed_in, "settle", message.pk, {"was_sent": "1"}).status_code == 404


def test_an_answer_to_a_channel_that_went_red_waits_and_says_so(signed_in, conversation, scripted):
    message = own(conversation, "failed")
    Channel.objects.update(state="reauthorise", state_reason="ingetrokken")
    press(signed_in, "retry", message.pk)
    deliver(message.delivery_id, on_outcome=record_outcome)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.error, scripted.sent) == (DeliveryState.QUEUED, "ingetrokken", [])
    assert "ingetrokken" in signed_in.get(reverse("conversation", args=[conversation.pk])).content.decode()


def test_a_renewed_token_that_is_refused_again_turns_the_channel_red_and_keeps_the_answer(conversation, scripted):
    """Renewing works and helps nothing (a scope was lost): no storm of renewals, and nothing counts as failed."""
    message = own(conversation, "queued")
    scripted.outcomes += [errors.CredentialsRejected("recht ingetrokken")] * 10

    for _try in range(10):
        Delivery.objects.update(not_before=timezone.now() - timedelta(seconds=1))
        deliver(message.delivery_id, on_outcome=record_outcome)

    assert (Delivery.objects.get().state, Channel.objects.get().state) == (DeliveryState.QUEUED, "reauthorise")
    assert len(scripted.renewals) == 1


def test_every_other_conversation_stays_as_it_is(signed_in, conversation):
    other = ConversationFactory(channel=conversation.channel)
    before = Conversation.objects.values().get(pk=other.pk)
    for name in ACTIONS:
        press(signed_in, name, conversation.pk)

    assert Conversation.objects.values().get(pk=other.pk) == before
