"""What a post means: a mention, a reply, our own answer made elsewhere; new, edited or withheld. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from channels.connectors.twitter import people, values
from channels.connectors.twitter.matching import shown_text
from channels.connectors.twitter.people import Includes
from channels.connectors.twitter.vocabulary import EDIT_HISTORY, NOTE, REFERENCED, REPLIED_TO, either
from channels.errors import PayloadError, Refused
from channels.messages import (
    Account,
    Author,
    Change,
    Direction,
    Event,
    InboundMessage,
    Kind,
    RootPost,
    Visibility,
)

# Withheld here (NL), everywhere (XX) or after a copyright claim (XY): X docs, withheld content.
WITHHELD_HERE = frozenset({"NL", "XX", "XY"})
OLD_LANGUAGES = {"in": "id", "iw": "he"}
NO_LANGUAGE = frozenset({"und", "zxx", "art"})


@dataclass(frozen=True, slots=True)
class Post:
    """The parts of a post that decide where it belongs. `first_id` stays when it is edited, `latest_id` is what it is now."""

    id: str
    first_id: str
    latest_id: str
    author_id: str
    conversation_id: str
    answers: str  # post id
    answers_user: str
    quotes: tuple[str, ...]
    is_repost: bool
    mentions: tuple[tuple[str, str], ...]  # (user id or "", handle)
    body: Mapping[str, Any]

    @property
    def is_root(self) -> bool:
        return self.conversation_id in {self.id, self.first_id} or not self.conversation_id


def read(body: Any) -> Post:
    """Raises PayloadError."""
    post = values.mapping(body, "post")
    own_id = values.required(post.get("id"), "post id")
    history = [
        values.required(one, "edit history") for one in values.listing(either(post, EDIT_HISTORY), "edit history")
    ]
    answers, quotes, is_repost = "", [], False
    for entry in values.listing(either(post, REFERENCED), "references"):
        reference = values.mapping(entry, "reference")
        kind, target = (
            values.text(reference.get("type"), "type"),
            values.identifier(reference.get("id"), "reference id"),
        )
        answers = target if kind == "replied_to" else answers
        is_repost = is_repost or kind in {"retweeted", "reposted"}
        if kind == "quoted" and target:
            quotes.append(target)
    return Post(
        id=own_id,
        first_id=min([own_id, *history], key=int),
        latest_id=max([own_id, *history], key=int),
        author_id=values.identifier(post.get("author_id"), "author_id"),
        conversation_id=values.identifier(post.get("conversation_id"), "conversation_id"),
        answers=answers or values.identifier(either(post, REPLIED_TO), "in_reply_to"),
        answers_user=values.identifier(post.get("in_reply_to_user_id"), "in_reply_to_user_id"),
        quotes=tuple(quotes),
        is_repost=is_repost,
        mentions=tuple(_mentions(post)),
        body=post,
    )


def _mentions(post: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    note = values.mapping(either(post, NOTE), "note")
    for entities in (post.get("entities"), note.get("entities")):
        for entry in values.listing(values.mapping(entities, "entities").get("mentions"), "mentions"):
            mention = values.mapping(entry, "mention")
            handle = values.text(mention.get("username"), "mention")
            yield values.identifier(mention.get("id"), "mention id"), handle


def mentions(post: Post, account: Account) -> bool:
    """Does it name us? By id, else by handle; by the text alone only where X sent no entities."""
    ours = account.handle.lower()
    if any(user_id == account.external_id or (ours and handle.lower() == ours) for user_id, handle in post.mentions):
        return True
    if post.mentions or not ours:
        return False
    body = values.text(post.body.get("text"), "text")
    return re.search(rf"(?<![\w@]){re.escape('@' + ours)}(?!\w)", body, re.IGNORECASE) is not None


def quotes(post: Post, known: Includes, account: Account) -> bool:
    return any(
        values.identifier(known.posts.get(one, {}).get("author_id"), "author_id") == account.external_id
        for one in post.quotes
    )


def addresses(post: Post, known: Includes, account: Account) -> bool:
    """Said to us: it names us, quotes us or answers us."""
    return post.answers_user == account.external_id or mentions(post, account) or quotes(post, known, account)


def parse(body: Any, known: Includes, account: Account, *, quotes_us: bool = False) -> list[Event]:
    """The events of one post. Raises PayloadError; Refused for "repost" and "own_post"."""
    post = read(body)
    if post.is_repost:
        raise Refused("a repost says nothing new", reason="repost")
    if not post.author_id:
        raise PayloadError("author_id is missing", reason="missing_author")
    is_ours = post.author_id == account.external_id
    resident = _whom_we_answer(post, known, account) if is_ours else _author(post, known)
    conversation_id = post.conversation_id
    if not conversation_id:
        if post.answers:
            raise PayloadError("conversation_id is missing", reason="missing_conversation")
        conversation_id = post.first_id
    is_edit = post.id != post.first_id
    at = values.moment(post.body.get("created_at"), "created_at") or values.time_of(post.id)
    who = known.author(post.author_id, handle=account.handle if is_ours else "")
    is_summons = mentions(post, account) or quotes_us or quotes(post, known, account)
    message = InboundMessage(
        external_id=post.first_id,
        thread_id=people.public_thread(conversation_id, resident.external_id),
        kind=_kind(post, account, is_summons),
        visibility=Visibility.PUBLIC,
        direction=Direction.OUT if is_ours else Direction.IN,
        change=Change.EDITED if is_edit else Change.CREATED,
        author=who,
        contact=resident,
        text=shown_text(post.body),
        sent_at=(values.time_of(post.first_id) or at) if is_edit else at,
        changed_at=(values.time_of(post.id) or at) if is_edit else None,
        in_reply_to=_first_id(post.answers, known),
        root=_root(conversation_id, post, resident, known, account),
        attachments=people.attachments(post.body, known),
        permalink=people.permalink(post.id, who.handle),
        language=_language(post.body),
        is_summons=None if is_ours else is_summons,
    )
    if is_withheld(post.body):
        return [message, replace(message, change=Change.HIDDEN, text="", changed_at=at)]
    return [message]


def is_withheld(body: Mapping[str, Any]) -> bool:
    withheld = values.mapping(body.get("withheld"), "withheld")
    countries = values.listing(withheld.get("country_codes"), "country_codes")
    return withheld.get("copyright") is True or any(isinstance(c, str) and c in WITHHELD_HERE for c in countries)


def _author(post: Post, known: Includes) -> Author:
    return known.author(post.author_id, handle=values.text(post.body.get("username"), "username"))


def _whom_we_answer(post: Post, known: Includes, account: Account) -> Author:
    """The resident of our own reply: the user it answers. When we go on under our own answer: the one that one answered."""
    us = account.external_id
    candidates = [post.answers_user]
    step = post.answers
    for _ in range(5):
        above = read(known.posts[step]) if step in known.posts else None
        if above is None:
            break
        candidates += [above.author_id, above.answers_user]
        step = above.answers
    if post.answers:
        candidates += [user_id for user_id, _ in post.mentions]
    found = next((one for one in candidates if one and one != us), "")
    if not found:
        raise Refused("our own post, no answer to anyone", reason="own_post")
    handle = next((handle for user_id, handle in post.mentions if user_id == found), "")
    return known.author(found, handle=handle)


def _kind(post: Post, account: Account, is_summons: bool) -> Kind:
    if post.author_id == account.external_id or post.answers_user == account.external_id:
        return Kind.REPLY
    return Kind.MENTION if is_summons else Kind.REPLY


def _first_id(post_id: str, known: Includes) -> str:
    """The id under which a post is known: that of its first version, where it was sent along."""
    return read(known.posts[post_id]).first_id if post_id in known.posts else post_id


def _root(conversation_id: str, post: Post, resident: Author, known: Includes, account: Account) -> RootPost | None:
    """The post above the conversation. None where that is a message of the same conversation itself."""
    if post.is_root:
        return None
    body = known.posts.get(conversation_id)
    if body is None:
        return RootPost(external_id=conversation_id)
    root = read(body)
    if root.author_id == resident.external_id and addresses(root, known, account):
        return None
    is_ours = root.author_id == account.external_id
    who = known.author(root.author_id, handle=account.handle if is_ours else "") if root.author_id else Author()
    return RootPost(
        external_id=conversation_id,
        text=shown_text(body),
        author=who,
        is_ours=is_ours if root.author_id else None,
        permalink=people.permalink(conversation_id, who.handle),
        posted_at=values.moment(body.get("created_at"), "created_at") or values.time_of(conversation_id),
        attachments=people.attachments(body, known),
    )


def _language(body: Mapping[str, Any]) -> str:
    """X's own codes for "no words", "only links" and the like are no languages."""
    found = values.text(body.get("lang"), "lang")
    if found in NO_LANGUAGE or (len(found) == 3 and found.startswith("q")) or len(found) > 12:
        return ""
    return OLD_LANGUAGES.get(found, found)
