"""Finding posts: 404 for what this person may not see, 403 for what this person may not change. And how a change is answered:
to the page's own script in JSON, else by the way back to the page."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.requests import UserRequest
from calendar_app.composing import PostConflict, PostRefused
from calendar_app.models import Post, PostPicture, PostTarget
from calendar_app.permissions import may_plan


def writers_only(request: UserRequest) -> None:
    if not may_plan(request.user):
        raise PermissionDenied


def find_post(request: UserRequest, pk: int, *, to_write: bool = False) -> Post:
    posts = Post.objects.visible_to(request.user).filter(removed_at=None)
    found = get_object_or_404(posts.select_related("owner", "edited_by", "campaign", "team", "series"), pk=pk)
    if to_write:
        writers_only(request)
    return found


def find_target(request: UserRequest, pk: int) -> PostTarget:
    """To write."""
    targets = PostTarget.objects.visible_to(request.user).filter(post__removed_at=None)
    found = get_object_or_404(targets.select_related("post", "channel"), pk=pk)
    writers_only(request)
    return found


def find_picture(request: UserRequest, pk: int) -> PostPicture:
    """To write."""
    posts = Post.objects.visible_to(request.user).filter(removed_at=None)
    found = get_object_or_404(PostPicture.objects.filter(post__in=posts).select_related("post", "target"), pk=pk)
    writers_only(request)
    return found


def number(given: str) -> int:
    """A key that somebody sent; 0, which nothing has, when it is none."""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 18 else 0


def numbers(given: Iterable[str]) -> list[int]:
    return [found for found in map(number, given) if found]


def is_scripted(request: UserRequest) -> bool:
    return bool(request.htmx) or request.headers.get("X-Requested-With") == "fetch"


def done(request: UserRequest, pk: int, *, said: str = "", **more: Any) -> HttpResponse:
    """It was kept. `said` is a toast; `more` is told to the script."""
    if is_scripted(request):
        revision = Post.objects.values_list("revision", flat=True).get(pk=pk)
        return JsonResponse({"revision": revision, "said": said, **more})
    if said:
        messages.success(request, said)
    return redirect("post", pk=pk)


def refused(request: UserRequest, pk: int, why: PostRefused) -> HttpResponse:
    """409 when somebody else was first, else 422: the script keeps what was typed and shows both."""
    if is_scripted(request):
        return JsonResponse({"error": str(why)}, status=409 if isinstance(why, PostConflict) else 422)
    messages.error(request, str(why))
    return redirect("post", pk=pk)
