"""The pages of approving: the panel of a post, what colleagues say, its versions, and the queue of what waits."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Role
from calendar_app.approval import add_comment, approve, ask_change, submit
from calendar_app.composing import add_picture, change_post, copy_post, create_post, move_post, set_channels
from calendar_app.models import Post, PostComment, PostTarget, Series
from calendar_app.reviews import approve_several, queue_of
from channels.registry import CONNECTORS
from inbox.models import Notification
from tests.calendar_app.made import make_picture
from tests.calendar_app.rules import Desk, Publisher, desk_of, refused
from tests.factories import ChannelFactory, TeamFactory, UserFactory
from tests.hostile import SCRIPTS, Page

pytestmark = pytest.mark.django_db
HX = {"HX-Request": "true"}
# What no database takes, what turns a line around, and too much of it.
HOSTILE = [*SCRIPTS, "a\x00b", "\u202eomgekeerd\u2066", "a\ufffeb", "x" * 4000, "🙂" * 2000]


@pytest.fixture
def desk(team, monkeypatch) -> Desk:
    monkeypatch.setitem(CONNECTORS, "facebook", Publisher)
    return desk_of(team)


@pytest.fixture
def post(desk: Desk, channel) -> Post:
    post = create_post(by=desk.editor, text="De Molenstraat is dicht.", channels=[channel])
    return move_post(post=post, by=desk.editor, to=timezone.now() + timedelta(days=3))


@pytest.fixture
def waiting(post: Post, desk: Desk) -> Post:
    return submit(post=post, by=desk.editor)


def at_desk(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, name: str, *args, **query) -> str:
    answered = client.get(reverse(name, args=args), query, headers=HX)
    assert answered.status_code == 200
    return answered.content.decode()


def send(client: Client, name: str, pk: int, **data):
    return client.post(reverse(name, args=[pk]), data, headers=HX)


def series_of(desk: Desk, channel, *texts: str) -> list[Post]:
    first = create_post(by=desk.editor, text=texts[0], channels=[channel])
    series = Series.objects.create(
        rule="FREQ=DAILY", starts_on=timezone.localdate(), at="10:00", created_by=desk.editor
    )
    posts = []
    for number, text in enumerate(texts, 1):
        on = timezone.now() + timedelta(days=number)
        made = copy_post(post=first, by=desk.editor, planned_at=on, series=series, occurs_on=on.date())
        change_post(post=made, by=desk.editor, revision=None, text=text)
        posts.append(submit(post=made, by=desk.editor))
    return posts


# -- the panel ---------------------------------------------------------------------------------------------------------------


def test_each_person_is_offered_what_they_can_do_now(post, desk, agent):
    def buttons(person) -> set[str]:
        shown = page(at_desk(person), "post_approval", post.pk)
        return {
            each for each in ('id="approve"', 'id="submit-post"', 'id="withdraw"', "#comment-text") if each in shown
        }

    assert [buttons(each) for each in (desk.editor, desk.approver, agent)] == [
        {'id="submit-post"'}, {'id="submit-post"'}, set(),
    ]  # fmt: skip
    submit(post=post, by=desk.editor)
    assert [buttons(each) for each in (desk.editor, desk.approver, agent)] == [
        {'id="withdraw"'}, {'id="approve"', 'id="withdraw"', "#comment-text"}, set(),
    ]  # fmt: skip
    approve(post=post, by=desk.approver)
    assert [buttons(each) for each in (desk.editor, desk.other, agent)] == [
        {'id="withdraw"'}, {'id="withdraw"', "#comment-text"}, set(),
    ]  # fmt: skip


def test_an_approver_who_wrote_it_reads_why_not_and_who_can(desk, channel):
    post = create_post(by=desk.approver, text="Van mij.", channels=[channel])
    submit(post=post, by=desk.approver)

    shown = page(at_desk(desk.approver), "post_approval", post.pk)

    assert 'id="approve"' not in shown
    assert "keurt het niet zelf goed" in shown
    assert desk.other.display_name in shown


def test_what_is_wrong_stands_there_and_keeps_it_from_being_submitted(post, desk):
    add_picture(post=post, by=desk.editor, item=make_picture(by=desk.editor, alt="", name="Kraan"))

    shown = page(at_desk(desk.editor), "post_approval", post.pk)

    assert "Afbeelding “Kraan” heeft nog geen alt-tekst." in shown
    assert "disabled" in shown
    answered = send(at_desk(desk.editor), "post_submit", post.pk)
    assert answered.status_code == 422
    assert "nog geen alt-tekst" in answered.content.decode()


def test_from_submitting_to_approving_by_the_page(post, desk):
    submitted = send(at_desk(desk.editor), "post_submit", post.pk)
    assert submitted.status_code == 200
    assert json.loads(submitted.headers["HX-Trigger"])["balie:toast"]["text"] == "Ter beoordeling aangeboden."
    assert "ter beoordeling" in submitted.content.decode()

    approved = send(at_desk(desk.approver), "post_approve", post.pk, revision=Post.objects.get().revision)
    assert approved.status_code == 200
    assert "Goedgekeurd door" in approved.content.decode()
    assert PostTarget.objects.get().state == "scheduled"


def test_without_scripts_the_page_itself_answers(waiting, desk):
    answered = at_desk(desk.approver).post(reverse("post_approve", args=[waiting.pk]), {"revision": "1"}, follow=True)

    assert answered.redirect_chain == [(reverse("post", args=[waiting.pk]), 302)]
    assert "Goedgekeurd." in answered.content.decode()


@pytest.mark.parametrize("revision", ["", "0", "2", "x", "9" * 40, "-1", "1e3", "\x00"])
def test_another_revision_than_it_has_is_told_and_approves_nothing(waiting, desk, revision):
    answered = send(at_desk(desk.approver), "post_approve", waiting.pk, revision=revision)

    assert answered.status_code == 422
    assert "intussen" in answered.content.decode()
    assert PostTarget.objects.get().state == "in_review"


def test_who_may_not_approve_gets_403_and_the_attempt_stays(waiting, desk, agent, outsider):
    for person, status in ((agent, 403), (desk.editor, 403), (outsider, 404)):
        assert send(at_desk(person), "post_approve", waiting.pk, revision="1").status_code == status
        assert send(at_desk(person), "post_ask_change", waiting.pk, text="x").status_code == status
    assert AuditEvent.objects.filter(result="refused").count() == 4
    assert PostTarget.objects.get().state == "in_review"


def test_a_channel_that_one_does_not_see_is_not_shown(post, desk, team):
    boss = UserFactory(teams=[team], teams__role=Role.ADMINISTRATOR)
    hidden = ChannelFactory(name="Geheime pagina", teams=[TeamFactory()])
    set_channels(post=post, by=boss, revision=None, channels=[post.targets.get().channel, hidden])

    shown = page(at_desk(desk.editor), "post_approval", post.pk)

    assert "Geheime pagina" not in shown
    assert 'id="submit-post"' not in shown
    assert send(at_desk(desk.editor), "post_cancel", post.targets.get(channel=hidden).pk).status_code == 404


def test_the_panel_takes_as_many_queries_for_one_channel_as_for_many(post, desk, team, django_assert_max_num_queries):
    set_channels(
        post=post, by=desk.editor, revision=None, channels=[ChannelFactory(teams=[team]) for _number in range(8)]
    )
    submit(post=post, by=desk.editor)
    client = at_desk(desk.approver)
    page(client, "post_approval", post.pk)

    with django_assert_max_num_queries(22):
        page(client, "post_approval", post.pk)


# -- talking -----------------------------------------------------------------------------------------------------------------


def test_a_change_is_asked_with_words_that_everybody_reads(waiting, desk):
    answered = send(at_desk(desk.approver), "post_ask_change", waiting.pk, text="Noem de omleiding.")

    assert "vraagt een wijziging" in answered.content.decode()
    assert PostTarget.objects.get().state == "changes_asked"
    nothing = send(at_desk(desk.other), "post_ask_change", waiting.pk, text="Nog iets.")
    assert nothing.status_code == 422
    assert "Nog iets." in nothing.content.decode()  # what was typed is not lost


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_somebody_types_is_kept_or_refused_and_shown_as_text(waiting, desk, text):
    Post.objects.update(title=text.replace("\x00", "").encode("utf-8", "ignore").decode()[:120])
    client = at_desk(desk.approver)

    assert send(client, "post_comment", waiting.pk, text=text).status_code == 200

    shown = (
        page(client, "calendar_reviews") + send(client, "post_comment", waiting.pk, text="Nog iets.").content.decode()
    )
    elements = Page(shown).elements
    assert not {name for name, _attributes in elements} & {"script", "iframe", "style", "math"}
    assert not [1 for _name, attributes in elements if any(key.startswith("on") for key in attributes)]
    assert not [1 for _name, attributes in elements if (attributes.get("href") or "").startswith("javascript:")]
    assert "\u202e" not in shown


def test_half_a_character_is_left_out(desk, channel):
    post = create_post(by=desk.editor, title="a\ud800b", text="c\ud800d\x00", channels=[channel])

    assert (post.title, post.text) == ("ab", "cd")
    assert add_comment(post=post, by=desk.approver, text="e\udfff").text == "e"
    assert refused(ask_change, post=post, by=desk.approver, text="\ud800") == "comment_empty"


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\ufffe", "x" * 5001])
def test_nothing_and_too_much_are_refused(waiting, desk, text):
    assert send(at_desk(desk.approver), "post_comment", waiting.pk, text=text).status_code == 422
    assert not PostComment.objects.exists()


def test_long_words_are_no_reason_to_lose_them(desk, channel):
    post = create_post(by=desk.editor, text="é" * 70_000, channels=[channel])
    assert refused(change_post, post=post, by=desk.editor, revision=None, text="é" * 70_001) == "text_long"
    change_post(post=post, by=desk.manager, revision=None, text="\u202e" + "é" * 69_999)

    shown = page(at_desk(desk.editor), "post_versions", post.pk)

    assert "<ins>" in shown
    assert "\u202e" not in shown


# -- versions ----------------------------------------------------------------------------------------------------------------


def test_any_two_versions_can_be_compared(post, desk):
    change_post(post=post, by=desk.manager, revision=None, text="De Molenstraat is open.")
    change_post(post=post, by=desk.editor, revision=None, text="De Molenstraat is weer open.")
    client = at_desk(desk.editor)

    newest = page(client, "post_versions", post.pk)
    assert "Van versie 2 naar versie 3" in newest
    assert "weer " in newest.split("<ins>")[1].split("</ins>")[0]
    for query in ({"old": 1, "new": 3}, {"old": 3, "new": 1}):
        shown = page(client, "post_versions", post.pk, **query)
        assert "Van versie 1 naar versie 3" in shown
        assert "dicht" in shown.split("<del>")[1].split("</del>")[0]
    assert "Versie 1</h3>" in page(client, "post_versions", post.pk, new=1)
    whole = client.get(reverse("post_versions", args=[post.pk]))
    assert "Terug naar het bericht" in whole.content.decode()


@pytest.mark.parametrize("given", ["", "0", "-1", "x", "9" * 40, "\x00", "९", "1e9"])
def test_a_version_that_is_not_there_is_the_newest(post, desk, given):
    assert "Versie 1</h3>" in page(at_desk(desk.editor), "post_versions", post.pk, old=given, new=given)


# -- the queue ---------------------------------------------------------------------------------------------------------------


def test_the_nearest_moment_comes_first_and_ones_own_wait_for_a_colleague(desk, channel):
    for days, by in ((5, desk.editor), (2, desk.editor), (None, desk.editor), (1, desk.approver)):
        at = days and timezone.now() + timedelta(days=days)
        submit(post=create_post(by=by, text=f"Over {days}", planned_at=at, channels=[channel]), by=by)

    mine, others = queue_of(desk.approver)

    assert [each.post.text for each in mine] == ["Over 2", "Over 5", "Over None"]
    assert [each.post.text for each in others] == ["Over 1"]
    shown = page(at_desk(desk.approver), "calendar_reviews")
    assert shown.index("Over 2") < shown.index("Over 5") < shown.index("Wacht op een collega") < shown.index("Over 1")


def test_the_queue_shows_nothing_to_who_sees_nothing(waiting, outsider):
    assert queue_of(outsider) == ([], [])
    assert "Molenstraat" not in page(at_desk(outsider), "calendar_reviews")


def test_a_series_that_says_the_same_is_approved_with_one_button(desk, channel):
    same = series_of(desk, channel, "Markt.", "Markt.", "Markt.", "Kermis.")

    mine, _others = queue_of(desk.approver)
    assert [(each.post.text, len(each.posts)) for each in mine] == [("Markt.", 3), ("Kermis.", 1)]
    assert "Alle 3 goedkeuren" in page(at_desk(desk.approver), "calendar_reviews")
    answered = at_desk(desk.approver).post(reverse("reviews_approve"), {"post": mine[0].choices}, headers=HX)

    assert answered.status_code == 200
    assert "3 berichten goedgekeurd" in answered.headers["HX-Trigger"]
    assert [each.targets.get().state for each in same] == ["scheduled"] * 3 + ["in_review"]
    assert (
        not Notification.objects.unread().filter(user=desk.approver, path=reverse("post", args=[same[0].pk])).exists()
    )


def test_what_differs_is_not_approved_with_one_button(desk, channel, post):
    first, second = series_of(desk, channel, "Markt.", "Kermis.")
    for choices in (
        {first.pk: first.revision, second.pk: second.revision},
        {first.pk: first.revision, submit(post=post, by=desk.editor).pk: 1},
    ):
        assert refused(approve_several, choices=choices, by=desk.approver) == "differs"
    assert not PostTarget.objects.filter(state="scheduled").exists()


def test_of_a_series_only_what_was_seen_is_approved(desk, channel):
    first, second = series_of(desk, channel, "Markt.", "Markt.")
    change_post(post=second, by=desk.editor, revision=None, title="Alleen de titel")

    choices = [f"{first.pk}:{first.revision}", f"{second.pk}:{second.revision}"]
    answered = at_desk(desk.approver).post(reverse("reviews_approve"), {"post": choices}, headers=HX)

    assert "intussen veranderd" in answered.content.decode()
    assert [each.targets.get().state for each in (first, second)] == ["scheduled", "in_review"]


def test_ones_own_series_is_not_approved_with_one_button_either(desk, channel, agent):
    posts = series_of(Desk(desk.approver, desk.editor, desk.other, desk.manager), channel, "Markt.", "Markt.")
    choices = [f"{each.pk}:{each.revision}" for each in posts]

    answered = at_desk(desk.approver).post(reverse("reviews_approve"), {"post": choices}, headers=HX)

    assert answered.status_code == 422
    assert "keurt het niet zelf goed" in answered.content.decode()
    assert AuditEvent.objects.filter(result="refused").count() == 2
    assert at_desk(agent).post(reverse("reviews_approve"), {"post": choices}, headers=HX).status_code == 403
    assert set(PostTarget.objects.filter(post__in=posts).values_list("state", flat=True)) == {"in_review"}


@pytest.mark.parametrize("given", ["", "x", ":", "1:", ":1", "9" * 40 + ":1", "\x00:\x00", "-1:-1"])
def test_hostile_choices_approve_nothing(waiting, desk, given):
    answered = at_desk(desk.approver).post(reverse("reviews_approve"), {"post": given}, headers=HX)

    assert answered.status_code == 422
    assert PostTarget.objects.get().state == "in_review"


def test_the_queue_takes_the_same_number_of_queries_for_one_and_for_many(desk, channel, django_assert_max_num_queries):
    for number in range(12):
        post = create_post(by=desk.editor, text=f"Bericht {number}", channels=[channel])
        add_picture(post=post, by=desk.editor, item=make_picture(by=desk.editor))
        submit(post=post, by=desk.editor)
    assert desk.approver.team_ids

    with django_assert_max_num_queries(9):
        mine, _others = queue_of(desk.approver)
    assert len(mine) == 12


# -- the bell ----------------------------------------------------------------------------------------------------------------


def test_the_bell_leads_to_the_post_and_acting_puts_it_away(waiting, desk):
    client = at_desk(desk.approver)
    listed = client.get(reverse("notifications"), headers=HX).content.decode()
    assert "Berichten om te beoordelen" in listed
    assert "De Molenstraat is dicht." in listed

    followed = client.post(reverse("follow_notification", args=[Notification.objects.get(user=desk.approver).pk]))
    assert followed.headers["Location"] == reverse("post", args=[waiting.pk])
    assert not Notification.objects.unread().filter(user=desk.approver).exists()

    send(at_desk(desk.other), "post_approve", waiting.pk, revision="1")
    assert not Notification.objects.unread().filter(kind="review").exists()
    assert Notification.objects.unread().get().user == desk.editor
