"""The pages of the inbox: who sees what, what strangers' words do there, and what it asks of the database."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from inbox.models import Attachment, Conversation, Message, MessageVersion, Status
from tests.factories import (
    ChannelFactory,
    ConversationFactory,
    MessageFactory,
    RootPostFactory,
)
from tests.hostile import NUMBERS_TOO_LARGE
from tests.inbox.pages import answer, show, text_of

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}
NOW = timezone.now


# -- who sees what -------------------------------------------------------------------------------------------------------------


def test_the_inbox_shows_views_list_and_conversation(signed_in, conversation):
    page = show(signed_in, conversation)

    for part in (
        'id="views"',
        'id="list"',
        f'id="row-{conversation.pk}"',
        'id="messages"',
        'id="composer"',
        'id="side"',
    ):
        assert part in page
    assert page.count("<html") == 1
    assert "Wanneer wordt het afval opgehaald?" in page


def test_htmx_gets_the_conversation_alone(signed_in, conversation):
    fragment = text_of(signed_in.get(reverse("conversation", args=[conversation.pk]), headers=HX))

    assert 'id="thread"' in fragment
    assert "<html" not in fragment
    assert 'id="list"' not in fragment


@pytest.mark.parametrize("name", ["conversation", "messages", "composer"])
@pytest.mark.parametrize("headers", [{}, HX])
def test_another_teams_conversation_can_not_be_told_from_one_that_is_not_there(
    foreign, signed_in, conversation, name, headers
):
    assert foreign.get(reverse(name, args=[conversation.pk]), headers=headers).status_code == 404
    for number in (conversation.pk + 1000, 0, NUMBERS_TOO_LARGE):
        assert signed_in.get(reverse(name, args=[number]), headers=headers).status_code == 404


def test_another_teams_message_is_not_there(foreign, signed_in, conversation):
    message = Message.objects.get()

    assert "Wanneer" in text_of(signed_in.get(reverse("message", args=[message.pk])))
    assert foreign.get(reverse("message", args=[message.pk])).status_code == 404
    assert signed_in.get(reverse("message", args=[NUMBERS_TOO_LARGE])).status_code == 404


def test_a_live_refresh_leaves_out_what_somebody_may_not_see(foreign, signed_in, conversation):
    asked = {"parts": "views,list,thread,outcomes", "open": conversation.pk}

    mine = text_of(signed_in.get(reverse("inbox_live"), asked, headers=HX))
    theirs = text_of(foreign.get(reverse("inbox_live"), asked, headers=HX))

    for part in ('id="views"', 'id="list"', 'id="outcomes"', 'id="header"', 'id="messages"'):
        assert part in mine
    assert "Wanneer" not in theirs
    assert 'id="header"' not in theirs
    assert text_of(signed_in.get(reverse("inbox_live"), headers=HX)) == ""


def test_a_private_conversation_of_another_channel_is_not_shown_beside(signed_in, conversation):
    """The same person wrote to an account of ours that this team does not work on."""
    elsewhere = ConversationFactory(channel=ChannelFactory(), identity=conversation.identity, preview="geheim voor hen")
    beside = ConversationFactory(channel=conversation.channel, identity=conversation.identity, preview="nog een vraag")

    page = show(signed_in, conversation)

    assert beside.preview in page
    assert elsewhere.preview not in page


def test_who_belongs_to_no_team_looks_and_is_offered_no_buttons(client, reader, conversation):
    client.force_login(reader)

    page = show(client, conversation)

    assert "U kunt hier meelezen, maar niet antwoorden." in page
    for name in ("resolve", "reply", "snooze", "wait", "elsewhere"):
        assert reverse(name, args=[conversation.pk]) not in page


def test_a_deactivated_person_is_out_at_the_next_click(signed_in, agent, conversation):
    assert show(signed_in, conversation)
    agent.is_active = False
    agent.save()

    assert signed_in.get(reverse("conversation", args=[conversation.pk])).status_code == 302
    assert signed_in.get(reverse("inbox_live"), headers=HX).status_code == 401


# -- marks and states --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("queued", "in de wachtrij"),
        ("claimed", "wordt verzonden"),
        ("sending", "wordt verzonden"),
        ("sent", "verzonden"),
        ("failed", "niet verzonden"),
        ("unknown", "Onbekend of dit is verzonden"),
        ("cancelled", "geannuleerd"),
    ],
)
def test_the_state_of_our_answer_is_said(signed_in, conversation, state, words):
    message = answer(conversation, state, error="het platform is even weg")

    bubble = text_of(signed_in.get(reverse("message", args=[message.pk])))

    assert words in bubble
    assert ("het platform is even weg" in bubble) is (state in {"queued", "failed"})
    assert (reverse("retry", args=[message.pk]) in bubble) is (state == "failed")
    assert "Mehmet Yılmaz" in bubble


def test_delivered_and_read_are_said_and_a_reader_is_not_asked_to_try_again(client, reader, signed_in, conversation):
    message = answer(conversation)
    Message.objects.filter(pk=message.pk).update(delivered_at=NOW())
    assert "afgeleverd" in show(signed_in, conversation)
    Message.objects.filter(pk=message.pk).update(read_at=NOW())
    assert "gelezen" in show(signed_in, conversation)

    failed = answer(conversation, "failed")
    client.force_login(reader)
    assert reverse("retry", args=[failed.pk]) not in show(client, conversation)


def test_edited_deleted_hidden_encrypted_and_cleaned_are_marked(signed_in, conversation):
    at = {"conversation": conversation, "sent_at": NOW()}
    edited = MessageFactory(text="Wanneer komt het GFT?", edited_at=NOW(), **at)
    MessageVersion.objects.create(message=edited, text="Wanneer komt het papier?", replaced_at=NOW())
    deleted = MessageFactory(text="", deleted_at=NOW(), **at)
    MessageVersion.objects.create(message=deleted, text="Dat was boos gezegd", replaced_at=NOW())
    MessageFactory(hidden_at=NOW(), **at)
    MessageFactory(is_encrypted=True, text="", **at)
    MessageFactory(is_sanitised=True, **at)

    page = show(signed_in, conversation)

    for words in (
        "bewerkt", "Wanneer komt het papier?", "Verwijderd door de afzender op Facebook", "Dat was boos gezegd",
        "verborgen op Facebook", "Versleuteld bericht", "onleesbare tekens weggelaten",
    ):  # fmt: skip
        assert words in page


@pytest.mark.parametrize(
    ("values", "words"),
    [({"deleted_at": NOW(), "text": ""}, "verwijderd"), ({"edited_at": NOW()}, "bewerkt"), ({}, "Wij:"), ({"text": ""}, "zonder tekst")],
)  # fmt: skip
def test_the_row_tells_what_became_of_the_newest_message(signed_in, channel, values, words):
    conversation = ConversationFactory(
        channel=channel, preview=values.get("text", "Morgen."), is_preview_ours=words == "Wij:"
    )
    MessageFactory(conversation=conversation, **values)

    assert words in text_of(signed_in.get(reverse("conversation_rows")))


def test_what_i_said_last_is_said_to_be_mine(signed_in, agent, channel):
    conversation = ConversationFactory(channel=channel, is_preview_ours=True)
    MessageFactory(conversation=conversation, direction="out", sent_by=agent)

    assert "Jij:" in text_of(signed_in.get(reverse("conversation_rows")))


def test_an_unknown_author_and_a_root_without_text_have_words(signed_in, channel, scripted):
    conversation = ConversationFactory(channel=channel, identity=None, root=RootPostFactory(channel=channel, text=""))
    MessageFactory(conversation=conversation, author=None)

    page = show(signed_in, conversation)

    assert page.count("Onbekende afzender") >= 3
    assert "Het platform gaf geen tekst van dit bericht." in page


def test_private_and_public_that_belong_together_point_at_each_other(signed_in, conversation):
    private = ConversationFactory(
        channel=conversation.channel, identity=conversation.identity, visibility="private", origin=conversation
    )
    MessageFactory(conversation=private)

    assert reverse("conversation", args=[private.pk]) in show(signed_in, conversation)
    assert "Begonnen vanuit een openbaar gesprek" in show(signed_in, private)


def test_every_empty_view_says_why(signed_in):
    for view in ("open", "mine", "team", "unassigned", "waiting", "snoozed", "resolved", "all"):
        assert 'class="empty"' in text_of(signed_in.get(reverse("inbox"), {"view": view}))
    assert "Niets gevonden" in text_of(signed_in.get(reverse("inbox"), {"unread": "1"}))


# -- long conversations ------------------------------------------------------------------------------------------------------------


def speak(conversation: Conversation, number: int) -> None:
    start = NOW() - timedelta(days=2)
    Message.objects.bulk_create(
        MessageFactory.build(
            conversation=conversation, channel=conversation.channel, author=conversation.identity, edited_at=start,
            external_id=f"long-{n}", sent_at=start + timedelta(minutes=n), text=f"woord {n}",
        )
        for n in range(number)
    )  # fmt: skip


def test_the_newest_hundred_are_shown_and_the_rest_on_request(signed_in, conversation):
    Message.objects.all().delete()
    speak(conversation, 130)

    page = show(signed_in, conversation)
    everything = text_of(signed_in.get(reverse("messages", args=[conversation.pk]), {"all": "1"}))

    assert page.count("<article id=") == 100
    assert "Eerdere berichten" in page
    assert everything.count("<article id=") == 130
    assert "Eerdere berichten" not in everything
    assert page.index("woord 30<") < page.index("woord 129<")


@pytest.mark.parametrize("number", [2, 200])
def test_a_conversation_asks_the_same_of_the_database_however_long_it_is(
    signed_in, agent, conversation, django_assert_num_queries, number
):
    speak(conversation, number)
    for message in Message.objects.filter(external_id__startswith="long-")[:60]:
        MessageVersion.objects.create(message=message, text="eerder", replaced_at=NOW())
        Attachment.objects.create(message=message, kind="image", state="stored", file="a/b.webp")
    for _each in range(number // 10 + 1):
        ConversationFactory(channel=conversation.channel, identity=conversation.identity)
        answer(conversation)
        record("conversation.snoozed", conversation, by=agent)
    url = reverse("conversation", args=[conversation.pk])

    with django_assert_num_queries(21):
        signed_in.get(url)
    with django_assert_num_queries(15):
        signed_in.get(url, headers=HX)
    with django_assert_num_queries(11):
        signed_in.get(reverse("messages", args=[conversation.pk]), headers=HX)
    with django_assert_num_queries(18):
        signed_in.get(reverse("inbox_live"), {"parts": "views,list,thread", "open": conversation.pk}, headers=HX)
    with django_assert_num_queries(7):
        signed_in.get(reverse("composer", args=[conversation.pk]), headers=HX)


# -- outcomes ----------------------------------------------------------------------------------------------------------------------


def test_what_did_not_arrive_is_listed_with_its_next_step(signed_in, foreign, conversation):
    unknown, failed = answer(conversation, "unknown"), answer(conversation, "failed", error="te lang")
    answer(conversation, "sent")

    page = text_of(signed_in.get(reverse("outcomes")))

    assert page.count('class="outcome"') == 2
    assert reverse("settle", args=[unknown.pk]) in page
    assert reverse("retry", args=[failed.pk]) in page
    assert "te lang" in page
    assert 'class="outcome"' not in text_of(foreign.get(reverse("outcomes")))


@pytest.mark.parametrize("number", [1, 40])
def test_outcomes_ask_the_same_of_the_database_however_many_there_are(
    signed_in, conversation, django_assert_num_queries, number
):
    for _each in range(number):
        answer(conversation, "unknown")

    with django_assert_num_queries(9):
        signed_in.get(reverse("outcomes"))


def test_a_snoozed_conversation_says_until_when(signed_in, conversation):
    Conversation.objects.update(status=Status.SNOOZED, snoozed_until=NOW() + timedelta(days=1))

    assert "morgen" in show(signed_in, conversation)
