"""What should have been published and was not is told, once, to who can do something about it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from calendar_app.models import Post, PostTarget
from calendar_app.pause import pause
from calendar_app.publishing import publish_due, retry
from calendar_app.watchdog import bark
from channels import errors
from channels.models import Channel, ChannelState, Delivery
from inbox.models import Notification
from tests.calendar_app.going_out import again, states, tick
from tests.calendar_app.made import make_post, schedule
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

SIX_MINUTES = timedelta(minutes=6)


@pytest.fixture
def planned(channel, scripted, editor, approver) -> PostTarget:
    return schedule(make_post(channel, owner=editor), approver=approver).targets.get()


def told(kind: str) -> set[str]:
    return set(Notification.objects.filter(kind=kind).values_list("user__username", flat=True))


def test_what_is_stuck_in_the_plan_is_told_once_to_maker_and_approvers(planned, agent, outsider):
    Post.objects.update(planned_at=timezone.now() - timedelta(minutes=4))
    assert bark() == 0

    Post.objects.update(planned_at=timezone.now() - SIX_MINUTES)

    assert [bark(), bark()] == [1, 0]
    assert told("late") == {"eva", "anouk"}
    assert again(planned).alarmed_at is not None
    assert AuditEvent.objects.filter(action="post.alarm").count() == 1


def test_what_waits_for_its_channel_is_told(planned, channel):
    publish_due()
    Channel.objects.update(state=ChannelState.REAUTHORISE)
    Post.objects.update(planned_at=timezone.now() - SIX_MINUTES)

    assert bark() == 1
    assert again(planned).state == "publishing"


def test_what_waits_until_it_is_too_late_becomes_missed_while_the_channel_is_still_down(planned, scripted):
    publish_due()
    Channel.objects.update(state=ChannelState.REAUTHORISE)
    Post.objects.update(planned_at=timezone.now() - timedelta(minutes=61))

    bark()

    assert (again(planned).state, again(planned).reason_code) == ("missed", "too_late")
    assert told("unpublished") == {"eva", "anouk"}
    Channel.objects.update(state=ChannelState.OK)
    tick(2)
    assert scripted.published == []
    assert [each.state for each in Delivery.objects.all()] == ["cancelled"]


def test_a_refusal_is_told_and_told_again_when_it_fails_again(planned, scripted, editor):
    scripted.outcomes[:] = [errors.PermanentError("no", code="duplicate")]
    tick()
    assert [bark(), bark()] == [1, 0]
    assert told("unpublished") == {"eva", "anouk"}

    scripted.outcomes[:] = [errors.PermanentError("no", code="duplicate")]
    retry(target=planned, by=editor)
    tick()

    assert [bark(), bark()] == [1, 0]


def test_an_unknown_outcome_is_looked_up_first_and_then_told(planned, scripted):
    scripted.outcomes[:] = [errors.OutcomeUnknown("time-out")]
    tick()
    assert bark() == 0

    PostTarget.objects.update(started_at=timezone.now() - timedelta(minutes=2))

    assert bark() == 1


def test_what_was_published_and_what_is_paused_is_no_alarm(planned, scripted, editor, channel, approver):
    tick()
    Post.objects.update(planned_at=timezone.now() - SIX_MINUTES)
    assert bark() == 0

    schedule(make_post(channel, owner=editor), approver=approver, at=timezone.now() - SIX_MINUTES)
    pause(reason="Brand", by=editor)
    assert bark() == 0
    assert states() == ["published", "scheduled"]


def test_who_left_is_told_nothing(planned, editor, team):
    UserFactory(username="weg", teams=[team], teams__role="approver", is_active=False)
    type(editor).objects.filter(pk=editor.pk).update(is_active=False)
    Post.objects.update(planned_at=timezone.now() - SIX_MINUTES)

    bark()

    assert told("late") == {"anouk"}
