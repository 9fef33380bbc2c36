"""A calendar to look at on first run: what was posted, what is planned in every state that somebody can bring about, and why.

Nothing here pretends: what is shown as published is read from the platforms and stands there, and all that is planned went
through the same steps as the work of people (written, submitted, approved by somebody else).
"""

from datetime import datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from calendar_app.approval import approve, ask_change, cancel, submit
from calendar_app.campaigns import add_campaign
from calendar_app.composing import add_picture, create_post
from calendar_app.content import content_of, digest_of, snapshot_of, targets_of
from calendar_app.demo_pictures import PICTURES, drawn
from calendar_app.demo_texts import CAMPAIGNS, EVENTS, IDEAS, LOOSE, POSTS, SOON, TEMPLATES, Planned
from calendar_app.events import add_event
from calendar_app.media import add_picture_file
from calendar_app.models import Campaign, MediaItem, Post, PostKind, PostTarget, PublishedPost, TargetState
from calendar_app.moments import moment_of
from channels.errors import ConnectorError
from channels.messages import OwnPost
from channels.models import Channel
from channels.registry import connector_for
from inbox.models import Notification, NotificationKind

LAST_MONTH = timedelta(days=31)
MOST_ADOPTED = 8  # per channel: what else stands there was made elsewhere, and is shown so


class Command(BaseCommand):
    help = "Fill an empty calendar with demo posts, campaigns, ideas, events and pictures. Safe to run again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--nothing-soon", action="store_true", help="no posts that go out within minutes")

    def handle(self, *args: Any, **options: Any) -> None:
        if Post.objects.exists() or Campaign.objects.exists():
            self.stdout.write("There is something on the calendar already: nothing was added.")
            return
        self.editor = User.objects.get(username="editor")
        self.approver = User.objects.get(username="approver")
        self.channels = {each.platform: each for each in Channel.objects.open().order_by("-pk")}
        self.today = timezone.localdate()
        standing = {channel.pk: self.listed(channel) for channel in self.channels.values()}
        # All or nothing: a run that was cut short is done again from the start.
        with transaction.atomic():
            self.pictures = {word: self.picture(word) for word in PICTURES}
            self.campaigns = {
                name: add_campaign(
                    by=self.editor, name=name, description=what, hue=hue,
                    starts_on=self.today + timedelta(days=first), ends_on=self.today + timedelta(days=last),
                )
                for name, what, hue, first, last in CAMPAIGNS
            }  # fmt: skip
            adopted = sum(self.adopt(channel, standing[channel.pk]) for channel in self.channels.values())
            for each in POSTS:
                self.plan(each)
            for text in IDEAS:
                create_post(by=self.editor, kind=PostKind.IDEA, text=text)
            for title, text, platforms in TEMPLATES:
                create_post(by=self.editor, kind=PostKind.TEMPLATE, title=title, text=text, channels=self.on(platforms))
            for text, platforms, campaign in LOOSE:
                create_post(
                    by=self.editor, text=text, channels=self.on(platforms), campaign=self.campaigns.get(campaign)
                )
            for event in EVENTS:
                self.event(*event)
            if not options["nothing_soon"]:
                now = timezone.now().replace(second=0, microsecond=0)
                for minutes, text, platforms in SOON:
                    self.write(text, platforms, now + timedelta(minutes=minutes), end="scheduled")
            # What was approved before anybody looked is no news.
            Notification.objects.filter(kind=NotificationKind.APPROVED, user=self.editor).update(read_at=timezone.now())
        self.stdout.write(f"{Post.objects.count()} posts, {adopted} of them stand on the platforms")

    def on(self, platforms: tuple[str, ...]) -> list[Channel]:
        return [self.channels[each] for each in platforms if each in self.channels]

    def picture(self, word: str) -> MediaItem:
        name, alt, _draw = PICTURES[word]
        return add_picture_file(
            upload=drawn(word),
            name=name,
            by=self.editor,
            alt=alt,
            rights="own",
            credit="Gemeente Eikenrode",
            consent="not_needed",
        )

    def plan(self, planned: Planned) -> None:
        hour, minute = planned.at.split(":")
        on = self.today + timedelta(days=planned.day)
        at = moment_of(on, datetime(2000, 1, 1, int(hour), int(minute)).time()).at  # noqa: DTZ001  a time of day
        campaign = self.campaigns.get(planned.campaign)
        self.write(planned.text, planned.channels, at, planned.end, planned.link, campaign, planned.picture)

    def write(
        self, text: str, platforms: tuple[str, ...], at: datetime, end: str, link: str = "",
        campaign: Campaign | None = None, picture: str = "",
    ) -> None:  # fmt: skip
        channels = self.on(platforms)
        post = create_post(by=self.editor, text=text, link=link, planned_at=at, channels=channels, campaign=campaign)
        if picture:
            add_picture(post=post, by=self.editor, item=self.pictures[picture])
        if end == "draft" or not channels:
            return
        submit(post=post, by=self.editor)
        if end == "changes":
            ask_change(post=post, by=self.approver, text="Kan dit korter? En zet erbij tot wanneer het geldt.")
        elif end != "review":
            approve(post=post, by=self.approver)
        if end == "partly":
            cancel(target=PostTarget.objects.filter(post=post).latest("pk"), by=self.editor)

    def event(self, kind: str, title: str, first: int, last: int, start: str, end: str) -> None:
        days = {"starts_on": self.today + timedelta(days=first), "ends_on": self.today + timedelta(days=last)}
        more: dict[str, Any] = {}
        if start:
            for name, on, at in (("starts_at", days["starts_on"], start), ("ends_at", days["ends_on"], end)):
                hour, minute = at.split(":")
                more[name] = moment_of(on, datetime(2000, 1, 1, int(hour), int(minute)).time()).at  # noqa: DTZ001
        add_event(by=self.editor, kind=kind, title=title, **days, **more)

    # -- what stands on the platforms --

    def listed(self, channel: Channel) -> list[OwnPost]:
        """Before the transaction: a platform takes its time. Nothing when it does not answer."""
        try:
            found = connector_for(channel).list_posts(since=timezone.now() - LAST_MONTH)
        except (ConnectorError, NotImplementedError) as error:
            self.stderr.write(f"{channel}: its posts could not be read ({error.__class__.__name__}).")
            return []
        return [each for each in found if each.posted_at and each.text.strip()][:MOST_ADOPTED]

    def adopt(self, channel: Channel, listed: list[OwnPost]) -> int:
        """Posts that are there become posts of ours, as if they had been written here: with an approval, and the moment and the
        id that the platform tells."""
        for own in listed:
            assert own.posted_at is not None
            written_at = own.posted_at - timedelta(days=1)
            post = Post.objects.create(
                owner=self.editor, edited_by=self.editor, text=own.text, has_utm=False, planned_at=own.posted_at
            )
            PostTarget.objects.create(post=post, channel=channel)
            target = targets_of(post)[0]
            content = content_of(target)
            PostTarget.objects.filter(pk=target.pk).update(
                state=TargetState.PUBLISHED, submitted_by=self.editor, submitted_at=written_at, approved_by=self.approver,
                approved_at=written_at, approved_digest=digest_of(content), snapshot=snapshot_of(content),
                started_at=own.posted_at, published_at=own.posted_at,
            )  # fmt: skip
            PublishedPost.objects.update_or_create(
                channel=channel,
                external_id=own.external_id,
                defaults={
                    "root_id": own.root_id or own.external_id, "target": target, "text": own.text,
                    "permalink": own.permalink, "posted_at": own.posted_at,
                },
            )  # fmt: skip
        return len(listed)
