"""What a delivery says, as connectors take it: everything they need, so that sending asks nothing of the database."""

import hashlib
from pathlib import Path

from django.conf import settings

from channels.messages import OutboundMessage, OutboundPost, Picture, SendMode
from channels.models import Delivery


def outbound(delivery: Delivery) -> OutboundMessage:
    return OutboundMessage(
        key=str(delivery.key),
        mode=SendMode(delivery.mode),
        text=delivery.text,
        thread_id=delivery.thread_id,
        in_reply_to=delivery.in_reply_to,
        root_id=delivery.root_id,
        recipient_id=delivery.recipient_id,
        last_inbound_at=delivery.last_inbound_at,
    )


class PictureChanged(OSError):
    """The file is not the one that was meant."""


def outbound_post(delivery: Delivery) -> OutboundPost:
    """Raises OSError when a picture is not there (any more), or is another one."""
    return OutboundPost(
        key=str(delivery.key),
        text=delivery.text,
        link=delivery.link,
        pictures=tuple(
            Picture(
                content=_read(picture),
                content_type=picture["content_type"],
                name=picture.get("name", ""),
                alt=picture.get("alt", ""),
            )
            for picture in delivery.pictures
        ),
        in_reply_to=delivery.in_reply_to,
    )


def _read(picture: dict[str, str]) -> bytes:
    content = (Path(settings.MEDIA_ROOT) / picture["file"]).read_bytes()
    if picture.get("digest", "") not in ("", hashlib.sha256(content).hexdigest()):
        raise PictureChanged(f"The file {picture['file']} was changed.")
    return content
