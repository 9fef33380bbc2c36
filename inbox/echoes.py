"""Our own messages, seen again at the platform: by a webhook, a poll, or a look for an unknown outcome."""

import re
import unicodedata
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from channels.messages import REPLIES, InboundMessage
from channels.models import SEEN_BY_PERSON, Channel, Delivery, DeliveryState
from inbox.models.messages import Message
from inbox.sanitise import web_address

_MENTIONS = re.compile(r"^(?:@\w{1,50}\s+)+")


def same_text(one: str, other: str) -> bool:
    """Equal but for what platforms change: white space, composed characters, the mentions X puts before a reply."""
    return _essence(one) == _essence(other)


def _essence(text: str) -> str:
    return " ".join(_MENTIONS.sub("", unicodedata.normalize("NFC", text).strip()).split())


def deliveries_to_prove(channel: Channel) -> list[Delivery]:
    """What may be seen at the platform before we know that it arrived, and what nobody but a person saw there; locked."""
    seen_by_person = Q(state=DeliveryState.SENT, external_id__startswith=SEEN_BY_PERSON)
    under_way = Q(state__in=[DeliveryState.SENDING, DeliveryState.UNKNOWN])
    found = Delivery.objects.filter(under_way | seen_by_person, channel=channel, mode__in=REPLIES)
    return list(found.select_for_update(no_key=True).order_by("pk"))


def find_echo(event: InboundMessage, deliveries: Iterable[Delivery]) -> Delivery | None:
    """Which delivery under way is `event`? By our own key where the platform gives it back, else by place and text."""
    for delivery in deliveries:
        if event.delivery_key:
            if event.delivery_key == str(delivery.key):
                return delivery
            continue
        if delivery.started_at and event.sent_at and (delivery.started_at - event.sent_at).total_seconds() > 120:
            continue  # older than our attempt: said before, by somebody else
        is_same_place = (delivery.in_reply_to and delivery.in_reply_to == event.in_reply_to) or (
            delivery.thread_id and delivery.thread_id == event.thread_id
        )
        if is_same_place and same_text(delivery.text, event.text):
            return delivery
    return None


def link_echo(delivery: Delivery, event: InboundMessage) -> set[int]:
    """Record the proof that `delivery` arrived. Returns the ids of the conversations that it concerns.

    A delivery that is `sending` keeps that state: its worker is still talking and ends it; it finds the id here."""
    message = Message.objects.select_for_update(of=("self",), no_key=True).filter(delivery=delivery).first()
    delivery.external_id = event.external_id
    delivery.receipt_thread_id = delivery.receipt_thread_id or event.thread_id
    if delivery.state == DeliveryState.UNKNOWN:
        delivery.state = DeliveryState.SENT
        delivery.finished_at = event.sent_at or timezone.now()
        delivery.error = delivery.error_code = ""
    delivery.permalink = delivery.permalink or event.permalink
    delivery.save()
    if message is None:
        return set()
    message.external_id = event.external_id
    message.permalink = message.permalink or web_address(event.permalink)
    message.save(update_fields=["external_id", "permalink"])
    return {message.conversation_id, message.answered_id or message.conversation_id}
