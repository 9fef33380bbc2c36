"""Four eyes: nobody approves what they wrote, and an approval holds for the words that were approved, and no others."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import Role, User
from calendar_app.changing import (
    PostConflict,
    PostRefused,
    begin,
    check_revision,
    end_approval,
    lock_post,
    path_of,
    tell,
)
from calendar_app.content import content_of, digest_of, pictures_of
from calendar_app.models import Post, PostComment, PostKind, PostPicture, PostTarget, TargetState
from calendar_app.models.posts import AGREED, OPEN, STARTED
from calendar_app.moments import on_the_wall
from calendar_app.permissions import APPROVES
from calendar_app.validation import blocking
from channels.models import Channel, ChannelTeam
from inbox.models import NotificationKind
from inbox.notifications import notify_about, withdraw_about
from inbox.sanitise import clean

LONGEST_COMMENT = 5000
# What may go out: it waits for its moment, its call is about to leave, or it is tried again.
MAY_GO = (*AGREED, TargetState.PUBLISHING, TargetState.FAILED)
ATTEMPTS = frozenset({"own_work", "forbidden"})  # refusals that stay in the trail


def approves_channels(user: User, channels: Iterable[int]) -> bool:
    """An approver in a team of every one of these channels; administrators everywhere."""
    return user.has_role(*APPROVES) and (user.is_administrator or set(channels) <= channels_to_approve(user))


def channels_to_approve(user: User) -> set[int]:
    """Where that person is an approver. One query, and their memberships."""
    if not user.has_role(*APPROVES):
        return set()
    if user.is_administrator:
        return set(Channel.objects.values_list("pk", flat=True))
    teams = [each.team_id for each in user.cached_memberships if each.role in APPROVES]
    return set(ChannelTeam.objects.filter(team__in=teams).values_list("channel", flat=True))


def wrote(target: PostTarget, user: User) -> bool:
    """The author, or who wrote the words as they stand."""
    return user.pk in (target.post.owner_id, target.edited_by_id or target.post.edited_by_id)


def may_approve_post(post: Post, user: User) -> bool:
    """Role, every channel that waits for it (else every channel to come), and not their own words. A few queries."""
    return not post.removed_at and not why_not_approve(_judged(list(post.targets.select_related("post"))), user)


def why_not_approve(targets: list[PostTarget], user: User) -> str:
    """Why that person can not approve these, in words; empty when they can. Reads their posts."""
    try:
        _check_approver(targets, user)
    except PostRefused as refused:
        return refused.message
    return ""


def reviewers_of(post: Post) -> list[User]:
    """Who can approve what waits: approvers of its channels, or else the administrators. Never who wrote it. Three queries."""
    targets = _judged(list(post.targets.all()))
    by_person: dict[int, set[int]] = {}
    of_channels = ChannelTeam.objects.filter(
        channel__in=[each.channel_id for each in targets], team__memberships__role__in=APPROVES
    )
    for channel, person in of_channels.values_list("channel", "team__memberships__user"):
        by_person.setdefault(person, set()).add(channel)
    wanted = {each.channel_id for each in targets}
    authors = {post.owner_id, *(each.edited_by_id or post.edited_by_id for each in targets)}
    able = User.objects.filter(pk__in=[pk for pk, theirs in by_person.items() if theirs >= wanted])
    found = list(able.filter(is_active=True).exclude(pk__in=authors).order_by("pk"))
    leads = User.objects.filter(memberships__role=Role.ADMINISTRATOR, is_active=True).exclude(pk__in=authors)
    return found or list(leads.distinct().order_by("pk"))


@transaction.atomic
def submit(*, post: Post, by: User, revision: int | None = None) -> Post:
    """Ask for approval on every channel where it is still a draft. Raises PostRefused: "not_a_post", "no_channels", "nothing",
    "forbidden", "removed", or the code of what is wrong with it; PostConflict."""
    change = begin(post, by=by)
    found = change.post
    check_revision(found, revision, by)
    if found.kind != PostKind.POST:
        raise PostRefused("not_a_post", _("Alleen een bericht kan beoordeeld worden. Maak er eerst een bericht van."))
    if not change.targets:
        raise PostRefused("no_channels", _("Kies eerst op welke kanalen dit bericht komt."))
    asked = [e for e in change.targets if e.state in (TargetState.DRAFT, TargetState.CHANGES_ASKED)]
    if not asked:
        raise PostRefused("nothing", _("Er is niets meer om ter beoordeling aan te bieden."))
    _refuse_problems(asked)
    _fix_alts(found)
    now = timezone.now()
    for each in asked:
        each.state, each.submitted_by, each.submitted_at = TargetState.IN_REVIEW, by, now
        each.reason_code = each.reason = ""
        each.save(update_fields=["state", "submitted_by", "submitted_at", "reason_code", "reason", "updated_at"])
    record("post.submitted", found, by=by, revision=found.revision, targets=[each.pk for each in asked])
    withdraw_about(path=path_of(found), kinds=[NotificationKind.CHANGE])
    notify_about(reviewers_of(found), kind=NotificationKind.REVIEW, path=path_of(found), title=str(found), by=by)
    tell(found)
    return found


@transaction.atomic
def withdraw(*, post: Post, by: User) -> Post:
    """Not to be reviewed after all, or (approved) not to go out: a draft again. Raises PostRefused: "nothing", "forbidden"."""
    change = begin(post, by=by)
    taken = [each for each in change.targets if each.state in (TargetState.IN_REVIEW, *AGREED)]
    if not taken:
        raise PostRefused("nothing", _("Er is niets meer om terug te trekken."))
    for each in taken:
        end_approval(each, state=TargetState.DRAFT, reason_code="withdrawn", by=by)
    record("post.withdrawn", change.post, by=by, targets=[each.pk for each in taken])
    withdraw_about(path=path_of(change.post), kinds=[NotificationKind.REVIEW])
    tell(change.post)
    return change.post


@contextmanager
def _attempts_kept(action: str, post: Post, by: User) -> Iterator[None]:
    """Outside the transaction that the refusal undoes: who tried what they may not stays in the trail."""
    try:
        yield
    except PostRefused as refused:
        if refused.code in ATTEMPTS:
            record(action, post, by=by, result="refused", reason=refused.code)
        raise


def approve(*, post: Post, by: User, revision: int | None = None) -> Post:
    """Everything of it that waits, exactly as it stands now; with `revision`, as the person saw it.

    Raises PostConflict: "conflict", "already"; PostRefused: "own_work", "forbidden" (both stay in the trail), "nothing",
    "removed", or the code of what is wrong with it."""
    with _attempts_kept("post.approve", post, by):
        return _approve(post, by, revision)


@transaction.atomic
def _approve(post: Post, by: User, revision: int | None) -> Post:
    found, targets = lock_post(post.pk)
    if found.removed_at:
        raise PostRefused("removed", _("Dit bericht is weggegooid."))
    waiting = [each for each in targets if each.state == TargetState.IN_REVIEW]
    _check_approver(waiting or _judged(targets), User.objects.get(pk=by.pk))
    if not waiting:
        _refuse_nothing(targets)
    check_revision(found, revision, by)
    _refuse_problems(waiting)
    _fix_alts(found)
    now, digests = timezone.now(), {}
    for each in waiting:
        each.state = TargetState.SCHEDULED if each.moment else TargetState.APPROVED
        each.approved_by, each.approved_at = by, now
        each.approved_digest = digests[each.pk] = digest_of(content_of(each))
        each.reason_code, each.reason, each.alarmed_at = "", "", None
        each.save(
            update_fields=[
                *("state", "approved_by", "approved_at", "approved_digest"),
                *("reason_code", "reason", "alarmed_at", "updated_at"),
            ]
        )
    record("post.approved", found, by=by, revision=found.revision, digests=digests)
    path, authors = path_of(found), _authors(found, waiting)
    withdraw_about(path=path, kinds=[NotificationKind.REVIEW, NotificationKind.CHANGE, NotificationKind.VOID])
    notify_about(authors, kind=NotificationKind.APPROVED, path=path, title=str(found), by=by)
    tell(found)
    return found


def ask_change(*, post: Post, by: User, text: str) -> PostComment:
    """Back to who wrote it, with what has to change; an approval that was there is void.

    Raises PostRefused: "comment_empty", "comment_long", "own_work", "forbidden" (both stay in the trail), "nothing", "removed"."""
    with _attempts_kept("post.ask_change", post, by):
        return _ask_change(post, by, text)


@transaction.atomic
def _ask_change(post: Post, by: User, text: str) -> PostComment:
    said = _comment(text)
    found, targets = lock_post(post.pk)
    if found.removed_at:
        raise PostRefused("removed", _("Dit bericht is weggegooid."))
    back = [each for each in targets if each.state in (TargetState.IN_REVIEW, *AGREED)]
    _check_approver(back or _judged(targets), User.objects.get(pk=by.pk))
    if not back:
        raise PostRefused("nothing", _("Er is niets meer om wijziging van te vragen."))
    for each in back:
        end_approval(each, state=TargetState.CHANGES_ASKED, reason_code="changes_asked", by=by)
    made = PostComment.objects.create(post=found, revision=found.revision, by=by, text=said, asks_change=True)
    record(
        "post.change_asked", found, by=by, revision=found.revision, targets=[each.pk for each in back], comment=made.pk
    )
    path = path_of(found)
    withdraw_about(path=path, kinds=[NotificationKind.REVIEW, NotificationKind.APPROVED])
    notify_about(_authors(found, back), kind=NotificationKind.CHANGE, path=path, title=str(found), by=by)
    tell(found)
    return made


@transaction.atomic
def cancel(*, target: PostTarget, by: User) -> PostTarget:
    """It does not go out on this channel; nothing of it is lost. Raises PostRefused: "started", "nothing", "forbidden"."""
    change = begin(target.post, by=by)
    found = next((each for each in change.targets if each.pk == target.pk), None)
    if found is None or found.state == TargetState.CANCELLED:
        raise PostConflict("nothing", _("Dit kanaal doet al niet meer mee."))
    if found.state in STARTED:
        raise PostRefused(
            "started",
            _("Op %(channel)s is dit bericht al geplaatst of onderweg.") % {"channel": found.channel.name},
        )
    end_approval(found, state=TargetState.CANCELLED, reason_code="cancelled", by=by)
    record("post.cancelled", found, by=by, post=change.post.pk)
    if not any(each.state == TargetState.IN_REVIEW for each in change.targets):
        withdraw_about(path=path_of(change.post), kinds=[NotificationKind.REVIEW])
    tell(change.post)
    return found


@transaction.atomic
def add_comment(*, post: Post, by: User, text: str) -> PostComment:
    """For whoever sees the post. Raises PostRefused: "comment_empty", "comment_long", "removed"."""
    said = _comment(text)
    found = Post.objects.select_related("owner", "edited_by").get(pk=post.pk)
    if found.removed_at:
        raise PostRefused("removed", _("Dit bericht is weggegooid."))
    made = PostComment.objects.create(post=found, revision=found.revision, by=by, text=said)
    record("post.commented", found, by=by, comment=made.pk)
    talking = User.objects.filter(pk__in=found.comments.values("by"))
    people = {each.pk: each for each in (found.owner, found.edited_by, *talking)}
    notify_about(
        _who_see(found, people.values()), kind=NotificationKind.COMMENT, path=path_of(found), title=str(found), by=by
    )
    tell(found)
    return made


def approval_problem(target: PostTarget) -> str:
    """Why it may not go out now; empty when it may. Changes nothing. To be asked of what was read under the lock of the target, with
    all that `with_content` brings.

    "removed", "not_approved", "content_changed" (it says something else than what was approved), "own_approval", "approver_gone"
    (no longer active, or no longer an approver there), and "picture_" with what `MediaItem.obstacle` says."""
    approver = target.approved_by
    if target.post.removed_at or target.post.kind != PostKind.POST:
        return "removed"
    if target.state not in MAY_GO or approver is None:
        return "not_approved"
    if digest_of(content_of(target)) != target.approved_digest:
        return "content_changed"
    if wrote(target, approver):
        return "own_approval"
    if not approves_channels(approver, [target.channel_id]):
        return "approver_gone"
    today = on_the_wall(timezone.now()).date()
    return next((f"picture_{found}" for each in pictures_of(target) if (found := each.item.obstacle(today))), "")


def _judged(targets: list[PostTarget]) -> list[PostTarget]:
    waiting = [each for each in targets if each.state == TargetState.IN_REVIEW]
    return waiting or [each for each in targets if each.state in (*OPEN, *AGREED)]


def _check_approver(targets: list[PostTarget], user: User) -> None:
    if not approves_channels(user, {each.channel_id for each in targets}):
        raise PostRefused(
            "forbidden", _("U kunt dit bericht niet goedkeuren: dat doet een eindredacteur van elk kanaal.")
        )
    for each in targets:
        if wrote(each, user):
            raise PostRefused(
                "own_work",
                _("Wie een bericht maakte of het laatst veranderde, keurt het niet zelf goed. Vraag een collega."),
            )


def _refuse_nothing(targets: list[PostTarget]) -> None:
    for each in targets:
        if each.state in (*AGREED, *STARTED) and each.approved_by:
            raise PostConflict(
                "already", _("%(name)s heeft dit bericht al goedgekeurd.") % {"name": each.approved_by.display_name}
            )
    raise PostConflict("nothing", _("Dit bericht wacht niet (meer) op een beoordeling."))


def _refuse_problems(targets: list[PostTarget]) -> None:
    for each in targets:
        if found := blocking(each):
            named = {"channel": each.channel.name, "problem": found[0].text}
            raise PostRefused(found[0].code, _("%(channel)s: %(problem)s") % named)


def _fix_alts(post: Post) -> None:
    """Alt texts that come from the library become the post's own: a change there changes nothing that was shown here."""
    for each in post.pictures.all():
        if not each.alt and each.item.alt:
            each.alt = each.item.alt
            PostPicture.objects.filter(pk=each.pk).update(alt=each.alt)


def _authors(post: Post, targets: list[PostTarget]) -> list[User]:
    keys = {post.owner_id, *(each.edited_by_id or post.edited_by_id for each in targets)}
    keys |= {each.submitted_by_id for each in targets if each.submitted_by_id is not None}
    return list(User.objects.filter(pk__in=keys, is_active=True).order_by("pk"))


def _who_see(post: Post, people: Iterable[User]) -> list[User]:
    return [each for each in people if each.is_active and Post.objects.visible_to(each).filter(pk=post.pk).exists()]


def _comment(text: str) -> str:
    said = clean(text.replace("\r\n", "\n"), LONGEST_COMMENT + 1).strip()
    if not said:
        raise PostRefused("comment_empty", _("Schrijf eerst wat u wilt zeggen."))
    if len(said) > LONGEST_COMMENT:
        raise PostRefused("comment_long", _("Dit is te lang: maximaal %(limit)d tekens.") % {"limit": LONGEST_COMMENT})
    return said
