"""LinkedIn's names for things, in one spelling: comments, posts, people and organisations.

A comment is called `urn:li:comment:(activity:A,C)` by notifications (`generatedActivity`) and
`urn:li:comment:(urn:li:activity:A,C)` by everything else; the second one is ours (seen in recorded bodies of both).
"""

import re
from datetime import UTC, datetime
from urllib.parse import quote

_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?([A-Za-z]{1,40}):(\d{1,25}),(\d{1,25})\)")
_POST = re.compile(r"urn:li:(?:activity|share|ugcPost):\d{1,25}")
_NOBODY = {"unknown", "private", ""}
FEED = "https://www.linkedin.com/feed/update/"
ID_TIME_BITS = 22  # an id is the milliseconds of its making, and 22 bits more (holds for every recorded comment)


def comment(value: str) -> str:
    """A comment in our spelling; "" when it is no comment."""
    found = _COMMENT.fullmatch(value.strip())
    return f"urn:li:comment:(urn:li:{found[1]}:{found[2]},{found[3]})" if found else ""


def made(post_urn: str, number: str) -> str:
    """The comment `number` of a post, as far as the two make one; "" when not."""
    return comment(f"urn:li:comment:({post_urn},{number})")


def parts(comment_urn: str) -> tuple[str, str]:
    """(post, number) of a comment; ("", "") when it is no comment."""
    found = _COMMENT.fullmatch(comment_urn)
    return (f"urn:li:{found[1]}:{found[2]}", found[3]) if found else ("", "")


def post(value: str) -> str:
    """A post (activity, share or ugcPost); "" when it is none."""
    found = value.strip()
    return found if _POST.fullmatch(found) else ""


def organization(value: str) -> str:
    """Our page, also when only its number was given."""
    found = value.strip().replace("urn:li:company:", "urn:li:organization:")
    return f"urn:li:organization:{found}" if found.isascii() and found.isdigit() else found


def actor(value: str) -> str:
    """Who did something; "" when LinkedIn withholds it."""
    found = organization(value) if value.startswith("urn:li:company:") else value.strip()
    return "" if found.rpartition(":")[2].lower() in _NOBODY else found


def is_organization(urn: str) -> bool:
    return urn.startswith("urn:li:organization")


def time_of(urn: str) -> datetime | None:
    """When a comment or post was made, as its number tells; None when it tells nothing sensible."""
    number = parts(urn)[1] or urn.rpartition(":")[2]
    if not (number.isascii() and number.isdigit()):
        return None
    milliseconds = int(number) >> ID_TIME_BITS
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if 10**12 < milliseconds < 10**13 else None


def permalink(urn: str, parent: str = "") -> str:
    """Where a person finds a post or a comment on LinkedIn's own pages."""
    post_urn, number = parts(urn)
    if not post_urn:
        return FEED + quote(urn, safe=":") if post(urn) else ""
    short = f"urn:li:comment:({post_urn.removeprefix('urn:li:')},{number})"
    place = f"{FEED}{quote(post_urn, safe=':')}?commentUrn="
    if not parent:
        return place + quote(short, safe="")
    above_post, above_number = parts(parent)
    above = f"urn:li:comment:({above_post.removeprefix('urn:li:')},{above_number})"
    return f"{place}{quote(above, safe='')}&replyUrn={quote(short, safe='')}"


def encoded(value: str) -> str:
    """In a path or a query: ( ) , : and all else that Rest.li gives a meaning are encoded."""
    return quote(value, safe="")


def listed(values: list[str]) -> str:
    """List(a,b) of a query: the structure raw, the values encoded."""
    return f"List({','.join(encoded(value) for value in values)})"
