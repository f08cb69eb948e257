"""Sample contexts of the pages of disputes and fraud warnings."""

import uuid
from collections.abc import Callable
from typing import Any

from audit.models import LegalHold
from billing.disputes.forms import DisputeFilter, ProposalForm
from billing.disputes.models import Debt, DisputeCase, FraudWarning, Proposal
from billing.disputes.shown import Detail, Moment
from billing.entitlements.models import Freeze
from billing.payments.models import ChargeState, InvoiceState
from tenants.models import Organization
from tests.pages.rows import ago

Context = dict[str, Any]
ORG = Organization(id=uuid.UUID(int=1), name="Acme Rockets and Satellites of the Northern Hemisphere")


def _case(number: int = 1, frozen: bool = True, **values: Any) -> DisputeCase:  # noqa: ANN401
    facts: dict[str, Any] = {
        "case_type": "chargeback",
        "reason": "fraudulent",
        "network_reason_code": "10.4",
        "card_brand": "visa",
        "status": "needs_response",
        "amount_cents": 129_900,
        "currency": "usd",
        "due_at": ago(days=-6),
        "state": "pack_built",
        "opened_at": ago(days=3),
        "heard_at": ago(days=3),
    }
    case = DisputeCase(
        id=uuid.UUID(int=number),
        org=ORG,
        stripe_id=f"dp_1QmQ2{number}eZvKYlo2CkQlP0aB",
        charge_id="ch_1QmQ2eZvKYlo2Ckq",
    )
    for name, value in {**facts, **values}.items():
        setattr(case, name, value)
    case.is_frozen = frozen  # type: ignore[attr-defined]  # an annotation of the board's
    return case


def board() -> Context:
    return {
        "cases": [
            _case(1, told_hours=24, due_at=ago(days=-1)),
            _case(2, False, case_type="inquiry", reason="product_not_received", state="contained"),
            _case(3, state="under_review", case_type="compliance", reason="noncompliant"),
            _case(4, state="lost", due_at=None, missed="The pack was built and nobody approved it."),
            _case(5, False, state="won"),
        ],
        "next_cursor": "abc",
        "sort": "-opened",
        "form": DisputeFilter({}),
        "filtered": False,
    }


def _proposal(number: int, kind: str, by: str) -> Proposal:
    why = "The customer sent the bank's letter: the cardholder withdrew the dispute."
    return Proposal(
        id=uuid.UUID(int=number), kind=kind, why=why, proposer_id=by, proposer="Fay Finance", proposed_at=ago(minutes=9)
    )


def dispute() -> Context:
    case = _case()
    moments = [
        Moment(ago(days=40), "receipt", "Invoice TG-2026-0042 was issued."),
        Moment(ago(days=40), "credit-card", "Visa ending in 4242 was charged, 3-D Secure: authenticated."),
        Moment(ago(days=12), "activity", "Its programs used the service.", numbers="12,345 let in, 3 refused"),
        Moment(ago(days=3), "gavel", "Chargeback: fraudulent.", "Stripe"),
        Moment(ago(days=3), "snowflake", "Keys, services and tokens are refused.", "Tidegate", "detected → contained"),
        Moment(ago(days=1), "alarm-clock", "72 hours are left, and it is pack built.", "Tidegate"),
    ]
    charge = ChargeState(stripe_id=case.charge_id, card_brand="visa", card_last4="4242", card_country="US")
    one = Detail(
        case=case,
        charge=charge,
        invoice=InvoiceState(number="TG-2026-0042", total_cents=129_900, currency="usd"),
        freeze=Freeze(cause=case.cause, reason="A payment is disputed.", opened_at=ago(days=3)),
        hold=LegalHold(case=case.cause, since=ago(days=400)),
        debt=Debt(amount_cents=129_900, currency="usd", invoice_id="in_1"),
        proposals=[_proposal(1, "lift", "me"), _proposal(2, "accept", "other")],
        timeline=moments,
        possible=("accept", "lift", "fee"),
    )
    return {"one": one, "cards": [], **_desk()}


def bare() -> Context:
    """An inquiry of which nothing else is known."""
    case = _case(2, False, case_type="inquiry", state="warning_closed", due_at=None, closed_at=ago(days=1))
    one = Detail(case, None, None, None, None, None, [], [Moment(ago(days=3), "gavel", "Inquiry: general.", "Stripe")])
    return {"one": one, "cards": [], **_desk()}


def _desk() -> Context:
    forms = {kind: ProposalForm(auto_id=f"{kind}_%s") for kind in ("accept", "lift", "fee")}
    crumbs = [{"label": "Disputes", "url": "/desk/disputes/"}]
    return {"staff_id": "me", "forms": forms, "may_prepare": True, "may_approve": True, "crumbs": crumbs}


def warnings() -> Context:
    known: dict[str, Any] = {"org": ORG, "currency": "usd", "fraud_type": "unauthorized_use_of_card"}
    rows = [
        FraudWarning(id=uuid.UUID(int=1), charge_id="ch_1", proposed_cents=9_900, act_by=ago(days=-1), **known),
        FraudWarning(
            id=uuid.UUID(int=2),
            charge_id="ch_2",
            proposed_cents=0,
            act_by=ago(days=3),
            outcome="refunded",
            decided_at=ago(days=4),
            **known,
        ),
    ]
    for row, refund in zip(rows, (None, uuid.UUID(int=3)), strict=True):  # which the view's query adds
        vars(row).update(charge_row=uuid.UUID(int=2), refund_id=refund)
    return {"warnings": rows, "next_cursor": "", "may_keep": True, "may_refund": True}


def frozen() -> Context:
    case = _case()
    return {
        "stands": "frozen",
        "freezes": [Freeze(reason="A payment of yours is disputed.", opened_at=ago(days=3))],
        "pauses": [Freeze(reason="A card network warned of a payment of yours.", opened_at=ago(days=4), pauses=True)],
        "cases": [case],
        "rotates": True,
        "debts": [
            Debt(
                id=uuid.UUID(int=1),
                case=case,
                amount_cents=9_900,
                currency="usd",
                hosted_url="https://pay.example/in_1",
            )
        ],
        "may_pay": True,
        "support": "support@tidegate.example",
    }


PAGES: dict[str, Callable[[], Context]] = {
    "disputes/board.html": board,
    "disputes/dispute.html": dispute,
    "disputes/warnings.html": warnings,
    "disputes/frozen.html": frozen,
}
EMPTY: dict[str, Callable[[], Context]] = {
    "disputes/board.html": lambda: {"cases": [], "form": DisputeFilter({}), "filtered": False},
    "disputes/dispute.html": bare,
    "disputes/warnings.html": lambda: {"warnings": []},
    "disputes/frozen.html": lambda: {"stands": "active", "freezes": [], "pauses": [], "cases": [], "debts": []},
}
