"""Calendars that come in and go out: the page about them, and the address that other programs read."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import UserRequest
from calendar_app.days_nl import REGIONS
from calendar_app.events import prefill
from calendar_app.feeds import feed_of, make_token, note_use, owner_of, revoke_token
from calendar_app.models import EventKind, FeedToken, Subscription
from calendar_app.permissions import may_plan, may_read_calendar
from calendar_app.subscriptions import (
    SubscriptionRefused,
    fetch_now,
    host_of,
    reason_words,
    resume,
    stop,
    subscribe,
    unsubscribe,
)


@require_safe
def calendar_feeds(request: UserRequest) -> HttpResponse:
    return _page(request)


def _page(request: UserRequest, *, status: int = 200, **more: Any) -> HttpResponse:
    if not may_read_calendar(request.user):
        raise Http404
    followed = [
        (each, host_of(each), reason_words(each.error_code) if each.error_code else "")
        for each in Subscription.objects.visible_to(request.user)
    ]
    context: dict[str, Any] = {
        "part": "feeds",
        "token": FeedToken.objects.filter(user=request.user).first(),
        "followed": followed,
        "kinds": EventKind.choices,
        "kind": EventKind.OTHER,
        "regions": [(name, {"noord": _("Noord"), "midden": _("Midden"), "zuid": _("Zuid")}[name]) for name in REGIONS],
        "may_edit": may_plan(request.user),
    }
    return render(request, "calendar/feeds.html", context | more, status=status)


# -- out ---------------------------------------------------------------------------------------------------------------


@require_POST
def calendar_feed_make(request: UserRequest) -> HttpResponse:
    """The page with the address on it: the one time that it is told."""
    if not may_read_calendar(request.user):
        raise Http404
    secret = make_token(by=request.user)
    return _page(request, address=settings.BALIE_BASE_URL + reverse("feed", args=[secret]))


@require_POST
def calendar_feed_revoke(request: UserRequest) -> HttpResponse:
    if not may_read_calendar(request.user):
        raise Http404
    revoke_token(by=request.user)
    messages.success(request, _("Uw agenda-adres werkt niet meer."))
    return redirect("calendar_feeds")


@login_not_required
@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Wrong, taken back, or of somebody who left: the same answer."""
    user = owner_of(secret)
    if user is None:
        return HttpResponse(_("Niet gevonden."), status=404, content_type="text/plain; charset=utf-8", headers=_ROBOTS)
    content = feed_of(user)
    note_use(user)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = _ROBOTS | {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))}
    if etag in known:
        return HttpResponse(status=304, headers=headers)
    headers["Content-Disposition"] = 'inline; filename="balie.ics"'
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


_ROBOTS = {"X-Robots-Tag": "noindex, nofollow"}


# -- in ----------------------------------------------------------------------------------------------------------------


@require_POST
def calendar_subscribe(request: UserRequest) -> HttpResponse:
    _planners_only(request)
    typed = {name: request.POST.get(name, "") for name in ("name", "url", "kind")}
    try:
        made = subscribe(by=request.user, **typed)
    except SubscriptionRefused as error:
        return _page(request, status=422, error=str(error), typed=typed, kind=typed["kind"])
    messages.success(request, _("U volgt nu %(name)s.") % {"name": made.name})
    return redirect("calendar_feeds")


@require_POST
def calendar_subscription(request: UserRequest, pk: int, verb: str) -> HttpResponse:
    """`verb`: stop, resume, fetch or remove."""
    found = get_object_or_404(Subscription.objects.visible_to(request.user), pk=pk)
    _planners_only(request)
    verbs = {
        "stop": (stop, _("%(name)s wordt niet meer getoond.")),
        "resume": (resume, _("%(name)s wordt weer getoond.")),
        "fetch": (fetch_now, _("%(name)s wordt nu opgehaald.")),
        "remove": (unsubscribe, _("%(name)s is verwijderd.")),
    }
    if verb not in verbs:
        raise Http404
    name, (do, said) = found.name, verbs[verb]
    do(subscription=found, by=request.user)
    messages.success(request, said % {"name": name})
    return redirect("calendar_feeds")


@require_POST
def calendar_prefill(request: UserRequest) -> HttpResponse:
    _planners_only(request)
    region = request.POST.get("region", "")
    if region not in REGIONS:
        return _page(request, status=422, region_error=_("Kies een regio."))
    added = prefill(region=region, by=request.user)
    said = ngettext("%(count)d periode toegevoegd.", "%(count)d periodes toegevoegd.", added) % {"count": added}
    messages.success(request, said if added else _("Alles stond er al."))
    return redirect("calendar_feeds")


def _planners_only(request: UserRequest) -> None:
    if not may_plan(request.user):
        raise PermissionDenied
