"""Objects as the API answers them: with the lists they carry, and with what was asked to be expanded."""

from copy import deepcopy

from billing.sandbox.faults import invalid
from billing.sandbox.objects.billing import PLAN
from billing.sandbox.objects.template import Object, listed
from billing.sandbox.state import State

DEEPEST = 4
#: Lists that an object always carries: its kind → (field, kind of the rows, the rows' field, address).
CARRIED = {
    "subscription": ("items", "subscription_item", "subscription", "/v1/subscription_items?subscription={}"),
    "invoice": ("lines", "line_item", "invoice", "/v1/invoices/{}/lines"),
}
#: Lists that are there only when they are asked for.
ASKED = {
    ("invoice", "payments"): ("invoice_payment", "invoice", "/v1/invoice_payments?invoice={}"),
    ("charge", "refunds"): ("refund", "charge", "/v1/charges/{}/refunds"),
    ("customer", "subscriptions"): ("subscription", "customer", "/v1/customers/{}/subscriptions"),
    ("checkout.session", "line_items"): ("item", "session", "/v1/checkout/sessions/{}/line_items"),
}
#: What is asked for and never there, for nothing here makes it: older sources, tax numbers, tiers, other currencies.
NEVER: dict[tuple[object, str], object] = {
    ("customer", "sources"): listed("/v1/customers/sources", []),
    ("customer", "tax_ids"): listed("/v1/customers/tax_ids", []),
    ("price", "currency_options"): None,
    ("price", "tiers"): None,
    (None, "breakdown"): {"discounts": [], "taxes": []},
}


def shown(state: State, kept: Object) -> Object:
    """Return a copy of a kept object with everything that Stripe nests in it."""
    made = deepcopy(kept)
    if made.get("object") in CARRIED:
        field, kind, owner, url = CARRIED[made["object"]]
        made[field] = _rows(state, kind, owner, made["id"], url)
    if made.get("object") in {"subscription_item", "item"} and isinstance(made["price"], str):
        price = state.get("price", made["price"])
        made["price"] = deepcopy(price)
        if "plan" in made:
            made["plan"] = plan_of(price)
    if made.get("object") == "dispute":
        made["balance_transactions"] = [state.get("balance_transaction", key) for key in made["balance_transactions"]]
    return made


def _rows(state: State, kind: str, owner: str, key: str, url: str) -> Object:
    if owner == "session":
        mine = [each for each in state.every(kind) if state.secrets_of(each["id"])["session"] == key]
    else:
        mine = state.every(kind, **{owner: key})
    if kind == "subscription":
        mine = [each for each in mine if each["status"] not in {"canceled", "incomplete_expired"}]
    return listed(url.format(key), [shown(state, each) for each in mine])


def plan_of(price: Object) -> Object:
    """Return the older plan object that subscription items still carry beside their price."""
    recurring = price["recurring"]
    return PLAN.make(
        id=price["id"],
        active=price["active"],
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        created=price["created"],
        currency=price["currency"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        metadata=price["metadata"],
        product=price["product"],
        usage_type=recurring["usage_type"],
    )


def expanded(state: State, answer: Object, paths: list[str]) -> Object:
    """Put objects in the places of the ids that `paths` name; raises for what cannot be expanded."""
    for path in paths:
        _expand(state, answer, path.split("."), path)
    return answer


def not_too_deep(paths: list[str]) -> list[str]:
    """Return the paths; raises for one of more than four levels, before anything is done."""
    if any(path.count(".") >= DEEPEST for path in paths):
        raise invalid("You cannot expand more than 4 levels of a property.", "expand")
    return paths


def _expand(state: State, at: Object, parts: list[str], path: str) -> None:
    field, *rest = parts
    if field == "data" and at.get("object") == "list":
        for row in at["data"]:
            _expand(state, row, rest, path)
        return
    _fill(state, at, field, path)
    inner = at[field]
    if rest and isinstance(inner, dict):
        _expand(state, inner, rest, path)
    elif rest and inner is not None:
        raise invalid(f"This property cannot be expanded ({path[:200]}).", "expand")


def _fill(state: State, at: Object, field: str, path: str) -> None:
    if (asked := ASKED.get((str(at.get("object")), field))) and field not in at:
        kind, owner, url = asked
        at[field] = _rows(state, kind, owner, at["id"], url)
    elif (at.get("object"), field) == ("invoice", "confirmation_secret"):
        at[field] = _confirmation_secret(state, at["id"])
    elif (at.get("object"), field) in NEVER:
        at[field] = deepcopy(NEVER[at.get("object"), field])
    elif field not in at:
        raise invalid(f"This property cannot be expanded ({path[:200]}).", "expand")
    elif isinstance(at[field], str):
        if not (found := state.find(at[field])):
            raise invalid(f"This property cannot be expanded ({path[:200]}).", "expand")
        at[field] = shown(state, found)


def _confirmation_secret(state: State, invoice: str) -> Object | None:
    for payment in state.every("invoice_payment", invoice=invoice, status="open"):
        intent = state.get("payment_intent", payment["payment"]["payment_intent"])
        return {"client_secret": intent["client_secret"], "type": "payment_intent"}
    return None
