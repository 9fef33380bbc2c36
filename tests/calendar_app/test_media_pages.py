"""The pages of the media library: what asks for attention is found, files come to who works here, each upload is judged by itself."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from calendar_app.media import add_picture_file
from calendar_app.models import MediaItem
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post, show
from tests.calendar_app.pictures import NO_PICTURES, bomb, photo
from tests.factories import UserFactory
from tests.hostile import QUERIES, SCRIPTS, Page

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
SCRIPTED = {"X-Requested-With": "fetch"}


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def send(client: Client, *files: tuple[str, bytes], headers: dict[str, str] | None = SCRIPTED) -> Any:
    uploads = [SimpleUploadedFile(name, content, content_type="image/jpeg") for name, content in files]
    return client.post(reverse("media_upload"), {"files": uploads}, headers=headers)


# -- the grid ----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("one_moment")
def test_what_asks_for_attention_is_in_a_list_of_its_own(as_editor: Client, editor: User, channel: Channel) -> None:
    today = timezone.localdate()
    make = {
        "rights": make_picture(by=editor, rights="unknown"),
        "consent": make_picture(by=editor, consent="missing"),
        "alt": make_picture(by=editor, alt=""),
        "expiring": make_picture(by=editor, expires_on=today + timedelta(days=30)),
        "expired": make_picture(by=editor, expires_on=today - timedelta(days=1)),
        "archived": make_picture(by=editor, archived_at=timezone.now()),
        "unused": make_picture(by=editor, expires_on=today + timedelta(days=31)),
    }
    post = make_post(channel, owner=editor)
    for name, item in make.items():
        if name != "unused":
            show(post, item)

    def shown(name: str) -> set[int]:
        page = as_editor.get(reverse("media"), {"list": name})
        return {tile.item.pk for tile in page.context["tiles"]}

    for name, item in make.items():
        assert shown(name) == {item.pk}, name
    assert shown("") == {item.pk for name, item in make.items() if name != "archived"}
    counts = {name: count for name, _words, count in as_editor.get(reverse("media")).context["lists"]}
    assert counts == {"": 6, **dict.fromkeys(make, 1)}


@pytest.mark.usefixtures("one_moment")
def test_a_picture_may_be_used_up_to_and_including_its_last_day(as_editor: Client, editor: User) -> None:
    last = make_picture(by=editor, expires_on=timezone.localdate())

    (tile,) = as_editor.get(reverse("media"), {"list": "expiring"}).context["tiles"]
    assert (tile.item, tile.obstacle, tile.is_soon) == (last, "", True)


def test_words_are_looked_for_in_name_alt_and_source(as_editor: Client, editor: User) -> None:
    by_name = make_picture(by=editor, name="Hek bij de Molenstraat", alt="")
    by_alt = make_picture(by=editor, name="Een", alt="Een rood HEK")
    by_source = make_picture(by=editor, name="Twee", alt="", credit="J. Hekman")
    make_picture(by=editor, name="Drie", alt="Een boom")

    def found(words: str) -> set[int]:
        return {tile.item.pk for tile in as_editor.get(reverse("media"), {"q": words}).context["tiles"]}

    assert found("hek") == {by_name.pk, by_alt.pk, by_source.pk}
    assert found("hek rood") == {by_alt.pk}
    assert found("100%_") == set()


@pytest.mark.parametrize("words", QUERIES)
def test_whatever_is_asked_is_answered(as_editor: Client, editor: User, words: str) -> None:
    post = make_post(owner=editor)
    for name in ("q", "list", "page"):
        assert as_editor.get(reverse("media"), {name: words}).status_code == 200
        assert as_editor.get(reverse("media_picker"), {"post": post.pk, name: words}).status_code == 200
    assert as_editor.get(reverse("media_picker"), {"post": words}).status_code == 404
    assert as_editor.get(reverse("media_picker"), {"post": post.pk, "target": words}).status_code in {200, 404}


def test_words_of_strangers_are_only_words(as_editor: Client, editor: User) -> None:
    for number, script in enumerate(SCRIPTS):
        item = make_picture(by=editor, name=f"{script} {number}", alt=script, credit=script)
        for url in (reverse("media"), reverse("media_item", args=[item.pk])):
            page = Page(as_editor.get(url).content.decode())
            assert page.dangers == []
    assert SCRIPTS[0] in Page(as_editor.get(reverse("media")).content.decode()).text


def test_the_number_of_queries_is_the_same_for_one_picture_and_many(
    as_editor: Client, editor: User, channel: Channel
) -> None:
    def queries(url: str, **query: Any) -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert as_editor.get(url, query).status_code == 200
        return len(seen)

    item, post = make_picture(by=editor), make_post(channel, owner=editor)
    show(post, item)
    urls: list[tuple[str, dict[str, Any]]] = [
        (reverse("media"), {}), (reverse("media_item", args=[item.pk]), {}), (reverse("media_picker"), {"post": post.pk}),
    ]  # fmt: skip
    before = [queries(url, **query) for url, query in urls]
    for _more in range(30):
        show(make_post(channel, owner=editor), make_picture(by=editor))
        show(make_post(channel, owner=editor), item)

    assert [queries(url, **query) for url, query in urls] == before
    assert max(before) <= 14


def test_the_grid_goes_by_pages(as_editor: Client, editor: User) -> None:
    items = [make_picture(by=editor) for _each in range(50)]

    first = as_editor.get(reverse("media"))
    second = as_editor.get(reverse("media"), {"page": 2})

    assert [tile.item.pk for tile in first.context["tiles"]] == [item.pk for item in reversed(items)][:48]
    assert [tile.item.pk for tile in second.context["tiles"]] == [items[1].pk, items[0].pk]


# -- adding ------------------------------------------------------------------------------------------------------------


def test_each_file_is_judged_by_itself(as_editor: Client) -> None:
    response = send(as_editor, ("goed.jpg", photo()), ("fout.jpg", NO_PICTURES["pdf"]), ("ook.png", photo("red")))

    assert response.status_code == 422
    assert [bool(each.item) for each in response.context["uploads"]] == [True, False, True]
    assert "fout.jpg" in response.content.decode()
    assert MediaItem.objects.count() == 2


@pytest.mark.parametrize(
    ("content", "status"), [(NO_PICTURES["svg"], 422), (NO_PICTURES["zip"], 422), (bomb(50_000), 413), (b"", 422)]
)
def test_what_is_refused_says_so_in_words(as_editor: Client, content: bytes, status: int) -> None:
    response = send(as_editor, ("foto.jpg", content))

    assert response.status_code == status
    assert response.context["uploads"][0].error in response.content.decode()
    assert not MediaItem.objects.exists()


def test_more_than_the_most_is_not_read(as_editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_app.media.MAX_UPLOAD", 1_000)
    monkeypatch.setattr("calendar_app.views.media.MAX_UPLOAD", 1_000)
    read: list[int] = []
    add = add_picture_file
    monkeypatch.setattr(
        "calendar_app.views.media.add_picture_file", lambda **how: read.append(len(how["upload"])) or add(**how)
    )

    assert send(as_editor, ("groot.jpg", photo() + b"\x00" * 50_000)).status_code == 413
    assert read == [1_001]


def test_a_name_on_the_page_is_no_markup(as_editor: Client) -> None:
    for script in SCRIPTS:
        for content in (NO_PICTURES["text"], photo()):
            assert Page(send(as_editor, (script, content)).content.decode()).dangers == []


def test_without_a_script_one_leads_to_its_page_and_more_to_the_list(as_editor: Client) -> None:
    one = send(as_editor, ("een.jpg", photo()), headers=None)
    more = send(as_editor, ("een.jpg", photo()), ("twee.jpg", photo("red")), ("drie.jpg", b"x"), headers=None)
    none = as_editor.post(reverse("media_upload"))

    assert (one.status_code, one.headers["Location"]) == (
        302,
        reverse("media_item", args=[MediaItem.objects.earliest("pk").pk]),
    )
    assert (more.status_code, none.status_code) == (422, 422)
    words = Page(more.content.decode()).text
    assert "Stond al in de bibliotheek." in words
    assert "Bewaard." in words
    assert "Dit is geen foto" in words
    assert "Kies een of meer bestanden." in none.content.decode()


def test_no_more_than_so_many_at_once(as_editor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calendar_app.views.media.AT_ONCE", 2)

    response = send(as_editor, *[(f"{colour}.jpg", photo(colour)) for colour in ("red", "green", "blue")])

    assert (response.status_code, MediaItem.objects.count()) == (422, 2)
    assert "Hoogstens 2 bestanden" in response.content.decode()


def test_only_who_plans_adds_changes_and_chooses(client: Client, agent: User, channel: Channel) -> None:
    item, post = make_picture(by=agent), make_post(channel, owner=agent)
    client.force_login(agent)

    assert send(client, ("a.jpg", photo())).status_code == 403
    for name in ("media_item", "media_archive", "media_restore"):
        assert client.post(reverse(name, args=[item.pk]), {"name": "Anders"}).status_code == 403
    assert client.get(reverse("media_picker"), {"post": post.pk}).status_code == 403
    page = client.get(reverse("media_item", args=[item.pk])).content.decode()
    assert "<form id=" not in page
    item.refresh_from_db()
    assert (item.archived_at, MediaItem.objects.count()) == (None, 1)


def test_whoever_works_in_no_team_sees_nothing(client: Client, editor: User, root: Path) -> None:
    item = add_picture_file(upload=photo(), name="Hek", by=editor)
    client.force_login(UserFactory())

    assert client.get(reverse("media")).context["tiles"] == []
    for name in ("media_item", "media_file", "media_thumbnail"):
        assert client.get(reverse(name, args=[item.pk])).status_code == 404


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_file_is_never_anything_but_a_picture(as_editor: Client, editor: User) -> None:
    item = add_picture_file(upload=photo(), name='x"\r\nSet-Cookie: a=b.jpg', by=editor)

    for name, kind in (("media_file", "image/jpeg"), ("media_thumbnail", "image/webp")):
        response = as_editor.get(reverse(name, args=[item.pk]))
        assert response.headers["Content-Type"] == kind
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response.headers["Cache-Control"] == "private, max-age=86400"
        assert response.headers["Content-Disposition"].startswith(f'inline; filename="balie-{item.pk}.')
    assert len(as_editor.get(reverse("media_file", args=[item.pk])).content) == item.size


@pytest.mark.parametrize("name", ["../../../../etc/passwd", "/etc/passwd", "", ".", "weg.jpg"])
def test_a_name_in_the_database_leads_nowhere_else(as_editor: Client, editor: User, name: str) -> None:
    item = make_picture(by=editor, file=name, thumbnail=name)

    for address in ("media_file", "media_thumbnail"):
        assert as_editor.get(reverse(address, args=[item.pk])).status_code == 404
