"""Celery: the clock. Tasks call one function and hold no logic."""

from celery import shared_task

from monitoring import service_figures


@shared_task
def refresh_service_figures() -> None:
    service_figures.refresh_figures()
