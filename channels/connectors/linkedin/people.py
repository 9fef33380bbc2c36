"""Who wrote it, and in which conversation it belongs: the rules that notifications and polling share.

Threads. One conversation with one resident under one post:
* `post:{post}:{author}` for what a resident says under a post, at the top or as an answer, and for our answers to them;
* `comment:{comment}` for what has no resident to it: a comment of ours at the top, an author whom LinkedIn withholds.

A notification does not tell under which comment an answer stands, so the top-level comment can not name the thread: the author
can, by either road. `post` is the one inside the comment's own URN, never the one that was asked with. For an answer of
ours whose resident is not told the thread stays empty: polling tells it.
"""

from collections.abc import Mapping
from typing import Any

from channels.connectors.linkedin import urns, values
from channels.messages import Author, RootPost

LONGEST_ATTRIBUTE = 20


def author(urn: str) -> Author:
    """LinkedIn gives an opaque id and no name; an organisation's page can at least be opened."""
    number = urn.removeprefix("urn:li:organization:")
    is_page = number != urn and number.isdigit()
    return Author(external_id=urn, profile_url=f"https://www.linkedin.com/company/{number}" if is_page else "")


def thread(comment_urn: str, resident: str) -> str:
    """Of a comment that a resident wrote, or of ours to that resident."""
    return f"post:{urns.parts(comment_urn)[0]}:{resident}" if resident else f"comment:{comment_urn}"


def root(post_urn: str, post: Mapping[str, Any], ours: str) -> RootPost:
    """The post that a comment stands under. `post` is {author, text, published}, as far as known."""
    writer = urns.actor(values.urn(post.get("author"), "post.author"))
    return RootPost(
        external_id=post_urn,
        text=values.text(post.get("text"), "post.text"),
        author=author(writer),
        is_ours=writer == ours if writer and ours else None,
        permalink=urns.permalink(post_urn),
        posted_at=values.moment(post.get("published"), "post.published") or urns.time_of(post_urn),
    )


def named(attributes: Any) -> str:
    """The first person whom a text names (`message.attributes`), "" when none: an answer mostly begins with whom it is for."""
    for attribute in values.listing(attributes, "attributes")[:LONGEST_ATTRIBUTE]:
        found = _person(values.mapping(attribute, "attribute").get("value"), 3)
        if found:
            return found
    return ""


def _person(value: Any, depth: int) -> str:
    """{"person": {"person": urn}} or {"com.linkedin.common.MemberAttributedEntity": {"member": urn}}."""
    if isinstance(value, str):
        return urns.actor(value) if value.startswith(("urn:li:person:", "urn:li:member:")) else ""
    if isinstance(value, Mapping) and depth:
        return next((found for one in value.values() if (found := _person(one, depth - 1))), "")
    return ""
