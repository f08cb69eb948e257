"""Where a person belongs, for what happens to them outside of any organisation: signing in, changing a password."""

import uuid

from tenants.models import Membership
from tenants.scope import Scope, open_scope


def organizations_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    """Return the ids of the organisations a person belongs to, the oldest membership first."""
    with open_scope(Scope(user_id=user_id)):
        return list(Membership.of_person.order_by("created_at", "id").values_list("org_id", flat=True))
