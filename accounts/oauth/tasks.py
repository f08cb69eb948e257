"""The housekeeping of the authorization server."""

from celery import shared_task
from django.db import connection


@shared_task
def sweep() -> int:
    """Delete codes, tokens and used assertions that are past their time, of every tenant; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT oauth_sweep()")
        row: tuple[int] = cursor.fetchone()
    return row[0]
