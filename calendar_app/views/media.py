"""The media library: the grid, one picture with what we may do with it, uploads, files, and choosing one for a post."""

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.requests import UserRequest
from calendar_app.library import (
    LISTS,
    PAGE,
    Asked,
    count_lists,
    day_of,
    find_media,
    uses_of,
    waiting_targets,
    words_for_obstacle,
)
from calendar_app.media import (
    DESCRIBED,
    MAX_UPLOAD,
    MediaRefused,
    add_picture_file,
    archive_item,
    describe_item,
    restore_item,
)
from calendar_app.media_form import MediaForm
from calendar_app.models import MediaItem, Post
from calendar_app.permissions import may_plan, may_read_calendar

AT_ONCE = 20  # files in one request
PICKER_PAGE = 24


@dataclass(frozen=True, slots=True)
class Tile:
    """A picture in the grid, and what is in its way on the day that counts."""

    item: MediaItem
    obstacle: str
    reason: str
    is_soon: bool  # expires within 30 days


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of one file: an item, or an error for the person."""

    name: str
    item: MediaItem | None = None
    error: str = ""
    status: int = 200


@require_GET
def media(request: UserRequest) -> HttpResponse:
    template = "calendar/_media.html" if request.htmx else "calendar/media.html"
    return render(request, template, _grid(request))


@require_POST
def media_upload(request: UserRequest) -> HttpResponse:
    """`files`, each kept or refused by itself. To a script the lines of what became of them, with the status of the first
    that was refused (413, 422, 507); else the page with those lines."""
    _planners_only(request)
    uploads = request.FILES.getlist("files")
    done = [_keep(upload, request) for upload in uploads[:AT_ONCE]]
    if not uploads:
        done = [Uploaded("", error=_("Kies een of meer bestanden."), status=422)]
    if len(uploads) > AT_ONCE:
        words = _("Hoogstens %(count)d bestanden in één keer: de rest is niet bewaard.") % {"count": AT_ONCE}
        done.append(Uploaded("", error=words, status=422))
    status = next((each.status for each in done if each.error), 200)
    if request.headers.get("X-Requested-With") == "fetch" or request.htmx:
        return render(request, "calendar/_media_uploads.html", {"uploads": done}, status=status)
    if len(done) == 1 and done[0].item is not None:
        messages.success(
            request, _("Stond al in de bibliotheek.") if done[0].item.was_known else _("Afbeelding bewaard.")
        )
        return redirect("media_item", pk=done[0].item.pk)
    return render(request, "calendar/media.html", _grid(request) | {"uploads": done}, status=status)


@require_http_methods(["GET", "POST"])
def media_item(request: UserRequest, pk: int) -> HttpResponse:
    """One picture; POST writes down what we may do with it, 422 with the reasons at the fields."""
    item = _find(request, pk)
    form = MediaForm(instance=item)
    status = 200
    if request.method == "POST":
        _planners_only(request)
        form = MediaForm(request.POST, instance=_find(request, pk))
        if form.is_valid():
            describe_item(item=item, by=request.user, **{name: form.cleaned_data[name] for name in DESCRIBED})
            messages.success(request, _("Bewaard."))
            return redirect("media_item", pk=pk)
        status = 422
    uses, hidden = uses_of(item, request.user)
    context = {
        "part": "media",
        "tile": _tile(item, timezone.localdate()),
        "item": item,
        "form": form,
        "uses": uses,
        "hidden": hidden,
        "waiting": waiting_targets(item).count(),
        "may_edit": may_plan(request.user),
    }
    return render(request, "calendar/media_item.html", context, status=status)


@require_POST
def media_archive(request: UserRequest, pk: int) -> HttpResponse:
    item = _find(request, pk)
    _planners_only(request)
    archive_item(item=item, by=request.user)
    messages.success(request, _("In het archief gezet."))
    return redirect("media_item", pk=pk)


@require_POST
def media_restore(request: UserRequest, pk: int) -> HttpResponse:
    item = _find(request, pk)
    _planners_only(request)
    restore_item(item=item, by=request.user)
    messages.success(request, _("Teruggezet."))
    return redirect("media_item", pk=pk)


@require_GET
def media_file(request: UserRequest, pk: int) -> HttpResponse:
    item = _find(request, pk)
    return _file(item.file, item.content_type, f"balie-{pk}.{'jpg' if item.content_type == 'image/jpeg' else 'png'}")


@require_GET
def media_thumbnail(request: UserRequest, pk: int) -> HttpResponse:
    return _file(_find(request, pk).thumbnail, "image/webp", f"balie-{pk}.webp")


@require_GET
def media_picker(request: UserRequest) -> HttpResponse:
    """Pictures to choose for `post` (and its `target`, when given): what may not be shown on its day can not be chosen."""
    _planners_only(request)
    post = get_object_or_404(Post.objects.visible_to(request.user).filter(removed_at=None), pk=_number(request, "post"))
    target = _number(request, "target")
    if target:
        get_object_or_404(post.targets.visible_to(request.user), pk=target)
    asked = Asked.read(request.GET)
    page = Paginator(find_media(request.user, Asked(asked.words)), PICKER_PAGE).get_page(request.GET.get("page"))
    taken = post.pictures.filter(target=target or None).values_list("item", flat=True)
    context = {
        "post": post,
        "target": target,
        "asked": asked,
        "page": page,
        "tiles": _tiles(list(page), day_of(post)),
        "taken": set(taken),
    }
    return render(request, "calendar/_media_picker.html", context)


def _grid(request: UserRequest) -> dict[str, object]:
    asked = Asked.read(request.GET)
    page = Paginator(find_media(request.user, asked), PAGE).get_page(request.GET.get("page"))
    sees = may_read_calendar(request.user)
    return {
        "part": "media",
        "asked": asked,
        "lists": count_lists(request.user) if sees else [],
        "list_name": LISTS[asked.list],
        "page": page,
        "tiles": _tiles(list(page), timezone.localdate()),
        "may_edit": may_plan(request.user),
        "megabytes": MAX_UPLOAD // 1_000_000,
    }


def _tiles(items: list[MediaItem], day: datetime.date) -> list[Tile]:
    return [_tile(item, day) for item in items]


def _tile(item: MediaItem, day: datetime.date) -> Tile:
    obstacle = item.obstacle(day)
    is_soon = item.expires_on is not None and day <= item.expires_on <= day + datetime.timedelta(days=30)
    return Tile(item, obstacle, words_for_obstacle(obstacle), is_soon)


def _keep(upload: "UploadedFile[Any]", request: UserRequest) -> Uploaded:
    name = (upload.name or "")[:120]
    try:
        # No more is read than what would be refused for its size anyway.
        item = add_picture_file(upload=upload.read(MAX_UPLOAD + 1), name=upload.name or "", by=request.user)
    except MediaRefused as refused:
        return Uploaded(name, error=str(refused), status=refused.status)
    return Uploaded(name, item)


def _file(name: str, content_type: str, shown_name: str) -> HttpResponse:
    """Made anew by us, under a name of ours; never anything but a picture, and kept by no cache that others share."""
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / name).resolve()
    if not name or not path.is_relative_to(root) or not path.is_file():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type=content_type)
    response.headers["Content-Disposition"] = f'inline; filename="{shown_name}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response


def _find(request: UserRequest, pk: int) -> MediaItem:
    return get_object_or_404(MediaItem.objects.visible_to(request.user).select_related("uploaded_by"), pk=pk)


def _planners_only(request: UserRequest) -> None:
    if not may_plan(request.user):
        raise PermissionDenied


def _number(request: UserRequest, name: str) -> int:
    """Of the query; 0 for what is no number of a row."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0
