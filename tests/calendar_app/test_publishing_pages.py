"""How far a post is and what people do about it, by page: chips, buttons, the pause on every page, the list of what was missed."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calendar_app.models import Post, PostTarget
from calendar_app.pause import pause, resume
from calendar_app.publishing import publish_due
from channels import errors
from channels.messages import Receipt
from channels.models import Channel, ChannelState
from tests.calendar_app.going_out import again, states, tick
from tests.calendar_app.made import make_post, schedule

pytestmark = pytest.mark.django_db

HX = {"HX-Request": "true"}


@pytest.fixture
def planned(channel, scripted, editor, approver) -> PostTarget:
    return schedule(make_post(channel, owner=editor), approver=approver).targets.get()


@pytest.fixture
def desk(editor) -> Client:
    client = Client()
    client.force_login(editor)
    return client


@pytest.fixture
def lead(approver) -> Client:
    client = Client()
    client.force_login(approver)
    return client


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def state_of(client: Client, target: PostTarget) -> str:
    return text_of(client.get(reverse("target_state", args=[target.pk]), headers=HX))


def act(client: Client, name: str, target: PostTarget, **data: str):
    return client.post(reverse(name, args=[target.pk]), data, headers=HX)


def test_what_failed_says_why_and_goes_again_by_a_button(planned, scripted, desk):
    scripted.outcomes[:] = [errors.PermanentError("Spam", code="duplicate")]
    tick()
    shown = state_of(desk, planned)
    assert "Precies deze tekst staat al op Facebook." in shown
    assert reverse("target_retry", args=[planned.pk]) in shown

    answer = act(desk, "target_retry", planned)
    tick()

    assert answer.status_code == 200
    assert "wordt geplaatst" in text_of(answer)
    assert "balie:toast" in answer.headers["HX-Trigger"]
    assert again(planned).state == "published"
    assert act(desk, "target_retry", planned).status_code == 422


def test_what_nobody_knows_is_settled_by_whoever_looked(planned, scripted, desk):
    scripted.outcomes[:] = [errors.OutcomeUnknown("time-out")]
    tick()
    shown = state_of(desk, planned)
    assert "Balie stuurt het niet vanzelf opnieuw." in shown
    assert "Het staat er niet" in shown

    answer = act(desk, "target_settle", planned, was_published="1")

    assert "Een medewerker heeft gezien dat het er staat." in text_of(answer)
    assert states() == ["published"]


def test_a_published_post_links_to_the_platform_and_shows_that_it_was_late(planned, scripted, desk):
    Post.objects.update(planned_at=timezone.now() - timedelta(minutes=12))
    scripted.outcomes[:] = [lambda post: Receipt(external_id="7", permalink="https://facebook.example/7")]
    tick()

    shown = state_of(desk, planned)

    assert 'href="https://facebook.example/7"' in shown
    assert "12 minuten te laat" in shown


def test_a_thread_shows_how_much_of_it_is_there(channel, scripted, editor, approver, desk):
    post = schedule(make_post(channel, owner=editor, text="Een\n---\nTwee\n---\nDrie"), approver=approver)
    scripted.outcomes[:] = [None, errors.PermanentError("no", code="duplicate")]
    tick(2)

    shown = state_of(desk, post.targets.get())

    assert "1 van 3 delen geplaatst" in shown
    assert "Verder met het vervolg" in shown


def test_what_waits_for_its_channel_says_so_and_can_be_withdrawn(planned, scripted, desk):
    publish_due()
    Channel.objects.update(state=ChannelState.REAUTHORISE)

    shown = state_of(desk, planned)
    assert "Het kanaal moet opnieuw worden gekoppeld." in shown
    assert reverse("target_drop", args=[planned.pk]) in shown

    assert act(desk, "target_drop", planned).status_code == 200
    Channel.objects.update(state=ChannelState.OK)
    tick(2)

    assert states() == ["cancelled"]
    assert act(desk, "target_drop", planned).status_code == 422


def test_who_only_answers_residents_reads_and_is_offered_no_buttons(planned, agent, scripted):
    scripted.outcomes[:] = [errors.PermanentError("Spam", code="duplicate")]
    tick()
    client = Client()
    client.force_login(agent)

    assert "Opnieuw proberen" not in state_of(client, planned)


# -- pausing ---------------------------------------------------------------------------------------------------------------


def test_a_pause_begins_with_a_reason_and_every_page_shows_it(desk, lead, agent, planned):
    form = text_of(desk.get(reverse("publishing_pause_form"), headers=HX))
    assert "Waarom?" in form
    refused = desk.post(reverse("publishing_pause"), {"reason": " "}, headers=HX)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in text_of(refused)

    answer = desk.post(reverse("publishing_pause"), {"reason": "Brand <b>bij</b> de haven"}, headers=HX)

    assert answer.headers["HX-Redirect"] == reverse("publishing_review")
    client = Client()
    client.force_login(agent)
    for page in ("inbox", "channels", "profile", "calendar", "jobs"):
        shown = text_of(client.get(reverse(page)))
        assert "Alle berichten zijn gepauzeerd." in shown, page
        assert "Brand &lt;b&gt;bij&lt;/b&gt; de haven" in shown, page
    assert "Hervatten" in text_of(lead.get(reverse("publishing_review")))
    assert 'hx-post="/calendar/resume"' not in text_of(desk.get(reverse("publishing_review")))
    assert lead.post(reverse("publishing_resume"), headers=HX).headers["HX-Redirect"] == reverse("publishing_review")
    assert "Alle berichten zijn gepauzeerd." not in text_of(client.get(reverse("inbox")))


def test_the_button_is_for_who_plans_and_has_a_key(desk, agent):
    shown = text_of(desk.get(reverse("calendar")))
    assert 'data-key="Shift+p"' in shown
    client = Client()
    client.force_login(agent)
    assert 'data-key="Shift+p"' not in text_of(client.get(reverse("calendar")))


def test_the_list_shows_what_had_left_and_what_was_missed_and_bulk_decides(
    channel, scripted, editor, approver, desk, lead, planned
):
    tick()
    late = [schedule(make_post(channel, owner=editor, text=f"Gemist {n}"), approver=approver) for n in range(4)]
    pause(reason="Brand", by=editor)
    resume(by=approver)
    one, two, three, four = (post.targets.get().pk for post in late)
    shown = text_of(desk.get(reverse("publishing_review")))
    assert shown.count('name="target"') == 4
    assert "De Molenstraat is maandag dicht." in shown

    def decide(status=200, **data):
        answer = desk.post(reverse("publishing_decide"), data, headers=HX)
        assert answer.status_code == status
        return text_of(answer)

    assert "Kies eerst een bericht." in decide(422, action="now")
    assert "Kies wat er moet gebeuren." in decide(422, target=[one])
    assert "Vul een dag en een tijd in." in decide(422, action="later", target=[one], moment="straks")
    assert "Kies een moment dat nog komt." in decide(422, action="later", target=[one], moment="2020-01-01T10:00")
    decide(action="now", target=[one])
    decide(action="later", target=[two, three], moment=f"{timezone.localdate() + timedelta(days=2)}T10:30")
    decide(action="drop", target=[four])
    tick()

    assert [again(PostTarget(pk=pk)).state for pk in (one, two, three, four)] == [
        "published", "scheduled", "scheduled", "cancelled",
    ]  # fmt: skip
    moment = timezone.localtime(again(PostTarget(pk=two)).moment)
    assert (moment.hour, moment.minute) == (10, 30)
    assert "Niets gemist" in text_of(desk.get(reverse("publishing_review")))


def test_another_team_sees_nothing_of_it_and_decides_nothing(channel, scripted, editor, approver, planned, outsider):
    from accounts.models import Membership, Role

    Membership.objects.filter(user=outsider).update(role=Role.APPROVER)
    pause(reason="Brand", by=editor)
    resume(by=approver)
    client = Client()
    client.force_login(outsider)

    assert 'name="target"' not in text_of(client.get(reverse("publishing_review")))
    answer = client.post(reverse("publishing_decide"), {"action": "drop", "target": [planned.pk]}, headers=HX)
    assert answer.status_code == 422
    assert states() == ["missed"]


@pytest.mark.parametrize("number", [2, 20])
def test_the_list_asks_the_same_of_the_database_however_long_it_is(
    channel, scripted, editor, approver, desk, django_assert_max_num_queries, number
):
    for _each in range(number):
        schedule(make_post(channel, owner=editor), approver=approver)
    tick()
    for _each in range(number):
        schedule(make_post(channel, owner=editor), approver=approver)
    pause(reason="Brand", by=editor)
    resume(by=approver)

    with django_assert_max_num_queries(28):
        desk.get(reverse("publishing_review"))
