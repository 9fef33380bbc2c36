"""Objects for tests: small, valid, and different each time."""

from datetime import timedelta
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Membership, Role, Team, User
from channels.models import Channel, ChannelTeam, Delivery
from inbox.models import Contact, ContactIdentity, Conversation, Message, RootPost


class TeamFactory(DjangoModelFactory[Team]):
    class Meta:
        model = Team

    name = factory.Sequence(lambda n: f"Team {n}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"sanne{n}")
    first_name = "Sanne"
    last_name = factory.Sequence(lambda n: f"de Vries {n}")

    @factory.post_generation
    def teams(self: User, create: bool, extracted: Any, **kwargs: Any) -> None:
        """`UserFactory(teams=[team])` is an agent there; `teams__role=Role.MANAGER` for another role."""
        for team in extracted or ():
            Membership.objects.create(user=self, team=team, role=kwargs.get("role", Role.AGENT))


class ChannelFactory(DjangoModelFactory[Channel]):
    class Meta:
        model = Channel
        skip_postgeneration_save = True

    platform = "facebook"
    external_id = factory.Sequence(lambda n: f"10000{n}")
    name = "Gemeente Eikenrode"
    handle = "gem_eikenrode"
    connected_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=60))

    @factory.post_generation
    def credentials(self: Channel, create: bool, extracted: Any, **kwargs: Any) -> None:
        self.set_credentials(
            extracted or {"access_token": "geheim", "app_secret": "sleutel", "consumer_secret": "sleutel"}
        )
        self.save()

    @factory.post_generation
    def teams(self: Channel, create: bool, extracted: Any, **kwargs: Any) -> None:
        for team in extracted or ():
            ChannelTeam.objects.create(channel=self, team=team)


class ContactIdentityFactory(DjangoModelFactory[ContactIdentity]):
    class Meta:
        model = ContactIdentity

    contact = factory.LazyAttribute(lambda o: Contact.objects.create(name=o.name))
    platform = "facebook"
    scope = "100001"
    external_id = factory.Sequence(lambda n: f"psid-{n}")
    name = factory.Sequence(lambda n: f"Fatima Yıldız-van der Berg {n}")


class RootPostFactory(DjangoModelFactory[RootPost]):
    class Meta:
        model = RootPost

    channel = factory.SubFactory(ChannelFactory)
    external_id = factory.Sequence(lambda n: f"post-{n}")
    text = "De Molenstraat is maandag dicht."


class ConversationFactory(DjangoModelFactory[Conversation]):
    class Meta:
        model = Conversation

    channel = factory.SubFactory(ChannelFactory)
    thread_id = factory.Sequence(lambda n: f"comment:{n}")
    kind = "comment"
    visibility = "public"
    identity = factory.SubFactory(ContactIdentityFactory)
    contact = factory.LazyAttribute(lambda o: o.identity.contact if o.identity else None)
    preview = "Wanneer wordt het afval opgehaald?"
    message_count = 1
    unread_count = 1
    last_message_at = factory.LazyFunction(lambda: timezone.now() - timedelta(minutes=5))
    last_inbound_at = factory.LazyAttribute(lambda o: o.last_message_at)
    awaiting_since = factory.LazyAttribute(
        lambda o: o.last_message_at if getattr(o, "status", "open") == "open" else None
    )


class MessageFactory(DjangoModelFactory[Message]):
    class Meta:
        model = Message

    conversation = factory.SubFactory(ConversationFactory)
    channel = factory.LazyAttribute(lambda o: o.conversation.channel)
    external_id = factory.Sequence(lambda n: f"message-{n}")
    direction = "in"
    kind = factory.LazyAttribute(lambda o: o.conversation.kind)
    visibility = factory.LazyAttribute(lambda o: o.conversation.visibility)
    author = factory.LazyAttribute(lambda o: o.conversation.identity if o.direction == "in" else None)
    text = "Wanneer wordt het afval opgehaald?"
    sent_at = factory.LazyAttribute(lambda o: o.conversation.last_message_at)


class DeliveryFactory(DjangoModelFactory[Delivery]):
    class Meta:
        model = Delivery

    channel = factory.SubFactory(ChannelFactory)
    mode = "reply"
    text = "Morgen tussen acht en twaalf."
    thread_id = "comment:1"
    in_reply_to = "message-1"
