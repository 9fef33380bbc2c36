"""Whatever people do to a post, in any order: nothing is agreed that says something else, or that its author approved."""

from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent, Role
from calendar_app.approval import add_comment, approval_problem, approve, ask_change, cancel, submit, withdraw, wrote
from calendar_app.composing import (
    PostRefused,
    add_picture,
    change_post,
    change_target,
    create_post,
    describe_picture,
    move_post,
    remove_picture,
    set_channels,
)
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.models import Campaign, MediaItem, Post, PostPicture, PostTarget, PostVersion
from channels.registry import CONNECTORS
from tests.calendar_app.made import make_picture
from tests.calendar_app.rules import Publisher, begun
from tests.factories import ChannelFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
WHO = st.integers(0, 3)
TEXTS = st.sampled_from(["Dicht.", "Open.", "Een\n---\nTwee", "Zie https://a.nl/x", "", "x" * 300])
LINKS = st.sampled_from(["", "https://a.nl/x", "https://a.nl/x?utm_source=b"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), WHO, st.fixed_dictionaries({}, optional={"text": TEXTS, "link": LINKS, "has_utm": st.booleans()})),
        st.tuples(st.just("campaign"), WHO, st.integers(0, 2)),
        st.tuples(st.just("own"), WHO, st.tuples(st.integers(0, 1), st.booleans(), TEXTS, st.booleans(), LINKS, st.booleans())),
        st.tuples(st.just("channels"), WHO, st.integers(0, 3)),
        st.tuples(st.just("picture"), WHO, st.integers(0, 1)),
        st.tuples(st.just("describe"), WHO, st.sampled_from(["", "Een straat.", "Een lege straat."])),
        st.tuples(st.just("unpicture"), WHO, st.just(None)),
        st.tuples(st.just("move"), WHO, st.sampled_from([None, 1, 2])),
        st.tuples(st.sampled_from(["submit", "withdraw", "approve", "ask", "comment"]), WHO, st.just(None)),
        st.tuples(st.just("agree"), WHO, st.sampled_from([None, 3])),
        st.tuples(st.just("agree"), WHO, st.sampled_from([None, 3])),
        st.tuples(st.just("start"), WHO, st.integers(0, 1)),
        st.tuples(st.sampled_from(["cancel", "start", "start"]), WHO, st.integers(0, 1)),
    ),
    min_size=6,
    max_size=18,
)  # fmt: skip
_numbers = count()


class Town:
    """Two channels, two editors and two approvers, and a post that one of them began."""

    def __init__(self) -> None:
        team = TeamFactory(name=f"Team {next(_numbers)} van de reeks")
        self.channels = [ChannelFactory(teams=[team]) for _number in range(2)]
        self.people = [
            UserFactory(teams=[team], teams__role=role)
            for role in (Role.EDITOR, Role.MANAGER, Role.APPROVER, Role.ADMINISTRATOR)
        ]
        self.items = [make_picture(by=self.people[0]) for _number in range(2)]
        self.campaigns = [
            None,
            *(Campaign.objects.create(name=f"C{next(_numbers)}", code=f"c{next(_numbers)}") for _n in "ab"),
        ]
        self.post = create_post(by=self.people[0], text="Begin.", channels=self.channels[:1])
        self.held: dict[int, str] = {}

    def target(self, number: int) -> PostTarget | None:
        targets = list(self.post.targets.order_by("pk"))
        return targets[number % len(targets)] if targets else None

    def do(self, act: str, who: int, what) -> None:
        by, post = self.people[who], Post.objects.get(pk=self.post.pk)
        target = self.target(what) if act in ("cancel", "start") else None
        picture = PostPicture.objects.filter(post=post).first()
        if act == "change":
            change_post(post=post, by=by, revision=None, **what)
        elif act == "campaign":
            change_post(post=post, by=by, revision=None, campaign=self.campaigns[what])
        elif act == "own" and (own := self.target(what[0])):
            names = ("has_own_text", "text", "has_own_link", "link", "has_own_pictures")
            change_target(target=own, by=by, revision=None, **dict(zip(names, what[1:], strict=True)))
        elif act == "channels":
            chosen = [each for number, each in enumerate(self.channels) if what & 1 << number]
            set_channels(post=post, by=by, revision=None, channels=chosen)
        elif act == "picture":
            add_picture(post=post, by=by, item=self.items[what])
        elif act == "describe" and picture:
            describe_picture(picture=picture, by=by, alt=what)
        elif act == "unpicture" and picture:
            remove_picture(picture=picture, by=by)
        elif act == "move":
            move_post(post=post, by=by, to=what and timezone.now() + timedelta(days=what))
        elif act == "agree":  # the straight way there
            change_post(post=post, by=self.people[0], revision=None, text=f"Afgesproken {next(_numbers)}.", link="")
            move_post(post=post, by=self.people[0], to=what and timezone.now() + timedelta(days=what))
            submit(post=post, by=self.people[0])
            approve(post=post, by=by)
        elif act == "submit":
            submit(post=post, by=by)
        elif act == "withdraw":
            withdraw(post=post, by=by)
        elif act == "approve":
            approve(post=post, by=by)
        elif act == "ask":
            ask_change(post=post, by=by, text="Anders.")
        elif act == "comment":
            add_comment(post=post, by=by, text="Goed.")
        elif act == "cancel" and target:
            cancel(target=target, by=by)
        elif act == "start" and target and target.state == "scheduled":
            self.held[target.pk] = target.approved_digest
            begun(target, "published")

    def check(self) -> None:
        post = Post.objects.get(pk=self.post.pk)
        for each in targets_of(post):
            digest = digest_of(content_of(each))
            if each.pk in self.held:
                assert digest == self.held[each.pk], "what was published says something else now"
            elif each.state in ("approved", "scheduled", "missed"):
                assert each.approved_digest == digest
                assert not wrote(each, each.approved_by)
                assert each.approved_by.has_role(Role.APPROVER, Role.MANAGER, Role.ADMINISTRATOR)
                assert approval_problem(each) == ""
                assert (each.state == "scheduled") == (each.moment is not None)
            else:
                assert (each.approved_by, each.approved_at, each.approved_digest) == (None, None, "")
        newest = PostVersion.objects.filter(post=post).order_by("-revision").first()
        assert newest.revision == post.revision
        assert newest.content["text"] == post.text


@given(steps=STEPS)
@settings(
    deadline=None,
    max_examples=40,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nothing_is_agreed_that_says_something_else_or_that_its_author_approved(steps):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(CONNECTORS, "facebook", Publisher)
        town = Town()
        for act, who, what in steps:
            with suppress(PostRefused):
                town.do(act, who, what)
            town.check()

    assert MediaItem.objects.count() >= 2
    assert AuditEvent.objects.exists()
