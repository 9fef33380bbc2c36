"""The page of a post: what it keeps, what it refuses, and how it shows what somebody typed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Role, User
from calendar_app.composing import change_post
from calendar_app.models import Campaign, Post, PostKind, PostPicture, PostTarget, TargetState
from channels.models import Channel
from tests.calendar_app.made import make_picture, make_post, schedule, show
from tests.factories import ChannelFactory, UserFactory
from tests.hostile import SCRIPTS
from tests.scripted import ScriptedConnector

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scripted")]
SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def editor(channel: Channel) -> User:
    return UserFactory(username="emma", teams=list(channel.teams.all()), teams__role=Role.EDITOR)


@pytest.fixture
def colleague(channel: Channel) -> User:
    return UserFactory(
        username="omar", first_name="Omar", last_name="Aydin", teams=list(channel.teams.all()), teams__role=Role.EDITOR
    )


@pytest.fixture
def browser(client: Client, editor: User) -> Client:
    client.force_login(editor)
    return client


@pytest.fixture
def post(channel: Channel, editor: User) -> Post:
    return make_post(channel, owner=editor, text="De Molenstraat is maandag dicht.")


def send(browser: Client, name: str, pk: int, **values: Any) -> Any:
    return browser.post(reverse(name, args=[pk]), values, headers=SCRIPT)


def page(browser: Client, post: Post) -> str:
    response = browser.get(reverse("post", args=[post.pk]))
    assert response.status_code == 200
    return response.content.decode()


# -- Keeping -----------------------------------------------------------------------------------------------------------


def test_what_is_typed_is_kept_and_the_revision_goes_up(browser: Client, post: Post) -> None:
    response = send(browser, "post_save", post.pk, text="Dinsdag.\r\nOok.", title="Straat", has_utm="on", revision=1)

    post.refresh_from_db()
    assert (post.text, post.title, post.has_utm) == ("Dinsdag.\nOok.", "Straat", True)
    assert response.json()["revision"] == post.revision == 2
    assert response.json()["values"]["title"] == "Straat"


def test_a_link_that_is_none_keeps_the_text_all_the_same(browser: Client, post: Post) -> None:
    response = send(browser, "post_save", post.pk, text="Nieuw.", link="https://", revision=1)

    post.refresh_from_db()
    assert (response.status_code, post.text, post.link) == (422, "Nieuw.", "")
    assert "webadres" in response.json()["errors"]["link"][0]
    send(browser, "post_save", post.pk, text="Nieuw.", link="eikenrode.example/afval", revision=2)
    post.refresh_from_db()
    assert post.link == "https://eikenrode.example/afval"


def test_somebody_who_was_first_is_named_and_nothing_is_written_over(
    browser: Client, post: Post, colleague: User
) -> None:
    change_post(post=post, by=colleague, revision=1, text="Van Omar.")

    response = send(browser, "post_save", post.pk, text="Van mij.", revision=1)

    assert response.status_code == 409
    assert "Omar Aydin" in response.json()["error"]
    post.refresh_from_db()
    assert post.text == "Van Omar."
    # Without the script both texts come back.
    plain = browser.post(reverse("post_save", args=[post.pk]), {"text": "Van mij.", "revision": 1})
    assert plain.status_code == 409
    assert "<blockquote data-mine>Van mij.</blockquote>" in plain.content.decode()
    assert "<blockquote data-theirs>Van Omar.</blockquote>" in plain.content.decode()


def test_a_channel_says_its_own_words_and_the_same_again(browser: Client, post: Post) -> None:
    target = post.targets.get()

    response = send(browser, "post_target", target.pk, has_own_text="on", text="Anders.", revision=1)

    target.refresh_from_db()
    assert (response.status_code, target.has_own_text, target.text) == (200, True, "Anders.")
    send(browser, "post_target", target.pk, revision=2)
    target.refresh_from_db()
    assert (target.has_own_text, target.text) == (False, "")


def test_channels_that_one_does_not_see_stay_with_the_post(browser: Client, post: Post, channel: Channel) -> None:
    second = ChannelFactory(teams=list(channel.teams.all()))
    response = send(browser, "post_channels", post.pk, channel=[channel.pk, second.pk], revision=1)

    assert response.status_code == 200
    assert set(post.targets.values_list("channel", flat=True)) == {channel.pk, second.pk}
    elsewhere = ChannelFactory()
    PostTarget.objects.create(post=post, channel=elsewhere)
    # What it says there is not for this person to change.
    assert send(browser, "post_channels", post.pk, channel=[channel.pk], revision=2).status_code == 422
    assert post.targets.filter(channel=elsewhere).exists()
    assert elsewhere.name in page(browser, post) or "kanaal dat u niet ziet" in page(browser, post)


@pytest.mark.parametrize(
    ("day", "time", "more", "planned_at", "said"),
    [
        ("2099-06-01", "10:00", {}, datetime(2099, 6, 1, 8, 0, tzinfo=UTC), ""),
        ("2099-03-29", "02:30", {}, datetime(2099, 3, 29, 1, 30, tzinfo=UTC), "het wordt 03:30"),
        ("2099-10-25", "02:30", {}, datetime(2099, 10, 25, 0, 30, tzinfo=UTC), "twee keer voor"),
        ("2099-10-25", "02:30", {"is_second": "on"}, datetime(2099, 10, 25, 1, 30, tzinfo=UTC), "twee keer voor"),
    ],
)  # fmt: skip
def test_a_moment_is_one_on_the_wall(
    browser: Client, post: Post, day: str, time: str, more: dict[str, str], planned_at: datetime, said: str
) -> None:
    response = send(browser, "post_moment", post.pk, day=day, time=time, **more)

    post.refresh_from_db()
    assert (response.status_code, post.planned_at) == (200, planned_at)
    assert said in response.json()["said"]
    assert ("de tweede keer (wintertijd)" in page(browser, post)) == day.startswith("2099-10")


def test_half_a_moment_and_one_that_is_over_are_refused_and_none_takes_it_off(browser: Client, post: Post) -> None:
    send(browser, "post_moment", post.pk, day="2099-06-01", time="10:00")

    assert send(browser, "post_moment", post.pk, day="2099-06-02", time="").status_code == 422
    assert "al voorbij" in send(browser, "post_moment", post.pk, day="2001-01-01", time="10:00").json()["error"]
    post.refresh_from_db()
    assert post.planned_at == datetime(2099, 6, 1, 8, 0, tzinfo=UTC)
    assert send(browser, "post_moment", post.pk, day="", time="").status_code == 200
    post.refresh_from_db()
    assert post.planned_at is None


# -- Pictures ----------------------------------------------------------------------------------------------------------


def test_pictures_are_chosen_described_ordered_and_taken_away(browser: Client, post: Post, editor: User) -> None:
    first, second = make_picture(by=editor), make_picture(by=editor, name="Kade & brug")
    for item in (first, second):
        assert send(browser, "post_pictures", post.pk, item=item.pk).status_code == 200
    one, other = post.pictures.all()

    assert send(browser, "post_picture", other.pk, alt=" De brug. ").json()["values"] == {"alt": "De brug."}
    send(browser, "post_picture_move", other.pk, to="up")
    assert list(post.pictures.values_list("pk", "alt")) == [(other.pk, "De brug."), (one.pk, first.alt)]
    send(browser, "post_picture_move", other.pk, to="up")  # no further
    assert post.pictures.first() == other
    send(browser, "post_picture_remove", one.pk)
    assert list(post.pictures.all()) == [other]
    assert send(browser, "post_pictures", post.pk, item="9" * 30).status_code == 404


def test_a_picture_of_a_post_that_one_does_not_see_is_not_there(browser: Client, channel: Channel) -> None:
    other = UserFactory()
    hidden = make_post(ChannelFactory(), owner=other)
    picture = show(hidden, make_picture(by=other))

    for name in ("post_picture", "post_picture_move", "post_picture_remove"):
        assert send(browser, name, picture.pk, alt="x").status_code == 404
    assert PostPicture.objects.filter(pk=picture.pk).exists()


# -- New, copies, away -------------------------------------------------------------------------------------------------


def test_a_new_post_stands_on_its_day_and_channel(browser: Client, channel: Channel) -> None:
    response = browser.post(reverse("post_new"), {"on": "2099-06-01", "at": "14:30", "channel": channel.pk})

    made = Post.objects.get()
    assert response.headers["Location"] == reverse("post", args=[made.pk])
    assert made.planned_at == datetime(2099, 6, 1, 12, 30, tzinfo=UTC)
    assert made.targets.get().channel == channel
    browser.post(reverse("post_new"), {"on": "2099-99-01", "at": "x"})
    assert Post.objects.latest("pk").planned_at is None


def test_an_idea_and_a_template_become_posts(browser: Client, channel: Channel, editor: User) -> None:
    browser.post(reverse("post_new"), {"kind": "idea"})
    idea = Post.objects.get(kind=PostKind.IDEA)
    send(
        browser,
        "post_save",
        idea.pk,
        title="Fietsverlichting",
        text="Iets over licht.",
        link="https://x.example",
        revision=1,
    )
    assert "Maak er een bericht van" in page(browser, idea)
    template = make_post(channel, owner=editor, kind=PostKind.TEMPLATE, title="Markt")
    assert "Markt" in browser.get(reverse("post_templates")).content.decode()

    for source in (idea, template):
        browser.post(reverse("post_new"), {"from": source.pk})
        made = Post.objects.latest("pk")
        source.refresh_from_db()
        assert (made.kind, made.title, made.text, made.link) == ("post", source.title, source.text, "")
    assert Post.objects.latest("pk").targets.get().channel == channel


def test_a_copy_is_a_draft_and_a_removed_post_is_gone(browser: Client, post: Post, colleague: User) -> None:
    schedule(post, approver=colleague, at=datetime(2099, 6, 1, 8, 0, tzinfo=UTC))
    browser.post(reverse("post_copy", args=[post.pk]))

    made = Post.objects.latest("pk")
    assert (made.planned_at, made.targets.get().state) == (None, TargetState.DRAFT)
    response = browser.post(reverse("post_remove", args=[made.pk]))
    assert (response.status_code, response.headers["Location"]) == (302, reverse("calendar"))
    assert browser.get(reverse("post", args=[made.pk])).status_code == 404


# -- What is seen ------------------------------------------------------------------------------------------------------


def test_an_agent_reads_and_writes_nothing(client: Client, post: Post, agent: User) -> None:
    client.force_login(agent)
    html = page(client, post)

    assert "De Molenstraat is maandag dicht." in html
    assert 'data-writes="no"' in html
    for mark in ("data-autosave", "data-at-once", "data-moment ", reverse("post_remove", args=[post.pk])):
        assert mark not in html


def test_what_was_approved_is_opened_on_purpose(browser: Client, post: Post, colleague: User) -> None:
    schedule(post, approver=colleague, at=datetime(2099, 6, 1, 8, 0, tzinfo=UTC))

    assert "Toch wijzigen" in page(browser, post)
    assert "data-autosave" not in page(browser, post)
    opened = browser.get(reverse("post", args=[post.pk]), {"edit": "1"}).content.decode()
    assert "data-autosave" in opened


def test_what_went_out_is_shown_as_it_was(browser: Client, post: Post, colleague: User, editor: User) -> None:
    schedule(post, approver=colleague)
    picture = make_picture(by=editor)
    snapshot = {
        "parts": ["Dit ging weg."],
        "link": "https://www.eikenrode.example/a",
        "pictures": [{"digest": picture.digest, "alt": "Een kraan."}],
    }
    now = datetime(2026, 11, 1, tzinfo=UTC)
    PostTarget.objects.update(state=TargetState.PUBLISHED, published_at=now, started_at=now, snapshot=snapshot)
    Post.objects.update(text="Dit werd later geschreven.")
    html = page(browser, post)
    shown = html[html.index('id="variants"') :]

    assert "Dit ging weg." in shown
    assert "Dit werd later geschreven." not in shown
    assert "Een kraan." in shown
    assert 'data-writes="no"' in html


def preview(browser: Client, post: Post, **typed: str) -> str:
    response = browser.post(
        reverse("post_preview", args=[post.pk]), {name.replace("_", "-", 1): value for name, value in typed.items()}
    )
    assert response.status_code == 200
    return response.content.decode()


def test_a_preview_shows_what_is_typed_and_keeps_nothing(browser: Client, post: Post) -> None:
    campaign = Campaign.objects.create(name="Afval", code="afval")
    pk = post.targets.get().pk
    typed = {
        "post-text": "Getypt.",
        "post-link": "https://www.eikenrode.example/x",
        "post-has_utm": "on",
        "post-campaign": campaign.pk,
    }
    html = browser.post(reverse("post_preview", args=[post.pk]), typed).content.decode()

    assert "Getypt." in html
    assert ">eikenrode.example<" in html
    assert "https://www.eikenrode.example/x?utm_source=facebook&amp;utm_medium=social&amp;utm_campaign=afval" in html
    own = {**typed, f"target-{pk}-has_own_text": "on", f"target-{pk}-text": "Alleen hier.", f"target-{pk}-link": ""}
    html = browser.post(reverse("post_preview", args=[post.pk]), own).content.decode()
    assert "Alleen hier." in html
    assert "Getypt." not in html
    post.refresh_from_db()
    assert (post.text, post.revision, post.targets.get().has_own_text) == ("De Molenstraat is maandag dicht.", 1, False)


def test_a_preview_counts_parts_and_shows_what_does_not_fit(
    browser: Client, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedConnector, "count_post", classmethod(lambda cls, text: len(text)))
    fits, over = "a" * 5000, "zzz"

    html = preview(browser, post, post_text=f"Een.\n---\n{fits}{over}")

    assert "2/2" in html
    assert "3 te lang" in html
    assert f"</span> {over}</p>" in html
    assert "5.003" in html or "5003" in html


@pytest.mark.parametrize("hostile", SCRIPTS)
def test_hostile_words_stay_words(browser: Client, post: Post, editor: User, hostile: str) -> None:
    show(post, make_picture(by=editor, name=hostile, alt=hostile), alt=hostile)
    change_post(post=post, by=editor, revision=None, text=hostile, title=hostile)
    target = post.targets.get()
    typed = {"post-text": hostile, f"target-{target.pk}-text": hostile, f"target-{target.pk}-has_own_text": "on"}
    for html in (page(browser, post), browser.post(reverse("post_preview", args=[post.pk]), typed).content.decode()):
        for sign in (
            "<script>alert",
            "<img src=x",
            "<svg/onload",
            "<iframe",
            'href="javascript',
            "<style>@import",
            "<math>",
        ):
            assert sign not in html
        assert "49" not in html.split(">{{7*7}}")[0][-3:]


def test_hidden_signs_are_made_visible(browser: Client, post: Post) -> None:
    html = preview(browser, post, post_text="Veilig\u202egnilrats")

    assert "\u202e" not in html


# -- Many channels -----------------------------------------------------------------------------------------------------


def queries(browser: Client, url: str, values: dict[str, str] | None = None) -> int:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        response = browser.get(url) if values is None else browser.post(url, values)
    assert response.status_code == 200
    return len(counted)


def test_six_channels_ask_no_more_than_one(browser: Client, post: Post, channel: Channel, editor: User) -> None:
    show(post, make_picture(by=editor))
    address, seen = reverse("post", args=[post.pk]), reverse("post_preview", args=[post.pk])
    queries(browser, address)
    one = queries(browser, address), queries(browser, seen, {"post-text": "x"})
    for each in ChannelFactory.create_batch(5, teams=list(channel.teams.all())):
        target = PostTarget.objects.create(post=post, channel=each, has_own_pictures=True)
        show(post, make_picture(by=editor), target=target)

    assert (queries(browser, address), queries(browser, seen, {"post-text": "x"})) == one
    assert one[0] <= 35
    assert one[1] <= 12
