"""Who hears of a dispute: the tenant's owners and finance, and the company's own finance at their desk. By mail."""

from typing import Any

from accounts.models import StaffDuty, User
from accounts.notices import Notice, address_of, tell, tell_treasurers
from accounts.templatetags.quantities import money
from billing.disputes.models import DisputeCase, FraudWarning
from tenants.mail import MOST
from tenants.models import Organization
from tenants.principal import Duty


def tell_tenant(notice: Notice, case: DisputeCase, **facts: Any) -> None:  # noqa: ANN401 (facts of a mail)
    """Owe a mail to the owners and finance of the open organisation."""
    tell_treasurers(notice, {**_of(case), "frozen_url": address_of("frozen"), **facts})


def tell_desk(headline: str, text: str, case: DisputeCase) -> None:
    """Owe a mail about a case to everybody at the desk."""
    url = address_of("desk_dispute", case.org_id, case.id)
    _tell_desk({**_of(case), "headline": headline, "text": text, "desk_url": url})


def tell_desk_of_warning(headline: str, text: str, warning: FraudWarning) -> None:
    """Owe a mail about an early fraud warning to everybody at the desk."""
    facts = {
        "organization": Organization.objects.get().name,
        "dispute": warning.stripe_id,
        "amount": money(warning.proposed_cents, warning.currency),
        "reason": warning.fraud_type.replace("_", " "),
        "due_at": warning.act_by.isoformat(),
    }
    _tell_desk({**facts, "headline": headline, "text": text, "desk_url": address_of("desk_warnings")})


def _tell_desk(facts: dict[str, Any]) -> None:
    staff = StaffDuty.objects.filter(duty=Duty.FINANCE.value, user__is_active=True).values("user")
    for user in User.objects.filter(pk__in=staff).order_by("email")[:MOST]:
        tell(Notice.DISPUTE_DESK, user, facts)


def _of(case: DisputeCase) -> dict[str, Any]:
    return {
        "organization": Organization.objects.get().name,
        "dispute": case.stripe_id,
        "amount": money(case.amount_cents, case.currency),
        "reason": case.reason.replace("_", " "),
        "due_at": case.due_at.isoformat() if case.due_at else None,
    }
