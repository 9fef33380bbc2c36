"""Every payload that X published or that was recorded from it is understood, or refused by a name that says why."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.connectors.twitter.connector import TwitterConnector
from channels.errors import PayloadError, Refused
from channels.messages import Change, ChannelNotice, Direction, Event, InboundMessage, Kind, Visibility
from tests.contract.twitter.payloads import RECORDED, account, events, in_post_words, needs_recordings, recorded

pytestmark = needs_recordings

EXAMPLE_USER = "1111111111111111111"
OTHER_USER = "2222222222222222222"


def only(body: Any, us: str = EXAMPLE_USER) -> InboundMessage:
    found = events(body, us)
    assert len(found) == 1
    assert isinstance(found[0], InboundMessage)
    return found[0]


def outcome(body: Any, us: str = EXAMPLE_USER) -> list[Event] | str:
    try:
        return events(body, us)
    except PayloadError as error:
        return error.reason


# -- activity events ---------------------------------------------------------------------------------------------------

REFUSED_ACTIVITIES = {
    "post-create": "own_post",
    "post-repost-create": "repost",
    "like-create": "like",
    "follow-follow": "follow",
}
UNDERSTOOD_ACTIVITIES = {
    "chat-received",
    "dm-received",
    "dm-sent",
    "post-delete",
    "post-mention-create",
    "post-reply-create",
}


def test_no_activity_is_forgotten() -> None:
    names = {path.stem for path in (RECORDED / "activity-events").glob("*.json")}
    assert names == UNDERSTOOD_ACTIVITIES | REFUSED_ACTIVITIES.keys()


@pytest.mark.parametrize(("name", "reason"), REFUSED_ACTIVITIES.items())
def test_an_activity_that_nobody_answers_is_refused(name: str, reason: str) -> None:
    body = recorded(f"activity-events/{name}.json")
    with pytest.raises(Refused) as caught:
        events(body, EXAMPLE_USER)
    assert caught.value.reason == reason


@pytest.mark.parametrize("convert", [lambda body: body, in_post_words], ids=["tweet words", "post words"])
def test_a_mention(convert: Any) -> None:
    message = only(convert(recorded("activity-events/post-mention-create.json")))
    assert message.external_id == "2080765813578191303"
    assert message.thread_id == f"2080765813578191303:{OTHER_USER}"
    assert (message.kind, message.visibility, message.direction) == (Kind.MENTION, Visibility.PUBLIC, Direction.IN)
    assert (message.author.handle, message.author.name) == ("OtherUser", "OtherUser")
    assert message.contact == message.author
    assert message.is_summons is True
    assert message.root is None
    assert message.language == ""  # X says "und"
    assert message.sent_at == datetime(2026, 7, 24, 21, 23, 23, tzinfo=UTC)
    assert message.permalink == "https://x.com/OtherUser/status/2080765813578191303"


@pytest.mark.parametrize("convert", [lambda body: body, in_post_words], ids=["tweet words", "post words"])
def test_a_reply(convert: Any) -> None:
    message = only(convert(recorded("activity-events/post-reply-create.json")))
    assert message.thread_id == f"2080761390344937796:{OTHER_USER}"
    assert message.in_reply_to == "2080761390344937796"
    assert (message.kind, message.direction, message.is_summons) == (Kind.REPLY, Direction.IN, True)
    assert message.author.external_id == OTHER_USER
    assert message.author.name == ""  # the event does not tell; what is known is kept
    assert message.root is not None
    assert message.root.external_id == "2080761390344937796"
    assert message.root.is_ours is None


def test_the_same_mention_seen_by_another_account_is_its_own_post() -> None:
    body = recorded("activity-events/post-mention-create.json")
    body["data"]["filter"]["user_id"] = OTHER_USER
    assert outcome(body) == "own_post"


def test_a_deleted_post() -> None:
    message = only(recorded("activity-events/post-delete.json"))
    assert (message.external_id, message.change) == ("2080761269309813134", Change.DELETED)


def test_private_messages_both_ways() -> None:
    received = only(recorded("activity-events/dm-received.json"))
    assert received.thread_id == f"dm:{EXAMPLE_USER}-{OTHER_USER}"
    assert (received.direction, received.text, received.author.handle) == (Direction.IN, "hello!", "OtherUser")
    assert received.sent_at == datetime.fromtimestamp(1784928224.372, UTC)
    sent = only(recorded("activity-events/dm-sent.json"))
    assert sent.thread_id == f"dm:2244994945-{EXAMPLE_USER}"  # the smaller id first, as a number
    assert (sent.direction, sent.contact.external_id) == (Direction.OUT, "2244994945")
    assert sent.visibility == Visibility.PRIVATE


def test_encrypted_chat_says_that_it_can_not_be_read() -> None:
    message = only(recorded("activity-events/chat-received.json"))
    assert message.is_encrypted
    assert message.text == ""
    assert message.thread_id == f"dm:{EXAMPLE_USER}-{OTHER_USER}"
    assert message.external_id == "e4f4d3fc-8bbf-4928-92eb-e5058d6bb6f6"


@pytest.mark.parametrize("name", sorted(UNDERSTOOD_ACTIVITIES | REFUSED_ACTIVITIES.keys()))
def test_an_activity_names_its_account_and_has_one_id(name: str) -> None:
    body = recorded(f"activity-events/{name}.json")
    first, again = (TwitterConnector.split(body) for _ in range(2))
    assert [item.event_id for item in first] == [item.event_id for item in again]
    assert len({item.event_id for item in first}) == len(first) == 1
    assert first[0].account_id == EXAMPLE_USER
    assert str(body["data"]["event_uuid"]) in first[0].event_id


# -- recorded exchanges ------------------------------------------------------------------------------------------------

# Recorded without our fields: X then tells neither who wrote a post nor in which conversation.
EXCHANGES: dict[str, list[str]] = {
    "tweepy_client_create_and_delete_tweet": ["missing_author", "confirmation"],
    "tweepy_client_get_me": ["user"],
    "tweepy_client_get_tweet": ["missing_author"],
    "tweepy_client_get_tweets": ["missing_author"],
    "tweepy_client_get_user": ["user"],
    "tweepy_client_get_users": ["user"],
    "tweepy_client_get_users_mentions": ["missing_author"],
    "tweepy_client_get_users_tweets": ["missing_author"],
    "tweepy_client_hide_and_unhide_reply": ["confirmation", "confirmation"],
    "tweepy_client_like_and_unlike": ["confirmation", "confirmation"],
    "tweepy_client_search_recent_tweets": ["missing_author"],
    "tweepy_manage_and_lookup_direct_messages": [
        "receipt",
        "receipt",
        "receipt",
        "empty",
        "missing_author",
        "missing_author",
    ],
}


def test_no_exchange_is_forgotten() -> None:
    assert {path.stem for path in (RECORDED / "recorded").glob("*.json")} == EXCHANGES.keys()


@pytest.mark.parametrize("name", EXCHANGES)
def test_a_recorded_exchange(name: str) -> None:
    bodies = [exchange["response"]["body"] for exchange in recorded(f"recorded/{name}.json")]
    assert [outcome(body) for body in bodies] == EXCHANGES[name]


@pytest.mark.parametrize(
    "name", ["get_users_mentions", "search_recent_tweets", "get_tweets", "get_users_tweets", "get_tweet"]
)
def test_recorded_posts_are_understood_once_their_author_is_told(name: str) -> None:
    """The recorded texts, with what X adds when our fields are asked for."""
    body = recorded(f"recorded/tweepy_client_{name}.json")[0]["response"]["body"]
    posts = body["data"] if isinstance(body["data"], list) else [body["data"]]
    for post in posts:
        post |= {"author_id": "99", "conversation_id": post["id"]}
    found = events(body, "783214")
    assert [one.external_id for one in found if isinstance(one, InboundMessage)] == [post["id"] for post in posts]
    for one, post in zip(found, posts, strict=True):
        assert isinstance(one, InboundMessage)
        assert one.text == post["text"]
        assert one.thread_id == f"{post['id']}:99"
        assert one.sent_at is not None  # from the id
        assert 2019 < one.sent_at.year < 2023


def test_recorded_private_messages_are_understood_once_their_sender_is_told() -> None:
    exchanges = recorded("recorded/tweepy_manage_and_lookup_direct_messages.json")
    body, sent = exchanges[4]["response"]["body"], exchanges[0]["response"]["body"]["data"]
    for event in body["data"]:
        event |= {"sender_id": "1072250532645998596", "dm_conversation_id": sent["dm_conversation_id"]}
    found = events(body, "1072250532645998596")
    assert [one.text for one in found if isinstance(one, InboundMessage)] == ["Testing 2", "Testing 1"]
    for one in found:
        assert isinstance(one, InboundMessage)
        assert one.direction == Direction.OUT
        assert one.contact.external_id == "750362064426721281"
        assert one.thread_id == f"dm:{sent['dm_conversation_id']}"
    assert isinstance(found[1], InboundMessage)
    assert found[1].external_id == sent["dm_event_id"]


# -- samples of the documentation --------------------------------------------------------------------------------------

SAMPLES: dict[str, list[str]] = {
    "account-activity": ["revoked", "message", "typing", "not_ours", "deleted"],
    "account-activity-admin": ["subscription"] * 5 + ["replay"] * 3,
    "activity-admin": [
        "user",
        "subscription",
        "subscription",
        "profile",
        "subscription",
        "subscription",
        "confirmation",
        "subscription",
    ],
    "conversation-id": ["missing_author", "messages"],
    "dm-event-types": ["message", "participants", "participants"],
    "dm-events": ["message", "message"],
    "dm-send": ["receipt", "receipt", "confirmation"],
    "edit-posts": ["missing_author"] * 3,
    "errors": ["problem", "missing_author"],
    "expansions": ["message", "message"],
    "hide-reply": ["confirmation", "confirmation"],
    "media-upload": ["media", "media"],
    "pagination": ["missing_author"],
    "post-create-delete": ["unknown_body", "missing_author", "confirmation"],
    "rate-limit-429": ["problem"],
    "search-recent": ["missing_author", "message"],
    "tweet-lookup": ["missing_author", "message"],
    "webhooks-admin": ["handshake", "webhook", "webhook", "empty", "confirmation", "webhook"],
}


def meaning(body: Any) -> str:
    found = outcome(body, "2244994945" if "2244994945" not in str(body.get("data")) else "1")
    if isinstance(found, str):
        return found
    first = found[0]
    if isinstance(first, ChannelNotice):
        return first.code
    assert isinstance(first, InboundMessage)
    return "deleted" if first.change == Change.DELETED else "message" if len(found) == 1 else "messages"


def test_no_sample_is_forgotten() -> None:
    assert {path.stem for path in (RECORDED / "docs-samples").glob("*.json")} == SAMPLES.keys()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_of_the_documentation(name: str) -> None:
    assert [meaning(sample["json"]) for sample in recorded(f"docs-samples/{name}.json")] == SAMPLES[name]


def test_a_message_of_the_account_activity_api() -> None:
    body = recorded("docs-samples/account-activity.json")[1]["json"]
    message = only(body)
    assert TwitterConnector.split(body)[0].account_id == "4337869213"
    assert message.thread_id == "dm:3001969357-4337869213"
    assert (message.author.name, message.author.handle) == ("Jordan Brinks", "furiouscamper")
    assert message.author.avatar_url.endswith("cW4WTi7C_normal.jpg")
    assert message.text == "Hello World!"


def test_withdrawn_access_is_told_of_the_right_account() -> None:
    items = TwitterConnector.split(recorded("docs-samples/account-activity.json")[0]["json"])
    assert [item.account_id for item in items] == ["63046977"]


def test_a_thread_of_four_people_is_three_conversations() -> None:
    body = recorded("docs-samples/conversation-id.json")[1]["json"]
    messages = [one for one in events(body, "1111111111") if isinstance(one, InboundMessage)]
    assert [one.thread_id for one in messages] == [
        f"1234567890:{n}" for n in ("3333333333", "2222222222", "4444444444")
    ]
    assert [one.in_reply_to for one in messages] == ["1234567892", "1234567890", "1234567890"]
    assert [one.kind for one in messages] == [Kind.REPLY] * 3
    # The second and third answer our account itself; the first speaks to somebody else under our post.
    ours = [one for one in events(body, "2222222222") if isinstance(one, InboundMessage)]
    assert ours[1].direction == Direction.OUT
    assert ours[1].thread_id == "1234567890:1111111111"


def test_an_edit_keeps_the_id_of_the_first_version() -> None:
    body = recorded("docs-samples/edit-posts.json")[2]["json"]
    body["data"] |= {"author_id": "5", "conversation_id": "1234567890"}
    message = only(body)
    assert (message.external_id, message.change) == ("1234567890", Change.EDITED)
    assert message.text == "Updated text (edited)"
    assert message.thread_id == "1234567890:5"


def test_a_picture_with_its_description() -> None:
    body = recorded("docs-samples/expansions.json")[1]["json"]
    message = only(body)
    assert message.attachments[0].alt == "Example image"
    assert message.attachments[0].url == "https://pbs.twimg.com/media/example.jpg"
    assert message.author.handle == "xdevelopers"


def test_a_post_that_is_not_found_is_deleted() -> None:
    body = recorded("docs-samples/errors.json")[1]["json"]
    body["data"][0]["author_id"] = "5"
    found = [one for one in events(body) if isinstance(one, InboundMessage)]
    assert [(one.external_id, one.change) for one in found] == [("123", Change.CREATED), ("456", Change.DELETED)]


def test_observed_errors_are_refused_as_what_they_are() -> None:
    for case in recorded("errors-observed.json"):
        assert outcome(case["body"]) == "problem", case["case"]


@pytest.mark.parametrize("body", [None, [], [{}], "x", 7, {}, {"id": "1"}, {"text": "x"}])
def test_what_is_no_body_of_x_is_not_understood(body: Any) -> None:
    with pytest.raises(PayloadError) as caught:
        TwitterConnector.split(body)
    assert caught.value.reason == "unknown_body"
    assert not isinstance(caught.value, Refused)


def test_the_parser_needs_no_credentials() -> None:
    assert dict(account().credentials) == {}
