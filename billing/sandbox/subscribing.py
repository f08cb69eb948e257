"""Subscriptions over time: begun, with or without a trial, renewed, cancelled."""

from dataclasses import dataclass, field

from billing.sandbox import invoicing, setting_up, standing
from billing.sandbox.clock import DAY
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import invalid
from billing.sandbox.methods import usual
from billing.sandbox.objects.billing import SUBSCRIPTION, SUBSCRIPTION_ITEM
from billing.sandbox.objects.template import Object
from billing.sandbox.periods import period_end
from billing.sandbox.state import State

#: How long before its end a trial is announced, a first payment is waited for, a renewal's invoice stays a draft.
ANNOUNCED, WAITED, DRAFTED = 3 * DAY, 23 * 3_600, 3_600


@dataclass
class Wanted:
    """What a new subscription shall be: `items` are prices with quantities, `fields` go into the object as they are."""

    items: list[tuple[Object, int]]
    fields: Object = field(default_factory=dict)
    trial_end: int | None = None
    behavior: str = "allow_incomplete"


def begin(state: State, customer: Object, wanted: Wanted) -> Object:
    """Make a subscription with its first invoice, and collect that where `Wanted.behavior` says so."""
    now = state.now()
    currencies = {price["currency"] for price, _ in wanted.items}
    if len(currencies) != 1 or any(price["recurring"] is None for price, _ in wanted.items):
        raise invalid("The prices of a subscription recur, and are of one currency.", "items")
    subscription = state.make(
        SUBSCRIPTION,
        **wanted.fields,
        billing_cycle_anchor=wanted.trial_end or now,
        currency=currencies.pop(),
        customer=customer["id"],
        start_date=now,
        status="trialing" if wanted.trial_end else "incomplete",
        trial_end=wanted.trial_end,
        trial_start=now if wanted.trial_end else None,
    )
    for price, quantity in wanted.items:
        add_item(state, subscription, price, quantity)
    customer["currency"] = customer["currency"] or subscription["currency"]
    emit(state, "customer.subscription.created", subscription)
    bill(state, subscription, "subscription_create")
    _first_payment(state, subscription, wanted.behavior)
    return subscription


def add_item(state: State, subscription: Object, price: Object, quantity: int) -> Object:
    """Add an item, in the subscription's present period (or in its first one, which begins now)."""
    items = items_of(state, subscription)
    now = state.now()
    end = subscription["trial_end"] or period_end(now, price["recurring"], subscription["billing_cycle_anchor"])
    return state.make(
        SUBSCRIPTION_ITEM,
        current_period_end=items[0]["current_period_end"] if items else end,
        current_period_start=items[0]["current_period_start"] if items else now,
        price=price["id"],
        quantity=quantity,
        subscription=subscription["id"],
    )


def items_of(state: State, subscription: Object) -> list[Object]:
    """Return a subscription's items."""
    return state.every("subscription_item", subscription=subscription["id"])


def bill(state: State, subscription: Object, reason: str) -> Object:
    """Draft the invoice of the present period, with what is pending."""
    customer = state.get("customer", subscription["customer"])
    invoice = invoicing.draft(state, customer, reason, subscription["currency"], subscription)
    subscription["latest_invoice"] = invoice["id"]
    invoicing.add_pending(state, invoice, subscription["id"])
    for item in items_of(state, subscription):
        _add_period(state, invoice, subscription, item)
    emit(state, "invoice.created", invoice)
    return invoice


def _add_period(state: State, invoice: Object, subscription: Object, item: Object) -> None:
    price = state.get("price", item["price"])
    trial = subscription["status"] == "trialing"
    details = {
        "invoice_item": None,
        "proration": False,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": item["id"],
    }
    invoicing.add_line(
        state,
        invoice,
        0 if trial else price["unit_amount"] * item["quantity"],
        description=describe(state, price, item["quantity"], trial),
        metadata=dict(subscription["metadata"]),
        parent={
            "invoice_item_details": None,
            "subscription_item_details": details,
            "type": "subscription_item_details",
        },
        period={"start": item["current_period_start"], "end": item["current_period_end"]},
        pricing=priced(price),
        quantity=item["quantity"],
        subscription=subscription["id"],
    )


def priced(price: Object) -> Object:
    """Return a price as lines of an invoice name it."""
    details = {"price": price["id"], "product": price["product"]}
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"]}


def describe(state: State, price: Object, quantity: int, trial: bool) -> str:
    """Return what a line of an invoice says of a price."""
    name, each = state.get("product", price["product"])["name"], price["unit_amount"]
    if trial:
        return f"Trial period for {name}"
    money = f"{each // 100}.{each % 100:02d} {price['currency'].upper()}"
    return f"{quantity} × {name} (at {money} / {price['recurring']['interval']})"


def _first_payment(state: State, subscription: Object, behavior: str) -> None:
    invoice = state.get("invoice", subscription["latest_invoice"])
    method = usual(state, subscription["customer"], subscription["default_payment_method"])
    invoicing.finalize(state, invoice)
    if invoice["status"] == "paid":
        if subscription["status"] == "trialing" and not method:
            intent = setting_up.start(state, customer=subscription["customer"])
            subscription["pending_setup_intent"] = intent["id"]
        return
    if behavior != "default_incomplete":
        invoicing.collect(state, invoice)


def renew(state: State, subscription: Object) -> None:
    """Begin the next period, or end the subscription that was to end with this one."""
    if subscription["cancel_at_period_end"]:
        standing.end(state, subscription, "cancellation_requested")
        return
    with changing(state, "customer.subscription.updated", subscription):
        next_period(state, subscription)
        invoice = bill(state, subscription, "subscription_cycle")
        invoice["automatically_finalizes_at"] = state.now() + DRAFTED


def next_period(state: State, subscription: Object) -> None:
    """Let a subscription's next period begin; a trial is over then."""
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    for item in items_of(state, subscription):
        price, start = state.get("price", item["price"]), item["current_period_end"]
        end = period_end(start, price["recurring"], subscription["billing_cycle_anchor"])
        item |= {"current_period_start": start, "current_period_end": end}


def end_trial(state: State, subscription: Object) -> None:
    """A trial is over: without a way to pay it ends as its settings say, else the first period begins."""
    method = usual(state, subscription["customer"], subscription["default_payment_method"])
    missing = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if method or missing == "create_invoice" or subscription["cancel_at_period_end"]:
        renew(state, subscription)
    elif missing == "cancel":
        standing.end(state, subscription, "cancellation_requested")
    else:
        subscription["status"] = "paused"
        emit(state, "customer.subscription.paused", subscription)


def cut_trial(state: State, subscription: Object) -> None:
    """End a trial now."""
    subscription |= {"trial_end": state.now(), "billing_cycle_anchor": state.now()}
    for item in items_of(state, subscription):
        item["current_period_end"] = state.now()
    end_trial(state, subscription)


def next_moment(state: State, subscription: Object) -> int | None:
    """Return when something is due of a subscription, if anything ever."""
    ends = [item["current_period_end"] for item in items_of(state, subscription)]
    moments = [subscription["cancel_at"]] if subscription["cancel_at"] else []
    if subscription["status"] == "trialing" and not state.secrets_of(subscription["id"]).get("announced"):
        moments.append(max(subscription["trial_end"] - ANNOUNCED, subscription["created"]))
    if subscription["status"] in {"trialing", "active", "past_due"}:
        moments += ends
    elif subscription["status"] == "incomplete":
        moments.append(subscription["created"] + WAITED)
    return min(moments, default=None)


def fire(state: State, subscription: Object) -> None:
    """Do what is due of a subscription."""
    now, hidden = state.now(), state.secrets_of(subscription["id"])
    if subscription["cancel_at"] and subscription["cancel_at"] <= now:
        standing.end(state, subscription, "cancellation_requested")
    elif subscription["status"] == "incomplete":
        standing.end(state, subscription, "payment_failed", "incomplete_expired")
        invoicing.close(state, state.get("invoice", subscription["latest_invoice"]), "void")
    elif subscription["status"] == "trialing" and not hidden.get("announced"):
        hidden["announced"] = True
        emit(state, "customer.subscription.trial_will_end", subscription)
    elif subscription["status"] == "trialing":
        end_trial(state, subscription)
    else:
        renew(state, subscription)
