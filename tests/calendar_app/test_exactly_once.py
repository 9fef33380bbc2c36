"""Roads by which a post could go out twice, go out after it was stopped, or be lost: each is closed.

Uploading pictures takes time, and nobody sees anything of it; what happens meanwhile is what these tests are about.
"""

import hashlib
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from calendar_app.models import PageReading, PostTarget, PublishedPost, TargetState
from calendar_app.own_posts import due_for_sync, prove, sync_channel
from calendar_app.pause import pause, resume
from calendar_app.publishing import PublishRefused, record_outcome, retry, settle
from channels import errors
from channels.delivery import UPLOADS_WITHIN, reconcile, recover_expired
from channels.messages import POSTS, OwnPost, Receipt, SendMode
from channels.models import Channel, ChannelState, Delivery
from tests.calendar_app.going_out import again, part_deliveries, tick
from tests.calendar_app.made import make_picture, make_post, schedule, show
from tests.calendar_app.pages import PagedConnector
from tests.scripted import ScriptedConnector

pytestmark = pytest.mark.django_db
Made = Callable[..., PostTarget]


@pytest.fixture
def planned(
    channel: Channel, scripted: type[ScriptedConnector], editor: User, approver: User, tmp_path, settings
) -> Made:
    """An approved post with as many pictures, due now."""
    settings.MEDIA_ROOT = tmp_path

    def make(pictures: int = 1, text: str = "Praat mee over het plein") -> PostTarget:
        post = make_post(channel, owner=editor, text=text)
        for number in range(pictures):
            content = f"{post.pk} {number}".encode()
            (tmp_path / f"{post.pk}-{number}.jpg").write_bytes(content)
            digest = hashlib.sha256(content).hexdigest()
            show(post, make_picture(by=editor, file=f"{post.pk}-{number}.jpg", digest=digest))
        return schedule(post, approver=approver).targets.get()

    return make


def taken_for_dead() -> None:
    """The lease ended and the sweep came by."""
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert recover_expired(on_outcome=record_outcome, modes=POSTS) == 1


# -- while pictures are uploaded -------------------------------------------------------------------------------------------


def test_a_worker_that_was_taken_for_dead_publishes_nothing_that_another_does(planned, scripted, editor):
    target = planned()

    def slow() -> None:
        taken_for_dead()
        settle(target=again(target), was_published=False, by=editor)
        retry(target=again(target), by=editor)
        assert len(tick()) == 1
        assert len(scripted.published) == 1

    scripted.uploading[:] = [slow]
    tick()

    assert len(scripted.published) == 1
    assert again(target).state == TargetState.PUBLISHED


def test_a_worker_that_was_taken_for_dead_says_that_nothing_was_seen(planned, scripted):
    target = planned()
    scripted.uploading[:] = [taken_for_dead]
    tick()
    (delivery,) = part_deliveries(target)
    assert (scripted.published, delivery.state, again(target).state) == ([], "queued", TargetState.PUBLISHING)

    Delivery.objects.update(not_before=timezone.now())
    tick()

    assert len(scripted.published) == 1
    assert again(target).state == TargetState.PUBLISHED


def test_every_picture_begins_the_lease_anew(planned, scripted):
    seen = []

    def look() -> None:
        seen.append(Delivery.objects.get().lease_until - timezone.now())
        Delivery.objects.update(lease_until=timezone.now() + timedelta(seconds=3))

    planned(3)
    scripted.uploading[:] = [look] * 3
    tick()
    assert len(scripted.published) == 1
    assert all(left > timedelta(seconds=50) for left in seen)


def test_pictures_that_take_too_long_are_tried_again_later(planned, scripted):
    """Celery ends a task after two minutes, with every call that it is making."""
    target = planned(3)
    slow = timezone.now() - UPLOADS_WITHIN - timedelta(seconds=1)
    scripted.uploading[:] = [lambda: None, lambda: Delivery.objects.update(started_at=slow)]
    tick()
    (delivery,) = part_deliveries(target)
    assert (scripted.published, delivery.state, delivery.error_code) == ([], "queued", "timeout")
    Delivery.objects.update(not_before=timezone.now())
    tick()
    assert len(scripted.published) == 1


def test_a_pause_stops_what_is_still_uploading(planned, scripted, editor, approver):
    target = planned(2)
    scripted.uploading[:] = [lambda: pause(reason="Brand in het centrum", by=editor)]
    tick(2)
    assert scripted.published == []
    assert [each.state for each in part_deliveries(target)] == ["queued"]

    resume(by=approver)
    tick(2)

    assert scripted.published == []
    assert again(target).state == TargetState.MISSED


def test_an_approval_that_ends_while_uploading_stops_it(planned, scripted, approver):
    target = planned()
    scripted.uploading[:] = [lambda: User.objects.filter(pk=approver.pk).update(is_active=False)]
    tick()
    assert scripted.published == []
    assert again(target).state == TargetState.IN_REVIEW
    assert [each.state for each in Delivery.objects.all()] == ["cancelled"]


def test_a_channel_that_is_switched_off_while_uploading_keeps_it(planned, scripted, channel):
    target = planned()
    scripted.uploading[:] = [lambda: Channel.objects.filter(pk=channel.pk).update(state=ChannelState.OFF)]
    tick()
    (delivery,) = part_deliveries(target)
    assert (scripted.published, delivery.state, delivery.error_code) == ([], "queued", "channel_off")


# -- the platform's word -----------------------------------------------------------------------------------------------------


def test_a_receipt_says_more_than_somebody_who_did_not_see_it(planned, scripted, editor):
    target = planned(0)

    def looked_too_early(_post: object) -> Receipt:
        taken_for_dead()
        settle(target=again(target), was_published=False, by=editor)
        assert again(target).state == TargetState.FAILED
        return Receipt(external_id="page_1")

    scripted.outcomes[:] = [looked_too_early]
    tick()

    assert again(target).state == TargetState.PUBLISHED
    assert [each.external_id for each in part_deliveries(target)] == ["page_1"]


def test_what_another_post_put_there_proves_nothing(planned, scripted):
    """The same words twice, within minutes: what the first put there is not the second's."""
    first = planned(0)
    scripted.outcomes[:] = [Receipt(external_id="page_1")]
    tick()
    second = planned(0)
    scripted.outcomes[:] = [errors.OutcomeUnknown("silence")]
    tick()
    Delivery.objects.filter(state="unknown").update(not_before=timezone.now())
    scripted.found[:] = [Receipt(external_id="page_1")]
    (delivery,) = part_deliveries(second)

    reconcile(delivery.pk, on_outcome=record_outcome)

    assert (again(first).state, again(second).state) == (TargetState.PUBLISHED, TargetState.UNKNOWN)
    delivery.refresh_from_db()
    assert (delivery.external_id, delivery.reconcile_attempts) == ("", 1)


def test_what_says_the_same_at_this_moment_is_waited_for(planned, scripted):
    """A second post with the same words is being sent: what stands there may be that one, and then the first is not there."""
    first = planned(0)
    scripted.outcomes[:] = [errors.OutcomeUnknown("silence")]
    tick()
    (unknown,) = part_deliveries(first)

    def looked_up_meanwhile(_post: object) -> Receipt:
        Delivery.objects.filter(pk=unknown.pk).update(not_before=timezone.now())
        scripted.found[:] = [Receipt(external_id="page_2")]
        reconcile(unknown.pk, on_outcome=record_outcome)
        return Receipt(external_id="page_2")

    planned(0)
    scripted.outcomes[:] = [looked_up_meanwhile]
    tick()

    unknown.refresh_from_db()
    assert (unknown.state, unknown.external_id, unknown.reconcile_attempts) == ("unknown", "", 0)
    assert list(Delivery.objects.filter(state="sent").values_list("external_id", flat=True)) == ["page_2"]


# -- what the page shows -----------------------------------------------------------------------------------------------------


def _unknown(channel: Channel, text: str = "", **more: object) -> Delivery:
    return Delivery.objects.create(
        channel=channel, mode=SendMode.POST, text=text, state="unknown", started_at=timezone.now(), **more
    )


def _shown(text: str, external_id: str = "page_1") -> OwnPost:
    return OwnPost(external_id=external_id, text=text, posted_at=timezone.now())


def test_another_picture_on_the_page_proves_nothing(channel):
    delivery = _unknown(channel, pictures=[{"file": "a.jpg", "content_type": "image/jpeg"}])
    prove(channel, [_shown("")])
    delivery.refresh_from_db()
    assert delivery.state == "unknown"


def test_a_link_below_the_text_is_no_other_text(channel):
    delivery = _unknown(channel, "Praat mee", link="https://eikenrode.example/plein")
    prove(channel, [_shown("Praat mee\nhttps://eikenrode.example/plein")])
    delivery.refresh_from_db()
    assert (delivery.state, delivery.external_id) == ("sent", "page_1")


def test_what_is_being_sent_is_left_to_whoever_sends_it(channel):
    delivery = _unknown(channel, "Praat mee")
    now = timezone.now()
    Delivery.objects.create(channel=channel, mode=SendMode.POST, text="Praat mee", state="sending", started_at=now)
    prove(channel, [_shown("Praat mee")])
    delivery.refresh_from_db()
    assert delivery.state == "unknown"


def test_the_name_that_conversations_use_is_kept_when_it_is_not_told_again(paged, channel):
    for told in ("urn:li:activity:7", ""):
        PagedConnector.page = [OwnPost(external_id="urn:li:share:5", root_id=told, text="x", posted_at=timezone.now())]
        due_for_sync()
        PageReading.objects.update(next_sync_at=timezone.now())
        sync_channel(channel.pk)
        assert PublishedPost.objects.get().root_id == "urn:li:activity:7"


def test_what_nobody_saw_and_the_page_shows_later_is_not_sent_again(planned, scripted, channel, editor):
    target = planned(0)
    scripted.outcomes[:] = [errors.OutcomeUnknown("silence")]
    tick()
    settle(target=again(target), was_published=False, by=editor)

    prove(channel, [_shown("Praat mee over het plein")])

    assert again(target).state == TargetState.PUBLISHED
    with pytest.raises(PublishRefused):
        retry(target=again(target), by=editor)
    tick()
    assert len(scripted.published) == 1


def test_only_what_certainly_failed_is_sent_again(planned, scripted, editor):
    target = planned(0)
    scripted.outcomes[:] = [errors.OutcomeUnknown("silence")]
    tick()
    PostTarget.objects.filter(pk=target.pk).update(state=TargetState.FAILED)  # as if something else had failed
    with pytest.raises(PublishRefused):
        retry(target=again(target), by=editor)
    assert [each.state for each in part_deliveries(target)] == ["unknown"]
