"""The only enforcement point: decide, record, and raise.

`require()` returns a `Grant`, the proof that a permission was decided for a principal. Every verb takes one and checks
that it is the right one: a verb that was not guarded cannot be called.
"""

from dataclasses import dataclass
from typing import NoReturn

from audit.reasons import Reason
from audit.record import Actor, DecisionRow, record_in_transaction
from audit.recorder import record_durably
from tenants.permissions import Permission
from tenants.policy import Allowed, Denied, decide
from tenants.principal import Principal, Resource


class Refused(Exception):
    """The principal may not. Carries the reasons and the recorded decision's id ("" where no tenant is known)."""

    def __init__(self, reasons: tuple[Reason, ...], permission: Permission, decision_id: str = "") -> None:
        super().__init__(reasons[0].sentence)
        self.reasons = reasons
        self.permission = permission
        self.decision_id = decision_id


class NotGranted(RuntimeError):
    """A verb was called with the grant of another permission: a mistake of ours, never of the caller."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Proof that `principal` was allowed `permission`; made by `require()` and nobody else."""

    principal: Principal
    permission: Permission
    decision_id: str
    request_id: str = ""

    def must_be(self, *permissions: Permission) -> None:
        """Raise unless this is the grant of one of `permissions`."""
        if self.permission not in permissions:
            raise NotGranted(f"{self.permission} is not {' or '.join(permissions)}.")

    def actor(self) -> Actor:
        """Return who the audit log should name."""
        principal = self.principal
        return Actor(principal.kind.value, principal.id, principal.label, principal.address, self.request_id)


def require(principal: Principal, permission: Permission, resource: Resource, request_id: str = "") -> Grant:
    """Decide whether `principal` may do `permission` to `resource`; record it either way; raise `Refused` on a no."""
    decision = decide(principal, permission, resource)
    if isinstance(decision, Denied):
        _refuse(principal, permission, resource, decision, request_id)
    row = _row(principal, permission, resource, decision, request_id)
    return Grant(principal, permission, record_in_transaction(row), request_id)


def _refuse(
    principal: Principal, permission: Permission, resource: Resource, decision: Denied, request_id: str
) -> NoReturn:
    decision_id = ""
    if principal.org_id or resource.org_id:
        decision_id = record_durably(_row(principal, permission, resource, decision, request_id))
    raise Refused(decision.reasons, permission, decision_id)


def _row(
    principal: Principal, permission: Permission, resource: Resource, decision: Allowed | Denied, request_id: str
) -> DecisionRow:
    org_id = principal.org_id or resource.org_id  # an operator's act is in the record of the tenant it concerns
    if org_id is None:
        raise ValueError("A decision that concerns no organisation has no record.")
    return DecisionRow(
        org_id=org_id,
        principal_kind=principal.kind.value,
        principal_id=principal.id,
        principal_label=principal.label[:120],
        environment=principal.environment,
        request_id=request_id,
        permission=permission.value,
        resource=str(resource)[:120],
        action="allow" if isinstance(decision, Allowed) else "deny",
        reason_codes=list(decision.reasons),
        policy_version=decision.policy_version,
        detail={"rules": list(decision.rules)},
    )
