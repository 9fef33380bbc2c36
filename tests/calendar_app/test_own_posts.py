"""What stands on our own pages is known once, whoever sees it first; what leaves them is certain before it is said."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, User
from calendar_app import tasks
from calendar_app.gone import SURE_AFTER
from calendar_app.models import PageReading, PostTarget, PublishedPost, TargetState
from calendar_app.own_posts import due_for_measuring, due_for_sync, measure_channel, measure_due, sync_channel
from calendar_app.publishing import settle
from channels import errors
from channels.messages import PostFigures
from channels.models import SEEN_BY_PERSON, Channel, Delivery, RateBudget
from config.celery import app
from tests.calendar_app.going_out import again, tick
from tests.calendar_app.made import make_post, schedule
from tests.calendar_app.pages import PagedConnector, aged, later, look, own
from tests.factories import ChannelFactory

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


# -- reading the page ------------------------------------------------------------------------------------------------------


def test_a_post_made_elsewhere_is_known_once(paged: type[PagedConnector], channel: Channel) -> None:
    paged.page = [own(picture_url="https://pics.example/1.jpg", permalink="https://facebook.com/1", root_id="root-a")]
    for _time in range(3):
        assert look(channel) == 1
    post = PublishedPost.objects.get()
    assert (post.external_id, post.root_id, post.text) == ("post-a", "root-a", "Markt op het plein")
    assert (post.permalink, post.picture_url) == ("https://facebook.com/1", "https://pics.example/1.jpg")
    assert post.target is None


def test_what_changes_there_changes_here_and_nothing_replaces_something(
    paged: type[PagedConnector], channel: Channel
) -> None:
    paged.page = [own(permalink="https://facebook.com/1")]
    look(channel)
    paged.page = [own(text="Markt op het kerkplein", permalink="")]
    look(channel)
    assert PublishedPost.objects.values_list("text", "permalink").get() == (
        "Markt op het kerkplein",
        "https://facebook.com/1",
    )
    paged.page = [own(text="", permalink="javascript:alert(1)")]
    look(channel)
    assert PublishedPost.objects.values_list("text", "permalink").get() == (
        "Markt op het kerkplein",
        "https://facebook.com/1",
    )


def test_strange_texts_can_be_stored(paged: type[PagedConnector], channel: Channel) -> None:
    paged.page = [own(text="nul \x00 en half \ud83d teken"), own("b", text="x" * 200_000)]
    assert look(channel) == 2
    assert PublishedPost.objects.get(external_id="post-a").text == "nul  en half  teken"


def test_a_post_of_balie_is_tied_to_its_target_whoever_sees_it_first(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    post = schedule(make_post(channel, owner=editor), approver=approver)
    target = post.targets.get()
    tick()
    delivery = Delivery.objects.get()
    published = PublishedPost.objects.get()
    assert published.target == target
    paged.page = [own(delivery.external_id, text=post.text, root_id="root-z")]
    look(channel)
    published.refresh_from_db()
    assert (published.target, published.root_id) == (target, "root-z")
    # And the other way round: the page shows it before we know that it was ours.
    PublishedPost.objects.all().delete()
    look(channel)
    assert PublishedPost.objects.get().target == target


def test_every_part_of_a_chain_belongs_to_its_target(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    post = schedule(make_post(channel, owner=editor, text="Een\n---\nTwee"), approver=approver)
    tick(2)
    first, second = Delivery.objects.order_by("pk")
    paged.page = [own(second.external_id, root_id=first.external_id), own(first.external_id)]
    look(channel)
    assert set(PublishedPost.objects.values_list("target", flat=True)) == {post.targets.get().pk}


def test_what_nobody_knew_is_proved_by_the_page(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    post = schedule(make_post(channel, owner=editor, text="Café  open\nmorgen"), approver=approver)
    paged.outcomes.append(errors.OutcomeUnknown("silence"))
    tick()
    target = post.targets.get()
    assert target.state == TargetState.UNKNOWN
    paged.page = [own("old", text="Café open morgen", posted_at=timezone.now() - timedelta(days=1))]
    look(channel)
    assert again(target).state == TargetState.UNKNOWN
    paged.page = [own("new", text="Cafe\u0301 open morgen", posted_at=timezone.now()), *paged.page]
    look(channel)
    assert again(target).state == TargetState.PUBLISHED
    assert PublishedPost.objects.get(external_id="new").target == target
    assert PublishedPost.objects.get(external_id="old").target is None


def test_what_only_a_person_saw_gets_its_real_id(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    post = schedule(make_post(channel, owner=editor), approver=approver)
    paged.outcomes.append(errors.OutcomeUnknown("silence"))
    tick()
    settle(target=post.targets.get(), was_published=True, by=editor)
    assert Delivery.objects.get().external_id.startswith(SEEN_BY_PERSON)
    paged.page = [own("real", text=post.text, posted_at=timezone.now(), permalink="https://facebook.com/real")]
    look(channel)
    assert (Delivery.objects.get().external_id, Delivery.objects.get().permalink) == (
        "real",
        "https://facebook.com/real",
    )
    assert PublishedPost.objects.get().target == post.targets.get()


def test_one_post_proves_one_delivery(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    for _number in range(2):
        schedule(make_post(channel, owner=editor), approver=approver)
        paged.outcomes.append(errors.OutcomeUnknown("silence"))
    tick()
    paged.page = [own("one", text="De Molenstraat is maandag dicht.", posted_at=timezone.now())]
    look(channel)
    look(channel)
    assert sorted(PostTarget.objects.values_list("state", flat=True)) == [TargetState.PUBLISHED, TargetState.UNKNOWN]


def test_reading_a_known_page_again_asks_little(
    paged: type[PagedConnector], channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    paged.page = [own(f"post-{number}") for number in range(200)]
    look(channel)
    PageReading.objects.update(next_sync_at=timezone.now())
    with django_assert_max_num_queries(18):
        sync_channel(channel.pk)
    assert PublishedPost.objects.count() == 200


# -- what vanishes ---------------------------------------------------------------------------------------------------------


def test_what_vanished_is_marked_once_that_is_certain(paged: type[PagedConnector], channel: Channel) -> None:
    paged.page = [own()]
    look(channel)
    later(channel, minutes=10)
    paged.page = []
    look(channel)
    assert PublishedPost.objects.get().deleted_at is None, "the first time it may be a hiccup"
    later(channel, seconds=SURE_AFTER.total_seconds() + 1)
    look(channel)
    post = PublishedPost.objects.get()
    assert post.deleted_at is not None
    assert post.deleted_by is None
    assert AuditEvent.objects.get(action="published.deleted").actor is None


def test_what_the_list_leaves_out_and_the_platform_still_knows_is_there(
    paged: type[PagedConnector], channel: Channel
) -> None:
    paged.page = [own()]
    look(channel)
    later(channel, minutes=10)
    paged.page, paged.figures = [], {"post-a": PostFigures(reach=3)}
    for _time in range(3):
        look(channel)
        later(channel, minutes=10)
    assert PublishedPost.objects.values_list("deleted_at", "missing_since").get() == (None, None)


def test_what_comes_back_is_there_again(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    post = schedule(make_post(channel, owner=editor), approver=approver)
    tick()
    later(channel, minutes=10)
    for _time in range(2):
        look(channel)
        later(channel, minutes=10)
    assert again(post.targets.get()).state == TargetState.DELETED
    paged.page = [own(Delivery.objects.get().external_id)]
    look(channel)
    assert PublishedPost.objects.get().deleted_at is None
    assert again(post.targets.get()).state == TargetState.PUBLISHED


def test_a_full_list_says_nothing_of_what_is_older(paged: type[PagedConnector], channel: Channel) -> None:
    paged.page = [own("old", posted_at=timezone.now() - timedelta(days=2))]
    look(channel)
    paged.page = [own(f"new-{number}") for number in range(200)]
    for _time in range(3):
        later(channel, minutes=10)
        look(channel)
    assert PublishedPost.objects.values_list("deleted_at", "missing_since").get(external_id="old") == (None, None)


# -- limits and trouble ----------------------------------------------------------------------------------------------------


def test_nobody_reads_the_same_page_twice_at_once(paged: type[PagedConnector], channel: Channel) -> None:
    assert due_for_sync() == [channel.pk]
    assert sync_channel(channel.pk) == 0
    assert sync_channel(channel.pk) is None
    assert due_for_sync() == []


@pytest.mark.parametrize("state", ["off", "stopped", "limited"])
def test_a_channel_that_may_not_be_read_is_left_alone(
    paged: type[PagedConnector], channel: Channel, state: str
) -> None:
    aged(channel, "a", HOUR, None)
    Channel.objects.update(state=state, state_until=timezone.now() + HOUR)
    assert due_for_sync() == []
    assert due_for_measuring() == []


def test_a_closed_channel_and_one_that_lists_nothing_are_left_alone(
    paged: type[PagedConnector], channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    ChannelFactory(closed_at=timezone.now())
    assert due_for_sync() == [channel.pk]
    monkeypatch.setattr(paged, "capabilities", paged.__mro__[1].capabilities)
    assert due_for_sync() == []


def test_a_limit_postpones_only_the_reading(paged: type[PagedConnector], channel: Channel) -> None:
    paged.trouble = errors.RateLimited("full", retry_after=timedelta(minutes=7))
    assert look(channel) == 0
    reading = PageReading.objects.get()
    assert timedelta(minutes=6) < reading.next_sync_at - timezone.now() <= timedelta(minutes=7)
    assert (reading.error_code, reading.explained.text) == ("rate_limited", "De limiet van Facebook is bereikt.")
    channel.refresh_from_db()
    assert channel.state == "ok"


def test_a_limit_that_is_nearly_used_up_is_spared(paged: type[PagedConnector], channel: Channel) -> None:
    reset = timezone.now() + timedelta(minutes=9)
    RateBudget.objects.create(channel=channel, name="dm_read", limit=15, remaining=0, reset_at=reset)
    assert look(channel) == 0
    RateBudget.objects.create(channel=channel, name="posts", limit=900, remaining=100, reset_at=reset)
    assert look(channel) is None
    assert PageReading.objects.get().next_sync_at == reset


def test_what_concerns_the_channel_is_said_there(paged: type[PagedConnector], channel: Channel) -> None:
    paged.trouble = errors.Misconfigured("no scope", code="permissions")
    look(channel)
    channel.refresh_from_db()
    assert (channel.state, channel.state_code) == ("reauthorise", "permissions")


def test_trouble_backs_off_and_success_forgets_it(paged: type[PagedConnector], channel: Channel) -> None:
    paged.trouble = errors.TransientError("away", code="timeout")
    waits: list[datetime] = []
    for _time in range(3):
        look(channel)
        waits.append(PageReading.objects.get().next_sync_at)
    assert waits[0] < waits[1] < waits[2]
    paged.trouble = None
    aged(channel, "a", HOUR, None)
    later(channel)
    assert measure_channel(channel.pk) == 0
    assert PageReading.objects.get().failures == 3, "figures say nothing of the page"
    look(channel)
    reading = PageReading.objects.get()
    assert (reading.failures, reading.error_code, reading.synced_at is not None) == (0, "", True)


def test_a_refused_token_is_renewed_once(paged: type[PagedConnector], channel: Channel) -> None:
    paged.page = [own()]
    paged.refused_tokens = {"geheim"}
    assert look(channel) == 1
    assert paged.renewals == ["geheim"]


def test_trouble_on_one_channel_does_not_stop_another(paged: type[PagedConnector], channel: Channel) -> None:
    other = ChannelFactory()
    aged(channel, "a", HOUR, None)
    aged(other, "b", HOUR, None)
    paged.figures = {"a": PostFigures(reach=1), "b": PostFigures(reach=1)}
    paged.troubled_account = channel.external_id
    assert measure_due() == 1
    assert measure_channel(channel.pk) is None, "it waits"


def test_the_clock_reads_and_measures_every_channel(paged: type[PagedConnector], channel: Channel) -> None:
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    try:
        paged.page, paged.figures = [own()], {"post-a": PostFigures(reach=3)}
        assert settings.CELERY_BEAT_SCHEDULE["own-posts"]["task"] == tasks.read_own_posts.name
        tasks.read_own_posts()
        tasks.read_own_posts()
    finally:
        app.conf.update(task_always_eager=False, task_eager_propagates=False)
    assert PublishedPost.objects.get().reach == 3
    assert len(paged.asked) == 1
