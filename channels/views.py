"""Channel cards, and the stream of live events of the channels that somebody may see."""

from typing import cast

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import close_old_connections
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.permissions import may_manage_channels
from accounts.requests import UserRequest
from channels.cards import channel_cards
from channels.expectations import switch_expectation
from channels.messages import Visibility
from channels.models import Channel, ChannelState
from channels.state import check_channel, set_state
from channels.templatetags.channel_warnings import channel_warnings
from channels.wording import Explanation
from core.events import listen


@require_GET
def cards(request: UserRequest) -> HttpResponse:
    context = {"cards": channel_cards(request.user), "may_manage": may_manage_channels(request.user)}
    return render(request, "channels/page.html", context)


@require_GET
def card(request: UserRequest, pk: int) -> HttpResponse:
    return _card(request, pk)


@require_GET
def warnings(request: UserRequest) -> HttpResponse:
    """The line under the top bar again, after a live event about channels."""
    return render(request, "channels/_warnings.html", channel_warnings(request.user))


@require_POST
def check(request: UserRequest, pk: int) -> HttpResponse:
    problem = check_channel(_managed(request, pk), by=request.user)
    return _answer(request, pk, notice=problem or Explanation(_("De verbinding werkt.")), worked=problem is None)


@require_POST
def pause(request: UserRequest, pk: int) -> HttpResponse:
    reason = _("Uitgezet door %(who)s") % {"who": request.user.display_name}
    set_state(_managed(request, pk), ChannelState.OFF, reason=reason, by=request.user)
    return _answer(request, pk)


@require_POST
def resume(request: UserRequest, pk: int) -> HttpResponse:
    channel = _managed(request, pk)
    set_state(channel, ChannelState.OK, by=request.user)
    problem = check_channel(channel, by=request.user)
    return _answer(request, pk, notice=problem, worked=problem is None)


@require_POST
def expectation(request: UserRequest, pk: int, visibility: str) -> HttpResponse:
    """Switch the expectation message for `visibility`: `on` is "1" or nothing, as a checkbox sends it."""
    channel = _managed(request, pk)
    if visibility not in set(Visibility):
        raise Http404
    switch_expectation(channel=channel, visibility=visibility, is_on=request.POST.get("on") == "1", by=request.user)
    return _answer(request, pk)


def _managed(request: UserRequest, pk: int) -> Channel:
    """404 for who may not see the channel, 403 for who may not manage it."""
    channel = get_object_or_404(Channel.objects.visible_to(request.user).open(), pk=pk)
    if not may_manage_channels(request.user):
        raise PermissionDenied
    return channel


def _card(request: UserRequest, pk: int, *, notice: Explanation | None = None, worked: bool = True) -> HttpResponse:
    found = channel_cards(request.user, pk=pk)
    if not found:
        raise Http404
    context = {
        "card": found[0],
        "may_manage": may_manage_channels(request.user),
        # What is wrong is said once: the card's own state already says it.
        "notice": notice if notice != found[0].channel.state_explained else None,
        "worked": worked,
    }
    return render(request, "channels/_card.html", context)


def _answer(request: UserRequest, pk: int, *, notice: Explanation | None = None, worked: bool = True) -> HttpResponse:
    return _card(request, pk, notice=notice, worked=worked) if request.htmx else redirect("channels")


@require_GET
async def events(request: HttpRequest) -> StreamingHttpResponse:
    """Live events of one's channels, the calendar and one's own, names only. The database is asked once, before the stream begins; the stream holds no connection."""
    user = cast(User, await request.auser())
    ids = await sync_to_async(_audible_to)(user)
    groups = [f"user-{user.pk}", "calendar", *(f"channel-{pk}" for pk in ids)]
    response = StreamingHttpResponse(listen(groups), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _audible_to(user: User) -> list[int]:
    ids = list(Channel.objects.visible_to(user).values_list("pk", flat=True))
    # Django returns a connection to the pool when the response ends; this one ends when the browser goes away.
    close_old_connections()
    return ids
