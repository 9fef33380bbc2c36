"""Writing a post: what counts as a change, what a change does to approvals, and what keeps saying what it said."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from calendar_app.approval import approve, submit
from calendar_app.composing import (
    PostConflict,
    add_picture,
    change_post,
    change_target,
    copy_post,
    create_post,
    describe_picture,
    move_post,
    order_pictures,
    remove_picture,
    remove_post,
    set_channels,
)
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.models import Campaign, Post, PostPicture, PostTarget, PostVersion, TargetState
from channels.registry import CONNECTORS
from inbox.models import Notification
from tests.calendar_app.made import make_picture
from tests.calendar_app.rules import Desk, Publisher, begun, desk_of, refused
from tests.factories import ChannelFactory, TeamFactory

pytestmark = pytest.mark.django_db
SOON = timedelta(days=3)


@pytest.fixture
def desk(team, monkeypatch) -> Desk:
    monkeypatch.setitem(CONNECTORS, "facebook", Publisher)
    return desk_of(team)


@pytest.fixture
def post(desk: Desk, channel) -> Post:
    return create_post(by=desk.editor, text="De Molenstraat is dicht.", channels=[channel])


@pytest.fixture
def agreed(post: Post, desk: Desk) -> Post:
    move_post(post=post, by=desk.editor, to=timezone.now() + SOON)
    submit(post=post, by=desk.editor)
    return approve(post=post, by=desk.approver)


def states(post: Post) -> list[str]:
    return [str(each.state) for each in post.targets.order_by("pk")]


def test_a_new_post_is_a_draft_of_who_made_it_with_its_first_version(post, desk, channel):
    assert (post.owner, post.edited_by, post.revision, states(post)) == (desk.editor, desk.editor, 1, ["draft"])
    version = PostVersion.objects.get()
    assert (version.revision, version.by, version.content["text"]) == (1, desk.editor, "De Molenstraat is dicht.")
    assert version.content["channels"][0]["parts"] == ["De Molenstraat is dicht."]
    assert AuditEvent.objects.filter(action="post.created", object_id=str(post.pk), actor=desk.editor).count() == 1


def test_the_same_words_again_change_nothing(agreed, desk):
    before = Post.objects.values().get(), list(PostTarget.objects.values()), AuditEvent.objects.count()

    change_post(
        post=agreed, by=desk.editor, revision=agreed.revision, text="De Molenstraat is dicht.", title="", link=""
    )

    assert (Post.objects.values().get(), list(PostTarget.objects.values()), AuditEvent.objects.count()) == before
    # Nor does it matter that somebody did so with an old page before them: there is nothing to lose.
    assert (
        change_post(post=agreed, by=desk.editor, revision=0, text="De Molenstraat is dicht.").revision
        == agreed.revision
    )


@pytest.mark.parametrize(
    "fields", [{"text": "De Molenstraat is open."}, {"link": "https://eikenrode.nl/wegen"}], ids=["text", "link"]
)
def test_other_words_end_the_approval_and_who_approved_hears_it(agreed, desk, fields):
    change_post(post=agreed, by=desk.editor, revision=agreed.revision, **fields)

    target = PostTarget.objects.get()
    assert (target.state, target.reason_code) == ("draft", "edited")
    assert (target.approved_by, target.approved_at, target.approved_digest) == (None, None, "")
    trail = AuditEvent.objects.get(action="post.approval_void")
    assert (trail.actor, trail.data["approver"], trail.data["reason"]) == (desk.editor, desk.approver.pk, "edited")
    assert Notification.objects.filter(user=desk.approver, kind="void").count() == 1


def test_a_title_and_a_team_are_not_what_it_says(agreed, desk, team):
    changed = change_post(post=agreed, by=desk.approver, revision=agreed.revision, title="Molenstraat", team=team)

    assert (states(agreed), changed.edited_by, changed.revision) == (["scheduled"], desk.editor, agreed.revision + 1)


def test_utm_and_a_campaign_count_only_where_there_is_a_link(agreed, desk):
    campaign = Campaign.objects.create(name="Wegwerk", code="wegwerk")
    change_post(post=agreed, by=desk.editor, revision=None, campaign=campaign, has_utm=False)
    assert states(agreed) == ["scheduled"]

    change_post(post=agreed, by=desk.editor, revision=None, link="https://eikenrode.nl", has_utm=True)
    submit(post=agreed, by=desk.editor)
    approve(post=agreed, by=desk.approver)
    assert states(agreed) == ["scheduled"]

    change_post(post=agreed, by=desk.editor, revision=None, campaign=None)
    assert states(agreed) == ["draft"]


def test_somebody_who_looked_at_something_else_is_told_who_changed_it(post, desk):
    change_post(post=post, by=desk.manager, revision=1, text="Anders.")

    with pytest.raises(PostConflict, match="heeft dit bericht intussen veranderd"):
        change_post(post=post, by=desk.editor, revision=1, text="Nog anders.")
    with pytest.raises(PostConflict, match="U hebt dit bericht intussen"):
        change_post(post=post, by=desk.manager, revision=1, text="Nog anders.")
    assert Post.objects.get().text == "Anders."


def test_who_writes_on_makes_one_version_until_somebody_was_shown_it(post, desk):
    for text in ("D", "De", "De m"):
        change_post(post=post, by=desk.editor, revision=None, text=text)
    assert [(each.revision, each.content["text"]) for each in PostVersion.objects.all()] == [(4, "De m")]

    submit(post=post, by=desk.editor)
    change_post(post=post, by=desk.editor, revision=None, text="De mo")
    change_post(post=post, by=desk.manager, revision=None, text="De mol")
    change_post(post=post, by=desk.editor, revision=None, text="De mole")
    assert [each.revision for each in PostVersion.objects.all()] == [7, 6, 5, 4]


def test_after_some_minutes_a_version_stays_as_it_is(post, desk):
    PostVersion.objects.update(at=timezone.now() - timedelta(minutes=11))

    change_post(post=post, by=desk.editor, revision=None, text="Later.")

    assert PostVersion.objects.count() == 2


def test_a_post_that_was_made_without_a_version_gets_one_of_how_it_was(post, desk):
    PostVersion.objects.all().delete()

    change_post(post=post, by=desk.editor, revision=None, text="Nu.")

    assert [each.content["text"] for each in PostVersion.objects.all()] == ["Nu.", "De Molenstraat is dicht."]


def test_own_words_on_one_channel_leave_the_other_approved(agreed, desk, team):
    second = ChannelFactory(teams=[team])
    set_channels(post=agreed, by=desk.editor, revision=None, channels=[*Channels(agreed), second])
    assert states(agreed) == ["scheduled", "draft"]
    own = {"has_own_link": False, "has_own_pictures": False, "revision": None}
    change_target(target=agreed.targets.last(), by=desk.approver, has_own_text=True, text="Kort.", **own)

    assert states(agreed) == ["scheduled", "draft"]
    first, last = targets_of(Post.objects.get())
    assert (content_of(first).text, content_of(last).text) == ("De Molenstraat is dicht.", "Kort.")
    # Who wrote there did not write here, so their approval here still holds.
    assert (first.edited_by, last.edited_by) == (desk.editor, desk.approver)


def Channels(post: Post) -> list:  # noqa: N802
    return [each.channel for each in post.targets.select_related("channel")]


def test_pictures_and_their_words_count(agreed, desk):
    item = make_picture(by=desk.editor)
    picture = add_picture(post=agreed, by=desk.editor, item=item)
    assert (states(agreed), picture.alt) == (["draft"], "Een lege straat met hekken.")
    submit(post=agreed, by=desk.editor)
    approve(post=agreed, by=desk.approver)

    assert add_picture(post=agreed, by=desk.editor, item=item) == picture
    describe_picture(picture=picture, by=desk.editor, alt="Een lege straat met hekken.")
    assert states(agreed) == ["scheduled"]

    describe_picture(picture=picture, by=desk.editor, alt="Hekken.")
    assert states(agreed) == ["draft"]
    submit(post=agreed, by=desk.editor)
    approve(post=agreed, by=desk.approver)
    remove_picture(picture=picture, by=desk.editor)
    assert states(agreed) == ["draft"]
    assert refused(remove_picture, picture=picture, by=desk.editor) == "picture_gone"


def test_another_order_is_another_post(agreed, desk):
    first, second = (add_picture(post=agreed, by=desk.editor, item=make_picture(by=desk.editor)) for _time in range(2))
    before = digest_of(content_of(targets_of(agreed)[0]))

    order_pictures(post=agreed, by=desk.editor, order=[second.pk, first.pk])

    assert digest_of(content_of(targets_of(Post.objects.get())[0])) != before
    with pytest.raises(PostConflict):
        order_pictures(post=agreed, by=desk.editor, order=[first.pk])


def test_own_pictures_begin_as_those_of_the_post(agreed, desk):
    add_picture(post=agreed, by=desk.editor, item=make_picture(by=desk.editor))
    submit(post=agreed, by=desk.editor)
    approve(post=agreed, by=desk.approver)
    words = {"has_own_text": False, "has_own_link": False, "revision": None}

    own = change_target(target=agreed.targets.get(), by=desk.editor, has_own_pictures=True, **words)
    assert (states(agreed), own.pictures.count()) == (["scheduled"], 1)
    extra = add_picture(post=agreed, by=desk.editor, item=make_picture(by=desk.editor), target=own)
    assert (states(agreed), extra.target, PostPicture.objects.count()) == (["draft"], own, 3)
    change_target(target=own, by=desk.editor, has_own_pictures=False, **words)
    assert PostPicture.objects.count() == 1


@pytest.mark.parametrize("state", ["publishing", "published", "failed", "unknown", "deleted"])
def test_what_started_keeps_saying_what_it_said(post, desk, team, state):
    change_post(post=post, by=desk.editor, revision=None, link="https://eikenrode.nl")
    picture = add_picture(post=post, by=desk.editor, item=make_picture(by=desk.editor))
    target = begun(post.targets.get(), state)
    said = digest_of(content_of(targets_of(post)[0]))
    set_channels(post=post, by=desk.editor, revision=None, channels=[ChannelFactory(teams=[team])])

    change_post(post=post, by=desk.editor, revision=None, text="Anders.", link="https://eikenrode.nl/anders")
    change_post(post=post, by=desk.editor, revision=None, has_utm=False)
    describe_picture(picture=picture, by=desk.editor, alt="Anders.")
    remove_picture(picture=picture, by=desk.editor)

    first, second = targets_of(Post.objects.get())
    assert digest_of(content_of(first)) == said
    assert (content_of(second).text, content_of(second).pictures) == ("Anders.\nhttps://eikenrode.nl/anders", ())
    own = {"has_own_text": True, "text": "x", "has_own_link": False, "has_own_pictures": False, "revision": None}
    assert refused(change_target, target=target, by=desk.editor, **own) == "started"
    set_channels(post=post, by=desk.editor, revision=None, channels=[])
    assert states(post) == [state]
    assert refused(move_post, post=post, by=desk.editor, to=timezone.now() + SOON) == "started"
    assert PostTarget.objects.get(pk=target.pk).state == state


def test_where_it_can_not_keep_what_it_said_the_change_is_refused(post, desk):
    change_post(post=post, by=desk.editor, revision=None, link="https://eikenrode.nl", has_utm=False)
    begun(post.targets.get(), "published")

    assert refused(change_post, post=post, by=desk.editor, revision=None, has_utm=True) == "started"
    assert Post.objects.get().has_utm is False


def test_moving_keeps_the_approval(agreed, desk):
    later = timezone.now() + timedelta(days=9)

    assert move_post(post=agreed, by=desk.editor, to=later).planned_at == later
    assert states(agreed) == ["scheduled"]
    move_post(post=agreed, by=desk.editor, to=None)
    assert states(agreed) == ["approved"]
    move_post(post=agreed, by=desk.editor, to=later)
    assert states(agreed) == ["scheduled"]
    PostTarget.objects.update(state="missed", reason_code="paused")
    move_post(post=agreed, by=desk.editor, to=later)
    assert (states(agreed), PostTarget.objects.get().reason_code) == (["scheduled"], "")
    assert AuditEvent.objects.filter(action="post.moved").count() == 5
    assert refused(move_post, post=agreed, by=desk.editor, to=timezone.now() - SOON) == "moment_past"


def test_where_it_started_elsewhere_the_others_get_a_moment_of_their_own(agreed, desk, team):
    set_channels(post=agreed, by=desk.editor, revision=None, channels=[*Channels(agreed), ChannelFactory(teams=[team])])
    submit(post=agreed, by=desk.editor)
    approve(post=agreed, by=desk.approver)
    begun(agreed.targets.first(), "published")
    planned, later = agreed.planned_at, timezone.now() + timedelta(days=9)

    move_post(post=agreed, by=desk.editor, to=later)

    first, second = targets_of(Post.objects.get())
    assert (first.moment, second.moment) == (planned, later)
    assert (first.state, second.state) == ("published", "scheduled")
    assert refused(move_post, post=agreed, by=desk.editor, to=None) == "started"


def test_an_approved_post_does_not_move_to_a_day_on_which_its_picture_may_not_be_shown(post, desk):
    until = timezone.localdate() + timedelta(days=5)
    add_picture(post=post, by=desk.editor, item=make_picture(by=desk.editor, expires_on=until))
    move_post(post=post, by=desk.editor, to=timezone.now() + SOON)
    submit(post=post, by=desk.editor)
    approve(post=post, by=desk.approver)

    assert refused(move_post, post=post, by=desk.editor, to=timezone.now() + timedelta(days=7)) == "expired"


def test_an_idea_has_no_moment_and_becomes_a_post(desk, channel):
    idea = create_post(by=desk.editor, kind="idea", title="Lente", text="Iets met bloemen.")
    assert refused(move_post, post=idea, by=desk.editor, to=timezone.now() + SOON) == "not_a_post"

    made = copy_post(post=idea, by=desk.manager, planned_at=timezone.now() + SOON)

    assert (made.kind, made.title, made.text, made.owner) == ("post", "Lente", "Iets met bloemen.", desk.manager)


def test_a_copy_says_the_same_and_is_approved_by_nobody(agreed, desk, channel):
    own = {"has_own_text": True, "text": "Kort.", "has_own_link": False, "has_own_pictures": True, "revision": None}
    add_picture(post=agreed, by=desk.editor, item=make_picture(by=desk.editor))
    change_target(target=agreed.targets.get(), by=desk.editor, **own)
    submit(post=agreed, by=desk.editor)
    approve(post=agreed, by=desk.approver)

    made = copy_post(post=agreed, by=desk.manager)

    old, new = (content_of(targets_of(each)[0]) for each in (agreed, made))
    assert old == new
    assert (states(made), made.owner, made.versions.count()) == (["draft"], desk.manager, 1)


def test_a_copy_leaves_out_closed_channels_and_those_one_does_not_see(post, desk, team):
    hidden = ChannelFactory(teams=[TeamFactory()])
    closed = ChannelFactory(teams=[team], closed_at=timezone.now())
    for channel in (hidden, closed):
        PostTarget.objects.create(post=post, channel=channel)

    assert copy_post(post=post, by=desk.editor).targets.get().channel_id == post.targets.first().channel_id


def test_only_channels_that_one_sees_and_that_are_open_can_be_chosen(post, desk, team):
    for channel in (ChannelFactory(teams=[TeamFactory()]), ChannelFactory(teams=[team], closed_at=timezone.now())):
        chosen = {"revision": None, "channels": [channel]}
        assert refused(set_channels, post=post, by=desk.editor, **chosen) == "channel"
        assert refused(create_post, by=desk.editor, channels=[channel]) == "channel"
    assert Post.objects.count() == 1


def test_who_does_not_see_every_channel_or_may_not_plan_changes_nothing(post, desk, agent):
    assert refused(change_post, post=post, by=agent, revision=None, text="x") == "forbidden"
    PostTarget.objects.create(post=post, channel=ChannelFactory(teams=[TeamFactory()]))
    for act, values in ((change_post, {"revision": None, "text": "x"}), (move_post, {"to": None}), (remove_post, {})):
        assert refused(act, post=post, by=desk.editor, **values) == "forbidden"


def test_a_channel_that_is_taken_away_takes_its_own_words_along(agreed, desk, team):
    second = ChannelFactory(teams=[team])
    set_channels(post=agreed, by=desk.editor, revision=None, channels=[*Channels(agreed), second])
    own = {"has_own_text": True, "text": "x", "has_own_link": False, "has_own_pictures": True, "revision": None}
    add_picture(post=agreed, by=desk.editor, item=make_picture(by=desk.editor))
    change_target(target=agreed.targets.get(channel=second), by=desk.editor, **own)

    set_channels(post=agreed, by=desk.editor, revision=None, channels=Channels(agreed)[:1])

    assert (PostTarget.objects.count(), PostPicture.objects.count()) == (1, 1)
    assert AuditEvent.objects.filter(action="post.channel_removed").count() == 1


def test_throwing_away_keeps_it_and_nothing_can_be_done_with_it(agreed, desk):
    remove_post(post=agreed, by=desk.editor)

    assert (states(agreed), Post.objects.get().removed_at is None) == (["cancelled"], False)
    assert refused(change_post, post=agreed, by=desk.editor, revision=None, text="x") == "removed"
    assert refused(remove_post, post=agreed, by=desk.editor) == "removed"
    assert not Notification.objects.unread().exists()


@pytest.mark.parametrize(("state", "code"), [("published", "went_out"), ("unknown", "went_out"), ("failed", "")])
def test_what_somebody_may_have_seen_is_not_thrown_away(post, desk, state, code):
    begun(post.targets.get(), state)

    assert refused(remove_post, post=post, by=desk.editor) == code
    assert states(post) == [state if code else TargetState.CANCELLED]
