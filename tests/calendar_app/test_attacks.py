"""Whoever tries to get something out that was not approved, or at another moment than was planned: refused, and written down."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, User
from calendar_app.approval import approve
from calendar_app.changing import PostRefused
from calendar_app.models import MediaItem, Post, PostPart, PostTarget
from calendar_app.moments import moment_of
from calendar_app.publishing import PublishRefused, publish_due, publish_now
from channels.models import ChannelTeam, Delivery
from tests.calendar_app.clock import set_database_clock
from tests.calendar_app.going_out import again, states, tick
from tests.calendar_app.made import make_picture, make_post, schedule, show

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}


@pytest.fixture
def planned(channel, scripted, editor, approver) -> PostTarget:
    return schedule(make_post(channel, owner=editor), approver=approver).targets.get()


def sent_back() -> list[str]:
    lines = AuditEvent.objects.filter(action="post.sent_back", result="refused").order_by("pk")
    return [line.data["code"] for line in lines]


def test_nobody_approves_their_own_words(channel, scripted, approver):
    post = make_post(channel, owner=approver, planned_at=timezone.now())
    PostTarget.objects.update(state="in_review")
    with pytest.raises(PostRefused):
        approve(post=post, by=approver)
    # Past the rule, straight into the rows: it does not go out either.
    schedule(post, approver=approver)

    tick(2)

    assert scripted.published == []
    assert states() == ["in_review"]
    assert sent_back() == ["own_approval"]


def edit(target: PostTarget) -> None:
    Post.objects.filter(pk=target.post_id).update(text="Iedereen krijgt gratis bier.")


def swap_picture(target: PostTarget) -> None:
    MediaItem.objects.update(digest="f" * 64)


def demote(target: PostTarget) -> None:
    Membership.objects.filter(user=target.approved_by).update(role=Role.AGENT)


def deactivate(target: PostTarget) -> None:
    User.objects.filter(pk=target.approved_by_id).update(is_active=False)


def take_channel_away(target: PostTarget) -> None:
    ChannelTeam.objects.all().delete()


def withdraw_consent(target: PostTarget) -> None:
    MediaItem.objects.update(consent="missing")


def expire(target: PostTarget) -> None:
    MediaItem.objects.update(expires_on=timezone.localdate() - timedelta(days=1))


CHANGES = {
    edit: "content_changed", swap_picture: "content_changed", demote: "approver_gone", deactivate: "approver_gone",
    take_channel_away: "approver_gone", withdraw_consent: "picture_consent", expire: "picture_expired",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("moment", ["before it is begun", "between its queue and its call"])
def test_what_is_not_what_was_approved_goes_back(channel, scripted, editor, approver, change, moment):
    post = make_post(channel, owner=editor)
    show(post, make_picture(by=editor))
    target = schedule(post, approver=approver).targets.get()
    if moment == "between its queue and its call":
        assert publish_due() == 1

    change(again(target))
    tick(2)

    assert scripted.published == []
    target = again(target)
    assert (target.state, target.approved_by, target.approved_digest) == ("in_review", None, "")
    assert sent_back() == [CHANGES[change]]
    assert not PostPart.objects.exists()


def test_what_was_stored_to_send_is_compared_letter_by_letter(planned, scripted):
    publish_due()
    Delivery.objects.update(text="Iedereen krijgt gratis bier.")

    tick(2)

    assert scripted.published == []
    assert again(planned).state == "in_review"
    assert sent_back() == ["content_changed"]


def test_what_was_withdrawn_after_it_was_queued_stays(planned, scripted):
    publish_due()
    PostTarget.objects.update(state="cancelled")

    tick(2)

    assert scripted.published == []
    assert states() == ["cancelled"]
    assert [each.state for each in Delivery.objects.all()] == ["cancelled"]


@pytest.mark.parametrize("state", ["draft", "in_review", "changes_asked", "cancelled"])
def test_publishing_by_address_what_nobody_approved_is_refused_and_written_down(channel, scripted, editor, state):
    post = make_post(channel, owner=editor, planned_at=timezone.now())
    target = post.targets.get()
    PostTarget.objects.update(state=state)
    client = Client()
    client.force_login(editor)

    for name in ("target_publish", "target_retry"):
        assert client.post(reverse(name, args=[target.pk]), headers=HX).status_code == 422
    tick()

    assert scripted.published == []
    assert states() == [state]
    assert [line.actor for line in AuditEvent.objects.filter(action="post.publish", result="refused")] == [editor] * 2


def test_publishing_by_address_what_was_edited_meanwhile_is_refused_and_goes_back(planned, scripted, editor):
    edit(planned)
    with pytest.raises(PublishRefused) as refused:
        publish_now(target=planned, by=editor)

    assert refused.value.code == "content_changed"
    assert states() == ["in_review"]
    assert scripted.published == []
    assert AuditEvent.objects.get(action="post.publish").result == "refused"


# -- clocks ----------------------------------------------------------------------------------------------------------------


def test_a_clock_that_is_set_back_makes_nothing_go_twice_or_early(planned, scripted, channel, editor, approver):
    publish_due()
    (delivery,) = Delivery.objects.all()
    set_database_clock(timezone.now() - timedelta(hours=1))
    tick(2)
    assert scripted.published == []
    # Also when the row itself says that it is time.
    Delivery.objects.update(not_before=timezone.now() - timedelta(hours=3))
    tick()
    delivery.refresh_from_db()
    assert (scripted.published, delivery.state, delivery.error_code) == ([], "queued", "too_early")

    set_database_clock(timezone.now() + timedelta(seconds=1))
    tick()
    set_database_clock(timezone.now() - timedelta(hours=1))
    tick(2)

    assert len(scripted.published) == 1
    assert again(planned).state == "published"


NIGHTS = {
    "summer time begins: 02:30 does not exist, it goes an hour later": (
        moment_of(date(2026, 3, 29), time(2, 30)).at, datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
    ),
    "winter time begins: the first 02:30": (
        moment_of(date(2026, 10, 25), time(2, 30)).at, datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
    ),
    "winter time begins: the second 02:30": (
        moment_of(date(2026, 10, 25), time(2, 30), is_second=True).at, datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    ),
}  # fmt: skip


@pytest.mark.parametrize("night", NIGHTS)
def test_on_the_nights_that_the_clock_is_moved_a_post_goes_out_once_at_its_moment(
    channel, scripted, editor, approver, night
):
    planned_at, expected = NIGHTS[night]
    assert planned_at == expected
    schedule(make_post(channel, owner=editor), approver=approver, at=planned_at)
    for minutes, published in ((-61, 0), (-1, 0), (0.1, 1), (30, 1), (59, 1), (61, 1), (120, 1)):
        set_database_clock(planned_at + timedelta(minutes=minutes))
        tick()
        assert len(scripted.published) == published, minutes
    assert states() == ["published"]
