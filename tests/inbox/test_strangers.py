"""Words of strangers in the inbox: always text, never more than text, and never in the way."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.audit import record
from channels.models import Channel, DeliveryState
from inbox.models import Attachment, Message, MessageVersion, SavedView
from tests.factories import ContactIdentityFactory, ConversationFactory, MessageFactory, RootPostFactory
from tests.hostile import SCRIPTS, Page
from tests.inbox.pages import answer, show, text_of

pytestmark = pytest.mark.django_db

NOW = timezone.now


@pytest.mark.parametrize("hostile", SCRIPTS, ids=range(len(SCRIPTS)))
def test_what_strangers_write_anywhere_is_text(signed_in, agent, team, channel, scripted, hostile):
    person = ContactIdentityFactory(name=hostile, handle=hostile)
    Channel.objects.update(name=hostile, handle=hostile, state="reauthorise", state_reason=hostile)
    root = RootPostFactory(channel=channel, text=hostile, author_name=hostile, picture="a/b.webp", picture_alt=hostile)
    conversation = ConversationFactory(channel=channel, identity=person, root=root, preview=hostile)
    message = MessageFactory(conversation=conversation, text=hostile, language=hostile[:12], edited_at=NOW())
    MessageVersion.objects.create(message=message, text=hostile, replaced_at=NOW())
    for state in ("stored", "none"):
        Attachment.objects.create(message=message, kind="image", state=state, name=hostile, alt=hostile)
    for state in (DeliveryState.FAILED, DeliveryState.UNKNOWN, DeliveryState.QUEUED):
        ours = answer(conversation, state, error=hostile)
        Message.objects.filter(pk=ours.pk).update(text=hostile)
    ConversationFactory(channel=channel, identity=person, origin=conversation, preview=hostile, visibility="private")
    SavedView.objects.create(name=hostile[:60], owner=agent, team=team, query="q=x")
    agent.first_name = hostile
    agent.save()
    record("conversation.snoozed", conversation, by=agent)

    pages = [
        show(signed_in, conversation),
        text_of(signed_in.get(reverse("outcomes"))),
        text_of(signed_in.get(reverse("channels"))),
        text_of(signed_in.get(reverse("message", args=[message.pk]))),
        text_of(signed_in.get(reverse("inbox"), {"q": hostile[:80]})),
    ]

    for page in pages:
        assert Page(page).dangers == []
        assert hostile in Page(page).text or hostile[:60] in page.replace("&quot;", '"')
        assert "49" not in Page(page).text.split("7*7")[0][-3:]


def test_what_turns_a_line_around_is_marked_where_no_element_can_keep_it_apart(signed_in, agent, team, channel):
    turned = "gemeente\u202enidrE"
    conversation = ConversationFactory(channel=channel, identity=ContactIdentityFactory(name=turned), assignee=agent)
    root = RootPostFactory(channel=channel, picture="a/b.webp", picture_alt=turned, picture_state="stored")
    conversation.root = root
    conversation.save()
    Attachment.objects.create(
        message=MessageFactory(conversation=conversation), kind="image", state="stored", alt=turned
    )
    Channel.objects.update(name=turned)
    SavedView.objects.create(name=turned, owner=agent, query="q=x")
    agent.first_name = turned
    agent.save()

    page = show(signed_in, conversation)

    assert "gemeente·nidrE · Balie</title>" in page
    kept = [
        value
        for value in re.findall(r'\b(?:title|alt|data-title|hx-confirm|aria-label)="([^"]*)"', page)
        if "gemeente" in value
    ]
    assert len(kept) >= 6
    assert [value for value in kept if "\u202e" in value] == []


def test_only_web_addresses_become_links_and_they_trust_nobody(signed_in, conversation):
    Message.objects.update(
        text="https://eikenrode.nl/afval?a=1&b=2. javascript:alert(1) data:text/html,x //evil.example http:\\\\evil.example"
    )
    page = Page(show(signed_in, conversation))

    (link,) = [each for each in page.links() if "eikenrode.nl" in (each.get("href") or "")]
    assert link["href"] == "https://eikenrode.nl/afval?a=1&b=2"
    assert set((link["rel"] or "").split()) == {"noopener", "nofollow", "ugc"}
    assert link["title"] == "eikenrode.nl"
    assert not [each for each in page.links() if "evil" in (each.get("href") or "")]


def test_every_link_that_leads_away_is_told_not_to_tell_where_it_came_from(signed_in, conversation):
    conversation.identity.profile_url = "https://platform.example/fatima"
    conversation.identity.save()
    conversation.root = RootPostFactory(channel=conversation.channel, permalink="https://platform.example/post")
    conversation.save()
    Message.objects.update(permalink="https://platform.example/comment", text="zie https://elders.example/")
    answer(conversation, permalink="https://platform.example/ours")

    away = [each for each in Page(show(signed_in, conversation)).links() if (each.get("href") or "").startswith("http")]

    assert len(away) >= 4
    assert all("noopener" in (each.get("rel") or "") for each in away), away


def test_a_name_that_turns_the_line_around_is_isolated_and_marked(signed_in, conversation):
    conversation.identity.name = "\u202egnp.exe \u200bbeheerder"
    conversation.identity.save()

    page = show(signed_in, conversation)

    row = page[page.index(f'id="row-{conversation.pk}"') :]
    assert "<bdi>" in row[: row.index("</li>")]
    assert '<h2 id="thread-title"><bdi><span class="hidden-mark"' in page
    assert "\u202e" not in Page(page).text.replace(Page(page[: page.index("<body")]).text, "")


@pytest.mark.parametrize("huge", ["a" * 200_000, "👍" * 64_000, "e" + "\u0301" * 100_000, "https://" + "a" * 150_000])
def test_a_huge_text_is_cut_and_can_be_shown_whole(signed_in, conversation, huge):
    message = Message.objects.get()
    Message.objects.update(text=huge)

    page = show(signed_in, conversation)

    assert len(page) < 120_000
    assert reverse("message", args=[message.pk]) in page
    whole = text_of(signed_in.get(reverse("message", args=[message.pk])))
    assert len(whole) > len(huge)
    assert reverse("message", args=[message.pk]) not in whole


def test_a_text_just_short_enough_is_not_cut(signed_in, conversation):
    Message.objects.update(text="a" * 4000)
    assert "Toon alles" not in show(signed_in, conversation)

    Message.objects.update(text="a" * 4001)
    assert "Toon alles" in show(signed_in, conversation)
