"""A command line that the people of the demonstration may let read for them."""

from accounts.models import User
from accounts.oauth import registration
from accounts.oauth.models import Application
from tenants.guard import require
from tenants.models import Organization
from tenants.permissions import Permission, Role
from tenants.principal import Level, Principal, PrincipalKind, Resource
from tenants.scope import org_scope

NAME = "Tidegate command line"
SCOPES = ("openid", "profile", "me:read", "decisions:read", "usage:read")


def seed_application(founder: User, organization: Organization) -> str:
    """Register the command line if the organisation has none; returns its client id."""
    with org_scope(organization.id):
        known = Application.objects.filter(name=NAME, revoked_at=None).first()
        if known is not None:
            return known.client_id
        principal = Principal(
            PrincipalKind.PERSON,
            str(founder.pk),
            organization.id,
            founder.name,
            Role.OWNER,
            level=Level.AAL3,
            fresh=True,
            user_id=founder.pk,
        )
        grant = require(principal, Permission.APPS_CHANGE, Resource("apps", organization.id))
        wanted = registration.ApplicationRequest(name=NAME, redirect_uris=["http://127.0.0.1/callback"], scopes=SCOPES)
        return registration.register(grant, wanted).client_id
