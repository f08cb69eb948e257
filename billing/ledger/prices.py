"""Prices of models: the list that ships as ``prices.csv``, and a tenant's own."""

import csv
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from audit.events import Event
from audit.record import record_event
from billing.ledger.models import ListPrice, ModelPrice
from tenants.guard import Grant
from tenants.permissions import Permission

GUARD_MODEL = "tidegate-guard"
"""The model that a guard call itself is metered as."""
LIST = Path(__file__).parent / "prices.csv"
_WHOLE = ("input_nanos_per_token", "output_nanos_per_token", "call_nanos")


def list_prices() -> list[dict[str, Any]]:
    """Return the rows of ``prices.csv``."""
    with LIST.open(newline="") as lines:
        rows: list[dict[str, Any]] = [dict(row) for row in csv.DictReader(lines)]
    for row in rows:
        row |= {name: int(row[name]) for name in _WHOLE}
        row["valid_from"] = datetime.fromisoformat(row["valid_from"]).replace(tzinfo=UTC)
    return rows


def load_list(model: type[ListPrice], using: str) -> int:
    """Add the list's prices that are not there yet, as the owner; returns how many. A version never changes."""
    prices = model.objects.using(using)
    known = set(prices.values_list("model", "version"))
    new = [model(**row) for row in list_prices() if (row["model"], row["version"]) not in known]
    return len(prices.bulk_create(new))


def add_price(grant: Grant, price: ModelPrice) -> ModelPrice:
    """Add a version of a tenant's own price; raises `ValidationError` by the field at fault."""
    grant.must_be(Permission.BUDGETS_RAISE)
    if price.model == GUARD_MODEL:
        raise ValidationError({"model": "The guard's own price is the list's."})
    price.author = grant.principal.label[:120]
    price.clean_fields()
    try:
        with transaction.atomic():
            price.save(force_insert=True)
    except IntegrityError:
        raise ValidationError({"version": "There is such a version; a version never changes."}) from None
    record_event(
        Event.PRICE_ADDED,
        grant.actor(),
        f"price/{price.model}",
        str(price),
        decision_id=grant.decision_id,
        input_nanos=price.input_nanos_per_token,
        output_nanos=price.output_nanos_per_token,
        call_nanos=price.call_nanos,
    )
    return price
