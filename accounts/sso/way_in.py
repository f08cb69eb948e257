"""What a worker does with an address that asked for its way in."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.sso import domains, mails
from accounts.sso.models import Connection
from tenants.encryption import seal, unseal
from tenants.models import Organization
from tenants.scope import org_scope

_SEALED_FOR = "sso|discovery"


def sealed(email: str) -> str:
    """Return an address as a message may carry it."""
    return seal(email.lower().encode(), _SEALED_FOR)


def answer(sealed_email: str) -> bool:
    """Owe the mail with the way in, if the address's domain has one; tells whether."""
    email = unseal(sealed_email, _SEALED_FOR).decode()
    try:
        validate_email(email)
    except ValidationError:
        return False
    org_id = domains.owner_of(domains.domain_of(email))
    if org_id is None:
        return False
    with org_scope(org_id):
        enabled = Connection.objects.filter(state=Connection.State.ENABLED)
        connection = enabled.order_by("enforced_at", "created_at").first()  # an enforced one first: NULL sorts last
        if connection is None or Organization.objects.get().status != Organization.Status.ACTIVE:
            return False
        mails.owe(email, connection)
    return True
