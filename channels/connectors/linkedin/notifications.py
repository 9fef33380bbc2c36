"""What a notification means, by webhook or from organizationalEntityNotifications: the same body by both roads.

{notificationId, organizationalEntity, action, sourcePost, generatedActivity, lastModifiedAt, decoratedSourcePost,
decoratedGeneratedActivity: {comment | share}, subscriber} (LinkedIn docs, organization social action notifications).
"""

from collections.abc import Mapping
from typing import Any

from channels.connectors.linkedin import people, urns, values
from channels.errors import PayloadError, Refused
from channels.messages import Author, Change, Direction, Event, InboundMessage, Kind, Visibility

COMMENTS = {
    "COMMENT": Change.CREATED,
    "ADMIN_COMMENT": Change.CREATED,
    "COMMENT_EDIT": Change.EDITED,
    "COMMENT_DELETE": Change.DELETED,
}
MENTION = "SHARE_MENTION"
OTHERS = {"LIKE": "like", "SHARE": "share"}


def action_of(value: Mapping[str, Any]) -> str:
    return values.text(value.get("action"), "action")


def urn_of(value: Mapping[str, Any]) -> str:
    """The comment that a notification is about, in our spelling; "" when it names none."""
    told = urns.comment(values.urn(value.get("generatedActivity"), "generatedActivity"))
    if told:
        return told
    comment = values.mapping(
        values.mapping(value.get("decoratedGeneratedActivity"), "decorated").get("comment"), "comment"
    )
    return urns.comment(values.urn(comment.get("entity"), "comment.entity"))


def post_of(value: Mapping[str, Any]) -> dict[str, Any]:
    """What a notification tells of the post, as `people.root` takes it; `urn` is the name to ask for its comments with."""
    post = values.mapping(value.get("decoratedSourcePost"), "decoratedSourcePost")
    source = urns.post(values.urn(value.get("sourcePost"), "sourcePost"))
    return {
        "urn": urns.post(values.urn(post.get("entity"), "decoratedSourcePost.entity")) or source,
        "author": values.urn(post.get("owner"), "decoratedSourcePost.owner"),
        "text": values.text(post.get("text"), "decoratedSourcePost.text"),
    }


def parse_notification(payload: Mapping[str, Any], account_id: str) -> list[Event]:
    """One notification. Raises Refused (named) or PayloadError."""
    value = values.mapping(payload.get("value"), "notification")
    action = action_of(value)
    ours = urns.organization(values.urn(value.get("organizationalEntity"), "organizationalEntity")) or account_id
    if action in OTHERS:
        raise Refused(f"a {OTHERS[action]}", reason=OTHERS[action])
    if action in COMMENTS:
        return [_comment(value, action, ours)]
    if action == MENTION:
        return [_mention(value, ours)]
    raise PayloadError(f"unknown action {action[:40]}", reason="unknown_action")


def _comment(value: Mapping[str, Any], action: str, ours: str) -> InboundMessage:
    urn = urn_of(value)
    if not urn:
        raise PayloadError("a notification about no comment", reason="missing_id")
    change = COMMENTS[action]
    at = values.moment(value.get("lastModifiedAt"), "lastModifiedAt")
    if change == Change.DELETED:
        # Who removed it and what it said is not told: only the identifier is certain.
        return InboundMessage(
            external_id=urn,
            thread_id="",
            kind=Kind.COMMENT,
            visibility=Visibility.PUBLIC,
            change=change,
            changed_at=at,
        )
    comment = values.mapping(
        values.mapping(value.get("decoratedGeneratedActivity"), "decorated").get("comment"), "comment"
    )
    text = values.text(comment.get("text"), "comment.text")
    if not text and "owner" not in comment:
        raise Refused("a comment without its content: polling reads it", reason="no_content")
    owner = urns.actor(values.urn(comment.get("owner"), "comment.owner"))
    is_ours = action == "ADMIN_COMMENT" or (bool(ours) and owner == ours)
    post_urn = urns.parts(urn)[0]
    author = people.author(ours if is_ours else owner)
    return InboundMessage(
        external_id=urn,
        thread_id="" if is_ours else people.thread(urn, owner),
        kind=Kind.COMMENT,
        visibility=Visibility.PUBLIC,
        direction=Direction.OUT if is_ours else Direction.IN,
        change=change,
        author=author,
        contact=Author() if is_ours else author,
        text=text,
        sent_at=(at if change == Change.CREATED else None) or urns.time_of(urn),
        changed_at=at,
        in_reply_to=post_urn,
        root=people.root(post_urn, post_of(value), ours),
        permalink=urns.permalink(urn),
    )


def _mention(value: Mapping[str, Any], ours: str) -> InboundMessage:
    """A post of somebody else that names us. Its comments name the activity, so that names the thread too."""
    share = values.mapping(values.mapping(value.get("decoratedGeneratedActivity"), "decorated").get("share"), "share")
    told = urns.post(values.urn(value.get("generatedActivity"), "generatedActivity"))
    own_id = urns.post(values.urn(share.get("entity"), "share.entity")) or told
    if not own_id:
        raise PayloadError("a mention in no post", reason="missing_id")
    source = urns.post(values.urn(value.get("sourcePost"), "sourcePost"))
    place = next((urn for urn in (source, told) if ":activity:" in urn), own_id)
    owner = urns.actor(values.urn(share.get("owner"), "share.owner"))
    if owner and owner == ours:
        raise Refused("a post of our own", reason="own_post")
    text = values.text(share.get("text"), "share.text")
    if not text and "owner" not in share:
        raise Refused("a mention without its content", reason="no_content")
    at = values.moment(value.get("lastModifiedAt"), "lastModifiedAt")
    author = people.author(owner)
    return InboundMessage(
        external_id=own_id,
        thread_id=f"post:{place}:{owner}" if owner else f"post:{place}",
        kind=Kind.MENTION,
        visibility=Visibility.PUBLIC,
        author=author,
        contact=author,
        text=text,
        sent_at=at or urns.time_of(own_id),
        changed_at=at,
        permalink=urns.permalink(own_id),
    )
