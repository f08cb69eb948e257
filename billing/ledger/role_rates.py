"""How many requests a minute a role may make: set by the tenant, beside its budgets."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.events import Event
from audit.record import record_event
from billing.ledger.models import LARGEST_RATE, RoleRate
from tenants.guard import Grant
from tenants.permissions import Permission, Role


@transaction.atomic
def set_rates(grant: Grant, rates: dict[Role, int | None]) -> None:
    """Bound each role named, or free it where `None` is said, from the next call on. Raises `ValidationError`."""
    grant.must_be(Permission.BUDGETS_RAISE)
    for role, per_minute in rates.items():
        if per_minute is not None and not 1 <= per_minute <= LARGEST_RATE:
            raise ValidationError({role.value: f"A limit is 1 to {LARGEST_RATE:,} requests a minute."})
        before = RoleRate.objects.filter(role=role.value).values_list("per_minute", flat=True).first()
        if before != per_minute:
            _set(role, per_minute)
            _record(grant, role, before=before, per_minute=per_minute)


def _record(grant: Grant, role: Role, **detail: Any) -> None:  # noqa: ANN401 (values of an event)
    record_event(Event.RATE_CHANGED, grant.actor(), f"role/{role.value}", decision_id=grant.decision_id, **detail)


def _set(role: Role, per_minute: int | None) -> None:
    if per_minute is None:
        RoleRate.objects.filter(role=role.value).delete()
    elif not RoleRate.objects.filter(role=role.value).update(per_minute=per_minute):
        RoleRate.objects.create(role=role.value, per_minute=per_minute)


def rates() -> dict[str, int]:
    """Return the open organisation's limits by role."""
    return dict(RoleRate.objects.values_list("role", "per_minute"))
