"""Who may do what: the whole table, and what is denied whatever the table says (R01, R04, R06, K08)."""

import uuid
from dataclasses import replace

import pytest

from audit.reasons import Reason
from tenants.permissions import KEY_SCOPES, Permission, Role
from tenants.policy import Allowed, Denied, decide, load
from tenants.principal import ANONYMOUS, Duty, Level, Principal, PrincipalKind, Resource

ORG, OTHER = uuid.uuid4(), uuid.uuid4()
RESOURCE = Resource("test", ORG)
P = Permission
OF_OPERATIONS = {P.TENANTS_READ, P.TENANTS_SUSPEND, P.FACTORS_RECOVER, P.SIGNING_READ, P.SIGNING_ROTATE}
OF_FINANCE = {
    P.DISPUTES_READ,
    P.DISPUTES_PREPARE,
    P.DISPUTES_APPROVE,
    P.PAYMENTS_READ,
    P.PAYMENTS_CHANGE,
    P.REFUNDS_PROPOSE,
    P.REFUNDS_APPROVE,
}
OPERATORS_OWN = OF_OPERATIONS | OF_FINANCE
PERSONS_OWN = {P.APPS_USE, P.ME_READ}
READ = {P.MODELS_READ, P.USAGE_READ, P.ORGANIZATION_READ}
WATCH = READ | {P.DECISIONS_READ, P.POLICY_READ, P.MEMBERS_READ}
GUARD = {P.GUARD_CHECK, P.RESERVATIONS_SETTLE, P.GUARD_TRY, P.DECISIONS_REPORT, P.KEYS_READ}
BUDGETS = {P.BUDGETS_READ, P.BUDGETS_CHANGE, P.BUDGETS_RAISE}
GRANTED: dict[Role, set[Permission]] = {
    Role.OWNER: set(Permission) - OPERATORS_OWN,
    Role.ADMIN: set(Permission) - OPERATORS_OWN - PERSONS_OWN - {P.BILLING_CHANGE},
    Role.DEVELOPER: WATCH | GUARD | {P.SERVICES_READ, P.KEYS_CREATE, P.KEYS_ROTATE, P.KEYS_REVOKE},
    Role.SECURITY: WATCH
    | GUARD
    | {P.FACTORS_RESET, P.SECURITY_READ, P.KEYS_REVOKE, P.POLICY_CHANGE, P.AUDIT_READ}
    | {P.ALERTS_READ, P.ALERTS_CHANGE, P.SERVICES_READ, P.SSO_READ},
    Role.FINANCE: BUDGETS | {P.USAGE_READ, P.MEMBERS_READ, P.ORGANIZATION_READ, P.BILLING_READ, P.BILLING_CHANGE},
    Role.ANALYST: WATCH,
    Role.VIEWER: READ,
}
"""Written by hand, beside the policies: the two must say the same."""


def person(role: Role | None, org: uuid.UUID | None = ORG) -> Principal:
    return Principal(PrincipalKind.PERSON, "p", org, role=role, level=Level.AAL3, fresh=True, user_id=uuid.uuid4())


def key(role: Role | None, *scopes: Permission, org: uuid.UUID | None = ORG) -> Principal:
    return Principal(PrincipalKind.API_KEY, "k", org, role=role, scopes=frozenset(scopes), user_id=uuid.uuid4())


def _reasons(principal: Principal, permission: Permission, resource: Resource = RESOURCE) -> tuple[Reason, ...]:
    decision = decide(principal, permission, resource)
    assert isinstance(decision, Denied)
    return decision.reasons


def _allowed(principal: Principal, resource: Resource = RESOURCE) -> set[Permission]:
    return {permission for permission in Permission if isinstance(decide(principal, permission, resource), Allowed)}


@pytest.mark.parametrize("role", Role)
def test_r01_a_person_may_what_the_table_says(role: Role) -> None:
    assert _allowed(person(role)) == GRANTED[role] | PERSONS_OWN


@pytest.mark.parametrize("role", Role)
def test_r01_k08_a_key_may_what_its_scopes_and_its_makers_live_role_both_say(role: Role) -> None:
    assert _allowed(key(role, *Permission)) == GRANTED[role]
    assert _allowed(key(role)) == set()
    for permission in Permission:
        alone = decide(key(role, permission), permission, RESOURCE)
        assert isinstance(alone, Allowed) == (permission in GRANTED[role])
        others = key(role, *(set(Permission) - {permission}))
        assert Reason.SCOPE_MISSING in _reasons(others, permission)


def test_k08_a_key_whose_maker_has_no_role_any_more_may_nothing() -> None:
    assert _allowed(key(None, *Permission)) == set()
    assert _reasons(key(None, *Permission), P.GUARD_CHECK) == (Reason.KEY_ORPHANED,)


def test_k08_a_scope_wider_than_the_live_role_says_so() -> None:
    assert _reasons(key(Role.VIEWER, P.GUARD_CHECK), P.GUARD_CHECK) == (Reason.SCOPE_WIDER,)


def test_k03_the_scopes_of_keys_manage_nothing() -> None:
    managed = {"keys", "members", "organization", "billing", "tenants"}
    assert {scope.partition(":")[0] for scope in KEY_SCOPES} & managed == set()
    assert P.POLICY_CHANGE not in KEY_SCOPES


@pytest.mark.parametrize("org", [OTHER, None])
def test_t01_another_organisations_resource_is_denied_to_everybody(org: uuid.UUID | None) -> None:
    foreign = Resource("test", org)
    for principal in (person(Role.OWNER), key(Role.OWNER, *Permission)):
        assert _allowed(principal, foreign) == set()
        assert Reason.OTHER_TENANT in _reasons(principal, P.KEYS_READ, foreign)


def test_r06_a_missing_organisation_is_denied_not_passed_over() -> None:
    for resource in (RESOURCE, Resource("test", None)):
        for principal in (person(Role.OWNER, org=None), key(Role.OWNER, *Permission, org=None)):
            assert _allowed(principal, resource) == set()
            assert Reason.OTHER_TENANT in _reasons(principal, P.KEYS_READ, resource)


def test_r06_who_is_nobody_signs_in_first() -> None:
    for nobody in (ANONYMOUS, replace(ANONYMOUS, org_id=ORG, role=Role.OWNER)):
        assert _allowed(nobody) == set()
        assert _reasons(nobody, P.MODELS_READ) == (Reason.SIGN_IN_REQUIRED,)


def test_r06_a_person_without_a_role_may_nothing() -> None:
    assert _allowed(person(None)) == set()
    assert _reasons(person(None), P.MODELS_READ) == (Reason.NOT_GRANTED,)


@pytest.mark.parametrize("role", [*Role, None])
def test_operators_may_what_is_theirs_with_a_passkey(role: Role | None) -> None:
    operator = Principal(PrincipalKind.OPERATOR, "o", None, role=role, level=Level.AAL3, fresh=True)
    assert _allowed(operator) == set()
    finance = replace(operator, duties=frozenset({Duty.FINANCE}))
    assert _allowed(finance) == OF_FINANCE
    assert _allowed(replace(finance, fresh=False)) == OF_FINANCE - {
        P.DISPUTES_APPROVE,
        P.PAYMENTS_CHANGE,
        P.REFUNDS_APPROVE,
    }
    assert _allowed(replace(finance, level=Level.AAL2)) == set()
    operator = replace(operator, duties=frozenset({Duty.OPERATIONS}))
    assert _allowed(operator) == OF_OPERATIONS
    assert _allowed(replace(operator, fresh=False)) == OF_OPERATIONS - {P.FACTORS_RECOVER}
    assert _allowed(replace(operator, level=Level.AAL2)) == set()


@pytest.mark.parametrize("status", ["suspended", "closed", ""])
def test_t20_a_suspended_organisations_keys_are_refused(status: str) -> None:
    suspended = Resource("test", ORG, org_status=status)
    assert _allowed(key(Role.OWNER, *Permission), suspended) == set()
    assert Reason.TENANT_SUSPENDED in _reasons(key(Role.OWNER, *Permission), P.GUARD_CHECK, suspended)


SERVICE_ITSELF = {P.GUARD_CHECK, P.GUARD_TRY, P.KEYS_CREATE, P.KEYS_ROTATE, P.SERVICES_CHANGE} | {
    P.APPS_CHANGE,
    P.APPS_USE,
    P.MEMBERS_INVITE,
}
SPENDING_MORE = {P.BUDGETS_CHANGE, P.BUDGETS_RAISE, P.BILLING_CHANGE}


@pytest.mark.parametrize(
    ("status", "closed", "to_programs", "reason"),
    [
        ("frozen", SERVICE_ITSELF | {P.BUDGETS_RAISE}, set(Permission), Reason.ENTITLEMENTS_FROZEN),
        ("lapsed", SERVICE_ITSELF, set(Permission), Reason.PLAN_LAPSED),
        ("paused", SPENDING_MORE, SPENDING_MORE, Reason.SPENDING_PAUSED),
    ],
)
def test_what_its_payments_close_to_an_organisation(
    status: str, closed: set[Permission], to_programs: set[Permission], reason: Reason
) -> None:
    resource = Resource("test", ORG, org_status=status)
    assert _allowed(person(Role.OWNER), resource) == _allowed(person(Role.OWNER)) - closed
    program = key(Role.OWNER, *Permission)
    assert _allowed(program, resource) == _allowed(program) - to_programs
    for principal, some in ((person(Role.OWNER), min(closed)), (program, min(to_programs))):
        assert reason in _reasons(principal, some, resource)


def test_an_allow_names_its_reason_its_rule_and_its_version() -> None:
    decision = decide(person(Role.ADMIN), P.KEYS_CREATE, RESOURCE)
    assert isinstance(decision, Allowed)
    assert decision.reasons == (Reason.ROLE_GRANTS,)
    assert decision.rules == ("AUTHZ-ROLE-001:admin",)
    assert decision.policy_version == load().version
