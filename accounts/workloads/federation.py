"""Workload identity federation: another issuer's token stands for a service (RFC 8693)."""

from accounts.workloads.errors import Rejected
from accounts.workloads.models import ServiceIdentity
from audit.reasons import Reason


def exchange(subject_token: str, client_id: str) -> ServiceIdentity:
    """Return the service `client_id`, if one of the issuers it trusts says that `subject_token` is it.

    Raises `Rejected`. The row is that of a service which may have a token now, as `assertions.authenticate` says.
    """
    raise Rejected(Reason.SUBJECT_TOKEN_MALFORMED)
