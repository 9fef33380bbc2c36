"""The archive shows what went out to whoever may see it, and its page what that did."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from calendar_app.models import Measurement, PageReading, PostTarget, PublishedPost
from channels import errors
from channels.models import Channel
from tests.calendar_app.going_out import tick
from tests.calendar_app.made import make_post, make_published, schedule
from tests.calendar_app.pages import PagedConnector
from tests.factories import ChannelFactory, ConversationFactory, RootPostFactory, TeamFactory

pytestmark = pytest.mark.django_db


def page(client: Client, **query: str) -> str:
    response = client.get(reverse("published"), query)
    assert response.status_code == 200
    return response.content.decode()


def post_page(client: Client, post: PublishedPost) -> str:
    response = client.get(reverse("published_post", args=[post.pk]))
    assert response.status_code == 200
    return response.content.decode()


# -- the list --------------------------------------------------------------------------------------------------------------


def test_everything_of_our_channels_is_listed_newest_first(as_editor: Client, channel: Channel) -> None:
    make_published(channel, target=None, text="Oud nieuws", posted_at=timezone.now() - timedelta(days=3))
    make_published(channel, target=None, text="Nieuw nieuws", reach=12_345)
    make_published(ChannelFactory(teams=[TeamFactory()]), target=None, text="Van een ander")
    shown = page(as_editor)
    assert shown.index("Nieuw nieuws") < shown.index("Oud nieuws")
    assert "Van een ander" not in shown
    assert "12.345" in shown
    assert shown.count("buiten Balie gemaakt") == 2


def test_an_outsider_sees_nothing(client: Client, channel: Channel, outsider: User) -> None:
    post = make_published(channel, target=None, text="Geheim plan")
    client.force_login(outsider)
    assert "Geheim plan" not in page(client)
    assert "Geheim plan" not in client.get(reverse("published_csv")).content.decode()
    for name in ("published_post", "published_figures"):
        assert client.get(reverse(name, args=[post.pk])).status_code == 404
    assert client.post(reverse("published_delete", args=[post.pk])).status_code == 404


def test_words_channel_period_and_list_narrow_it(
    as_editor: Client, channel: Channel, editor: User, approver: User
) -> None:
    other = ChannelFactory(teams=channel.teams.all(), platform="twitter")
    posts = {
        "a": make_published(channel, target=None, text="Markt op zaterdag"),
        "b": make_published(other, target=None, text="Markt op zondag"),
        "c": make_published(channel, target=None, text="Iets anders", deleted_at=timezone.now()),
    }
    schedule(make_post(channel, owner=editor, text="Markt van Balie"), approver=approver)
    target = PostTarget.objects.get()
    posts["d"] = make_published(channel, target=target, text="Markt van Balie")
    for query, found in (
        ({"q": "markt zondag"}, "b"),
        ({"channel": str(channel.pk)}, "acd"),
        ({"made": "here"}, "d"),
        ({"made": "outside", "q": "markt"}, "ab"),
        ({"made": "gone"}, "c"),
        ({"channel": "x", "from": "x", "to": "9999-99-99", "made": "x", "page": "x"}, "abcd"),
        ({"q": "\x00%_"}, ""),
    ):
        shown = page(as_editor, **query)
        assert {name for name, post in posts.items() if f'id="published-{post.pk}"' in shown} == set(found), query


def test_a_period_has_whole_days_of_amsterdam(as_editor: Client, channel: Channel) -> None:
    wall = ZoneInfo("Europe/Amsterdam")
    for day, hour, name in ((24, 23, "avond"), (25, 0, "nacht"), (25, 23, "laat"), (26, 0, "morgen")):
        make_published(channel, target=None, text=name, posted_at=datetime(2026, 10, day, hour, 30, tzinfo=wall))
    shown = page(as_editor, **{"from": "2026-10-25", "to": "2026-10-25"})
    assert [name in shown for name in (">avond<", ">nacht<", ">laat<", ">morgen<")] == [False, True, True, False]


def test_a_full_page_asks_a_fixed_number_of_questions(
    as_editor: Client, channel: Channel, editor: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    def fill(count: int) -> None:
        for _number in range(count):
            post = make_published(channel, target=make_post(channel, owner=editor).targets.get())
            root = RootPostFactory(channel=channel, external_id=post.root_id)
            ConversationFactory(channel=channel, root=root)

    fill(3)
    page(as_editor)
    with django_assert_max_num_queries(16):
        page(as_editor)
    fill(40)
    with django_assert_max_num_queries(16):
        shown = page(as_editor)
    assert shown.count('<tr id="published-') == 40
    assert "Pagina 1 van 2" in shown


@pytest.mark.usefixtures("one_moment")
def test_a_file_holds_all_pages_and_no_formula(as_editor: Client, channel: Channel) -> None:
    for _number in range(60):
        make_published(channel, target=None)
    make_published(channel, target=None, text='=HYPERLINK("https://kwaad.example")', reach=5)
    response = as_editor.get(reverse("published_csv"))
    lines = response.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 62
    assert response.headers["Content-Disposition"] == f'attachment; filename="gepubliceerd-{timezone.localdate()}.csv"'
    assert "'=HYPERLINK" in lines[1]
    assert ";5;" in lines[1]
    assert len(as_editor.get(reverse("published_csv"), {"q": "HYPERLINK"}).content.decode().splitlines()) == 2


# -- one post ---------------------------------------------------------------------------------------------------------------


def test_what_went_out_who_and_when(
    paged: type[PagedConnector], as_editor: Client, channel: Channel, editor: User, approver: User
) -> None:
    schedule(make_post(channel, owner=editor, text="Eerst dit\n---\nDan dat"), approver=approver)
    tick(2)
    published = PublishedPost.objects.get()
    PublishedPost.objects.update(text="Stiekem veranderd <script>alert(1)</script>")
    shown = post_page(as_editor, published)
    for words in ("Deel 1 van 2", "Eerst dit", "Dan dat", editor.display_name, approver.display_name):
        assert words in shown
    assert "Op Facebook staat nu iets anders:" in shown
    assert "<script>alert(1)" not in shown
    assert "Verwijderen op Facebook" in shown


def test_a_post_from_outside_says_so(as_editor: Client, channel: Channel) -> None:
    shown = post_page(as_editor, make_published(channel, target=None, text="Met de telefoon"))
    assert "Met de telefoon" in shown
    assert "weet Balie niet" in shown


def test_figures_over_time_are_a_picture_a_table_and_a_file(as_editor: Client, channel: Channel) -> None:
    post = make_published(channel, target=None, reach=90, reactions=4, measured_at=timezone.now())
    for minutes, reach in ((50, 10), (30, 55), (5, 90)):
        at = timezone.now() - timedelta(minutes=minutes)
        Measurement.objects.create(post=post, at=at, reach=reach, reactions=reach // 20, comments=None)
    shown = post_page(as_editor, post)
    assert shown.count('class="chart__line ') == 4
    assert "het laatst gemeten: bereik 90." in shown
    assert "het laatst gemeten: likes 4." in shown
    lines = as_editor.get(reverse("published_figures", args=[post.pk])).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Gemeten;Bereik;Likes;Reacties;Gedeeld"
    assert [line.split(";", 1)[1] for line in lines[1:]] == ["10;0;;", "55;2;;", "90;4;;"]


def test_the_conversations_under_it_lead_to_the_inbox(as_editor: Client, channel: Channel) -> None:
    post = make_published(channel, target=None)
    known = [
        ConversationFactory(
            channel=channel, root=RootPostFactory(channel=channel, external_id=name), preview=f"Onder {name}"
        )
        for name in (post.root_id, post.external_id, "elders")
    ]
    shown = post_page(as_editor, post)
    assert [reverse("conversation", args=[each.pk]) in shown for each in known] == [True, True, False]
    assert "Onder elders" not in shown


def test_a_conversation_on_another_channel_with_the_same_id_is_not_of_it(as_editor: Client, channel: Channel) -> None:
    post = make_published(channel, target=None)
    other = ChannelFactory(teams=channel.teams.all())
    ConversationFactory(
        channel=other, root=RootPostFactory(channel=other, external_id=post.root_id), preview="Van elders"
    )
    assert "Van elders" not in post_page(as_editor, post)


def test_the_page_of_a_busy_post_asks_a_fixed_number_of_questions(
    as_editor: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    post = make_published(channel, target=None)
    root = RootPostFactory(channel=channel, external_id=post.root_id)
    for _number in range(40):
        ConversationFactory(channel=channel, root=root)
    post_page(as_editor, post)
    with django_assert_max_num_queries(16):
        shown = post_page(as_editor, post)
    assert "De nieuwste 30 staan hier" in shown


# -- taking it away ----------------------------------------------------------------------------------------------------------


def test_deleting_names_the_platform_and_tells_what_came_of_it(
    paged: type[PagedConnector], as_editor: Client, channel: Channel, editor: User
) -> None:
    post = make_published(channel, target=None)
    assert "Dit bericht verwijderen op Facebook?" in post_page(as_editor, post)
    response = as_editor.post(reverse("published_delete", args=[post.pk]), follow=True)
    shown = response.content.decode()
    assert "Verwijderd op Facebook." in shown
    assert f"Verwijderd door {editor.display_name}" in shown
    assert "Dit bericht verwijderen op Facebook?" not in shown
    assert paged.deleted == [post.external_id]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.OutcomeUnknown("silence"), "We weten nog niet of Facebook het heeft verwijderd."),
        (errors.PermanentError("no", code="forbidden"), "Facebook staat dit niet toe."),
    ],
)
def test_what_did_not_work_is_told(
    paged: type[PagedConnector], as_editor: Client, channel: Channel, error: Exception, told: str
) -> None:
    post = make_published(channel, target=None)
    paged.deletions = [error]
    response = as_editor.post(reverse("published_delete", args=[post.pk]), follow=True)
    assert told in response.content.decode()
    assert PublishedPost.objects.get().deleted_at is None


def test_who_only_answers_may_look_and_not_delete(
    paged: type[PagedConnector], client: Client, channel: Channel, agent: User
) -> None:
    post = make_published(channel, target=None)
    client.force_login(agent)
    assert "Verwijderen op Facebook" not in post_page(client, post)
    assert client.post(reverse("published_delete", args=[post.pk])).status_code == 403
    assert paged.deleted == []


def test_days_that_are_none_are_left_aside() -> None:
    from django.http import QueryDict

    from calendar_app.archive import Asked

    assert Asked.read(QueryDict("from=2026-02-30&to=2026-02-28")) == Asked(last=date(2026, 2, 28))


def test_a_page_that_could_not_be_read_is_said(as_editor: Client, channel: Channel) -> None:
    other = ChannelFactory(teams=[TeamFactory()])
    for each in (channel, other):
        PageReading.objects.create(channel=each, error_code="timeout", synced_at=timezone.now())
    shown = page(as_editor)
    assert shown.count("kon de laatste keer niet worden gelezen") == 1
    assert "Facebook antwoordde niet op tijd." in shown
    Channel.objects.update(state="off")
    assert "kon de laatste keer niet worden gelezen" not in page(as_editor)
