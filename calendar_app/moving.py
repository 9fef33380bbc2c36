"""When a post goes out, and throwing one away. Neither changes what it says: an approval stays."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.changing import PostRefused, begin, end_approval, path_of, tell
from calendar_app.models import Post, PostKind, PostTarget, TargetState
from calendar_app.models.posts import AGREED, STARTED
from calendar_app.moments import on_the_wall
from calendar_app.validation import blocking
from channels.models import DeliveryState
from inbox.models import NotificationKind
from inbox.notifications import withdraw_about

OF_POSTS = (
    NotificationKind.UNPUBLISHED, NotificationKind.LATE, NotificationKind.CHANGE, NotificationKind.REVIEW,
    NotificationKind.VOID, NotificationKind.APPROVED, NotificationKind.COMMENT,
)  # fmt: skip


@transaction.atomic
def move_post(*, post: Post, by: User, to: datetime | None) -> Post:
    """Plan it, plan it anew, or (None) take it from the calendar. What was approved stays so; what was missed gets its new moment.
    Where it started on some channels, those keep their moment and the others get this one as their own.

    Raises PostRefused: "started" (everywhere), "moment_past", "not_a_post", "forbidden", "removed", and, where it is approved
    already, the code of what stands in its way on that day ("expired", ...)."""
    change = begin(post, by=by)
    found = change.post
    started = [each for each in change.targets if each.state in STARTED]
    moving = [each for each in change.targets if each.state not in (*STARTED, TargetState.CANCELLED)]
    if found.kind != PostKind.POST:
        raise PostRefused("not_a_post", _("Alleen een bericht krijgt een moment. Maak er eerst een bericht van."))
    if started and (not moving or to is None):
        raise PostRefused(
            "started",
            _("Op %(channels)s is dit bericht al geplaatst of onderweg; het moment staat vast.")
            % {"channels": ", ".join(each.channel.name for each in started)},
        )
    before = {each.pk: each.moment for each in moving} or {0: found.planned_at}
    if set(before.values()) == {to} and not any(each.state == TargetState.MISSED for each in moving):
        return found
    if to is not None and to < timezone.now():
        raise PostRefused("moment_past", _("Dat moment is al voorbij. Kies een moment dat nog komt."))
    for each in moving:
        if to is not None and each.state in AGREED and (problems := blocking(each, on=on_the_wall(to).date())):
            raise PostRefused(problems[0].code, problems[0].text)
    if not started:
        found.planned_at = to
        found.save(update_fields=["planned_at", "updated_at"])
    for each in moving:
        each.own_moment, each.alarmed_at = to if started else None, None
        if each.state in AGREED:
            each.state = TargetState.SCHEDULED if to else TargetState.APPROVED
            each.reason_code = each.reason = ""
        each.save(update_fields=["own_moment", "state", "alarmed_at", "reason_code", "reason", "updated_at"])
    moved = {str(pk): moment.isoformat() if moment else None for pk, moment in before.items()}
    record("post.moved", found, by=by, before=moved, after=to.isoformat() if to else None)
    tell(found)
    return found


@transaction.atomic
def remove_post(*, post: Post, by: User) -> Post:
    """Thrown away: kept, but shown nowhere. Raises PostRefused: "went_out", "forbidden", "removed"."""
    change = begin(post, by=by)
    found = change.post
    if any(_went_out(each) for each in change.targets):
        raise PostRefused("went_out", _("Dit bericht is (deels) geplaatst of onderweg en kan niet worden weggegooid."))
    for each in change.targets:
        if each.state != TargetState.CANCELLED:
            end_approval(each, state=TargetState.CANCELLED, reason_code="removed", by=by)
    found.removed_at = timezone.now()
    found.save(update_fields=["removed_at", "updated_at"])
    record("post.removed", found, by=by)
    withdraw_about(path=path_of(found), kinds=OF_POSTS)
    tell(found)
    return found


def _went_out(target: PostTarget) -> bool:
    """Somebody may have seen it: a chain of posts that broke off has its first parts on the platform."""
    if target.state == TargetState.FAILED:
        unsent = (DeliveryState.FAILED, DeliveryState.CANCELLED)
        return target.parts.filter(delivery__isnull=False).exclude(delivery__state__in=unsent).exists()
    return target.state in STARTED
