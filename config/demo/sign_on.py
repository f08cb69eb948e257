"""A domain that waits for its record and the draft of a connection, so that their page shows what it is about."""

import uuid

from accounts.sso import connections, domains
from accounts.sso.models import Connection, Domain
from tenants.guard import require
from tenants.models import Membership
from tenants.permissions import Permission, Role
from tenants.policy import confirmed
from tenants.principal import Principal, PrincipalKind, Resource
from tenants.scope import org_scope

NAME = "Company Okta"


def seed_sign_on(org_id: uuid.UUID) -> None:
    """Make what is missing, as the organisation's first owner."""
    with org_scope(org_id):
        owner = Membership.objects.select_related("user").filter(role=Role.OWNER.value).order_by("created_at", "id")[0]
        person = Principal(PrincipalKind.PERSON, str(owner.user_id), org_id, str(owner.user), Role.OWNER)
        grant = require(confirmed(person), Permission.SSO_CHANGE, Resource("sso", org_id))
        if not Domain.objects.exists():
            domains.add(grant, domains.domain_of(owner.user.email))
        if not Connection.objects.exists():
            connections.create(grant, Connection.Kind.OIDC, NAME)
