"""What the fragments about approving need, so that a page has to give them its post alone."""

from django import template

from accounts.models import User
from calendar_app.models import Post, PostComment, PostVersion
from calendar_app.panel import Panel, panel_of
from calendar_app.permissions import may_approve
from calendar_app.versions import versions_of

register = template.Library()


@register.simple_tag
def approval_of(post: Post, user: User) -> Panel:
    return panel_of(post, user)


@register.simple_tag
def comments_of(post: Post) -> list[PostComment]:
    return list(post.comments.select_related("by"))


@register.simple_tag
def kept_versions(post: Post) -> list[PostVersion]:
    return versions_of(post)


@register.filter
def reviews(user: User, post: Post) -> bool:
    """Somebody who may ask a change: an approver, and not of their own post."""
    return may_approve(user) and post.owner_id != user.pk
