"""The pure decision: may this principal do this to this resource here and now?

Policies are Cedar (https://docs.cedarpolicy.com): nothing is allowed unless a permit matches, and a forbid wins. Each
permission has its own pre-parsed policy set, so that a decision looks only at policies that can matter
(``make bench ARGS=authorization`` says what one costs).
"""

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import cedarpy

from audit.reasons import Reason
from tenants.permissions import Permission
from tenants.principal import Level, Principal, PrincipalKind, Resource

FOLDER = Path(__file__).parent / "policies"
_ENTITY = {
    PrincipalKind.PERSON: "Person",
    PrincipalKind.API_KEY: "ApiKey",
    PrincipalKind.SERVICE: "Service",
    PrincipalKind.OPERATOR: "Operator",
}
_ORPHANED = {PrincipalKind.API_KEY: Reason.KEY_ORPHANED, PrincipalKind.SERVICE: Reason.SERVICE_ORPHANED}
CONFIRMABLE = frozenset({Reason.PASSKEY_NEEDED, Reason.STEP_UP_REQUIRED})
"""The reasons of a no that the person turns into a yes by using a passkey."""
CLOSED = {"suspended": Reason.TENANT_SUSPENDED, "frozen": Reason.ENTITLEMENTS_FROZEN, "lapsed": Reason.PLAN_LAPSED}
"""Why an organisation's programs are refused, by its standing."""
_APP_USER = "AppUser"
_OPERATORS_OWN = frozenset(
    {
        Permission.TENANTS_READ,
        Permission.TENANTS_SUSPEND,
        Permission.FACTORS_RECOVER,
        Permission.SIGNING_READ,
        Permission.SIGNING_ROTATE,
        Permission.DISPUTES_READ,
        Permission.DISPUTES_PREPARE,
        Permission.DISPUTES_APPROVE,
        Permission.PAYMENTS_READ,
        Permission.PAYMENTS_CHANGE,
        Permission.REFUNDS_PROPOSE,
        Permission.REFUNDS_APPROVE,
    }
)


class PolicyInvalid(Exception):
    """The shipped policies do not parse, or speak of something the schema does not know."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """Yes, and the rules that said so."""

    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]
    policy_version: str


@dataclass(frozen=True, slots=True)
class Denied:
    """No, and why. `rules` is empty where nothing granted it."""

    reasons: tuple[Reason, ...]
    rules: tuple[str, ...]
    policy_version: str


@dataclass(frozen=True, slots=True)
class Policies:
    """The parsed policies, one set for each permission, and the hash that names this version of them."""

    sets: dict[Permission, cedarpy.PolicySet]
    version: str


@lru_cache(maxsize=8192)
def decide(principal: Principal, permission: Permission, resource: Resource) -> Allowed | Denied:
    """Decide. Whatever cannot be evaluated is denied: an unknown principal, a missing attribute, an engine error.

    Pure, hence remembered: the same values always get the same answer, and a changed role or scope is another value.
    """
    policies = load()
    if principal.kind not in _ENTITY:
        return Denied((Reason.SIGN_IN_REQUIRED,), (), policies.version)
    request = _request(principal, permission, resource)
    try:
        entities = _entities(principal, resource.org_id, resource.org_status)
        result = cedarpy.is_authorized(request, policies.sets[permission], entities)
    except Exception:  # the engine's own failures have no common class; any of them means no
        return Denied((Reason.POLICY_FAILED,), (), policies.version)
    rules = tuple(sorted(result.diagnostics.id_annotations_by_reason.values()))
    if result.diagnostics.errors:
        return Denied((Reason.ATTRIBUTE_MISSING,), rules, policies.version)
    reasons = tuple(dict.fromkeys(Reason(rule.partition(":")[0]) for rule in rules))
    if result.allowed:
        return Allowed(reasons, rules, policies.version)
    if reasons and CONFIRMABLE.issuperset(reasons):
        later = decide(confirmed(principal), permission, resource)
        return later if isinstance(later, Denied) else Denied(reasons, rules, policies.version)
    return Denied(reasons or (_not_granted(principal),), rules, policies.version)


def confirmed(principal: Principal) -> Principal:
    """Return the principal as they will be once they have used a passkey."""
    return replace(principal, level=Level.AAL3, fresh=True)


def _not_granted(principal: Principal) -> Reason:
    if principal.kind in _ORPHANED:
        return _ORPHANED[principal.kind] if principal.role is None else Reason.SCOPE_WIDER
    return Reason.NOT_GRANTED


def _who(principal: Principal) -> dict[str, str]:
    return {"type": _APP_USER if principal.via else _ENTITY[principal.kind], "id": principal.id}


def _what(org_id: UUID | None) -> dict[str, str]:
    """Name what is asked for by whose it is: no policy tells more apart."""
    return {"type": "Resource", "id": str(org_id)}


def _request(principal: Principal, permission: Permission, resource: Resource) -> dict[str, Any]:
    return {
        "principal": _who(principal),
        "action": {"type": "Action", "id": permission.value},
        "resource": _what(resource.org_id),
        "context": {"permission": permission.value, "tenant_action": permission not in _OPERATORS_OWN},
    }


@lru_cache(maxsize=1024)
def _entities(principal: Principal, org_id: UUID | None, org_status: str) -> cedarpy.Entities:
    """Return what is known of both, read by the engine once for all permissions that a page asks for.

    An attribute that is not known is left out, never made up.
    """
    facts: dict[str, Any] = {"level": principal.level.value, "environment": principal.environment}
    facts |= {"fresh": principal.fresh, "excused": principal.excused, "held": principal.held}
    if principal.org_id is not None:
        facts["org"] = str(principal.org_id)
    facts["role"] = principal.role.value if principal.role else ""
    facts["scopes"] = [scope.value for scope in principal.scopes]
    facts["duties"] = sorted(principal.duties)
    who, about = _who(principal), {"org": str(org_id) if org_id else "", "org_status": org_status}
    told = {name: value for name, value in facts.items() if name in _attributes()[who["type"]]}
    both = [{"uid": who, "attrs": told, "parents": []}, {"uid": _what(org_id), "attrs": about, "parents": []}]
    return cedarpy.Entities.from_json_str(json.dumps(both))


@cache
def load() -> Policies:
    """Read, validate and split the shipped policies; raises `PolicyInvalid` with Cedar's own messages."""
    text = "\n".join((FOLDER / name).read_text() for name in ("walls.cedar", "roles.cedar", "assurance.cedar"))
    validation = cedarpy.validate_policies(text, schema_text())
    if not validation.validation_passed:
        raise PolicyInvalid("; ".join(str(error) for error in validation.errors))
    every = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    sets = {permission: _set_for(permission, every) for permission in Permission}
    return Policies(sets, f"roles-{hashlib.sha256(text.encode()).hexdigest()[:12]}")


def schema_text() -> str:
    """Return the schema with one action for each permission."""
    actions = ", ".join(json.dumps(permission.value) for permission in Permission)
    return (FOLDER / "schema.cedarschema").read_text() + (
        f"\naction {actions} appliesTo {{ principal: [Person, ApiKey, Service, AppUser, Operator], "
        "resource: [Resource], context: { permission: String, tenant_action: Bool } };\n"
    )


@cache
def _attributes() -> dict[str, frozenset[str]]:
    """Return what the schema lets policies ask of each type of entity; the engine need not read more."""
    types = re.findall(r"^entity (\w+) = \{(.*)\};", schema_text(), re.MULTILINE)
    return {name: frozenset(re.findall(r"(\w+)\??:", body)) for name, body in types}


def _set_for(permission: Permission, every: dict[str, Any]) -> cedarpy.PolicySet:
    """Return the policies of one permission, which need not ask for it again: a list of 30 costs more than the rest."""
    chosen = {
        name: {**one, "action": {"op": "All"}} for name, one in every.items() if _applies(one["action"], permission)
    }
    return cedarpy.PolicySet.from_json_str(json.dumps({"staticPolicies": chosen, "templates": {}, "templateLinks": []}))


def _applies(action: dict[str, Any], permission: Permission) -> bool:
    if action["op"] == "All":
        return True
    named = action.get("entities") or [action["entity"]]
    return any(entity["id"] == permission.value for entity in named)


def allows(principal: Principal, permission: Permission) -> bool:
    """Tell whether a page should offer something, though the person may have to confirm it first.

    The verb behind it decides again, and records. A role that waits for a passkey offers nothing.
    """
    principal = replace(principal, fresh=True)
    resource = Resource(permission.partition(":")[0], principal.org_id)
    return isinstance(decide(principal, permission, resource), Allowed)
