"""Channel cards, and the stream of live events of the channels that somebody may see."""

from collections.abc import Sequence

from asgiref.sync import sync_to_async
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import may_manage_channels
from accounts.requests import UserRequest
from channels.models import Channel, ChannelState, RawState
from channels.state import check_channel, set_state
from channels.templatetags.channel_warnings import channel_warnings
from core.events import listen


def _cards(request: UserRequest, pk: int | None = None) -> Sequence[Channel]:
    channels = Channel.objects.visible_to(request.user).open().prefetch_related("budgets")
    if pk is not None:
        channels = channels.filter(pk=pk)
    return channels.annotate(
        queued=Count("deliveries", filter=Q(deliveries__state__in=["queued", "claimed", "sending"]), distinct=True),
        unknown=Count("deliveries", filter=Q(deliveries__state="unknown"), distinct=True),
        failed=Count("deliveries", filter=Q(deliveries__state="failed"), distinct=True),
    )


@require_GET
def cards(request: UserRequest) -> HttpResponse:
    channels = list(_cards(request))
    return render(
        request,
        "channels/page.html",
        {"channels": with_quarantine(channels), "may_manage": may_manage_channels(request.user)},
    )


@require_GET
def warnings(request: UserRequest) -> HttpResponse:
    """The line under the top bar again, after a live event about channels."""
    return render(request, "channels/_warnings.html", channel_warnings(request.user))


def with_quarantine(channels: list[Channel]) -> list[Channel]:
    """How many events of each channel were not understood, from the partial index on those."""
    numbers = dict(
        Channel.objects.filter(pk__in=[channel.pk for channel in channels], raw_events__state=RawState.FAILED)
        .annotate(number=Count("raw_events"))
        .values_list("pk", "number")
    )
    for channel in channels:
        channel.quarantined = numbers.get(channel.pk, 0)  # type: ignore[attr-defined]
    return channels


@require_GET
def card(request: UserRequest, pk: int) -> HttpResponse:
    return _card(request, pk)


def _card(request: UserRequest, pk: int, *, notice: str = "", status: int = 200) -> HttpResponse:
    found = list(_cards(request, pk))
    if not found:
        return HttpResponse(status=404)
    context = {"channel": with_quarantine(found)[0], "may_manage": may_manage_channels(request.user), "notice": notice}
    return render(request, "channels/_card.html", context, status=status)


def _managed(request: UserRequest, pk: int) -> Channel | HttpResponse:
    channel = get_object_or_404(Channel.objects.visible_to(request.user).open(), pk=pk)
    return channel if may_manage_channels(request.user) else HttpResponse(status=403)


@require_POST
def check(request: UserRequest, pk: int) -> HttpResponse:
    channel = _managed(request, pk)
    if isinstance(channel, HttpResponse):
        return channel
    problem = check_channel(channel, by=request.user)
    return _answer(request, pk, problem or _("De verbinding werkt."))


@require_POST
def pause(request: UserRequest, pk: int) -> HttpResponse:
    channel = _managed(request, pk)
    if isinstance(channel, HttpResponse):
        return channel
    set_state(
        channel,
        ChannelState.OFF,
        reason=_("Uitgezet door %(who)s") % {"who": request.user.display_name},
        by=request.user,
    )
    return _answer(request, pk, "")


@require_POST
def resume(request: UserRequest, pk: int) -> HttpResponse:
    channel = _managed(request, pk)
    if isinstance(channel, HttpResponse):
        return channel
    set_state(channel, ChannelState.OK, by=request.user)
    return _answer(request, pk, check_channel(channel, by=request.user))


def _answer(request: UserRequest, pk: int, notice: str) -> HttpResponse:
    return _card(request, pk, notice=notice) if request.htmx else redirect("channels")


@require_GET
async def events(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Live events, names only. The database is asked once, before the stream begins; the stream holds no connection."""
    user = await request.auser()  # type: ignore[attr-defined]
    ids = await sync_to_async(lambda: list(Channel.objects.visible_to(user).values_list("pk", flat=True)))()
    groups = [f"channel-{pk}" for pk in ids]
    response = StreamingHttpResponse(listen(groups), content_type="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response
