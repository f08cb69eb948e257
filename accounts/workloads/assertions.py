"""Client authentication by ``private_key_jwt`` (RFC 7523, 2.2 and 3)."""

from accounts.workloads.errors import Rejected
from accounts.workloads.models import ServiceIdentity
from audit.reasons import Reason


def authenticate(assertion: str, audience: str) -> ServiceIdentity:
    """Return the service that signed `assertion` for `audience` (the token endpoint's URL); raises `Rejected`.

    The issuer's own URL is accepted as audience too. The row is that of a service which may have a token now: it is not
    disabled, its owner is an active member, and its organisation is not suspended.
    """
    raise Rejected(Reason.ASSERTION_MALFORMED)
