"""Four eyes: who may approve what, what an approval is bound to, and when it no longer holds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, User
from calendar_app.approval import (
    add_comment,
    approval_problem,
    approve,
    ask_change,
    cancel,
    may_approve_post,
    reviewers_of,
    submit,
    why_not_approve,
    withdraw,
)
from calendar_app.composing import (
    add_picture,
    change_post,
    change_target,
    create_post,
    move_post,
    remove_post,
    set_channels,
)
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.models import Campaign, MediaItem, Post, PostComment, PostPicture, PostTarget
from channels.models import ChannelTeam
from channels.registry import CONNECTORS
from inbox.models import Notification
from tests.calendar_app.made import make_picture
from tests.calendar_app.rules import Desk, Publisher, begun, desk_of, refused
from tests.factories import ChannelFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(team, monkeypatch) -> Desk:
    monkeypatch.setitem(CONNECTORS, "facebook", Publisher)
    return desk_of(team)


@pytest.fixture
def post(desk: Desk, channel) -> Post:
    post = create_post(by=desk.editor, text="De Molenstraat is dicht.", channels=[channel])
    return move_post(post=post, by=desk.editor, to=timezone.now() + timedelta(days=3))


@pytest.fixture
def waiting(post: Post, desk: Desk) -> Post:
    return submit(post=post, by=desk.editor)


@pytest.fixture
def agreed(waiting: Post, desk: Desk) -> Post:
    return approve(post=waiting, by=desk.approver)


def told(kind: str) -> set[str]:
    return set(Notification.objects.unread().filter(kind=kind).values_list("user__username", flat=True))


def test_from_draft_to_planned(post, desk):
    submit(post=post, by=desk.editor)
    target = PostTarget.objects.get()
    assert (target.state, target.submitted_by) == ("in_review", desk.editor)
    assert target.submitted_at is not None
    assert told("review") == {"aad", "otto", "mia"}

    approve(post=post, by=desk.approver, revision=post.revision)
    target.refresh_from_db()
    assert (target.state, target.approved_by) == ("scheduled", desk.approver)
    assert target.approved_digest == digest_of(content_of(targets_of(post)[0]))
    assert (told("review"), told("approved")) == (set(), {"eva"})
    assert approval_problem(target) == ""
    assert [e.action for e in AuditEvent.objects.filter(object_id=str(post.pk), object_type="calendar_app.post")] == [
        "post.created", "post.moved", "post.submitted", "post.approved",
    ]  # fmt: skip


def test_without_a_moment_it_is_approved_but_not_planned(post, desk):
    move_post(post=post, by=desk.editor, to=None)
    submit(post=post, by=desk.editor)
    approve(post=post, by=desk.approver)

    assert PostTarget.objects.get().state == "approved"


def test_the_author_does_not_approve_and_the_attempt_stays(desk, channel):
    post = create_post(by=desk.approver, text="Van mij.", channels=[channel])
    submit(post=post, by=desk.approver)

    assert refused(approve, post=post, by=desk.approver) == "own_work"
    assert refused(ask_change, post=post, by=desk.approver, text="Anders") == "own_work"

    assert "Vraag een collega" in why_not_approve(targets_of(post), desk.approver)
    trail = AuditEvent.objects.filter(result="refused").values_list("action", "actor", "data__reason")
    assert list(trail) == [
        ("post.approve", desk.approver.pk, "own_work"), ("post.ask_change", desk.approver.pk, "own_work"),
    ]  # fmt: skip
    assert PostTarget.objects.get().state == "in_review"


def test_who_wrote_the_words_as_they_stand_does_not_approve_them(waiting, desk):
    change_post(post=waiting, by=desk.approver, revision=None, text="De Molenstraat is open.")

    assert refused(approve, post=waiting, by=desk.approver) == "own_work"
    assert [may_approve_post(waiting, each) for each in (desk.approver, desk.other, desk.editor)] == [
        False,
        True,
        False,
    ]
    approve(post=waiting, by=desk.other)
    # Somebody else rewrites it; the author of the first words still does not approve.
    assert refused(approve, post=waiting, by=desk.editor) == "forbidden"


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR])
def test_other_roles_do_not_approve(waiting, team, role):
    somebody = UserFactory(teams=[team], teams__role=role)

    assert refused(approve, post=waiting, by=somebody) == "forbidden"
    assert not may_approve_post(waiting, somebody)
    assert AuditEvent.objects.filter(result="refused", actor=somebody).count() == 1


def test_an_approver_of_another_team_does_not_approve(waiting, team):
    elsewhere = UserFactory(teams=[TeamFactory()], teams__role=Role.APPROVER)
    Membership.objects.create(user=elsewhere, team=team, role=Role.AGENT)  # sees the channel, but not as an approver

    assert refused(approve, post=waiting, by=elsewhere) == "forbidden"


def test_who_approves_sees_every_channel_of_it(post, desk, team):
    administrator = UserFactory(teams=[team], teams__role=Role.ADMINISTRATOR)
    hidden = ChannelFactory(teams=[TeamFactory()])
    set_channels(post=post, by=administrator, revision=None, channels=[post.targets.get().channel, hidden])
    submit(post=post, by=administrator)

    assert refused(approve, post=post, by=desk.approver) == "forbidden"
    assert reviewers_of(post) == [administrator]
    approve(post=post, by=administrator)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda desk: Membership.objects.filter(user=desk.approver).update(role="editor"), "approver_gone"),
        (lambda desk: Membership.objects.filter(user=desk.approver).delete(), "approver_gone"),
        (lambda desk: ChannelTeam.objects.all().delete(), "approver_gone"),
        (lambda desk: User.objects.filter(pk=desk.approver.pk).update(is_active=False), "approver_gone"),
        (lambda desk: Post.objects.update(text="Onder water veranderd."), "content_changed"),
        (lambda desk: PostTarget.objects.update(has_own_text=True, text="Onder water"), "content_changed"),
        (lambda desk: PostPicture.objects.update(alt="Anders"), "content_changed"),
        (lambda desk: PostPicture.objects.update(item=make_picture(by=desk.editor)), "content_changed"),
        (lambda desk: PostPicture.objects.all().delete(), "content_changed"),
        (lambda desk: MediaItem.objects.update(digest="f" * 64), "content_changed"),
        (lambda desk: Campaign.objects.update(code="anders"), "content_changed"),
        (lambda desk: MediaItem.objects.update(consent="missing"), "picture_consent"),
        (lambda desk: MediaItem.objects.update(rights="unknown"), "picture_rights"),
        (lambda desk: MediaItem.objects.update(archived_at=timezone.now()), "picture_archived"),
        (lambda desk: MediaItem.objects.update(expires_on=timezone.localdate() - timedelta(days=1)), "picture_expired"),
        (lambda desk: MediaItem.objects.update(alt="Anders in de bibliotheek"), ""),
        (lambda desk: Post.objects.update(owner=desk.approver), "own_approval"),
        (lambda desk: PostTarget.objects.update(edited_by=desk.approver), "own_approval"),
        (lambda desk: Post.objects.update(removed_at=timezone.now()), "removed"),
        (lambda desk: PostTarget.objects.update(state="in_review"), "not_approved"),
        (lambda desk: PostTarget.objects.update(state="unknown"), "not_approved"),
        (lambda desk: PostTarget.objects.update(state="publishing"), ""),
        (lambda desk: None, ""),
    ],
)
def test_right_before_the_call_everything_is_looked_at_again(post, desk, change, problem):
    campaign = Campaign.objects.create(name="Wegwerk", code="wegwerk")
    change_post(post=post, by=desk.editor, revision=None, link="https://eikenrode.nl", campaign=campaign)
    PostPicture.objects.filter(pk=add_picture(post=post, by=desk.editor, item=make_picture(by=desk.editor)).pk).update(
        alt=""
    )
    submit(post=post, by=desk.editor)
    approve(post=post, by=desk.approver)
    change(desk)
    before = list(PostTarget.objects.values()), list(Post.objects.values()), AuditEvent.objects.count()

    assert approval_problem(targets_of(post)[0]) == problem
    assert (list(PostTarget.objects.values()), list(Post.objects.values()), AuditEvent.objects.count()) == before


def test_somebody_who_looked_at_other_words_approves_nothing(waiting, desk):
    seen = waiting.revision
    change_post(post=waiting, by=desk.editor, revision=seen, text="Iets heel anders.")

    assert refused(approve, post=waiting, by=desk.approver, revision=seen) == "conflict"
    assert PostTarget.objects.get().state == "in_review"


def test_twice_is_told_who_was_first(agreed, desk):
    with pytest.raises(Exception, match="heeft dit bericht al goedgekeurd"):
        approve(post=agreed, by=desk.other)
    assert PostTarget.objects.get().approved_by == desk.approver
    assert AuditEvent.objects.filter(action="post.approved").count() == 1


def test_asking_a_change_sends_it_back_with_words(waiting, desk):
    assert refused(ask_change, post=waiting, by=desk.approver, text="  ") == "comment_empty"

    comment = ask_change(post=waiting, by=desk.approver, text="Noem ook de omleiding.")

    assert (PostTarget.objects.get().state, comment.asks_change) == ("changes_asked", True)
    assert (told("change"), told("review")) == ({"eva"}, set())
    change_post(post=waiting, by=desk.editor, revision=None, text="De Molenstraat is dicht. Rijd om.")
    assert PostTarget.objects.get().state == "changes_asked"
    submit(post=waiting, by=desk.editor)
    assert (PostTarget.objects.get().state, told("change")) == ("in_review", set())


def test_asking_a_change_of_what_was_approved_ends_the_approval(agreed, desk):
    ask_change(post=agreed, by=desk.other, text="Toch niet zo.")

    target = PostTarget.objects.get()
    assert (target.state, target.approved_digest) == ("changes_asked", "")
    assert told("void") == {"aad"}
    assert AuditEvent.objects.filter(action="post.approval_void").count() == 1


def test_taking_back_ends_the_approval(agreed, desk):
    withdraw(post=agreed, by=desk.editor)

    assert (PostTarget.objects.get().state, told("void"), told("review")) == ("draft", {"aad"}, set())
    assert refused(withdraw, post=agreed, by=desk.editor) == "nothing"


def test_calling_off_one_channel_leaves_the_others(post, desk, team):
    second = ChannelFactory(teams=[team])
    first = post.targets.get()
    set_channels(post=post, by=desk.editor, revision=None, channels=[first.channel, second])
    submit(post=post, by=desk.editor)
    approve(post=post, by=desk.approver)

    cancel(target=first, by=desk.editor)

    assert list(PostTarget.objects.values_list("state", flat=True)) == ["cancelled", "scheduled"]
    assert refused(cancel, target=first, by=desk.editor) == "nothing"
    set_channels(post=post, by=desk.editor, revision=None, channels=[first.channel, second])
    assert list(PostTarget.objects.values_list("state", flat=True)) == ["draft", "scheduled"]


@pytest.mark.parametrize("state", ["publishing", "published", "failed", "unknown", "deleted"])
def test_what_started_can_not_be_decided_about_any_more(post, desk, state):
    target = begun(post.targets.get(), state)

    assert refused(cancel, target=target, by=desk.editor) == "started"
    for act in (submit, withdraw):
        assert refused(act, post=post, by=desk.editor) == "nothing"
    assert refused(approve, post=post, by=desk.approver) in {"nothing", "already"}
    assert refused(ask_change, post=post, by=desk.approver, text="x") == "nothing"
    assert PostTarget.objects.get().state == state


def test_what_is_wrong_with_it_is_not_submitted_nor_approved(post, desk):
    change_post(post=post, by=desk.editor, revision=None, text="x" * 281)
    assert refused(submit, post=post, by=desk.editor) == "too_long"
    change_post(post=post, by=desk.editor, revision=None, text="x")
    submit(post=post, by=desk.editor)
    change_post(post=post, by=desk.editor, revision=None, text="x" * 281)
    assert refused(approve, post=post, by=desk.approver) == "too_long"
    change_post(post=post, by=desk.editor, revision=None, text="x")
    Post.objects.update(planned_at=timezone.now() - timedelta(minutes=1))
    assert refused(approve, post=post, by=desk.approver) == "moment_past"


def test_ideas_and_posts_without_a_channel_are_not_submitted(desk):
    assert refused(submit, post=create_post(by=desk.editor, kind="idea", text="x"), by=desk.editor) == "not_a_post"
    assert refused(submit, post=create_post(by=desk.editor, text="x"), by=desk.editor) == "no_channels"


def test_a_post_that_was_thrown_away_is_not_decided_about(waiting, desk):
    remove_post(post=waiting, by=desk.editor)

    for act, values in (
        (approve, {}),
        (submit, {}),
        (withdraw, {}),
        (ask_change, {"text": "x"}),
        (add_comment, {"text": "x"}),
    ):
        assert refused(act, post=waiting, by=desk.approver, **values) == "removed"


def test_a_comment_is_told_to_who_wrote_and_to_who_talked(waiting, desk, agent):
    add_comment(post=waiting, by=agent, text="Klopt de datum?")
    assert told("comment") == {"eva"}
    add_comment(post=waiting, by=desk.other, text="Ja.")

    assert told("comment") == {"eva", "sanne"}
    assert [(each.by, each.text, each.revision) for each in PostComment.objects.all()] == [
        (agent, "Klopt de datum?", 1), (desk.other, "Ja.", 1),
    ]  # fmt: skip
    assert refused(add_comment, post=waiting, by=agent, text="x" * 5001) == "comment_long"


def test_who_wrote_elsewhere_in_the_post_still_approves_here(post, desk, team):
    second = ChannelFactory(teams=[team])
    set_channels(post=post, by=desk.editor, revision=None, channels=[post.targets.get().channel, second])
    submit(post=post, by=desk.editor)
    approve(post=post, by=desk.approver)
    own = {"has_own_link": False, "has_own_pictures": False, "revision": None}
    change_target(target=post.targets.last(), by=desk.approver, has_own_text=True, text="Kort.", **own)

    first, last = targets_of(post)
    assert (first.state, last.state, approval_problem(first)) == ("scheduled", "draft", "")
    submit(post=post, by=desk.editor)
    assert refused(approve, post=post, by=desk.approver) == "own_work"
