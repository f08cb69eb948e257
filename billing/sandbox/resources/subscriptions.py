"""/v1/subscriptions and /v1/subscription_items"""

from billing.sandbox import standing
from billing.sandbox.clock import DAY
from billing.sandbox.events import changing
from billing.sandbox.faults import invalid, missing
from billing.sandbox.listing import PAGING, one, page
from billing.sandbox.methods import method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.prorating import Change, change_items
from billing.sandbox.routing import Route
from billing.sandbox.state import State
from billing.sandbox.subscribing import Wanted, begin, cut_trial, items_of

_TAKES = (
    "cancel_at cancel_at_period_end default_payment_method description items metadata off_session payment_behavior "
    "payment_settings proration_behavior proration_date trial_end trial_settings"
)
_PRORATION = "always_invoice create_prorations none"
_BEHAVIOR = "allow_incomplete default_incomplete"


def create(state: State, params: Params) -> Object:
    customer = state.get("customer", params.needed("customer"), "customer")
    items = [price_and_quantity(state, each) for each in params.parts("items")]
    if not items:
        raise missing("items")
    behavior = params.choice("payment_behavior", _BEHAVIOR, "allow_incomplete") or ""
    fields = common_fields(state, params) | {"metadata": params.metadata()}
    return begin(state, customer, Wanted(items, fields, trial_end(state, params), behavior))


def price_and_quantity(state: State, given: Params) -> tuple[Object, int]:
    """Return the price and the quantity that a row of items names."""
    return state.get("price", given.needed("price"), given.at("price")), given.integer("quantity", 1) or 1


def trial_end(state: State, params: Params) -> int | None:
    """Return when a trial ends that the parameters ask for, if they do."""
    if days := params.integer("trial_period_days", 1):
        return state.now() + days * DAY
    end = params.integer("trial_end") if params.text("trial_end") != "now" else None
    if end and end <= state.now():
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", "trial_end")
    return end


def common_fields(state: State, params: Params) -> Object:
    """Return the fields that creating and updating share, those that are given."""
    fields: Object = {}
    if "description" in params:
        fields["description"] = params.text("description", 500)
    if token := params.text("default_payment_method"):
        fields["default_payment_method"] = method_for(state, token, "default_payment_method")["id"]
    if "cancel_at" in params:
        fields["cancel_at"] = params.integer("cancel_at")
    trial = params.part("trial_settings").part("end_behavior")
    if missing_method := trial.choice("missing_payment_method", "cancel create_invoice pause"):
        fields["trial_settings"] = {"end_behavior": {"missing_payment_method": missing_method}}
    if saving := params.part("payment_settings").choice("save_default_payment_method", "off on_subscription"):
        fields["payment_settings"] = {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": saving,
        }
    return fields


def update(state: State, params: Params, key: str) -> Object:
    subscription = _running(state, key)
    with changing(state, "customer.subscription.updated", subscription):
        subscription |= common_fields(state, params) | {"metadata": params.metadata(subscription["metadata"])}
        _plan_end(state, subscription, params)
        if changes := [change_of(state, subscription, each) for each in params.parts("items")]:
            proration = params.choice("proration_behavior", _PRORATION, "create_prorations") or ""
            change_items(state, subscription, changes, proration, params.integer("proration_date", 1))
        _move_trial(state, subscription, params)
    return subscription


def _running(state: State, key: str) -> Object:
    subscription = state.get("subscription", key)
    if subscription["status"] in standing.ENDED:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.", "id")
    return subscription


def _move_trial(state: State, subscription: Object, params: Params) -> None:
    if "trial_end" not in params:
        return
    if subscription["status"] != "trialing":
        raise invalid("This sandbox moves the end of trials that run, and of no others.", "trial_end")
    if (moment := trial_end(state, params)) is None:
        cut_trial(state, subscription)
        return
    subscription |= {"billing_cycle_anchor": moment, "trial_end": moment}
    for item in items_of(state, subscription):
        item["current_period_end"] = moment


def _plan_end(state: State, subscription: Object, params: Params) -> None:
    ends = params.flag("cancel_at_period_end")
    if ends is None:
        return
    last = items_of(state, subscription)[0]["current_period_end"]
    reason = "cancellation_requested" if ends else None
    subscription |= {
        "cancel_at_period_end": ends,
        "cancel_at": last if ends else None,
        "canceled_at": state.now() if ends else None,
        "cancellation_details": subscription["cancellation_details"] | {"reason": reason},
    }


def change_of(state: State, subscription: Object, given: Params) -> Change:
    """Return the change of an item that a row of ``items`` asks for."""
    item = state.get("subscription_item", given.needed("id"), given.at("id")) if "id" in given else None
    if item and item["subscription"] != subscription["id"]:
        raise invalid("This item is of another subscription.", given.at("id"))
    if given.flag("deleted"):
        return Change(item, None)
    if item is None:
        return Change(None, *price_and_quantity(state, given))
    price = state.get("price", given.text("price") or item["price"], given.at("price"))
    return Change(item, price, given.integer("quantity", 1) or item["quantity"])


def cancel(state: State, params: Params, key: str) -> Object:
    subscription = _running(state, key)
    details = params.part("cancellation_details")
    said = {name: details.text(name) for name in ("comment", "feedback")}
    subscription["cancellation_details"] = subscription["cancellation_details"] | said
    standing.end(state, subscription, "cancellation_requested")
    return subscription


def every(state: State, params: Params) -> Object:
    wanted = {"customer": params.text("customer")} if "customer" in params else {}
    rows, status = state.every("subscription", **wanted), params.text("status")
    if status is None:
        rows = [row for row in rows if row["status"] not in standing.ENDED]
    elif status == "ended":
        rows = [row for row in rows if row["status"] in standing.ENDED]
    elif status != "all":
        rows = [row for row in rows if row["status"] == status]
    return page(state, rows, params, "/v1/subscriptions")


def items(state: State, params: Params) -> Object:
    subscription = state.get("subscription", params.needed("subscription"), "subscription")
    return page(state, items_of(state, subscription), params, "/v1/subscription_items")


def update_item(state: State, params: Params, key: str) -> Object:
    kept = state.get("subscription_item", key)
    subscription = _running(state, kept["subscription"])
    price = state.get("price", params.text("price") or kept["price"], "price")
    proration = params.choice("proration_behavior", _PRORATION, "create_prorations") or ""
    with changing(state, "customer.subscription.updated", subscription):
        kept["metadata"] = params.metadata(kept["metadata"])
        change = Change(kept, price, params.integer("quantity", 1) or kept["quantity"])
        change_items(state, subscription, [change], proration)
    return kept


ROUTES = [
    Route("POST", "/v1/subscriptions", create, f"customer trial_period_days {_TAKES}"),
    Route("GET", "/v1/subscriptions", every, f"customer status {PAGING}", kept=False),
    one("subscription", "/v1/subscriptions/{}"),
    Route("POST", "/v1/subscriptions/{}", update, _TAKES),
    Route("DELETE", "/v1/subscriptions/{}", cancel, "cancellation_details"),
    Route("GET", "/v1/subscription_items", items, f"subscription {PAGING}", kept=False),
    one("subscription_item", "/v1/subscription_items/{}"),
    Route("POST", "/v1/subscription_items/{}", update_item, "metadata price proration_behavior quantity"),
]
