"""Whether a channel tells residents by itself when they get an answer: off until somebody switches it on."""

from django.db import transaction

from accounts.audit import record
from accounts.models import User
from channels.messages import Visibility
from channels.models import Channel
from core.events import publish_on_commit


def setting_for(visibility: str) -> str:
    """The key in `Channel.settings`."""
    return f"expectation_{Visibility(visibility)}"


@transaction.atomic
def switch_expectation(*, channel: Channel, visibility: str, is_on: bool, by: User) -> Channel:
    """Switch the expectation message on or off for what is public or for what is private there."""
    locked = Channel.objects.select_for_update(no_key=True).get(pk=channel.pk)
    name = setting_for(visibility)
    if bool(locked.settings.get(name)) != is_on:
        locked.settings = {**locked.settings, name: is_on}
        locked.save(update_fields=["settings"])
        record("channel.expectation", locked, by=by, visibility=str(visibility), is_on=is_on)
        publish_on_commit(f"channel-{locked.pk}", f"channel-{locked.pk}")
    return locked
