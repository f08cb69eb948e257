"""Tidegate's configuration. Importing it makes the Celery app the default one, in web processes too."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
