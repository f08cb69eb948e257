"""The beat task that keeps a signing key at hand."""

from celery import shared_task

from accounts.keystore import rotation


@shared_task
def keep_up() -> None:
    """Rotate and destroy what is due."""
    rotation.keep_up()
