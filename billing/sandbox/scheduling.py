"""Subscription schedules: what a subscription becomes at the end of a period, such as a smaller plan."""

from billing.sandbox import standing
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import invalid, wrong_state
from billing.sandbox.objects.billing import SUBSCRIPTION_SCHEDULE
from billing.sandbox.objects.template import Object
from billing.sandbox.prorating import Change, change_items
from billing.sandbox.state import State
from billing.sandbox.subscribing import items_of

_PHASE: Object = {
    "add_invoice_items": [],
    "application_fee_percent": None,
    "billing_cycle_anchor": None,
    "billing_thresholds": None,
    "collection_method": None,
    "default_payment_method": None,
    "default_tax_rates": [],
    "description": None,
    "discounts": [],
    "invoice_settings": None,
    "metadata": {},
    "on_behalf_of": None,
    "proration_behavior": "create_prorations",
    "transfer_data": None,
    "trial_end": None,
}


def phase(items: list[tuple[str, int]], currency: str, start: int, end: int) -> Object:
    """Return a phase: price ids with quantities between two moments."""
    blank: Object = {"billing_thresholds": None, "discounts": [], "metadata": {}, "tax_rates": []}
    rows = [{**blank, "plan": price, "price": price, "quantity": quantity} for price, quantity in items]
    return {**_PHASE, "currency": currency, "end_date": end, "items": rows, "start_date": start}


def begin(state: State, subscription: Object) -> Object:
    """Make a schedule whose only phase is the subscription's present period."""
    if subscription["schedule"] or subscription["status"] in standing.ENDED:
        raise invalid("This subscription has a schedule already, or has ended.", "from_subscription")
    items = items_of(state, subscription)
    start, end = items[0]["current_period_start"], items[0]["current_period_end"]
    present = phase([(item["price"], item["quantity"]) for item in items], subscription["currency"], start, end)
    schedule = state.make(
        SUBSCRIPTION_SCHEDULE,
        current_phase={"end_date": end, "start_date": start},
        customer=subscription["customer"],
        phases=[present],
        subscription=subscription["id"],
    )
    with changing(state, "customer.subscription.updated", subscription):
        subscription["schedule"] = schedule["id"]
    emit(state, "subscription_schedule.created", schedule)
    return schedule


def finish(state: State, schedule: Object, status: str) -> None:
    """Let the subscription go on without its schedule (released, completed), or end both (canceled)."""
    if schedule["status"] != "active":
        raise wrong_state("subscription_schedule_not_active", f"This schedule is {schedule['status']} already.")
    subscription = state.get("subscription", schedule["subscription"])
    moment = {"released": "released_at", "completed": "completed_at", "canceled": "canceled_at"}[status]
    schedule |= {"status": status, "current_phase": None, moment: state.now()}
    if status == "released":
        schedule |= {"released_subscription": subscription["id"], "subscription": None}
    if status == "canceled":
        standing.end(state, subscription, "cancellation_requested")
    elif subscription["schedule"]:
        with changing(state, "customer.subscription.updated", subscription):
            subscription["schedule"] = None
    emit(state, f"subscription_schedule.{status}", schedule)


def fire(state: State, schedule: Object) -> None:
    """Go on to the next phase at the end of the present one."""
    moment = schedule["current_phase"]["end_date"]
    if state.get("subscription", schedule["subscription"])["status"] in standing.ENDED:
        schedule |= {"status": "canceled", "canceled_at": state.now(), "current_phase": None}
        return
    for following in schedule["phases"]:
        if following["start_date"] == moment:
            _enter(state, schedule, following)
            return
    finish(state, schedule, "canceled" if schedule["end_behavior"] == "cancel" else "released")


def _enter(state: State, schedule: Object, following: Object) -> None:
    subscription = state.get("subscription", schedule["subscription"])
    with changing(state, "subscription_schedule.updated", schedule):
        schedule["current_phase"] = {"end_date": following["end_date"], "start_date": following["start_date"]}
    items = items_of(state, subscription)
    wanted = [(state.get("price", row["price"]), row["quantity"]) for row in following["items"]]
    changes = [Change(item, price, quantity) for item, (price, quantity) in zip(items, wanted, strict=False)]
    changes += [Change(None, price, quantity) for price, quantity in wanted[len(items) :]]
    changes += [Change(item, None) for item in items[len(wanted) :]]
    with changing(state, "customer.subscription.updated", subscription):
        change_items(state, subscription, changes, "none")
