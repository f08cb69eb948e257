"""What the frame of a page says of a failed payment, to those who look after money."""

from typing import Any

from django.http import HttpRequest

from billing.recovery import shown
from tenants.access import principal_of
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.scope import current_scope


def payments(request: HttpRequest) -> dict[str, Any]:
    """Return what ``recovery/notice.html`` and ``recovery/card.html`` show; nothing where nothing is owed."""
    membership = getattr(request, "membership", None)
    if membership is None or current_scope().org_id != membership.org_id:
        return {}
    principal = getattr(request, "principal", None) or principal_of(request)  # type: ignore[arg-type]  # a page's request
    cases = shown.owed() if allows(principal, Permission.BILLING_READ) else []
    if not cases:
        return {}
    on_its_page = request.resolver_match and request.resolver_match.url_name == "payment"
    return {"payment_notice": None if on_its_page else shown.notice(cases), "failed_payments": shown.card(cases)}
