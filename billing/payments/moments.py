"""Stripe's moments, whole seconds since 1970, as datetimes."""

from datetime import UTC, datetime


def moment(seconds: int) -> datetime:
    """Return a moment that Stripe names."""
    return datetime.fromtimestamp(seconds, UTC)


def moment_or_none(seconds: int | None) -> datetime | None:
    """Return a moment that Stripe may not name."""
    return None if seconds is None else moment(seconds)
