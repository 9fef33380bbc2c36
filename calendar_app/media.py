"""The media library: pictures of ours come in here, and here stands what we may do with them.

What came is never kept as it came: only its pixels are, in a new file under a name of ours, whole or not at all.
"""

import datetime
import hashlib
import io
import unicodedata
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from accounts.audit import record
from accounts.models import User
from calendar_app.models import MediaItem, PostPicture
from channels.fetching import FetchError, read_pixels
from core.events import publish_on_commit
from inbox.media import store
from inbox.models import NotificationKind
from inbox.notifications import withdraw_about

logger = structlog.get_logger(__name__)

MAX_UPLOAD = 15_000_000  # bytes; the proxy lets 16 MB through
MAX_PIXELS = 25_000_000
MAX_PIXELS_JPEG = 60_000_000  # unpacked smaller, see `read_pixels`: a telephone makes 50 million
MAX_SIDE = 4096
MAX_STORED = 5_000_000  # bytes; what every platform takes
THUMBNAIL_SIDE = 480
LONGEST_NAME = 200
QUALITIES = (90, 84, 76)
DESCRIBED = ("name", "alt", "rights", "credit", "consent", "consent_note", "expires_on")


class MediaRefused(ValueError):
    """Nothing was kept. `code`: too_large, too_many_pixels, not_an_image, broken_image or disk; str() is for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    @property
    def status(self) -> int:
        """As HTTP says it."""
        return {"too_large": 413, "too_many_pixels": 413, "disk": 507}.get(self.code, 422)


def add_picture_file(*, upload: bytes, name: str, by: User, **described: Any) -> MediaItem:
    """Keep a picture. `upload` is the file as it came (JPEG, PNG, WebP or GIF, told by its bytes), `name` what its owner
    calls it, `described` any of DESCRIBED. The same picture again gives the item that is there, with `was_known` set.

    Raises MediaRefused; ValidationError when what is described can not be."""
    if len(upload) > MAX_UPLOAD:
        raise _refused("too_large")
    try:
        is_jpeg = upload.startswith(b"\xff\xd8\xff")
        pixels = read_pixels(upload, max_pixels=MAX_PIXELS_JPEG if is_jpeg else MAX_PIXELS, max_side=MAX_SIDE)
        is_photo = pixels.mode == "RGB" and (is_jpeg or upload[8:12] == b"WEBP")
        content, content_type, (width, height) = _encode(pixels, is_photo=is_photo)
    except FetchError as error:
        raise _refused(error.reason) from error
    digest = hashlib.sha256(content).hexdigest()
    if known := _known(digest):
        return known
    item = MediaItem(
        content_type=content_type, digest=digest, width=width, height=height, size=len(content), uploaded_by=by,
        **{"name": clean_name(name), **described},
    )  # fmt: skip
    item.full_clean(exclude=["file", "thumbnail"], validate_unique=False)
    item.file, item.thumbnail = _store(content, content_type, pixels)
    try:
        _create(item, by)
    except IntegrityError:  # the same picture from two people at once
        _forget(item.file, item.thumbnail)
        if known := _known(digest):
            return known
        raise
    except BaseException:
        _forget(item.file, item.thumbnail)
        raise
    return item


@transaction.atomic
def describe_item(*, item: MediaItem, by: User, **described: Any) -> MediaItem:
    """What it is called and what we may do with it. Raises ValidationError per field.

    What a post says when it is submitted has its alt texts with it: another one here ends no approval."""
    item = MediaItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    changed = [name for name in DESCRIBED if name in described and getattr(item, name) != described[name]]
    for name in changed:
        setattr(item, name, described[name])
    item.full_clean()
    if not changed:
        return item
    item.save(update_fields=changed)
    if "expires_on" in changed:  # another day is news again
        PostPicture.objects.filter(item=item).update(told_at=None)
        withdraw_about(path=reverse("media_item", args=[item.pk]), kinds=[NotificationKind.EXPIRING])
    record("media.described", item, by=by, fields=changed)
    publish_on_commit("calendar", "calendar", "media")
    return item


@transaction.atomic
def archive_item(*, item: MediaItem, by: User) -> MediaItem:
    """No post takes it any more, and none goes out with it; what was published stays."""
    return _set_archived(item, timezone.now(), "media.archived", by)


@transaction.atomic
def restore_item(*, item: MediaItem, by: User) -> MediaItem:
    return _set_archived(item, None, "media.restored", by)


def clean_name(name: str) -> str:
    """What somebody's file is called, as words: without folders, extension, and what can not be seen."""
    # Not seen, and able to turn around what is: control characters, directions, what no database holds.
    seen = "".join(char for char in name if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    last = seen.replace("\\", "/").rsplit("/", 1)[-1].strip(" .")
    stem = last.rsplit(".", 1)[0]
    return " ".join(stem.replace("_", " ").split())[:LONGEST_NAME] or _("Foto")


def _encode(pixels: Image.Image, *, is_photo: bool) -> tuple[bytes, str, tuple[int, int]]:
    """(file, type, size): JPEG for photos, PNG for drawings and what is seen through; at most MAX_STORED."""
    image, kinds = pixels, ["JPEG"] if is_photo else ["PNG"] if pixels.mode == "RGBA" else ["PNG", "JPEG"]
    while True:
        for kind in kinds:
            for quality in QUALITIES if kind == "JPEG" else QUALITIES[:1]:
                content = _write(image, kind, quality)
                if len(content) <= MAX_STORED:
                    return content, f"image/{kind.lower()}", image.size
        image = image.resize((max(image.width * 3 // 4, 1), max(image.height * 3 // 4, 1)), Image.Resampling.LANCZOS)


def _write(image: Image.Image, kind: str, quality: int) -> bytes:
    target = io.BytesIO()
    options: dict[str, Any] = {"quality": quality, "optimize": True} if kind == "JPEG" else {}
    image.save(target, format=kind, **options)
    return target.getvalue()


def _store(content: bytes, content_type: str, pixels: Image.Image) -> tuple[str, str]:
    """The paths of the picture and its thumbnail: both, or neither."""
    small = pixels.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    thumbnail = _write(small, "WEBP", QUALITIES[1])
    file = ""
    try:
        file = store(content, "jpg" if content_type == "image/jpeg" else "png")
        return file, store(thumbnail, "webp")
    except OSError as error:
        _forget(file)
        logger.warning("media.not_stored", error=str(error))
        raise _refused("disk") from error


def _forget(*files: str) -> None:
    for file in filter(None, files):
        (Path(settings.MEDIA_ROOT) / file).unlink(missing_ok=True)


@transaction.atomic
def _create(item: MediaItem, by: User) -> None:
    item.save()
    record("media.added", item, by=by, digest=item.digest)
    publish_on_commit("calendar", "media")


def _known(digest: str) -> MediaItem | None:
    item = MediaItem.objects.filter(digest=digest).first()
    if item is not None:
        item.was_known = True
    return item


def _set_archived(item: MediaItem, at: datetime.datetime | None, action: str, by: User) -> MediaItem:
    item = MediaItem.objects.select_for_update(no_key=True).get(pk=item.pk)
    if bool(item.archived_at) != bool(at):
        item.archived_at = at
        item.save(update_fields=["archived_at"])
        record(action, item, by=by)
        publish_on_commit("calendar", "calendar", "media")
    return item


def _refused(code: str) -> MediaRefused:
    words = {
        "too_large": _("Dit bestand is te groot: hoogstens 15 MB."),
        "too_many_pixels": _("Deze foto heeft te veel beeldpunten. Maak hem kleiner."),
        "not_an_image": _("Dit is geen foto die we kunnen gebruiken. Kies een JPEG, PNG, WebP of GIF."),
        "broken_image": _("Deze foto is beschadigd of niet heel. Kies een ander bestand."),
        "disk": _("De foto kon niet worden bewaard: de server heeft geen ruimte. Waarschuw uw beheerder."),
    }
    return MediaRefused(code, words[code])
