"""The pictures of a post: chosen from the library, in order, each with an alt text for this use."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.requests import UserRequest
from calendar_app.composing import PostRefused, add_picture, describe_picture, order_pictures, remove_picture
from calendar_app.library import day_of, words_for_obstacle
from calendar_app.models import MediaItem, PostPicture, PostTarget
from calendar_app.views.post_access import done, find_picture, find_post, number, refused

MAX_ALT = 1000


@require_POST
def pictures(request: UserRequest, pk: int) -> HttpResponse:
    """One more: `item` of the library, for all channels or for the `target` that has pictures of its own."""
    found = find_post(request, pk, to_write=True)
    item = get_object_or_404(MediaItem.objects.visible_to(request.user), pk=number(request.POST.get("item", "")))
    asked = number(request.POST.get("target", ""))
    target = get_object_or_404(PostTarget.objects.visible_to(request.user), pk=asked, post=found) if asked else None
    try:
        # A draft may hold it (its rights can be cleared up, its day can move), but nobody begins with what may not go out.
        if obstacle := item.obstacle(day_of(found)):
            raise PostRefused(
                obstacle, _("Deze afbeelding kan hier niet: %(reason)s.") % {"reason": words_for_obstacle(obstacle)}
            )
        add_picture(post=found, by=request.user, item=item, target=target)
    except PostRefused as why:
        return refused(request, pk, why)
    return done(request, pk, said=_("Afbeelding toegevoegd."))


@require_POST
def picture(request: UserRequest, pk: int) -> HttpResponse:
    """Its alt text, for this post."""
    found = find_picture(request, pk)
    try:
        kept = describe_picture(picture=found, by=request.user, alt=request.POST.get("alt", "").strip()[:MAX_ALT])
    except PostRefused as why:
        return refused(request, found.post_id, why)
    return done(request, found.post_id, values={"alt": kept.alt})


@require_POST
def move(request: UserRequest, pk: int) -> HttpResponse:
    """One place `up` or down."""
    found = find_picture(request, pk)
    order = list(PostPicture.objects.filter(post=found.post_id, target=found.target_id).values_list("pk", flat=True))
    at = order.index(found.pk)
    to = at + (-1 if request.POST.get("to") == "up" else 1)
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
        try:
            order_pictures(post=found.post, by=request.user, order=order, target=found.target)
        except PostRefused as why:
            return refused(request, found.post_id, why)
    return done(request, found.post_id)


@require_POST
def remove(request: UserRequest, pk: int) -> HttpResponse:
    """Take it from the post; it stays in the library."""
    found = find_picture(request, pk)
    try:
        remove_picture(picture=found, by=request.user)
    except PostRefused as why:
        return refused(request, found.post_id, why)
    return done(request, found.post_id, said=_("Afbeelding weggehaald. Zij staat nog in de mediabibliotheek."))
