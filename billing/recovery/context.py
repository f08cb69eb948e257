"""What the frame of a page says of a failed payment, to those who look after money."""

from typing import Any

from django.http import HttpRequest

from billing.recovery.shown import notice
from tenants.access import principal_of
from tenants.permissions import Permission
from tenants.policy import allows
from tenants.scope import current_scope


def payments(request: HttpRequest) -> dict[str, Any]:
    """Return the context of ``recovery/notice.html``; nothing where nothing waits for this person's organisation."""
    membership = getattr(request, "membership", None)
    if membership is None or current_scope().org_id != membership.org_id:
        return {}
    if request.resolver_match and request.resolver_match.url_name == "payment":
        return {}  # the page itself says so
    principal = getattr(request, "principal", None) or principal_of(request)  # type: ignore[arg-type]  # a page's request
    said = notice() if allows(principal, Permission.BILLING_READ) else None
    return {"payment_notice": said} if said else {}
