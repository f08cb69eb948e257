"""Who may give which role: nobody gives more than they have."""

from django.core.exceptions import ValidationError

from tenants.guard import Grant
from tenants.permissions import Role

_GRANTABLE = {Role.OWNER: frozenset(Role), Role.ADMIN: frozenset(Role) - {Role.OWNER}}

_RESETTABLE = {
    Role.OWNER: frozenset(Role),
    Role.ADMIN: frozenset(Role) - {Role.OWNER},
    Role.SECURITY: frozenset(Role) - {Role.OWNER, Role.ADMIN},
}


def grantable_roles(grantor: Role | None) -> list[Role]:
    """Return the roles that a person with the role `grantor` may give, widest first."""
    allowed: frozenset[Role] = _GRANTABLE.get(grantor, frozenset()) if grantor else frozenset()
    return [role for role in Role if role in allowed]


def resettable_roles(role: Role | None) -> frozenset[Role]:
    """Return the roles of those whose second factors a member with `role` may reset: none wider than their own."""
    return _RESETTABLE.get(role, frozenset()) if role else frozenset()


def checked_role(grant: Grant, role: str) -> Role:
    """Return `role` if the grant's principal may give it; raises `ValidationError` on the field ``role``."""
    if role not in {member.value for member in Role}:
        raise ValidationError({"role": "This is not a role."})
    wanted = Role(role)
    if wanted not in grantable_roles(grant.principal.role):
        raise ValidationError({"role": "You cannot give a role that is wider than your own."})
    return wanted
