"""The media library: what comes in is told by its bytes and made anew, whole or not at all; what we may do with it is kept."""

import datetime
import errno
import hashlib
import resource
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from PIL import Image

from accounts.models import AuditEvent, User
from calendar_app import media
from calendar_app.media import (
    MAX_SIDE,
    MAX_STORED,
    MediaRefused,
    add_picture_file,
    archive_item,
    clean_name,
    describe_item,
    restore_item,
)
from calendar_app.models import MediaItem
from tests.calendar_app.made import make_picture
from tests.calendar_app.pictures import NO_PICTURES, bomb, encode, noise, photo, telling_photo, telling_png

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def content(root: Path, item: MediaItem) -> bytes:
    return (root / item.file).read_bytes()


# -- what comes in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "stored"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/jpeg"), ("GIF", "image/png")]
)
def test_a_picture_is_kept_as_what_every_platform_takes(agent: User, root: Path, kind: str, stored: str) -> None:
    item = add_picture_file(upload=photo(kind=kind), name="Molenstraat_1.jpg", by=agent)

    item.refresh_from_db()
    assert (item.content_type, item.width, item.height, item.name) == (stored, 60, 40, "Molenstraat 1")
    assert item.digest == hashlib.sha256(content(root, item)).hexdigest()
    assert item.size == len(content(root, item))
    assert Image.open(root / item.file).format == stored.removeprefix("image/").upper()
    assert Image.open(root / item.thumbnail).format == "WEBP"
    assert (item.rights, item.uploaded_by) == ("unknown", agent)
    assert item.obstacle(datetime.date(2026, 1, 1)) == "rights"
    assert len(files(root)) == 2
    assert AuditEvent.objects.get(action="media.added").object_id == str(item.pk)


def test_of_a_photo_that_tells_much_only_the_pixels_stay_and_they_stand_upright(agent: User, root: Path) -> None:
    source = telling_photo()
    assert source.count(b"SECRET") > 3

    item = add_picture_file(upload=source, name="IMG.jpg", by=agent)

    assert (item.width, item.height) == (40, 60)
    for file in files(root):
        for mark in (b"SECRET", b"<script", b"Exif", b"ICC_PROFILE", b"PK\x03\x04"):
            assert mark not in file.read_bytes()
        assert not Image.open(file).getexif()


def test_what_is_seen_through_stays_so_and_loses_its_words(agent: User, root: Path) -> None:
    item = add_picture_file(upload=telling_png(), name="logo.png", by=agent)

    shown = Image.open(root / item.file)
    assert (item.content_type, shown.mode) == ("image/png", "RGBA")
    assert shown.convert("RGBA").getpixel((3, 3)) == (0, 90, 0, 120)
    assert all(b"SECRET" not in file.read_bytes() for file in files(root))


def test_of_an_animation_the_first_frame_is_kept_and_its_script_is_not(agent: User, root: Path) -> None:
    frames = [Image.new("RGB", (12, 12), colour) for colour in ("red", "blue")]
    source = encode(frames[0], "GIF", save_all=True, append_images=frames[1:], comment=b"*/=1;alert(1)/*")

    item = add_picture_file(upload=source, name="a.gif", by=agent)

    kept = Image.open(root / item.file)
    assert getattr(kept, "n_frames", 1) == 1
    assert kept.convert("RGB").getpixel((5, 5)) == (255, 0, 0)
    assert b"alert" not in content(root, item)


@pytest.mark.parametrize("what", NO_PICTURES)
def test_what_is_no_picture_is_refused_in_words_whatever_it_is_called(agent: User, root: Path, what: str) -> None:
    with pytest.raises(MediaRefused) as refused:
        add_picture_file(upload=NO_PICTURES[what], name="foto.jpg", by=agent)

    assert refused.value.code in {"not_an_image", "broken_image"}
    assert refused.value.status == 422
    assert str(refused.value).endswith(".")
    assert (files(root), MediaItem.objects.count(), AuditEvent.objects.count()) == ([], 0, 0)


@pytest.mark.parametrize("side", [6_000, 50_000])
def test_a_picture_that_would_unfold_to_gigabytes_is_refused_before_it_does(agent: User, root: Path, side: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB

    with pytest.raises(MediaRefused) as refused:
        add_picture_file(upload=bomb(side), name="a.png", by=agent)

    assert (refused.value.code, refused.value.status) == ("too_many_pixels", 413)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert files(root) == []


def test_a_file_that_is_too_large_is_not_even_looked_at(agent: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "MAX_UPLOAD", 100)

    with pytest.raises(MediaRefused) as refused:
        add_picture_file(upload=photo(), name="a.jpg", by=agent)

    assert (refused.value.code, refused.value.status) == ("too_large", 413)


def test_a_picture_is_made_small_enough_for_every_platform(agent: User, monkeypatch: pytest.MonkeyPatch) -> None:
    large = add_picture_file(upload=photo(size=(6000, 3000)), name="a.jpg", by=agent)
    assert (large.width, large.height) == (MAX_SIDE, MAX_SIDE // 2)

    drawing = add_picture_file(upload=noise(1400), name="b.png", by=agent)  # as PNG it would be over 5 MB
    assert drawing.content_type == "image/jpeg"
    assert drawing.size <= MAX_STORED

    monkeypatch.setattr(media, "MAX_STORED", 20_000)
    small = add_picture_file(upload=noise(600, kind="JPEG"), name="c.jpg", by=agent)
    assert small.size <= 20_000
    assert small.width < 600


def test_the_same_picture_again_is_the_one_that_is_there(agent: User, root: Path) -> None:
    first = add_picture_file(upload=photo(), name="een.jpg", by=agent)
    again = add_picture_file(upload=photo(), name="twee.jpg", by=agent)

    assert (again.pk, again.name, again.was_known, first.was_known) == (first.pk, "een", True, False)
    assert len(files(root)) == 2


def test_the_same_picture_from_two_people_at_once_is_kept_once(
    agent: User, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = add_picture_file(upload=photo(), name="een.jpg", by=agent)
    look, looked = media._known, []

    def late(digest: str) -> MediaItem | None:
        """The other's row is not there yet at the first look."""
        looked.append(digest)
        return look(digest) if len(looked) > 1 else None

    monkeypatch.setattr(media, "_known", late)

    assert add_picture_file(upload=photo(), name="twee.jpg", by=agent).pk == first.pk
    assert len(files(root)) == 2


@pytest.mark.parametrize("fails_at", [1, 2])
def test_a_full_disk_is_said_and_leaves_nothing_half(
    agent: User, root: Path, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    store, calls = media.store, []

    def full(content: bytes, extension: str) -> str:
        calls.append(extension)
        if len(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        return store(content, extension)

    monkeypatch.setattr(media, "store", full)

    with pytest.raises(MediaRefused) as refused:
        add_picture_file(upload=photo(), name="a.jpg", by=agent)

    assert (refused.value.code, refused.value.status) == ("disk", 507)
    assert (files(root), MediaItem.objects.count()) == ([], 0)


def test_a_database_that_says_no_leaves_no_file(agent: User, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(media, "record", fail)

    with pytest.raises(IntegrityError):
        add_picture_file(upload=photo(), name="a.jpg", by=agent)

    assert (files(root), MediaItem.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\fakepath\\foto.jpg", "foto"), ("CON", "CON"), ("a.jpg%00.exe", "a.jpg%00"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x"), ("\u200b.htaccess", "htaccess"), ("gpj.\u202eexe.jpg", "gpj.exe"),
        ("x" * 300 + ".jpg", "x" * 200), ("\x00\ud800", "Foto"), ("", "Foto"), ("hek__bij de  school.jpeg", "hek bij de school"),
        ("<script>alert(1)</script>.png", "script>"),
    ],
)  # fmt: skip
def test_a_name_is_words_and_leads_nowhere(agent: User, root: Path, given: str, kept: str) -> None:
    assert clean_name(given) == kept
    item = add_picture_file(upload=photo(), name=given, by=agent)
    assert item.name == kept
    assert all(path.parent.parent == root and len(path.stem) == 32 for path in files(root))


# -- what we may do with it --------------------------------------------------------------------------------------------


def test_what_we_may_do_with_a_picture_is_written_down_and_audited_without_its_words(agent: User) -> None:
    item = make_picture(by=agent, rights="unknown", alt="")

    item = describe_item(item=item, by=agent, alt="Een hek.", rights="licensed", expires_on=datetime.date(2027, 1, 1))
    describe_item(item=item, by=agent, alt="Een hek.")

    item.refresh_from_db()
    assert (item.alt, item.rights) == ("Een hek.", "licensed")
    event = AuditEvent.objects.get(action="media.described")
    assert event.data == {"fields": ["alt", "rights", "expires_on"]}
    assert item.obstacle(datetime.date(2027, 1, 1)) == ""
    assert item.obstacle(datetime.date(2027, 1, 2)) == "expired"


def test_consent_is_only_given_when_it_says_by_whom(agent: User) -> None:
    item = make_picture(by=agent)

    with pytest.raises(ValidationError) as refused:
        describe_item(item=item, by=agent, consent="given", consent_note="  ")

    assert list(refused.value.message_dict) == ["consent_note"]
    item.refresh_from_db()
    assert item.consent == "not_needed"
    assert describe_item(item=item, by=agent, consent="given", consent_note="F. Yıldız, zaak 12").consent == "given"


@pytest.mark.parametrize("wrong", [{"name": ""}, {"alt": "x" * 1001}, {"rights": "mine"}, {"consent": "perhaps"}])
def test_what_can_not_be_is_refused(agent: User, wrong: dict[str, str]) -> None:
    item = make_picture(by=agent)

    with pytest.raises(ValidationError):
        describe_item(item=item, by=agent, **wrong)


def test_an_archived_picture_is_in_the_way_until_it_is_restored(agent: User) -> None:
    item = make_picture(by=agent)
    today = datetime.date(2026, 11, 25)

    item = archive_item(item=item, by=agent)
    first = item.archived_at
    assert archive_item(item=item, by=agent).archived_at == first
    assert item.obstacle(today) == "archived"
    item = restore_item(item=item, by=agent)

    assert item.obstacle(today) == ""
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == [
        "media.archived",
        "media.restored",
    ]


def test_a_very_large_photo_is_unpacked_smaller_at_once(agent: User, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[tuple[int, int]] = []
    monkeypatch.setattr("channels.fetching.ImageOps.exif_transpose", lambda image: unpacked.append(image.size) or image)

    item = add_picture_file(upload=photo(size=(8064, 6048)), name="48 miljoen.jpg", by=agent)

    assert unpacked == [(4032, 3024)]
    assert (item.width, item.height) == (4032, 3024)
