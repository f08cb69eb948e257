"""/v1/invoiceitems: what is billed beside plans, such as metered use. An item waits for an invoice or joins a draft."""

from billing.sandbox import invoicing
from billing.sandbox.events import emit
from billing.sandbox.faults import invalid, missing
from billing.sandbox.listing import one, page
from billing.sandbox.objects.billing import INVOICE_ITEM
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.routing import Route, deleted
from billing.sandbox.state import State
from billing.sandbox.subscribing import priced


def create(state: State, params: Params) -> Object:
    customer = state.get("customer", params.needed("customer"), "customer")
    invoice = _draft(state, params)
    amount, pricing = _amount(state, params)
    quantity = params.integer("quantity", 1) or 1
    now, period = state.now(), params.part("period")
    made = state.make(
        INVOICE_ITEM,
        amount=amount,
        currency=(params.text("currency") or customer["currency"] or "usd").lower(),
        customer=customer["id"],
        date=now,
        description=params.text("description"),
        metadata=params.metadata(),
        net_amount=amount,
        parent=_parent(state, params),
        period={"start": period.integer("start") or now, "end": period.integer("end") or now},
        pricing=pricing,
        quantity=quantity,
        quantity_decimal=str(quantity),
    )
    emit(state, "invoiceitem.created", made)
    if invoice:
        invoicing.add_item(state, invoice, made)
        emit(state, "invoice.updated", invoice, {"total": invoice["total"] - amount})
    return made


def _draft(state: State, params: Params) -> Object | None:
    if not (key := params.text("invoice")):
        return None
    invoice = state.get("invoice", key, "invoice")
    if invoice["status"] != "draft":
        text = "Items can only be added to a draft invoice."
        raise invalid(text, "invoice", "invoice_not_editable")
    return invoice


def _amount(state: State, params: Params) -> tuple[int, Object | None]:
    if key := params.part("pricing").text("price"):
        price = state.get("price", key, "pricing[price]")
        return price["unit_amount"] * (params.integer("quantity", 1) or 1), priced(price)
    amount = params.integer("amount", -(10**12))
    if amount is None:
        raise missing("amount")
    return amount, None


def _parent(state: State, params: Params) -> Object | None:
    if not (key := params.text("subscription")):
        return None
    state.get("subscription", key, "subscription")
    of = {"subscription": key, "subscription_item": None}
    return {"subscription_details": of, "type": "subscription_details"}


def remove(state: State, params: Params, key: str) -> Object:
    item = state.get("invoiceitem", key)
    if item["invoice"]:
        raise invalid("This item is on an invoice already.", "id", "invoice_not_editable")
    emit(state, "invoiceitem.deleted", item)
    state.forget(item)
    return deleted(item)


def every(state: State, params: Params) -> Object:
    wanted = {name: params.text(name) for name in ("customer", "invoice") if name in params}
    rows = state.every("invoiceitem", **wanted)
    if params.flag("pending"):
        rows = [row for row in rows if row["invoice"] is None]
    return page(state, rows, params, "/v1/invoiceitems")


ROUTES = [
    Route(
        "POST",
        "/v1/invoiceitems",
        create,
        "amount currency customer description invoice metadata period pricing quantity subscription",
    ),
    Route("GET", "/v1/invoiceitems", every, "customer ending_before invoice limit pending starting_after", kept=False),
    one("invoiceitem", "/v1/invoiceitems/{}"),
    Route("DELETE", "/v1/invoiceitems/{}", remove, kept=False),
]
