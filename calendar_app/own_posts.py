"""What stands on our own pages: read from the platforms, wherever it was made.

A post is known once per channel by the platform's id, whoever sees it first: the worker that sent it or the reading here.
Reading never changes what went out (the snapshot of its target); it follows what the platform shows.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from calendar_app.gone import DeleteRefused, delete_published, note_missing, note_there
from calendar_app.models import PageReading, PostTarget, PublishedPost, TargetState
from calendar_app.outcomes import record_outcome
from calendar_app.page_reading import asking, claim, due_channels, ended, every_sync, failed
from calendar_app.post_figures import BATCH, due_for_measuring, measure_channel, measure_due, stale, store_figures
from channels import errors
from channels.connectors.texts import with_link
from channels.messages import POSTS, OwnPost, PostFigures
from channels.models import SEEN_BY_PERSON, Channel, Delivery, DeliveryState
from channels.registry import CONNECTORS
from core.events import publish_on_commit
from inbox.echoes import same_text
from inbox.models.messages import MAX_TEXT
from inbox.sanitise import clean, web_address

__all__ = [
    "DeleteRefused",
    "delete_published",
    "due_for_measuring",
    "due_for_sync",
    "measure_channel",
    "measure_due",
    "sync_channel",
]

FIRST_REACH, REACH = timedelta(days=90), timedelta(days=7)  # how far back a page is read
MOST_LISTED = 200  # what a connector lists at most: what is older than the last of so many was not looked at
COMPARED = ("root_id", "text", "permalink", "picture_url", "deleted_at")


def due_for_sync() -> list[int]:
    """Channels whose page should be read now."""
    return due_channels("next_sync_at", "lists_posts")


def sync_channel(pk: int) -> int | None:
    """Read the page of channel `pk` when it is due and nobody else does. Returns how many posts it shows, None when it was not
    ours to read. Raises nothing that a platform can cause."""
    channel = claim(pk, "next_sync_at")
    if channel is None:
        return None
    is_known = PageReading.objects.filter(channel=channel, synced_at__isnull=False).exists()
    since = timezone.now() - (REACH if is_known else FIRST_REACH)
    try:
        listed = asking(channel, lambda connector: connector.list_posts(since=since))
        prove(channel, listed)
        _keep(channel, listed)
        _look_for_missing(channel, listed, since)
    except errors.ConnectorError as error:
        failed(channel, "next_sync_at", error)
        return 0
    ended(channel, "next_sync_at", every_sync())
    return len(listed)


def prove(channel: Channel, listed: Sequence[OwnPost]) -> None:
    """What nobody knew to be there, or only a person saw, or did not see: the page shows it."""
    seen = Q(state=DeliveryState.SENT, external_id__startswith=SEEN_BY_PERSON)
    doubted = seen | Q(state=DeliveryState.UNKNOWN) | Q(state=DeliveryState.FAILED, error_code="not_sent")
    if not Delivery.objects.filter(doubted, channel=channel, mode__in=POSTS).exists():
        return
    ids = [own.external_id for own in listed]
    taken = set(Delivery.objects.filter(channel=channel, external_id__in=ids).values_list("external_id", flat=True))
    # What is being sent at this moment has no id yet: what says the same may be that.
    sending = Delivery.objects.filter(channel=channel, mode__in=POSTS, state=DeliveryState.SENDING)
    busy = set(sending.values_list("text", flat=True))
    with transaction.atomic():
        waiting = Delivery.objects.filter(doubted, channel=channel, mode__in=POSTS)
        for delivery in waiting.select_for_update(no_key=True).order_by("pk"):
            if delivery.text in busy:
                continue
            own = next((own for own in listed if own.external_id not in taken and _is_it(delivery, own)), None)
            if own is None:
                continue
            taken.add(own.external_id)
            delivery.external_id, delivery.permalink = own.external_id[:300], web_address(own.permalink)
            delivery.receipt_thread_id = own.root_id or delivery.receipt_thread_id
            if delivery.state != DeliveryState.SENT:
                delivery.state, delivery.finished_at = DeliveryState.SENT, own.posted_at or timezone.now()
                delivery.error = delivery.error_code = ""
                delivery.save()
                record_outcome(delivery)
            else:
                delivery.save()


def _is_it(delivery: Delivery, own: OwnPost) -> bool:
    started = delivery.started_at or delivery.created_at
    if own.posted_at and (started - own.posted_at).total_seconds() > 120:
        return False  # said before
    is_part = bool(own.root_id) and own.root_id != own.external_id
    if delivery.in_reply_to and not (is_part and own.root_id == delivery.root_id):
        return False
    if not delivery.text.strip():
        return False  # pictures alone say nothing here; the connector looks at how many they are
    # Where a link has no place beside pictures, it stands below the text.
    return any(same_text(text, own.text) for text in (delivery.text, with_link(delivery.text, delivery.link)))


def _keep(channel: Channel, listed: Sequence[OwnPost]) -> None:
    """Every listed post has its row, once, tied to what Balie sent where it did."""
    by_id = {own.external_id[:300]: own for own in reversed(listed) if own.external_id}
    with transaction.atomic():
        # Locked: what somebody takes away meanwhile stays taken away.
        rows = PublishedPost.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        known = {row.external_id: row for row in rows.filter(channel=channel, external_id__in=list(by_id))}
        sent = Delivery.objects.filter(channel=channel, external_id__in=list(by_id), mode__in=POSTS)
        targets = dict(sent.exclude(post_part=None).values_list("external_id", "post_part__target"))
        shown = [_row(channel, own, known.get(own_id), targets.get(own_id)) for own_id, own in sorted(by_id.items())]
        changed = [row for row in shown if row is not None]
        for is_ours in (True, False):
            # Whose target is not known here may get it at this very moment from whoever sent it: left alone then.
            fields = [*COMPARED, "deleted_by", *(["target"] if is_ours else [])]
            PublishedPost.objects.bulk_create(
                [row for row in changed if (row.target_id is not None) is is_ours],
                update_conflicts=True,
                unique_fields=["channel", "external_id"],
                update_fields=fields,
            )
        if changed:
            publish_on_commit("calendar", "published")
    back = [known[row.external_id] for row in changed if row.external_id in known and not row.deleted_at]
    targets_back = [row.target_id for row in back if row.deleted_at and row.target_id]
    PostTarget.objects.filter(pk__in=targets_back, state=TargetState.DELETED).update(state=TargetState.PUBLISHED)
    note_there(list(known.values()))
    figures = {own_id: own.figures for own_id, own in by_id.items() if own.figures is not None}
    store_figures(stale().filter(channel=channel, external_id__in=list(figures)), figures)


def _row(channel: Channel, own: OwnPost, known: PublishedPost | None, target: int | None) -> PublishedPost | None:
    """As it should be stored; None when nothing of it changed. What is known is never replaced by nothing."""
    row = PublishedPost(channel=channel, external_id=own.external_id[:300])
    row.root_id = (own.root_id or (known.root_id if known else own.external_id))[:300]
    row.target_id = target or (known.target_id if known else None)
    row.text = clean(own.text, MAX_TEXT) or (known.text if known else "")
    row.permalink = web_address(own.permalink) or (known.permalink if known else "")
    row.picture_url = web_address(own.picture_url, 1000) or (known.picture_url if known else "")
    row.posted_at = known.posted_at if known else own.posted_at or timezone.now()
    if known is None:
        return row
    if known.deleted_by_id:  # the platform told us that it is gone: its lists may lag behind
        row.deleted_at, row.deleted_by_id = known.deleted_at, known.deleted_by_id
    same = all(getattr(row, name) == getattr(known, name) for name in (*COMPARED, "target_id"))
    return None if same else row


def _look_for_missing(channel: Channel, listed: Sequence[OwnPost], since: datetime) -> None:
    """What should be on the page and is not: asked for by its id, and gone when it stays away."""
    shown = {own.external_id for own in listed}
    oldest = min((own.posted_at for own in listed if own.posted_at), default=None)
    begin = since + timedelta(minutes=10)
    if len(listed) >= MOST_LISTED:
        if oldest is None:
            return
        begin = max(begin, oldest + timedelta(minutes=1))
    expected = PublishedPost.objects.there().filter(channel=channel, posted_at__gt=begin)
    # What was made while the page was being read is not missing.
    expected = expected.filter(seen_at__lt=Now() - timedelta(minutes=2)).exclude(external_id__in=shown)
    missing = list(expected.order_by("-posted_at")[:BATCH])
    if not missing:
        return
    there: Mapping[str, PostFigures] = {}
    if CONNECTORS[channel.platform].capabilities.measures_posts:
        ids = [post.external_id for post in missing]
        there = asking(channel, lambda connector: connector.measure_posts(ids))
    note_missing([post for post in missing if post.external_id not in there])
    note_there([post for post in missing if post.external_id in there])
