"""Rows and bubbles are remembered between requests: what changed is shown at once, to everybody in their own way."""

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from channels.messages import SendMode
from inbox.models import ContactIdentity, Conversation, Message
from inbox.templatetags import remembered
from tests.factories import MessageFactory
from tests.inbox.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _begin_empty() -> None:
    remembered._kept.clear()


@pytest.mark.parametrize(
    "change",
    [
        lambda c: Conversation.objects.update(preview="Nieuwe eerste regel"),
        lambda c: Conversation.objects.update(unread_count=0),
        lambda c: Conversation.objects.update(next_due_at=timezone.now()),
        lambda c: ContactIdentity.objects.update(name="Iemand anders"),
        lambda c: Message.objects.update(edited_at=timezone.now()),
    ],
    ids=["preview", "read", "term", "name", "edited"],
)
def test_a_row_that_changed_is_not_shown_as_it_was(signed_in, conversation, change):
    url = reverse("inbox")
    before = text_of(signed_in.get(url))
    assert text_of(signed_in.get(reverse("conversation_rows"))) in before, "asked twice it is the same"

    change(conversation)

    assert text_of(signed_in.get(reverse("conversation_rows"))) not in before


def test_a_deadline_that_passes_is_seen_within_the_minute(signed_in, conversation):
    now = timezone.now().replace(second=10, microsecond=0)
    Conversation.objects.update(next_due_at=now + timedelta(seconds=20))
    url = reverse("conversation_rows")

    with time_machine.travel(now, tick=False):
        assert "due--late" not in signed_in.get(url).content.decode()
    with time_machine.travel(now + timedelta(seconds=30), tick=False):
        assert "due--late" in signed_in.get(url).content.decode()


@pytest.mark.parametrize(
    "change",
    [
        lambda m: Message.objects.filter(pk=m.pk).update(text="Iets anders"),
        lambda m: Message.objects.filter(pk=m.pk).update(deleted_at=timezone.now()),
        lambda m: m.attachments.create(kind="image", state="pending", url="https://x.example/a.png"),
        lambda m: m.versions.create(text="Eerst stond hier dit", replaced_at=timezone.now()),
    ],
    ids=["text", "deleted", "picture", "version"],
)
def test_a_bubble_that_changed_is_not_shown_as_it_was(signed_in, conversation, change):
    message = MessageFactory(conversation=conversation, edited_at=timezone.now())
    url = reverse("messages", args=[conversation.pk])
    before = text_of(signed_in.get(url))

    change(message)

    assert text_of(signed_in.get(url)) != before


def test_each_reads_it_in_their_own_language_and_as_their_own(signed_in, conversation, agent, client, administrator):
    from uuid import uuid4

    from inbox.replies import send_reply

    send_reply(conversation=conversation, text="Morgen.", mode=SendMode.REPLY, by=agent, key=uuid4())
    url = reverse("inbox") + "?view=waiting"
    assert "Jij:" in text_of(signed_in.get(url))

    administrator.language = "en"
    administrator.save()
    client.force_login(administrator)

    page = text_of(client.get(url, headers={"Accept-Language": "en"}))
    assert "We:" in page
    assert "Jij:" not in page
