"""Another moment for a post: dragged, typed, undone, refused; on both nights on which the clock is moved."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Role, Team, User
from calendar_app.models import Post, PostKind, PostTarget
from channels.models import Channel
from tests.calendar_app.made import make_post, schedule
from tests.factories import ChannelFactory, UserFactory

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime(2026, 3, 20, 11, 0, tzinfo=AMSTERDAM)


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def editor(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.EDITOR)


@pytest.fixture
def approver(team: Team) -> User:
    return UserFactory(teams=[team], teams__role=Role.APPROVER)


@pytest.fixture
def post(channel: Channel, editor: User, approver: User) -> Post:
    """Approved, for Wednesday 25 March 09:45."""
    return schedule(make_post(channel, owner=editor), approver=approver, at=at(25, 9, 45))


def at(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=AMSTERDAM)


def move(client: Client, post: Post, *, target: str = "calendar", query: str = "", **values: str) -> HttpResponse:
    """As the calendar asks it: by dragging, or (target "sheet") from the dialog."""
    response: Any = client.post(
        reverse("post_move", args=[post.pk]),
        values,
        headers={
            "HX-Request": "true",
            "HX-Target": target,
            "HX-Current-URL": f"http://testserver{reverse('calendar')}{query}",
        },
    )
    post.refresh_from_db()
    return response


def toast(response: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.headers["HX-Trigger"])["balie:toast"]
    return found


# -- dragging --------------------------------------------------------------------------------------------------------------------


def test_a_drag_to_a_day_keeps_the_time_and_the_approval(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    response = move(client, post, on="2026-03-27")
    assert (response.status_code, post.planned_at) == (200, at(27, 9, 45))
    assert post.targets.get().state == "scheduled"
    assert toast(response)["text"] == "Verplaatst naar vrijdag 27 maart om 09:45."
    assert 'data-day="2026-03-27"' in response.content.decode()  # the calendar as it is now
    assert response.headers["HX-Retarget"] == "#calendar"
    assert AuditEvent.objects.filter(action="post.moved", object_id=str(post.pk)).count() == 1


def test_a_drag_to_an_hour_keeps_the_minutes(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    move(client, post, query="?view=week", on="2026-03-26", hour="14")
    assert post.planned_at == at(26, 14, 45)


def test_the_answer_shows_the_period_and_filter_from_which_it_was_asked(
    client: Client, post: Post, editor: User
) -> None:
    client.force_login(editor)
    page = move(client, post, query="?view=week&on=2026-04-01&state=draft", on="2026-04-02").content.decode()
    assert "calendar--week" in page
    assert 'data-day="2026-04-01"' in page
    assert f"planned-{post.pk}" not in page  # it is no draft


def test_a_move_is_undone_to_the_same_second(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    Post.objects.filter(pk=post.pk).update(planned_at=at(25, 9, 45).replace(second=7))
    undo = toast(move(client, post, on="2026-03-27"))["action"]
    assert undo["event"] == "balie:move"
    assert undo["detail"]["url"] == reverse("post_move", args=[post.pk])
    move(client, post, to=undo["detail"]["to"])
    assert post.planned_at == at(25, 9, 45).replace(second=7)


def test_what_had_no_moment_goes_back_to_none(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    loose = make_post(channel, owner=editor)
    response = move(client, loose, on="2026-03-27")
    assert loose.planned_at == at(27, 10)  # a usual time
    assert toast(response)["action"]["detail"]["to"] == ""
    move(client, loose, to="")
    assert loose.planned_at is None


def test_an_idea_on_a_day_becomes_a_post(client: Client, editor: User) -> None:
    client.force_login(editor)
    idea = make_post(owner=editor, text="Iets met laadpalen", kind=PostKind.IDEA)
    response = move(client, idea, query="?ideas=1", on="2026-03-27")
    assert response.status_code == 200
    made = Post.objects.get(kind=PostKind.POST)
    assert (made.text, made.planned_at) == ("Iets met laadpalen", at(27, 10))
    assert idea.removed_at is not None
    page = response.content.decode()
    assert f"planned-{made.pk}" in page
    assert f"planned-{idea.pk}" not in page
    assert "action" not in toast(response)


# -- refusals --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["publishing", "published", "failed", "unknown"])
def test_what_has_begun_is_not_moved(client: Client, post: Post, editor: User, state: str) -> None:
    client.force_login(editor)
    PostTarget.objects.filter(post=post).update(state=state, published_at=NOW)
    response = move(client, post, on="2026-03-27")
    assert (response.status_code, post.planned_at) == (422, at(25, 9, 45))
    assert toast(response)["level"] == "error"
    assert "calendar--month" in response.content.decode()  # where it stands
    assert move(client, post, target="sheet", unplan="1").status_code == 422
    assert move(client, post, to=at(28, 10).isoformat()).status_code == 422
    assert post.planned_at == at(25, 9, 45)


@pytest.mark.parametrize(
    "values",
    [{"on": "2026-03-19"}, {"on": "2026-03-20", "hour": "10"}, {"on": "2025-03-20"}, {"on": "1999-01-01"}, {"on": "2099-01-01"},
     {"on": "morgen"}, {}, {"to": "straks"}, {"to": "2026-03-27T10:00:00"}, {"to": "2026-03-19T10:00:00+00:00"},
     {"to": "2026-99-99T99:99:99+00:00"}, {"on": "2026-03-27", "at": "25:00"}, {"on": "2026-03-27", "at": ""}],
)  # fmt: skip
def test_a_moment_that_can_not_be_is_refused(client: Client, post: Post, editor: User, values: dict[str, str]) -> None:
    client.force_login(editor)
    response = move(client, post, **values)
    assert (response.status_code, post.planned_at) == (422, at(25, 9, 45))
    assert toast(response)["text"]


def test_who_may_move(client: Client, post: Post, editor: User, agent: User, outsider: User, team: Team) -> None:
    reader = UserFactory(is_superuser=True)
    for person, expected in [(agent, 403), (outsider, 404), (reader, 403), (editor, 200)]:
        client.force_login(person)
        assert client.get(reverse("post_move", args=[post.pk])).status_code == expected
        assert move(client, post, on="2026-03-27").status_code == expected
    assert post.planned_at == at(27, 9, 45)
    # Whoever does not see one of its channels does not move what goes out there.
    elsewhere = ChannelFactory(platform="linkedin")
    PostTarget.objects.create(post=post, channel=elsewhere)
    assert move(client, post, on="2026-03-28").status_code == 422
    assert post.planned_at == at(27, 9, 45)


def test_a_template_and_what_was_thrown_away_have_no_moment(client: Client, channel: Channel, editor: User) -> None:
    client.force_login(editor)
    for more in ({"kind": PostKind.TEMPLATE}, {"removed_at": NOW}):
        assert move(client, make_post(channel, owner=editor, **more), on="2026-03-27").status_code == 404


# -- the dialog ------------------------------------------------------------------------------------------------------------------


def test_the_dialog_says_what_it_moves_and_when_it_is(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    form = client.get(reverse("post_move", args=[post.pk])).content.decode()
    assert form.startswith('<form id="move"')
    assert 'value="2026-03-25"' in form
    assert 'value="09:45"' in form
    assert "De Molenstraat is maandag dicht." in form


def test_enter_in_the_dialog_plans_and_never_takes_it_out(client: Client, post: Post, editor: User) -> None:
    """Enter presses the first button that sends a form."""
    client.force_login(editor)
    form = client.get(reverse("post_move", args=[post.pk])).content.decode()
    assert re.findall(r'<button[^>]*type="submit"[^>]*>([^<]+)', form) == ["Verplaatsen"]
    assert "Uit de planning halen" in form


def test_the_dialog_keeps_what_was_typed_and_says_why_not(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    response = move(client, post, target="sheet", on="2026-03-18", at="16:20")
    form = response.content.decode()
    assert response.status_code == 422
    assert form.startswith('<form id="move"')
    assert "Dat moment is al voorbij" in form
    assert 'value="16:20"' in form
    assert "HX-Retarget" not in response.headers

    moved = move(client, post, target="sheet", on="2026-03-26", at="16:20")
    assert post.planned_at == at(26, 16, 20)
    assert moved.headers["HX-Retarget"] == "#calendar"
    assert json.loads(moved.headers["HX-Trigger-After-Swap"]) == {"balie:saved": {"post": post.pk}}


def test_out_of_the_plan(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    response = move(client, post, target="sheet", unplan="1")
    assert post.planned_at is None
    assert post.targets.get().state == "approved"  # what was approved stays so
    assert "Zonder datum" in toast(response)["text"]


def test_without_htmx_one_comes_back_at_the_calendar(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    response = client.post(reverse("post_move", args=[post.pk]), {"on": "2026-03-27", "at": "08:00"})
    assert (response.status_code, response.headers["Location"]) == (302, reverse("calendar"))


# -- two nights a year -----------------------------------------------------------------------------------------------------------


def test_the_hour_that_is_skipped_moves_on_and_says_so(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    response = move(client, post, target="sheet", on="2026-03-29", at="02:30")
    assert post.planned_at == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 on the clock
    assert "om 03:30" in toast(response)["text"]
    assert "bestaat die nacht niet" in toast(response)["text"]


def test_the_hour_that_comes_twice_is_asked_about(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    night = {"target": "sheet", "on": "2026-10-25", "at": "02:30"}
    asked = move(client, post, **night)
    assert (asked.status_code, post.planned_at) == (422, at(25, 9, 45))
    assert 'name="which"' in asked.content.decode()

    first = move(client, post, which="first", **night)
    assert post.planned_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert "dit is de eerste" in toast(first)["text"]
    second = move(client, post, which="second", **night)
    assert post.planned_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert "dit is de tweede" in toast(second)["text"]
    # Undoing knows which of the two it was.
    assert toast(second)["action"]["detail"]["to"] == "2026-10-25T00:30:00+00:00"


def test_a_drag_into_that_hour_takes_the_first_and_says_so(client: Client, post: Post, editor: User) -> None:
    client.force_login(editor)
    response = move(client, post, query="?view=week", on="2026-10-25", hour="2")
    assert post.planned_at == datetime(2026, 10, 25, 0, 45, tzinfo=UTC)
    assert "dit is de eerste" in toast(response)["text"]
