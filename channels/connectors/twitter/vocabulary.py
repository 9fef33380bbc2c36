"""The two languages of X: `tweet.*` (prose docs, tweepy) and `post.*` (OpenAPI since 2026-08-07). One table.

What we send is one of the two, by the channel's setting `vocabulary`; what we read may be in either, whatever we sent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT = "tweet"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names and values of the parameters that ask for more than an id and a text."""

    post_parameter: str
    post_fields: tuple[str, ...]
    post_expansions: tuple[str, ...]
    dm_fields: tuple[str, ...]
    dm_expansions: tuple[str, ...]


VOCABULARIES: Mapping[str, Vocabulary] = {
    "tweet": Vocabulary(
        post_parameter="tweet.fields",
        post_fields=(
            "id", "text", "created_at", "author_id", "conversation_id", "in_reply_to_user_id", "referenced_tweets",
            "attachments", "entities", "lang", "note_tweet", "reply_settings", "edit_controls", "withheld",
        ),
        post_expansions=(
            "author_id", "attachments.media_keys", "referenced_tweets.id", "referenced_tweets.id.author_id",
            "in_reply_to_user_id",
        ),
        dm_fields=(
            "id", "text", "event_type", "created_at", "dm_conversation_id", "sender_id", "participant_ids",
            "attachments", "entities",
        ),
        dm_expansions=("sender_id", "participant_ids", "attachments.media_keys"),
    ),
    "post": Vocabulary(
        post_parameter="post.fields",
        # Who wrote it, whom it answers and what it refers to are expansions here, no fields (OpenAPI 2.167).
        post_fields=(
            "id", "text", "created_at", "conversation_id", "attachments", "entities", "lang", "note_post",
            "reply_settings", "edit_controls", "withheld",
        ),
        post_expansions=(
            "author_id", "attachments.media_keys", "referenced_posts", "in_reply_to_user_id", "edit_history_post_ids",
        ),
        dm_fields=("id", "text", "event_type", "created_at", "dm_conversation_id", "attachments", "entities"),
        dm_expansions=("sender_id", "participant_ids", "attachments.media_keys"),
    ),
}  # fmt: skip
USER_FIELDS = ("id", "name", "username", "profile_image_url")
MEDIA_FIELDS = ("media_key", "type", "url", "preview_image_url", "alt_text", "variants")

# What we read: the same thing under its two names, the newer one first.
REFERENCED = ("referenced_posts", "referenced_tweets")
EDIT_HISTORY = ("edit_history_post_ids", "edit_history_tweet_ids")
NOTE = ("note_post", "note_tweet")
INCLUDED_POSTS = ("posts", "tweets")
REPOSTS = ("repost_count", "retweet_count")
REPLIED_TO = ("in_reply_to_post_id", "in_reply_to_tweet_id")


def chosen(name: Any) -> Vocabulary:
    """The vocabulary of a channel's setting; the default for anything that is none."""
    return VOCABULARIES[name] if isinstance(name, str) and name in VOCABULARIES else VOCABULARIES[DEFAULT]


def either(body: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The value under the first of `names` that is there."""
    for name in names:
        if body.get(name) is not None:
            return body[name]
    return None
