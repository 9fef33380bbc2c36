"""What is planned, what was approved, and what went out."""

from calendar_app.models.campaigns import Campaign, Series
from calendar_app.models.events import CalendarEvent, EventKind, FeedToken, Subscription
from calendar_app.models.media import Consent, MediaItem, Rights
from calendar_app.models.posts import (
    Post,
    PostComment,
    PostKind,
    PostPart,
    PostPicture,
    PostTarget,
    PostVersion,
    TargetState,
)
from calendar_app.models.published import Measurement, PageReading, PublishedPost
from calendar_app.models.publishing import Pause, PublishingSwitch

__all__ = [
    "CalendarEvent",
    "Campaign",
    "Consent",
    "EventKind",
    "FeedToken",
    "Measurement",
    "MediaItem",
    "PageReading",
    "Pause",
    "Post",
    "PostComment",
    "PostKind",
    "PostPart",
    "PostPicture",
    "PostTarget",
    "PostVersion",
    "PublishedPost",
    "PublishingSwitch",
    "Rights",
    "Series",
    "Subscription",
    "TargetState",
]
