"""Workers, a pause and people at the same post at the same moment: one call, and nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event
from time import sleep

import pytest
from django.db import connection, connections
from django.utils import timezone

from calendar_app.models import Post, PostTarget
from calendar_app.pause import pause, resume
from calendar_app.publishing import PublishRefused, may_start, publish_due, publish_now, record_outcome
from calendar_app.sending import send_due
from channels.delivery import deliver
from channels.messages import Receipt
from channels.models import Delivery
from tests.calendar_app.going_out import states, tick
from tests.calendar_app.made import make_post, schedule

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts):
    """Each in a thread and with a connection of its own, begun at one moment; what each returned or raised."""
    barrier = Barrier(len(acts))

    def alone(act):
        try:
            barrier.wait(10)
            return act()
        except PublishRefused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result(timeout=60) for future in [pool.submit(alone, act) for act in acts]]


def posts(number, channel, editor, approver):
    return [schedule(make_post(channel, owner=editor, text=f"Bericht {n}"), approver=approver) for n in range(number)]


def test_two_workers_publish_each_post_once(channel, scripted, editor, approver):
    posts(12, channel, editor, approver)

    together(*[lambda: send_due(threads=3, seconds=20)] * 2)
    send_due(threads=2, seconds=20)

    assert sorted(post.text for post in scripted.published) == sorted(f"Bericht {n}" for n in range(12))
    assert set(states()) == {"published"}
    assert Delivery.objects.count() == 12


def test_two_clocks_begin_each_post_once(channel, scripted, editor, approver):
    posts(8, channel, editor, approver)

    begun = together(publish_due, publish_due, publish_due)

    assert sum(begun) == Delivery.objects.count() == 8


def test_two_people_who_press_at_once_publish_it_once(channel, scripted, editor, approver):
    at = timezone.now() + timedelta(hours=1)
    post = schedule(make_post(channel, owner=editor), approver=approver, at=at)
    target = post.targets.get()

    told = together(*[lambda: publish_now(target=target, by=editor)] * 3)
    tick(2)

    assert len([each for each in told if isinstance(each, PublishRefused)]) == 2
    assert len(scripted.published) == 1


def test_after_the_commit_of_a_pause_no_call_starts_and_what_had_started_is_listed(channel, scripted, editor, approver):
    first, second = (post.targets.get() for post in posts(2, channel, editor, approver))
    publish_due()
    called, go_on = Event(), Event()

    def slow(_post):
        called.set()
        go_on.wait(20)
        return Receipt(external_id="post-slow")

    scripted.outcomes[:] = [slow]
    one, two = Delivery.objects.order_by("pk")
    with ThreadPoolExecutor(1) as pool:

        def send():
            try:
                return deliver(one.pk, on_outcome=record_outcome, may_start=may_start)
            finally:
                connections.close_all()

        sending = pool.submit(send)
        assert called.wait(20)
        made = pause(reason="Brand", by=editor)
        assert deliver(two.pk, on_outcome=record_outcome, may_start=may_start) is None
        go_on.set()
        sending.result(30)

    assert made.already_left == {"in_flight": [first.pk], "published": []}
    assert len(scripted.published) == 1
    assert states() == ["published", "publishing"]
    resume(by=approver)
    tick()
    assert states() == ["published", "missed"]
    assert len(scripted.published) == 1
    assert second.pk in PostTarget.objects.filter(state="missed").values_list("pk", flat=True)


def test_a_pause_waits_for_a_start_that_is_being_committed_and_lists_it(
    channel, scripted, editor, approver, monkeypatch
):
    (target,) = (post.targets.get() for post in posts(1, channel, editor, approver))
    publish_due()
    holds = Event()

    def slowly(delivery):
        hold = may_start(delivery)  # the switch is locked from here until the commit
        holds.set()
        sleep(0.5)
        return hold

    (delivery,) = Delivery.objects.all()

    def send():
        try:
            return deliver(delivery.pk, on_outcome=record_outcome, may_start=slowly)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send)
        assert holds.wait(20)
        made = pause(reason="Brand", by=editor)
        sending.result(30)

    assert target.pk in made.already_left["in_flight"] + made.already_left["published"]
    assert len(scripted.published) == 1


def test_a_post_that_is_edited_while_it_is_begun_goes_out_as_it_was_approved_or_not_at_all(
    channel, scripted, editor, approver
):
    from calendar_app.changing import PostRefused
    from calendar_app.composing import change_post

    for number in range(6):
        post = schedule(make_post(channel, owner=editor, text=f"Goed {number}"), approver=approver)

        def edit(post=post):
            try:
                change_post(post=post, by=editor, revision=post.revision, text="Anders")
            except PostRefused as refused:
                return refused
            return None

        together(edit, lambda: send_due(threads=2, seconds=10))
        Post.objects.update(planned_at=timezone.now() - timedelta(seconds=1))
        tick()

    assert {post.text[:4] for post in scripted.published} <= {"Goed"}
    assert set(states()) <= {"published", "draft"}
