"""One picture of the library: what we may do with it, where it is used, and choosing it for a post."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from calendar_app.content import content_of, digest_of, targets_of
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post, schedule, show
from tests.factories import ChannelFactory, TeamFactory, UserFactory
from tests.hostile import Page

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def in_days(days: int) -> datetime:
    """At this time of the day, by the clock on the wall: days of 24 hours end on another date when that clock is moved."""
    return timezone.localtime() + timedelta(days=days)


# -- one picture -------------------------------------------------------------------------------------------------------


def described(**changes: str) -> dict[str, str]:
    return {
        "name": "Hek", "alt": "Een hek.", "rights": "own", "credit": "", "consent": "not_needed", "consent_note": "",
        "expires_on": "", **changes,
    }  # fmt: skip


def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(as_editor: Client, editor: User) -> None:
    item = make_picture(by=editor, name="Voor")

    response = as_editor.post(
        reverse("media_item", args=[item.pk]), described(name="", consent="given", expires_on="morgen")
    )

    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"name", "consent_note", "expires_on"}
    item.refresh_from_db()
    assert item.name == "Voor"


def test_a_picture_is_described_archived_and_restored(as_editor: Client, editor: User) -> None:
    item = make_picture(by=editor, rights="unknown")
    url = reverse("media_item", args=[item.pk])

    assert as_editor.post(url, described(rights="licensed", expires_on="2027-03-01")).status_code == 302
    item.refresh_from_db()
    assert (item.rights, item.expires_on.isoformat()) == ("licensed", "2027-03-01")
    as_editor.post(reverse("media_archive", args=[item.pk]))
    assert "in het archief" in as_editor.get(url).content.decode()
    as_editor.post(reverse("media_restore", args=[item.pk]))
    item.refresh_from_db()
    assert item.archived_at is None


@pytest.mark.usefixtures("one_moment")
def test_where_it_is_used_is_told_as_far_as_one_sees_it(
    as_editor: Client, editor: User, channel: Channel, agent: User
) -> None:
    today = timezone.localdate()
    item = make_picture(by=editor, expires_on=today + timedelta(days=10))
    seen = make_post(channel, owner=agent, text="Zichtbaar")
    late = make_post(channel, owner=agent, text="Te laat", planned_at=in_days(11))
    elsewhere = make_post(ChannelFactory(teams=[TeamFactory()]), owner=UserFactory(), text="Geheim")
    gone = make_post(channel, owner=agent, text="Weg", removed_at=timezone.now())
    for post in (seen, late, elsewhere, gone):
        show(post, item)

    response = as_editor.get(reverse("media_item", args=[item.pk]))

    assert [(use.post, use.is_late) for use in response.context["uses"]] == [(late, True), (seen, False)]
    assert (response.context["hidden"], response.context["waiting"]) == (1, 3)
    words = Page(response.content.decode()).text
    assert "afbeelding dan verlopen" in words
    assert "Geheim" not in words
    assert "Weg" not in words


def test_what_went_out_already_is_not_late(as_editor: Client, editor: User, channel: Channel, agent: User) -> None:
    item = make_picture(by=editor, expires_on=timezone.localdate() - timedelta(days=3))
    post = make_post(channel, owner=agent)
    show(post, item)
    schedule(post, approver=editor)
    post.targets.update(state="published", published_at=timezone.now())

    (use,) = as_editor.get(reverse("media_item", args=[item.pk])).context["uses"]
    assert not use.is_late


# -- choosing ----------------------------------------------------------------------------------------------------------


def picks(html: str) -> set[int]:
    return {int(attrs["data-pick"] or 0) for _tag, attrs in Page(html).elements if "data-pick" in attrs}


@pytest.mark.usefixtures("one_moment")
def test_what_may_not_be_shown_on_the_day_of_the_post_can_not_be_chosen(
    as_editor: Client, editor: User, channel: Channel
) -> None:
    today = timezone.localdate()
    good = make_picture(by=editor, expires_on=today + timedelta(days=9))
    short = make_picture(by=editor, expires_on=today + timedelta(days=7))
    for wrong in ({"consent": "missing"}, {"rights": "unknown"}, {"archived_at": timezone.now()}):
        make_picture(by=editor, **wrong)
    taken = make_picture(by=editor)
    post = make_post(channel, owner=editor, planned_at=in_days(8))
    show(post, taken)

    html = as_editor.get(reverse("media_picker"), {"post": post.pk}, headers=HX).content.decode()

    assert picks(html) == {good.pk}
    assert html.lstrip().startswith('<div id="media-picker"')
    words = Page(html).text
    for reason in ("verlopen", "toestemming ontbreekt", "rechten nog niet bekend", "staat er al bij", short.name):
        assert reason in words
    target = post.targets.get()
    own = as_editor.get(reverse("media_picker"), {"post": post.pk, "target": target.pk}).content.decode()
    assert picks(own) == {good.pk, taken.pk}


def test_nobody_chooses_for_a_post_that_they_do_not_see(as_editor: Client) -> None:
    post = make_post(ChannelFactory(teams=[TeamFactory()]), owner=UserFactory())

    assert as_editor.get(reverse("media_picker"), {"post": post.pk}).status_code == 404


def test_only_the_channels_that_show_it_and_wait_count(
    as_editor: Client, editor: User, channel: Channel, team: Team
) -> None:
    today = timezone.localdate()
    item = make_picture(by=editor, expires_on=today + timedelta(days=2))
    other = ChannelFactory(teams=[team])
    post = make_post(channel, other, owner=editor, planned_at=in_days(1))
    show(post, item)

    def late() -> bool:
        response = as_editor.get(reverse("media_item", args=[item.pk]))
        (use,) = response.context["uses"]
        return bool(use.is_late)

    assert not late()
    post.targets.filter(channel=other).update(own_moment=in_days(3))
    assert late()
    post.targets.filter(channel=other).update(has_own_pictures=True)  # and shows none
    assert not late()
    assert as_editor.get(reverse("media_item", args=[item.pk])).context["waiting"] == 1
    show(post, item, target=post.targets.get(channel=other))
    assert late()
    post.targets.filter(channel=other).update(state="cancelled")
    assert not late()


def test_another_alt_text_in_the_library_ends_no_approval(
    as_editor: Client, editor: User, agent: User, channel: Channel
) -> None:
    item = make_picture(by=editor, alt="Een hek.")
    post = make_post(channel, owner=agent)
    show(post, item, alt=item.alt)
    schedule(post, approver=editor)
    target = post.targets.get()

    as_editor.post(reverse("media_item", args=[item.pk]), described(alt="Iets heel anders."))

    (after,) = targets_of(post)
    assert (after.state, digest_of(content_of(after))) == ("scheduled", target.approved_digest)


@pytest.mark.parametrize("wrong", [{"consent": "missing"}, {"rights": "unknown"}, {"archived": True}, {"days": 7}])
def test_what_can_not_be_chosen_is_not_taken_from_whoever_sends_it_all_the_same(
    as_editor: Client, editor: User, channel: Channel, wrong: dict[str, Any]
) -> None:
    more = dict(wrong)
    if more.pop("archived", False):
        more["archived_at"] = timezone.now()
    if days := more.pop("days", 0):
        more["expires_on"] = timezone.localdate() + timedelta(days=days)
    item = make_picture(by=editor, **more)
    post = make_post(channel, owner=editor, planned_at=in_days(8))

    response = as_editor.post(
        reverse("post_pictures", args=[post.pk]), {"item": item.pk}, headers={"X-Requested-With": "fetch"}
    )

    assert response.status_code == 422
    assert "Deze afbeelding kan hier niet" in response.json()["error"]
    assert not post.pictures.exists()
