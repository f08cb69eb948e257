"""The Billing Portal: another plan, another card, the end of a subscription."""

from billing.sandbox import standing
from billing.sandbox.events import changing
from billing.sandbox.exchange import Request, Response, redirect
from billing.sandbox.faults import ApiError, invalid
from billing.sandbox.methods import keep, method_for
from billing.sandbox.objects.template import Object
from billing.sandbox.pages.drawing import day, draw, money, named_card
from billing.sandbox.prorating import Change, change_items
from billing.sandbox.state import State
from billing.sandbox.subscribing import items_of


def answer(state: State, request: Request, rest: list[str]) -> Response:
    """Answer ``/portal/<session>``."""
    session = state.get("billing_portal.session", rest[0])
    customer = state.get("customer", session["customer"])
    if request.method != "POST":
        return _draw(state, session, customer)
    form = request.form()
    try:
        _do(state, customer, form.get("act", ""), form)
    except ApiError as error:
        return _draw(state, session, customer, str(error))
    return redirect(session["url"])


def _do(state: State, customer: Object, act: str, form: dict[str, str]) -> None:
    if act == "card":
        _change_card(state, customer, form.get("card", ""))
        return
    subscription = state.get("subscription", form.get("subscription", ""))
    if subscription["customer"] != customer["id"]:
        raise invalid("This subscription is another customer's.")
    with changing(state, "customer.subscription.updated", subscription):
        if act == "plan":
            price = state.get("price", form.get("price", ""))
            item = items_of(state, subscription)[0]
            change_items(state, subscription, [Change(item, price, item["quantity"])], "always_invoice")
        elif act in {"cancel", "keep"}:
            _plan_end(state, subscription, act == "cancel")
        else:
            raise invalid("The portal knows: card, plan, cancel and keep.")


def _change_card(state: State, customer: Object, token: str) -> None:
    method = method_for(state, token)
    keep(state, method, customer)
    with changing(state, "customer.updated", customer):
        customer["invoice_settings"] = customer["invoice_settings"] | {"default_payment_method": method["id"]}
    for subscription in _running(state, customer):
        with changing(state, "customer.subscription.updated", subscription):
            subscription["default_payment_method"] = method["id"]


def _plan_end(state: State, subscription: Object, ends: bool) -> None:
    last = items_of(state, subscription)[0]["current_period_end"]
    subscription |= {
        "cancel_at_period_end": ends,
        "cancel_at": last if ends else None,
        "canceled_at": state.now() if ends else None,
    }


def _running(state: State, customer: Object) -> list[Object]:
    kept = state.every("subscription", customer=customer["id"])
    return [each for each in kept if each["status"] not in standing.ENDED]


def _draw(state: State, session: Object, customer: Object, error: str = "") -> Response:
    prices = [each for each in state.every("price", active=True) if each["recurring"]]
    offered = [(each["id"], _named(state, each)) for each in prices]
    rows = []
    for each in _running(state, customer):
        item = items_of(state, each)[0]
        price = state.get("price", item["price"])
        rows.append(
            {"it": each, "plan": _named(state, price), "price": price["id"], "end": day(item["current_period_end"])}
        )
    default = customer["invoice_settings"]["default_payment_method"]
    invoices = [
        (each["number"], day(each["created"]), money(each["total"], each["currency"]), each)
        for each in state.every("invoice", customer=customer["id"])[::-1]
    ]
    return draw(
        "portal",
        402 if error else 200,
        session["return_url"],
        title="Billing portal",
        customer=customer,
        rows=rows,
        offered=offered,
        card=named_card(state.get("payment_method", default)) if default else "",
        invoices=invoices[:20],
        back=session["return_url"],
        error=error,
    )


def _named(state: State, price: Object) -> str:
    product = state.get("product", price["product"])
    return f"{product['name']}, {money(price['unit_amount'], price['currency'])} a {price['recurring']['interval']}"
