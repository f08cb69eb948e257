"""What an estate's payments open: a plan without bounds, and a freeze that was lifted."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import models

from billing.entitlements import verbs
from billing.entitlements.limits import Limits
from billing.entitlements.models import Entitlement, Freeze

if TYPE_CHECKING:
    from tests.isolation.estate import Estate

UNBOUND = Limits(None, None, None, seats=None, models=None, retention_days=400, requests_per_minute=6000)


def entitlement(estate: "Estate") -> Entitlement:
    return verbs.assign(estate.canary[:32], 1, UNBOUND)


def freeze(estate: "Estate") -> Freeze:
    made = verbs.freeze(f"test:{estate.canary}", estate.canary)
    verbs.lift(made.cause)
    return made


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {Entitlement: entitlement, Freeze: freeze}
