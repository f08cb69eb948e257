"""An invoice's way: drafted with its lines, finalised, collected, paid or tried again."""

from billing.sandbox import charging, standing
from billing.sandbox.clock import DAY
from billing.sandbox.events import changing, emit
from billing.sandbox.faults import wrong_state
from billing.sandbox.methods import usual
from billing.sandbox.objects.billing import INVOICE, INVOICE_LINE, INVOICE_PAYMENT
from billing.sandbox.objects.template import Object
from billing.sandbox.state import State

#: Days after a failed try until the next one, where Stripe tries by itself (``auto_advance``).
RETRIES = (3, 5, 7)


def draft(state: State, customer: Object, reason: str, currency: str, subscription: Object | None = None) -> Object:
    """Make a draft; its lines come next."""
    now = state.now()
    parent = subscription and {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
            "subscription_proration_date": None,
        },
        "type": "subscription_details",
    }
    known = {
        f"customer_{name}": customer[name] for name in ("address", "email", "name", "phone", "shipping", "tax_exempt")
    }
    known |= {"billing_reason": reason, "currency": currency, "parent": parent, "period_end": now, "period_start": now}
    return state.make(INVOICE, customer=customer["id"], **known)


def add_line(state: State, invoice: Object, amount: int, **known: object) -> Object:
    """Add a line to a draft; the draft's sums follow."""
    line = state.make(
        INVOICE_LINE, invoice=invoice["id"], amount=amount, subtotal=amount, currency=invoice["currency"], **known
    )
    sum_up(state, invoice)
    return line


def add_pending(state: State, invoice: Object, subscription: str | None) -> None:
    """Take the customer's pending invoice items on, those of this subscription or of none."""
    for item in state.every("invoiceitem", customer=invoice["customer"], invoice=None, currency=invoice["currency"]):
        of = item["parent"] and item["parent"]["subscription_details"]["subscription"]
        if of in {None, subscription}:
            add_item(state, invoice, item)


def add_item(state: State, invoice: Object, item: Object) -> None:
    """Make a line of an invoice item."""
    details = {
        "invoice_item": item["id"],
        "proration": item["proration"],
        "proration_details": {"credited_items": None},
        "subscription": item["parent"] and item["parent"]["subscription_details"]["subscription"],
    }
    item["invoice"] = invoice["id"]
    add_line(
        state,
        invoice,
        item["amount"],
        description=item["description"],
        metadata=dict(item["metadata"]),
        parent={"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"},
        period=item["period"],
        pricing=item["pricing"],
        quantity=item["quantity"],
        subscription=details["subscription"],
    )


def sum_up(state: State, invoice: Object) -> None:
    """Make the sums of a draft those of its lines."""
    total = sum(line["amount"] for line in state.every("line_item", invoice=invoice["id"]))
    due = max(0, total + state.get("customer", invoice["customer"])["balance"])
    invoice |= dict.fromkeys(("subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"), total)
    invoice |= {"amount_due": due, "amount_remaining": due}


def finalize(state: State, invoice: Object) -> None:
    """Close a draft: it has a number, an amount due and a payment; one with nothing due is paid."""
    if invoice["status"] != "draft":
        raise wrong_state("invoice_not_editable", "This invoice is already finalized, you can't re-finalize it.")
    customer = state.get("customer", invoice["customer"])
    now, start = state.now(), customer["balance"]
    balance = start + invoice["total"]
    number = f"{customer['invoice_prefix']}-{customer['id'][-4:]}-{customer['next_invoice_sequence']:04d}"
    customer["next_invoice_sequence"] += 1
    if start != (left := min(0, balance)):
        with changing(state, "customer.updated", customer):
            customer["balance"] = left
    invoice |= {
        "amount_due": max(0, balance),
        "amount_remaining": max(0, balance),
        "automatically_finalizes_at": None,
        "effective_at": now,
        "ending_balance": left,
        "hosted_invoice_url": f"{state.base_url}/invoice/{invoice['id']}",
        "number": number,
        "starting_balance": start,
        "status": "open",
        "status_transitions": invoice["status_transitions"] | {"finalized_at": now},
    }
    emit(state, "invoice.finalized", invoice)
    if invoice["amount_due"]:
        _expect(state, invoice)
    else:
        _paid(state, invoice)


def _expect(state: State, invoice: Object) -> None:
    """Make the payment that an open invoice waits for."""
    intent = charging.start(
        state,
        invoice["amount_due"],
        invoice["currency"],
        customer=invoice["customer"],
        description=f"Invoice {invoice['number']}",
        setup_future_usage="off_session" if invoice["parent"] else None,
    )
    state.secrets_of(intent["id"])["invoice"] = invoice["id"]
    state.make(
        INVOICE_PAYMENT,
        amount_requested=invoice["amount_due"],
        currency=invoice["currency"],
        invoice=invoice["id"],
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
    )


def intent_of(state: State, invoice: Object) -> Object:
    """Return the payment that an open invoice waits for."""
    for payment in state.every("invoice_payment", invoice=invoice["id"], status="open"):
        return state.get("payment_intent", payment["payment"]["payment_intent"])
    raise wrong_state("invoice_not_payable", f"This invoice is {invoice['status']}: there is nothing to pay.")


def collect(state: State, invoice: Object, method: str | None = None, return_url: str | None = None) -> None:
    """Try to be paid, by `method` or else by the one that the subscription, then the customer, is charged with."""
    intent = intent_of(state, invoice)
    subscription = standing.subscription_of(state, invoice)
    theirs = subscription["default_payment_method"] if subscription else None
    with changing(state, "invoice.updated", invoice):
        invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1, "next_payment_attempt": None}
        intent["payment_method"] = usual(state, invoice["customer"], method, invoice["default_payment_method"], theirs)
        if intent["payment_method"]:
            charging.confirm(state, intent, return_url=return_url)
        follow(state, invoice, intent)


def follow(state: State, invoice: Object, intent: Object) -> None:
    """Let an invoice, and its subscription, follow from what came of its payment."""
    if intent["status"] == "succeeded":
        _remember_method(state, invoice, intent)
        _paid(state, invoice)
        return
    if intent["status"] == "requires_action":
        emit(state, "invoice.payment_action_required", invoice)
    if invoice["auto_advance"] and invoice["attempt_count"]:
        _plan_retry(state, invoice)
    emit(state, "invoice.payment_failed", invoice)
    standing.failed(state, invoice)


def _remember_method(state: State, invoice: Object, intent: Object) -> None:
    subscription = standing.subscription_of(state, invoice)
    if subscription and subscription["payment_settings"]["save_default_payment_method"] == "on_subscription":
        subscription["default_payment_method"] = intent["payment_method"]


def _plan_retry(state: State, invoice: Object) -> None:
    tried = invoice["attempt_count"] - 1
    subscription = standing.subscription_of(state, invoice)
    if subscription and subscription["status"] == "incomplete":
        return
    if tried < len(RETRIES):
        invoice["next_payment_attempt"] = state.now() + RETRIES[tried] * DAY
    else:
        invoice["auto_advance"] = False


def _paid(state: State, invoice: Object) -> None:
    now = state.now()
    invoice |= {
        "amount_paid": invoice["amount_due"],
        "amount_remaining": 0,
        "attempted": True,
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": "paid",
        "status_transitions": invoice["status_transitions"] | {"paid_at": now},
    }
    for payment in state.every("invoice_payment", invoice=invoice["id"], status="open"):
        moments = payment["status_transitions"] | {"paid_at": now}
        payment |= {"amount_paid": payment["amount_requested"], "status": "paid", "status_transitions": moments}
        emit(state, "invoice_payment.paid", payment)
    emit(state, "invoice.paid", invoice)
    emit(state, "invoice.payment_succeeded", invoice)
    standing.paid(state, invoice)


def close(state: State, invoice: Object, status: str) -> None:
    """Void an open invoice, or give it up as uncollectible; its payment is cancelled."""
    if invoice["status"] not in {"open", "uncollectible"}:
        raise wrong_state("invoice_not_open", f"This invoice is {invoice['status']}, it cannot become {status}.")
    moment = {"void": "voided_at", "uncollectible": "marked_uncollectible_at"}[status]
    transitions = invoice["status_transitions"] | {moment: state.now()}
    invoice |= {
        "auto_advance": False,
        "next_payment_attempt": None,
        "status": status,
        "status_transitions": transitions,
    }
    if status == "void":
        for payment in state.every("invoice_payment", invoice=invoice["id"], status="open"):
            charging.cancel(state, state.get("payment_intent", payment["payment"]["payment_intent"]), "void_invoice")
            moments = payment["status_transitions"] | {"canceled_at": state.now()}
            payment |= {"status": "canceled", "status_transitions": moments}
    emit(state, "invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)
