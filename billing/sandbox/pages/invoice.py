"""The hosted invoice page: what is owed, and a way to pay it."""

from billing.sandbox import invoicing
from billing.sandbox.exchange import Request, Response, redirect
from billing.sandbox.faults import ApiError
from billing.sandbox.methods import keep, method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.pages.drawing import day, draw, money, named_card
from billing.sandbox.state import State


def answer(state: State, request: Request, rest: list[str]) -> Response:
    """Answer ``/invoice/<invoice>``."""
    invoice = state.get("invoice", rest[0])
    if request.method != "POST":
        return _draw(state, invoice)
    try:
        _pay(state, invoice, request.form().get("card", ""))
    except ApiError as error:
        return _draw(state, invoice, str(error))
    if invoice["status"] == "open":
        intent = invoicing.intent_of(state, invoice)
        if intent["status"] == "requires_action":
            return redirect(f"{state.base_url}/3ds/{intent['id']}")
        said = intent["last_payment_error"]
        return _draw(state, invoice, said["message"] if said else "Nothing was paid.")
    return redirect(invoice["hosted_invoice_url"])


def _pay(state: State, invoice: Object, token: str) -> None:
    method = method_for(state, token)
    keep(state, method, state.get("customer", invoice["customer"]))
    invoicing.collect(state, invoice, method["id"], invoice["hosted_invoice_url"])


def _draw(state: State, invoice: Object, error: str = "") -> Response:
    currency = invoice["currency"]
    lines = [
        (each["description"], money(each["amount"], currency))
        for each in state.every("line_item", invoice=invoice["id"])
    ]
    methods = state.every("payment_method", customer=invoice["customer"])
    return draw(
        "invoice",
        402 if error else 200,
        title=f"Invoice {invoice['number'] or 'draft'}",
        invoice=invoice,
        lines=lines,
        total=money(invoice["total"], currency),
        due=money(invoice["amount_remaining"], currency),
        made=day(invoice["created"]),
        methods=[(each["id"], named_card(each)) for each in methods],
        error=error,
    )
