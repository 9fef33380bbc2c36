"""Every body in the collection of recorded payloads is understood or refused by name."""

from datetime import UTC, datetime

import pytest

from channels.connectors.facebook.connector import FacebookConnector
from channels.errors import PayloadError, Refused
from channels.messages import (
    AttachmentKind,
    Change,
    ChannelNotice,
    Direction,
    InboundMessage,
    Kind,
    StatusUpdate,
    Visibility,
)
from tests.contract.facebook.payloads import RECORDED, account, events, recorded

pytestmark = pytest.mark.skipif(
    not RECORDED.is_dir(), reason="../shared/payloads/facebook is not beside this repository: recorded payloads not run"
)
FILES = sorted(str(path.relative_to(RECORDED)) for path in RECORDED.glob("*/*.json")) if RECORDED.is_dir() else []

# What each file ends in: messages, or the reason of its refusal.
REFUSALS = {
    "webhooks/feed-album-": "album",
    "webhooks/feed-like-": "like",
    "webhooks/feed-reaction-": "reaction",
    "webhooks/feed-photo-": "own_post",
    "webhooks/feed-share-": "own_post",
    "webhooks/feed-status-add": "own_post",
    "webhooks/feed-status-edited": "own_post",
    "webhooks/feed-two-entries": "page_field",
    "webhooks/feed-video-block": "video_block",
    "webhooks/feed-video-mute": "video_mute",
    "webhooks/feed-video-unblock": "video_unblock",
    "webhooks/feed-video-": "own_post",
    "webhooks/messaging-optin-": "optin",
    "webhooks/messaging-pass-thread": "thread_control",
    "webhooks/messaging-request-thread": "thread_control",
    "webhooks/messaging-policy-callback-unblock": "policy_unblock",
    "webhooks/messaging-postback-": "postback_without_title",
    "webhooks/messaging-reaction-": "reaction",
    "webhooks/messaging-referral-": "referral",
    "webhooks/permission-": "permissions",
    "webhooks/ratings-": "rating",
    "api_specs/": "api_spec",
    "graph-restfb/batch_": "batch",
    "graph-restfb/example": "graph_error",
    "graph-restfb/oauthExample": "graph_error",
    "graph-restfb/send_page": "message_tag",
    "graph-restfb/threads_": "graph_error",
    "graph-restfb/v10_0_instagram": "instagram",
    "graph-restfb/v2_1_thread": "conversation",
    "graph-restfb/v2_5_messages-with-attachments": "no_content",
    "graph-restfb/v2_9_comment-messagetags": "no_content",
    "graph-python-facebook/base_error": "graph_error",
    "graph-python-facebook/error": "graph_error",
    "graph-python-facebook/base_long": "token",
    "graph-python-facebook/base_token": "token_info",
    "graph-python-facebook/conversations_": "conversation",
    "graph-python-facebook/users_": "account",
    "graph-python-facebook/posts_feed": "own_post",
    "graph-python-facebook/posts_single_post_data.json": "own_post",
}


def refusal_of(name: str) -> str:
    return next((reason for prefix, reason in REFUSALS.items() if name.startswith(prefix)), "")


@pytest.mark.parametrize("name", FILES)
def test_every_recorded_body_is_understood_or_refused_by_name(name: str) -> None:
    """Not one PayloadError: all of these are real."""
    reasons, parsed = set(), []
    try:
        for item in FacebookConnector.split(recorded(name)):
            try:
                parsed += FacebookConnector.parse(item.payload, account(item.account_id))
            except Refused as error:
                reasons.add(error.reason)
    except Refused as error:
        reasons.add(error.reason)
    expected = refusal_of(name)
    assert (reasons, bool(parsed)) in [({expected}, False), (set(), True)] if expected else parsed
    for event in parsed:
        if isinstance(event, InboundMessage):
            assert event.external_id
            assert event.thread_id.split(":")[0] in {"comment", "post", "dm"}


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("webhooks/")])
def test_the_same_webhook_twice_has_the_same_event_ids_and_no_two_events_share_one(name: str) -> None:
    try:
        first = [item.event_id for item in FacebookConnector.split(recorded(name))]
    except Refused:
        return
    assert first == [item.event_id for item in FacebookConnector.split(recorded(name))]
    assert len(set(first)) == len(first)
    assert all(0 < len(event_id) <= 300 for event_id in first)


def only(name: str, external_id: str = "") -> InboundMessage:
    found = events(recorded(name), external_id)
    assert len(found) == 1
    assert isinstance(found[0], InboundMessage)
    return found[0]


def test_a_comment_of_the_page_itself_is_outbound() -> None:
    comment = only("webhooks/feed-comment-add-211.json")
    assert comment.direction == Direction.OUT
    assert comment.external_id == "901097836652708_903438993085259"
    assert comment.thread_id == "comment:901097836652708_903438993085259"
    assert comment.kind == Kind.COMMENT
    assert comment.visibility == Visibility.PUBLIC
    assert comment.text == "and the next one"
    assert comment.sent_at == datetime(2015, 12, 3, 9, 30, 3, tzinfo=UTC)
    assert comment.root is not None
    assert comment.root.external_id == "1234567890321_901097836652708"


@pytest.mark.parametrize(
    ("name", "kind", "change"),
    [
        ("feed-comment-add-with-photo", AttachmentKind.IMAGE, Change.CREATED),
        ("feed-comment-add-with-video", AttachmentKind.VIDEO, Change.CREATED),
        ("feed-comment-edited-with-photo", AttachmentKind.IMAGE, Change.EDITED),
        ("feed-comment-edited-with-video", AttachmentKind.VIDEO, Change.EDITED),
    ],
)
def test_what_hangs_on_a_comment_comes_along(name: str, kind: AttachmentKind, change: Change) -> None:
    comment = only(f"webhooks/{name}.json")
    assert comment.change == change
    assert [attachment.kind for attachment in comment.attachments] == [kind]
    assert comment.author.name == "Tester"  # sender_name, before there was `from`


@pytest.mark.parametrize(
    ("name", "external_id", "change"),
    [
        ("feed-comment-hide", "900728623356296_900744590021366", Change.HIDDEN),
        ("feed-comment-unhide", "900728623356296_900744590021366", Change.UNHIDDEN),
        ("feed-comment-remove-25", "905578656204626_905579239537901", Change.DELETED),
        ("feed-post-hide", "1234567890321_7293787835232", Change.HIDDEN),
        ("feed-post-unhide", "1234567890321_7293787835232", Change.UNHIDDEN),
        ("feed-post-remove-25", "1234567890321_901097836652708", Change.DELETED),
        ("feed-status-unhide", "123456789_64352426", Change.UNHIDDEN),
    ],
)
def test_a_hide_or_removal_says_which_and_when_and_never_who(name: str, external_id: str, change: Change) -> None:
    message = only(f"webhooks/{name}.json")
    assert (message.external_id, message.change, message.text) == (external_id, change, "")
    assert message.author.external_id == ""
    assert message.changed_at is not None


def test_a_visitors_post_and_its_edit_are_one_message() -> None:
    added, edited = only("webhooks/feed-post-add-25.json"), only("webhooks/feed-post-edit.json")
    assert added.kind == Kind.VISITOR_POST
    assert added.direction == Direction.IN
    assert added.author.name == "John Doe"
    assert added.thread_id == edited.thread_id == "post:1234567890321_7293787835232"
    assert (added.external_id, edited.change) == (edited.external_id, Change.EDITED)
    assert added.sent_at == datetime(2016, 2, 5, 21, 17, tzinfo=UTC)  # no created_time: that of the entry


def test_a_mention_without_author_is_still_heard() -> None:
    mention = only("webhooks/mention-post-add-real.json")
    assert (mention.kind, mention.text) == (Kind.MENTION, "A test post message")
    assert mention.author.external_id == ""
    assert mention.thread_id == "post:1234567890321_98722536423179"


def test_a_messenger_message_and_our_echo_share_a_thread() -> None:
    message = only("webhooks/messaging-message-basic.json")
    echo = only("webhooks/messaging-message-basic-echo.json")
    assert message.thread_id == echo.thread_id == "dm:987654321432"
    assert (message.direction, echo.direction) == (Direction.IN, Direction.OUT)
    assert echo.delivery_key == "DEVELOPER_DEFINED_METADATA_STRING"
    assert message.delivery_key == ""
    assert message.sent_at == datetime(2016, 3, 12, 6, 29, 57, 627000, tzinfo=UTC)
    assert message.visibility == Visibility.PRIVATE


def test_messenger_details() -> None:
    assert only("webhooks/messaging-message-reply-1.json").in_reply_to.startswith("very_long_id")
    assert only("webhooks/messaging-message-reply-2.json").in_reply_to == ""
    assert only("webhooks/messaging-message-isunsupported.json").is_encrypted
    assert only("webhooks/messaging-message-isdeleted.json").change == Change.DELETED
    edit = only("webhooks/messaging-message-edits.json")
    assert (edit.change, edit.text) == (Change.EDITED, "hello, world!")
    image = only("webhooks/messaging-message-media-attachment.json").attachments[0]
    assert (image.kind, image.url) == (AttachmentKind.IMAGE, "IMAGE_URL")
    link = only("webhooks/messaging-message-fallback-attachment.json").attachments[0]
    assert (link.kind, link.url, link.name) == (AttachmentKind.LINK, "https://www.messenger.com/", "Legacy Attachment")
    assert only("webhooks/messaging-message-sticker.json").attachments[0].kind == AttachmentKind.IMAGE


def test_delivered_read_and_blocked() -> None:
    [delivered] = events(recorded("webhooks/messaging-delivery-basic.json"))
    assert isinstance(delivered, StatusUpdate)
    assert delivered.status == "delivered"
    assert delivered.external_ids == ("mid.1458668856218:ed81099e15d3f4f233",)
    assert delivered.watermark == datetime(2016, 3, 22, 17, 47, 36, 253000, tzinfo=UTC)
    [read] = events(recorded("webhooks/messaging-read-basic.json"))
    assert isinstance(read, StatusUpdate)
    assert (read.status, read.thread_id) == ("read", "dm:987654321432")
    [blocked] = events(recorded("webhooks/messaging-policy-callback-block.json"))
    assert isinstance(blocked, ChannelNotice)
    assert (blocked.code, blocked.detail[:20]) == ("stopped", "The bot violated our")


def test_recorded_graph_comments_have_ids_even_where_only_the_permalink_tells() -> None:
    found = events(recorded("graph-python-facebook/comments_comments_p1.json"))
    ids = [event.external_id for event in found if isinstance(event, InboundMessage)]
    assert len(set(ids)) == len(found)
    reply = next(
        event for event in found if isinstance(event, InboundMessage) and event.external_id.endswith("983033553")
    )
    assert reply.thread_id == "comment:10158407654328553_10158407903973553"
    assert (reply.kind, reply.in_reply_to) == (Kind.REPLY, "10158407654328553_10158407903973553")
    assert reply.author.external_id == ""


def test_recorded_graph_messages_tell_who_spoke() -> None:
    message = only("graph-restfb/v2_5_message.json", "325327235726")
    assert (message.direction, message.thread_id) == (Direction.OUT, "dm:6217463217")
    assert message.external_id == "mid.45374638:527262bab35"  # as a webhook would say it
    found = events(recorded("graph-python-facebook/messages_messages_info.json"), "2121008874780932")
    kinds = [event.attachments[0].kind for event in found if isinstance(event, InboundMessage)]
    assert kinds == [AttachmentKind.IMAGE, AttachmentKind.VIDEO]
    assert all(isinstance(event, InboundMessage) and event.thread_id == "dm:2711636948859886" for event in found)


def test_a_recorded_error_is_no_message() -> None:
    with pytest.raises(PayloadError, match="error"):
        events(recorded("graph-restfb/exampleErrorNew.json"))
