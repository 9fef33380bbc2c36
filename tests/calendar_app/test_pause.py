"""One action stops everything that has not left; afterwards a person decides about what missed its moment."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from calendar_app.models import Pause, Post, PostPart, PostTarget
from calendar_app.pause import PauseRefused, current_pause, drop, left_before, missed_targets, pause, release, resume
from calendar_app.publishing import PublishRefused, may_start, publish_due, publish_now, record_outcome, retry
from channels import errors
from channels.delivery import deliver
from channels.models import Delivery
from tests.calendar_app.going_out import again, part_deliveries, states, tick
from tests.calendar_app.made import make_post, schedule

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(channel, scripted, editor, approver) -> PostTarget:
    return schedule(make_post(channel, owner=editor), approver=approver).targets.get()


@pytest.fixture
def stopped(planned, editor, approver) -> PostTarget:
    """Missed, because everything was paused at its moment."""
    pause(reason="Brand bij de haven", by=editor)
    tick()
    resume(by=approver)
    return again(planned)


def test_nothing_begins_and_nothing_that_was_queued_starts(planned, channel, scripted, editor, approver):
    publish_due()
    later = schedule(make_post(channel, owner=editor, text="Tweede"), approver=approver)

    pause(reason="Brand bij de haven", by=editor)
    (queued,) = part_deliveries(planned)
    deliver(queued.pk, on_outcome=record_outcome, may_start=may_start)
    assert tick(2) == []

    assert scripted.published == []
    assert states(post=later) == ["scheduled"]
    assert (again(planned).state, again(planned).reason_code) == ("publishing", "paused")
    queued.refresh_from_db()
    assert (queued.state, queued.attempts) == ("queued", 0)


def test_what_missed_its_moment_waits_and_what_is_still_to_come_goes_on(planned, channel, scripted, editor, approver):
    publish_due()
    second = schedule(make_post(channel, owner=editor, text="Tweede"), approver=approver)
    pause(reason="Brand", by=editor)
    soon = schedule(
        make_post(channel, owner=editor, text="Straks"), approver=approver, at=timezone.now() + timedelta(hours=1)
    )

    resume(by=approver)
    tick(3)

    assert scripted.published == []
    assert [again(planned).state, *states(post=second), *states(post=soon)] == ["missed", "missed", "scheduled"]
    assert {each.reason_code for each in missed_targets(editor)} == {"paused"}
    assert [delivery.state for delivery in Delivery.objects.all()] == ["cancelled"]
    assert not PostPart.objects.exists()
    Post.objects.filter(pk=soon.pk).update(planned_at=timezone.now())
    tick()
    assert [post.text for post in scripted.published] == ["Straks"]


def test_what_had_left_is_listed_exactly_with_how_it_ended(channel, scripted, editor, approver):
    def post(text, *outcomes):
        made = schedule(make_post(channel, owner=editor, text=text), approver=approver)
        scripted.outcomes[:] = outcomes
        tick()
        return made.targets.get()

    there = post("Geplaatst")
    unknown = post("Onbekend", errors.OutcomeUnknown("time-out"))
    failed = post("Geweigerd", errors.PermanentError("no", code="duplicate"))
    old = post("Vanmorgen")
    PostTarget.objects.filter(pk=old.pk).update(started_at=timezone.now() - timedelta(hours=2))
    Delivery.objects.filter(post_part__target=old).update(started_at=timezone.now() - timedelta(hours=2))
    half = post("Een\n---\nTwee")
    queued = schedule(make_post(channel, owner=editor, text="Nog niet"), approver=approver)
    publish_due()

    made = pause(reason="Brand", by=editor)

    assert made.already_left == {"in_flight": sorted([unknown.pk, half.pk]), "published": [there.pk]}
    assert {each.pk for each in left_before(made, editor)} == {unknown.pk, half.pk, there.pk}
    assert failed.pk not in made.already_left["in_flight"]
    assert queued.targets.get().pk not in made.already_left["in_flight"]


def test_a_thread_that_was_stopped_halfway_goes_on_when_a_person_says_so(channel, scripted, editor, approver):
    post = schedule(make_post(channel, owner=editor, text="Een\n---\nTwee"), approver=approver)
    tick()
    pause(reason="Brand", by=editor)
    tick(2)
    resume(by=approver)
    tick()
    target = post.targets.get()
    assert (target.state, target.reason_code) == ("failed", "halfway")
    assert [each.pk for each in missed_targets(editor)] == [target.pk]

    retry(target=target, by=editor)
    tick(2)

    assert [each.text for each in scripted.published] == ["Een", "Twee"]
    assert again(target).state == "published"


def test_what_was_missed_goes_out_now_when_a_person_says_so(stopped, scripted, editor):
    assert stopped.state == "missed"
    release(target=stopped, by=editor)
    tick()

    assert again(stopped).state == "published"
    assert len(scripted.published) == 1
    assert AuditEvent.objects.get(action="post.released").actor == editor


def test_what_was_missed_goes_out_at_another_moment_with_the_same_approval(stopped, scripted, editor, approver):
    to = timezone.now() + timedelta(hours=2)
    target = release(target=stopped, by=editor, to=to)
    tick()
    assert (target.state, target.moment, target.approved_by) == ("scheduled", to, approver)
    assert scripted.published == []

    PostTarget.objects.update(own_moment=timezone.now())
    tick()

    assert again(stopped).state == "published"
    with pytest.raises(PublishRefused):
        release(target=stopped, by=editor, to=to)


def test_a_moment_that_has_passed_is_no_moment(stopped, editor):
    with pytest.raises(PublishRefused) as refused:
        release(target=stopped, by=editor, to=timezone.now() - timedelta(seconds=1))
    assert refused.value.code == "past"


def test_what_was_missed_is_dropped(stopped, scripted, editor):
    drop(target=stopped, by=editor)
    tick(2)

    assert again(stopped).state == "cancelled"
    assert missed_targets(editor) == []
    assert scripted.published == []
    with pytest.raises(PublishRefused):
        drop(target=stopped, by=editor)


def test_nothing_is_released_retried_or_published_while_everything_is_paused(
    stopped, channel, scripted, editor, approver
):
    coming = schedule(
        make_post(channel, owner=editor, text="Straks"), approver=approver, at=timezone.now() + timedelta(hours=1)
    )
    pause(reason="Nog een keer", by=editor)
    for act in (
        lambda: release(target=stopped, by=editor),
        lambda: publish_now(target=coming.targets.get(), by=editor),
    ):
        with pytest.raises(PublishRefused) as refused:
            act()
        assert refused.value.code == "paused"
    assert states() == ["missed", "scheduled"]


def test_who_may(agent, editor, approver, outsider):
    with pytest.raises(PauseRefused) as refused:
        pause(reason="Ik wil het", by=agent)
    assert refused.value.code == "forbidden"
    with pytest.raises(PauseRefused) as refused:
        pause(reason="  ", by=editor)
    assert refused.value.code == "no_reason"
    with pytest.raises(PauseRefused) as refused:
        resume(by=approver)
    assert refused.value.code == "not_paused"

    pause(reason="Brand", by=editor)
    with pytest.raises(PauseRefused) as refused:
        pause(reason="Ook", by=approver)
    assert refused.value.code == "paused"
    with pytest.raises(PauseRefused) as refused:
        resume(by=editor)
    assert refused.value.code == "forbidden"
    assert resume(by=approver).ended_by == approver
    assert current_pause() is None
    told = AuditEvent.objects.filter(action__startswith="publishing.").order_by("pk")
    assert list(told.values_list("action", "actor__username")) == [
        ("publishing.paused", "eva"),
        ("publishing.resumed", "anouk"),
    ]


def test_there_is_one_pause_at_a_time(editor):
    pause(reason="Brand", by=editor)
    with pytest.raises(IntegrityError), transaction.atomic():
        Pause.objects.create(reason="Ook", began_at=timezone.now(), began_by=editor)


def test_an_operator_pauses_before_the_workers_start(planned, scripted, editor, agent, capsys):
    call_command("pause_publishing", "Back-up teruggezet", "--by", "eva")
    tick()

    assert "Paused." in capsys.readouterr().out
    assert scripted.published == []
    for name in ("sanne", "niemand", "eva"):  # may not, is not there, is paused already
        with pytest.raises(CommandError):
            call_command("pause_publishing", "Nog eens", "--by", name)
