"""What comes by webhook and what comes by polling is the same message in the same thread."""

from typing import Any

import pytest

from channels.connectors.facebook.bodies import graph_item
from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import PayloadError, Refused
from channels.messages import AttachmentKind, Change, Direction, InboundMessage, Kind
from tests.contract.facebook import payloads
from tests.contract.facebook.payloads import GRAPH_COMMENT, GRAPH_MESSAGE, GRAPH_POST, GRAPH_REPLY, PAGE, POST, PSID

READ_AT = "2026-09-21T15:00:00+00:00"


def by_webhook(body: dict[str, Any]) -> InboundMessage:
    [message] = payloads.events(body)
    assert isinstance(message, InboundMessage)
    return message


def by_poll(value: dict[str, Any], what: str, **context: Any) -> list[InboundMessage]:
    item = graph_item(value, what, read_at=READ_AT, **context)
    found = FacebookConnector.parse(item.payload, payloads.account())
    assert all(isinstance(message, InboundMessage) for message in found)
    return [message for message in found if isinstance(message, InboundMessage)]


def same(one: InboundMessage, other: InboundMessage) -> None:
    for name in ("external_id", "thread_id", "kind", "visibility", "direction", "text", "in_reply_to"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.author.external_id == other.author.external_id
    assert one.contact.external_id in {"", other.contact.external_id}


def test_a_comment() -> None:
    [polled] = by_poll(GRAPH_COMMENT, "comment", post=GRAPH_POST)
    hooked = by_webhook(payloads.comment_change())
    same(hooked, polled)
    assert hooked.sent_at == polled.sent_at
    assert polled.author.avatar_url == "https://cdn.example/f.jpg"
    assert polled.root is not None
    assert polled.root.is_ours
    assert polled.root.text == "Vrijdag halen we het papier op."
    assert polled.root.attachments[0].url == "https://cdn.example/a.jpg"
    assert polled.attachments[0].kind == AttachmentKind.IMAGE
    assert hooked.root is not None
    assert hooked.root.external_id == polled.root.external_id == POST


def test_our_own_answer_made_elsewhere_is_outbound_and_speaks_to_the_resident() -> None:
    [polled] = by_poll(GRAPH_REPLY, "comment", post=GRAPH_POST)
    hooked = by_webhook(
        payloads.comment_change(
            comment_id="901097836652708_222",
            parent_id="901097836652708_111",
            message="Dinsdag, Fatma.",
            **{"from": {"id": int(PAGE), "name": "Gemeente Eikenrode"}},  # a number this time
        )
    )
    same(hooked, polled)
    assert polled.direction == Direction.OUT
    assert polled.contact.external_id == "555"
    assert polled.thread_id == "comment:901097836652708_111"
    assert polled.kind == Kind.REPLY


def test_a_comment_three_deep_belongs_to_the_top_level_comment() -> None:
    deep = {
        **GRAPH_COMMENT,
        "id": "901097836652708_333",
        "permalink_url": "",
        "parent": {"id": "901097836652708_222", "parent": {"id": "901097836652708_111"}},
    }
    [message] = by_poll(deep, "comment", post=GRAPH_POST)
    assert message.thread_id == "comment:901097836652708_111"
    assert message.in_reply_to == "901097836652708_222"


def test_the_permalink_knows_the_top_where_the_chain_is_cut_short() -> None:
    deep = {
        **GRAPH_COMMENT,
        "id": "901097836652708_333",
        "permalink_url": "https://www.facebook.com/1/posts/901097836652708/?comment_id=111&reply_comment_id=333",
        "parent": {"id": "901097836652708_222"},
    }
    [message] = by_poll(deep, "comment", post=GRAPH_POST)
    assert message.thread_id == "comment:901097836652708_111"


def test_a_permalink_that_names_only_this_comment_makes_it_no_top_level_comment() -> None:
    deep = {**GRAPH_COMMENT, "id": "901097836652708_333", "parent": {"id": "901097836652708_111"}}
    deep["permalink_url"] = "https://www.facebook.com/1/posts/901097836652708?comment_id=333"
    [message] = by_poll(deep, "comment", post=GRAPH_POST)
    assert message.thread_id == "comment:901097836652708_111"


def test_a_visitors_post_and_the_comments_below_it_are_one_thread() -> None:
    post = {**GRAPH_POST, "message": "Lantaarn stuk", "from": {"id": "777", "name": "Ömer"}, "status_type": "wall_post"}
    [polled] = by_poll(post, "post")
    hooked = by_webhook(
        payloads.change(
            {
                "item": "post",
                "verb": "add",
                "post_id": POST,
                "from": {"id": "777", "name": "Ömer"},
                "message": "Lantaarn stuk",
                "created_time": 1_790_000_000,
            }
        )
    )
    same(hooked, polled)
    [below] = by_poll(GRAPH_COMMENT, "comment", post=post)
    hooked_below = by_webhook(payloads.comment_change(post={"status_type": "wall_post", "id": POST}))
    assert below.thread_id == hooked_below.thread_id == polled.thread_id == f"post:{POST}"


def test_a_visitors_post_whose_author_is_withheld_is_still_heard() -> None:
    post = {key: value for key, value in GRAPH_POST.items() if key != "from"}
    [message] = by_poll(post, "post")
    assert (message.kind, message.author.external_id) == (Kind.VISITOR_POST, "")
    with pytest.raises(Refused) as caught:
        by_poll({**post, "status_type": "added_photos"}, "post")
    assert caught.value.reason == "own_post"


def test_a_post_elsewhere_that_names_us() -> None:
    post = {**GRAPH_POST, "id": "777_888", "from": {"id": "777", "name": "Ömer"}}
    [polled] = by_poll(post, "tagged")
    hooked = by_webhook(
        payloads.change(
            {
                "item": "post", "verb": "add", "post_id": "777_888", "sender_id": 777, "sender_name": "Ömer",
                "message": post["message"], "created_time": 1_789_977_600,
            },
            field="mention",
        )
    )  # fmt: skip
    same(hooked, polled)
    assert polled.kind == Kind.MENTION
    assert polled.sent_at == hooked.sent_at


def test_a_comment_that_names_us_is_the_same_message_by_feed_and_by_mention() -> None:
    feed = payloads.comment_change()
    mention = payloads.change(feed["entry"][0]["changes"][0]["value"], field="mention")
    one, other = by_webhook(feed), by_webhook(mention)
    assert (one.external_id, one.thread_id) == (other.external_id, other.thread_id)
    assert other.kind == Kind.MENTION


def test_a_messenger_message_and_an_answer_from_another_app() -> None:
    [polled] = by_poll(GRAPH_MESSAGE, "message", resident_id=PSID)
    hooked = by_webhook(payloads.messaging(payloads.message_event()))
    same(hooked, polled)
    assert polled.author.name == "Sanne Kok"
    answer = {
        "id": "m_Def",
        "message": "Ja, na zes uur.",
        "created_time": "2026-09-21T14:30:00+0000",
        "from": {"id": PAGE},
        "to": {"data": [{"id": PSID, "name": "Sanne Kok"}]},
    }
    [polled_answer] = by_poll(answer, "message", resident_id=PSID)
    echo = by_webhook(
        payloads.messaging(
            {
                "sender": {"id": PAGE},
                "recipient": {"id": PSID},
                "timestamp": 1_790_001_000_000,
                "message": {"mid": "m_Def", "text": "Ja, na zes uur.", "is_echo": True, "app_id": 1, "metadata": "key"},
            }
        )
    )
    same(echo, polled_answer)
    assert (echo.direction, echo.delivery_key, echo.contact.external_id) == (Direction.OUT, "key", PSID)


def test_in_standby_another_app_answers_and_we_still_read() -> None:
    event = payloads.message_event()
    assert by_webhook(payloads.messaging(event, "standby")) == by_webhook(payloads.messaging(event))


def test_a_button_says_its_title() -> None:
    postback = {"title": "Openingstijden", "payload": "HOURS", "mid": "m_Btn"}
    event = {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": 1_790_000_000_000, "postback": postback}
    message = by_webhook(payloads.messaging(event))
    assert (message.text, message.external_id, message.direction) == ("Openingstijden", "m_Btn", Direction.IN)
    del postback["mid"]
    assert by_webhook(payloads.messaging(event)).external_id == f"postback:{PSID}:1790000000000"


def test_a_place_is_a_link() -> None:
    place = {"type": "location", "title": "Molenhoek", "payload": {"coordinates": {"lat": 51.8, "long": 5.9}}}
    [attachment] = by_webhook(payloads.messaging(payloads.message_event(attachments=[place]))).attachments
    assert (attachment.kind, attachment.name) == (AttachmentKind.LINK, "Molenhoek")
    assert "51.8" in attachment.url


def test_a_hidden_comment_seen_by_polling_says_so() -> None:
    shown, hidden = by_poll({**GRAPH_COMMENT, "is_hidden": True}, "comment", post=GRAPH_POST)
    assert (shown.change, hidden.change) == (Change.CREATED, Change.HIDDEN)
    assert hidden.external_id == shown.external_id


def test_an_edit_or_hide_seen_by_polling_is_another_event_and_a_new_picture_address_is_not() -> None:
    def event_id(**changed: Any) -> str:
        return graph_item({**GRAPH_COMMENT, **changed}, "comment").event_id

    first = event_id()
    assert event_id(message="Anders") != first
    assert event_id(is_hidden=True) != first
    assert event_id(comment_count=5) == first
    signed_anew = {
        "type": "photo",
        "media": {"image": {"src": "https://cdn.example/b.jpg?oe=2"}},
        "target": {"id": "8"},
    }
    assert event_id(attachment=signed_anew) == first
    assert event_id(attachment={"type": "photo", "target": {"id": "99"}}) != first


def test_two_edits_and_a_repeated_hide_are_events_of_their_own() -> None:
    def event_id(time: int, **value: Any) -> str:
        value = payloads.comment_change(**value)["entry"][0]["changes"][0]["value"]
        return FacebookConnector.split(payloads.change(value, time=time))[0].event_id

    ids = [
        event_id(1, verb="add"),
        event_id(2, verb="edited", message="A"),
        event_id(3, verb="edited", message="B"),
        event_id(4, verb="edited", message="A"),
        event_id(5, verb="hide"),
        event_id(6, verb="unhide"),
        event_id(7, verb="hide"),
        event_id(8, verb="remove"),
    ]
    assert len(set(ids)) == len(ids)
    assert event_id(1, verb="add") == event_id(99, verb="add")  # delivered again later


def test_one_broken_entry_does_not_take_the_others_along() -> None:
    body = payloads.comment_change()
    body["entry"] += [None, 7, {"id": PAGE, "changes": "x", "messaging": [None, {}]}]
    items = FacebookConnector.split(body)
    understood, broken = 0, 0
    for item in items:
        try:
            understood += len(FacebookConnector.parse(item.payload, payloads.account()))
        except PayloadError:
            broken += 1
    assert (understood, broken) == (1, len(items) - 1)
    assert broken >= 4
