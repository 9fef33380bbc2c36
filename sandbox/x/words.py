"""The two vocabularies of X: `tweet.*` (old) and `post.*` (OpenAPI since August 2026). An answer is in the asker's words."""

from dataclasses import dataclass

from starlette.requests import Request


@dataclass(frozen=True)
class Words:
    edit_history: str
    referenced: str
    note: str
    includes: str


OLD = Words("edit_history_tweet_ids", "referenced_tweets", "note_tweet", "tweets")
NEW = Words("edit_history_post_ids", "referenced_posts", "note_post", "posts")
TO_OLD = {
    NEW.edit_history: OLD.edit_history,
    NEW.referenced: OLD.referenced,
    NEW.note: OLD.note,
    "referenced_posts.id": "referenced_tweets.id",
    "referenced_posts.id.author_id": "referenced_tweets.id.author_id",
    "edit_history_post_ids": "edit_history_tweet_ids",
}


@dataclass(frozen=True)
class Asked:
    """Which fields and expansions a request asks for, in the old words, and the words to answer in."""

    words: Words
    post: frozenset[str]
    user: frozenset[str]
    media: frozenset[str]
    dm: frozenset[str]
    expansions: frozenset[str]


def asked(request: Request) -> Asked:
    def listed(*names: str) -> frozenset[str]:
        joined = ",".join(value for name in names for value in request.query_params.getlist(name))
        found = {word.strip() for word in joined.split(",") if word.strip()}
        return frozenset(TO_OLD.get(word, word) for word in found)

    names = " ".join(request.query_params.keys()) + request.query_params.get("expansions", "")
    is_new = "post.fields" in names or "referenced_posts" in names
    return Asked(
        words=NEW if is_new else OLD,
        post=listed("tweet.fields", "post.fields"),
        user=listed("user.fields"),
        media=listed("media.fields"),
        dm=listed("dm_event.fields"),
        expansions=listed("expansions"),
    )
