"""Pictures: only for who may see what they belong to, never as anything but a picture, and never from elsewhere."""

from pathlib import Path

import pytest
from django.urls import reverse

from inbox.media import store
from inbox.models import Attachment, Message
from tests.factories import ChannelFactory, ConversationFactory, MessageFactory, RootPostFactory

pytestmark = pytest.mark.django_db

WEBP = b"RIFF\x00\x00\x00\x00WEBPVP8 "


@pytest.fixture
def pictures(conversation, settings, tmp_path: Path) -> dict[str, int]:
    """One of each kind, of one conversation."""
    settings.MEDIA_ROOT = tmp_path
    name = store(WEBP, "webp")
    message = Message.objects.get()
    conversation.identity.avatar = name
    conversation.identity.save()
    attachment = Attachment.objects.create(message=message, kind="image", state="stored", file=name)
    root = RootPostFactory(channel=conversation.channel, picture=name)
    return {"attachment": attachment.pk, "post": root.pk, "avatar": conversation.identity.pk}


@pytest.mark.parametrize("kind", ["attachment", "post", "avatar"])
def test_a_picture_is_served_as_a_picture_and_nothing_else(signed_in, pictures, kind):
    response = signed_in.get(reverse("inbox_media", args=[kind, pictures[kind]]))

    assert (response.status_code, response.content) == (200, WEBP)
    assert response.headers["Content-Type"] == "image/webp"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Disposition"] == f'inline; filename="{kind}-{pictures[kind]}.webp"'
    assert "private" in response.headers["Cache-Control"]


@pytest.mark.parametrize("kind", ["attachment", "post", "avatar"])
def test_another_teams_picture_is_not_there(client, foreign, pictures, kind):
    url = reverse("inbox_media", args=[kind, pictures[kind]])

    assert foreign.get(url).status_code == 404
    assert client.get(url).status_code == 302
    assert foreign.post(url).status_code == 405


def test_a_face_is_seen_by_every_team_that_it_spoke_to(foreign, outsider, conversation, pictures):
    url = reverse("inbox_media", args=["avatar", pictures["avatar"]])
    elsewhere = ConversationFactory(channel=ChannelFactory(teams=[outsider.teams.get()]), identity=None)
    MessageFactory(conversation=elsewhere, author=conversation.identity)

    assert foreign.get(url).status_code == 200


@pytest.mark.parametrize("kind", ["", "file", "..", "attachment.file", "__class__"])
def test_a_kind_that_there_is_not_is_not_found(signed_in, pictures, kind):
    assert signed_in.get(f"/inbox/media/{kind}/{pictures['post']}").status_code == 404


@pytest.mark.parametrize("name", ["", "aa/weg.webp", "../../etc/passwd", "/etc/passwd", "."])
def test_a_file_that_is_gone_or_not_ours_is_not_found(signed_in, pictures, name):
    Attachment.objects.update(file=name)

    assert signed_in.get(reverse("inbox_media", args=["attachment", pictures["attachment"]])).status_code == 404


def test_names_on_disk_can_not_be_guessed_and_half_a_file_is_never_there(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    names = {store(WEBP, "webp") for _again in range(20)}

    assert len(names) == 20
    assert {path.suffix for path in tmp_path.rglob("*") if path.is_file()} == {".webp"}
    assert all(len(Path(name).stem) == 32 for name in names)
