"""Which role a person's groups give them: the widest that any of them maps to."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError

from accounts.sso.models import Connection
from tenants.guard import Grant
from tenants.permissions import Role
from tenants.services.roles import checked_role

MOST_RULES = 100
MAPPABLE = tuple(role for role in Role if role is not Role.OWNER)
"""Owners are made by owners, here: whoever runs the provider must not be able to take the organisation over."""
RoleMap = list[dict[str, str]]


def role_of(connection: Connection, groups: Iterable[str]) -> Role | None:
    """Return the role that `groups` give on this connection; `None` for people it does not let in."""
    held = set(groups)
    mapped = {rule["role"] for rule in connection.role_map if rule["group"] in held}
    wanted = mapped or ({connection.default_role} if connection.default_role else set())
    return next((role for role in MAPPABLE if role.value in wanted), None)


def parsed(grant: Grant, text: str) -> RoleMap:
    """Return the rules of lines ``group = role``; raises `ValidationError` on ``role_map``, naming the line."""
    rules: RoleMap = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        group, separator, role = (part.strip() for part in line.rpartition("="))
        if not separator or not group or len(group) > 255:
            raise ValidationError({"role_map": f"Line {number}: write a group, an equals sign and a role."})
        rules.append({"group": group, "role": checked(grant, role.lower(), f"Line {number}: ").value})
    if len(rules) > MOST_RULES:
        raise ValidationError({"role_map": f"There are at most {MOST_RULES} rules."})
    return rules


def checked(grant: Grant, role: str, where: str = "", field: str = "role_map") -> Role:
    """Return a role that may be mapped to, and that the principal may give."""
    if role not in {each.value for each in MAPPABLE}:
        known = ", ".join(each.value for each in MAPPABLE)
        raise ValidationError({field: f"{where}“{role}” is not one of {known}."})
    try:
        return checked_role(grant, role)
    except ValidationError as error:
        raise ValidationError({field: where + " ".join(error.messages)}) from error


def written(rules: RoleMap) -> str:
    """Return the rules as `parsed` reads them."""
    return "\n".join(f"{rule['group']} = {rule['role']}" for rule in rules)
