"""What a connector says that it can do is what it does: a flag is true exactly when the method behind it is its own."""

import inspect

import pytest

from channels.connectors.base import Capabilities, Connector
from channels.platforms import Platform
from channels.registry import CONNECTORS

METHODS = {
    "receives_webhooks": ("verify_webhook", "answer_handshake"),
    "refreshes_tokens": ("refresh",),
    "rechecks": ("recheck",),
    "publishes": ("publish", "find_published"),
    "lists_posts": ("list_posts",),
    "measures_posts": ("measure_posts",),
    "deletes_posts": ("delete_post",),
}
each = pytest.mark.parametrize("kind", CONNECTORS.values(), ids=CONNECTORS)


def is_own(kind: type[Connector], method: str) -> bool:
    return getattr(kind, method).__qualname__ != f"Connector.{method}"


def test_every_platform_has_its_connector() -> None:
    assert set(CONNECTORS) == set(Platform.values)
    assert all(kind.platform == platform for platform, kind in CONNECTORS.items())


@each
def test_a_flag_is_true_exactly_when_its_method_is_there(kind: type[Connector]) -> None:
    for flag, methods in METHODS.items():
        for method in methods:
            assert is_own(kind, method) is getattr(kind.capabilities, flag), f"{flag}: {method}"


@each
def test_every_connector_is_whole(kind: type[Connector]) -> None:
    assert not inspect.isabstract(kind)
    assert isinstance(kind.capabilities, Capabilities)
    assert {"account_id", "access_token"} <= kind.required_credentials
    assert kind.__module__ == f"channels.connectors.{kind.platform}.connector"


@each
def test_what_can_be_said_has_a_length_and_is_counted(kind: type[Connector]) -> None:
    can = kind.capabilities
    assert can.public_reply is (can.public_max_length > 0)
    assert (can.direct_message or can.private_reply) is (can.private_max_length > 0)
    for private in (False, True):
        assert kind.count_text("", private=private) == 0
        assert kind.count_text("Dank u", private=private) == 6
    assert can.publishes is (can.post_max_length > 0)
    assert kind.count_post("") == 0
    assert kind.count_post("Dank u") == 6
    if not can.publishes:
        assert (can.post_max_pictures, can.post_link_in_text, can.post_threads) == (0, False, False)
    if can.human_agent_window is not None:
        assert can.reply_window is not None
        assert can.reply_window < can.human_agent_window
