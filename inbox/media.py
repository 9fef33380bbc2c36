"""Pictures of strangers: fetched through the guard, re-encoded, stored under a name of ours. Nothing else is ever shown."""

import os
import secrets
import tempfile
from pathlib import Path

import structlog
from django.conf import settings
from django.db import models

from channels.fetching import FetchError, fetch_media, reencode_image
from core.events import publish_on_commit
from inbox.models import Attachment, ContactIdentity, Conversation, MediaState, RootPost

logger = structlog.get_logger(__name__)

AVATAR_SIDE = 96
PICTURE_SIDE = 1600
MAX_PIXELS = 40_000_000
PER_RUN = 60
MAX_ATTEMPTS = 3


def fetch_pending() -> int:
    """Fetch what waits: newest first, a bounded number. Returns how many pictures were stored."""
    stored = 0
    channels: set[int] = set()
    people: list[int] = []
    for attachment in (
        Attachment.objects.filter(state=MediaState.PENDING).select_related("message").order_by("-pk")[:PER_RUN]
    ):
        stored += _fetch_attachment(attachment)
    for root in RootPost.objects.filter(picture_state=MediaState.PENDING).order_by("-pk")[:PER_RUN]:
        name, state, _size, _reason = _fetch(root.picture_url, PICTURE_SIDE)
        RootPost.objects.filter(pk=root.pk).update(picture=name, picture_state=state)
        channels.add(root.channel_id)
        stored += bool(name)
    for identity in ContactIdentity.objects.filter(avatar_state=MediaState.PENDING).order_by("-pk")[:PER_RUN]:
        name, state, _size, _reason = _fetch(identity.avatar_url, AVATAR_SIDE)
        ContactIdentity.objects.filter(pk=identity.pk).update(avatar=name, avatar_state=state)
        people.append(identity.pk)
        stored += bool(name)
    if people:
        channels.update(Conversation.objects.filter(identity__in=people).values_list("channel", flat=True).distinct())
    if channels:
        publish_on_commit([f"channel-{pk}" for pk in channels], "list")
    return stored


def _fetch_attachment(attachment: Attachment) -> int:
    name, state, size, reason = _fetch(attachment.url, PICTURE_SIDE, is_last=attachment.attempts + 1 >= MAX_ATTEMPTS)
    Attachment.objects.filter(pk=attachment.pk).update(
        file=name,
        state=state,
        reason=reason[:120],
        width=size[0] or None,
        height=size[1] or None,
        attempts=models.F("attempts") + 1,
    )
    message = attachment.message
    publish_on_commit(f"channel-{message.channel_id}", f"conversation-{message.conversation_id}")
    return int(bool(name))


def _fetch(url: str, side: int, *, is_last: bool = True) -> tuple[str, str, tuple[int, int], str]:
    """(name, state, (width, height), reason). A picture that can not be had is refused: a placeholder stands there."""
    try:
        fetched = fetch_media(url, max_bytes=settings.MEDIA_MAX_BYTES, allowed_private=settings.MEDIA_PRIVATE_HOSTS)
        image = reencode_image(fetched.content, max_pixels=MAX_PIXELS, max_side=side)
        name = store(image.content, "webp")
    except FetchError as error:
        logger.info("media.refused", reason=error.reason)
        return (
            "",
            MediaState.PENDING if error.is_temporary and not is_last else MediaState.REFUSED,
            (0, 0),
            error.reason,
        )
    return name, MediaState.STORED, (image.width, image.height), ""


def store(content: bytes, extension: str) -> str:
    """Write whole or not at all (temporary file, then rename). Returns the path below MEDIA_ROOT, unguessable."""
    name = secrets.token_hex(16)
    relative = f"{name[:2]}/{name}.{extension}"
    target = Path(settings.MEDIA_ROOT) / relative
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(temporary, target)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return relative
