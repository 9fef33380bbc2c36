"""Posts that leave the platform: taken away by somebody here, or vanished there."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.models import PostPart, PostTarget, PublishedPost, TargetState
from calendar_app.outcomes import show_change
from calendar_app.page_reading import asking
from calendar_app.permissions import may_plan
from channels import errors
from channels.models import SEEN_BY_PERSON, Channel, DeliveryState
from channels.registry import CONNECTORS
from channels.state import BLOCKS_SENDING, note_error
from channels.wording import explain, explain_error
from core.events import publish_on_commit

SURE_AFTER = timedelta(minutes=5)  # what stayed away for so long is gone
CALL_LASTS = timedelta(minutes=2)  # longer than any call: nobody is talking to the platform any more


class DeleteRefused(Exception):
    """It was not taken away; str() says why, for the person who asked."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


def delete_published(*, published: PublishedPost, by: User) -> bool:
    """Take `published` from its platform, with one call. True: it is gone, also when it was already. False: nobody knows, the
    page's next reading shows it. Raises DeleteRefused."""
    channel = Channel.objects.get(pk=published.channel_id)
    _refuse_unless_allowed(published, channel, by)
    _begin(published, by)
    try:
        asking(channel, lambda connector: connector.delete_post(published.external_id))
    except errors.Gone:
        pass
    except (errors.OutcomeUnknown, errors.PayloadError) as error:
        # Asked stays asked: whoever sees next that it is gone knows who did it.
        record("published.delete", published, by=by, result="unknown", code=error.code)
        return False
    except errors.ConnectorError as error:
        if isinstance(error, errors.ChannelError):  # a limit on taking away says nothing of sending
            note_error(channel, error)
        _withdraw(published)
        _refuse(published, by, str(explain_error(error, platform=channel.platform)), code=error.code)
    mark_deleted(published.pk, by=by)
    published.refresh_from_db()
    return True


def delete_whole(*, published: PublishedPost, by: User) -> bool:
    """Take away `published` with the other parts of its chain, the last part first: one call each. Stops at the first that is not
    certainly gone. As `delete_published`."""
    if published.target_id is None:
        return delete_published(published=published, by=by)
    know_parts(published.target_id)
    posts = PublishedPost.objects.there().filter(target=published.target_id).order_by("-posted_at", "-pk")
    return all(delete_published(published=post, by=by) for post in list(posts) or [published])


@transaction.atomic
def know_parts(target: int) -> None:
    """Every part that was sent has its row, also before the page was read."""
    sent = PostPart.objects.filter(target=target, delivery__state=DeliveryState.SENT).select_related("delivery")
    parts = [part for part in sent.order_by("position") if part.delivery is not None]
    rows = [
        PublishedPost(
            channel_id=part.delivery.channel_id,
            external_id=part.delivery.external_id,
            root_id=part.delivery.root_id or part.delivery.external_id,
            target_id=target,
            text=part.text,
            permalink=part.delivery.permalink,
            posted_at=part.delivery.finished_at or timezone.now(),
        )
        for part in parts
        if part.delivery and not part.delivery.external_id.startswith(SEEN_BY_PERSON)
    ]
    PublishedPost.objects.bulk_create(rows, ignore_conflicts=True)


def _refuse_unless_allowed(published: PublishedPost, channel: Channel, by: User) -> None:
    if not may_plan(by) or not PublishedPost.objects.visible_to(by).filter(pk=published.pk).exists():
        _refuse(published, by, _("U mag dit bericht niet verwijderen."), code="forbidden")
    if not CONNECTORS[channel.platform].capabilities.deletes_posts:
        message = _("%(platform)s laat dit niet toe. Verwijder het bericht daar.")
        _refuse(published, by, message % {"platform": channel.get_platform_display()}, code="unsupported")
    if channel.state in BLOCKS_SENDING or channel.closed_at:
        code = "channel_closed" if channel.closed_at else f"channel_{channel.state}"
        _refuse(published, by, str(explain(code, "", platform=channel.platform)), code=code)


def _refuse(published: PublishedPost, by: User, message: str, *, code: str) -> None:
    record("published.delete", published, by=by, result="refused", code=code[:40])
    raise DeleteRefused(message, code=code)


def _begin(published: PublishedPost, by: User) -> None:
    """Committed before the call leaves: who asks, and that an answer is awaited. Two people at once make one call."""
    now = timezone.now()
    with transaction.atomic():
        post = PublishedPost.objects.select_for_update(of=("self",), no_key=True).get(pk=published.pk)
        is_busy = post.delete_asked_at is not None and post.delete_asked_at > now - CALL_LASTS
        if post.deleted_at is None and not is_busy:
            post.delete_asked_at, post.delete_asked_by = now, by
            post.save(update_fields=["delete_asked_at", "delete_asked_by"])
            record("published.delete", published, by=by, channel=post.channel_id)
            publish_on_commit("calendar", "published", f"published-{post.pk}")
            return
    message = _("Dit bericht is al verwijderd.") if post.deleted_at else _("Iemand verwijdert dit bericht net.")
    raise DeleteRefused(message, code="gone" if post.deleted_at else "busy")


def _withdraw(published: PublishedPost) -> None:
    """It certainly is still there."""
    PublishedPost.objects.filter(pk=published.pk).update(delete_asked_at=None, delete_asked_by=None)
    publish_on_commit("calendar", "published", f"published-{published.pk}")


# -- seen by reading the page ------------------------------------------------------------------------------------------------


def note_there(posts: Sequence[PublishedPost]) -> None:
    """The platform shows these (still)."""
    PublishedPost.objects.filter(pk__in=[post.pk for post in posts if post.missing_since]).update(missing_since=None)
    # Long after the call it still stands there: what was asked did not happen.
    before = timezone.now() - SURE_AFTER
    asked = [post.pk for post in posts if post.delete_asked_at and post.delete_asked_at < before]
    for post in PublishedPost.objects.there().filter(pk__in=asked, delete_asked_at__lt=before):
        record("published.delete", post, by=post.delete_asked_by, result="failed", code="still_there")
        _withdraw(post)


def note_missing(posts: Sequence[PublishedPost]) -> None:
    """The platform does not show these. The first time it may be a hiccup; what stays away is gone, and who took it away is
    known when somebody here asked for that."""
    now = timezone.now()
    for post in posts:
        if post.missing_since is None and post.delete_asked_at is None:
            PublishedPost.objects.filter(pk=post.pk, missing_since=None).update(missing_since=now)
        elif post.delete_asked_at or (post.missing_since and post.missing_since <= now - SURE_AFTER):
            mark_deleted(post.pk, by=post.delete_asked_by)


@transaction.atomic
def mark_deleted(pk: int, *, by: User | None) -> None:
    """It is no longer on the platform; its target says so when nothing of it is left there."""
    target_id: int | None = PublishedPost.objects.get(pk=pk).target_id
    target = None
    if target_id is not None:
        target = PostTarget.objects.select_for_update(of=("self",), no_key=True).get(pk=target_id)
    post = PublishedPost.objects.select_for_update(of=("self",), no_key=True).get(pk=pk)
    if post.deleted_at is not None:
        return
    post.deleted_at, post.deleted_by = timezone.now(), by
    post.delete_asked_at = post.delete_asked_by = post.missing_since = None
    post.save(update_fields=["deleted_at", "deleted_by", "delete_asked_at", "delete_asked_by", "missing_since"])
    record(
        "published.deleted", post, by=by, channel=post.channel_id, post=target.post_id if target is not None else None
    )
    publish_on_commit("calendar", "published", f"published-{pk}")
    if target is None:
        return
    is_left = PublishedPost.objects.there().filter(target=target).exists()
    if target.state == TargetState.PUBLISHED and not is_left:
        PostTarget.objects.filter(pk=target.pk).update(state=TargetState.DELETED, updated_at=Now())
    show_change(target)
