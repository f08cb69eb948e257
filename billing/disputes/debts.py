"""What a lost dispute leaves owed: an invoice for what the bank took back; once it is paid, the freeze ends."""

import uuid
from typing import Any

from django.utils import timezone

from accounts.notices import Notice
from audit.events import Event
from audit.outbox import handles, post
from audit.record import Actor, record_event
from billing.disputes.containing import thaw
from billing.disputes.models import Debt, DisputeCase
from billing.disputes.telling import tell_desk, tell_tenant
from billing.disputes.timeline import STRIPE, SYSTEM, note
from billing.entitlements.models import Off
from billing.entitlements.verbs import switch_on
from billing.processor.accounts import customer_id
from billing.processor.client import client
from billing.processor.operations import perform

TOPIC = "disputes.debt"


def owe(case: DisputeCase) -> None:
    """Write down that the disputed amount is owed, and owe its invoice; once until it is void."""
    if not case.amount_cents or Debt.objects.filter(case=case, void_at=None).exists():
        return
    debt = Debt.objects.create(case=case, amount_cents=case.amount_cents, currency=case.currency)
    note(case, "owed", "What the bank took back is owed: an invoice goes out.", amount_cents=debt.amount_cents)
    record_event(Event.DEBT_OPENED, SYSTEM, case.cause, amount_cents=debt.amount_cents, currency=debt.currency)
    post(TOPIC, {"debt": str(debt.id)})


def forgive(case: DisputeCase, actor: Actor) -> None:
    """Void what was owed for a case: the money came back, or is not wanted. The plan opens what it opens again.

    What was paid of it already has to be refunded, by people.
    """
    debt: Debt | None = Debt.objects.select_for_update().filter(case=case, void_at=None).first()
    if debt is not None:
        debt.void_at = timezone.now()
        debt.save(update_fields=["void_at"])
        _forgiven(case, debt, actor)
    open_plan(actor)


def _forgiven(case: DisputeCase, debt: Debt, actor: Actor) -> None:
    if debt.paid_at is not None:
        _to_refund(case, debt, actor)
        return
    note(case, "forgiven", "Nothing is owed any more; its invoice is void.", actor=actor)
    post(TOPIC, {"void": str(debt.id)})


def _to_refund(case: DisputeCase, debt: Debt, actor: Actor) -> None:
    """Tell the desk of money that came twice: from the bank, or not wanted, and from the tenant."""
    text = f"Nothing is owed for it any more, and the invoice {debt.invoice_id} was paid: refund it."
    note(case, "to_refund", text, actor=actor, invoice=debt.invoice_id)
    tell_desk("A debt that was paid has to be refunded", text, case)


def open_plan(actor: Actor) -> None:
    """Let lost disputes keep the plan off no more, unless something is owed for one still."""
    if not Debt.objects.filter(paid_at=None, void_at=None).exists():
        switch_on(Off.DISPUTE_LOST, actor)


def paid(invoice_id: str) -> None:
    """Lift the freeze of the case whose debt this invoice of the open organisation was; others are nothing to us.

    One that was forgiven before Stripe could void its invoice is paid for nothing, and lifts nothing.
    """
    debt: Debt | None = Debt.objects.select_for_update().filter(invoice_id=invoice_id, paid_at=None).first()
    if debt is None:
        return
    debt.paid_at = timezone.now()
    debt.save(update_fields=["paid_at"])
    case = DisputeCase.objects.select_for_update().get(id=debt.case_id)
    note(case, "paid", "What was owed is paid.", actor=STRIPE, key=f"paid:{invoice_id}", invoice=invoice_id)
    record_event(Event.DEBT_PAID, STRIPE, case.cause, invoice=invoice_id)
    if debt.void_at is not None:
        _to_refund(case, debt, STRIPE)
        return
    open_plan(STRIPE)
    thaw(case, STRIPE)
    tell_tenant(Notice.DISPUTE_CLOSED, case, outcome="paid")
    tell_desk("What a lost dispute left is paid", "The freeze for it is lifted.", case)


@handles(TOPIC)
def settle_invoice(message_id: uuid.UUID, payload: dict[str, Any]) -> None:
    """Make the invoice of a debt at Stripe, or void it; again, it is the same one. No card is charged."""
    debt: Debt = Debt.objects.select_for_update().get(id=payload.get("debt") or payload["void"])
    if "void" in payload:
        _void(debt)
    elif not debt.invoice_id and debt.void_at is None:
        _invoice(debt)


def _invoice(debt: Debt) -> None:
    case = debt.case
    account = customer_id()
    key = f"debt:{debt.id}"
    wanted = {"customer": account, "auto_advance": False, "metadata": {"tidegate_debt": str(debt.id)}}
    made = perform("invoice", key, wanted, _call("invoices", "create"))
    item = {
        "customer": account,
        "invoice": made["id"],
        "amount": debt.amount_cents,
        "currency": debt.currency,
        "description": f"Payment taken back in dispute {case.stripe_id}",
    }
    perform("invoice_item", f"{key}:item", item, _call("invoice_items", "create"))
    final = perform("invoice_finalize", f"{key}:final", {"invoice": made["id"]}, _finalize)
    debt.invoice_id, debt.hosted_url = final["id"], final.get("hosted_invoice_url") or ""
    debt.save(update_fields=["invoice_id", "hosted_url"])
    note(case, "invoiced", "The invoice for what is owed was sent.", key=f"invoiced:{final['id']}", invoice=final["id"])
    tell_tenant(Notice.DISPUTE_CLOSED, case, outcome="owed", pay_url=debt.hosted_url)


def _void(debt: Debt) -> None:
    if debt.invoice_id and debt.paid_at is None:
        asked = {"invoice": debt.invoice_id}
        perform("invoice_void", f"debt:{debt.id}:void", asked, _void_invoice)


def _call(resource: str, verb: str) -> Any:  # noqa: ANN401 (what `perform` calls)
    def call(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
        return getattr(getattr(client().v1, resource), verb)(params, {"idempotency_key": key})

    return call


def _finalize(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    return client().v1.invoices.finalize_invoice(params["invoice"], {}, {"idempotency_key": key})


def _void_invoice(params: dict[str, Any], key: str) -> Any:  # noqa: ANN401 (an object of the SDK)
    return client().v1.invoices.void_invoice(params["invoice"], {}, {"idempotency_key": key})
