"""The housekeeping of accounts."""

from celery import shared_task
from django.contrib.sessions.backends.db import SessionStore


@shared_task
def clear_expired() -> None:
    """Delete sessions that have run out."""
    SessionStore.clear_expired()
