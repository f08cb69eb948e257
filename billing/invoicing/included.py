"""What of its usage a plan's price has paid for already."""

from datetime import datetime

from billing.catalogue.models import PlanVersion

INCLUDED_CENTS: dict[tuple[str, int], int] = {
    ("team", 1): 2_500,
    ("business", 1): 15_000,
    ("enterprise", 1): 60_000,
}
"""Cents of usage a month, by plan and version: about a quarter of the plan's price. Other plans include none."""


def included_cents(plan: PlanVersion | None, starts_at: datetime, ends_at: datetime) -> int:
    """Return the cents of usage that a plan includes in a period: so much for each month begun, at least for one."""
    months = (ends_at.year - starts_at.year) * 12 + ends_at.month - starts_at.month
    monthly = INCLUDED_CENTS.get((plan.code, plan.version), 0) if plan else 0
    return monthly * max(1, months)
