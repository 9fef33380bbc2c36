"""The demo's calendar: believable, made by the rules, once, and nothing that pretends."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Role, Team
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.demo_pictures import PICTURES
from calendar_app.demo_texts import ALL, POSTS, SOON
from calendar_app.models import Campaign, MediaItem, Post, PostTarget, PublishedPost
from channels import errors
from channels.messages import OwnPost
from channels.models import Channel
from tests.factories import ChannelFactory, UserFactory
from tests.scripted import ScriptedConnector


@pytest.fixture
def channels(team: Team, settings: Settings, tmp_path: object, scripted: type[ScriptedConnector]) -> dict[str, Channel]:
    settings.MEDIA_ROOT = tmp_path
    UserFactory(username="editor", teams=[team], teams__role=Role.EDITOR)
    UserFactory(username="approver", teams=[team], teams__role=Role.APPROVER)
    return {platform: ChannelFactory(platform=platform, teams=[team]) for platform in ALL}


def own_posts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facebook tells two posts; the other two do not answer."""
    at = timezone.now() - timedelta(days=3)

    def listed(platform: str) -> list[OwnPost]:
        if platform != "facebook":
            raise errors.TransientError("away")
        return [
            OwnPost(external_id=f"9_{n}", root_id=f"9_{n}", text=f"Echt bericht {n}", posted_at=at) for n in range(2)
        ]

    class Reads:
        def __init__(self, platform: str) -> None:
            self.platform = platform

        def list_posts(self, *, since: object) -> list[OwnPost]:
            return listed(self.platform)

    monkeypatch.setattr(
        "calendar_app.management.commands.demo_calendar.connector_for", lambda channel: Reads(channel.platform)
    )


def test_it_is_made_by_the_rules_and_only_once(channels: dict[str, Channel], monkeypatch: pytest.MonkeyPatch) -> None:
    own_posts(monkeypatch)
    call_command("demo_calendar")
    posts, targets = Post.objects.count(), PostTarget.objects.count()

    # What is published stands on a platform, by the id that the platform gave; nothing else is called so.
    published = PostTarget.objects.filter(state="published")
    assert published.count() == PublishedPost.objects.count() == 2
    assert set(published.values_list("published__external_id", flat=True)) == {"9_0", "9_1"}
    # What is approved was approved by somebody else, as it stands.
    for post in Post.objects.filter(targets__state__in=["scheduled", "published"]).distinct():
        for target in targets_of(post):
            if target.approved_by is not None:
                assert target.approved_by != post.owner
                assert target.approved_digest == digest_of(content_of(target))
    # Two go out while somebody looks, the rest not before tomorrow.
    soon = Post.objects.filter(planned_at__gt=timezone.now(), planned_at__lt=timezone.now() + timedelta(hours=7))
    assert soon.count() == len(SOON)
    for state in ("draft", "in_review", "changes_asked", "cancelled"):
        assert PostTarget.objects.filter(state=state).exists(), state
    assert MediaItem.objects.exclude(alt="").count() == len(PICTURES)

    call_command("demo_calendar")
    assert (Post.objects.count(), PostTarget.objects.count()) == (posts, targets)


def test_without_something_soon_nothing_goes_out_by_itself_today(
    channels: dict[str, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    own_posts(monkeypatch)
    call_command("demo_calendar", "--nothing-soon")
    tomorrow = timezone.now() + timedelta(hours=1)
    assert not PostTarget.objects.filter(state="scheduled", post__planned_at__lt=tomorrow).exists()


def test_a_run_that_fails_leaves_nothing_behind(channels: dict[str, Channel], monkeypatch: pytest.MonkeyPatch) -> None:
    own_posts(monkeypatch)
    monkeypatch.setattr("calendar_app.management.commands.demo_calendar.add_event", lambda **more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        call_command("demo_calendar")
    assert not Post.objects.exists()
    assert not Campaign.objects.exists()
    monkeypatch.undo()


def test_what_is_written_fits_on_every_channel() -> None:
    for each in POSTS:
        assert len(each.text) + (25 if each.link else 0) <= 280, each.text
        assert 1 <= each.day <= 36
