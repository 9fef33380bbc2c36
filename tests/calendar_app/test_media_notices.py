"""Owners of planned posts hear in time that a picture of theirs expires: once, and only when something still has to go out."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from calendar_app import tasks
from calendar_app.media import describe_item
from calendar_app.media_notices import tell_expiring
from calendar_app.models import Post
from channels.models import Channel
from inbox.models import Notification
from tests.calendar_app.made import make_picture, make_post, show

pytestmark = pytest.mark.django_db


def in_days(days: int) -> datetime.date:
    return timezone.localdate() + datetime.timedelta(days=days)


def planned(channel: Channel, owner: User, *, days: int = 3, expires: int | None = 5, **more: object) -> Post:
    expires_on = None if expires is None else in_days(expires)
    item = make_picture(by=owner, expires_on=expires_on, name="Hek")
    post = make_post(channel, owner=owner, planned_at=timezone.now() + datetime.timedelta(days=days), **more)
    show(post, item)
    return post


def test_the_owner_is_told_once_and_comes_to_the_picture(client: Client, editor: User, channel: Channel) -> None:
    post = planned(channel, editor)
    item = post.pictures.get().item

    assert [tell_expiring(), tell_expiring()] == [1, 0]
    told = Notification.objects.get()
    assert (told.user, told.kind, told.title) == (editor, "expiring", "Hek")
    assert told.path == reverse("media_item", args=[item.pk])
    client.force_login(editor)
    assert "Hek" in client.get(reverse("notifications")).content.decode()

    told.read_at = timezone.now()
    told.save()
    tasks.tell_expiring_media()
    assert Notification.objects.unread().count() == 0


def test_one_line_for_all_the_posts_of_an_owner_with_that_picture(editor: User, agent: User, channel: Channel) -> None:
    item = planned(channel, editor).pictures.get().item
    for owner in (editor, agent):
        show(make_post(channel, owner=owner, planned_at=timezone.now()), item)

    assert tell_expiring() == 3
    assert sorted(Notification.objects.values_list("user", flat=True)) == sorted([editor.pk, agent.pk])


@pytest.mark.parametrize(("expires", "told"), [(-1, 0), (0, 1), (7, 1), (8, 0), (None, 0)])
@pytest.mark.usefixtures("one_moment")
def test_a_week_before_up_to_the_last_day(editor: User, channel: Channel, expires: int | None, told: int) -> None:
    planned(channel, editor, expires=expires)

    assert tell_expiring() == told


def test_nobody_hears_of_what_does_not_go_out_any_more(editor: User, channel: Channel) -> None:
    planned(channel, editor, removed_at=timezone.now())
    gone = planned(channel, editor)
    gone.targets.update(state="cancelled")
    other = planned(channel, editor)
    other.targets.update(has_own_pictures=True)  # shows another one, or none
    draft = planned(channel, editor)
    Post.objects.filter(pk=draft.pk).update(planned_at=None)
    make_picture(by=editor, expires_on=in_days(2))

    assert tell_expiring() == 0
    Post.objects.filter(pk=draft.pk).update(planned_at=timezone.now())
    assert tell_expiring() == 1


def test_another_last_day_takes_it_back_and_is_news_again(editor: User, channel: Channel) -> None:
    item = planned(channel, editor).pictures.get().item
    tell_expiring()

    describe_item(item=item, by=editor, expires_on=in_days(60))
    assert (Notification.objects.unread().count(), tell_expiring()) == (0, 0)
    describe_item(item=item, by=editor, expires_on=in_days(4))

    assert tell_expiring() == 1
    assert Notification.objects.unread().get().user == editor
