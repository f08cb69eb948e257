"""/v1/invoices, /v1/invoice_payments"""

from billing.sandbox import invoicing
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import declined, invalid
from billing.sandbox.listing import PAGING, one, page
from billing.sandbox.methods import method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.params import Params
from billing.sandbox.prorating import change_items
from billing.sandbox.rendering import shown
from billing.sandbox.resources.subscriptions import change_of
from billing.sandbox.routing import Route, deleted
from billing.sandbox.state import State
from billing.sandbox.subscribing import bill, next_period

_TAKES = "auto_advance default_payment_method description metadata"


def create(state: State, params: Params) -> Object:
    customer = state.get("customer", params.needed("customer"), "customer")
    currency = params.text("currency") or customer["currency"] or "usd"
    key = params.text("subscription")
    subscription = state.get("subscription", key, "subscription") if key else None
    invoice = invoicing.draft(state, customer, "manual", currency, subscription)
    invoice["auto_advance"] = False
    _fill(state, invoice, params)
    if params.choice("pending_invoice_items_behavior", "exclude include", "exclude") == "include":
        invoicing.add_pending(state, invoice, key)
    emit(state, "invoice.created", invoice)
    return invoice


def _fill(state: State, invoice: Object, params: Params) -> None:
    invoice["metadata"] = params.metadata(invoice["metadata"])
    if (advances := params.flag("auto_advance")) is not None:
        invoice["auto_advance"] = advances
        if not advances:
            invoice |= {"automatically_finalizes_at": None, "next_payment_attempt": None}
    if "description" in params:
        invoice["description"] = params.text("description", 1_500)
    if token := params.text("default_payment_method"):
        invoice["default_payment_method"] = method_for(state, token, "default_payment_method")["id"]


def update(state: State, params: Params, key: str) -> Object:
    invoice = state.get("invoice", key)
    with changing(state, "invoice.updated", invoice):
        _fill(state, invoice, params)
    return invoice


def finalize(state: State, params: Params, key: str) -> Object:
    invoice = state.get("invoice", key)
    advances = params.flag("auto_advance")
    invoice["auto_advance"] = invoice["auto_advance"] if advances is None else advances
    invoicing.finalize(state, invoice)
    if invoice["auto_advance"] and invoice["status"] == "open":
        invoicing.collect(state, invoice)
    return invoice


def pay(state: State, params: Params, key: str) -> Object:
    invoice = state.get("invoice", key)
    if invoice["status"] == "draft":
        invoicing.finalize(state, invoice)
        if invoice["status"] == "paid":
            return invoice
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", None, "invoice_already_paid")
    token = params.text("payment_method")
    intent = invoicing.intent_of(state, invoice)
    invoicing.collect(state, invoice, method_for(state, token)["id"] if token else None)
    if intent["status"] == "requires_action":
        text = "This invoice's payment requires additional action: the customer confirms it on the hosted invoice page."
        raise invalid(text, None, "invoice_payment_intent_requires_action", 402)
    if error := intent["last_payment_error"]:
        raise declined(error, payment_intent=intent)
    if invoice["status"] != "paid":
        text = "There is no `default_payment_method` set on this Customer or Invoice. Please attach one."
        raise invalid(text, None, "missing_payment_method")
    return invoice


def void(state: State, params: Params, key: str) -> Object:
    invoice = state.get("invoice", key)
    invoicing.close(state, invoice, "void")
    return invoice


def give_up(state: State, params: Params, key: str) -> Object:
    invoice = state.get("invoice", key)
    invoicing.close(state, invoice, "uncollectible")
    return invoice


def remove(state: State, params: Params, key: str) -> Object:
    invoice = state.get("invoice", key)
    if invoice["status"] != "draft":
        raise invalid("You can only delete draft invoices.", "id", "invoice_not_editable")
    for line in state.every("line_item", invoice=key):
        state.forget(line)
    for item in state.every("invoiceitem", invoice=key):
        item["invoice"] = None
    emit(state, "invoice.deleted", invoice)
    state.forget(invoice)
    return deleted(invoice)


def preview(state: State, params: Params) -> Object:
    """Answer the next invoice as it would be, with changes of the subscription where they are asked for."""
    subscription = state.get("subscription", params.needed("subscription"), "subscription")
    details = params.part("subscription_details")
    with state.rehearsal():
        subscription = state.get("subscription", subscription["id"])
        changes = [change_of(state, subscription, each) for each in details.parts("items")]
        behavior = details.choice("proration_behavior", "always_invoice create_prorations none", "create_prorations")
        before = {each["id"] for each in state.every("invoice")}
        change_items(state, subscription, changes, behavior or "", details.integer("proration_date", 1))
        if not (made := [each for each in state.every("invoice") if each["id"] not in before]):
            next_period(state, subscription)
            made = [bill(state, subscription, "upcoming")]
        return shown(state, made[-1])


def every(state: State, params: Params) -> Object:
    wanted = {name: params.text(name) for name in ("collection_method", "customer", "status") if name in params}
    rows = state.every("invoice", **wanted)
    if key := params.text("subscription"):
        rows = [row for row in rows if _subscription(row) == key]
    return page(state, rows, params, "/v1/invoices")


def _subscription(invoice: Object) -> str | None:
    return invoice["parent"] and str(invoice["parent"]["subscription_details"]["subscription"])


def lines(state: State, params: Params, key: str) -> Object:
    state.get("invoice", key)
    return page(state, state.every("line_item", invoice=key)[::-1], params, f"/v1/invoices/{key}/lines")


def payments(state: State, params: Params) -> Object:
    wanted = {name: params.text(name) for name in ("invoice", "status") if name in params}
    rows = state.every("invoice_payment", **wanted)
    if key := params.part("payment").text("payment_intent"):
        rows = [row for row in rows if row["payment"]["payment_intent"] == key]
    return page(state, rows, params, "/v1/invoice_payments")


ROUTES = [
    Route("POST", "/v1/invoices", create, f"currency customer pending_invoice_items_behavior subscription {_TAKES}"),
    Route("POST", "/v1/invoices/create_preview", preview, "customer subscription subscription_details", kept=False),
    Route("GET", "/v1/invoices", every, f"collection_method customer status subscription {PAGING}", kept=False),
    one("invoice", "/v1/invoices/{}"),
    Route("POST", "/v1/invoices/{}", update, _TAKES),
    Route("DELETE", "/v1/invoices/{}", remove, kept=False),
    Route("GET", "/v1/invoices/{}/lines", lines, PAGING, kept=False),
    Route("POST", "/v1/invoices/{}/finalize", finalize, "auto_advance"),
    Route("POST", "/v1/invoices/{}/pay", pay, "off_session payment_method"),
    Route("POST", "/v1/invoices/{}/void", void),
    Route("POST", "/v1/invoices/{}/mark_uncollectible", give_up),
    Route("GET", "/v1/invoice_payments", payments, f"invoice payment status {PAGING}", kept=False),
    one("invoice_payment", "/v1/invoice_payments/{}"),
]
