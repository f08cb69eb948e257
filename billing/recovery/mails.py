"""The mails about a failed payment, owed in the transaction of what they tell of; they go to owners and finance."""

from datetime import datetime
from typing import Any

from accounts.notices import Notice, address_of, tell_treasurers
from billing.recovery.models import RecoveryCase
from tenants.models import Organization


def failed(case: RecoveryCase) -> None:
    """Tell what happened and whose turn it is."""
    _tell(Notice.PAYMENT_FAILED, case, turn=case.state, next_at=_moment(case.next_try))


def ends_soon(case: RecoveryCase) -> None:
    """Tell that the plan is switched off in a few days."""
    _tell(Notice.PAYMENT_ENDS_SOON, case)


def gave_up(case: RecoveryCase) -> None:
    """Tell that the plan is off, and how it is on again."""
    _tell(Notice.PAYMENT_GIVEN_UP, case)


def recovered(case: RecoveryCase) -> None:
    """Tell that the invoice is paid after all."""
    _tell(Notice.PAYMENT_RECOVERED, case, how=case.get_recovered_by_display())


def _tell(notice: Notice, case: RecoveryCase, **further: Any) -> None:  # noqa: ANN401 (values of JSON)
    invoice = case.invoice
    facts = {
        "organization": Organization.objects.get().name,
        "number": str(invoice),
        "amount_cents": invoice.due_cents,
        "currency": invoice.currency.upper(),
        "words": case.decline.words,
        "card": case.card,
        "ends_at": _moment(case.ends_at),
        "payment_url": address_of("payment", invoice.stripe_id),
        **further,
    }
    tell_treasurers(notice, facts)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
