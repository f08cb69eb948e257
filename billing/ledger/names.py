"""Budgets and amounts in words."""

from datetime import timedelta

from accounts.models import ApiKey, User
from accounts.workloads.models import ServiceIdentity
from billing.ledger.models import Budget

NANOS = 10**9
"""In a US dollar."""


def subject_of(kind: str, scope_id: str) -> str:
    """Return what a budget of the open organisation bounds, by the name that people gave it."""
    match kind:
        case Budget.Scope.ORGANIZATION:
            return "the whole organisation"
        case Budget.Scope.ROLE:
            return f"the role {scope_id}"
        case Budget.Scope.MODEL:
            return f"the model {scope_id}"
        case Budget.Scope.PERSON:
            return str(User.objects.filter(pk=scope_id).first() or "a former member")
    holder = ApiKey.objects.filter(id=scope_id).first() or ServiceIdentity.objects.filter(id=scope_id).first()
    return f"the key {holder}" if holder else "a former key"


def label_of(budget: Budget) -> str:
    """Return a budget's name in the record: what it bounds, of what, and how often that begins anew."""
    kind = "Spend" if budget.unit == Budget.Unit.NANOS else budget.unit.capitalize()
    return f"{kind} of {subject_of(budget.scope_kind, budget.scope_id)}, {budget.get_period_display()}"


def title_of(budget: Budget) -> str:
    """Return what an open budget of the open organisation bounds; what the plan bounds is told as such."""
    if budget.source == Budget.Source.PLAN:
        return f"the plan's {'spend' if budget.unit == Budget.Unit.NANOS else budget.unit}"
    return subject_of(budget.scope_kind, budget.scope_id)


def in_words(amount: int, unit: str) -> str:
    """Return an amount with its unit; money to the cent, or to as many digits as it needs below one."""
    if unit != Budget.Unit.NANOS:
        return f"{amount:,} {unit}"
    digits = 2 if amount >= NANOS // 100 or amount == 0 else 6
    return f"{amount / NANOS:,.{digits}f} USD"  # shown only; sums are made of whole nanos


def used_in_words(used: int, bound: int, unit: str) -> str:
    """Return how much of a bound is used, the unit said once: "9 of 10,000 requests"."""
    whole = in_words(bound, unit)
    return f"{in_words(used, unit).removesuffix(whole.rpartition(' ')[2])}of {whole}"


def duration(seconds: int) -> str:
    """Return a time in its largest whole unit."""
    whole = timedelta(seconds=seconds)
    if whole.days:
        return f"{whole.days} day{'s' if whole.days > 1 else ''}"
    hours, minutes = seconds // 3600, seconds // 60
    return f"{hours} h" if hours else f"{minutes} min" if minutes else f"{seconds} s"
