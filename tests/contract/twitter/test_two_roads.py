"""The same thing by poll and by webhook is the same message in the same conversation."""

from typing import Any

import pytest

from channels.errors import PayloadError, Refused
from channels.messages import AttachmentKind, Change, ChannelNotice, Direction, InboundMessage, Kind, StatusUpdate
from tests.contract.twitter.payloads import (
    DM,
    FATMA,
    HANDLE,
    INCLUDES,
    MEDIA,
    OUR_POST,
    OWN_REPLY,
    PIET,
    QUESTION,
    REPLY,
    ROOT,
    US,
    USERS,
    activity,
    body,
    events,
    in_post_words,
    mention,
    old_dm,
)  # fmt: skip


def one(found: list[Any]) -> InboundMessage:
    assert len(found) == 1
    assert isinstance(found[0], InboundMessage)
    return found[0]


def test_a_reply_by_poll_and_by_activity_is_one_message() -> None:
    polled, told = one(events(body(REPLY))), one(events(activity("post.reply.create", REPLY, INCLUDES)))
    assert polled == told
    bare = one(events(activity("post.mention.create", REPLY, {})))
    assert (
        (bare.external_id, bare.thread_id)
        == (polled.external_id, polled.thread_id)
        == (QUESTION, f"{OUR_POST}:{FATMA}")
    )
    assert polled.text == "@gem_eikenrode Ook in De Weide?"  # without the link to its own picture
    assert [(a.kind, a.alt) for a in polled.attachments] == [(AttachmentKind.IMAGE, "Volle papierbak")]
    assert polled.root is not None
    assert polled.root.text == "Vrijdag halen we het papier op & het glas. https://eikenrode.example/afval"
    assert polled.root.is_ours is True


def test_our_own_answer_by_both_roads_belongs_to_the_resident() -> None:
    polled, told = one(events(body(OWN_REPLY))), one(events(activity("post.create", OWN_REPLY, INCLUDES)))
    assert polled == told
    assert polled.thread_id == f"{OUR_POST}:{FATMA}"
    assert (polled.direction, polled.kind, polled.text) == (Direction.OUT, Kind.REPLY, "@fatmadb Ja, ook daar <3")
    assert (polled.contact.external_id, polled.contact.name) == (FATMA, "Fatma de Boer")
    bare = one(events(activity("post.create", OWN_REPLY, {})))
    assert (bare.thread_id, bare.contact.handle) == (polled.thread_id, "fatmadb")


@pytest.mark.parametrize("sender", [FATMA, US])
def test_a_private_message_by_three_roads_is_one_message(sender: str) -> None:
    recipient = US if sender == FATMA else FATMA
    polled = one(events(body({**DM, "sender_id": sender})))
    created = old_dm(sender_id=sender, target={"recipient_id": recipient})
    by_activity = one(events(activity("dm.received" if sender == FATMA else "dm.sent", created)))
    by_account_activity = one(events({"for_user_id": US, **created}))
    for told in (by_activity, by_account_activity):
        assert (told.external_id, told.thread_id) == (polled.external_id, polled.thread_id)
        assert (told.direction, told.text, told.kind) == (polled.direction, polled.text, polled.kind)
        assert told.contact.external_id == polled.contact.external_id == FATMA
    assert polled.direction == (Direction.IN if sender == FATMA else Direction.OUT)


def test_a_conversation_of_two_has_the_smaller_number_first() -> None:
    small, large = "750362064426721281", "1072250532645998596"  # as text, the other order
    message = one(events({"for_user_id": large, **old_dm(sender_id=small, target={"recipient_id": large})}, large))
    assert message.thread_id == f"dm:{small}-{large}"


def test_a_message_in_a_group_belongs_to_the_group() -> None:
    message = one(events(body({**DM, "dm_conversation_id": "1578398451921985538"})))
    assert message.thread_id == "dm:1578398451921985538"
    assert message.contact.external_id == FATMA


def test_an_edit_by_both_roads_changes_the_first_version() -> None:
    edited = {**REPLY, "id": "2080000000000000250", "edit_history_tweet_ids": [QUESTION, "2080000000000000250"]}
    for message in (one(events(body(edited))), one(events(activity("post.mention.create", edited, INCLUDES)))):
        assert (message.external_id, message.change, message.thread_id) == (
            QUESTION,
            Change.EDITED,
            f"{OUR_POST}:{FATMA}",
        )
        assert message.changed_at is not None


def test_an_answer_to_an_edited_post_names_its_first_version() -> None:
    edited = {**REPLY, "id": "2080000000000000250", "edit_history_tweet_ids": [QUESTION, "2080000000000000250"]}
    answered = {**OWN_REPLY, "referenced_tweets": [{"type": "replied_to", "id": edited["id"]}]}
    message = one(events({**body(answered), "includes": {**INCLUDES, "tweets": [edited]}}))
    assert message.in_reply_to == QUESTION


# -- who summons us ----------------------------------------------------------------------------------------------------


def summons(**changed: Any) -> bool | None:
    return one(events(body({**REPLY, "text": "Hoi", "entities": {}, **changed}))).is_summons


def test_an_answer_that_does_not_name_us_is_no_summons() -> None:
    assert summons() is False
    assert summons(entities={"mentions": [mention(PIET, "pietkok")]}, text="@pietkok @gem_eikenrodes hoi") is False


def test_naming_us_is_a_summons() -> None:
    assert summons(entities={"mentions": [mention(US, "oude_naam")]}) is True
    assert summons(entities={"mentions": [{"start": 0, "end": 9, "username": "GEM_Eikenrode"}]}) is True
    assert summons(text=f"Zeg @{HANDLE.upper()}, hoe zit dit?") is True
    assert summons(note_tweet={"text": "…", "entities": {"mentions": [mention(US, HANDLE)]}}) is True


def test_quoting_us_is_a_summons() -> None:
    quote = {**REPLY, "text": "Zo dus", "entities": {}, "in_reply_to_user_id": None, "id": "2080000000000000600",
             "conversation_id": "2080000000000000600", "edit_history_tweet_ids": ["2080000000000000600"]}  # fmt: skip
    quote["referenced_tweets"] = [{"type": "quoted", "id": OUR_POST}]
    assert one(events(body(quote))).is_summons is True
    assert one(events(body(quote))).kind == Kind.MENTION
    assert one(events({**body(quote), "includes": {"tweets": [{**ROOT, "author_id": PIET}]}})).is_summons is False
    assert one(events(activity("post.quote.create", quote, {}))).is_summons is True


# -- the rest ----------------------------------------------------------------------------------------------------------


def test_withheld_content_is_hidden() -> None:
    for withheld, changes in (
        ({"copyright": False, "country_codes": ["NL", "DE"]}, [Change.CREATED, Change.HIDDEN]),
        ({"copyright": True, "country_codes": ["XY"]}, [Change.CREATED, Change.HIDDEN]),
        ({"copyright": False, "country_codes": ["TR"]}, [Change.CREATED]),
    ):
        found = [e for e in events(body({**REPLY, "withheld": withheld})) if isinstance(e, InboundMessage)]
        assert [e.change for e in found] == changes


def test_a_video_shows_its_best_version() -> None:
    variants = [
        {"content_type": "application/x-mpegURL", "url": "list"},
        {"bit_rate": 632_000, "content_type": "video/mp4", "url": "small"},
        {"bit_rate": 2_176_000, "content_type": "video/mp4", "url": "large"},
    ]
    media = [{**MEDIA[0], "type": "video", "url": None, "preview_image_url": "still", "variants": variants}]
    attachment = one(events({**body(REPLY), "includes": {**INCLUDES, "media": media}})).attachments[0]
    assert (attachment.kind, attachment.url, attachment.alt) == (AttachmentKind.VIDEO, "large", "Volle papierbak")


def test_a_resident_who_read_our_message() -> None:
    event = {
        "created_timestamp": "1795255200000",
        "sender_id": FATMA,
        "target": {"recipient_id": US},
        "last_read_event_id": DM["id"],
    }
    found = events({"for_user_id": US, "direct_message_mark_read_events": [event]})
    assert isinstance(found[0], StatusUpdate)
    assert (found[0].status, found[0].external_ids, found[0].thread_id) == ("read", (DM["id"],), f"dm:{US}-{FATMA}")
    mine = {**event, "sender_id": US, "target": {"recipient_id": FATMA}}
    with pytest.raises(Refused, match="ourselves"):
        events({"for_user_id": US, "direct_message_mark_read_events": [mine]})


def test_withdrawn_access_is_a_notice() -> None:
    found = events(activity("oauth.revoke", {}))
    assert isinstance(found[0], ChannelNotice)
    assert found[0].code == "revoked"


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("own_post", body({**ROOT})),
        ("repost", body({**REPLY, "referenced_tweets": [{"type": "retweeted", "id": "1"}]})),
        ("participants", body({**DM, "event_type": "ParticipantsJoin"})),
        ("not_ours", {"for_user_id": US, **old_dm(sender_id="1", target={"recipient_id": "2"})}),
        ("old_post", {"for_user_id": US, "tweet_create_events": [{"id_str": "1"}]}),
        ("typing", {"for_user_id": US, "direct_message_indicate_typing_events": [{}]}),
        ("favorite", {"for_user_id": US, "favorite_events": [{}]}),
        ("empty", {"meta": {"result_count": 0}}),
        ("user", {"data": USERS}),
    ],
)
def test_what_is_understood_and_not_for_the_inbox(reason: str, what: Any) -> None:
    for words in (what, in_post_words(what)):
        with pytest.raises(Refused) as caught:
            events(words)
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("reason", "what"),
    [
        ("missing_author", body({**REPLY, "author_id": None})),
        ("missing_author", body({**DM, "sender_id": None})),
        ("missing_conversation", body({**REPLY, "conversation_id": None})),
        ("missing_conversation", body({**DM, "sender_id": US, "dm_conversation_id": None})),
        ("missing_id", body({**REPLY, "id": None})),
        ("bad_id", body({**REPLY, "id": "x"})),
        ("bad_time", body({**REPLY, "created_at": "gisteren"})),
        ("wrong_type", body({**REPLY, "entities": []})),
        ("unknown_event", body({**DM, "event_type": "Other"})),
        ("unknown_event", activity("something.new", {})),
        ("unknown_event", {"for_user_id": US, "new_events": []}),
        ("unknown_body", {"hello": "world"}),
    ],
)
def test_what_is_not_understood_is_kept_and_reported(reason: str, what: Any) -> None:
    with pytest.raises(PayloadError) as caught:
        events(what)
    assert caught.value.reason == reason
    assert not isinstance(caught.value, Refused)
