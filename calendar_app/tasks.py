"""Celery: the clock and the network, for posts. Tasks hold no logic."""

from celery import shared_task

from calendar_app import media_notices, outcomes, own_posts, sending, series, subscriptions, watchdog
from channels import delivery
from channels.messages import POSTS


@shared_task
def publish() -> None:
    """Every second: begin what is due, and send it."""
    sending.send_due()


@shared_task
def sweep_posts() -> None:
    """What a lost worker left behind, and what nobody knows the outcome of."""
    delivery.recover_expired(on_outcome=outcomes.record_outcome, modes=POSTS)
    for pk in delivery.unknown_deliveries(modes=POSTS):
        reconcile_post.delay(pk)


@shared_task
def reconcile_post(pk: int) -> None:
    delivery.reconcile(pk, on_outcome=outcomes.record_outcome)


@shared_task
def read_own_posts() -> None:
    """What stands on our pages, and how it does there."""
    for pk in own_posts.due_for_sync():
        sync_own_posts.delay(pk)
    for pk in own_posts.due_for_measuring():
        measure_own_posts.delay(pk)


@shared_task
def sync_own_posts(pk: int) -> None:
    own_posts.sync_channel(pk)


@shared_task
def measure_own_posts(pk: int) -> None:
    own_posts.measure_channel(pk)


@shared_task
def fetch_calendars() -> None:
    for pk in subscriptions.due_subscriptions():
        fetch_calendar.delay(pk)


@shared_task
def fetch_calendar(pk: int) -> None:
    subscriptions.fetch(pk)


@shared_task
def watch() -> None:
    watchdog.bark()


@shared_task
def tell_expiring_media() -> None:
    media_notices.tell_expiring()


@shared_task
def make_occurrences() -> None:
    """Of posts that come back; those that are near are offered for review."""
    series.make_occurrences()
    series.ask_reviews()
