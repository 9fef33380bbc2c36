"""What comes by notification and what comes by reading comments is the same message in the same thread."""

from typing import Any

import pytest

from channels.connectors.linkedin.bodies import comment_item, notification_item
from channels.connectors.linkedin.connector import LinkedInConnector
from channels.errors import Refused
from channels.messages import Change, Direction, InboundMessage, Kind
from tests.contract.linkedin import payloads
from tests.contract.linkedin.payloads import (
    ACTIVITY,
    FATMA,
    MADE,
    OMER,
    US,
    account,
    by_poll,
    by_webhook,
    comment,
    mention,
    notification,
    urn,
    webhook,
)


def same(one: InboundMessage, other: InboundMessage) -> None:
    for name in ("external_id", "thread_id", "visibility", "direction", "text", "sent_at", "author", "contact"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.root is not None
    assert other.root is not None
    for name in ("external_id", "text", "author", "is_ours", "permalink"):
        assert getattr(one.root, name) == getattr(other.root, name), name


def test_a_comment() -> None:
    hooked, polled = by_webhook(notification()), by_poll(comment())
    same(hooked, polled)
    assert (hooked.kind, hooked.in_reply_to, hooked.permalink) == (polled.kind, polled.in_reply_to, polled.permalink)
    assert polled.thread_id == f"post:{ACTIVITY}:{FATMA}"
    assert polled.in_reply_to == ACTIVITY
    assert polled.root is not None
    assert polled.root.is_ours


def test_an_answer_to_a_comment_has_the_same_thread_although_a_notification_tells_no_parent() -> None:
    parent = urn(MADE - 60_000)
    hooked, polled = by_webhook(notification()), by_poll(comment(parentComment=parent))
    same(hooked, polled)
    assert (hooked.kind, hooked.in_reply_to) == (Kind.COMMENT, ACTIVITY)
    assert (polled.kind, polled.in_reply_to) == (Kind.REPLY, parent)
    assert "&replyUrn=" in polled.permalink


def test_both_spellings_of_a_comment_are_one() -> None:
    long, short = urn(), urn().replace("urn:li:activity", "activity")
    told = [
        by_webhook(notification(generatedActivity=long)),
        by_webhook(notification(generatedActivity=short)),
        by_webhook(notification(generatedActivity=None)),
        by_poll(comment(**{"$URN": None, "commentUrn": short})),
        by_poll(comment(**{"$URN": None})),  # made of `object` and `id`
        by_poll(comment(parentComment=short.replace(payloads.number(MADE), payloads.number(MADE - 1)))),
    ]
    assert {message.external_id for message in told} == {long}
    assert {message.thread_id for message in told} == {f"post:{ACTIVITY}:{FATMA}"}


def test_two_residents_under_one_comment_are_two_conversations_and_one_resident_is_one() -> None:
    first, second = by_poll(comment()), by_poll(comment(at=MADE + 5_000, parentComment=urn()))
    other = by_poll(comment(who=OMER, at=MADE + 9_000, parentComment=urn()))
    assert first.thread_id == second.thread_id != other.thread_id


@pytest.mark.parametrize("who", ["urn:li:person:UNKNOWN", "urn:li:person:private", "", None])
def test_an_author_whom_linkedin_withholds_joins_nobodys_conversation(who: str | None) -> None:
    hooked = by_webhook(notification(who=who))  # type: ignore[arg-type]
    polled = by_poll(comment(who=who))  # type: ignore[arg-type]
    same(hooked, polled)
    assert hooked.author.external_id == ""
    assert hooked.thread_id == f"comment:{urn()}"


def test_an_answer_of_ours_made_elsewhere_belongs_to_whom_it_speaks_to() -> None:
    parent = urn(MADE - 60_000)
    hooked = by_webhook(notification("ADMIN_COMMENT", text="Dinsdag", who=US))
    assert (hooked.direction, hooked.thread_id) == (Direction.OUT, "")  # polling tells the rest
    polled = by_poll(comment("Dinsdag", US, parentComment=parent), answers=FATMA)
    assert (polled.direction, polled.thread_id) == (Direction.OUT, f"post:{ACTIVITY}:{FATMA}")
    assert (polled.external_id, polled.contact.external_id) == (hooked.external_id, FATMA)
    by_name = {"text": "Ömer: dinsdag", "attributes": [{"value": {"person": {"person": OMER}}}]}
    named = by_poll(comment(who=US, parentComment=parent, message=by_name), answers=FATMA)
    assert named.contact.external_id == OMER
    to_ourselves = by_poll(comment("Nog iets", US, parentComment=parent), answers="")
    assert to_ourselves.thread_id == f"comment:{parent}"
    at_the_top = by_poll(comment("Nog iets", US))
    assert at_the_top.thread_id == f"comment:{urn()}"


def test_another_organisation_is_a_resident_like_any_other() -> None:
    message = by_poll(comment(who="urn:li:organization:42"))
    assert message.direction == Direction.IN
    assert message.author.profile_url == "https://www.linkedin.com/company/42"
    assert message.author == by_webhook(notification(who="urn:li:company:42")).author


def test_an_edit_keeps_the_time_at_which_it_was_said() -> None:
    at = MADE + 3_600_000
    hooked = by_webhook(notification("COMMENT_EDIT", text="Anders", lastModifiedAt=at))
    polled = by_poll(comment("Anders", lastModified={"actor": FATMA, "time": at}))
    assert hooked.change == polled.change == Change.EDITED
    assert hooked.changed_at == polled.changed_at
    assert (hooked.external_id, hooked.thread_id) == (polled.external_id, polled.thread_id)
    assert hooked.sent_at is not None
    assert polled.sent_at is not None
    assert abs((hooked.sent_at - polled.sent_at).total_seconds()) < 0.01


def test_an_edit_of_ours_is_outbound_although_it_is_told_as_any_edit() -> None:
    hooked = by_webhook(notification("COMMENT_EDIT", who=US, text="Tot woensdag"))
    assert (hooked.direction, hooked.change) == (Direction.OUT, Change.EDITED)


def test_a_deletion_says_which_and_when_and_nothing_else() -> None:
    message = by_webhook(notification("COMMENT_DELETE", decoratedGeneratedActivity=None))
    assert (message.external_id, message.change, message.text) == (urn(), Change.DELETED, "")
    assert message.author.external_id == ""
    assert message.changed_at is not None


def test_a_post_of_somebody_else_that_names_us_goes_on_in_the_comments_below_it() -> None:
    message = by_webhook(mention())
    assert (message.kind, message.direction) == (Kind.MENTION, Direction.IN)
    assert message.external_id.startswith("urn:li:share:")
    activity = mention()["sourcePost"]
    below = comment(who=OMER, **{"$URN": f"urn:li:comment:({activity},{payloads.number(MADE)})"}, object=activity)
    assert by_poll(below).thread_id == message.thread_id == f"post:{activity}:{OMER}"


def test_the_same_notification_by_webhook_and_by_polling_is_one_event() -> None:
    [hooked] = LinkedInConnector.split(webhook(notification()))
    polled = notification_item(notification(subscriber="urn:li:person:another"))
    assert hooked.event_id == polled.event_id
    assert hooked.account_id == polled.account_id == US


def test_ids_below_zero_are_ids() -> None:
    [item] = LinkedInConnector.split(webhook(notification("LIKE", notificationId=-2957327544)))
    assert item.event_id == "notification:LIKE:-2957327544"
    with pytest.raises(Refused) as caught:
        LinkedInConnector.parse(item.payload, account())
    assert caught.value.reason == "like"


def test_an_edit_is_another_event_and_a_like_or_a_new_picture_address_is_not() -> None:
    def event_id(**changed: Any) -> str:
        picture = [{"type": "IMAGE", "url": "https://a", "entity": {"image": "urn:li:image:1"}}]
        return comment_item({**comment(content=picture), **changed}).event_id

    first = event_id()
    assert event_id(message={"text": "Anders"}) != first
    assert event_id(lastModified={"time": MADE + 5_000}) != first
    assert event_id(likesSummary={"totalLikes": 3}) == first
    assert event_id(content=[{"type": "IMAGE", "url": "https://b", "entity": {"image": "urn:li:image:1"}}]) == first
