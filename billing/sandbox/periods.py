"""Billing periods: from an anchor, by days, weeks, months or years, in UTC."""

import calendar
from datetime import UTC, datetime

from billing.sandbox.clock import DAY
from billing.sandbox.objects.template import Object

_DAYS: dict[str, int] = {"day": 1, "week": 7}
_MONTHS: dict[str, int] = {"month": 1, "year": 12}


def period_end(start: int, recurring: Object, anchor: int) -> int:
    """Return the end of the period that begins at `start`; months end on the anchor's day, or on their last."""
    unit: str = recurring["interval"]
    count: int = recurring["interval_count"]
    if unit in _DAYS:
        return start + _DAYS[unit] * count * DAY
    began, anchored = datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(anchor, UTC)
    months = began.year * 12 + began.month - 1 + _MONTHS[unit] * count
    year, month = divmod(months, 12)
    day = min(anchored.day, calendar.monthrange(year, month + 1)[1])
    return int(began.replace(year=year, month=month + 1, day=day).timestamp())


def share(amount: int, part: int, whole: int) -> int:
    """Return `amount` × `part` / `whole`, rounded half up: what a part of a period costs."""
    return (2 * amount * part + whole) // (2 * whole)


def spoken(moment: int) -> str:
    """Return a date as lines of an invoice say it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%-d %b %Y")
