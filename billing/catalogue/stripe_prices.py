"""Plans as products and prices at Stripe. A price is known by its lookup key, and has to say what the plan says.

A product stands for a plan and a price for a version and an interval of it; neither Stripe's prices nor ours change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import stripe

from billing.catalogue.models import Interval, PlanVersion


class NotForSale(Exception):
    """Stripe has another price for a plan than ours: `manage.py sync_catalogue` says which."""


@dataclass(frozen=True, slots=True)
class Synced:
    """How many objects were made at Stripe."""

    products: int
    prices: int


def sync(client: stripe.StripeClient) -> Synced:
    """Make what is missing at Stripe of every version that is sold; raises `NotForSale` for a price that differs."""
    sold = [each for each in PlanVersion.objects.all() if each.is_paid]
    newest = {each.code: each for each in sorted(sold, key=lambda each: each.version)}
    products = sum(_sync_product(client, each) for each in newest.values())
    prices = sum(_sync_price(client, each, interval) for each in sold for interval in Interval)
    return Synced(products, prices)


def price_id(client: stripe.StripeClient, plan: PlanVersion, interval: Interval) -> str:
    """Return the id of the price that a plan is bought at, which is made where Stripe has none; raises `NotForSale`."""
    found = _found(client, plan, interval)
    if found is None:
        _sync_product(client, plan)
        _sync_price(client, plan, interval)
        found = _found(client, plan, interval)
    if found is None:
        raise NotForSale(f"Stripe has no price {plan.lookup_key(interval)}.")
    return found.id


def plan_of(price: Mapping[str, Any]) -> tuple[PlanVersion, Interval] | None:
    """Return which version and interval a price of Stripe's stands for; `None` unless it says what that one says."""
    for each in PlanVersion.objects.all():
        for interval in Interval:
            if price["lookup_key"] == each.lookup_key(interval) and _says(price) == _ours(each, interval):
                return each, interval
    return None


def _sync_product(client: stripe.StripeClient, plan: PlanVersion) -> int:
    product = _product_id(plan)
    known = client.v1.products.list({"ids": [product]}).data
    name, text = f"Tidegate {plan.name}", plan.summary
    if not known:
        key = f"catalogue:{product}:{plan.version}"
        client.v1.products.create({"id": product, "name": name, "description": text}, {"idempotency_key": key})
        return 1
    if (known[0].name, known[0].description) != (name, text):
        client.v1.products.update(product, {"name": name, "description": text})
    return 0


def _sync_price(client: stripe.StripeClient, plan: PlanVersion, interval: Interval) -> int:
    if _found(client, plan, interval) is not None:
        return 0
    key = plan.lookup_key(interval)
    client.v1.prices.create(
        {
            "currency": plan.currency,
            "lookup_key": key,
            "metadata": {"plan": plan.code, "version": str(plan.version)},
            "product": _product_id(plan),
            "recurring": {"interval": interval.value},
            "unit_amount": plan.cents(interval),
        },
        {"idempotency_key": f"catalogue:{key}"},
    )
    return 1


def _found(client: stripe.StripeClient, plan: PlanVersion, interval: Interval) -> stripe.Price | None:
    key = plan.lookup_key(interval)
    for price in client.v1.prices.list({"active": True, "lookup_keys": [key]}).data:
        says = _says(price.to_dict())
        if says != _ours(plan, interval):
            raise NotForSale(f"Stripe's price {key} says {says}, the plan says {_ours(plan, interval)}.")
        return price
    return None


def _says(price: Mapping[str, Any]) -> tuple[object, ...]:
    recurring = price["recurring"] or {}
    return price["currency"], price["unit_amount"], recurring.get("interval"), recurring.get("interval_count")


def _ours(plan: PlanVersion, interval: Interval) -> tuple[object, ...]:
    return plan.currency, plan.cents(interval), interval.value, 1


def _product_id(plan: PlanVersion) -> str:
    return f"tidegate_{plan.code}"
