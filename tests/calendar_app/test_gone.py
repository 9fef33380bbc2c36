"""Taking a post from its platform: one call, written down before it leaves, and nothing pretended afterwards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from calendar_app.gone import delete_whole
from calendar_app.models import PageReading, PostTarget, PublishedPost, TargetState
from calendar_app.own_posts import DeleteRefused, delete_published, due_for_sync, sync_channel
from channels import errors
from channels.messages import OwnPost, PostFigures
from channels.models import Channel, Delivery
from tests.calendar_app.going_out import again, tick
from tests.calendar_app.made import make_post, schedule
from tests.calendar_app.pages import PagedConnector

pytestmark = pytest.mark.django_db


@pytest.fixture
def published(paged: type[PagedConnector], channel: Channel, editor: User, approver: User) -> PublishedPost:
    schedule(make_post(channel, owner=editor), approver=approver)
    tick()
    post = PublishedPost.objects.get()
    PublishedPost.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    return post


def target() -> PostTarget:
    return again(PostTarget.objects.get())


def results() -> list[str]:
    return list(AuditEvent.objects.filter(action="published.delete").order_by("pk").values_list("result", flat=True))


def look(channel: Channel, *, after: timedelta = timedelta()) -> None:
    due_for_sync()
    for name in ("delete_asked_at", "missing_since"):
        for post in PublishedPost.objects.filter(**{f"{name}__isnull": False}):
            setattr(post, name, getattr(post, name) - after)
            post.save()
    PageReading.objects.update(next_sync_at=timezone.now())
    sync_channel(channel.pk)


def test_one_call_and_everything_says_so(paged: type[PagedConnector], published: PublishedPost, editor: User) -> None:
    assert delete_published(published=published, by=editor)
    assert paged.deleted == [published.external_id]
    assert published.deleted_at is not None
    assert published.deleted_by == editor
    assert target().state == TargetState.DELETED
    assert results() == ["ok"]
    assert AuditEvent.objects.get(action="published.deleted").actor == editor
    with pytest.raises(DeleteRefused) as caught:
        delete_published(published=published, by=editor)
    assert caught.value.code == "gone"
    assert len(paged.deleted) == 1


def test_what_was_gone_already_is_gone(paged: type[PagedConnector], published: PublishedPost, editor: User) -> None:
    paged.deletions = [errors.Gone("no such post")]
    assert delete_published(published=published, by=editor)
    assert published.deleted_by == editor


@pytest.mark.parametrize("is_there", [True, False])
def test_silence_is_settled_by_the_page_itself(
    paged: type[PagedConnector], published: PublishedPost, editor: User, channel: Channel, is_there: bool
) -> None:
    paged.deletions = [errors.OutcomeUnknown("silence")]
    assert delete_published(published=published, by=editor) is False
    published.refresh_from_db()
    assert (published.deleted_at, published.delete_asked_by) == (None, editor)
    assert target().state == TargetState.PUBLISHED
    assert results() == ["ok", "unknown"]
    own = OwnPost(external_id=published.external_id, text=published.text, posted_at=published.posted_at)
    paged.page = [own] if is_there else []
    look(channel, after=timedelta(minutes=6))
    published.refresh_from_db()
    if is_there:
        assert (published.deleted_at, published.delete_asked_at) == (None, None)
        assert results() == ["ok", "unknown", "failed"]
        assert delete_published(published=published, by=editor)
    else:
        assert published.deleted_by == editor
        assert target().state == TargetState.DELETED


def test_a_list_that_lags_behind_brings_nothing_back(
    paged: type[PagedConnector], published: PublishedPost, editor: User, channel: Channel
) -> None:
    delete_published(published=published, by=editor)
    paged.page = [OwnPost(external_id=published.external_id, text="Nieuw", posted_at=published.posted_at)]
    paged.figures = {published.external_id: PostFigures(reach=1)}
    look(channel)
    published.refresh_from_db()
    assert (published.deleted_by, target().state) == (editor, TargetState.DELETED)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.PermanentError("not yours", code="forbidden"), "forbidden"),
        (errors.RateLimited("full"), "rate_limited"),
        (errors.TransientError("away", code="unreachable"), "unreachable"),
    ],
)
def test_what_certainly_was_not_done_is_told(
    paged: type[PagedConnector], published: PublishedPost, editor: User, error: errors.ConnectorError, code: str
) -> None:
    paged.deletions = [error]
    with pytest.raises(DeleteRefused) as caught:
        delete_published(published=published, by=editor)
    assert caught.value.code == code
    assert str(caught.value)
    published.refresh_from_db()
    assert (published.deleted_at, published.delete_asked_at) == (None, None)
    assert results() == ["ok", "refused"]
    assert Channel.objects.get().state == "ok"
    assert delete_published(published=published, by=editor)


def test_two_people_at_once_make_one_call(
    paged: type[PagedConnector], published: PublishedPost, editor: User, approver: User
) -> None:
    paged.deletions = [errors.OutcomeUnknown("silence")]
    delete_published(published=published, by=editor)
    with pytest.raises(DeleteRefused) as caught:
        delete_published(published=published, by=approver)
    assert caught.value.code == "busy"
    assert len(paged.deleted) == 1


def test_who_may_not_is_refused_and_written_down(
    paged: type[PagedConnector], published: PublishedPost, agent: User, outsider: User
) -> None:
    for who in (agent, outsider):
        with pytest.raises(DeleteRefused) as caught:
            delete_published(published=published, by=who)
        assert caught.value.code == "forbidden"
    assert paged.deleted == []
    assert results() == ["refused", "refused"]


def test_a_channel_that_does_not_work_says_why(
    paged: type[PagedConnector], published: PublishedPost, editor: User
) -> None:
    for state in ("off", "stopped", "reauthorise"):
        Channel.objects.update(state=state)
        with pytest.raises(DeleteRefused) as caught:
            delete_published(published=published, by=editor)
        assert caught.value.code == f"channel_{state}"
    assert paged.deleted == []


def test_a_chain_is_gone_when_all_of_it_is(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    schedule(make_post(channel, owner=editor, text="Een\n---\nTwee"), approver=approver)
    tick(2)
    first = PublishedPost.objects.get()
    second = PublishedPost.objects.create(
        channel=channel, external_id="second", root_id=first.root_id, target=first.target, text="Twee", posted_at=timezone.now()
    )  # fmt: skip
    delete_published(published=second, by=editor)
    assert target().state == TargetState.PUBLISHED
    delete_published(published=first, by=editor)
    assert target().state == TargetState.DELETED


def test_a_whole_chain_is_taken_away_from_its_end_also_what_the_page_did_not_show_yet(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    schedule(make_post(channel, owner=editor, text="Een\n---\nTwee\n---\nDrie"), approver=approver)
    tick(3)
    sent = list(Delivery.objects.order_by("pk").values_list("external_id", flat=True))
    assert delete_whole(published=PublishedPost.objects.get(), by=editor)
    assert paged.deleted == sent[::-1]
    assert target().state == TargetState.DELETED
    assert set(PublishedPost.objects.values_list("deleted_by", "root_id")) == {(editor.pk, sent[0])}
    with pytest.raises(DeleteRefused):
        delete_whole(published=PublishedPost.objects.order_by("pk")[0], by=editor)


def test_a_chain_stops_at_the_part_that_nobody_knows_of(
    paged: type[PagedConnector], channel: Channel, editor: User, approver: User
) -> None:
    schedule(make_post(channel, owner=editor, text="Een\n---\nTwee"), approver=approver)
    tick(2)
    paged.deletions = [errors.OutcomeUnknown("silence")]
    assert delete_whole(published=PublishedPost.objects.get(), by=editor) is False
    assert len(paged.deleted) == 1
    assert target().state == TargetState.PUBLISHED
