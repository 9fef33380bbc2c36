"""From a plan to the platform: once, at its moment, as it was approved; what goes wrong stands there with its cause."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, User
from calendar_app.models import Post, PostPart, PostTarget, PublishedPost
from calendar_app.publishing import PublishRefused, publish_due, publish_now, record_outcome, retry, settle
from channels import errors
from channels.delivery import reconcile, recover_expired
from channels.messages import POSTS, Receipt
from channels.models import Channel, ChannelState, Delivery
from tests.calendar_app.going_out import again, part_deliveries, states, tick
from tests.calendar_app.made import make_picture, make_post, schedule, show
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(channel, scripted, editor, approver) -> PostTarget:
    """A post of the editor that the approver approved, due now."""
    post = schedule(make_post(channel, owner=editor), approver=approver)
    return post.targets.get()


def audited(action: str) -> list[AuditEvent]:
    return list(AuditEvent.objects.filter(action=action))


def test_what_is_due_stands_on_the_platform_once(planned, scripted):
    tick(3)

    target = again(planned)
    assert [post.text for post in scripted.published] == ["De Molenstraat is maandag dicht."]
    assert target.state == "published"
    assert target.started_at <= timezone.now()
    published = PublishedPost.objects.get()
    (delivery,) = part_deliveries(target)
    assert (published.external_id, published.root_id, published.target, published.text) == (
        delivery.external_id, delivery.external_id, target, "De Molenstraat is maandag dicht.",
    )  # fmt: skip
    assert published.posted_at == target.published_at
    assert target.snapshot["parts"] == ["De Molenstraat is maandag dicht."]
    assert len(audited("post.published")) == 1


def test_what_is_not_due_not_approved_or_thrown_away_stays(channel, scripted, editor, approver):
    later = schedule(make_post(channel, owner=editor), approver=approver, at=timezone.now() + timedelta(seconds=30))
    draft = make_post(channel, owner=editor, planned_at=timezone.now())
    removed = schedule(make_post(channel, owner=editor), approver=approver)
    Post.objects.filter(pk=removed.pk).update(removed_at=timezone.now())

    assert publish_due() == 0
    assert scripted.published == []
    assert [states(post=post) for post in (later, draft, removed)] == [["scheduled"], ["draft"], ["scheduled"]]
    assert not Delivery.objects.exists()


def test_pictures_and_link_go_along_and_a_file_that_was_swapped_does_not(
    channel, scripted, editor, approver, tmp_path, settings
):
    settings.MEDIA_ROOT = tmp_path
    content = b"the bytes of a picture"
    (tmp_path / "kraan.jpg").write_bytes(content)
    post = make_post(channel, owner=editor, link="https://eikenrode.example/afval", has_utm=False)
    show(post, make_picture(by=editor, file="kraan.jpg", digest=hashlib.sha256(content).hexdigest()))
    schedule(post, approver=approver)
    tick()
    (sent,) = scripted.published
    assert (sent.link, [(each.content, each.alt) for each in sent.pictures]) == (
        "https://eikenrode.example/afval", [(content, "Een lege straat met hekken.")],
    )  # fmt: skip

    second = make_post(channel, owner=editor, text="Nog een keer.")
    show(second, post.pictures.get().item)
    schedule(second, approver=approver)
    Path(tmp_path / "kraan.jpg").write_bytes(b"another picture")
    tick()

    target = second.targets.get()
    assert len(scripted.published) == 1
    assert (target.state, target.reason_code) == ("failed", "picture_changed")


def test_a_thread_goes_out_in_order_and_each_part_answers_the_one_before(channel, scripted, editor, approver):
    post = schedule(make_post(channel, owner=editor, text="Een\n---\nTwee\n---\nDrie"), approver=approver)
    tick()
    assert states() == ["publishing"]

    tick(3)

    assert [each.text for each in scripted.published] == ["Een", "Twee", "Drie"]
    ids = [each.external_id for each in part_deliveries(post.targets.get())]
    assert [each.in_reply_to for each in scripted.published] == ["", *ids[:2]]
    assert states() == ["published"]
    assert [each.external_id for each in PublishedPost.objects.all()] == ids[:1]


def test_a_thread_resumes_where_it_stopped(channel, scripted, editor, approver):
    post = schedule(make_post(channel, owner=editor, text="Een\n---\nTwee\n---\nDrie"), approver=approver)
    scripted.outcomes[:] = [None, errors.PermanentError("no", code="duplicate")]
    tick(3)
    target = post.targets.get()
    assert (target.state, target.reason_code) == ("failed", "duplicate")

    retry(target=target, by=editor)
    tick(3)

    assert [each.text for each in scripted.published] == ["Een", "Twee", "Drie"]
    assert again(target).state == "published"


def test_a_refusal_is_failed_with_its_reason_and_only_that_target_goes_again(channel, scripted, editor, approver):
    other = ChannelFactory(teams=channel.teams.all())
    post = schedule(make_post(channel, other, owner=editor), approver=approver)
    scripted.outcomes[:] = [errors.PermanentError("Spam", code="duplicate")]
    tick()
    failed, published = PostTarget.objects.order_by("state")
    assert (failed.state, failed.reason_code, failed.reason) == ("failed", "duplicate", "Spam")
    assert published.state == "published"
    with pytest.raises(PublishRefused) as refused:
        retry(target=published, by=editor)
    assert refused.value.code == "not_failed"

    retry(target=failed, by=editor)
    tick()

    assert states(post=post) == ["published", "published"]
    assert len(scripted.published) == 2
    assert len(audited("post.retried")) == 1


def test_an_unknown_outcome_is_looked_up_and_never_sent_again(planned, scripted):
    scripted.outcomes[:] = [errors.OutcomeUnknown("time-out")]
    tick(3)
    assert again(planned).state == "unknown"
    Delivery.objects.update(not_before=timezone.now())
    (delivery,) = part_deliveries(planned)
    scripted.found[:] = [None, Receipt(external_id="post-7", permalink="https://facebook.example/7")]

    reconcile(delivery.pk, on_outcome=record_outcome)
    assert again(planned).state == "unknown"
    Delivery.objects.update(not_before=timezone.now())
    reconcile(delivery.pk, on_outcome=record_outcome)

    assert again(planned).state == "published"
    assert len(scripted.published) == 1
    assert PublishedPost.objects.get().permalink == "https://facebook.example/7"


@pytest.mark.parametrize(("was_published", "state"), [(True, "published"), (False, "failed")])
def test_a_person_who_looked_settles_what_is_unknown(planned, scripted, editor, was_published, state):
    scripted.outcomes[:] = [errors.OutcomeUnknown("time-out")]
    tick()

    settle(target=planned, was_published=was_published, by=editor)
    assert again(planned).state == state
    assert audited("post.settled")[0].data["was_published"] is was_published
    # A word is no id: nothing of the platform's is invented.
    assert not PublishedPost.objects.exists()
    with pytest.raises(PublishRefused):
        settle(target=planned, was_published=True, by=editor)
    tick()
    assert len(scripted.published) == 1
    if not was_published:
        retry(target=planned, by=editor)
        tick()
        assert len(scripted.published) == 2
        assert again(planned).state == "published"


def test_a_part_that_only_a_person_saw_can_not_be_answered(channel, scripted, editor, approver):
    post = schedule(make_post(channel, owner=editor, text="Een\n---\nTwee"), approver=approver)
    scripted.outcomes[:] = [errors.OutcomeUnknown("time-out")]
    tick()
    target = post.targets.get()

    settle(target=target, was_published=True, by=editor)

    assert (again(target).state, again(target).reason_code) == ("failed", "no_place")
    with pytest.raises(PublishRefused) as refused:
        retry(target=target, by=editor)
    assert refused.value.code == "no_place"


def test_a_worker_that_dies_before_its_call_sends_once_and_after_it_nobody_knows(planned, scripted):
    publish_due()
    Delivery.objects.update(state="claimed", claimed_by="dead", lease_until=timezone.now() - timedelta(seconds=1))
    assert recover_expired(on_outcome=record_outcome, modes=POSTS) == 1
    assert again(planned).state == "publishing"
    Delivery.objects.update(
        state="sending", claimed_by="dead", started_at=timezone.now(), lease_until=timezone.now() - timedelta(seconds=1)
    )

    assert recover_expired(on_outcome=record_outcome, modes=POSTS) == 1

    assert (again(planned).state, again(planned).reason_code) == ("unknown", "worker_lost")
    tick(2)
    assert scripted.published == []


def test_a_channel_that_must_be_connected_again_keeps_its_queue(planned, scripted, channel):
    scripted.outcomes[:] = [errors.CredentialsRejected("expired", code="token_invalid")] * 2
    tick(3)
    target = again(planned)
    assert (target.state, target.channel.state) == ("publishing", ChannelState.REAUTHORISE)
    assert target.reason_code == "token_invalid"

    Channel.objects.update(state=ChannelState.OK)
    Delivery.objects.update(not_before=timezone.now())
    tick()

    assert len(scripted.published) == 1
    assert (again(planned).state, again(planned).reason_code) == ("published", "")


def test_what_is_more_than_an_hour_late_waits_for_a_person(channel, scripted, editor, approver):
    at = timezone.now() - timedelta(minutes=61)
    late = schedule(make_post(channel, owner=editor), approver=approver, at=at)
    tick(2)

    target = late.targets.get()
    assert scripted.published == []
    assert (target.state, target.reason_code) == ("missed", "too_late")
    assert not Delivery.objects.exists()


def test_a_queue_that_waited_for_its_channel_too_long_waits_for_a_person(planned, scripted):
    publish_due()
    Post.objects.update(planned_at=timezone.now() - timedelta(minutes=61))
    tick()

    assert scripted.published == []
    assert (again(planned).state, again(planned).reason_code) == ("missed", "too_late")
    assert states() == ["missed"]
    assert not PostPart.objects.exists()


def test_what_is_approved_can_go_at_once(channel, scripted, editor, approver):
    at = timezone.now() + timedelta(days=3)
    post = schedule(make_post(channel, owner=editor), approver=approver, at=at)

    target = publish_now(target=post.targets.get(), by=editor)
    assert target.state == "publishing"
    tick()

    assert states() == ["published"]
    post.refresh_from_db()
    assert post.planned_at == at
    assert audited("post.publish_now")[0].actor == editor
    with pytest.raises(PublishRefused) as refused:
        publish_now(target=again(target), by=editor)
    assert refused.value.code == "started"


def test_a_target_that_can_not_be_read_keeps_none_of_the_others(
    planned, channel, scripted, editor, approver, monkeypatch
):
    broken = schedule(make_post(channel, owner=editor, text="kapot"), approver=approver)
    from calendar_app import publishing

    whole = publishing.content_of

    def content(target):
        if target.post.text == "kapot":
            raise RuntimeError("no")
        return whole(target)

    monkeypatch.setattr(publishing, "content_of", content)
    tick()

    assert again(planned).state == "published"
    assert states(post=broken) == ["scheduled"]


def test_many_are_begun_in_a_number_of_queries_that_does_not_grow_with_each(
    channel, scripted, editor, approver, django_assert_max_num_queries
):
    for number in range(40):
        schedule(make_post(channel, owner=editor, text=f"Bericht {number}"), approver=approver)

    with django_assert_max_num_queries(40 + 20):  # one each: may this approver see that channel
        assert publish_due() == 40


def test_whoever_may_not_plan_does_not_publish_and_it_is_written_down(planned, scripted, agent, outsider):
    Membership.objects.filter(user=outsider).update(role=Role.EDITOR)
    for person in (agent, User.objects.get(pk=outsider.pk)):
        with pytest.raises(PublishRefused) as refused:
            publish_now(target=planned, by=person)
        assert refused.value.code == "forbidden"
    assert [(line.actor, line.result) for line in audited("post.publish")] == [
        (agent, "refused"),
        (outsider, "refused"),
    ]
