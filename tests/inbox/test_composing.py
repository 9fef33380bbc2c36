"""The composer: one message per key, what was typed never lost, and refused with the reason."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from channels.models import Channel, Delivery
from inbox.models import Conversation, Draft, Message, Status
from tests.factories import ConversationFactory, MessageFactory, UserFactory
from tests.hostile import SCRIPTS, Page

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}
TEXT = "Morgen tussen acht en twaalf."


def reply(client, conversation, /, **values):
    data = {"mode": "reply", "text": TEXT, "key": str(uuid4())} | values
    return client.post(reverse("reply", args=[conversation.pk]), data, headers=HX)


def elsewhere(client, conversation, /, **values):
    return client.post(reverse("elsewhere", args=[conversation.pk]), values, headers=HX)


def test_an_answer_brings_back_an_empty_composer_and_shows_the_bubble(signed_in, agent, conversation):
    response = reply(signed_in, conversation)
    shown = response.content.decode()

    message = Message.objects.get(direction="out")
    assert (response.status_code, message.text, message.sent_by) == (200, TEXT, agent)
    assert shown.startswith('<div id="composer"')
    assert f'id="m-{message.pk}"' in shown
    assert shown.count('hx-swap-oob="true"') == 2
    assert "</textarea>" in shown
    assert TEXT not in shown[shown.index("<textarea") : shown.index("</textarea>")]
    assert json.loads(response.headers["HX-Trigger"])["balie:acted"]["action"] == "reply"


def test_the_same_key_twice_is_one_message(signed_in, conversation):
    key = str(uuid4())

    statuses = [reply(signed_in, conversation, key=key, text=text).status_code for text in (TEXT, TEXT, "iets anders")]

    assert statuses == [200, 200, 200]
    assert (Delivery.objects.count(), Message.objects.get(direction="out").text) == (1, TEXT)


def test_a_key_of_somebody_else_is_refused_and_tells_nothing(signed_in, client, team, conversation):
    colleague = UserFactory(teams=[team])
    other = client.__class__()
    other.force_login(colleague)
    key = str(uuid4())
    reply(signed_in, conversation, key=key)

    response = reply(other, conversation, key=key, text="gekaapt")

    assert response.status_code == 422
    assert "Dit antwoord hoort bij een ander gesprek" in response.content.decode()
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": ""}, "Schrijf eerst een antwoord."),
        ({"text": " \n "}, "Schrijf eerst een antwoord."),
        ({"text": "a" * 8001}, "Het antwoord is te lang: 8001 van 8000 tekens."),
        ({"text": "a" * 100_001}, "Dit formulier is niet compleet."),
        ({"mode": "postduif"}, ""),
        ({"mode": "post"}, ""),
        ({"mode": "direct_message"}, ""),
        ({"key": "geen-sleutel"}, "Dit formulier is niet compleet."),
        ({"key": ""}, "Dit formulier is niet compleet."),
        ({"text": "a\x00b"}, "Dit formulier is niet compleet."),
    ],
)
def test_what_can_not_be_sent_comes_back_with_the_reason_and_the_text(signed_in, conversation, values, reason):
    response = reply(signed_in, conversation, **values)
    page = response.content.decode()

    assert response.status_code == 422
    assert reason in page
    assert Delivery.objects.count() == 0
    if values.get("text", "").strip() and "mode" not in values:
        assert values["text"][:100].replace("\x00", "") in page.replace("\x00", "")


def test_a_refused_answer_keeps_its_key_so_that_trying_again_is_no_second_message(signed_in, conversation):
    key = str(uuid4())

    assert f'value="{key}"' in reply(signed_in, conversation, key=key, text="a" * 8001).content.decode()


@pytest.mark.parametrize("hostile", SCRIPTS, ids=range(len(SCRIPTS)))
def test_what_was_typed_is_text_wherever_it_is_shown_again(signed_in, conversation, hostile):
    refused = reply(signed_in, conversation, text=hostile + "a" * 8000)
    sent = reply(signed_in, conversation, text=hostile)
    signed_in.post(reverse("draft", args=[conversation.pk]), {"mode": "reply", "text": hostile, "version": 0})
    again = signed_in.get(reverse("composer", args=[conversation.pk]))

    for response in (refused, sent, again):
        assert Page(response.content.decode()).dangers == []
        assert hostile in Page(response.content.decode()).text


def test_line_ends_are_those_of_the_platforms(signed_in, conversation):
    reply(signed_in, conversation, text="Beste Fatima,\r\n\r\nMorgen.\r\n")

    assert Delivery.objects.get().text == "Beste Fatima,\n\nMorgen."


def test_an_answer_of_an_outsider_or_a_reader_is_not_sent(client, foreign, reader, conversation):
    client.force_login(reader)

    assert reply(foreign, conversation).status_code == 404
    assert reply(client, conversation).status_code == 403
    assert elsewhere(foreign, conversation, text="x").status_code == 404
    assert elsewhere(client, conversation, text="x").status_code == 403
    assert (Delivery.objects.count(), Message.objects.count()) == (0, 1)


def test_fields_that_are_nobodys_business_are_ignored(signed_in, agent, conversation):
    other = ConversationFactory(channel=conversation.channel)
    reply(
        signed_in, conversation, conversation=other.pk, channel=99, sent_by=UserFactory().pk, external_id="nep", state="sent",
        direction="in", visibility="private", sent_at="2020-01-01", in_reply_to="elders", recipient_id="iemand", team=1,
    )  # fmt: skip

    message = Message.objects.get(direction="out")
    assert (message.conversation, message.sent_by, message.external_id) == (conversation, agent, None)
    assert (message.visibility, message.delivery.state, message.delivery.in_reply_to) == ("public", "queued", "m1")
    assert message.delivery.recipient_id == conversation.identity.external_id


def test_a_private_answer_says_that_it_lives_in_its_own_conversation(signed_in, conversation):
    response = reply(signed_in, conversation, mode="private_reply")

    private = Conversation.objects.get(visibility="private")
    assert private.origin == conversation
    assert "eigen gesprek" in json.loads(response.headers["HX-Trigger"])["balie:toast"]["text"]
    assert reverse("conversation", args=[private.pk]) in response.content.decode()


def test_the_composer_says_to_whom_and_where(signed_in, conversation):
    page = signed_in.get(reverse("composer", args=[conversation.pk])).content.decode()

    assert "Openbaar aan <strong><bdi>Fatima" in page
    assert "iedereen kan dit lezen" in page
    assert "alleen de ontvanger leest dit" in page
    assert 'data-max="8000"' in page
    assert 'data-max="2000"' in page


def test_each_composer_has_a_key_of_its_own(signed_in, conversation):
    url = reverse("composer", args=[conversation.pk])

    keys = {
        attributes["value"]
        for _visit in range(3)
        for tag, attributes in Page(signed_in.get(url).content.decode()).elements
        if tag == "input" and attributes.get("name") == "key"
    }
    assert len(keys) == 3


def test_a_channel_that_can_not_send_offers_the_other_road(signed_in, conversation):
    Channel.objects.update(state="reauthorise", state_reason="wachtwoord gewijzigd")

    page = signed_in.get(reverse("composer", args=[conversation.pk])).content.decode()

    assert "wachtwoord gewijzigd" in page
    assert "Openbaar plaatsen" not in page
    assert reverse("elsewhere", args=[conversation.pk]) in page
    assert "kan nu niet verzenden" in reply(signed_in, conversation).content.decode()


def test_the_window_in_which_an_answer_is_taken_is_shown(signed_in, channel, scripted):
    private = ConversationFactory(channel=channel, visibility="private", kind="direct_message")
    message = MessageFactory(conversation=private, sent_at=timezone.now() - timedelta(days=2))
    url = reverse("composer", args=[private.pk])
    assert "data-until=" in signed_in.get(url).content.decode()

    Message.objects.filter(pk=message.pk).update(sent_at=timezone.now() - timedelta(days=8))
    page = signed_in.get(url).content.decode()
    assert "data-until=" not in page
    assert "neemt hier sinds" in page


def test_answered_elsewhere_is_kept_and_resolves(signed_in, agent, conversation, scripted):
    response = elsewhere(signed_in, conversation, text="Op de pagina zelf gezegd.")

    conversation.refresh_from_db()
    assert (response.status_code, conversation.status) == (200, Status.RESOLVED)
    assert "elders beantwoord" in response.content.decode()
    assert (Message.objects.get(direction="out").sent_by, scripted.sent) == (agent, [])


def test_answered_elsewhere_without_words_resolves_all_the_same(signed_in, conversation):
    assert elsewhere(signed_in, conversation).status_code == 200

    assert (Message.objects.count(), Conversation.objects.get().resolve_reason) == (1, "elsewhere")


def test_answered_elsewhere_twice_with_one_key_is_one_message(signed_in, conversation):
    key = str(uuid4())

    for _click in range(2):
        assert elsewhere(signed_in, conversation, text="Gezegd.", key=key).status_code == 200

    assert Message.objects.filter(direction="out").count() == 1
    assert Conversation.objects.get().message_count == 2


def test_a_very_long_answer_given_elsewhere_is_no_trouble(signed_in, conversation):
    assert elsewhere(signed_in, conversation, text="\x00" + "é" * 150_000).status_code == 200

    assert len(Message.objects.get(direction="out").text) <= 100_000


def test_an_unfinished_answer_is_thrown_away_when_it_was_sent(signed_in, conversation):
    signed_in.post(reverse("draft", args=[conversation.pk]), {"mode": "reply", "text": "Beste", "version": 0})
    reply(signed_in, conversation)

    assert Draft.objects.count() == 0
