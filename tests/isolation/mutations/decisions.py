"""Who may do what, and what a verb asks for."""

from tests.isolation.mutations.mutation import GUARD, PAGES, POLICY, edit

DECISION = [
    edit(
        "another tenant's resource is not forbidden",
        "tenants/policies/walls.cedar",
        "unless { principal has org && principal.org == resource.org };",
        "unless { true };",
        POLICY,
    ),
    edit(
        "who has no organisation is let through",
        "tenants/policies/walls.cedar",
        "unless { principal has org && principal.org == resource.org };",
        "unless { !(principal has org) || principal.org == resource.org };",
        POLICY,
    ),
    edit(
        "a suspended organisation's keys and people go on",
        "tenants/policies/walls.cedar",
        'when { !(principal is Operator) && !["active", "frozen", "lapsed", "paused"].contains(resource.org_status) };',
        "when { false };",
        POLICY,
    ),
    edit(
        "a key's scopes do not narrow",
        "tenants/policies/walls.cedar",
        "unless { principal.scopes.contains(context.permission) };",
        "unless { true };",
        POLICY,
    ),
    edit("a verb runs on any grant", "tenants/guard.py", "if self.permission not in permissions:", "if False:", GUARD),
    edit(
        "a refusal rolls back with its transaction",
        "tenants/guard.py",
        "decision_id = record_durably(",
        "decision_id = record_in_transaction(",
        GUARD,
    ),
    edit(
        "an invitation is anybody's who holds it",
        "tenants/services/invitations.py",
        " or invitation.email not in {email.lower() for email in verified_emails}:",
        ":",
        "tests/tenants/test_invitations.py",
    ),
    edit(
        "the last owner is not kept",
        "tenants/services/members.py",
        "    Organization.objects.select_for_update().get()\n",
        "",
        "tests/tenants/test_concurrency.py",
    ),
    edit(
        "a page trusts the session's organisation",
        "tenants/middleware.py",
        "        org_id = request.membership.org_id if request.membership else None\n",
        "        org_id = uuid.UUID(request.session.get(SESSION_KEY, str(request.membership.org_id)))\n",
        PAGES,
        only="t20",
    ),
    edit(
        "a page looks a key up past the manager",
        "accounts/views/keys.py",
        'ApiKey.objects.select_related("created_by").get(id=key_id)',
        "ApiKey.objects.none().__class__(ApiKey).get(id=key_id)",
        PAGES,
        only="t01_t18",
    ),
    edit(
        "the API looks decisions up past the manager",
        "audit/decisions.py",
        "Decision.objects.get(id=decision_id",
        "Decision.objects.none().__class__(Decision).get(id=decision_id",
        "tests/isolation/test_api.py",
        only="t01",
    ),
]
