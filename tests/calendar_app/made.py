"""Things on the calendar for tests: small, valid, and different each time."""

import hashlib
import itertools
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from calendar_app.content import content_of, digest_of, targets_of
from calendar_app.models import (
    CalendarEvent,
    Campaign,
    FeedToken,
    MediaItem,
    Post,
    PostPicture,
    PostTarget,
    PublishedPost,
    Subscription,
    TargetState,
)
from channels.models import Channel

SECRET = "geheim"  # of the iCal address of `planned`
_numbers = itertools.count(1)


@dataclass
class Planned:
    """One of everything on the calendar."""

    post: Post
    target: PostTarget
    picture: MediaItem
    event: CalendarEvent
    followed: Subscription
    campaign: Campaign
    published: PublishedPost


def make_post(*channels: Channel, owner: User, text: str = "De Molenstraat is maandag dicht.", **more: Any) -> Post:
    """A draft of `owner` with a target on each channel."""
    post = Post.objects.create(owner=owner, edited_by=owner, text=text, **more)
    for channel in channels:
        PostTarget.objects.create(post=post, channel=channel)
    return post


def make_picture(*, by: User, **more: Any) -> MediaItem:
    number = next(_numbers)
    values: dict[str, Any] = {
        "file": f"aa/{number}.jpg", "thumbnail": f"aa/{number}.webp", "content_type": "image/jpeg", "digest": f"{number:064x}",
        "width": 1200, "height": 800, "size": 120_000, "name": f"Molenstraat {number}", "alt": "Een lege straat met hekken.",
        "rights": "own", **more,
    }  # fmt: skip
    return MediaItem.objects.create(uploaded_by=by, **values)


def show(post: Post, item: MediaItem, *, target: PostTarget | None = None, alt: str = "") -> PostPicture:
    return PostPicture.objects.create(post=post, item=item, target=target, alt=alt, position=post.pictures.count())


def schedule(post: Post, *, approver: User, at: datetime | None = None) -> Post:
    """As if `approver` had approved what it says now, for `at` (now, when not told)."""
    now = timezone.now()
    Post.objects.filter(pk=post.pk).update(planned_at=at or now)
    post.refresh_from_db()
    for target in targets_of(post):
        PostTarget.objects.filter(pk=target.pk).update(
            state=TargetState.SCHEDULED,
            submitted_by=post.owner,
            submitted_at=now,
            approved_by=approver,
            approved_at=now,
            approved_digest=digest_of(content_of(target)),
        )
    return post


def planned(channel: Channel, *, owner: User) -> Planned:
    post = make_post(channel, owner=owner)
    picture = make_picture(by=owner)
    show(post, picture)
    on = timezone.localdate()
    event = CalendarEvent.objects.create(title="Markt", starts_on=on, ends_on=on, created_by=owner)
    followed = Subscription.objects.create(name="Theater", url="https://theater.example/a.ics", created_by=owner)
    # Read within this hour: reading it again notes nothing.
    digest, now = hashlib.sha256(SECRET.encode()).hexdigest(), timezone.now()
    FeedToken.objects.create(user=owner, digest=digest, created_at=now, used_at=now)
    campaign = Campaign.objects.create(name="Winterklaar", code="winterklaar")
    return Planned(
        post=post,
        target=post.targets.get(),
        picture=picture,
        event=event,
        followed=followed,
        campaign=campaign,
        published=make_published(channel, target=None),
    )


def make_published(channel: Channel, *, target: PostTarget | None, **more: Any) -> PublishedPost:
    """A post that stands on the page of `channel`; without a target it was made outside Balie."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "external_id": f"published-{number}", "root_id": f"root-{number}", "text": f"Markt op het plein {number}",
        "permalink": f"https://www.facebook.com/{number}", "posted_at": timezone.now() - timedelta(hours=1), **more,
    }  # fmt: skip
    return PublishedPost.objects.create(channel=channel, target=target, **values)
