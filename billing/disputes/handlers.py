"""What Stripe's events do here. Each runs in the inbox's transaction, with the organisation open."""

from typing import Any

from django.utils import timezone

from billing.disputes import cases, debts, fraud_warnings
from billing.disputes.models import DisputeCase
from billing.webhooks.registry import Followed, StripeEvent, follows, handles


@handles(
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    last=True,  # it freezes
)
def dispute(event: StripeEvent) -> None:
    cases.hear(event.object, event.created, event.id)


@handles("radar.early_fraud_warning.created", "radar.early_fraud_warning.updated")
def warning(event: StripeEvent) -> None:
    fraud_warnings.hear(event.object)


@handles("invoice.paid")
def invoice_paid(event: StripeEvent) -> None:
    debts.paid(event.object["id"])


def _is_so(dispute: dict[str, Any]) -> bool:
    return bool(DisputeCase.objects.filter(stripe_id=dispute["id"], status=dispute["status"]).exists())


def _follow(dispute: dict[str, Any]) -> None:
    now = timezone.now()
    cases.hear(dispute, now, f"compared:{dispute['id']}:{now:%Y%m%d}")


follows(Followed("disputes", _is_so, _follow))
