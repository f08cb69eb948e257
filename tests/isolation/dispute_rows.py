"""A dispute of an estate's payment, and what hangs on it."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone

from billing.disputes.models import Debt, DisputeCase, DisputeStep, FraudWarning, Proposal

if TYPE_CHECKING:
    from tests.isolation.estate import Estate

PAY = "https://invoice.stripe.com/i/1"


def case(estate: "Estate") -> DisputeCase:
    now = timezone.now()
    made: DisputeCase = DisputeCase.objects.create(
        stripe_id=f"dp_{estate.canary}",
        charge_id=f"ch_{estate.canary}",
        case_type="inquiry",
        reason="general",
        status="warning_needs_response",
        amount_cents=4900,
        currency="usd",
        due_at=now + timedelta(days=9),
        opened_at=now,
        heard_at=now,
    )
    return made


def step(estate: "Estate") -> DisputeStep:
    who = {"actor_kind": "system", "actor_id": "disputes", "actor_label": estate.canary}
    made: DisputeStep = DisputeStep.objects.create(case=_case(estate), key="noted", kind="noted", text="Noted.", **who)
    return made


def proposal(estate: "Estate") -> Proposal:
    who = {"proposer_id": str(estate.owner.user.pk), "proposer": estate.canary}
    made: Proposal = Proposal.objects.create(case=_case(estate), kind=Proposal.Kind.LIFT, why=estate.canary, **who)
    return made


def warning(estate: "Estate") -> FraudWarning:
    now = timezone.now()
    made: FraudWarning = FraudWarning.objects.create(
        stripe_id=f"issfr_{estate.canary}",
        charge_id=f"ch_{estate.canary}",
        fraud_type="misc",
        proposed_cents=4900,
        currency="usd",
        warned_at=now,
        act_by=now + timedelta(days=2),
    )
    return made


def debt(estate: "Estate") -> Debt:
    made: Debt = Debt.objects.create(case=_case(estate), amount_cents=4900, currency="usd", hosted_url=PAY)
    return made


def _case(estate: "Estate") -> Any:  # noqa: ANN401 (the estate's rows have no type of their own)
    return estate.rows[DisputeCase]


ROWS: dict[type[models.Model], Callable[["Estate"], models.Model]] = {
    DisputeCase: case,
    DisputeStep: step,
    Proposal: proposal,
    FraudWarning: warning,
    Debt: debt,
}
