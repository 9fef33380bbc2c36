"""People at the same post at the same moment: one of them wins, the other reads why, and nothing is approved unseen."""

from datetime import timedelta
from threading import Event
from time import sleep

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent
from calendar_app.approval import approval_problem, approve, ask_change, submit, withdraw
from calendar_app.changing import lock_post
from calendar_app.composing import PostConflict, PostRefused, change_post, create_post, move_post, set_channels
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.models import Post, PostTarget, PostVersion
from calendar_app.publishing import publish_due
from channels.registry import CONNECTORS
from tests.calendar_app.rules import Desk, Publisher, desk_of, together
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db(transaction=True)
A_MOMENT = 0.3  # enough for another thread to come to a lock and wait there


@pytest.fixture
def desk(team, monkeypatch) -> Desk:
    monkeypatch.setitem(CONNECTORS, "facebook", Publisher)
    return desk_of(team)


@pytest.fixture
def waiting(desk: Desk, channel) -> Post:
    post = create_post(by=desk.editor, text="De Molenstraat is dicht.", channels=[channel])
    move_post(post=post, by=desk.editor, to=timezone.now() + timedelta(days=3))
    return submit(post=post, by=desk.editor)


def after(held: Event, act):
    def run():
        held.wait(5)
        return act()

    return run


def holding(held: Event, act):
    """Does it, and keeps its locks for a moment while somebody else comes."""

    def run():
        with transaction.atomic():
            done = act()
            held.set()
            sleep(A_MOMENT)
            return done

    return run


def is_sound(target: PostTarget) -> bool:
    """Agreed with what it says, by somebody else."""
    return target.state not in ("approved", "scheduled", "missed") or (
        target.approved_digest == digest_of(content_of(target)) and not approval_problem(target)
    )


def test_two_approve_at_once(waiting, desk):
    held = Event()

    first, second = together(
        holding(held, lambda: approve(post=waiting, by=desk.approver)),
        after(held, lambda: approve(post=waiting, by=desk.other)),
    )

    assert isinstance(first, Post)
    assert isinstance(second, PostConflict)
    assert second.message == "Sanne " + desk.approver.last_name + " heeft dit bericht al goedgekeurd."
    assert PostTarget.objects.get().approved_by == desk.approver
    assert AuditEvent.objects.filter(action="post.approved").count() == 1


def test_one_presses_twice(waiting, desk):
    outcomes = together(*[lambda: approve(post=waiting, by=desk.approver)] * 4)

    assert sum(isinstance(each, Post) for each in outcomes) == 1
    assert sum(isinstance(each, PostConflict) for each in outcomes) == 3
    assert AuditEvent.objects.filter(action="post.approved").count() == 1


def test_it_is_changed_while_somebody_approves_what_they_saw(waiting, desk):
    held, seen = Event(), waiting.revision

    changed, approved = together(
        holding(held, lambda: change_post(post=waiting, by=desk.editor, revision=seen, text="De Molenstraat is open.")),
        after(held, lambda: approve(post=waiting, by=desk.approver, revision=seen)),
    )

    assert isinstance(changed, Post)
    assert isinstance(approved, PostConflict)
    assert "heeft dit bericht intussen veranderd" in approved.message
    assert PostTarget.objects.get().state == "in_review"


def test_it_is_approved_while_somebody_changes_it(waiting, desk):
    held, seen = Event(), waiting.revision

    together(
        holding(held, lambda: approve(post=waiting, by=desk.approver, revision=seen)),
        after(held, lambda: change_post(post=waiting, by=desk.editor, revision=seen, text="De Molenstraat is open.")),
    )

    target = PostTarget.objects.get()
    assert (target.state, target.reason_code, Post.objects.get().text) == ("draft", "edited", "De Molenstraat is open.")
    assert AuditEvent.objects.filter(action="post.approval_void").count() == 1


def test_two_save_at_once(waiting, desk):
    seen = waiting.revision

    outcomes = together(
        lambda: change_post(post=waiting, by=desk.editor, revision=seen, text="Van Eva."),
        lambda: change_post(post=waiting, by=desk.manager, revision=seen, text="Van Mia."),
    )

    assert sorted(type(each).__name__ for each in outcomes) == ["Post", "PostConflict"]
    winner = next(each for each in outcomes if isinstance(each, Post))
    post = Post.objects.get()
    assert (post.text, post.revision) == (winner.text, seen + 1)
    assert PostVersion.objects.filter(revision=seen + 1).count() == 1


def test_two_choose_the_same_channel_at_once(waiting, desk, channel, team):
    second = ChannelFactory(teams=[team])

    together(*[lambda: set_channels(post=waiting, by=desk.editor, revision=None, channels=[channel, second])] * 3)

    assert PostTarget.objects.count() == 2


@pytest.mark.parametrize("first", ["withdraw", "ask_change", "change"])
def test_it_is_taken_back_or_changed_right_before_it_goes_out(waiting, desk, first):
    approve(post=waiting, by=desk.approver)
    Post.objects.update(planned_at=timezone.now() - timedelta(seconds=1))
    held = Event()
    acts = {
        "withdraw": lambda: withdraw(post=waiting, by=desk.editor),
        "ask_change": lambda: ask_change(post=waiting, by=desk.other, text="Wacht."),
        "change": lambda: change_post(post=waiting, by=desk.editor, revision=None, text="Anders."),
    }

    _done, begun = together(holding(held, acts[first]), after(held, publish_due))

    assert begun == 0
    assert publish_due() == 0
    assert PostTarget.objects.get().state in {"draft", "changes_asked"}


def test_it_goes_out_while_somebody_changes_it(waiting, desk):
    approve(post=waiting, by=desk.approver)
    Post.objects.update(planned_at=timezone.now() - timedelta(seconds=1))
    held = Event()

    together(
        holding(held, publish_due),
        after(held, lambda: change_post(post=waiting, by=desk.editor, revision=None, text="Anders.")),
    )

    (target,) = targets_of(Post.objects.get())
    assert (target.state, content_of(target).text) == ("publishing", "De Molenstraat is dicht.")
    assert digest_of(content_of(target)) == target.approved_digest
    assert Post.objects.get().text == "Anders."


def test_everybody_at_once_and_nothing_is_approved_unseen(waiting, desk, channel, team):
    second = ChannelFactory(teams=[team])

    def chance(act, **values):
        def run():
            for number in range(6):
                try:
                    act(
                        post=Post.objects.get(pk=waiting.pk),
                        **{k: v(number) if callable(v) else v for k, v in values.items()},
                    )
                except PostRefused:
                    continue

        return run

    together(
        chance(change_post, by=desk.editor, revision=None, text=lambda n: f"Eva {n}"),
        chance(change_post, by=desk.manager, revision=None, text=lambda n: f"Mia {n}"),
        chance(submit, by=desk.editor),
        chance(approve, by=desk.approver),
        chance(approve, by=desk.other),
        chance(set_channels, by=desk.editor, revision=None, channels=lambda n: [channel, second][: 1 + n % 2]),
        chance(move_post, by=desk.manager, to=lambda n: timezone.now() + timedelta(days=1 + n)),
    )

    targets = targets_of(Post.objects.get())
    assert targets
    assert all(is_sound(each) for each in targets)
    with transaction.atomic():
        assert lock_post(waiting.pk)[0].revision == PostVersion.objects.first().revision
