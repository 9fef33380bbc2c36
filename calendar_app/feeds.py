"""Our calendar as an iCal address (RFC 5545): one secret address per person, which shows what that person may see.

Only the fingerprint of the secret is kept. Moments are written in UTC: the hour that comes twice in October can not be said
in local time. Days that follow from a rule (holidays, awareness days) are left out: every calendar program has those.
"""

import hashlib
import secrets
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from accounts.audit import record
from accounts.models import User
from calendar_app.models import CalendarEvent, FeedToken, Post, PostKind, PostTarget, TargetState
from calendar_app.permissions import may_read_calendar

BEFORE, AFTER = timedelta(days=60), timedelta(days=400)
MOST = 5_000  # posts, and as many events
SHOWN_MINUTES = 15  # a post takes no time, but a calendar shows nothing of that height
LONGEST_SECRET = 64
_SURE = (TargetState.SCHEDULED, TargetState.PUBLISHING, TargetState.PUBLISHED)


# -- the secret --------------------------------------------------------------------------------------------------------


@transaction.atomic
def make_token(*, by: User) -> str:
    """A new secret for `by`, told once; the address before it stops."""
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    token, _made = FeedToken.objects.update_or_create(
        user=by, defaults={"digest": _digest(secret), "created_at": now, "used_at": None}
    )
    record("feed.made", token, by=by)
    return secret


@transaction.atomic
def revoke_token(*, by: User) -> None:
    token = FeedToken.objects.select_for_update(no_key=True).filter(user=by).first()
    if token is not None:
        record("feed.revoked", token, by=by)
        token.delete()


def owner_of(secret: str) -> User | None:
    """Who reads with this secret; None when it is wrong, was taken back, or its owner no longer works here."""
    if len(secret) > LONGEST_SECRET:
        return None
    token = FeedToken.objects.select_related("user").filter(digest=_digest(secret)).first()
    if token is None or not may_read_calendar(token.user):
        return None
    return token.user


def note_use(user: User) -> None:
    """At most once an hour: a reader that asks every minute writes nothing."""
    stale = Q(used_at=None) | Q(used_at__lt=Now() - timedelta(hours=1))
    FeedToken.objects.filter(stale, user=user).update(used_at=Now())


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


# -- what it shows -----------------------------------------------------------------------------------------------------


def feed_of(user: User) -> bytes:
    """The calendar as `user` may see it, from 60 days ago up to 400 days ahead. The same until something changes."""
    today = timezone.localdate()
    with translation.override(user.language):
        calendar = Calendar()
        calendar.add("prodid", f"-//Balie//{settings.VERSION}//NL")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _line(_("Kalender van %(place)s") % {"place": settings.MUNICIPALITY}))
        calendar.add("x-wr-timezone", "Europe/Amsterdam")
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
        for post in _posts(user):
            calendar.add_component(_of_post(post))
        for event in _events(user, today - BEFORE, today + AFTER):
            calendar.add_component(_of_event(event))
        content: bytes = calendar.to_ical()
        return content


def _posts(user: User) -> list[Post]:
    now = timezone.now()
    seen = PostTarget.objects.visible_to(user).select_related("channel")
    posts = Post.objects.visible_to(user).filter(
        kind=PostKind.POST, removed_at=None, planned_at__range=(now - BEFORE, now + AFTER)
    )
    posts = posts.select_related("campaign").prefetch_related(Prefetch("targets", seen, to_attr="seen"))
    return list(posts.order_by("planned_at", "pk")[:MOST])


def _events(user: User, first: date, last: date) -> list[CalendarEvent]:
    followed = Q(subscription=None) | Q(subscription__stopped_at=None)
    found = CalendarEvent.objects.visible_to(user).filter(followed, starts_on__lte=last, ends_on__gte=first)
    return list(found.order_by("starts_on", "pk")[:MOST])


def _of_post(post: Post) -> Event:
    targets: list[PostTarget] = post.seen  # type: ignore[attr-defined]  # prefetched above
    states = list(dict.fromkeys(target.get_state_display() for target in targets))
    at, changed = post.planned_at, max([post.updated_at, *(target.updated_at for target in targets)])
    assert at is not None
    event = _event(f"post-{post.pk}", changed)
    event.add("summary", _line(f"[{', '.join(states) or _('zonder kanaal')}] {post}"))
    event.add("dtstart", _utc(at))
    event.add("dtend", _utc(at) + timedelta(minutes=SHOWN_MINUTES))
    lines = [f"{target.channel}: {target.get_state_display()}" for target in targets]
    address = settings.BALIE_BASE_URL + reverse("post", args=[post.pk])
    event.add("description", _text("\n".join([*lines, "", post.text, "", address])))
    event.add("url", address)
    if post.campaign is not None:
        event.add("categories", [_line(post.campaign.name)])
    is_off = bool(targets) and all(target.state == TargetState.CANCELLED for target in targets)
    is_sure = bool(targets) and all(target.state in _SURE for target in targets)
    event.add("status", "CANCELLED" if is_off else "CONFIRMED" if is_sure else "TENTATIVE")
    return event


def _of_event(event: CalendarEvent) -> Event:
    made = _event(f"event-{event.pk}", event.updated_at)
    made.add("summary", _line(event.title))
    if event.starts_at is not None and event.ends_at is not None:
        made.add("dtstart", _utc(event.starts_at))
        made.add("dtend", _utc(event.ends_at))
    else:
        made.add("dtstart", event.starts_on)
        made.add("dtend", event.ends_on + timedelta(days=1))  # the first day after it
    if event.place:
        made.add("location", _line(event.place))
    if event.note:
        made.add("description", _text(event.note))
    made.add("categories", [_line(event.get_kind_display())])
    return made


def _event(name: str, changed: datetime) -> Event:
    event = Event()
    event.add("uid", f"{name}@{settings.BALIE_BASE_URL.partition('://')[2]}")
    event.add("dtstamp", _utc(changed))  # of the last change: the same file as long as nothing changed
    event.add("last-modified", _utc(changed))
    event.add("transp", "TRANSPARENT")  # nobody is busy because of it
    return event


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _line(text: str) -> str:
    """On one line, without signs that nobody can see: what strangers wrote must not begin a line of its own."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _text(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_line(line) for line in lines).strip()
