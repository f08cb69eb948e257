"""Another plan in the middle of a period: what was paid and not used comes back, what is left of it is charged."""

from dataclasses import dataclass

from billing.sandbox import invoicing
from billing.sandbox.faults import invalid
from billing.sandbox.objects.billing import INVOICE_ITEM
from billing.sandbox.objects.template import Object
from billing.sandbox.periods import period_end, share, spoken
from billing.sandbox.state import State
from billing.sandbox.subscribing import add_item, bill, describe, items_of, priced


@dataclass(frozen=True)
class Change:
    """An item that gets another price or quantity, begins (`item` is None) or ends (`price` is None)."""

    item: Object | None
    price: Object | None
    quantity: int = 1


def change_items(
    state: State, subscription: Object, changes: list[Change], proration: str, since: int | None = None
) -> None:
    """Change a subscription's items; `proration` is Stripe's ``proration_behavior``, `since` its ``proration_date``."""
    prorated = proration != "none" and subscription["status"] in {"active", "past_due"}
    since = _within(state, subscription, since)
    other_interval = any(_interval_changes(state, each) for each in changes)
    if other_interval:
        _restart(state, subscription, changes, prorated, since)
        return
    for each in changes:
        if prorated:
            _prorate(state, subscription, each, since)
        _apply(state, subscription, each)
    if prorated and proration == "always_invoice":
        _invoice_now(state, subscription)


def _within(state: State, subscription: Object, since: int | None) -> int:
    """Return the moment from which is prorated: now, or the one that was named, which lies in the present period."""
    period = items_of(state, subscription)[0]
    if since is not None and not period["current_period_start"] <= since <= period["current_period_end"]:
        raise invalid("The proration date must lie in the current period.", "proration_date")
    return state.now() if since is None else since


def _interval_changes(state: State, change: Change) -> bool:
    if not (change.item and change.price):
        return False
    former = state.get("price", change.item["price"])["recurring"]
    now: Object = change.price["recurring"]
    return bool((former["interval"], former["interval_count"]) != (now["interval"], now["interval_count"]))


def _apply(state: State, subscription: Object, change: Change) -> None:
    if change.price is None:
        if change.item is None or len(items_of(state, subscription)) == 1:
            raise invalid("A subscription must have at least one active plan.", "items")
        state.forget(change.item)
    elif change.item:
        change.item.update(price=change.price["id"], quantity=change.quantity)
    else:
        add_item(state, subscription, change.price, change.quantity)


def _prorate(state: State, subscription: Object, change: Change, since: int) -> None:
    period = change.item or items_of(state, subscription)[0]
    start, end = period["current_period_start"], period["current_period_end"]
    left, whole = end - since, end - start
    if change.item:
        former = state.get("price", change.item["price"])
        used = share(former["unit_amount"] * change.item["quantity"], left, whole)
        _item(state, subscription, former, change.item["quantity"], -used, "Unused time on", end)
    if change.price:
        rest = share(change.price["unit_amount"] * change.quantity, left, whole)
        _item(state, subscription, change.price, change.quantity, rest, "Remaining time on", end)


def _item(state: State, subscription: Object, price: Object, quantity: int, amount: int, what: str, end: int) -> None:
    of = {"subscription": subscription["id"], "subscription_item": None}
    now = state.now()
    state.make(
        INVOICE_ITEM,
        amount=amount,
        currency=subscription["currency"],
        customer=subscription["customer"],
        date=now,
        description=f"{what} {describe(state, price, quantity, trial=False)} after {spoken(now)}",
        net_amount=amount,
        parent={"subscription_details": of, "type": "subscription_details"},
        period={"start": now, "end": end},
        pricing=priced(price),
        proration=True,
        quantity=quantity,
        quantity_decimal=str(quantity),
    )


def _invoice_now(state: State, subscription: Object) -> None:
    customer = state.get("customer", subscription["customer"])
    invoice = invoicing.draft(state, customer, "subscription_update", subscription["currency"], subscription)
    invoicing.add_pending(state, invoice, subscription["id"])
    subscription["latest_invoice"] = invoice["id"]
    _settle(state, invoice)


def _settle(state: State, invoice: Object) -> None:
    invoicing.finalize(state, invoice)
    if invoice["status"] == "open":
        invoicing.collect(state, invoice)


def _restart(state: State, subscription: Object, changes: list[Change], prorated: bool, since: int) -> None:
    """Another interval begins its first period now, and is invoiced at once."""
    for each in changes:
        if prorated and each.item is not None:
            _prorate(state, subscription, Change(each.item, None), since)
        _apply(state, subscription, each)
    now = state.now()
    trial_end = subscription["trial_end"] if subscription["status"] == "trialing" else None
    subscription["billing_cycle_anchor"] = now
    for item in items_of(state, subscription):
        end = period_end(now, state.get("price", item["price"])["recurring"], now)
        item |= {"current_period_start": now, "current_period_end": trial_end or end}
    if subscription["status"] != "trialing":
        _settle(state, bill(state, subscription, "subscription_update"))
