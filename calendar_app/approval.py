"""May this go out? Asked before a post is queued, and again under lock right before its call."""

from django.utils import timezone

from calendar_app.content import content_of, digest_of, pictures_of
from calendar_app.models import PostTarget, TargetState
from calendar_app.models.posts import AGREED
from calendar_app.moments import on_the_wall
from calendar_app.permissions import may_approve
from channels.models import Channel


def approval_problem(target: PostTarget) -> str:
    """Why it may not go out now; empty when it may. Reads all that `with_content` brings."""
    if target.state not in (*AGREED, TargetState.PUBLISHING, TargetState.FAILED) or target.approved_by is None:
        return "not_approved"
    if target.approved_digest != digest_of(content_of(target)):
        return "content_changed"
    approver = target.approved_by
    if approver.pk in (target.post.owner_id, target.post.edited_by_id):
        return "own_approval"
    if not may_approve(approver) or not Channel.objects.visible_to(approver).filter(pk=target.channel_id).exists():
        return "approver_gone"
    today = on_the_wall(timezone.now()).date()
    obstacles = [picture.item.obstacle(today) for picture in pictures_of(target)]
    return next((f"picture_{obstacle}" for obstacle in obstacles if obstacle), "")
