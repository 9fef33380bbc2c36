"""Calendars of others that we follow: fetched on schedule through the guard against addresses inside, kept when they break.

What a calendar says takes the place of what it said before; what it no longer says, goes. A file that can not be had or
understood changes nothing: what we had stays, and the page says why.
"""

from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from calendar_app.ical import BadCalendar, Occurrence, read
from calendar_app.models import CalendarEvent, EventKind, Subscription
from channels.fetching import FetchError, check_address, fetch_media
from core.events import publish_on_commit
from core.tasks import enqueue_on_commit

BEFORE, AFTER = timedelta(days=60), timedelta(days=400)
EVERY = timedelta(hours=1)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=15), timedelta(hours=24)
LEASE = timedelta(minutes=5)  # longer than a task may take
MAX_BYTES = 3_000_000
MOST = 50  # calendars
LONGEST_URL = 600
FIELDS = ("title", "place", "note", "starts_on", "ends_on", "starts_at", "ends_at", "kind")

logger = structlog.get_logger(__name__)


class SubscriptionRefused(ValueError):
    """Nothing was written; `str(error)` is for the person."""


def reason_words(code: str) -> str:
    """Why a calendar could not be read, for people. `code` is a reason of FetchError or BadCalendar."""
    return {
        "not_ical": _("Op dit adres staat geen agenda (iCal)."),
        "too_many": _("In deze agenda staat te veel."),
        "too_slow": _("Deze agenda uitrekenen duurt te lang."),
        "too_large": _("Dit bestand is te groot."),
        "status": _("De server geeft dit bestand niet. Klopt het adres nog?"),
        "dns": _("Deze server is niet te vinden."),
        "address": _("Dit adres ligt binnen een eigen netwerk. Een beheerder kan het toestaan."),
        "port": _("Deze poort is niet toegestaan."),
        "tls": _("Het certificaat van deze server klopt niet."),
        "timeout": _("De server antwoordt te langzaam."),
        "connect": _("De server is niet bereikbaar."),
        "redirects": _("Dit adres verwijst steeds verder."),
        "userinfo": _("Een adres met een wachtwoord erin kan niet."),
    }.get(code, _("Dit adres klopt niet."))


# -- by people ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def subscribe(*, by: User, name: str, url: str, kind: str = EventKind.OTHER) -> Subscription:
    """Follow the calendar at `url` (http, https or webcal). It is fetched at once, after this. Raises SubscriptionRefused."""
    name, url = "".join(sign for sign in " ".join(name.split()) if sign.isprintable()), as_https(url)
    if not name:
        raise SubscriptionRefused(_("Geef de agenda een naam."))
    if kind not in EventKind.values:
        raise SubscriptionRefused(_("Kies een soort."))
    if Subscription.objects.count() >= MOST:
        raise SubscriptionRefused(_("U volgt al %(count)d agenda's. Haal er eerst een weg.") % {"count": MOST})
    if len(url) > LONGEST_URL:
        raise SubscriptionRefused(reason_words("url"))
    try:
        check_address(url, allowed_private=settings.CALENDAR_PRIVATE_HOSTS)
    except FetchError as error:
        raise SubscriptionRefused(reason_words(error.reason)) from error
    try:
        with transaction.atomic():
            made = Subscription.objects.create(name=name[:80], url=url, kind=kind, created_by=by)
    except IntegrityError as error:
        raise SubscriptionRefused(_("Deze agenda volgt u al.")) from error
    # An address like this is often a secret of its own: the trail names the server alone.
    record("subscription.added", made, by=by, host=host_of(made), kind=kind)
    _tell_and_fetch(made)
    return made


@transaction.atomic
def stop(*, subscription: Subscription, by: User) -> None:
    """Nothing of it is shown or fetched until it is resumed."""
    Subscription.objects.filter(pk=subscription.pk).update(stopped_at=Now())
    record("subscription.stopped", subscription, by=by)
    publish_on_commit("calendar", "calendar")


@transaction.atomic
def resume(*, subscription: Subscription, by: User) -> None:
    Subscription.objects.filter(pk=subscription.pk).update(stopped_at=None, next_fetch_at=None, failures=0)
    record("subscription.resumed", subscription, by=by)
    _tell_and_fetch(subscription)


@transaction.atomic
def fetch_now(*, subscription: Subscription, by: User) -> None:
    """Without waiting for its turn."""
    Subscription.objects.filter(pk=subscription.pk).update(next_fetch_at=None, etag="")
    record("subscription.fetch_asked", subscription, by=by)
    _tell_and_fetch(subscription)


@transaction.atomic
def unsubscribe(*, subscription: Subscription, by: User) -> None:
    """It goes with all that came from it."""
    record("subscription.removed", subscription, by=by, host=host_of(subscription))
    subscription.delete()
    publish_on_commit("calendar", "calendar")


def as_https(url: str) -> str:
    url = url.strip()
    scheme, _colon, rest = url.partition(":")
    return f"https:{rest}" if scheme.lower() in ("webcal", "webcals") else url


def host_of(subscription: Subscription) -> str:
    return urlsplit(subscription.url).hostname or ""


def _tell_and_fetch(subscription: Subscription) -> None:
    from calendar_app.tasks import fetch_calendar  # tasks import this module

    enqueue_on_commit(fetch_calendar, subscription.pk)
    publish_on_commit("calendar", "calendar")


# -- by the clock ------------------------------------------------------------------------------------------------------


def due_subscriptions() -> list[int]:
    due = Q(next_fetch_at=None) | Q(next_fetch_at__lte=Now())
    return list(Subscription.objects.filter(due, stopped_at=None).values_list("pk", flat=True))


def fetch(pk: int) -> bool:
    """Fetch one calendar when it is due. False when another worker has it, or it failed; the reason is on the row."""
    due = Q(next_fetch_at=None) | Q(next_fetch_at__lte=Now())
    # A worker that dies here leaves a moment in the future: the next one tries then.
    if not Subscription.objects.filter(due, pk=pk, stopped_at=None).update(next_fetch_at=Now() + LEASE):
        return False
    subscription = Subscription.objects.get(pk=pk)
    today = timezone.localdate()
    # Each day once as a whole, also when nothing changed: recurring events go on for ever, and we look 400 days ahead.
    is_known_today = subscription.fetched_at is not None and timezone.localdate(subscription.fetched_at) == today
    try:
        fetched = fetch_media(
            subscription.url,
            max_bytes=MAX_BYTES,
            allowed_private=settings.CALENDAR_PRIVATE_HOSTS,
            accept="text/calendar",
            etag=subscription.etag if is_known_today else "",
        )
        found = None if fetched.is_unchanged else read(fetched.content, first=today - BEFORE, last=today + AFTER)
    except (FetchError, BadCalendar) as error:
        _failed(subscription, error.reason)
        return False
    etag = fetched.etag if fetched.etag.isascii() and fetched.etag.isprintable() and len(fetched.etag) <= 200 else ""
    return _store(pk, found, etag, today)


def _failed(subscription: Subscription, reason: str) -> None:
    wait = min(FIRST_WAIT * 2 ** min(subscription.failures, 10), LONGEST_WAIT)
    with transaction.atomic():
        Subscription.objects.filter(pk=subscription.pk).update(
            failures=F("failures") + 1, error_code=reason[:40], next_fetch_at=Now() + wait
        )
        publish_on_commit("calendar", "calendar")
    logger.info("subscription.failed", pk=subscription.pk, reason=reason)


@transaction.atomic
def _store(pk: int, found: list[Occurrence] | None, etag: str, today: date) -> bool:
    """Bring the rows in step; None: nothing changed. What is longer ago than we look back stays as it was."""
    subscription = Subscription.objects.select_for_update(no_key=True).filter(pk=pk, stopped_at=None).first()
    if subscription is None:
        return False  # stopped or removed meanwhile
    if found is not None:
        _bring_in_step(subscription, found, timezone.now(), today - BEFORE)
    subscription.etag, subscription.error_code, subscription.failures = etag, "", 0
    subscription.fetched_at = timezone.now()
    subscription.next_fetch_at = subscription.fetched_at + EVERY
    subscription.save(update_fields=["etag", "error_code", "failures", "fetched_at", "next_fetch_at"])
    publish_on_commit("calendar", "calendar")
    return True


def _bring_in_step(subscription: Subscription, found: list[Occurrence], now: datetime, first: date) -> None:
    have = {event.uid: event for event in CalendarEvent.objects.filter(subscription=subscription)}
    made, changed = [], []
    for occurrence in found:
        values = {name: getattr(occurrence, name) for name in FIELDS if name != "kind"}
        values |= {"kind": subscription.kind, "title": occurrence.title or _("Zonder titel")}
        event = have.pop(occurrence.uid, None)
        if event is None:
            made.append(CalendarEvent(subscription=subscription, uid=occurrence.uid, **values))
        elif any(getattr(event, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(event, name, value)
            event.updated_at = now
            changed.append(event)
    CalendarEvent.objects.bulk_create(made, batch_size=500)
    CalendarEvent.objects.bulk_update(changed, [*FIELDS, "updated_at"], batch_size=500)
    CalendarEvent.objects.filter(pk__in=[event.pk for event in have.values() if event.ends_on >= first]).delete()
