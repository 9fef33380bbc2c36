"""Pages in the server: medians over many requests, beside a bare signed-in page of the same base template."""

import statistics
import time
from collections.abc import Callable

from django.test import Client

from accounts.models import User
from channels.visible import visible_channels
from core.events import publish
from inbox.listing import badges
from inbox.models import Conversation, Message

ROUNDS = 40


def median_ms(client: Client, url: str, *, before: Callable[[], None] = lambda: None) -> float:
    """`before` runs before each request, outside its time."""
    for _warm in range(5):
        response = client.get(url)
        assert response.status_code == 200, (url, response.status_code)
    samples = []
    for _round in range(ROUNDS):
        before()
        start = time.perf_counter()
        client.get(url)
        samples.append(time.perf_counter() - start)
    return statistics.median(samples) * 1000


def client_of(user: User) -> Client:
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    return client


def long_conversation() -> Conversation:
    """One conversation with 200 messages, as a heated thread has."""
    conversation = Conversation.objects.filter(thread_id="bench:7").get()
    present = Message.objects.filter(conversation=conversation).count()
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            channel_id=conversation.channel_id,
            external_id=f"bench:7:long:{n}",
            direction="out" if n % 3 == 0 else "in",
            kind="comment",
            visibility="public",
            author_id=None if n % 3 == 0 else conversation.identity_id,
            text=f"Bericht {n}: de container staat er nog steeds, en het is nu al woensdag.",
            sent_at=conversation.last_message_at,
        )
        for n in range(present, 200)
    )
    return conversation


def measure(user: User) -> dict[str, float]:
    client = client_of(user)
    deep = _deep_page(client)
    channels = [f"channel-{channel.pk}" for channel in visible_channels(user)]

    def change() -> None:
        publish(channels, ["list"])

    return {
        "bare": median_ms(client, "/bench/bare"),
        "badges, read": _median_of(lambda: badges(user)),
        "list": median_ms(client, "/inbox"),
        "list, first after a change": median_ms(client, "/inbox", before=change),
        "list, resolved": median_ms(client, "/inbox?view=resolved"),
        "list, deep page": median_ms(client, deep),
        "conversation, 4 messages": median_ms(client, f"/inbox/{Conversation.objects.get(thread_id='bench:50').pk}"),
        "conversation, 200 messages": median_ms(client, f"/inbox/{long_conversation().pk}"),
        "conversation, 200, first after a change": median_ms(client, f"/inbox/{long_conversation().pk}", before=change),
    }


def _median_of(read: Callable[[], object]) -> float:
    samples = []
    for _round in range(ROUNDS):
        start = time.perf_counter()
        read()
        samples.append(time.perf_counter() - start)
    return statistics.median(samples) * 1000


def _deep_page(client: Client) -> str:
    """A page of resolved conversations about nine tenths down."""
    from inbox.listing import cursor_of

    resolved = Conversation.objects.filter(status="resolved").order_by("-last_message_at", "-pk")
    row = resolved[int(resolved.count() * 0.9)]
    return f"/inbox?view=resolved&after={cursor_of(row)}"
