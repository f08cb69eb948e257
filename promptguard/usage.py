"""How much a tenant uses the guard, counted from its decisions."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate, TruncMinute
from pydantic import BaseModel

from audit.models import Decision
from tenants.permissions import Permission


class UsageDay(BaseModel):
    """One day (UTC): how many guard calls there were, and how many were not simply allowed."""

    day: date
    calls: int
    flagged: int
    redacted: int
    blocked: int

    def by_action(self) -> dict[str, int]:
        """Return the calls by action; what was not flagged, redacted or blocked was allowed."""
        rest = self.calls - self.flagged - self.redacted - self.blocked
        return {"allow": rest, "flag": self.flagged, "redact": self.redacted, "block": self.blocked}


def busiest_minute(now: datetime | None = None) -> int:
    """Return the most guard calls that the open organisation made in one minute of the last 24 hours."""
    since = (now or datetime.now(UTC)) - timedelta(days=1)
    calls = Decision.objects.filter(permission=Permission.GUARD_CHECK.value, created_at__gte=since).exclude(
        action="deny"
    )
    minutes = calls.annotate(minute=TruncMinute("created_at", tzinfo=UTC)).values("minute").annotate(calls=Count("id"))
    busiest = minutes.order_by("-calls").first()
    return busiest["calls"] if busiest else 0


def usage_by_day(days: int, now: datetime | None = None) -> list[UsageDay]:
    """Return the open organisation's guard calls of the last `days` days, oldest first, empty days included."""
    today = (now or datetime.now(UTC)).date()
    first = today - timedelta(days=days - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    rows = (
        Decision.objects.filter(permission=Permission.GUARD_CHECK.value, created_at__gte=since)
        .exclude(action="deny")
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values("day")
        .annotate(
            calls=Count("id"),
            flagged=Count("id", filter=Q(action="flag")),
            redacted=Count("id", filter=Q(action="redact")),
            blocked=Count("id", filter=Q(action="block")),
        )
    )
    counted = {row["day"]: UsageDay(**row) for row in rows}
    every = [first + timedelta(days=step) for step in range(days)]
    return [counted.get(day, UsageDay(day=day, calls=0, flagged=0, redacted=0, blocked=0)) for day in every]
