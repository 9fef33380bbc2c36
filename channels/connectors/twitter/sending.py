"""What goes out, and looking whether it arrived."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from channels.connectors.twitter import people, posts, values
from channels.connectors.twitter.client import Client
from channels.connectors.twitter.matching import readable, same_text, shown_text
from channels.connectors.twitter.text import LIMIT, has_invalid_characters, weighted_length
from channels.errors import OutcomeUnknown, PayloadError, PermanentError, TransientError
from channels.messages import Account, OutboundMessage, Receipt, SendMode

DM_LENGTH = 10_000  # characters (X API docs, direct messages)
CLOCK_SLACK = timedelta(seconds=60)  # their clock and ours
PAGES_TO_SEARCH = 4
Listed = tuple[Mapping[str, Any], people.Includes]
CONVERSATION = re.compile(r"dm:([0-9]{1,19}(?:-[0-9]{1,19})?)")


def send(client: Client, account: Account, message: OutboundMessage) -> Receipt:
    """The one call. Raises as `Connector.send`; checks of our own come before it."""
    if not message.text.strip():
        raise PermanentError("There is no text to send.", code="empty")
    if message.mode == SendMode.REPLY:
        return _reply(client, account, message)
    return _direct_message(client, message)


def _reply(client: Client, account: Account, message: OutboundMessage) -> Receipt:
    check_text(message.text)
    if not message.in_reply_to:
        raise PermanentError("There is nothing to answer.", code="no_target")
    return create_post(client, account, text=message.text, in_reply_to_tweet_id=message.in_reply_to)


def check_text(text: str) -> None:
    """Raises PermanentError when X would never take `text` as a post."""
    if weighted_length(text) > LIMIT:
        raise PermanentError(f"Longer than the {LIMIT} characters that X takes.", code="too_long")
    if has_invalid_characters(text):
        raise PermanentError("It holds a character that X does not take.", code="invalid_character")


def create_post(client: Client, account: Account, **said: Any) -> Receipt:
    """The one call that makes a post visible; `said` are tweepy's names."""
    now = datetime.now(UTC)
    body = client.create_tweet(user_auth=False, **said)
    own_id = accepted(body, "id")
    return Receipt(
        external_id=own_id,
        sent_at=values.time_of(own_id) or now,
        permalink=people.permalink(own_id, values.handle(account.handle)),
    )


def _direct_message(client: Client, message: OutboundMessage) -> Receipt:
    if len(message.text) > DM_LENGTH:
        raise PermanentError(f"Longer than the {DM_LENGTH} characters that X takes.", code="too_long")
    now = datetime.now(UTC)
    body = client.create_direct_message(text=message.text, user_auth=False, **_private_target(message))
    event_id = accepted(body, "dm_event_id")
    conversation = values.mapping(body.get("data"), "data").get("dm_conversation_id")
    known = isinstance(conversation, str) and CONVERSATION.fullmatch(people.private_thread(conversation))
    return Receipt(
        external_id=event_id,
        sent_at=values.time_of(event_id) or now,
        thread_id=people.private_thread(str(conversation)) if known else "",
        recipient_id=message.recipient_id,
    )


def _private_target(message: OutboundMessage) -> dict[str, str]:
    """The conversation where there is one; else the person, which opens it."""
    match = CONVERSATION.fullmatch(message.thread_id)
    if match:
        return {"dm_conversation_id": match.group(1)}
    if not message.recipient_id.isdigit():
        raise PermanentError("It is unknown to whom this goes.", code="no_target")
    return {"participant_id": message.recipient_id}


def accepted(body: Mapping[str, Any], name: str) -> str:
    """The id in the answer to a call that went well. Raises OutcomeUnknown when there is none."""
    try:
        return values.required(values.mapping(body.get("data"), "data").get(name), name)
    except PayloadError as error:
        raise OutcomeUnknown("X took the message without saying which one it is.") from error


# -- looking whether it arrived ----------------------------------------------------------------------------------------


def find(client: Client, account: Account, message: OutboundMessage, since: datetime) -> Receipt | None:
    """See `Connector.find_sent`. Raises TransientError when there is too much to look through to be certain."""
    earliest = since - CLOCK_SLACK
    if message.mode == SendMode.REPLY:
        return find_post(client, account, text=message.text, in_reply_to=message.in_reply_to, earliest=earliest)
    return _find_direct_message(client, account, message, earliest)


def find_post(client: Client, account: Account, *, text: str, in_reply_to: str, earliest: datetime) -> Receipt | None:
    """Our own post of that text in that place ("" for one that answers nothing)."""
    for body, along in own_posts(client, account, client.post_fields, earliest):
        post = posts.read(body)
        if post.is_repost or not _answers(post, in_reply_to, along):
            continue
        if same_text(text, shown_text(body), has_names=bool(in_reply_to)):
            return Receipt(
                external_id=post.first_id,
                sent_at=values.moment(body.get("created_at"), "created_at") or values.time_of(post.id),
                permalink=people.permalink(post.first_id, values.handle(account.handle)),
            )
    return None


def _answers(post: posts.Post, target: str, along: people.Includes) -> bool:
    above = along.posts.get(post.answers)
    return target == post.answers or (above is not None and target == posts.read(above).first_id)


def own_posts(client: Client, account: Account, fields: Mapping[str, Any], since: datetime, *, most: int = PAGES_TO_SEARCH, is_all: bool = True) -> Iterator[Listed]:  # fmt: skip
    """Our timeline since then, newest first, with the posts that came along. See `pages` for `most` and `is_all`."""

    def call(**page: str) -> Any:
        start = values.iso(since)
        return client.get_users_tweets(account.external_id, max_results=100, start_time=start, **page, **fields)

    return pages(call, most=most, is_all=is_all)


def _find_direct_message(
    client: Client, account: Account, message: OutboundMessage, earliest: datetime
) -> Receipt | None:
    target = _private_target(message)

    def call(**page: str) -> Any:
        return client.get_direct_message_events(max_results=100, user_auth=False, **target, **page, **client.dm_fields)

    for event, _ in pages(call):
        event_id = values.required(event.get("id"), "event id")
        at = values.moment(event.get("created_at"), "created_at") or values.time_of(event_id)
        if at is not None and at < earliest:
            return None
        if values.identifier(event.get("sender_id"), "sender_id") != account.external_id:
            continue
        if same_text(message.text, readable(values.text(event.get("text"), "text"), event.get("entities"))):
            conversation = values.text(event.get("dm_conversation_id"), "dm_conversation_id")
            return Receipt(
                external_id=event_id,
                sent_at=at,
                thread_id=people.private_thread(conversation) if conversation else message.thread_id,
                recipient_id=message.recipient_id,
            )
    return None


def pages(call: Callable[..., Any], *, most: int = PAGES_TO_SEARCH, is_all: bool = True) -> Iterator[Listed]:
    """Everything that `call` lists, newest first, with the posts that came along: `most` pages. Raises TransientError when
    there are more and `is_all` was wanted."""
    page: dict[str, str] = {}
    for _ in range(most):
        body = call(**page)
        along = people.includes(body.get("includes"))
        data = values.listing(body.get("data"), "data")
        for one in data:
            yield values.mapping(one, "entry"), along
        token = values.mapping(body.get("meta"), "meta").get("next_token")
        if not isinstance(token, str) or not token or not data:
            return
        page = {"pagination_token": token}
    if is_all:
        raise TransientError("Too much happened since to find it.", code="too_many")
