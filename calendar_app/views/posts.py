"""The page of a post: what it says, on every channel, and how that will look there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import UserRequest
from calendar_app.composing import (
    PostConflict,
    PostRefused,
    change_post,
    change_target,
    may_change_post,
    move_post,
    set_channels,
)
from calendar_app.content import capabilities_of, targets_of
from calendar_app.models import Campaign, Post, PostKind, PostPicture, PostTarget
from calendar_app.models.posts import AGREED, OPEN, STARTED
from calendar_app.moments import moment_of, on_the_wall
from calendar_app.permissions import may_plan
from calendar_app.post_forms import MomentForm, PostForm, TargetForm
from calendar_app.previews import Preview, preview_of, previews_of
from calendar_app.views.post_access import done, find_post, find_target, is_scripted, number, numbers, refused
from calendar_app.warnings import warnings_of
from channels.models import Channel
from channels.platforms import Platform
from channels.registry import CONNECTORS

# An idea is a title and a text: the rest comes when it becomes a post.
IDEA_FIELDS = ("title", "text")


@dataclass(frozen=True, slots=True)
class Variant:
    """A channel on the page."""

    target: PostTarget
    preview: Preview
    pictures: Sequence[PostPicture]  # its own
    may_write: bool
    is_open: bool  # nobody was asked to judge it, or it waits for that
    has_threads: bool
    has_pictures: bool


@require_GET
def post(request: UserRequest, pk: int) -> HttpResponse:
    found = find_post(request, pk)
    return render(request, "calendar/post.html", page_context(request, found))


def page_context(request: UserRequest, found: Post) -> dict[str, Any]:
    seen = Channel.objects.visible_to(request.user).open()
    targets = targets_of(found)
    channels = [each for each in seen if CONNECTORS[Platform(each.platform)].capabilities.publishes]
    visible = {each.pk for each in Channel.objects.visible_to(request.user)}
    shown = [each for each in targets if each.channel_id in visible]
    prefetch_related_objects(shown, "parts__delivery", "published")
    pictures = list(found.pictures.select_related("item"))
    is_out = bool(targets) and all(each.state in STARTED for each in targets)
    may_write = not is_out and may_change_post(found, request.user)
    is_agreed = any(each.state in AGREED for each in targets)
    is_locked = may_write and is_agreed and "edit" not in request.GET
    writes = may_write and not is_locked
    chosen = {each.channel_id: each for each in targets}
    return {
        "post": found,
        "variants": [
            _variant(each, preview, pictures, writes) for each, preview in zip(shown, previews_of(shown), strict=True)
        ],
        "unseen": len(targets) - len(shown),
        "channels": [(each, chosen.get(each.pk)) for each in channels],
        "pictures": [each for each in pictures if each.target_id is None],
        "campaigns": _campaigns(found),
        "warnings": warnings_of(found, user=request.user),
        "may_write": may_write,
        "may_plan": may_plan(request.user),
        "is_out": is_out,
        "is_locked": is_locked,
        "writes": writes,
        "is_post": found.kind == PostKind.POST,
        "is_idea": found.kind == PostKind.IDEA,
        "is_template": found.kind == PostKind.TEMPLATE,
        "has_threads": any(capabilities_of(each).post_threads for each in shown),
        "may_move": may_write and found.kind == PostKind.POST and not any(each.state in STARTED for each in targets),
        **_planned(found),
    }


def _variant(target: PostTarget, preview: Preview, pictures: list[PostPicture], writes: bool) -> Variant:
    able = capabilities_of(target)
    return Variant(
        target=target,
        preview=preview,
        pictures=[each for each in pictures if each.target_id == target.pk],
        may_write=writes and target.state not in STARTED,
        is_open=target.state in OPEN,
        has_threads=able.post_threads,
        has_pictures=able.post_max_pictures > 0,
    )


def _campaigns(found: Post) -> list[Campaign]:
    """Those that go on, and the one that it has."""
    return [each for each in Campaign.objects.all() if each.archived_at is None or each.pk == found.campaign_id]


def _planned(found: Post) -> dict[str, Any]:
    if found.planned_at is None:
        return {"wall": None, "is_twice": False, "is_second": False}
    wall = on_the_wall(found.planned_at)
    return {"wall": wall, "is_twice": moment_of(wall.date(), wall.time()).is_twice, "is_second": wall.fold == 1}


@require_POST
def save(request: UserRequest, pk: int) -> HttpResponse:
    """Keep what is typed: 409 when somebody else was first; 422 tells what is wrong in a field, and the others are kept."""
    found = find_post(request, pk, to_write=True)
    only = IDEA_FIELDS if found.kind == PostKind.IDEA else ()
    form = PostForm(request.POST, campaigns=Campaign.objects.all(), only=only)
    values = form.kept()
    try:
        kept = change_post(post=found, by=request.user, revision=number(request.POST.get("revision", "")), **values)
    except PostConflict as conflict:
        return _conflict(request, found, conflict)
    except PostRefused as why:
        return refused(request, pk, why)
    shown = {name: getattr(kept, name) for name in values if name != "campaign"}
    return _kept(request, pk, form.errors, shown)


def _kept(request: UserRequest, pk: int, errors: Any, values: dict[str, Any]) -> HttpResponse:
    """`values` as they are kept: cleaned they may be others than what was typed."""
    response = done(request, pk, values=values, errors={name: list(said) for name, said in errors.items()})
    if errors and is_scripted(request):
        response.status_code = 422
    return response


def _conflict(request: UserRequest, found: Post, why: PostConflict) -> HttpResponse:
    """Without the script the page comes back with what was typed beside what is there now."""
    if is_scripted(request):
        return refused(request, found.pk, why)
    fresh = find_post(request, found.pk)
    context = page_context(request, fresh) | {"conflict": str(why), "typed": request.POST.get("text", "")[:70_000]}
    return render(request, "calendar/post.html", context, status=409)


@require_POST
def channels(request: UserRequest, pk: int) -> HttpResponse:
    """The channels that it goes to; those that this person does not see stay."""
    found = find_post(request, pk, to_write=True)
    seen = Channel.objects.visible_to(request.user)
    unseen = found.targets.exclude(channel__in=seen).values("channel")
    wanted = list(seen.filter(pk__in=numbers(request.POST.getlist("channel")))) + list(
        Channel.objects.filter(pk__in=unseen)
    )
    try:
        set_channels(post=found, by=request.user, revision=number(request.POST.get("revision", "")), channels=wanted)
    except PostRefused as why:
        return refused(request, pk, why)
    return done(request, pk)


@require_POST
def target(request: UserRequest, pk: int) -> HttpResponse:
    """What one channel says otherwise."""
    found = find_target(request, pk)
    form = TargetForm(request.POST)
    form.is_valid()
    values = {name: getattr(found, name) for name in form.fields} | form.cleaned_data
    try:
        kept = change_target(target=found, by=request.user, revision=number(request.POST.get("revision", "")), **values)
    except PostRefused as why:
        return refused(request, found.post_id, why)
    return _kept(request, found.post_id, form.errors, {name: getattr(kept, name) for name in form.fields})


@require_POST
def preview(request: UserRequest, pk: int) -> HttpResponse:
    """How it would look with what is typed now. Keeps nothing."""
    found = find_post(request, pk)
    visible = set(Channel.objects.visible_to(request.user).values_list("pk", flat=True))
    targets = [each for each in targets_of(found) if each.channel_id in visible and each.state not in STARTED]
    form = PostForm(request.POST, campaigns=Campaign.objects.all(), prefix="post")
    values = form.kept() if "post-text" in request.POST else {}
    for each in targets:
        _say(each, values, request)
    return render(request, "calendar/_previews.html", {"previews": [preview_of(each) for each in targets]})


def _say(each: PostTarget, values: dict[str, Any], request: UserRequest) -> None:
    """In memory only."""
    for name, value in values.items():
        setattr(each.post, name, value)
    prefix = f"target-{each.pk}"
    if f"{prefix}-text" not in request.POST:
        return
    own = TargetForm(request.POST, prefix=prefix)
    own.is_valid()
    for name, value in own.cleaned_data.items():
        setattr(each, name, value)


@require_POST
def moment(request: UserRequest, pk: int) -> HttpResponse:
    """Plan on a day and a time of the wall; both empty takes it off the calendar."""
    found = find_post(request, pk, to_write=True)
    form = MomentForm(request.POST)
    if not form.is_valid():
        return refused(request, pk, PostRefused("moment", str(next(iter(form.errors.values()))[0])))
    values = form.cleaned_data
    said = ""
    to = None
    if values["day"] is not None:
        planned = moment_of(values["day"], values["time"], is_second=values["is_second"])
        to = planned.at
        if planned.is_moved:
            shown = {"asked": f"{values['time']:%H:%M}", "becomes": f"{on_the_wall(to):%H:%M}"}
            said = _("De klok gaat die nacht vooruit: %(asked)s bestaat niet, het wordt %(becomes)s.") % shown
        elif planned.is_twice:
            said = _("De klok gaat die nacht terug: dit tijdstip komt twee keer voor. Kies hieronder welke.")
    try:
        move_post(post=found, by=request.user, to=to)
    except PostRefused as why:
        return refused(request, pk, why)
    return done(request, pk, said=said)


@require_GET
def besttimes(request: UserRequest, pk: int) -> HttpResponse:
    """When posts did best on the channels of this post: asked for when somebody unfolds it."""
    found = find_post(request, pk)
    seen = Channel.objects.visible_to(request.user).filter(post_targets__post=found)
    return render(request, "calendar/_besttimes.html", {"channels": seen.order_by("platform", "name")})
