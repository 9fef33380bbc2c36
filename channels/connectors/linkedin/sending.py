"""What goes out: a comment of our page under a post or under a resident's comment, and looking whether it arrived."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from channels.connectors.linkedin import comments, urns, values
from channels.connectors.linkedin.rest import Rest, elements, has_more
from channels.connectors.texts import same_text, utf16_length
from channels.errors import Gone, OutcomeUnknown, PayloadError, PermanentError, TransientError
from channels.messages import OutboundMessage, Receipt, SendMode

COMMENT_LENGTH = 1_250
CLOCK_SLACK = timedelta(seconds=60)  # their clock and ours
PAGE_SIZE = 100
PAGES_TO_SEARCH = 5
SHIFT = 5  # elements that are asked for again: what is deleted meanwhile moves the others along


def send(rest: Rest, ours: str, message: OutboundMessage) -> Receipt:
    """Raises as `Connector.send`. An answer to a resident's comment reads that comment first: LinkedIn has two levels, so an
    answer to an answer goes under the comment above both. Nothing has left when that reading fails."""
    if message.mode != SendMode.REPLY:
        raise PermanentError("LinkedIn has no private messages for pages.", code="unsupported")
    if not message.text.strip():
        raise PermanentError("There is no text to send.", code="empty")
    if utf16_length(message.text) > COMMENT_LENGTH:
        raise PermanentError(f"Longer than the {COMMENT_LENGTH} characters that LinkedIn takes.", code="too_long")
    place, post_urn = _place(rest, message)
    body: dict[str, Any] = {"actor": ours, "object": post_urn, "message": {"text": message.text}}
    if urns.comment(place):
        body["parentComment"] = place
    now = datetime.now(UTC)
    made, answer = rest.create("socialActions", place, "comments", body=body)
    try:
        own_id = comments.urn_of(answer) or urns.comment(made)
        if not own_id and ":activity:" in post_urn:
            own_id = urns.made(post_urn, made)
    except PayloadError:
        own_id = urns.comment(made) or urns.made(post_urn, made)
    if not own_id:
        raise OutcomeUnknown("LinkedIn took the comment without saying which one it is.")
    return _receipt(own_id, answer, place, now)


def _place(rest: Rest, message: OutboundMessage) -> tuple[str, str]:
    """(what it goes under, the post). Raises Gone when the resident's comment is no longer there."""
    target = urns.comment(message.in_reply_to)
    if target:
        post_urn, number = urns.parts(target)
        comment = rest.get("socialActions", post_urn, "comments", number)
        told = urns.post(values.text(comment.get("object"), "object"))
        return comments.parent_of(comment) or target, told or post_urn
    found = urns.post(message.in_reply_to) or urns.post(message.root_id)
    if not found:
        raise PermanentError("There is nothing to answer.", code="no_target")
    # A post is a share and an activity at once; comments name the activity, and so does our thread.
    activity = message.thread_id.removeprefix("post:").partition(":urn:li:person:")[0]
    return found, urns.post(activity) or found


def _receipt(own_id: str, comment: Mapping[str, Any], place: str, otherwise: datetime | None) -> Receipt:
    """A comment is out: whatever else the answer holds can not change that."""
    try:
        made = values.mapping(comment.get("created"), "created")
        sent_at = values.moment(made.get("time"), "created.time")
    except PayloadError:
        sent_at = None
    permalink = urns.permalink(own_id, urns.comment(place))
    return Receipt(external_id=own_id, sent_at=sent_at or otherwise or urns.time_of(own_id), permalink=permalink)


# -- looking whether it arrived ----------------------------------------------------------------------------------------


def find(rest: Rest, ours: str, message: OutboundMessage, since: datetime) -> Receipt | None:
    """See `Connector.find_sent`. Raises TransientError when there is too much to look through to be certain."""
    earliest = since - CLOCK_SLACK
    try:
        place, _post = _place(rest, message)
        for comment in listing(rest, place, earliest):
            own_id = comments.urn_of(comment)
            if own_id and comments.is_ours(comment, ours) and same_text(comments.text_of(comment), message.text):
                return _receipt(own_id, comment, place, None)
    except Gone:
        return None  # with the resident's comment all that stood under it went
    return None


def listing(rest: Rest, place: str, earliest: datetime) -> Iterator[Mapping[str, Any]]:
    """Comments since `earliest` directly under a post or comment."""
    return newest(lambda **page: rest.get("socialActions", place, "comments", **page), made_at, earliest)


def newest(
    read: Callable[..., Mapping[str, Any]], made_at: Callable[[Mapping[str, Any]], datetime | None], earliest: datetime
) -> Iterator[Mapping[str, Any]]:
    """What a list (`read` with start and count) holds since `earliest`; the same one may come twice. LinkedIn promises no order:
    only a page that runs from new to old ends the reading early. Raises TransientError when there is too much."""
    for page in range(PAGES_TO_SEARCH):
        body = read(start=page * (PAGE_SIZE - SHIFT), count=PAGE_SIZE)
        found = [values.mapping(one, "element") for one in elements(body)]
        times = [made_at(one) for one in found]
        for one, at in zip(found, times, strict=True):
            if at is None or at >= earliest:
                yield one
        is_newest_first = all(a and b and a >= b for a, b in pairwise(times))
        is_past = bool(times) and times[-1] is not None and times[-1] < earliest
        if not has_more(body, PAGE_SIZE) or (len(times) > 1 and is_newest_first and is_past):
            return
    raise TransientError("Too much was said since to find it.", code="too_many")


def made_at(comment: Mapping[str, Any]) -> datetime | None:
    return values.moment(values.mapping(comment.get("created"), "created").get("time"), "created.time")
