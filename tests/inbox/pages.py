"""Pages as somebody sees them, and answers in every state."""

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels.models import DeliveryState
from inbox.models import Conversation, Message
from tests.factories import DeliveryFactory, MessageFactory, UserFactory


def text_of(response: HttpResponse) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def show(client: Client, conversation: Conversation) -> str:
    return text_of(client.get(reverse("conversation", args=[conversation.pk])))


def answer(conversation: Conversation, state: str = DeliveryState.SENT, **values: object) -> Message:
    """Something that we said; `values` are the delivery's."""
    proof = {"sent": {"external_id": "c9"}, "sending": {"started_at": timezone.now()}}.get(state, {})
    delivery = DeliveryFactory(channel=conversation.channel, state=state, **proof | values)
    return MessageFactory(
        conversation=conversation,
        direction="out",
        external_id=None,
        delivery=delivery,
        sent_by=UserFactory(first_name="Mehmet", last_name="Yılmaz"),
        text="Morgen tussen acht en twaalf.",
    )
