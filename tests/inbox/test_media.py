"""Pictures of strangers: fetched over a real connection, made anew, and one that can not be had stops no other."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from inbox import tasks
from inbox.media import AVATAR_SIDE, MAX_ATTEMPTS, PICTURE_SIDE, fetch_pending
from inbox.models import Attachment, ContactIdentity, MediaState, RootPost
from tests.channels.hostile_server import HostileServer, answer, hostile_server, reset
from tests.factories import ContactIdentityFactory, MessageFactory, RootPostFactory

pytestmark = pytest.mark.django_db


def picture(width: int = 40, height: int = 20, kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "green").save(out, kind)
    return out.getvalue()


@pytest.fixture
def server(settings, tmp_path: Path) -> Iterator[HostileServer]:
    settings.MEDIA_ROOT = tmp_path
    with hostile_server() as running:
        settings.MEDIA_PRIVATE_HOSTS = frozenset({running.netloc})
        running.on |= {
            "/good": answer(picture(), content_type="image/png"),
            "/large": answer(picture(4000, 1000), content_type="image/png"),
            "/text": answer(b"<svg onload=alert(1)>", content_type="image/png"),
            "/gone": answer(b"", "404 Not Found"),
            "/busy": answer(b"", "503 Service Unavailable"),
            "/reset": reset,
        }
        yield running


def attach(url: str) -> Attachment:
    return Attachment.objects.create(message=MessageFactory(), kind="image", url=url)


def stored(name: str, settings) -> Image.Image:
    return Image.open(Path(settings.MEDIA_ROOT) / name)


def test_what_waits_is_fetched_made_anew_and_kept_under_a_name_of_ours(server, settings):
    attachment = attach(f"{server.url}/large?naam=../../x.png")
    root = RootPostFactory(picture_url=f"{server.url}/good", picture_state=MediaState.PENDING)
    person = ContactIdentityFactory(avatar_url=f"{server.url}/large", avatar_state=MediaState.PENDING)

    assert fetch_pending() == 3

    for each in (attachment, root, person):
        each.refresh_from_db()
    assert (attachment.state, root.picture_state, person.avatar_state) == ("stored", "stored", "stored")
    assert (attachment.width, attachment.height) == (PICTURE_SIDE, PICTURE_SIDE // 4)
    for name, side in ((attachment.file, PICTURE_SIDE), (root.picture, 40), (person.avatar, AVATAR_SIDE)):
        assert (stored(name, settings).format, max(stored(name, settings).size)) == ("WEBP", side)
        assert "x.png" not in name


def test_nothing_is_fetched_twice(server):
    attach(f"{server.url}/good")
    tasks.fetch_media()

    assert fetch_pending() == 0
    assert len(server.seen) == 1


@pytest.mark.parametrize("path", ["/text", "/gone"])
def test_what_is_no_picture_is_refused_and_not_asked_again(server, path):
    attachment = attach(server.url + path)

    for _run in range(3):
        fetch_pending()

    attachment.refresh_from_db()
    assert (attachment.state, attachment.file, len(server.seen)) == (MediaState.REFUSED, "", 1)
    assert attachment.reason


@pytest.mark.parametrize("path", ["/busy", "/reset"])
def test_what_is_away_for_a_moment_is_asked_again_a_few_times(server, path):
    attachment = attach(server.url + path)

    for _run in range(MAX_ATTEMPTS + 2):
        fetch_pending()

    attachment.refresh_from_db()
    assert (attachment.state, attachment.attempts, len(server.seen)) == (MediaState.REFUSED, MAX_ATTEMPTS, MAX_ATTEMPTS)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "",
        "http://[",
    ],
)
def test_an_address_inside_is_never_asked_and_says_nothing_of_what_is_there(server, address):
    attachment = attach(address)
    RootPostFactory(picture_url=address, picture_state=MediaState.PENDING)
    ContactIdentityFactory(avatar_url=address, avatar_state=MediaState.PENDING)

    for _run in range(MAX_ATTEMPTS):
        fetch_pending()

    attachment.refresh_from_db()
    assert (attachment.state, RootPost.objects.get().picture_state) == (MediaState.REFUSED, MediaState.REFUSED)
    assert ContactIdentity.objects.filter(avatar_state=MediaState.REFUSED).count() == 1
    assert "169.254" not in attachment.reason


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_that_is_damaged_anywhere_stops_no_other(server, kind):
    whole = picture(kind=kind)
    for number in range(0, len(whole), max(len(whole) // 12, 1)):
        server.on[f"/{number}"] = answer(
            whole[:number] + b"\xff\x00\x7f" + whole[number + 3 :], content_type="image/png"
        )
        attach(f"{server.url}/{number}")
    good = attach(f"{server.url}/good")

    fetch_pending()

    good.refresh_from_db()
    assert good.state == MediaState.STORED
    assert not Attachment.objects.filter(state=MediaState.PENDING).exists()
