"""Failed payments as pages show them to those who owe them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from billing.payments.models import InvoiceState
from billing.recovery.models import OWED, RecoveryCase

State = RecoveryCase.State
MOST_SHOWN = 5
LEVELS = {
    State.RETRYING.value: "info",
    State.LOOKING.value: "info",
    State.ASKING.value: "warning",
    State.CONFIRMING.value: "warning",
    State.STOPPED.value: "warning",
    State.GIVEN_UP.value: "error",
    State.RECOVERED.value: "success",
    State.CLOSED.value: "info",
}
TURNS = (State.ASKING.value, State.CONFIRMING.value, State.GIVEN_UP.value)
"""States in which it is the customer's turn."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One line above every page while it is the customer's turn."""

    level: str
    title: str
    text: str
    url: str
    label: str


def owed() -> list[RecoveryCase]:
    """Return the failed payments that the open organisation still owes, newest first."""
    cases = RecoveryCase.objects.filter(state__in=OWED).select_related("invoice").prefetch_related("attempts")
    return list(cases[:MOST_SHOWN])


def card(cases: Sequence[RecoveryCase]) -> list[tuple[RecoveryCase, str]]:
    """Return what ``recovery/card.html`` lists as `failed_payments`: each case with its level."""
    return [(case, LEVELS[case.state]) for case in cases]


def payment(invoice_id: str) -> dict[str, Any]:
    """Return what the page of one invoice shows; raises `DoesNotExist` for one of nobody or of another."""
    invoice = InvoiceState.objects.get(stripe_id=invoice_id)
    case = RecoveryCase.objects.filter(invoice=invoice).prefetch_related("attempts").first()
    state = case.state if case else (State.RECOVERED.value if invoice.paid_at else State.CLOSED.value)
    waits = bool(case and case.state in OWED)
    return {"invoice": invoice, "case": case, "state": state, "level": LEVELS[state], "waits": waits}


def notice(cases: Sequence[RecoveryCase]) -> Notice | None:
    """Return the line of the most pressing of these failed payments, if it is anybody's turn there."""
    turns = [case for case in cases if case.state in TURNS]
    case = min(turns, key=lambda each: TURNS.index(each.state), default=None)
    if case is None:
        return None
    url = reverse("payment", args=[case.invoice.stripe_id])
    if case.state == State.CONFIRMING:
        text = "Until the cardholder confirms it, the invoice is not paid."
        return Notice("warning", "A bank asks for a confirmation of your payment.", text, url, "Confirm the payment")
    if case.state == State.ASKING:
        return Notice("warning", "A payment failed.", case.decline.words, url, "See what to do")
    text = "The plan is on again the moment it is paid, and any other that keeps it off."
    return Notice("error", "An invoice was not paid, so your plan is off.", text, url, "Pay the invoice")
