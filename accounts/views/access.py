"""What I may do here, and why."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path

from accounts.forms import PermissionForm
from tenants.access import PageRequest, page
from tenants.permissions import Permission, Role
from tenants.policy import CONFIRMABLE, Allowed, Denied, confirmed, decide
from tenants.principal import Principal, Resource

OPERATORS_OWN = {"tenants", "signing"}
NAMES = {
    "apps": "Applications",
    "factors": "Second factors",
    "me": "Yourself",
    "organization": "Organisation",
    "services": "Service identities",
    "sso": "Single sign-on",
}
"""Areas whose permissions say them otherwise than the pages do."""


@page(Permission.ORGANIZATION_READ)
def access(request: PageRequest) -> HttpResponse:
    form = PermissionForm(request.GET or None)
    answer = None
    if form.is_bound and form.is_valid():
        answer = _answer(request.principal, Permission(form.cleaned_data["permission"]))
    areas: dict[str, list[dict[str, Any]]] = {}
    for permission in Permission:
        area = permission.partition(":")[0]
        if area not in OPERATORS_OWN:
            areas.setdefault(area, []).append(_answer(request.principal, permission))
    context = {
        "role": request.membership.role,
        "level": request.session_level().value.upper(),
        "areas": [
            {"label": NAMES.get(label, label.capitalize()), "permissions": rows} for label, rows in areas.items()
        ],
        "form": form,
        "answer": answer,
    }
    return render(request, "accounts/access.html", context)


def _answer(principal: Principal, permission: Permission) -> dict[str, Any]:
    """Return the decision on one permission and, for a no, the roles that would turn it into a yes."""
    resource = Resource(permission.partition(":")[0], principal.org_id)
    decision = decide(principal, permission, resource)
    allowed = isinstance(decision, Allowed)
    return {
        "permission": permission,
        "allowed": allowed,
        "reasons": [reason.value for reason in decision.reasons],
        "rules": list(decision.rules),
        "needs": "" if allowed else _needs(principal, permission, resource, decision),
    }


def _needs(principal: Principal, permission: Permission, resource: Resource, decision: Allowed | Denied) -> str:
    if CONFIRMABLE.issuperset(decision.reasons):
        return "Your role grants this once you have used a passkey."
    roles = [role.value for role in Role if isinstance(decide(_with(principal, role), permission, resource), Allowed)]
    return f"The role {' or '.join(reversed(roles))} grants this." if roles else "No role of a member grants this."


def _with(principal: Principal, role: Role) -> Principal:
    return confirmed(Principal(principal.kind, principal.id, principal.org_id, role=role))


urlpatterns = [path("access/", access, name="access")]
