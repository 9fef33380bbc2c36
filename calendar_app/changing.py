"""One change of a post, from its lock to its trail: what it says, whose approvals it ends, and the version it leaves.

The post is locked first, then its targets by key; nobody who holds a target locks its post.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.content import Content, content_of, digest_of, link_of, pictures_of, snapshot_of, tagged_link
from calendar_app.models import Post, PostPicture, PostTarget, PostVersion, TargetState
from calendar_app.models.posts import AGREED, STARTED
from calendar_app.permissions import may_plan
from channels.models import Channel
from core.events import publish_on_commit
from inbox.models import NotificationKind
from inbox.notifications import notify_about

# So long one person who goes on writing makes one version, not hundreds.
GOES_ON = timedelta(minutes=10)
LONGEST_LINK = 600
WORDS = ("has_own_text", "text", "has_own_link", "link", "has_own_pictures")
DETAILS = ("title", "text", "link", "has_utm", "campaign_id", "team_id")
APPROVAL = (
    "state",
    "approved_by",
    "approved_at",
    "approved_digest",
    "reason_code",
    "reason",
    "alarmed_at",
    "updated_at",
)


class PostRefused(Exception):
    """It can not be done. `code` is for programs, `message` (and str) for the person, in their language."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class PostConflict(PostRefused):
    """Somebody else did something to this post in between: look first, then do it again."""


@dataclass(slots=True)
class Change:
    """A post under lock, with all its targets, and how it was when the change began."""

    post: Post
    targets: list[PostTarget]
    by: User
    revision: int | None  # that the person had before their eyes
    said: dict[int, Content]
    was: dict[str, Any]
    shape: tuple[Any, ...]
    removed: list[PostTarget]


def path_of(post: Post | int) -> str:
    return reverse("post", args=[post if isinstance(post, int) else post.pk])


def lock_post(pk: int) -> tuple[Post, list[PostTarget]]:
    """The post and then its targets, locked, with all that `content_of` reads. Inside a transaction."""
    post = Post.objects.select_for_update(of=("self",), no_key=True).select_related("campaign", "owner").get(pk=pk)
    targets = list(
        PostTarget.objects.select_for_update(of=("self",), no_key=True)
        .select_related("channel", "approved_by")
        .filter(post=post)
        .order_by("pk")
    )
    for each in targets:
        each.post = post
    prefetch_related_objects([post], "pictures__item")
    return post, targets


def may_change_post(post: Post, user: User) -> bool:
    """Somebody who plans, and sees every channel on which it would say something else."""
    if post.removed_at or not may_plan(user):
        return False
    going = post.targets.exclude(state=TargetState.CANCELLED)
    return not going.exclude(channel__in=Channel.objects.visible_to(user).values("pk")).exists()


def begin(post: Post, *, by: User, revision: int | None = None) -> Change:
    """Lock it for a change by `by`. Raises PostRefused: "removed", "forbidden"."""
    locked, targets = lock_post(post.pk)
    if locked.removed_at:
        raise PostRefused("removed", _("Dit bericht is weggegooid."))
    if not may_change_post(locked, by):
        raise PostRefused("forbidden", _("U kunt dit bericht niet veranderen: u ziet niet al zijn kanalen."))
    said = {each.pk: content_of(each) for each in targets}
    return Change(locked, targets, by, revision, said, whole_of(locked, targets), _shape(locked, targets), [])


def check_revision(post: Post, revision: int | None, by: User) -> None:
    """Raises PostConflict when the person looked at something else than what it says now."""
    if revision is None or revision == post.revision:
        return
    newest = PostVersion.objects.filter(post=post).select_related("by").order_by("-revision").first()
    if newest is not None and newest.by_id == by.pk:
        raise PostConflict("conflict", _("U hebt dit bericht intussen ergens anders veranderd. Laad het opnieuw."))
    name = newest.by.display_name if newest else _("Iemand")
    raise PostConflict(
        "conflict", _("%(name)s heeft dit bericht intussen veranderd. Bekijk het eerst opnieuw.") % {"name": name}
    )


def finish(change: Change, action: str, **data: Any) -> Post:
    """Write down what changed: nothing at all when it says the same. Raises PostConflict, PostRefused("started")."""
    post, targets, by = change.post, change.targets, change.by
    refresh_pictures(post)
    shape = _shape(post, targets)
    if shape == change.shape and not change.removed:
        return post
    check_revision(post, change.revision, by)
    for each in targets:
        if each.state in STARTED and each.pk in change.said:
            _hold(each, change.said[each.pk])
    said = {each.pk: content_of(each) for each in targets}
    changed = {pk for pk, content in said.items() if pk in change.said and content != change.said[pk]}
    is_rewritten = bool(changed) or _words(shape) != _words(change.shape)
    goes_on = not change.removed and _goes_on(change)
    for each in targets:
        if each.pk in changed:
            each.edited_by = by
        elif each.edited_by_id is None:
            each.edited_by_id = post.edited_by_id  # who wrote these words is not who rewrites the other ones now
        each.save(update_fields=[*WORDS, "edited_by", "updated_at"])
    if is_rewritten:
        post.edited_by = by
    post.revision += 1
    post.save(
        update_fields=["title", "text", "link", "has_utm", "campaign", "team", "edited_by", "revision", "updated_at"]
    )
    voided = void_stale(post, targets, said, by=by)
    is_new = keep_version(post, targets, by=by, was=change.was, goes_on=goes_on and not voided)
    if is_new or voided or change.removed:
        record(action, post, by=by, revision=post.revision, **data)
    tell(post)
    return post


def void_stale(post: Post, targets: list[PostTarget], said: dict[int, Content], *, by: User | None) -> list[int]:
    """End every approval of other words than these. Returns the keys of those targets; who had approved hears it."""
    voided = [each for each in targets if each.state in AGREED and digest_of(said[each.pk]) != each.approved_digest]
    for each in voided:
        end_approval(each, state=TargetState.DRAFT, reason_code="edited", by=by)
    return [each.pk for each in voided]


def end_approval(target: PostTarget, *, state: str, reason_code: str, by: User | None) -> None:
    """Its approval is void: audited, and told to who had approved."""
    approver, digest = target.approved_by, target.approved_digest
    target.state, target.reason_code, target.reason = TargetState(state), reason_code, ""
    target.approved_by = target.approved_at = target.alarmed_at = None
    if target.own_moment is not None and target.own_moment < timezone.now():
        target.own_moment = None  # it was for going out at once
    target.approved_digest = ""
    target.save(update_fields=APPROVAL)
    if approver is None:
        return
    post = target.post
    record("post.approval_void", target, by=by, post=post.pk, reason=reason_code, approver=approver.pk, digest=digest)
    notify_about([approver], kind=NotificationKind.VOID, path=path_of(post), title=str(post), by=by)


def keep_version(
    post: Post, targets: list[PostTarget], *, by: User, was: dict[str, Any] | None = None, goes_on: bool = False
) -> bool:
    """What it says now, as a version. `goes_on`: the newest one, by the same person, is written over; then False."""
    content, newest = whole_of(post, targets), PostVersion.objects.filter(post=post).order_by("-revision").first()
    if newest is None and was is not None:  # made without us: how it was stays to be seen
        first = post.revision - 1
        PostVersion.objects.create(post=post, revision=first, by_id=post.owner_id, at=post.created_at, content=was)
    if goes_on and newest is not None:
        newest.revision, newest.content = post.revision, content
        newest.save(update_fields=["revision", "content"])
        return False
    PostVersion.objects.create(post=post, revision=post.revision, by=by, at=timezone.now(), content=content)
    return True


def tell(post: Post) -> None:
    """Open screens fetch it again, after the commit."""
    publish_on_commit("calendar", "calendar", f"post-{post.pk}")


def refresh_pictures(post: Post) -> None:
    getattr(post, "_prefetched_objects_cache", {}).pop("pictures", None)
    prefetch_related_objects([post], "pictures__item")


def whole_of(post: Post, targets: list[PostTarget]) -> dict[str, Any]:
    """Everything that a version keeps, as JSON: what was typed, and what it says on each channel."""
    return {
        "title": post.title,
        "text": post.text,
        "link": post.link,
        "has_utm": post.has_utm,
        "campaign": post.campaign.name if post.campaign else "",
        "planned_at": post.planned_at.isoformat() if post.planned_at else None,
        "pictures": [_picture(each) for each in post.pictures.all() if each.target_id is None],
        "channels": [
            {
                "channel": each.channel_id,
                "name": each.channel.name,
                "platform": each.channel.platform,
                "own_text": each.text if each.has_own_text else None,
                "own_link": each.link if each.has_own_link else None,
                "own_pictures": [_picture(p) for p in pictures_of(each)] if each.has_own_pictures else None,
                **snapshot_of(content_of(each)),
            }
            for each in targets
            if each.state != TargetState.CANCELLED
        ],
    }


def _picture(picture: PostPicture) -> dict[str, str]:
    return {"digest": picture.item.digest, "alt": picture.alt or picture.item.alt, "name": picture.item.name}


def _shape(post: Post, targets: list[PostTarget]) -> tuple[Any, ...]:
    """All that can be changed, to compare by."""
    return (
        tuple(getattr(post, name) for name in DETAILS),
        tuple(
            (each.channel_id, each.state == TargetState.CANCELLED, *(getattr(each, name) for name in WORDS))
            for each in targets
        ),
        tuple((each.target_id, each.item_id, each.position, each.alt) for each in post.pictures.all()),
    )


def _words(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """Of a shape, what somebody can read in the end where no channel was chosen yet."""
    return (shape[0][1:4], shape[2])


def _goes_on(change: Change) -> bool:
    """The same person writes on, at what nobody was shown yet."""
    newest = PostVersion.objects.filter(post=change.post).order_by("-revision").first()
    if newest is None or newest.by_id != change.by.pk or newest.revision != change.post.revision:
        return False
    if newest.at < timezone.now() - GOES_ON:
        return False
    untouched = {TargetState.DRAFT, TargetState.CANCELLED}
    if any(
        each.state not in untouched or (each.submitted_at is not None and each.submitted_at >= newest.at)
        for each in change.targets
    ):
        return False
    return not change.post.comments.filter(at__gte=newest.at).exists()


def _hold(target: PostTarget, said: Content) -> None:
    """What started keeps saying what it said: the change is for the others. Where that can not be, it is refused."""
    if content_of(target) == said:
        return
    before = PostTarget.objects.select_related("channel", "post__campaign").get(pk=target.pk)  # not yet written over
    if not target.has_own_text:
        target.has_own_text, target.text = True, before.post.text
    for link in (None, link_of(before), tagged_link(before)):
        if link is not None:
            target.has_own_link, target.link = True, link
        if len(target.link) <= LONGEST_LINK and content_of(target) == said:
            return
    raise PostRefused(
        "started",
        _("Op %(channel)s is dit bericht al geplaatst of onderweg. Maak een kopie en verander die.")
        % {"channel": target.channel.name},
    )
