"""People and a platform for the rules of writing and approving."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Role, Team, User
from calendar_app.composing import PostRefused
from calendar_app.models import PostTarget, TargetState
from tests.factories import UserFactory
from tests.scripted import ScriptedConnector


class Publisher(ScriptedConnector):
    """Takes posts of 280 characters, in chains, with four pictures; the link stands in the text."""

    capabilities = replace(
        ScriptedConnector.capabilities,
        publishes=True,
        post_max_length=280,
        post_max_pictures=4,
        post_threads=True,
        post_link_in_text=True,
    )


@dataclass
class Desk:
    editor: User
    approver: User
    other: User  # another approver
    manager: User


def desk_of(team: Team) -> Desk:
    return Desk(
        editor=UserFactory(username="eva", teams=[team], teams__role=Role.EDITOR),
        approver=UserFactory(username="aad", teams=[team], teams__role=Role.APPROVER),
        other=UserFactory(username="otto", teams=[team], teams__role=Role.APPROVER),
        manager=UserFactory(username="mia", teams=[team], teams__role=Role.MANAGER),
    )


def begun(target: PostTarget, state: str) -> PostTarget:
    """As if it had been published, or were under way."""
    target.state = TargetState(state)
    target.approved_by, target.approved_at, target.approved_digest = target.post.owner, timezone.now(), "x"
    target.started_at = target.published_at = timezone.now()
    target.save()
    return target


def refused(act: Callable[..., object], **values: Any) -> str:
    """The code of a refusal that has words for the person; empty when it was done."""
    try:
        act(**values)
    except PostRefused as error:
        return error.code if error.message == str(error) != "" else "without words"
    return ""


def together(*acts: Callable[[], object]) -> list[object]:
    """Each in a thread and with a connection of its own; refusals are results."""

    def alone(act: Callable[[], object]) -> object:
        try:
            return act()
        except PostRefused as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=120) for future in [pool.submit(alone, act) for act in acts]]
